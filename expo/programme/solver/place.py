"""Sessions into halls and slots: mixed-integer programmes for HiGHS, written out in docs/scheduling.md.

Solved whole it takes minutes to prove what is found in a second, because every plan has thousands of twins. So it is
cut in two first: the best halls alone and the best slots alone give a bound; slots for the best halls give a plan. Where
the two meet, the plan is optimal, and it nearly always is so. Otherwise halls and slots are improved in turn, and what
is left of the gap goes to the whole programme, which starts from the best plan and knows both bounds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from expo.programme.solver import place_rows
from expo.programme.solver.hall_kinds import kinds_of
from expo.programme.solver.hall_search import Halls, HallSearch
from expo.programme.solver.instance import Instance, Place, Plan
from expo.programme.solver.lp import DEFAULT, Answer, Options, Progress
from expo.programme.solver.place_columns import (
    Columns,
    Presenters,
    Question,
    hall_columns,
    slot_columns,
    whole_columns,
)
from expo.programme.solver.score import charges, total, verdicts
from expo.programme.solver.settings import BLOCKING_FACTOR, OF_PLACE, Rule, Severity
from expo.programme.solver.ties import Stakes

#: Fewer free sessions than this are a matter of a moment for the whole programme.
FEW = 15
ROUNDS = 4
#: Parts of the time that the halls alone may take: before there is a plan for everything, and then to prove it.
FOR_HALLS = (0.05, 0.6)
#: Presenters that may be in trouble beyond the least number: their projects go elsewhere in any case.
GENTLY = 4


@dataclass(frozen=True, slots=True)
class Placed:
    """``cost`` and ``bound`` are of all that placing decides, in units of the score, and of what is at stake besides."""

    plan: Plan
    cost: int
    bound: int
    is_optimal: bool
    columns: int = 0
    rows: int = 0
    nodes: int = 0

    @property
    def gap(self) -> float:
        return max(0, self.cost - self.bound) / max(1, abs(self.cost))


def place_sessions(instance: Instance, plan: Plan, free: Iterable[int] | None = None, options: Options = DEFAULT, *,
                   presenters: Presenters = Presenters.COUNT, stakes: Stakes | None = None) -> Placed:
    """The best places for the free sessions (all, unless given); the others stay where they are, or without a place.

    ``stakes``: what slots cost beside the score.
    """
    question = Question(instance, plan, _free(instance, free), presenters=presenters, stakes=stakes)
    search = _Search(question, options)
    if len(question.free) > FEW and not instance.stays:
        search.by_hand()
        search.in_halves()
    if not search.is_over and not search.is_split:
        search.whole()
    if search.best is None:
        search.by_hand()
    search.gently()
    return search.result()


def retime_sessions(instance: Instance, plan: Plan, free: Iterable[int] | None = None, options: Options = DEFAULT, *,
                    presenters: Presenters = Presenters.GENTLY, steps: int = 1) -> Plan:
    """The best slots for the free sessions in the halls that the plan gives them. ``steps``: how near to it is enough."""
    search = _Search(Question(instance, plan, _free(instance, free), presenters=presenters), options)
    search.keep_places()
    if presenters is Presenters.COUNT:
        search.retime()
    search.gently(steps)
    return search.result().plan


def _free(instance: Instance, free: Iterable[int] | None) -> list[int]:
    return [s.id for s in instance.sessions] if free is None else list(free)


class _Search:
    """The best plan and the best bound so far."""

    def __init__(self, question: Question, options: Options) -> None:
        self.question, self.options, self.since = question, options, time.monotonic()
        self.best: dict[int, Place] | None = None
        self.cost = 0
        self.bound = -1
        self.size = (0, 0)
        #: Halls and slots cost what they cost alone: nothing is left to gain from looking at both together.
        self.is_split = False
        self.is_by_hand = False
        self.nodes = 0

    @property
    def is_over(self) -> bool:
        spent = time.monotonic() - self.since >= self.options.seconds
        return self._is_proven or self.options.is_stopped or spent

    @property
    def _is_proven(self) -> bool:
        return self.best is not None and self.cost <= self.bound

    def _solve(self, columns: Columns, start: dict[int, float] | None = None, limit: float | None = None, *,
               steps: int = 1) -> Answer:
        options = self.options.left(self.since)
        if limit is not None:
            options = replace(options, seconds=min(limit, options.seconds))
        answer = columns.model.solve(replace(options, progress=None if options.progress is None else self._tell),
                                     "place", start=start, steps=steps)
        self.size = max(self.size, columns.model.size)
        self.nodes += answer.nodes
        return answer

    def _tell(self, inner: Progress) -> None:
        """Pass on what is known of the whole; a half says nothing of it but that time goes by."""
        assert self.options.progress
        self.options.progress(Progress("place", self.cost if self.best is not None else None, max(0, self.bound),
                                       time.monotonic() - self.since))

    def in_halves(self) -> None:
        """Bounds from both halves, and plans that put them together again."""
        slots = slot_columns(self.question)
        place_rows.of_time(slots)
        of_slots = self._solve(slots, limit=self.options.seconds / 3)
        late = max(0, math.ceil(of_slots.bound)) if math.isfinite(of_slots.bound) else 0
        halls = HallSearch(kinds_of(self.question), self.options, lambda bound: self._raise(bound + late))
        known: Halls | None = None
        for part in FOR_HALLS:
            found = halls.go_on(part * self.options.seconds)
            self._raise(found.bound + late)
            if found.cost is not None and (known is None or known.cost is None or found.cost < known.cost):
                self._put_together(found.hall_of, found.cost + late)
            known = found
            if self.is_over or found.is_optimal:
                return

    def _raise(self, bound: int) -> None:
        self.bound = max(self.bound, bound)
        if self.options.progress:
            self._tell(Progress("place", None, self.bound, 0))

    def _put_together(self, hall_of: dict[int, int], apart: int) -> None:
        """The best slots for these halls, then the best halls for those slots, as long as that helps.

        ``apart``: what they cost alone; once a plan costs no more, only other halls can better it.
        """
        for _ in range(ROUNDS):
            before = None if self.best is None or self.is_by_hand else self.cost
            if not self._slots_for(hall_of):
                return
            self.is_split = self.cost <= apart
            if self.is_split or self.is_over or not self._halls_for() or (before is not None and self.cost >= before):
                return
            assert self.best is not None
            hall_of = {**hall_of, **{s: h for s, (h, _) in self.best.items()}}

    def keep_places(self) -> None:
        """Begin with the places that there are."""
        question = self.question
        self.best = dict(question.places)
        self.cost = self._cost_of(Plan(self.best, question.plan.items if question.presenters is Presenters.COUNT else {}))

    def retime(self) -> None:
        """The best slots in the halls that sessions have."""
        assert self.best is not None
        self._slots_for({s: h for s, (h, _) in self.best.items()})

    def gently(self, steps: int = GENTLY) -> None:
        """Among plans that cost the same, one with few presenters away or in two places: projects flow around the rest."""
        if self.question.guests is None or self.best is None or self.options.is_stopped:
            return
        columns = slot_columns(self.question, {s: h for s, (h, _) in self.best.items()})
        place_rows.all_of(columns)
        place_rows.guests(columns)
        start = {column: float(self.best.get(s) == (h, t)) for (s, h, t), column in columns.x.items()}
        answer = self._solve(columns, start, limit=max(1.0, self.options.seconds / 4), steps=steps)
        if answer.values is None:
            return
        found = _places(columns, answer)
        cost = self._cost_of(Plan(found))
        # Cut short it may know less than it began with.
        if cost + self._trouble(found) < self.cost + self._trouble(self.best):
            self.best, self.cost = found, cost

    def _trouble(self, places: Mapping[int, Place]) -> int:
        question = self.question
        return place_rows.smallest_price(question.instance) * place_rows.guests_in_trouble(question, places)

    def _slots_for(self, hall_of: dict[int, int]) -> bool:
        """The best slots for given halls; what is not free keeps its own."""
        question = self.question
        fixed = {s: h for s, (h, _) in question.places.items() if s not in question.free}
        columns = slot_columns(question, {**hall_of, **fixed})
        place_rows.all_of(columns)
        return self._keep(columns, self._solve(columns, limit=self.options.seconds / 4))

    def _halls_for(self) -> bool:
        """The best halls for the slots of the best plan."""
        assert self.best is not None
        columns = hall_columns(self.question, {s: t for s, (_, t) in self.best.items()})
        place_rows.all_of(columns)
        return self._keep(columns, self._solve(columns, limit=self.options.seconds / 4))

    def whole(self) -> None:
        """The whole programme, from the best plan so far."""
        columns = whole_columns(self.question)
        place_rows.all_of(columns)
        start = None
        if self.best is not None:
            start = {column: float(self.best.get(s) == (h, t)) for (s, h, t), column in columns.x.items()}
        answer = self._solve(columns, start)
        if math.isfinite(answer.bound):
            self.bound = max(self.bound, math.ceil(answer.bound))
        self._keep(columns, answer)

    def by_hand(self) -> None:
        """A plan at once, for those who stop it soon: those with the fewest good places first, each where it is cheapest."""
        question, instance = self.question, self.question.instance
        plan = Plan({s: p for s, p in question.places.items() if s not in question.free},
                    question.plan.items if question.presenters is Presenters.COUNT else {})
        for session in sorted(question.free, key=self._choice):
            found = [(total(paid), place) for place, paid in verdicts(instance, plan, session).items()
                     if not any(c.severity is Severity.BLOCK or c.rule in (Rule.HALL_TWICE, Rule.PIN) for c in paid)]
            if found:
                cost, place = min(found)
                if cost < instance.prices[Rule.UNPLACED]:
                    plan = plan.at(session, place)
        self.best = dict(plan.places)
        self.cost = self._cost_of(plan)
        self.is_by_hand = True

    def _cost_of(self, plan: Plan) -> int:
        at_stake = sum(self.question.stake(session, slot) for session, (_, slot) in plan.places.items())
        return at_stake + total(c for c in charges(self.question.instance, plan) if c.rule in OF_PLACE)

    def _choice(self, session: int) -> tuple[int, int, int]:
        """Who has the fewest good places comes first, then who is largest."""
        question, dear = self.question, BLOCKING_FACTOR
        halls, slots = (sum(cost < dear for cost in of[session].values()) for of in (question.halls, question.slots))
        return halls * slots, -question.instance.session[session].audience, session

    def _keep(self, columns: Columns, answer: Answer) -> bool:
        """Remember a plan that is better than the best; whether there was one at all."""
        if answer.values is None:
            return False
        cost = round(answer.cost)
        if self.best is None or cost < self.cost:
            self.best, self.cost, self.is_by_hand = _places(columns, answer), cost, False
        return True

    def result(self) -> Placed:
        assert self.best is not None
        bound = self.cost if self._is_proven else max(0, self.bound)
        return Placed(Plan(self.best, self.question.plan.items), self.cost, bound, self._is_proven, *self.size, self.nodes)


def _places(columns: Columns, answer: Answer) -> dict[int, Place]:
    return {s: (h, t) for (s, h, t), column in columns.x.items() if answer.values[column] > 0.5}
