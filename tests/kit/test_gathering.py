"""Group commit: many callers, few transactions, each its own answer, and nobody kept waiting."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from expo.kit import clock
from expo.kit.db import db
from expo.kit.gathering import Gathering, StoreBusy, carry_out
from expo.kit.once import RequestOnce


def put(connection: Any, tokens: Any) -> list[str]:
    table: Any = RequestOnce.__table__
    for token in tokens:
        if token == "bad":
            raise ValueError(token)
        connection.execute(sa.insert(table).values(token=token, at=clock.now()))
    return [f"stored {token}" for token in tokens]


def stored() -> set[str]:
    db.session.rollback()
    return {row.token for row in db.session.query(RequestOnce)}


def at_once(app: Any, gathering: Gathering[str, str], tokens: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}

    def ask(token: str) -> None:
        with app.app_context():
            try:
                found[token] = gathering.do(token)
            except Exception as error:
                found[token] = type(error).__name__

    with ThreadPoolExecutor(len(tokens)) as pool:
        list(pool.map(ask, tokens))
    return found


def wait_for_crowd(gathering: Gathering[str, str]) -> None:
    """While the first is being done the others gather: more than may go together at once."""
    until = time.monotonic() + 30
    while len(gathering._waiting) < 5 and time.monotonic() < until:
        time.sleep(0.005)


def test_everybody_gets_the_own_answer_and_everything_is_stored(app):
    sizes: list[int] = []

    def work(connection: Any, tokens: Any) -> list[str]:
        if not sizes:
            wait_for_crowd(gathering)
        sizes.append(len(tokens))
        return put(connection, tokens)

    tokens = [f"t{n}" for n in range(24)]
    gathering: Gathering[str, str] = Gathering(work, patience_s=60)
    assert at_once(app, gathering, tokens) == {token: f"stored {token}" for token in tokens}
    assert stored() == set(tokens)
    assert sum(sizes) == 24
    assert len(sizes) < 24  # They went together.


def test_one_that_fails_does_not_spoil_the_others(app):
    started = threading.Event()

    def work(connection: Any, tokens: Any) -> list[str]:
        if not started.is_set():
            started.set()
            wait_for_crowd(gathering)
        return put(connection, tokens)

    tokens = ["first", "bad", *(f"t{n}" for n in range(6))]
    gathering: Gathering[str, str] = Gathering(work, patience_s=60)
    found = at_once(app, gathering, tokens)
    assert found.pop("bad") == "ValueError"
    assert found == {token: f"stored {token}" for token in found}
    assert stored() == set(found)


def test_no_more_than_agreed_go_together(app):
    sizes: list[int] = []

    def work(connection: Any, tokens: Any) -> list[str]:
        if not sizes:
            wait_for_crowd(gathering)
        sizes.append(len(tokens))
        return put(connection, tokens)

    gathering: Gathering[str, str] = Gathering(work, most=3, patience_s=60)
    at_once(app, gathering, [f"t{n}" for n in range(10)])
    assert max(sizes) <= 3
    assert sum(sizes) == 10


def test_who_waits_too_long_is_told_so_and_the_next_one_is_served(app):
    begun, release = threading.Event(), threading.Event()

    def work(connection: Any, tokens: Any) -> list[str]:
        begun.set()
        release.wait(30)
        return put(connection, tokens)

    gathering: Gathering[str, str] = Gathering(work, patience_s=0.15)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(at_once, app, gathering, ["slow"])
        assert begun.wait(30)
        assert at_once(app, gathering, ["later"]) == {"later": "StoreBusy"}
        assert at_once(app, gathering, ["now"]) == {"now": "StoreBusy"}
        release.set()
        assert first.result() == {"slow": "stored slow"}
    assert at_once(app, gathering, ["next"]) == {"next": "stored next"}
    assert stored() == {"slow", "next"}


def test_a_failed_transaction_leaves_nothing(app):
    with pytest.raises(ValueError, match="bad"):
        carry_out(put, ["one", "bad"])
    assert stored() == set()


def test_a_store_that_is_not_there_is_busy(app):
    def broken(connection: Any, _items: Any) -> None:
        connection.exec_driver_sql("SELECT * FROM nothing_of_this_name_exists")

    with pytest.raises((StoreBusy, sa.exc.ProgrammingError)):
        carry_out(broken, ["x"])
