"""What is said of streams, who directs them, and the pages that say it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.db import db, get_record
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from expo.places.models import Hall
from expo.programme.models import Session
from expo.streaming import actions, queries
from expo.streaming.models import Broadcast, BroadcastStatus
from expo.streaming.rules import LIFECYCLE
from expo.streaming.rules_watching import WatchState, watch_state
from tests.conftest import Browser
from tests.makers import make_actor, make_edition
from tests.programme.plans import MORNING, Programme

END = MORNING + timedelta(minutes=90)
PLANNED, NOT_PLANNED = BroadcastStatus.PLANNED, BroadcastStatus.NOT_PLANNED


@pytest.fixture
def programme(app: Flask) -> Programme:
    made = Programme()
    enable_streaming(made)
    return made


@action(history=False)
def enable_streaming(programme: Programme) -> None:
    """Its halls can be streamed from, which a release asks of the halls of streamed sessions."""
    for hall in programme.halls:
        get_record(Hall, hall.id).has_streaming = True


def released(programme: Programme, **values: object) -> Session:
    session = programme.place(programme.session("直播专场", **values))
    programme.release()
    return session


def before(programme: Programme) -> object:
    return clock.frozen(programme.slots[0].starts_at - timedelta(hours=1))


LIVE, ENDED = BroadcastStatus.LIVE, BroadcastStatus.ENDED
MOVES = {(PLANNED, NOT_PLANNED), (NOT_PLANNED, PLANNED), (PLANNED, LIVE), (LIVE, ENDED), (PLANNED, ENDED), (ENDED, LIVE)}


@pytest.mark.parametrize(("now", "then"), list(product(BroadcastStatus, BroadcastStatus)))
def test_a_broadcast_moves_only_as_its_lifecycle_allows(now: BroadcastStatus, then: BroadcastStatus) -> None:
    assert LIFECYCLE.allows(now, then) is ((now, then) in MOVES)


@pytest.mark.parametrize(("status", "minutes", "state"), [
    (NOT_PLANNED, -30, WatchState.NONE), (NOT_PLANNED, 200, WatchState.NONE),
    (PLANNED, -1, WatchState.WAITING), (PLANNED, 0, WatchState.MISSING), (PLANNED, 89, WatchState.MISSING),
    (PLANNED, 90, WatchState.ENDED), (LIVE, 30, WatchState.LIVE), (LIVE, 120, WatchState.LIVE), (ENDED, 60, WatchState.ENDED),
])
def test_nothing_is_said_that_is_not_true(status: BroadcastStatus, minutes: int, state: WatchState) -> None:
    assert watch_state(Broadcast(status=status), MORNING, END, MORNING + timedelta(minutes=minutes)) is state


def test_a_replay_is_promised_only_once_it_is_released() -> None:
    ended = Broadcast(status=ENDED, replay_id=1)
    assert watch_state(ended, MORNING, END, END) is WatchState.ENDED
    ended.replay_published_at = END
    assert watch_state(ended, MORNING, END, END) is WatchState.REPLAY


def test_sessions_to_be_streamed_are_planned_with_the_release(programme: Programme) -> None:
    streamed, other = programme.place(programme.session(is_streamed=True)), programme.place(programme.session(), 1)
    programme.release()
    assert queries.list_statuses([streamed.id, other.id]) == {streamed.id: PLANNED}


def test_a_later_release_does_not_overrule_the_stage_manager(programme: Programme) -> None:
    session = released(programme, is_streamed=True)
    with before(programme):  # type: ignore[attr-defined]
        actions.decide_broadcast(session.id, NOT_PLANNED, by=programme.province)
        programme.place(programme.session(), 1)
        programme.release()
    assert queries.list_statuses([session.id]) == {session.id: NOT_PLANNED}


def test_a_stream_is_planned_and_dropped(programme: Programme) -> None:
    session = released(programme)
    with before(programme):  # type: ignore[attr-defined]
        actions.decide_broadcast(session.id, PLANNED, by=programme.province)
        assert actions.decide_broadcast(session.id, NOT_PLANNED, by=programme.province).status is NOT_PLANNED
        with pytest.raises(Refused):
            actions.decide_broadcast(session.id, NOT_PLANNED, by=programme.province)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Broadcast)) == 1


def test_what_is_over_or_cancelled_or_unreleased_is_not_planned(programme: Programme) -> None:
    session = released(programme)
    with clock.frozen(programme.slots[0].ends_at), pytest.raises(Refused):
        actions.decide_broadcast(session.id, PLANNED, by=programme.province)
    draft = programme.session()
    with pytest.raises(NotFound):
        actions.decide_broadcast(draft.id, PLANNED, by=programme.province)
    programme.place(programme.session(), 1)
    programme.cancel(session)
    programme.release()
    with before(programme), pytest.raises(Refused):  # type: ignore[attr-defined]
        actions.decide_broadcast(session.id, PLANNED, by=programme.province)


def test_only_who_directs_in_this_region_and_edition_decides(programme: Programme) -> None:
    session = released(programme)
    strangers = [programme.chengdu, make_actor(Role.STAGE_MANAGER, programme.places.mianyang),
                 make_actor(Role.STAGE_MANAGER, programme.places.province, make_edition("2027"))]
    with before(programme):  # type: ignore[attr-defined]
        for stranger in strangers:
            with pytest.raises(NotFound):
                actions.decide_broadcast(session.id, PLANNED, by=stranger)
        own = make_actor(Role.STAGE_MANAGER, programme.places.chengdu)
        assert actions.decide_broadcast(session.id, PLANNED, by=own).status is PLANNED


def test_a_sessions_page_has_a_place_for_the_picture_that_says_the_truth(programme: Programme, client: Browser) -> None:
    session = released(programme, is_streamed=True)
    start = programme.slots[0].starts_at
    client.sign_in(programme.chengdu)
    for minutes, sentence in ((-30, "直播将于"), (30, "暂无直播画面"), (200, "回放尚未上线")):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert sentence in client.get(f"/sessions/{session.id}").text


def test_a_visitor_reads_the_stage_managers_decision_at_once(programme: Programme, client: Browser) -> None:
    session = released(programme, is_streamed=True)
    with before(programme):  # type: ignore[attr-defined]
        assert "直播将于" in client.get(f"/sessions/{session.id}").text
        actions.decide_broadcast(session.id, NOT_PLANNED, by=programme.province)
        assert "本专场暂无直播" in client.get(f"/sessions/{session.id}").text


def test_the_live_page_says_what_is_on_and_what_has_no_stream(programme: Programme, client: Browser) -> None:
    assert "日程尚未发布" in client.get("/live").text
    programme.place(programme.session("有直播", is_streamed=True))
    programme.place(programme.session("无直播"), 1)
    programme.place(programme.session("下午场"), 0, 1)
    programme.release()
    with clock.frozen(programme.slots[0].starts_at + timedelta(minutes=5)):
        text = client.get("/live").text
    for words in ("有直播", "无直播", "下午场", "已安排直播，暂无画面", "不直播，请到现场观看"):
        assert words in text
    with clock.frozen(programme.slots[1].ends_at + timedelta(days=30)):
        client.sign_in(programme.province)
        assert "此刻没有正在进行的专场" in client.get("/live").text


def test_the_stage_managers_list_shows_their_regions_and_changes_by_a_button(programme: Programme, client: Browser) -> None:
    session = released(programme, is_streamed=True)
    programme.place(programme.session("绵阳专场", region=programme.places.mianyang), 1)
    programme.release()
    manager = make_actor(Role.STAGE_MANAGER, programme.places.chengdu)
    client.sign_in(manager)
    with before(programme):  # type: ignore[attr-defined]
        text = client.get("/work/2026/streaming/").text
        assert "直播专场" in text
        assert "绵阳专场" not in text
        assert client.post(f"/work/2026/streaming/{session.id}/not_planned").status_code == 302
    assert queries.list_statuses([session.id]) == {session.id: NOT_PLANNED}


def test_readers_see_the_list_but_do_not_direct(programme: Programme, client: Browser) -> None:
    session = released(programme)
    assert client.get("/work/2026/streaming/").status_code == 302
    client.sign_in(programme.chengdu)
    assert client.get("/work/2026/streaming/").status_code == 200
    assert client.post(f"/work/2026/streaming/{session.id}/planned").status_code == 403
    gate = make_actor(Role.GATE_STAFF, programme.places.province)
    assert client.sign_in(gate).get("/work/2026/streaming/").status_code == 403


def test_the_list_and_the_live_page_ask_the_same_number_of_questions_for_one_and_three(
    programme: Programme, client: Browser, count_queries: object,
) -> None:
    client.sign_in(programme.province)
    released(programme, is_streamed=True)

    def counted(url: str) -> int:
        client.get(url)
        with count_queries() as count:  # type: ignore[operator]
            assert client.get(url).status_code == 200
        return int(count())

    with clock.frozen(programme.slots[0].starts_at + timedelta(minutes=5)):
        one = [counted(url) for url in ("/work/2026/streaming/", "/live")]
        programme.place(programme.session(is_streamed=True), 1)
        programme.place(programme.session(), 0, 1)
        programme.release()
        assert [counted(url) for url in ("/work/2026/streaming/", "/live")] == one
