"""Counting viewers costs next to nothing: one transaction a minute, however many watch and however many streams there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.db import db
from expo.streaming import studio_counting
from expo.streaming.actions_counting import Watched, keep_audience
from expo.streaming.models import Broadcast, BroadcastStatus, Channel, Viewing
from tests.makers import Places, make_edition, stored

VIEWERS, ROOMS, MINUTES = 2500, 3, 3


@contextmanager
def commits() -> Iterator[list[int]]:
    """Transactions that are committed meanwhile, each with the statements that wrote in it."""
    found: list[int] = []
    writing = [0]

    def executed(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        writing[0] += statement.startswith(("INSERT", "UPDATE", "DELETE"))

    def committed(_connection: object) -> None:
        if writing[0]:
            found.append(writing[0])
            writing[0] = 0

    sa.event.listen(db.engine, "before_cursor_execute", executed)
    sa.event.listen(db.engine, "commit", committed)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", executed)
        sa.event.remove(db.engine, "commit", committed)


@pytest.fixture
def rooms(app: Flask) -> list[str]:
    places, edition = Places(), make_edition()
    made = []
    for number in range(ROOMS):
        channel = stored(Channel(edition_id=edition.id, name=f"{number}", region_path=places.chengdu.path))
        made.append(stored(Broadcast(channel_id=channel.id, title="直播", status=BroadcastStatus.LIVE,
                                     started_at=clock.now())).room or "")
    db.session.remove()
    return made


def test_thousands_of_viewers_cost_one_transaction_a_minute(rooms: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, now = tmp_path / "hls.log", [1_000_000.0]
    monkeypatch.setattr(studio_counting.time, "time", lambda: now[0])
    monkeypatch.setattr(studio_counting.time, "monotonic", lambda: now[0])
    counter = studio_counting.Counter(log)
    with commits() as found:
        for _second in range(0, MINUTES * 60, 5):
            now[0] += 5
            with log.open("a") as file:
                file.writelines(f"{now[0] - 1:.3f} {room} a{number:08x}\n" for room in rooms for number in range(VIEWERS))
            counter.count()
    assert len(found) == MINUTES  # One transaction a minute: a sixtieth of one in a second.
    assert max(found) <= ROOMS * (2 + VIEWERS // 2000 + 1)
    with db.engine.connect() as connection:
        number, seconds = connection.execute(sa.select(sa.func.count(), sa.func.sum(Viewing.seconds))).one()
    assert number == ROOMS * VIEWERS
    assert seconds == ROOMS * VIEWERS * 12 * MINUTES


def test_nobody_watching_costs_nothing(rooms: list[str], tmp_path: Path) -> None:
    counter = studio_counting.Counter(tmp_path / "hls.log")
    with commits() as found:
        for _second in range(200):
            counter.count()
        counter.write()
    assert found == []


def test_a_viewer_counted_twice_adds_up_and_keeps_the_first_moment(rooms: list[str]) -> None:
    keep_audience({rooms[0]: Watched(1, 0, {"p1": 30})})
    first = db.session.scalars(sa.select(Viewing.first_at)).one()
    keep_audience({rooms[0]: Watched(1, 0, {"p1": 25, "a2": 5})})
    rows = dict(db.session.execute(sa.select(Viewing.viewer, Viewing.seconds)).all())
    assert rows == {"p1": 55, "a2": 5}
    assert db.session.scalars(sa.select(Viewing.first_at).where(Viewing.viewer == "p1")).one() == first
