"""One question, one answer: assign, place, or both; for everything or for a part, while the rest stays where it is.

Both: projects are assigned as if nobody were ever away, sessions are placed, then projects flow once more, now around
absences and clashes. The two first steps together are a bound for the whole; where the third one meets it, the plan is
optimal as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from expo.programme.solver.assign import SHUFFLED, Assigned, assign_projects
from expo.programme.solver.instance import Instance, Plan
from expo.programme.solver.lp import DEFAULT, Options, Progress
from expo.programme.solver.place import place_sessions, retime_sessions
from expo.programme.solver.place_columns import Presenters
from expo.programme.solver.replan import troubled_projects
from expo.programme.solver.score import charges, total
from expo.programme.solver.settings import OF_PLACE, Rule, Setting, Severity
from expo.programme.solver.ties import stakes_of

#: Beside the score, while nobody knows the times yet: one session more for somebody who presents several projects.
APART = 8
ROUNDS = 3
#: How much dearer a list is than a time where lists come first.
LISTS_FIRST = 10_000
#: The part of the time that placing may take; the flow that follows is short, but must not be cut.
FOR_PLACES, FLOW_SECONDS, STOPPED_SECONDS = 0.8, 5.0, 0.8


class What(StrEnum):
    ASSIGN = "assign"
    PLACE = "place"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Solved:
    """``cost`` is the plan's whole score, ``bound`` what no plan with the same fixed things can be below.

    ``gaps``: what each step left unproven by itself: the first two are lists and places alone, a third one is the
    flow of projects around the absences and clashes that these places mean.
    """

    plan: Plan
    cost: int
    bound: int
    seconds: float
    gaps: tuple[tuple[str, int], ...] = ()

    @property
    def is_optimal(self) -> bool:
        return self.cost <= self.bound

    @property
    def gap(self) -> float:
        return max(0, self.cost - self.bound) / max(1, abs(self.cost))


def solve(instance: Instance, plan: Plan, what: What = What.BOTH, *, sessions: Iterable[int] | None = None,
          projects: Iterable[int] | None = None, options: Options = DEFAULT) -> Solved | None:
    """The best plan that differs from ``plan`` in the free sessions and projects only (all, unless given).

    None if it was stopped, or out of time, before anything was found.
    """
    since = time.monotonic()
    free = None if sessions is None else list(sessions)
    moving = None if projects is None else list(projects)
    found = {What.ASSIGN: _assign, What.PLACE: _place, What.BOTH: _both}[what](instance, plan, free, moving, options)
    if found is None:
        return None
    best, bound, gaps = found
    cost = _score(instance, best)
    return Solved(best, cost, min(cost, bound), time.monotonic() - since, gaps)


def _score(instance: Instance, plan: Plan) -> int:
    return total(charges(instance, plan))


Found = tuple[Plan, int, tuple[tuple[str, int], ...]] | None


def _assign(instance: Instance, plan: Plan, _free: list[int] | None, moving: list[int] | None, options: Options) -> Found:
    found = assign_projects(instance, plan, moving, options)
    return None if found is None else (
        found.plan, _score(instance, found.plan) - found.slack, (("assign", found.slack),))


def _place(instance: Instance, plan: Plan, free: list[int] | None, _moving: list[int] | None, options: Options) -> Found:
    found = place_sessions(instance, plan, free, options)
    left = found.cost - found.bound
    return found.plan, _score(instance, found.plan) - left, (("place", left),)


def _both(instance: Instance, plan: Plan, free: list[int] | None, moving: list[int] | None, options: Options) -> Found:
    since = time.monotonic()
    nowhere = Plan({}, plan.items)
    alone = assign_projects(instance, nowhere, moving, options)
    if alone is None:
        return None
    lists = _lists(instance, alone)
    rest = options.left(since)
    placing = replace(rest, seconds=rest.seconds * FOR_PLACES, progress=_on_top_of(options, lists))
    stakes = stakes_of(instance, alone.ties, alone.kept)
    placed = place_sessions(instance, Plan(plan.places, alone.kept.items), free, placing, stakes=stakes)
    bound = lists + placed.bound
    joint = _Joint(instance, free, moving, options, since, bound)
    joint.flow(Plan(placed.plan.places, alone.plan.items))
    # Other lists that are as good, for which other slots may be better.
    joint.retime(lambda limit: assign_projects(instance, nowhere, moving, limit, group=APART))
    first = lists_first(instance)
    for number in range(ROUNDS):
        joint.retime(lambda limit: assign_projects(first, joint.best, moving, limit))
        joint.retime(lambda limit, n=number: assign_projects(first, nowhere, moving, limit, shuffle=options.seed + n))  # type: ignore[misc]
    # Somebody is still away or in two places: now place around these people, whatever it costs elsewhere.
    joint.retime(None)
    if options.progress:
        options.progress(Progress("both", joint.cost, bound, time.monotonic() - since))
    return joint.best, bound, (("lists alone", alone.slack), ("places alone", placed.cost - placed.bound), ("flow", joint.left))


class _Joint:
    """The best plan of lists and places together, so far. ``left``: what the flow left unproven, -1 if it was cut short."""

    def __init__(self, instance: Instance, free: list[int] | None, moving: list[int] | None, options: Options, since: float,
                 bound: int) -> None:
        self.instance, self.free, self.moving, self.options, self.since, self.bound = instance, free, moving, options, since, bound
        self.best, self.cost, self.left = Plan(), -1, 0

    def flow(self, placed: Plan) -> None:
        """Projects around the absences and clashes that these places mean."""
        plan, left = _flowed(self.instance, placed, self.moving, self.options, self.options.left(self.since).seconds)
        cost = _score(self.instance, plan)
        if self.cost < 0 or cost < self.cost:
            self.best, self.cost, self.left = plan, cost, left

    def retime(self, lists: Callable[[Options], Assigned | None] | None) -> None:
        """Slots for other lists, or for the best ones with all that their presenters pay."""
        rest = self.options.left(self.since)
        if self.cost - self.bound < self.options.unit or self.options.is_stopped or rest.seconds < 1:
            return
        limit = replace(rest, seconds=rest.seconds / 2, progress=None)
        found = None if lists is None else lists(limit)
        plan = self.best if found is None else Plan(self.best.places, found.plan.items)
        presenters = Presenters.COUNT if lists is None else Presenters.GENTLY
        self.flow(retime_sessions(self.instance, plan, self.free, limit, presenters=presenters))


def lists_first(instance: Instance) -> Instance:
    """The same question in which nothing about times is worth a list that costs more."""
    dear = {r: replace(instance.setting(r), weight=LISTS_FIRST * instance.setting(r).weight) for r in Rule if r not in OF_PLACE}
    cheap = {r: Setting(Severity.WARN, SHUFFLED) for r in (Rule.ABSENCE, Rule.PERSON_TWICE) if instance.prices[r]}
    homes = {project: (session, LISTS_FIRST * cost) for project, (session, cost) in instance.homes.items()}
    return replace(instance, rules={**instance.rules, **dear, **cheap, Rule.WALKING: Setting(Severity.IGNORE, 0)}, homes=homes)


def _on_top_of(options: Options, lists: int) -> Callable[[Progress], None] | None:
    """Tell of placing with what the lists pay added."""
    tell = options.progress
    if tell is None:
        return None
    return lambda p: tell(Progress(p.stage, None if p.best is None else p.best + lists, p.bound + lists, p.seconds))


def _flowed(instance: Instance, plan: Plan, moving: list[int] | None, options: Options, left: float) -> tuple[Plan, int]:
    """(the plan with its projects around absences and clashes, what is left unproven of that; -1: it was cut short)."""
    # It may take a quarter more than all that was allowed: cut short it leaves projects out.
    found = None if options.is_stopped else assign_projects(
        instance, plan, moving, replace(options, seconds=max(FLOW_SECONDS, options.seconds / 4, left)))
    if found is not None and found.is_optimal:
        return found.plan, 0
    # Only those move who are away or in two places: a matter of a moment, for whoever wants the best so far.
    few = troubled_projects(instance, plan) & set(instance.project if moving is None else moving)
    quick = assign_projects(instance, plan, few, replace(options, seconds=STOPPED_SECONDS, stop=None))
    best = min([plan, *(f.plan for f in (found, quick) if f is not None)], key=lambda p: _score(instance, p))
    return best, found.slack if found is not None and best is found.plan else -1


def _lists(instance: Instance, found: Assigned) -> int:
    """A bound for all that lists of projects pay, whenever and wherever sessions are held."""
    paid = charges(instance, Plan({}, found.plan.items))
    return total(c for c in paid if c.rule not in OF_PLACE and c.rule is not Rule.UNPLACED) - found.slack
