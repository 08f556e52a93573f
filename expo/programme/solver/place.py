"""Sessions into halls and slots: a mixed-integer programme for HiGHS, written out in docs/scheduling.md.

Solved whole it takes minutes to prove what is found in a second, because every plan has thousands of twins. So it is
cut in two first: the best halls alone and the best slots alone give a bound; slots for the best halls give a plan. Where
the two meet, the plan is optimal, and it nearly always is so. Otherwise halls and slots are improved in turn, and what
is left of the gap goes to the whole programme, which starts from the best plan and knows both bounds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from expo.programme.solver import place_rows
from expo.programme.solver.instance import Instance, Place, Plan
from expo.programme.solver.lp import DEFAULT, EXACT, LESS_THAN_ONE, Answer, Options, Progress
from expo.programme.solver.place_columns import Columns, Question, hall_columns, slot_columns, whole_columns
from expo.programme.solver.score import charges, total, verdicts
from expo.programme.solver.settings import BLOCKING_FACTOR, OF_PLACE, Rule, Severity

#: Fewer free sessions than this are a matter of a moment for the whole programme.
FEW = 15
ROUNDS = 4
#: For the best halls of a hundred sessions; a plan for everything is there right after it.
HALLS_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Placed:
    """``cost`` and ``bound`` are of all that placing decides, in units of the score."""

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
                   presenters: bool = True) -> Placed:
    """The best places for the free sessions (all, unless given); the others stay where they are, or without a place.

    ``presenters``: whether the people of the lists of projects count; without them only the sessions' own do.
    """
    question = Question(instance, plan, [s.id for s in instance.sessions] if free is None else free, presenters=presenters)
    search = _Search(question, options)
    if len(question.free) > FEW and not instance.stays:
        search.by_hand()
        search.in_halves()
    if not search.is_over:
        search.whole()
    if search.best is None:
        search.by_hand()
    return search.result()


class _Search:
    """The best plan and the best bound so far."""

    def __init__(self, question: Question, options: Options) -> None:
        self.question, self.options, self.since = question, options, time.monotonic()
        self.best: dict[int, Place] | None = None
        self.cost = 0
        self.bound = -1
        self.halves = (0, 0)
        self.size = (0, 0)
        self.is_by_hand = False
        self.nodes = 0

    @property
    def is_over(self) -> bool:
        spent = time.monotonic() - self.since >= self.options.seconds
        return self._is_proven or self.options.is_stopped or spent

    @property
    def _is_proven(self) -> bool:
        return self.best is not None and self.cost <= self.bound

    def _solve(self, columns: Columns, start: dict[int, float] | None = None, limit: float | None = None) -> Answer:
        options = self.options.left(self.since)
        if limit is not None:
            options = replace(options, seconds=min(limit, options.seconds))
        answer = columns.model.solve(replace(options, progress=None if options.progress is None else self._tell),
                                     "place", start=start)
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
        question = self.question
        halls = hall_columns(question)
        place_rows.stability(halls)
        # Its bound is there at once and hardly grows; its plan only has to be good.
        patience = HALLS_SECONDS * max(1.0, len(question.free) / 100) ** 2
        of_halls = self._solve(halls, limit=min(patience, self.options.seconds / 3))
        slots = slot_columns(question)
        place_rows.of_time(slots)
        of_slots = self._solve(slots, limit=self.options.seconds / 3)
        self.halves = (_whole(of_halls), _whole(of_slots))
        self.bound = max(self.bound, sum(self.halves))
        if of_halls.values is None:
            return
        hall_of = {s: h for (s, h, _), column in halls.x.items() if of_halls.values[column] > 0.5}
        for _ in range(ROUNDS):
            before = None if self.best is None or self.is_by_hand else self.cost
            if self.is_over or not self._slots_for(hall_of) or self.is_over:
                return
            if self._halls_for() and not self.is_over and (before is None or self.cost < before):
                assert self.best is not None
                hall_of = {**hall_of, **{s: h for s, (h, _) in self.best.items()}}
                continue
            return

    def _slots_for(self, hall_of: dict[int, int]) -> bool:
        """The best slots for given halls."""
        columns = slot_columns(self.question, hall_of)
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
        self.bound = max(self.bound, _whole(answer))
        self._keep(columns, answer)

    def by_hand(self) -> None:
        """A plan at once, for those who stop it soon: those with the fewest good places first, each where it is cheapest."""
        question, instance = self.question, self.question.instance
        plan = Plan({s: p for s, p in question.places.items() if s not in question.free},
                    question.plan.items if question.presenters else {})
        for session in sorted(question.free, key=self._choice):
            found = [(total(paid), place) for place, paid in verdicts(instance, plan, session).items()
                     if not any(c.severity is Severity.BLOCK or c.rule in (Rule.HALL_TWICE, Rule.PIN) for c in paid)]
            if found:
                cost, place = min(found)
                if cost < instance.prices[Rule.UNPLACED]:
                    plan = plan.at(session, place)
        self.best = dict(plan.places)
        self.cost = total(c for c in charges(instance, plan) if c.rule in OF_PLACE)
        self.is_by_hand = True

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
            self.best = {s: (h, t) for (s, h, t), column in columns.x.items() if answer.values[column] > 0.5}
            self.cost, self.is_by_hand = cost, False
        return True

    def result(self) -> Placed:
        assert self.best is not None
        bound = self.cost if self._is_proven else max(0, self.bound)
        return Placed(Plan(self.best, self.question.plan.items), self.cost, bound, self._is_proven, *self.size, self.nodes)


def _whole(answer: Answer) -> int:
    """The bound as a whole number: what is proven within less than one is the cost itself."""
    if answer.values is not None and answer.cost - answer.bound <= LESS_THAN_ONE:
        return round(answer.cost)
    return max(0, math.ceil(answer.bound - EXACT * max(1.0, abs(answer.bound)))) if math.isfinite(answer.bound) else 0
