"""The halls alone: what patterns prove against trying everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.programme.solver import place
from expo.programme.solver.generator import FULL, REAL, Size, generate, scaled
from expo.programme.solver.hall_kinds import Kinds, kinds_of
from expo.programme.solver.hall_master import Part
from expo.programme.solver.hall_search import Fill, HallSearch
from expo.programme.solver.instance import Hall, Instance, Pin, Place, Plan, Session, Slot
from expo.programme.solver.lp import Options
from expo.programme.solver.place import place_sessions
from expo.programme.solver.place_columns import Question
from expo.programme.solver.settings import Rule, Setting, Severity

LIMIT = Options(seconds=60)
FEE, NOWHERE = 7, 40


@st.composite
def questions(draw: st.DrawFn, *, hosts: int = 1) -> tuple[Instance, Plan]:
    """Up to three halls and six sessions of up to ``hosts`` hosts each, some of them standing already."""
    halls = tuple(Hall(h, draw(st.sampled_from([60, 100, 200])), zone=draw(st.sampled_from("AB")))
                  for h in range(1, draw(st.integers(1, 3)) + 1))
    slots = tuple(Slot(n, 100 * n, 100 * n + 90, 1) for n in range(1, draw(st.integers(1, 3)) + 1))
    sessions = tuple(Session(
        s, audience=draw(st.sampled_from([50, 90, 150])), zone=draw(st.sampled_from(["", "A", "B"])),
        hosts=tuple(sorted(draw(st.sets(st.integers(1, 2), max_size=hosts)))), pin=draw(st.sampled_from([Pin(), Pin(), Pin(), Pin(hall=1)])),
    ) for s in range(1, draw(st.integers(1, 6)) + 1))
    places: list[Place] = [(h.id, t.id) for h in halls for t in slots]
    standing = draw(st.lists(st.sampled_from([s.id for s in sessions]), max_size=2, unique=True))
    taken = draw(st.permutations(places))
    rules = {Rule.HALL_STABILITY: Setting(Severity.WARN, FEE), Rule.UNPLACED: Setting(Severity.WARN, 2 * NOWHERE)}
    return Instance(halls, slots, sessions, rules=rules), Plan(dict(zip(standing, taken, strict=False)))


def asked(instance: Instance, plan: Plan) -> tuple[Question, Kinds]:
    question = Question(instance, plan, [s.id for s in instance.sessions if s.id not in plan.places])
    return question, kinds_of(question)


def cost_of(question: Question, hall_of: dict[int, int | None]) -> int | None:
    """What halls cost, with each host's halls beyond the first; none where more are in a hall than it has slots."""
    instance = question.instance
    if any(list(hall_of.values()).count(hall.id) > len(instance.slots) for hall in instance.halls):
        return None
    cost = 0
    for session, hall in hall_of.items():
        cost += NOWHERE if hall is None else question.halls[session][hall]
    for host in (1, 2):
        used = {hall_of[s.id] for s in instance.sessions if host in s.hosts} - {None}
        cost += FEE * max(0, len(used) - 1)
    return cost


def every_choice(question: Question) -> list[int]:
    """What each choice of halls costs that leaves standing sessions where they are."""
    ids = list(question.instance.session)
    options = [[*question.halls[s], *([None] if s in question.free else [])] for s in ids]
    costs = (cost_of(question, dict(zip(ids, chosen, strict=True))) for chosen in product(*options))
    return [cost for cost in costs if cost is not None]


@settings(max_examples=80, deadline=None)
@given(questions())
def test_no_other_choice_of_halls_is_cheaper(given_: tuple[Instance, Plan]) -> None:
    question, kinds = asked(*given_)
    found = HallSearch(kinds, LIMIT).go_on(60)
    best = min(every_choice(question))
    # A host of whom nothing is placed has no first hall to be let off: the bound may be that much too low, never too high.
    assert found.bound <= best
    placed = {s: found.hall_of.get(s) for s in question.free}
    everything = {**placed, **{s: h for s, (h, _) in given_[1].places.items()}}
    if all(everything[s.id] for s in question.instance.sessions):
        assert found.is_optimal
        assert cost_of(question, everything) == found.cost == best


@settings(max_examples=40, deadline=None)
@given(questions(hosts=2))
def test_sessions_of_several_hosts_never_make_the_bound_too_high(given_: tuple[Instance, Plan]) -> None:
    question, kinds = asked(*given_)
    assert HallSearch(kinds, LIMIT).go_on(60).bound <= min(every_choice(question))


@pytest.mark.parametrize("size", [REAL, FULL])
def test_the_halls_of_an_edition_are_proven(size: Size) -> None:
    instance = generate(scaled(size, 0.5), 2)
    _, kinds = asked(instance, Plan())
    found = HallSearch(kinds, LIMIT).go_on(60)
    assert found.is_optimal
    assert len(found.hall_of) == min(len(instance.sessions), len(instance.halls) * len(instance.slots))
    used = [list(found.hall_of.values()).count(hall.id) for hall in instance.halls]
    assert max(used) <= len(instance.slots)


def test_halls_that_are_asked_for_in_two_goes_are_the_same() -> None:
    _, kinds = asked(generate(scaled(REAL, 0.4), 3), Plan())
    once, twice = HallSearch(kinds, LIMIT), HallSearch(kinds, LIMIT)
    twice.go_on(0)
    assert twice.go_on(60).cost == once.go_on(60).cost


def test_halls_that_are_found_late_still_make_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = generate(scaled(REAL, 0.3), 1)
    usual = place_sessions(instance, Plan(), None, LIMIT)
    monkeypatch.setattr(place, "FOR_HALLS", (0.0, 0.9))
    late = place_sessions(instance, Plan(), None, LIMIT)
    assert usual.is_optimal
    assert late.is_optimal
    assert late.cost == usual.cost


def test_a_hall_takes_as_many_sessions_as_can_follow_each_other() -> None:
    slots = tuple(Slot(n, 30 * n, 30 * n + 90, 1) for n in range(1, 8))
    instance = Instance((Hall(1, 100),), slots, (Session(1, minutes=60), Session(2, minutes=90)))
    assert asked(instance, Plan())[1].room.tolist() == [4]
    assert asked(replace(instance, closed=frozenset({(1, 1), (1, 7)})), Plan())[1].room.tolist() == [3]


def test_what_may_just_be_better_is_neither_given_up_nor_taken_for_proven() -> None:
    """A bound that is a whole number, as it often is, reaches the cost that would be one less."""
    _, kinds = asked(generate(scaled(REAL, 0.3), 1), Plan())
    search, everything = HallSearch(kinds, LIMIT), Part(kinds.count, kinds.room > 0)
    search.until = float("inf")
    root = search.master.relaxed(everything)
    assert root is not None
    assert search.master.relaxed(everything, root.bound) is not None
    assert search.master.relaxed(everything, root.bound - 1) is None
    search.best, search.bound = Fill({}, 400.0), 399.00001
    assert not search.is_proven
    search.bound = 399.1
    assert search.is_proven
