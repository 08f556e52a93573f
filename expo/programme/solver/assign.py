"""Projects into sessions: a flow with side constraints for HiGHS, written out in docs/scheduling.md.

a[p, s] = 1: project p in session s; u[p] = 1: in none. Without people who present several projects it is a pure flow,
and its relaxation is whole by itself. Where any session may show any project there would be hundreds of thousands of
columns, so it starts with the cheapest of each project and asks the duals which others could still help.
"""

from __future__ import annotations

import math
import random
import time
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from expo.programme.solver import assign_rows, score_items, score_places
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Instance, Place, Plan, Project
from expo.programme.solver.lp import DEFAULT, EXACT, Answer, Model, Options, Relaxation
from expo.programme.solver.settings import Rule, Severity
from expo.programme.solver.ties import Ties, ties_of

#: Columns that each project begins with.
CHEAPEST = 16
ROUNDS = 12
#: Shuffled prices are less than this much dearer.
SHUFFLED = 3


@dataclass(frozen=True, slots=True)
class Assigned:
    """``cost`` and ``bound`` are of the programme; their difference is what may still be won. ``kept`` are the lists
    without what was free to move, ``ties`` what moved and has but one session to go to."""

    plan: Plan
    cost: int
    bound: int
    is_optimal: bool
    kept: Plan
    ties: Ties
    columns: int = 0
    rows: int = 0

    @property
    def slack(self) -> int:
        return 0 if self.is_optimal else max(0, self.cost - self.bound)


class Flow:
    """The programme with its columns by name."""

    def __init__(self, instance: Instance, plan: Plan, free: Iterable[int], *, group: int = 0, shuffle: int | None = None) -> None:
        self.instance, self.plan, self.group = instance, plan, group
        self.free = {p for p in free if p in instance.project}
        self.places: dict[int, Place] = score_places.known_places(instance, plan.places.items())
        self.kept = {s: tuple(p for p in items if not self._moves(s, p)) for s, items in plan.items.items()
                     if s in instance.session}
        """Session → what stays on its list"""
        shown = score_items.homes_of(instance, self.kept)
        self.free = {p for p in self.free if p not in shown}
        self.crew = Crew(instance, Plan(plan.places, self.kept))
        self.known: dict[object, dict[int, int]] = {}
        """What is alike in a project → its prices"""
        self.prices = {p: self._prices(instance.project[p]) for p in sorted(self.free)}
        if shuffle is not None:
            chance = random.Random(shuffle)  # noqa: S311
            self.prices = {p: {s: price + chance.randrange(SHUFFLED) for s, price in prices.items()} for p, prices in self.prices.items()}
        self.open = {p: set(sorted(prices, key=lambda s: (prices[s], s))[:CHEAPEST]) for p, prices in self.prices.items()}

    def _moves(self, session: int, project: int) -> bool:
        """Whether a listed project may leave: it is free, and not pinned to where it is."""
        known = self.instance.project.get(project)
        return (known is not None and project in self.free and known.pin != session
                and not self.instance.session[session].is_showcase)

    def _prices(self, project: Project) -> dict[int, int]:
        """Session → what the project pays there by itself; what a rule blocks is left out."""
        alike = (project.industry, project.region, project.sessions, project.pin, self.instance.homes.get(project.id))
        if alike not in self.known:
            self.known[alike] = self._prices_anew(project)
        if not self.instance.is_hard(Rule.ABSENCE):
            return self.known[alike]
        return {s: price for s, price in self.known[alike].items() if not self._is_barred(project, s)}

    def _prices_anew(self, project: Project) -> dict[int, int]:
        found = {}
        for session in self.instance.sessions:
            if not session.is_filled or project.pin not in (None, session.id):
                continue
            if project.sessions is not None and session.id not in project.sessions and self.instance.is_hard(Rule.ALLOWED_SESSION):
                continue
            charges = score_items.fit(self.instance, project, session)
            if not any(c.severity is Severity.BLOCK for c in charges):
                found[session.id] = sum(c.cost for c in charges)
        return found

    def _is_barred(self, project: Project, session: int) -> bool:
        """Somebody who presents it is away, where absences block."""
        return any(self.is_away(p, session) for p in project.presenters)

    def is_away(self, person: int, session: int) -> bool:
        place = self.places.get(session)
        return place is not None and person in self.instance.away and self.instance.is_away(
            person, self.instance.span(self.instance.session[session], place[1]))

    def build(self) -> None:
        self.model = Model()
        self.a: dict[tuple[int, int], int] = {}
        self.by_session: dict[int, list[tuple[int, int]]] = defaultdict(list)
        """session → (project, column)"""
        self.project_row: dict[int, int] = {}
        for project, sessions in self.open.items():
            columns = []
            for session in sorted(sessions):
                column = self.model.column(self.prices[project][session], whole=True)
                self.a[project, session] = column
                self.by_session[session].append((project, column))
                columns.append(column)
            nowhere = self.model.column(self.instance.prices[Rule.UNASSIGNED], whole=True)
            self.project_row[project] = self.model.row([*columns, nowhere], 1.0, 1.0)
        #: Projects of people who are needed for something else besides.
        self.of_several: set[int] = set()
        self.session_rows: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
        """session → (row, what of a project it counts, how many times)"""
        assign_rows.of_lists(self)
        assign_rows.of_people(self)

    def widen(self, duals: list[float]) -> int:
        """Open the columns that the duals say could lower the cost; how many. People only make columns dearer."""
        added = 0
        for project, prices in self.prices.items():
            if len(prices) == len(self.open[project]):
                continue
            here, known = duals[self.project_row[project]], self.open[project]
            costs = ((self.reduced(project, session, duals), session) for session in prices if session not in known)
            chosen = {session for _, session in sorted((c, s) for c, s in costs if c - here < -EXACT)[:8]}
            added += len(chosen)
            known |= chosen
        return added

    def reduced(self, project: int, session: int, duals: list[float]) -> float:
        """What a project pays in a session, and for what it takes there of what others want."""
        thing = self.instance.project[project]
        return self.prices[project][session] - sum(duals[row] * factor * assign_rows.counted(what, thing)
                                                   for row, what, factor in self.session_rows[session])

    def cheapest(self, found: Relaxation) -> Model:
        """The programme with those columns alone that cost nothing beyond the relaxation. Once it is settled where people
        with several projects go the others are a flow, so nothing else has to be whole."""
        upper, whole = self.model.upper[:], array("b", bytes(len(self.model.costs)))
        for (project, _), column in self.a.items():
            if found.reduced[column] > EXACT and found.values[column] < EXACT:
                upper[column] = 0.0
            whole[column] = project in self.of_several
        return replace(self.model, upper=upper, whole=whole)

    @property
    def is_complete(self) -> bool:
        """Whether every column is there that could be."""
        return all(len(prices) == len(self.open[p]) for p, prices in self.prices.items())

    def read(self, values: list[float]) -> Plan:
        """The plan that a solution means: who stays keeps their turn, who comes is put behind, by number."""
        coming: dict[int, set[int]] = defaultdict(set)
        for (project, session), column in self.a.items():
            if values[column] > 0.5:
                coming[session].add(project)
        items = {}
        for known in self.instance.sessions:
            before = self.plan.items.get(known.id, ())
            there = coming[known.id] | set(self.kept.get(known.id, ()))
            listed = (*(p for p in before if p in there), *sorted(there - set(before)))
            if listed:
                items[known.id] = listed
        return Plan(self.plan.places, items)


def assign_projects(instance: Instance, plan: Plan, free: Iterable[int] | None = None, options: Options = DEFAULT, *,
                    group: int = 0, shuffle: int | None = None) -> Assigned | None:
    """The best sessions for the free projects (all, unless given), with the sessions held where they are.

    ``group``: what it costs beside the score that somebody presents in one session more; it keeps the projects of one
    presenter together as long as nobody knows when sessions are held. ``shuffle``: a seed by which equal lists are told
    apart, for instances in which a real difference costs far more. None if it was stopped before.
    """
    since = time.monotonic()
    flow = Flow(instance, plan, [p.id for p in instance.projects] if free is None else free, group=group, shuffle=shuffle)
    found = _relaxed(flow, options)
    if found is None:
        return None
    # What was left out cannot help the relaxation, which therefore is a bound for all of it; it is nearly always whole.
    values = found.values
    bound = relaxed = _cost_of(flow.model, values)
    if not _is_whole(flow.model, values):
        answer = _settled(flow, found, options.left(since)) or flow.model.solve(options.left(since), "assign")
        if answer.values is None:
            return None
        values = answer.values
        bound = answer.bound if flow.is_complete else relaxed
    cost = round(_cost_of(flow.model, values))
    lowest = _lowest(bound) if math.isfinite(bound) else 0
    is_optimal = lowest >= cost
    return Assigned(flow.read(list(values)), cost, cost if is_optimal else lowest, is_optimal, Plan({}, flow.kept),
                    ties_of(flow, list(found.duals), cost - relaxed), *flow.model.size)


def _relaxed(flow: Flow, options: Options) -> Relaxation | None:
    """The relaxation with all the columns that it needs."""
    since, found = time.monotonic(), None
    for _ in range(ROUNDS):
        flow.build()
        found = flow.model.relaxed(options.left(since))
        if found is None or not flow.widen(list(found.duals)):
            break
    return found


def _settled(flow: Flow, found: Relaxation, options: Options) -> Answer | None:
    """Whole lists that cost no more than the relaxation, if the cheapest columns hold any."""
    # Half of the time at most: all columns may be needed, and have to get their turn.
    answer = flow.cheapest(found).solve(replace(options, seconds=options.seconds / 2), "assign")
    if answer.values is None or not _is_whole(flow.model, answer.values):
        return None
    lowest = _lowest(_cost_of(flow.model, found.values))
    return replace(answer, bound=lowest) if round(answer.cost) <= lowest else None


def _lowest(bound: float) -> int:
    return math.ceil(bound - EXACT * max(1.0, abs(bound)))


def _is_whole(model: Model, values: Any) -> bool:
    must = np.asarray(values)[np.asarray(model.whole, dtype=bool)]
    return bool(np.all(np.abs(must - np.round(must)) < EXACT))


def _cost_of(model: Model, values: Iterable[float]) -> float:
    return sum(cost * value for cost, value in zip(model.costs, values, strict=True))
