"""Projects that every cheapest choice of lists shows in one and the same session, and what a time costs for their sake.

The duals of the assigning programme say how much dearer a project is anywhere else. When the one session that suits it is
held while its presenters are away, either the project goes elsewhere or they are missed: the less of the two is lost
whatever other projects do. So times can be priced before lists are known, and the price is part of the bound.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Instance, Plan
from expo.programme.solver.lp import EXACT
from expo.programme.solver.settings import Rule

if TYPE_CHECKING:
    from expo.programme.solver.assign import Flow

Ties = Mapping[int, Mapping[int, int]]
"""Session → project → what is lost at least when the project is shown elsewhere, or nowhere"""
Stakes = Mapping[int, Mapping[int, int]]
"""Session → slot → what is lost at least when the session is held then"""


def ties_of(flow: Flow, duals: list[float], slack: float) -> Ties:
    """The ties of those who may be away, as long as no session has a time. ``slack``: how much more than the relaxation
    lists cost in any case."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if flow.places:
        return found
    nowhere = float(flow.instance.prices[Rule.UNASSIGNED])
    for project, prices in flow.prices.items():
        if not prices or not any(person in flow.instance.away for person in flow.instance.project[project].presenters):
            continue
        costs = sorted((flow.reduced(project, session, duals), session) for session in prices)
        best, session = costs[0]
        second = min([nowhere, *(cost for cost, _ in costs[1:2])])
        if (loss := math.floor(second - best - slack + EXACT)) > 0:
            found[session][project] = loss
    return found


def stakes_of(instance: Instance, ties: Ties, kept: Plan) -> Stakes:
    """What each slot costs beside what the sessions' own people and ``kept`` lists pay there."""
    crew = Crew(instance, kept)
    return {session: {slot.id: cost for slot in instance.slots if (cost := _stake(instance, session, slot.id, tied, set(crew.of[session])))}
            for session, tied in ties.items()}


def _stake(instance: Instance, session: int, slot: int, tied: Mapping[int, int], counted: set[int]) -> int:
    """Nobody is counted twice: who is missed is missed once, for however many projects."""
    span, cost = instance.span(instance.session[session], slot), 0
    for project, loss in sorted(tied.items(), key=lambda item: (-item[1], item[0])):
        away = {p for p in instance.project[project].presenters if instance.is_away(p, span)}
        if away and not away & counted:
            counted |= away
            cost += min(loss, instance.prices[Rule.ABSENCE])
    return cost
