"""The solver against trying everything, and what must hold of every plan that it makes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from threading import Thread

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from expo.programme.solver.assign import assign_projects
from expo.programme.solver.generator import FULL, REAL, SHARED, generate, scaled, scattered
from expo.programme.solver.instance import Hall, Instance, Pin, Plan, Project, Session, Slot
from expo.programme.solver.lp import Options, Progress
from expo.programme.solver.place import Placed, place_sessions, retime_sessions
from expo.programme.solver.place_columns import Presenters
from expo.programme.solver.score import blocking, charges, total
from expo.programme.solver.settings import OF_PLACE, Rule, Setting, Severity
from expo.programme.solver.solve import What, solve
from tests.programme.solver.brute import cost_of
from tests.programme.solver.small import all_placings, instances

LIMIT = Options(seconds=20)


def cheapest(instance: Instance, plans: list[Plan]) -> int:
    costs = [cost for plan in plans if (cost := cost_of(instance, plan)) is not None and keeps_pins(instance, plan)]
    assert costs, "leaving everything out is always allowed"
    return min(costs)


def keeps_pins(instance: Instance, plan: Plan) -> bool:
    return not [c for c in charges(instance, plan) if c.rule is Rule.PIN]


@settings(max_examples=40, deadline=None)
@given(instances(projects=False))
def test_no_other_placing_is_cheaper(instance: Instance) -> None:
    assume((len(instance.halls) * len(instance.slots) + 1) ** len(instance.sessions) < 3000)
    # What blocks whether or not anything is placed would leave the brute force without any plan.
    instance = replace(instance, rules={r: s for r, s in instance.rules.items() if r in OF_PLACE})
    found = place_sessions(instance, Plan(), None, LIMIT)
    assert found.is_optimal
    assert found.cost == found.bound == total(c for c in charges(instance, found.plan) if c.rule in OF_PLACE)
    best = cheapest(instance, all_placings(instance))
    assert cost_of(instance, found.plan) == best


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(0, 5))
def test_no_other_assignment_is_cheaper(instance: Instance, seed: int) -> None:
    listed = {**instance.rules, Rule.KIND_QUOTA: Setting(Severity.WARN, 30)}
    # Rules that block even a list that is empty, or a place that is kept, leave nothing to choose.
    instance = replace(instance, rules={r: s for r, s in listed.items() if r not in OF_PLACE and not (
        s.severity is Severity.BLOCK and r in (Rule.MINUTES, Rule.MOST_ITEMS))})
    instance = replace(instance, sessions=tuple(replace(s, takes_projects=True) for s in instance.sessions))
    among = [None, *instance.session]
    assume(len(among) ** len(instance.projects) <= 700)
    cells = scattered(instance, seed).places
    plans = []
    for chosen in product(among, repeat=len(instance.projects)):
        items = {s: tuple(p.id for p, home in zip(instance.projects, chosen, strict=True) if home == s) for s in instance.session}
        plans.append(Plan(cells, items))
    found = assign_projects(instance, Plan(cells), None, LIMIT)
    assert found is not None
    assert found.is_optimal
    costs = [total(charges(instance, plan)) for plan in plans if keeps_pins_of_projects(instance, plan) and not [
        c for c in charges(instance, plan) if c.severity is Severity.BLOCK and c.rule not in OF_PLACE]]
    assert total(charges(instance, found.plan)) == min(costs)
    assert {p for listed in found.plan.items.values() for p in listed} <= set(instance.project)


def keeps_pins_of_projects(instance: Instance, plan: Plan) -> bool:
    return all(instance.project[p].pin in (None, s) for s, listed in plan.items.items() for p in listed)


@settings(max_examples=25, deadline=None)
@given(instances(), st.integers(0, 5))
def test_a_plan_breaks_no_blocking_rule_and_knows_its_cost(instance: Instance, seed: int) -> None:
    found = solve(instance, Plan(), What.BOTH, options=replace(LIMIT, seed=seed))
    assert found is not None
    paid = charges(instance, found.plan)
    assert found.cost == total(paid)
    assert found.bound <= found.cost
    caused = [c for c in blocking(paid, drafts=True) if c.rule not in (Rule.KIND_QUOTA, Rule.MINUTES)]
    assert [c for c in caused if c.rule is not Rule.UNPLACED] == []


@settings(max_examples=25, deadline=None)
@given(instances(), st.integers(0, 9), st.data())
def test_what_is_not_free_stays_where_it_is(instance: Instance, seed: int, data: st.DataObject) -> None:
    plan = scattered(instance, seed)
    free = data.draw(st.sets(st.sampled_from(sorted(instance.session))))
    moving = data.draw(st.sets(st.sampled_from(sorted(instance.project)))) if instance.projects else set()
    found = solve(instance, plan, What.BOTH, sessions=free, projects=moving, options=LIMIT)
    assert found is not None
    assert {s: p for s, p in found.plan.places.items() if s not in free} == {
        s: p for s, p in plan.places.items() if s not in free}
    for session, listed in plan.items.items():
        assert {p for p in listed if p not in moving} <= set(found.plan.items.get(session, ()))


def test_the_same_seed_makes_the_same_plan() -> None:
    instance = generate(scaled(REAL, 0.2), 5)
    one, other = (solve(instance, Plan(), options=replace(LIMIT, seed=3)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.plan == other.plan


def test_people_who_present_several_projects_are_never_in_two_places() -> None:
    instance = generate(scaled(SHARED, 0.15), 2)
    found = solve(instance, Plan(), options=LIMIT)
    assert found is not None
    rules = {c.rule for c in charges(instance, found.plan)}
    assert not rules & {Rule.UNPLACED, Rule.UNASSIGNED, Rule.PERSON_TWICE, Rule.HALL_TWICE}
    assert found.bound <= found.cost


def test_the_grid_is_filled_to_the_last_place() -> None:
    instance = generate(replace(FULL, projects=60, sessions=18, halls=3), 1)
    found = place_sessions(instance, Plan(), None, LIMIT)
    assert len(set(found.plan.places.values())) == 18


def test_a_pinned_session_that_is_in_the_way_of_another_pinned_one_stays() -> None:
    slot = Slot(1, 540, 630, 1)
    both = tuple(Session(s, pin=Pin(hall=1, slot=1)) for s in (1, 2))
    instance = Instance((Hall(1, 100),), (slot,), both)
    kept = place_sessions(instance, Plan({1: (1, 1), 2: (1, 1)}))
    assert kept.plan.places == {1: (1, 1), 2: (1, 1)}
    assert len(place_sessions(instance, Plan({2: (1, 1)})).plan.places) == 1


@pytest.mark.parametrize("nailed", [2, 12])
def test_among_many_what_stands_where_it_is_pinned_or_is_not_free_stays_there(nailed: int) -> None:
    """So many that halls and slots are looked for apart."""
    instance = replace(generate(scaled(REAL, 0.35), 3), projects=())
    plan = Plan(scattered(instance, 3).places)
    chosen = dict(sorted(plan.places.items())[:nailed])
    pinned = replace(instance, sessions=tuple(
        replace(s, pin=Pin(*chosen[s.id])) if s.id in chosen else s for s in instance.sessions))
    for asked, free in ((pinned, None), (instance, set(instance.session) - set(chosen))):
        found = place_sessions(asked, plan, free, LIMIT)
        assert {s: found.plan.places.get(s) for s in chosen} == chosen
        assert found.cost == total(c for c in charges(asked, found.plan) if c.rule in OF_PLACE)
        assert found.bound <= found.cost
        assert len(found.plan.places) == len(instance.sessions)


def test_what_stands_in_a_closed_place_takes_no_other_place_from_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full grid: a place that only its pinned session can have is none of those that the others share."""
    instance = replace(generate(replace(REAL, projects=1, sessions=18, halls=6, days=1), 2), projects=(), absences=())
    first = (instance.halls[0].id, instance.slots[0].id)
    instance = replace(instance, closed=frozenset({first}), sessions=tuple(
        replace(s, days=None, after=(), pin=Pin(*first) if s.id == 1 else Pin()) for s in instance.sessions))
    found = place_sessions(instance, Plan({1: first}), None, LIMIT)
    monkeypatch.setattr("expo.programme.solver.place.FEW", 100)
    whole = place_sessions(instance, Plan({1: first}), None, LIMIT)
    assert whole.is_optimal
    assert (found.cost, found.bound) == (whole.cost, whole.cost)


def test_projects_go_to_any_session_when_all_are_open_to_them() -> None:
    sessions = tuple(Session(s, industry=s, minutes=90) for s in range(1, 31))
    projects = tuple(Project(n, industry=n % 30 + 1, minutes=30) for n in range(1, 121))
    instance = Instance((), (), sessions, projects)
    found = assign_projects(instance, Plan(), None, LIMIT)
    assert found is not None
    assert found.is_optimal
    # Four want each session, three fit: the thirtieth part of a fourth is for another theme, at three units each.
    themes = total(c for c in charges(instance, found.plan) if c.rule is Rule.THEME)
    unassigned = [c for c in charges(instance, found.plan) if c.rule is Rule.UNASSIGNED]
    assert (themes, len(unassigned)) == (0, 30)


def test_without_time_there_is_still_a_plan_that_blocks_nothing() -> None:
    instance = generate(scaled(REAL, 0.3), 1)
    found = place_sessions(instance, Plan(), None, Options(seconds=60, stop=lambda: True))
    assert found.plan.places
    assert blocking(charges(instance, Plan(found.plan.places, {})), drafts=True) == []
    assert not found.is_optimal


def test_a_whole_edition_is_proven_optimal() -> None:
    instance = generate(scaled(REAL, 0.4), 4)
    found = solve(instance, Plan(), options=Options(seconds=120))
    assert found is not None
    assert found.is_optimal
    assert found.cost == found.bound == total(charges(instance, found.plan))
    assert blocking(charges(instance, found.plan)) == []


def test_a_second_look_at_slots_never_makes_a_plan_worse() -> None:
    """However little time there is: what is cut short may know less than it began with."""
    instance = generate(scaled(REAL, 0.5), 1)
    lists = assign_projects(instance, Plan())
    assert lists is not None
    placed = place_sessions(instance, lists.plan, None, LIMIT, presenters=Presenters.COUNT).plan
    for seconds in (0.001, 0.05, 20):
        again = retime_sessions(instance, placed, None, Options(seconds=seconds))
        own = [total(c for c in charges(instance, Plan(plan.places, {})) if c.rule in OF_PLACE) for plan in (placed, again)]
        in_trouble = [sum(c.units for c in charges(instance, plan) if c.rule in (Rule.ABSENCE, Rule.PERSON_TWICE)) for plan in (placed, again)]
        assert own[1] + in_trouble[1] <= own[0] + in_trouble[0]


@pytest.mark.parametrize(("unit", "looks_again"), [(1, True), (10, False)])
def test_nothing_better_is_looked_for_by_less_than_a_unit(unit: int, looks_again: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its best plan costs a few units more than the bound, so that searching on would take all the time there is."""
    looked: list[Plan] = []

    def retimed(instance: Instance, plan: Plan, *_: object, **__: object) -> Plan:
        looked.append(plan)
        return plan

    monkeypatch.setattr("expo.programme.solver.solve.retime_sessions", retimed)
    found = solve(generate(scaled(SHARED, 0.1), 4), Plan(), options=replace(LIMIT, unit=unit))
    assert found is not None
    assert 0 < found.cost - found.bound < 10
    assert bool(looked) is looks_again


def test_counted_rules_that_block_are_held_to() -> None:
    """A host with two sessions and one hall for both; a day with one session more than its share."""
    slots = (Slot(1, 540, 630, 1), Slot(2, 1980, 2070, 2))
    halls = (Hall(1, 100), Hall(2, 300))
    sessions = (Session(1, audience=100, hosts=(1,), pin=Pin(slot=1)), Session(2, audience=300, hosts=(1,), pin=Pin(slot=2)))
    hosted = Instance(halls, slots, sessions, rules={Rule.HALL_STABILITY: Setting(Severity.BLOCK, 2)})
    found = place_sessions(hosted, Plan(), None, LIMIT)
    assert len({hall for hall, _ in found.plan.places.values()}) == 1
    daily = Instance(halls, slots, tuple(Session(s, days=frozenset({1})) for s in (1, 2)),
                     rules={Rule.DAY_BALANCE: Setting(Severity.BLOCK, 5), Rule.DAYS: Setting(Severity.WARN, 1)})
    assert sorted(slot for _, slot in place_sessions(daily, Plan(), None, LIMIT).plan.places.values()) == [1, 2]


@pytest.mark.parametrize("stage", [0, 1, 40])
def test_it_stops_where_it_is_and_keeps_the_best(stage: int) -> None:
    """Stopped at once, when it has told of itself, and later: there is a plan long before the ten minutes are over."""
    told: list[Progress] = []
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += bool(told)
        return stage == 0 or asked > stage

    answers: list[Placed] = []
    options = Options(seconds=600, stop=stop, progress=told.append)
    solver = Thread(target=lambda: answers.append(place_sessions(generate(FULL, 3), Plan(), None, options)))
    solver.start()
    solver.join(30)
    assert not solver.is_alive()
    assert len(answers[0].plan.places) >= 90
    assert all(one.bound <= other.bound for one, other in pairwise(told))


@pytest.mark.parametrize("what", list(What))
def test_nothing_to_plan_is_no_error(what: What) -> None:
    found = solve(Instance((), (), (), ()), Plan(), what, options=LIMIT)
    assert found is not None
    assert (found.cost, found.plan) == (0, Plan())
