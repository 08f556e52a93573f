"""A smallest conflict is a conflict, and none of it can be left out."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from expo.programme.solver.explain import Demand, _Test, circles, contradicting_pins, smallest_conflict
from expo.programme.solver.generator import REAL, generate, scaled
from expo.programme.solver.instance import Absence, Attendance, Hall, Instance, Pin, Plan, Session, Slot
from expo.programme.solver.lp import DEFAULT, Model
from expo.programme.solver.settings import Rule, Setting, Severity
from expo.programme.solver.shortage import shortage

SLOTS = (Slot(1, 540, 630, 1), Slot(2, 660, 750, 1))
HALLS = (Hall(1, 100), Hall(2, 100))


def need(*sessions: int) -> set[Demand]:
    return {Demand(Rule.UNPLACED, (s,)) for s in sessions}


def conflict(instance: Instance, plan: Plan | None = None) -> set[Demand]:
    return set(smallest_conflict(instance, plan or Plan(), instance.session))


def test_there_is_no_conflict_where_everything_fits() -> None:
    assert conflict(generate(scaled(REAL, 0.1))) == set()


def test_contradicting_pins_are_named() -> None:
    sessions = (*tuple(Session(s, pin=Pin(hall=1, slot=1)) for s in (1, 2)), Session(3))
    instance = Instance(HALLS, SLOTS, sessions)
    assert conflict(instance) == need(1, 2) | {Demand(Rule.PIN, (1,)), Demand(Rule.PIN, (2,)), Demand(Rule.HALL_TWICE)}
    assert contradicting_pins(instance) == [(1, 2)]


def test_a_circle_of_sessions_after_each_other_is_named() -> None:
    sessions = (Session(1, after=(3,)), Session(2, after=(1,)), Session(3, after=(2,)), Session(4, after=(1,)))
    instance = Instance(HALLS, (*SLOTS, Slot(3, 800, 890, 1), Slot(4, 900, 990, 1)), sessions)
    assert conflict(instance) == need(1, 2, 3) | {
        Demand(Rule.AFTER, (1, 3)), Demand(Rule.AFTER, (2, 1)), Demand(Rule.AFTER, (3, 2))}
    assert circles(instance) == [(1, 3, 2)]


def test_somebody_who_is_away_on_the_only_day_is_named() -> None:
    session = Session(1, days=frozenset({1}), people=(Attendance(7),))
    slots = (*SLOTS, Slot(3, 2000, 2090, 2))
    instance = Instance(HALLS, slots, (session, Session(2)), absences=(Absence(7, 0, 1440),))
    assert conflict(instance) == need(1) | {Demand(Rule.DAYS, (1,)), Demand(Rule.ABSENCE, people=(7,))}


def test_somebody_needed_more_often_than_there_are_times_is_named() -> None:
    sessions = tuple(Session(s, people=(Attendance(7),)) for s in (1, 2, 3))
    assert conflict(Instance(HALLS, SLOTS, sessions)) == need(1, 2, 3) | {Demand(Rule.PERSON_TWICE, people=(7,))}


def test_a_session_too_long_for_every_slot_is_named() -> None:
    assert conflict(Instance(HALLS, SLOTS, (Session(1, minutes=120), Session(2)))) == need(1) | {Demand(Rule.LENGTH)}


def test_a_hall_that_is_too_small_is_named_only_if_that_blocks() -> None:
    instance = Instance(HALLS, SLOTS, (Session(1, audience=200),))
    assert conflict(instance) == set()
    strict = replace(instance, rules={Rule.CAPACITY: Setting(Severity.BLOCK, 10)})
    assert conflict(strict) == need(1) | {Demand(Rule.CAPACITY, (1,))}


def test_what_stands_everywhere_already_is_named() -> None:
    instance = Instance(HALLS[:1], SLOTS, tuple(Session(s) for s in (1, 2, 3)))
    plan = Plan({1: (1, 1), 2: (1, 2)})
    assert set(smallest_conflict(instance, plan, [3])) == need(3) | {Demand(Rule.HALL_TWICE)}


def test_no_demand_of_a_conflict_can_be_left_out() -> None:
    instance = generate(scaled(REAL, 0.1), 4)
    crowded = replace(instance, halls=instance.halls[:1], slots=instance.slots[:3])
    found = conflict(crowded)
    assert sum(d.rule is Rule.UNPLACED for d in found) == 4 or Rule.HALL_TWICE not in {d.rule for d in found}
    left = [s for d in found if d.rule is Rule.UNPLACED for s in d.sessions][1:]
    assert set(smallest_conflict(crowded, Plan(), left)) != found


@pytest.mark.parametrize("seed", range(4))
def test_a_shortage_is_a_conflict_and_none_of_it_can_be_left_out(seed: int) -> None:
    """Of sessions that ask for days, seats and equipment as it happens; one stays where it is."""
    chance = random.Random(seed)
    halls = (Hall(1, 300, equipment=frozenset({"stream"})), Hall(2, 100), Hall(3, 100))
    slots = (*SLOTS, Slot(3, 1980, 2070, 2))
    sessions = tuple(Session(s, audience=chance.choice((50, 200)), days=chance.choice((None, frozenset({1}), frozenset({2}))),
                             needs=chance.choice((frozenset(), frozenset({"stream"})))) for s in range(1, 11))
    instance = Instance(halls, slots, sessions, closed=frozenset({(3, 3)}), rules={Rule.CAPACITY: Setting(Severity.BLOCK, 1)})
    plan, free = Plan({10: (1, 1)}), set(range(1, 10))
    found = shortage(instance, plan, free)
    assert found is not None
    test = _Test(instance, plan, free, DEFAULT)
    assert test.fails(list(found.demands))
    for demand in found.demands:
        assert not test.fails([d for d in found.demands if d != demand]), demand
    assert found.places == sum(d.rule is Rule.UNPLACED for d in found.demands) - 1
    assert found.sessions > found.places


def test_a_shortage_among_dozens_is_found_without_proving_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "solve", None)
    instance = generate(replace(REAL, projects=10))
    first = min(slot.day for slot in instance.slots)
    crowded = replace(instance, sessions=tuple(replace(s, days=frozenset({first}) if s.id <= 40 else None) for s in instance.sessions))
    found = shortage(crowded, Plan(), crowded.session)
    assert found is not None
    assert (found.sessions, found.places) == (40, 36)
    assert sum(d.rule is Rule.UNPLACED for d in found.demands) == 37
    assert {d.rule for d in found.demands} == {Rule.UNPLACED, Rule.DAYS, Rule.HALL_TWICE}
    assert shortage(instance, Plan(), instance.session) is None
