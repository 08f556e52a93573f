"""Asking the solver: one request in, a plan or the reasons why there is none out. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from expo.kit.language import _l
from expo.programme.rules_instance import Draft
from expo.programme.rules_solving import Request, Scope, What, free_sessions, held_to, tidied
from expo.programme.solver import solve as solver
from expo.programme.solver.instance import Instance, Plan
from expo.programme.solver.lp import Options, Progress
from expo.programme.solver.replan import replan
from expo.programme.solver.score import charges, total
from expo.programme.solver.score_items import homes_of
from expo.programme.solver.settings import Rule, Setting

#: Costs are counted in tenths, so that staying can count for one of them.
UNIT = 10


@dataclass(frozen=True)
class Answer:
    """``plan`` is none if there is none; then ``reasons`` say why. ``figures``: bound, gap, whether it is proven."""

    plan: Plan | None
    reasons: tuple[Any, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def answer(draft: Draft, request: Request, options: Options) -> Answer:
    """The solver's plan for a request."""
    if request.what is What.REPLAN:
        found = replan(draft.instance, draft.plan, options)
        return Answer(tidied(draft.plan, found.plan), figures={"optimal": found.is_optimal, "gap": found.gap})
    free = free_sessions(draft, request)
    if not free:
        return Answer(None, (_l("There is nothing to plan in this part of the programme."),))
    part = None if request.scope is Scope.ALL else free
    instance, moving = _of_part(held_to(draft, request, free), draft.plan, part)
    if request.what is not What.PLACE:
        instance, options = _staying(instance, draft.plan), replace(options, progress=_in_units(options), unit=UNIT)
    solved = solver.solve(instance, draft.plan, solver.What(request.what.value), sessions=part, projects=moving, options=options)
    if solved is None:
        return Answer(None, (_l("No plan was found in the time given. Allow more time, or loosen rules that block."),))
    cost = total(charges(draft.instance, solved.plan))
    # Less than a unit of the rules is no other plan's advantage.
    is_optimal = solved.cost - solved.bound < (1 if request.what is What.PLACE else UNIT)
    bound = cost if is_optimal else cost - max(1, round(solved.gap * cost))
    return Answer(tidied(draft.plan, solved.plan), figures={
        "best": cost, "bound": bound, "gap": (cost - bound) / max(1, cost), "optimal": is_optimal})


def _staying(instance: Instance, plan: Plan) -> Instance:
    """The same instance in which a project's move costs a tenth of a unit.

    Hundreds of lists of projects cost the same; of these the one is wanted for which the fewest people have to come at
    another time. A chain of ten moves is thus worth one unit of the rules.
    """
    rules: dict[Rule, Setting] = {rule: replace(instance.setting(rule), weight=instance.setting(rule).weight * UNIT)
             for rule in Rule if rule not in {Rule.MOVED, Rule.REASSIGNED}}
    homes = {p: (shown[0], 1) for p, shown in homes_of(instance, plan.items).items() if len(shown) == 1}
    return replace(instance, rules=rules, homes=homes)


def _in_units(options: Options) -> Callable[[Progress], None] | None:
    """Tell of progress in units of the rules."""
    tell = options.progress
    if tell is None:
        return None
    return lambda p: tell(replace(p, best=None if p.best is None else p.best // UNIT, bound=p.bound // UNIT))


def _of_part(instance: Instance, plan: Plan, part: set[int] | None) -> tuple[Instance, set[int] | None]:
    """The projects that may move when only some sessions are planned: theirs and nobody's, and only among these."""
    if part is None:
        return instance, None
    homes = homes_of(instance, plan.items)
    moving = {p.id for p in instance.projects if set(homes.get(p.id, ())) <= part}
    projects = tuple(
        replace(p, sessions=frozenset(part if p.sessions is None else p.sessions & part)) if p.id in moving else p
        for p in instance.projects)
    return replace(instance, projects=projects), moving
