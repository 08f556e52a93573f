"""Lists and places together: what is proven of the whole against trying everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from expo.programme.solver.assign import assign_projects
from expo.programme.solver.instance import Absence, Attendance, Hall, Instance, Plan, Project, Session, Slot
from expo.programme.solver.lp import Options
from expo.programme.solver.score import charges, total
from expo.programme.solver.settings import DEFAULTS, Rule, Setting, Severity
from expo.programme.solver.solve import solve
from expo.programme.solver.ties import stakes_of
from tests.programme.solver.brute import cost_of
from tests.programme.solver.small import all_placings

LIMIT = Options(seconds=60)
SLOTS = tuple(Slot(n, 1440 * n, 1440 * n + 90, n) for n in (1, 2, 3))
ALL_DAY = 1440
#: Lists may be as long as they like.
UNEVEN = {Rule.FILL: Setting(Severity.IGNORE, 0)}


def away(person: int, *days: int) -> tuple[Absence, ...]:
    return tuple(Absence(person, 1440 * day, 1440 * day + ALL_DAY) for day in days)


@st.composite
def editions(draw: st.DrawFn) -> Instance:
    """Two sessions with three slots, and three projects of two people who are away on some days."""
    people, few = st.integers(1, 2), st.sampled_from([1, 2])
    sessions = tuple(Session(s, industry=s, most_items=draw(st.sampled_from([None, 1])), people=tuple(
        Attendance(p) for p in sorted(draw(st.sets(people, max_size=1)))), days=draw(st.sampled_from([None, frozenset({1})])),
    ) for s in (1, 2))
    projects = tuple(Project(p, industry=draw(few), presenters=tuple(sorted(draw(st.sets(people, min_size=1, max_size=2)))))
                     for p in (1, 2, 3))
    absences = tuple(a for person in (1, 2) for a in away(person, *sorted(draw(st.sets(st.sampled_from([1, 2, 3]), max_size=2)))))
    severity = draw(st.sampled_from([Severity.BLOCK, Severity.BLOCK_RELEASE, Severity.WARN]))
    rules = {Rule.ABSENCE: Setting(severity, DEFAULTS[Rule.ABSENCE].weight)}
    return Instance((Hall(1, 100),), SLOTS, sessions, projects, absences, rules=rules)


def every_plan(instance: Instance) -> Iterator[Plan]:
    for chosen in product([None, *instance.session], repeat=len(instance.projects)):
        items = {s: tuple(p.id for p, home in zip(instance.projects, chosen, strict=True) if home == s) for s in instance.session}
        for placing in all_placings(instance):
            yield replace(placing, items=items)


@settings(max_examples=40, deadline=None)
@given(editions())
def test_no_plan_of_the_whole_costs_less_than_its_bound(instance: Instance) -> None:
    found = solve(instance, Plan(), options=LIMIT)
    assert found is not None
    best = min(cost for plan in every_plan(instance) if (cost := cost_of(instance, plan)) is not None)
    assert found.bound <= best <= found.cost


def test_a_project_that_must_leave_the_session_that_suits_it_is_part_of_the_proof() -> None:
    """Its session can be held on the first day only, when its presenter is away."""
    sessions = (Session(1, industry=1, days=frozenset({1})), Session(2, industry=2))
    projects = (Project(1, industry=1, presenters=(7,)), Project(2, industry=2, presenters=(8,)))
    instance = Instance((Hall(1, 100),), SLOTS, sessions, projects, away(7, 1), rules=UNEVEN)
    found = solve(instance, Plan(), options=LIMIT)
    assert found is not None
    assert {c.rule for c in charges(instance, found.plan)} >= {Rule.THEME}
    assert found.is_optimal
    assert found.cost == found.bound == total(charges(instance, found.plan))


def test_nobody_is_missed_twice_in_a_session() -> None:
    sessions = (Session(1, industry=1), Session(2, industry=2))
    projects = tuple(Project(p, industry=1, presenters=presenters) for p, presenters in enumerate([(7,), (7,), (7, 8), (9,)], 1))
    instance = Instance((Hall(1, 100),), SLOTS, sessions, projects, (*away(7, 1), *away(8, 1, 2), *away(9, 3)), rules=UNEVEN)
    lists = assign_projects(instance, Plan())
    assert lists is not None
    loss = instance.prices[Rule.THEME] * 3
    assert lists.ties == {1: dict.fromkeys((1, 2, 3, 4), loss)}
    assert stakes_of(instance, lists.ties, lists.kept) == {1: {1: loss, 2: loss, 3: loss}}


def test_who_is_needed_in_any_case_is_not_at_stake() -> None:
    session = Session(1, industry=1, people=(Attendance(7),))
    instance = Instance((Hall(1, 100),), SLOTS, (session,), (Project(1, industry=1, presenters=(7,)),), away(7, 1))
    lists = assign_projects(instance, Plan())
    assert lists is not None
    assert stakes_of(instance, lists.ties, lists.kept) == {1: {}}
