"""Asking the solver: one request in, a plan or the reasons why there is none out. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from expo.kit.language import _l
from expo.programme.rules_assigning import Assigned, assign_projects, likely_sessions
from expo.programme.rules_instance import Draft
from expo.programme.rules_solving import Request, Scope, What, free_sessions, held_to, tidied
from expo.programme.solver import score_items
from expo.programme.solver.instance import Instance, Plan, Stay
from expo.programme.solver.lp import Options
from expo.programme.solver.place import Placed, place_sessions
from expo.programme.solver.score import blocking, charges, total
from expo.programme.solver.settings import OF_PLACE, Rule

#: Planning again: what it costs to move a session to another hall or to another time, or a project to another session.
HALL_COST, SLOT_COST, HOME_COST = 1_000, 2_000, 300


@dataclass(frozen=True)
class Answer:
    """``plan`` is none if there is none; then ``reasons`` say why. ``figures``: bound, gap, whether it is proven."""

    plan: Plan | None
    reasons: tuple[Any, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def answer(draft: Draft, request: Request, options: Options) -> Answer:
    """The solver's plan for a request."""
    free = free_sessions(draft, request)
    if not free and request.what is not What.REPLAN:
        return Answer(None, (_l("There is nothing to plan in this part of the programme."),))
    if request.what is What.REPLAN:
        return _replanned(draft, options)
    if request.what is What.ASSIGN:
        return _assigned(draft, request, free, options)
    if request.what is What.PLACE:
        return _placed(draft, request, free, draft.plan, options)
    return _both(draft, request, free, options)


def _late() -> Answer:
    return Answer(None, (_l("No plan was found in the time given. Allow more time, or loosen rules that block."),))


def _placed(draft: Draft, request: Request, free: Iterable[int], plan: Plan, options: Options) -> Answer:
    placed = place_sessions(held_to(draft, request, free), plan, free, options)
    return _late() if placed is None else Answer(tidied(draft.plan, placed.plan), figures=_proof(placed))


def _assigned(draft: Draft, request: Request, free: Iterable[int], options: Options) -> Answer:
    """Into the chosen sessions; what those do not show and nobody else does is spread over them."""
    sessions = None if request.scope is Scope.ALL else free
    assigned = assign_projects(draft.instance, draft.plan, options, sessions)
    return _late() if assigned is None else Answer(tidied(draft.plan, assigned.plan), figures=_proof(assigned))


def _both(draft: Draft, request: Request, free: Iterable[int], options: Options) -> Answer:
    """Assign, place, and assign once more: now it is known when each session is held, so absences can be cleared."""
    since = time.monotonic()
    sessions = None if request.scope is Scope.ALL else free
    open_to_all = Plan({s: p for s, p in draft.plan.places.items() if s not in set(free)}, draft.plan.items)
    first = assign_projects(draft.instance, open_to_all, options, sessions)
    if first is None:
        return _late()
    placed = place_sessions(held_to(draft, request, free), Plan(draft.plan.places, first.plan.items), free, options.left(since))
    if placed is None:
        return _late()
    around = _around_absences(draft.instance, placed.plan) & (set(draft.instance.session) if sessions is None else set(free))
    last = assign_projects(draft.instance, placed.plan, options.left(since), around) if around else None
    plan = last.plan if last else placed.plan
    # Each step is proven by itself. Both together are, if no other lists of projects would have let places cost less.
    loose = place_sessions(held_to(draft, request, free), draft.plan, free, options.left(since), presenters=False)
    moved = total(charges(draft.instance, plan)) - total(charges(draft.instance, placed.plan))
    cost = first.cost + placed.cost + moved
    bound = min(cost, first.bound + (min(loose.bound, placed.bound) if loose else 0))
    return Answer(tidied(draft.plan, plan), figures={
        "best": cost, "bound": bound, "gap": (cost - bound) / max(1, cost), "optimal": cost <= bound})


def _proof(found: Placed | Assigned) -> dict[str, Any]:
    return {"best": found.cost, "bound": found.bound, "gap": max(0, found.cost - found.bound) / max(1, found.cost),
            "optimal": found.is_optimal}


def _replanned(draft: Draft, options: Options) -> Answer:
    """As little change as can be: first projects whose presenters are away, then the sessions that cannot stay."""
    since = time.monotonic()
    instance, plan = draft.instance, draft.plan
    sessions = _around_absences(instance, plan)
    if sessions:
        assigned = assign_projects(instance, plan, options, sessions, leaving=HOME_COST, with_unassigned=False)
        plan = assigned.plan if assigned else plan
    stays = {s: Stay(place, HALL_COST, SLOT_COST) for s, place in plan.places.items()}
    held = replace(instance, stays=stays)
    disturbed = _disturbed(instance, plan)
    if not disturbed:
        return Answer(tidied(draft.plan, plan), figures={"optimal": True, "best": 0, "bound": 0, "gap": 0.0})
    placed = place_sessions(held, plan, disturbed, options.left(since))
    if placed is None or _disturbed(instance, placed.plan):
        # The disturbed ones alone find no way out: all others may make room for them.
        wider = place_sessions(held, plan, None, options.left(since))
        placed = wider or placed
    return _late() if placed is None else Answer(tidied(draft.plan, placed.plan), figures=_proof(placed))


def _around_absences(instance: Instance, plan: Plan) -> set[int]:
    """Sessions whose presenters are away or needed twice, and those that may well take their projects."""
    found: set[int] = set()
    homes = score_items.homes_of(instance, plan.items)
    for charge in blocking(charges(instance, plan)):
        if charge.rule in {Rule.ABSENCE, Rule.PERSON_TWICE}:
            for project, shown in homes.items():
                if set(instance.project[project].presenters) & set(charge.people) and set(shown) & set(charge.sessions):
                    found |= {*shown, *likely_sessions(instance, plan, project)}
    return found


def _disturbed(instance: Instance, plan: Plan) -> set[int]:
    """Sessions that cannot stay where they are, or have no place: of two in each other's way both may move."""
    found = {s for c in blocking(charges(instance, plan)) if c.rule in OF_PLACE for s in c.sessions}
    return found | {s.id for s in instance.sessions if s.id not in plan.places}
