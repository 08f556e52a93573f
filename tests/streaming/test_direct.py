"""Directing: what taps make of a session, who may tap, what the screens and the audience are told."""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.kit import clock, memo
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.refusals import NotFound, Refused
from expo.people.permissions import Role
from expo.programme.queries import get_released_session
from expo.projects.models import Project, ProjectStatus
from expo.streaming import actions_cues as cues
from expo.streaming import queries_cues as queries
from expo.streaming.media import server
from expo.streaming.models import Broadcast, BroadcastStatus, Channel
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.queries_clips import list_excluded
from expo.streaming.rules_cues import Phase, Tap, Turn, course_of, longest_spans, require_tap
from tests.conftest import Browser
from tests.makers import make_actor, stored
from tests.programme.plans import Programme
from tests.together import together

TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
TURNS = [Turn(n, TEN + timedelta(minutes=4 * (n - 1)), 4) for n in range(1, 5)]


def at(minute: float) -> datetime:
    return TEN + timedelta(minutes=minute)


def start(project: int, minute: float) -> Tap:
    return Tap(CueKind.START, at(minute), project)


def test_before_the_first_tap_the_order_stands_as_released() -> None:
    course = course_of(TURNS, [])
    assert (course.phase, course.now, course.next) == (Phase.WAITING, None, TURNS[0])
    assert course.expected(at(-5)) == {turn.project_id: turn.starts_at for turn in TURNS}


def test_a_late_start_shifts_all_that_follow() -> None:
    course = course_of(TURNS, [start(1, 6)])
    assert course.now == TURNS[0]
    assert course.expected(at(7)) == {n: at(4 * (n - 1) + 6) for n in (2, 3, 4)}
    assert course.expected(at(12))[2] == at(12)  # It overruns: the next begins at the earliest now.


def test_a_skipped_project_lets_the_others_come_earlier() -> None:
    course = course_of(TURNS, [start(1, 0), Tap(CueKind.SKIP, at(1), 2)])
    assert course.next == TURNS[2]
    assert course.expected(at(2)) == {3: at(4), 4: at(8)}


def test_a_short_delay_is_not_worth_saying() -> None:
    course = course_of(TURNS, [start(1, 1)])
    assert course.expected(at(2)) == {n: TURNS[n - 1].starts_at for n in (2, 3, 4)}


def test_a_pause_ends_the_span_and_an_end_ends_everything() -> None:
    course = course_of(TURNS, [start(1, 0), Tap(CueKind.BREAK, at(4)), start(2, 10), Tap(CueKind.END, at(14))])
    assert [(s.project_id, s.since, s.until) for s in course.spans] == [(1, at(0), at(4)), (2, at(10), at(14))]
    assert (course.phase, course.next, course.expected(at(15))) == (Phase.OVER, None, {})


def test_a_clip_is_cut_from_the_longest_time_on_stage() -> None:
    course = course_of(TURNS, [start(1, 0), start(2, 0.2), start(1, 0.4), start(2, 6)])
    spans = longest_spans(course.spans, at(9))
    assert (spans[1].since, spans[1].until) == (at(0.4), at(6))
    assert (spans[2].since, spans[2].until) == (at(6), at(9))


taps = st.lists(st.tuples(st.sampled_from(list(CueKind)), st.integers(1, 4), st.integers(0, 300)), max_size=15)


@given(taps)
def test_whatever_is_tapped_spans_follow_each_other_and_nobody_is_on_twice(sent: list[tuple[CueKind, int, int]]) -> None:
    made, course = [], course_of(TURNS, [])
    for kind, project, seconds in sorted(sent, key=lambda one: one[2]):
        number = project if kind in {CueKind.START, CueKind.SKIP} else None
        try:
            require_tap(course, kind, number, [turn.project_id for turn in TURNS])
        except Refused:
            continue
        made.append(Tap(kind, TEN + timedelta(seconds=seconds), number))
        course = course_of(TURNS, made)
    spans = course.spans
    assert all(one.until is not None and one.since <= one.until <= two.since for one, two in itertools.pairwise(spans))
    assert sum(span.until is None for span in spans) == (course.phase is Phase.ON)
    been = {span.project_id for span in spans}
    assert not been & {turn.project_id for turn in course.waiting}
    assert (course.now is not None) == (course.phase is Phase.ON)


class Stage:
    """A released session with three projects."""

    def __init__(self) -> None:
        self.programme = Programme()
        session = self.programme.session("人工智能专场")
        self.projects = [self.programme.project(name).id for name in ("脑机接口", "低空物流", "量子测量")]
        self.programme.show(session, *(db.session.get_one(Project, n) for n in self.projects))
        self.programme.place(session)
        self.programme.release()
        self.id = session.id
        places = self.programme.places
        self.manager = make_actor(Role.STAGE_MANAGER, places.chengdu, name="舞台监督")
        self.second = make_actor(Role.STAGE_MANAGER, places.province, name="总监督")
        self.stranger = make_actor(Role.STAGE_MANAGER, places.mianyang, name="别市监督")
        self.base = f"/work/{self.programme.edition.slug}/streaming/stage/{self.id}"

    def start(self, place: int, **values: object) -> int:
        return cues.tap(self.id, CueKind.START, self.projects[place], by=self.manager, **values).id  # type: ignore[arg-type]

    def course(self) -> object:
        db.session.rollback()
        return queries.load_course(get_released_session(self.id)[2])


@pytest.fixture
def stage(app: Flask) -> Stage:
    return Stage()


def test_a_tap_tells_the_card_what_is_on_and_what_comes_next(stage: Stage, client: Browser) -> None:
    stage.start(0)
    told = client.get(f"/sessions/{stage.id}/cues.json").json
    assert (told["now"]["title"], told["next"]["title"], told["phase"]) == ("脑机接口", "低空物流", "on")


def test_a_project_withdrawn_since_the_release_keeps_its_turn_and_loses_its_name(stage: Stage, client: Browser) -> None:
    stage.start(0)
    with db.engine.begin() as connection:
        connection.execute(sa.update(Project).where(Project.id == stage.projects[0]).values(status=ProjectStatus.WITHDRAWN, withdrawn_reason="涉密"))
    memo.forget_pages()
    assert "脑机接口" not in client.get(f"/sessions/{stage.id}/cues.json").text


def test_the_last_tap_is_taken_back_and_stays_written_down(stage: Stage) -> None:
    stage.start(0)
    number = stage.start(1)
    cues.take_back(stage.id, seen=number, by=stage.manager)
    assert stage.course().now.project_id == stage.projects[0]  # type: ignore[attr-defined]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Cue)) == 2


def test_two_stage_managers_who_tap_at_once_start_the_next_project_once(app: Flask, stage: Stage) -> None:
    seen = stage.start(0)
    answers = together(app, [partial(cues.tap, stage.id, CueKind.START, stage.projects[1], seen=seen, by=by)
                             for by in (stage.manager, stage.second)])
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]


@pytest.mark.parametrize(("kind", "place"), [(CueKind.RESUME, None), (CueKind.START, 0), (CueKind.SKIP, 0)])
def test_a_tap_that_makes_no_sense_is_refused_in_words(stage: Stage, kind: CueKind, place: int | None) -> None:
    stage.start(0)
    with pytest.raises(Refused):
        cues.tap(stage.id, kind, stage.projects[place] if place is not None else None, by=stage.manager)


def test_only_stage_managers_of_the_region_tap(stage: Stage, client: Browser) -> None:
    with pytest.raises(NotFound):
        cues.tap(stage.id, CueKind.START, stage.projects[0], by=stage.stranger)
    assert client.sign_in(stage.stranger).get(stage.base).status_code == 404
    moderator = make_actor(Role.MODERATOR, stage.programme.places.province)
    assert client.sign_in(moderator).get(stage.base).status_code == 403
    assert client.sign_in(stage.manager).get(stage.base).status_code == 200


def test_the_stage_managers_page_taps_by_its_buttons(stage: Stage, client: Browser) -> None:
    client.sign_in(stage.manager)
    client.post(f"{stage.base}/start", data={"project": stage.projects[0], "seen": 0})
    assert "脑机接口" in client.get(stage.base).text
    client.post(f"{stage.base}/undo", data={})
    assert stage.course().phase is Phase.WAITING  # type: ignore[attr-defined]


@pytest.mark.parametrize("which", ["countdown", "lower-third"])
def test_screens_open_by_their_signed_address_alone(stage: Stage, client: Browser, which: str) -> None:
    page = client.sign_in(stage.manager).get(stage.base).text
    address = page.partition(f"/screen/stage/{which}/")[2].partition('"')[0]
    client.post("/sign-out")
    with client.session_transaction() as cookie:
        cookie.clear()
    assert client.get(f"/screen/stage/{which}/{address}").status_code == 200
    assert client.get(f"/screen/stage/{which}/{address}x").status_code == 404


def test_the_session_page_carries_the_card_behind_the_player(stage: Stage, client: Browser) -> None:
    with clock.frozen(stage.programme.slots[0].starts_at):
        stage.start(0)
    text = client.get(f"/sessions/{stage.id}").text
    assert text.count('data-controller="on-now"') == 1
    assert text.index("player") < text.index('data-controller="on-now"')


@pytest.fixture
def broadcast(app: Flask, stage: Stage) -> Broadcast:
    """The session's stream, live."""
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Broadcast).where(Broadcast.session_id == stage.id))
    channel = stored(Channel(edition_id=stage.programme.edition.id, name="一厅", region_path=stage.programme.places.chengdu.path))
    return stored(Broadcast(session_id=stage.id, channel_id=channel.id, status=BroadcastStatus.LIVE, started_at=clock.now()))


def test_what_was_on_some_seconds_ago_stands_in_the_players_place(stage: Stage, broadcast: Broadcast, client: Browser) -> None:
    assert broadcast.room
    still = server.pictures_folder(current_config()) / broadcast.room / server.STILL
    still.parent.mkdir(parents=True)
    still.write_bytes(b"picture")
    address = f"/live/{broadcast.id}/now.jpg"
    try:
        assert address in client.get(f"/sessions/{stage.id}").text
        assert client.get(address).data == b"picture"
    finally:
        # The folder's mere being there says that pictures lie on this machine, also to the tests that follow.
        shutil.rmtree(server.pictures_folder(current_config()))


def test_the_stage_manager_covers_the_picture_of_what_is_on_and_uncovers_it(stage: Stage, broadcast: Broadcast, client: Browser) -> None:
    stage.start(1)
    client.sign_in(stage.manager)
    address = f"{stage.base}/projects/{stage.projects[1]}"
    assert f"{address}/exclude" in client.get(stage.base).text
    client.post(f"{address}/exclude")
    assert list_excluded(broadcast.id) == [stage.projects[1]]
    page = client.get(stage.base).text
    assert "画面已遮挡" in page
    assert f"{address}/include" in page
    client.post(f"{address}/include")
    assert list_excluded(broadcast.id) == []
    client.sign_in(stage.stranger)
    assert client.post(f"{address}/exclude").status_code == 404
    client.sign_in(make_actor(Role.MODERATOR, stage.programme.places.chengdu))
    assert client.post(f"{address}/exclude").status_code == 403
    assert list_excluded(broadcast.id) == []
