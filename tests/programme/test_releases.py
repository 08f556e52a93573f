"""Contents and their differences, without a database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from expo.programme.models import SessionStatus
from expo.programme.rules_content import (
    Content,
    Programme,
    build_content,
    digest_of,
    now_and_next,
    read_content,
)
from expo.programme.rules_difference import ChangeKind, apply, difference
from expo.programme.rules_plan import Plan
from expo.programme.rules_selection import count_values, select_sessions
from tests.programme.plans import MORNING, a_hall, a_plan, a_session, a_slot, an_item

ZONE = ZoneInfo("Asia/Shanghai")
CHENGDU = {"/510000/510100/": (12, "成都市", "Chengdu")}


def content_of(plan: Plan, before: Content | None = None) -> Content:
    return build_content(plan, industries=[(4, "电子信息", "Electronics")], cities=CHENGDU, zone=ZONE, before=before)


def read(content: Content) -> Programme:
    return read_content(content, release_id=1, edition_id=1, number=1, name="一", released_at=MORNING,
                        digest=digest_of(content))


placements = st.one_of(st.none(), st.tuples(st.integers(1, 3), st.integers(1, 4)))
one_session = st.fixed_dictionaries({
    "place": placements, "title": st.sampled_from(["甲", "乙", "丙"]), "cancelled": st.booleans(),
    "items": st.lists(st.integers(1, 6), unique=True, max_size=5), "streamed": st.booleans(),
})


@st.composite
def plans(draw: Any) -> Plan:
    sessions = []
    for number, facts in draw(st.dictionaries(st.integers(1, 6), one_session, max_size=6)).items():
        hall, slot = facts["place"] or (None, None)
        status = SessionStatus.CANCELLED if facts["cancelled"] else SessionStatus.DRAFT
        hall, slot = (None, None) if facts["cancelled"] else (hall, slot)
        sessions.append(a_session(number, hall, slot, title=facts["title"], status=status, is_streamed=facts["streamed"],
                                  items=tuple(an_item(n) for n in facts["items"])))
    return a_plan(*sessions, halls=3, slots=4)


@settings(max_examples=150, deadline=None)
@given(plans(), plans())
def test_a_difference_applied_to_a_release_gives_the_other(first: Plan, second: Plan) -> None:
    one = content_of(first)
    other = content_of(second, one)
    change = difference(one, other)
    assert apply(one, change) == other
    assert change.is_empty is (one == other)
    back = difference(other, one)
    assert apply(other, back) == one
    assert apply(None, difference(None, one)) == one


@settings(max_examples=80, deadline=None)
@given(plans())
def test_a_content_survives_json_and_being_read(plan: Plan) -> None:
    content = content_of(plan)
    again = json.loads(json.dumps(content))
    assert again == content
    assert digest_of(again) == digest_of(content)
    programme = read(content)
    placed = {s.id for s in plan.sessions if s.is_placed and not s.is_cancelled}
    assert set(programme.by_id) == placed
    assert [s.starts_at for s in programme.sessions] == sorted(s.starts_at for s in programme.sessions)


def test_a_change_is_called_what_a_visitor_would_call_it() -> None:
    items = (an_item(1), an_item(2))
    before = content_of(a_plan(a_session(1, 1, 1, items=items), a_session(2, 2, 1), a_session(3, 1, 2)))
    swapped = (items[1], items[0])
    plan = a_plan(a_session(1, 2, 3, items=swapped), a_session(2, status=SessionStatus.CANCELLED), a_session(4, 1, 1),
                  a_session(3))
    after = content_of(plan, before)
    found = {change.session["id"]: change.kinds for change in difference(before, after).changes}
    assert found == {1: [ChangeKind.MOVED, ChangeKind.ORDER], 2: [ChangeKind.CANCELLED], 4: [ChangeKind.NEW],
                     3: [ChangeKind.REMOVED]}
    assert difference(before, after).counts[ChangeKind.MOVED] == 1


def test_a_cancelled_session_stays_in_its_old_place_and_can_come_back() -> None:
    first = content_of(a_plan(a_session(1, 1, 1)))
    gone = a_plan(a_session(1, status=SessionStatus.CANCELLED))
    second = content_of(gone, first)
    third = content_of(gone, second)
    assert second["sessions"][0]["cancelled"] is True
    assert third == second
    assert read(second).by_id[1].status_at(MORNING) == "cancelled"
    back = content_of(a_plan(a_session(1, 2, 2)), third)
    assert difference(third, back).changes[0].kinds == [ChangeKind.REINSTATED, ChangeKind.MOVED]


def test_a_session_cancelled_before_any_release_is_not_mentioned() -> None:
    assert content_of(a_plan(a_session(1, status=SessionStatus.CANCELLED)))["sessions"] == []


def test_projects_that_are_not_published_stay_out_of_a_release() -> None:
    content = content_of(a_plan(a_session(1, 1, 1, items=(an_item(1), an_item(2, is_shown=False)))))
    assert [item["project"] for item in content["sessions"][0]["items"]] == [1]


def test_turns_follow_each_other_by_their_minutes() -> None:
    session = read(content_of(a_plan(a_session(1, 1, 1, items=(an_item(1, 4), an_item(2, 6), an_item(3, 5)))))).by_id[1]
    assert [i.starts_at - session.starts_at for i in session.items] == [timedelta(minutes=m) for m in (0, 4, 10)]
    assert session.items[1].is_on(session.starts_at + timedelta(minutes=9))
    assert not session.items[1].is_on(session.starts_at + timedelta(minutes=10))


def test_now_and_next_know_beginning_and_end() -> None:
    programme = read(content_of(a_plan(a_session(1, 1, 1), a_session(2, 2, 1), a_session(3, 1, 2), a_session(4, 2, 3))))
    at_start = now_and_next(programme.sessions, MORNING)
    assert [s.id for s in at_start.now] == [1, 2]
    assert [s.id for s in at_start.next] == [3]
    at_end = now_and_next(programme.sessions, MORNING + timedelta(minutes=90))
    assert at_end.now == ()
    assert [s.id for s in at_end.next] == [3]
    assert now_and_next(programme.sessions, MORNING - timedelta(days=3)).next == ()


def test_a_session_ends_after_its_own_minutes() -> None:
    session = read(content_of(Plan((a_hall(),), (a_slot(),), (a_session(1, 1, 1, minutes=45),)))).by_id[1]
    assert session.ends_at == MORNING + timedelta(minutes=45)


def test_a_selection_narrows_by_every_filter_and_word() -> None:
    programme = read(content_of(a_plan(a_session(1, 1, 1, items=(an_item(77),)), a_session(2, 2, 1, region_path="/510000/"))))
    assert [s.id for s in select_sessions(programme.sessions, "项目77", {})] == [1]
    assert [s.id for s in select_sessions(programme.sessions, "", {"hall": "2"})] == [2]
    assert [s.id for s in select_sessions(programme.sessions, "", {"city": "12"})] == [1]
    assert select_sessions(programme.sessions, "专场", {"hall": "1", "city": "12", "kind": "salon"}) == []
    assert count_values(programme.sessions, "", {"hall": "1"}, "hall") == {"1": 1, "2": 1}
