"""Pure rules: lifecycle, conflicts, filling, time slots."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest

from expo.kit.refusals import Refused
from expo.programme import rules
from expo.programme.models import SessionKind, SessionStatus
from expo.programme.rules_conflicts import (
    ConflictKind,
    Severity,
    blocking,
    conflicts_in,
    conflicts_there,
)
from expo.programme.rules_filling import fill
from expo.programme.rules_plan import Plan, as_seen_by
from expo.programme.rules_slots import read_times, slots_of, without_existing
from tests.programme.plans import a_hall, a_plan, a_session, a_slot, an_item

ALLOWED = {
    (SessionStatus.DRAFT, SessionStatus.PUBLISHED), (SessionStatus.DRAFT, SessionStatus.CANCELLED),
    (SessionStatus.PUBLISHED, SessionStatus.DRAFT), (SessionStatus.PUBLISHED, SessionStatus.CANCELLED),
    (SessionStatus.CANCELLED, SessionStatus.DRAFT),
}


@pytest.mark.parametrize(("now", "then"), list(product(SessionStatus, SessionStatus)))
def test_a_session_moves_only_as_its_lifecycle_allows(now: SessionStatus, then: SessionStatus) -> None:
    assert rules.LIFECYCLE.allows(now, then) is ((now, then) in ALLOWED)


def kinds(plan: Plan) -> list[ConflictKind]:
    return [conflict.kind for conflict in conflicts_in(plan)]


def test_a_plan_without_overlaps_has_no_conflicts() -> None:
    one, other = a_session(1, 1, 1, items=(an_item(1, presenter=7),)), a_session(2, 1, 2, items=(an_item(2, presenter=7),))
    assert conflicts_in(a_plan(one, other)) == []


def test_a_hall_is_used_twice_when_slots_overlap() -> None:
    plan = Plan((a_hall(1),), (a_slot(1), a_slot(2, after_hours=1)), (a_session(1, 1, 1), a_session(2, 1, 2)))
    [conflict] = conflicts_in(plan)
    assert conflict.kind is ConflictKind.HALL_TWICE
    assert conflict.severity is Severity.BLOCKS
    assert conflict.session_ids == {1, 2}


def test_a_short_session_leaves_the_hall_to_an_overlapping_slot() -> None:
    plan = Plan((a_hall(1),), (a_slot(1), a_slot(2, after_hours=1)), (a_session(1, 1, 1, minutes=60), a_session(2, 1, 2)))
    assert conflicts_in(plan) == []


def test_a_presenter_cannot_be_in_two_sessions_at_once() -> None:
    plan = a_plan(a_session(1, 1, 1, items=(an_item(1, presenter=7),)), a_session(2, 2, 1, items=(an_item(2, presenter=7),)))
    [conflict] = conflicts_in(plan)
    assert conflict.kind is ConflictKind.PERSON_TWICE
    assert "张三7" in str(conflict.sentence)
    assert "专场1" in str(conflict.sentence)
    assert "专场2" in str(conflict.sentence)


def test_a_moderator_who_presents_elsewhere_is_needed_twice() -> None:
    plan = a_plan(a_session(1, 1, 1, moderator_id=7, moderator="李四"), a_session(2, 2, 1, items=(an_item(2, presenter=7),)))
    assert kinds(plan) == [ConflictKind.PERSON_TWICE]


def test_small_halls_long_sessions_and_too_many_minutes_are_warnings() -> None:
    session = a_session(1, 1, 1, minutes=100, expected_audience=201, items=(an_item(1, 60), an_item(2, 41)))
    found = conflicts_in(a_plan(session))
    assert [c.kind for c in found] == [ConflictKind.CAPACITY, ConflictKind.LENGTH, ConflictKind.MINUTES]
    assert blocking(found) == []


def test_exactly_full_is_no_conflict() -> None:
    assert kinds(a_plan(a_session(1, 1, 1, expected_audience=200, items=(an_item(1, 50), an_item(2, 40))))) == []


def test_a_project_is_shown_once_except_in_the_opening() -> None:
    opening = a_session(1, kind=SessionKind.OPENING, items=(an_item(5),))
    one, other = a_session(2, items=(an_item(5),)), a_session(3, items=(an_item(5),))
    assert kinds(a_plan(opening, one)) == []
    [conflict] = conflicts_in(a_plan(opening, one, other))
    assert conflict.kind is ConflictKind.PROJECT_TWICE
    assert conflict.session_ids == {2, 3}


def test_projects_that_are_not_published_are_pointed_out() -> None:
    assert kinds(a_plan(a_session(1, items=(an_item(1, is_shown=False),)))) == [ConflictKind.NOT_SHOWN]


def test_cancelled_sessions_have_no_conflicts() -> None:
    cancelled = a_session(2, 1, 1, status=SessionStatus.CANCELLED, items=(an_item(1, 999, presenter=7),))
    assert conflicts_in(a_plan(a_session(1, 1, 1, items=(an_item(1, presenter=7),)), cancelled)) == []


def test_a_cell_says_beforehand_what_would_be_wrong_there() -> None:
    """The answer for a cell agrees with moving the session and looking at the whole plan."""
    chance = Random(5)
    for _round in range(60):
        sessions = [
            a_session(n, *chance.choice([(None, None), (1, 1), (2, 2), (1, 3)]), expected_audience=chance.choice([50, 250]),
                      minutes=chance.choice([60, 120]), items=(an_item(n, presenter=chance.choice([7, 8, None])),))
            for n in range(1, 5)
        ]
        plan = a_plan(*sessions)
        picked = chance.choice(sessions)
        hall, slot = chance.choice([1, 2]), chance.choice([1, 2, 3])
        after = [c for c in conflicts_in(plan.moved(picked.id, hall, slot)) if picked.id in c.session_ids]
        expected = [(c.kind, c.session_ids) for c in after if c.kind.value not in {"minutes", "project_twice", "not_shown"}]
        found = [(c.kind, c.session_ids) for c in conflicts_there(plan, picked, hall, slot)]
        assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_filling_gives_big_sessions_the_big_hall() -> None:
    plan = Plan((a_hall(1, 100), a_hall(2, 500)), (a_slot(1),), (a_session(1, expected_audience=90), a_session(2, expected_audience=400)))
    filling = fill(plan)
    assert {(p.session.id, p.hall.id) for p in filling.placements} == {(1, 1), (2, 2)}
    assert filling.left == ()


def test_filling_never_needs_anybody_twice_and_spreads_a_city() -> None:
    plan = a_plan(a_session(1, items=(an_item(1, presenter=7),)), a_session(2, items=(an_item(2, presenter=7),)),
                  a_session(3), halls=3)
    slots = {p.session.id: p.slot.id for p in fill(plan).placements}
    assert len(set(slots.values())) == 3  # All three are of one city.


def test_filling_leaves_what_is_placed_where_it_is() -> None:
    plan = a_plan(a_session(1, 1, 1), a_session(2))
    [placement] = fill(plan).placements
    assert placement.session.id == 2
    assert (placement.hall.id, placement.slot.id) != (1, 1)


def test_filling_says_of_everything_it_leaves_why() -> None:
    plan = a_plan(
        a_session(1, expected_audience=900), a_session(2, minutes=200), a_session(3, 1, 1, items=(an_item(1, presenter=7),)),
        a_session(4, items=(an_item(2, presenter=7),)), a_session(5, 2, 1), slots=1, halls=3,
    )
    filling = fill(plan)
    assert {left.session.id for left in filling.left} == {1, 2, 4}
    reasons = {left.session.id: str(left.reason) for left in filling.left}
    assert "900" in reasons[1]
    assert "200" in reasons[2]
    assert reasons[4]


def test_filling_a_full_grid_leaves_the_rest_over() -> None:
    plan = a_plan(*(a_session(n) for n in range(1, 9)), halls=2, slots=3)
    filling = fill(plan)
    assert (len(filling.placements), len(filling.left)) == (6, 2)
    assert len({(p.hall.id, p.slot.id) for p in filling.placements}) == 6


@pytest.mark.parametrize("seed", range(12))
def test_what_filling_proposes_has_no_conflicts(seed: int) -> None:
    chance = Random(seed)
    sessions = tuple(
        a_session(n, expected_audience=chance.randint(10, 320), minutes=chance.choice([60, 90, 120]),
                  region_path=f"/510000/{chance.randint(1, 5)}/", industry_id=chance.choice([None, 1, 2]),
                  items=tuple(an_item(100 * n + i, presenter=chance.randint(1, 40)) for i in range(3)))
        for n in range(1, 30)
    )
    plan = Plan(tuple(a_hall(n, chance.choice([100, 200, 300])) for n in range(1, 6)),
                tuple(a_slot(n, after_hours=1.25 * n) for n in range(1, 7)), sessions)
    filling = fill(plan)
    assert filling == fill(plan)
    filled = plan
    for placement in filling.placements:
        filled = filled.moved(placement.session.id, placement.hall.id, placement.slot.id)
    assert conflicts_in(filled) == []
    assert len(filling.placements) + len(filling.left) == 29


def test_a_fingerprint_changes_with_what_placing_depends_on() -> None:
    plan = a_plan(a_session(1))
    assert plan.fingerprint == a_plan(a_session(1, title="另一个名字")).fingerprint
    assert plan.fingerprint != plan.moved(1, 1, 1).fingerprint
    assert plan.fingerprint != a_plan(a_session(1, expected_audience=101)).fingerprint


def test_others_see_of_a_session_only_that_the_place_is_taken() -> None:
    own, other = a_session(1, 1, 1), a_session(2, 2, 1, region_path="/510000/510700/", items=(an_item(9, presenter=3),))
    seen = as_seen_by(a_plan(own, other), ["/510000/510100/"], "他市专场")
    assert seen.session[1] == own
    hidden = seen.session[2]
    assert (hidden.title, hidden.items[0].title, hidden.is_visible) == ("他市专场", "", False)
    assert (hidden.hall_id, hidden.slot_id) == (2, 1)


def test_times_are_read_as_people_write_them() -> None:
    assert [f"{t:%H:%M}" for t in read_times("15:30, 9:00、13：30 9:00")] == ["09:00", "13:30", "15:30"]


@pytest.mark.parametrize("text", ["", "9", "25:00", "10:60", "morning", "10-11"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_times(text)
    assert refused.value.field == "times"


def test_slots_are_made_in_the_events_zone() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    [slot] = slots_of([date(2026, 11, 20)], read_times("10:00"), 90, zone)
    assert slot == (datetime(2026, 11, 20, 2, 0, tzinfo=UTC), datetime(2026, 11, 20, 3, 30, tzinfo=UTC))


def test_a_pattern_whose_slots_overlap_is_refused() -> None:
    with pytest.raises(Refused):
        slots_of([date(2026, 11, 20)], read_times("10:00 11:00"), 90, ZoneInfo("Asia/Shanghai"))


def test_a_pattern_made_twice_adds_nothing() -> None:
    slots = slots_of([date(2026, 11, 20)], read_times("10:00 14:00"), 90, ZoneInfo("Asia/Shanghai"))
    assert without_existing(slots, slots[:1]) == (slots[1:], 1)


def test_the_place_of_a_moved_session_is_what_changes() -> None:
    session = a_session(1)
    assert a_plan(session).moved(1, 2, 3).session[1] == replace(session, hall_id=2, slot_id=3)
