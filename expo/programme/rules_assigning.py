"""Projects into sessions at the least price: one linear programme over likely pairs. Pure.

A project goes into one session or none; a session takes no more minutes and items than it has; kinds beyond a quota and
projects beyond a fair share cost. Where a session has its place, presenters who are away or needed elsewhere then cost what the checker asks, and nobody
presents in two sessions at once. Among plans of one price the one that leaves most projects where they are is taken.
"""

from __future__ import annotations

import time
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from expo.programme.solver import score_items
from expo.programme.solver.instance import Instance, Plan, Project, Session
from expo.programme.solver.lp import LESS_THAN_ONE, Model, Options
from expo.programme.solver.lp import Answer as LpAnswer
from expo.programme.solver.score import total
from expo.programme.solver.settings import Rule

#: Costs are multiplied by this, so that staying where one is decides between equals and nothing else.
FINE = 10_000
#: Besides the sessions of its city and of its industry, so many of the cheapest others are looked at for each project.
LIKELY = 10


@dataclass(frozen=True)
class Assigned:
    """``cost`` and ``bound`` are of the assignment alone."""

    plan: Plan
    cost: int
    bound: int
    is_optimal: bool


def assign_projects(instance: Instance, plan: Plan, options: Options, sessions: Iterable[int] | None = None, *,
                    leaving: int = 0, with_unassigned: bool = True) -> Assigned | None:
    """The best sessions for projects that are in the given sessions (all, unless given) or in none.

    ``leaving``: what it costs a project to leave its session. None if nothing was found in the time given.
    """
    flow = _Flow(instance, plan, set(instance.session if sessions is None else sessions), leaving, with_unassigned)
    if not flow.free:
        return Assigned(plan, 0, 0, True)
    answer = flow.solve(options)
    if answer.values is None:
        return None
    chosen: dict[int, list[int]] = defaultdict(list)
    for (project, session), column in flow.x.items():
        if answer.values[column] > 0.5:
            chosen[session].append(project)
    items = {s: tuple(p for p in listed if p not in flow.free or instance.session[s].is_showcase)
             for s, listed in plan.items.items()}
    for session, projects in chosen.items():
        items[session] = (*items.get(session, ()), *sorted(projects))
    cost = int(round(answer.cost) // FINE)
    bound = cost if answer.is_optimal else max(0, min(cost, int(answer.bound // FINE)))
    return Assigned(Plan(plan.places, items), cost, bound, answer.is_optimal)


def likely_sessions(instance: Instance, plan: Plan, project: int) -> set[int]:
    """Sessions that may well show a project."""
    flow = _Flow(instance, plan, set(instance.session), 0, with_unassigned=True, only={project})
    return {session for _project, session in flow.x}


class _Flow:
    """The programme under construction."""

    def __init__(self, instance: Instance, plan: Plan, sessions: set[int], leaving: int, with_unassigned: bool,
                 only: set[int] | None = None) -> None:
        self.instance, self.plan, self.leaving = instance, plan, leaving
        shown = score_items.homes_of(instance, plan.items)
        self.sessions = [s for s in instance.sessions if s.is_filled and s.id in sessions]
        self.home = {project: there[0] for project, there in shown.items()}
        open_ids = {s.id for s in self.sessions}
        self.free = {p.id for p in instance.projects if (only is None or p.id in only) and (with_unassigned or p.id in shown)
                     and all(s in open_ids for s in shown.get(p.id, ()))}
        self.spans = {s: instance.span(instance.session[s], slot) for s, (_hall, slot) in plan.places.items()
                      if s in instance.session}
        # Person → sessions that need them whatever goes where: as chair or expert, or with a project that stays.
        self.needed: dict[int, set[int]] = defaultdict(set)
        for other in instance.sessions:
            staying = [instance.project[p] for p in plan.items.get(other.id, ())
                       if p in instance.project and (other.is_showcase or p not in self.free)]
            for person in {*(p.person for p in other.people if p.is_required), *(q for p in staying for q in p.presenters)}:
                self.needed[person].add(other.id)
        self.model = Model()
        self.x: dict[tuple[int, int], int] = {}
        for project in instance.projects:
            if project.id in self.free:
                self._columns(project)
        by_session: dict[int, list[tuple[Project, int]]] = defaultdict(list)
        for (project_id, session_id), column in self.x.items():
            by_session[session_id].append((instance.project[project_id], column))
        for session in self.sessions:
            self._rows(session, by_session[session.id])
        self._one_place_at_a_time()

    def solve(self, options: Options) -> LpAnswer:
        """Without whole numbers first: most projects come out whole by themselves, in a hundredth of the time.

        With those kept the rest is solved in whole numbers; where that may have cost anything, all is, from there.
        """
        since, model, whole = time.monotonic(), self.model, self.model.whole
        model.whole = array("b", bytes(len(whole)))
        relaxed = model.solve(options, "assign")
        model.whole = whole
        split = {project for (project, _session), column in self.x.items()
                 if relaxed.values is not None and 1e-6 < relaxed.values[column] < 1 - 1e-6}
        if relaxed.values is None or not split:
            return relaxed
        kept = self._with_kept({(p, s): round(relaxed.values[c]) for (p, s), c in self.x.items() if p not in split},
                               options.left(since))
        if kept.values is None or kept.cost - relaxed.bound < FINE:
            return replace(kept, bound=relaxed.bound, is_optimal=kept.values is not None)
        best = model.solve(options.left(since), "assign", start={c: float(kept.values[c]) for c in range(len(kept.values))},
                           cutoff=FINE * LESS_THAN_ONE)
        return replace(best if best.values is not None else kept, bound=max(best.bound, relaxed.bound),
                       is_optimal=best.values is not None and best.cost - max(best.bound, relaxed.bound) < FINE)

    def _with_kept(self, kept: dict[tuple[int, int], int], options: Options) -> LpAnswer:
        """The best with some projects where they are said to be."""
        model, lower, upper = self.model, self.model.lower[:], self.model.upper[:]
        for pair, value in kept.items():
            model.lower[self.x[pair]] = model.upper[self.x[pair]] = float(value)
        answer = model.solve(options, "assign", cutoff=FINE * LESS_THAN_ONE)
        model.lower, model.upper = lower, upper
        return answer

    def _columns(self, project: Project) -> None:
        columns = []
        for session, cost in self._likely(project):
            columns.append(self.model.column(cost, whole=True))
            self.x[project.id, session.id] = columns[-1]
        nowhere = self.model.column((self.instance.prices[Rule.UNASSIGNED] or 1) * FINE)
        self.model.row([*columns, nowhere], 1.0, 1.0)

    def _likely(self, project: Project) -> list[tuple[Session, int]]:
        """Sessions that may show it, with what each costs."""
        if project.pin is not None:
            return [(s, self._cost(project, s)) for s in self.sessions if s.id == project.pin]
        near: list[tuple[Session, int]] = []
        others: list[tuple[Session, int]] = []
        for session in self.sessions:
            if project.sessions is not None and session.id not in project.sessions and self.instance.is_hard(Rule.ALLOWED_SESSION):
                continue
            is_near = session.id == self.home.get(project.id) or (
                project.region is not None and session.region == project.region) or (
                project.industry is not None and session.industry == project.industry)
            (near if is_near else others).append((session, self._cost(project, session)))
        others.sort(key=lambda pair: (pair[1], pair[0].id))
        return near + others[:LIKELY]

    def _cost(self, project: Project, session: Session) -> int:
        instance = self.instance
        cost = total(score_items.fit(instance, project, session))
        span = self.spans.get(session.id)
        if span is not None:
            for person in project.presenters:
                cost += instance.prices[Rule.ABSENCE] * instance.is_away(person, span)
                cost += instance.prices[Rule.PERSON_TWICE] * sum(
                    other != session.id and self._overlap(session.id, other) for other in self.needed.get(person, ()))
        home = self.home.get(project.id)
        return (cost + (self.leaving if home not in {None, session.id} else 0)) * FINE + (home != session.id)

    def _one_place_at_a_time(self) -> None:
        """Two projects of one presenter are not shown in two sessions that overlap."""
        if not self.spans:
            return
        of_person: dict[int, list[int]] = defaultdict(list)
        for project in self.instance.projects:
            for person in project.presenters:
                of_person[person].append(project.id)
        sessions: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (project_id, session), column in self.x.items():
            sessions[project_id].append((session, column))
        for projects in of_person.values():
            for one, other in combinations(projects, 2):
                for first, column in sessions.get(one, ()):
                    clashing = [c for second, c in sessions.get(other, ()) if second != first and self._overlap(first, second)]
                    if clashing:
                        self.model.row([column, *clashing], 1.0)

    def _overlap(self, one: int, other: int) -> bool:
        return one in self.spans and other in self.spans and self.spans[one].overlaps(self.spans[other])

    def _rows(self, session: Session, here: list[tuple[Project, int]]) -> None:
        instance, model = self.instance, self.model
        fixed = [instance.project[p] for p in self.plan.items.get(session.id, ()) if p not in self.free and p in instance.project]
        room = session.minutes - session.overhead - sum(project.minutes for project in fixed)
        columns = [column for _project, column in here]
        if not columns:
            return
        model.row(columns, float(max(0, room)), weights=[float(project.minutes) for project, _column in here])
        if session.most_items is not None:
            model.row(columns, float(max(0, session.most_items - len(fixed))))
        share = instance.fair_shares.get(session.id)
        if share is not None and instance.prices[Rule.FILL]:
            beyond = model.column(instance.prices[Rule.FILL] * FINE, 0, float(len(columns)))
            model.row([*columns, beyond], float(share - len(fixed)), weights=[*[1.0] * len(columns), -1.0])
        for quota in session.quotas:
            self._quota(quota.kind, quota.least, quota.most, here, sum(project.kind == quota.kind for project in fixed))

    def _quota(self, kind: str, least: int, most: int | None, here: list[tuple[Project, int]], fixed: int) -> None:
        price = self.instance.prices[Rule.KIND_QUOTA]
        columns = [column for project, column in here if project.kind == kind]
        if not price:
            return
        if least > fixed:
            missing = self.model.column(price * FINE, 0, float(least))
            self.model.row([*columns, missing], lower=float(least - fixed))
        if most is not None and columns:
            beyond = self.model.column(price * FINE, 0, float(len(columns)))
            self.model.row([*columns, beyond], float(most - fixed), weights=[*[1.0] * len(columns), -1.0])
