"""After a disturbance as little moves as can be, and pinned things not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from expo.programme.solver.generator import REAL, generate, scaled
from expo.programme.solver.instance import (
    Absence,
    Attendance,
    Hall,
    Instance,
    Pin,
    Plan,
    Project,
    Session,
    Slot,
)
from expo.programme.solver.lp import Options
from expo.programme.solver.replan import MUST, lose_hall, replan
from expo.programme.solver.score import blocking, charges, total, verdicts
from expo.programme.solver.settings import OF_PLACE, Rule
from expo.programme.solver.solve import solve
from tests.programme.solver.small import instances

LIMIT = Options(seconds=20)


@cache
def planned() -> tuple[Instance, Plan]:
    instance = generate(scaled(REAL, 0.3), 1)
    found = solve(instance, Plan(), options=Options(seconds=60))
    assert found is not None
    return instance, found.plan


def conflicts(instance: Instance, plan: Plan) -> set[Rule]:
    return {c.rule for c in blocking(charges(instance, plan))}


def test_nothing_moves_when_nothing_has_happened() -> None:
    instance, plan = planned()
    assert replan(instance, plan, LIMIT).plan.places == plan.places


def test_a_lost_hall_moves_only_what_stood_there() -> None:
    instance, plan = planned()
    session, place = next(iter(sorted(plan.places.items())))
    found = replan(lose_hall(instance, [place]), plan, LIMIT)
    assert found.moved == (session,)
    assert found.unplaced == ()
    assert conflicts(lose_hall(instance, [place]), found.plan) == set()
    assert {a.person for a in instance.session[session].people} <= found.people


def test_a_chair_who_is_away_moves_their_session() -> None:
    instance, plan = planned()
    session, disturbed = next(found for s in sorted(plan.places) if (found := with_chair_away(instance, plan, s)))
    found = replan(disturbed, plan, LIMIT)
    assert session in found.moved
    assert len(found.moved) <= 3
    assert conflicts(disturbed, found.plan) == set()


def with_chair_away(instance: Instance, plan: Plan, session: int) -> tuple[int, Instance] | None:
    """The session, and the instance in which its chair is away; none if no other place is free and better then."""
    span = instance.span(instance.session[session], plan.places[session][1])
    person = instance.session[session].people[0].person
    disturbed = replace(instance, absences=(*instance.absences, Absence(person, span.start, span.end)))
    costs = {place: total(paid) for place, paid in verdicts(disturbed, plan, session).items()}
    is_better = min(costs.values()) + MUST[1] < costs[plan.places[session]]
    return (session, disturbed) if is_better else None


def test_a_session_moves_for_its_chair_though_a_presenter_cannot_follow() -> None:
    """The only other time does not suit somebody who presents there: their project goes to a session that it suits."""
    slots = (Slot(1, 540, 630, 1), Slot(2, 780, 870, 1))
    sessions = (Session(1, people=(Attendance(1),)), Session(2))
    instance = Instance((Hall(1, 100), Hall(2, 100)), slots, sessions, (Project(100, presenters=(9,)),), (Absence(9, 780, 870),))
    plan = Plan({1: (1, 1), 2: (2, 1)}, {1: (100,)})
    found = replan(replace(instance, absences=(*instance.absences, Absence(1, 540, 630))), plan, LIMIT)
    assert found.moved == (1,)
    assert found.reassigned == (100,)
    assert found.plan.places[1][1] == 2


def test_a_presenter_who_is_away_moves_their_project_and_no_session() -> None:
    instance, plan = planned()
    session = next(s for s in sorted(plan.places) if any(
        len(instance.project[p].sessions or ()) > 2 for p in plan.items.get(s, ())))
    project = next(p for p in plan.items[session] if len(instance.project[p].sessions or ()) > 2)
    span = instance.span(instance.session[session], plan.places[session][1])
    person = instance.project[project].presenters[0]
    disturbed = replace(instance, absences=(*instance.absences, Absence(person, span.start, span.end)))
    found = replan(disturbed, plan, LIMIT)
    assert found.moved == ()
    assert project in found.reassigned
    assert len(found.reassigned) <= 3
    assert person in found.people


@settings(max_examples=25, deadline=None)
@given(instances(), st.integers(0, 9))
def test_pinned_things_never_move(instance: Instance, seed: int) -> None:
    found = solve(instance, Plan(), options=replace(LIMIT, seed=seed))
    assert found is not None
    plan = found.plan
    pinned = {s: place for s, place in plan.places.items() if s % 2}
    held = replace(instance, sessions=tuple(
        replace(s, pin=Pin(*pinned[s.id])) if s.id in pinned else s for s in instance.sessions))
    disturbed = lose_hall(held, list(plan.places.values())[:2])
    after = replan(disturbed, plan, LIMIT)
    assert {s: after.plan.places.get(s) for s in pinned} == pinned
    assert not {c.rule for c in charges(disturbed, after.plan) if c.rule in OF_PLACE} & {Rule.PIN}
