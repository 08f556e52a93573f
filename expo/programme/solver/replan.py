"""After a disturbance: the plan that changes least. What nothing forces to move, stays.

Moving is a price of its own (rule MOVED). Who has to move because of a conflict that blocks a release moves cheaply;
everybody else so dearly that no warning is worth it, but less than leaving a session without a place. Projects may
leave a session for another one (rule REASSIGNED) before a session is moved for their presenters' sake.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from expo.programme.solver.assign import assign_projects
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Instance, Place, Plan, Stay
from expo.programme.solver.lp import DEFAULT, Options
from expo.programme.solver.place import place_sessions
from expo.programme.solver.place_columns import Presenters
from expo.programme.solver.score import Checker, blocking, charges, total
from expo.programme.solver.score_items import homes_of
from expo.programme.solver.settings import OF_PLACE, Rule, Setting, Severity

#: To another hall in the same slot, or to another slot: for those who must, and for those who need not.
MUST, NEED_NOT = (50, 100), (2_000, 4_000)
#: More than a chain of moves: nobody loses their place to spare others a move.
UNPLACED = 60_000
REASSIGNED = 60


@dataclass(frozen=True, slots=True)
class Replanned:
    """``cost`` is the new plan's score without prices of moving; ``bound`` and ``gap`` are of score and moves together."""

    plan: Plan
    cost: int
    moved: tuple[int, ...]
    unplaced: tuple[int, ...]
    reassigned: tuple[int, ...]
    people: frozenset[int]
    is_optimal: bool
    gap: float
    seconds: float


def replan(instance: Instance, plan: Plan, options: Options = DEFAULT, *, free: Iterable[int] | None = None) -> Replanned:
    """The least change of a plan under an instance that has just changed: a hall lost, somebody away, a session longer.

    Pinned things never move, and what a fixed thing pays stays to be paid. ``free``: the only sessions that may move.
    """
    since = time.monotonic()
    disturbed = in_trouble(instance, plan)
    priced = with_moves(instance, plan, disturbed)
    allowed = {s.id for s in instance.sessions} if free is None else set(free)
    result, is_optimal, gap = plan, True, 0.0
    if disturbed & allowed:
        placed = place_sessions(priced, plan, allowed, options)
        if in_trouble(instance, placed.plan) & disturbed & allowed:
            # Wherever they could go presenters are in trouble: those can give way, as their projects can move.
            placed = place_sessions(priced, plan, allowed, options.left(since), presenters=Presenters.GENTLY)
        result, is_optimal, gap = placed.plan, placed.is_optimal, placed.gap
    for everything in (False, True):
        # First only the projects in trouble themselves; all of them only where that is not enough.
        projects = troubled_projects(instance, result)
        if not projects:
            break
        assigned = assign_projects(priced, result, None if everything else projects, options.left(since))
        if assigned is None:
            break
        result = assigned.plan
        is_optimal &= assigned.is_optimal
    return _compared(instance, plan, result, is_optimal, gap, time.monotonic() - since)


def in_trouble(instance: Instance, plan: Plan) -> set[int]:
    """Sessions whose place, or whose own people, block a release. Presenters do not count: their projects can move."""
    checker = Checker(instance, Plan(plan.places, {}))
    found = {s for charge in blocking(checker.charges()) if charge.rule in OF_PLACE for s in charge.sessions}
    # Those without a place had none before: they are looked at, too.
    return found | {s for s in instance.session if s not in checker.places and s in plan.places}


def with_moves(instance: Instance, plan: Plan, disturbed: set[int]) -> Instance:
    """The instance in which moving has its price."""
    checker = Checker(instance, plan)
    paid: dict[int, int] = defaultdict(int)
    for charge in checker.charges():
        for session in charge.sessions if charge.rule in OF_PLACE else ():
            paid[session] += charge.cost
    stays = {}
    for session, place in checker.places.items():
        hall, slot = MUST if session in disturbed else NEED_NOT
        # What it pays already is no reason to move now.
        more = 0 if session in disturbed else paid[session]
        stays[session] = Stay(place, hall + more, slot + more)
    homes = {p: (shown[0], REASSIGNED) for p, shown in homes_of(instance, plan.items).items() if len(shown) == 1}
    rules = {**instance.rules, Rule.MOVED: Setting(Severity.WARN, 1), Rule.REASSIGNED: Setting(Severity.WARN, 1),
             Rule.UNPLACED: Setting(Severity.WARN, UNPLACED)}
    return replace(instance, stays=stays, homes=homes, rules=rules)


def troubled_projects(instance: Instance, plan: Plan) -> set[int]:
    """Projects whose presenters are away or in two places, and those of lists that block a release."""
    found: set[int] = set()
    for charge in blocking(charges(instance, plan)):
        listed = [p for s in charge.sessions for p in plan.items.get(s, ()) if p in instance.project]
        if charge.rule in (Rule.ABSENCE, Rule.PERSON_TWICE):
            found |= {p for p in listed if set(charge.people) & set(instance.project[p].presenters)}
        elif charge.rule not in OF_PLACE:
            found |= set(charge.projects) or set(listed)
    return found


def _compared(instance: Instance, before: Plan, after: Plan, is_optimal: bool, gap: float, seconds: float) -> Replanned:
    moved = tuple(sorted(s for s, place in after.places.items() if before.places.get(s) != place))
    unplaced = tuple(sorted(s for s in before.places if s in instance.session and s not in after.places))
    was, now = homes_of(instance, before.items), homes_of(instance, after.items)
    reassigned = tuple(sorted(p.id for p in instance.projects if was.get(p.id) != now.get(p.id)))
    concerned = {*moved, *unplaced}
    people = {person for plan in (before, after) for s, who in Crew(instance, plan).of.items() if s in concerned for person in who}
    people |= {person for p in reassigned for person in instance.project[p].presenters}
    cost = total(charges(instance, after))
    return Replanned(after, cost, moved, unplaced, reassigned, frozenset(people), is_optimal, gap, seconds)


def lose_hall(instance: Instance, places: Iterable[Place]) -> Instance:
    """The same edition after halls were lost for some slots."""
    return replace(instance, closed=instance.closed | set(places))
