"""Asking the solver: one request in, a plan or the reasons why there is none out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from expo.kit.language import _l
from expo.programme.rules_instance import Draft
from expo.programme.rules_solving import Request, free_sessions, held_to, tidied
from expo.programme.solver.instance import Plan
from expo.programme.solver.lp import Options
from expo.programme.solver.place import place_sessions


@dataclass(frozen=True)
class Answer:
    """``plan`` is none if there is none; then ``reasons`` say why. ``figures``: bound, gap, whether it is proven."""

    plan: Plan | None
    reasons: tuple[Any, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def answer(draft: Draft, request: Request, options: Options) -> Answer:
    """The solver's plan for a request."""
    free = free_sessions(draft, request)
    if not free:
        return Answer(None, (_l("There is nothing to plan in this part of the programme."),))
    placed = place_sessions(held_to(draft, request, free), draft.plan, free, options)
    if placed is None:
        return Answer(None, (_l("No plan was found in the time given. Allow more time, or loosen rules that block."),))
    return Answer(tidied(draft.plan, placed.plan),
                  figures={"best": placed.cost, "bound": placed.bound, "gap": placed.gap, "optimal": placed.is_optimal})
