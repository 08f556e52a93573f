"""The columns of the placing programme, whole or in one of its two halves, and what each costs by itself.

A cost splits: what depends on the hall, what depends on the slot, and a rest (closed places, moves) that depends on
both and is never negative. So the best halls plus the best slots, each looked for alone, can never cost more than the
best plan: that is the bound which place.py proves its plans with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from itertools import combinations

from expo.programme.solver import score_places
from expo.programme.solver.charge import Charge
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Instance, Place, Plan, Session
from expo.programme.solver.lp import Model
from expo.programme.solver.settings import Rule, Severity
from expo.programme.solver.ties import Stakes

#: The slot of what has none.
NEVER = -1


class Presenters(Enum):
    """What the people of the lists of projects mean for places."""

    #: They count like everybody else.
    COUNT = "count"
    #: They only decide between plans that cost the same, since their projects may still go elsewhere.
    GENTLY = "gently"


class Question:
    """What is asked: which sessions are free, where the others are, and what places cost; ``stakes`` beside the score."""

    def __init__(self, instance: Instance, plan: Plan, free: Iterable[int], *, presenters: Presenters = Presenters.COUNT,
                 stakes: Stakes | None = None) -> None:
        self.instance, self.plan, self.presenters, self.stakes = instance, plan, presenters, stakes or {}
        self.crew = Crew(instance, plan if presenters is Presenters.COUNT else Plan())
        self.guests = Crew(instance, plan) if presenters is Presenters.GENTLY else None
        self.places = score_places.known_places(instance, plan.places.items())
        self.free = {s for s in free if not is_nailed(instance.session[s], self.places.get(s))}

    def stake(self, session: int, slot: int) -> int:
        return self.stakes.get(session, {}).get(slot, 0)

    @cached_property
    def usable(self) -> set[Place]:
        """Places that hold a session, or might: those that are open, and where something stands that is not free."""
        instance = self.instance
        places = {(hall.id, slot.id) for hall in instance.halls for slot in instance.slots} - instance.closed
        return places | {place for session, place in self.places.items() if session not in self.free}

    def guests_away(self, session: int, slot: int) -> int:
        """How many presenters of a session's list would be away."""
        away = self._guests_with_absences.get(session)
        if not away:
            return 0
        span = self.instance.span(self.instance.session[session], slot)
        return sum(self.instance.is_away(person, span) for person in away)

    @cached_property
    def _guests_with_absences(self) -> dict[int, list[int]]:
        own, listed = self.crew.of, self.guests.of if self.guests else {}
        return {s: [p for p in people if p in self.instance.away and p not in own[s]] for s, people in listed.items()}

    @cached_property
    def guest_pairs(self) -> dict[tuple[int, int], int]:
        """Two sessions → how many people are needed in both because of what they present."""
        own, busy = self.crew.of, self.guests.busy if self.guests else {}
        pairs = Counter(pair for person, sessions in busy.items() for pair in combinations(sorted(sessions), 2)
                        if any(person not in own[session] for session in pair))
        return dict(sorted(pairs.items()))

    @cached_property
    def halls(self) -> dict[int, dict[int, int]]:
        """Session → hall that it may have → what the hall costs it."""
        return {session.id: self._halls_of(session) for session in self.instance.sessions}

    @cached_property
    def slots(self) -> dict[int, dict[int, int]]:
        """Session → slot that it may have → what the slot costs it."""
        return {session.id: self._slots_of(session) for session in self.instance.sessions}

    def _halls_of(self, session: Session) -> dict[int, int]:
        here, instance = self.places.get(session.id), self.instance
        if session.id not in self.free:
            return {} if here is None else {here[0]: _cost(score_places.of_hall(instance, session, instance.hall[here[0]]))}
        found = {}
        for hall in instance.halls:
            charges = score_places.of_hall(instance, session, hall)
            if session.pin.hall in (None, hall.id) and not _is_blocked(charges):
                found[hall.id] = _cost(charges)
        return found

    def _slots_of(self, session: Session) -> dict[int, int]:
        here, instance, pin = self.places.get(session.id), self.instance, session.pin
        is_free = session.id in self.free
        found = {}
        for slot in instance.slots if is_free else [instance.slot[here[1]]] if here else []:
            charges = score_places.of_slot(instance, session, slot)
            charges += score_places.absences(instance, session, slot, self.crew.of[session.id])
            if not is_free or (pin.slot in (None, slot.id) and pin.day in (None, slot.day) and not _is_blocked(charges)):
                found[slot.id] = _cost(charges) + self.stake(session.id, slot.id)
        return found

    def rest(self, session: Session, place: Place) -> int | None:
        """What a place costs beyond its hall and its slot; none where it is closed for good."""
        instance, cost = self.instance, 0
        is_free = session.id in self.free
        if not instance.is_open(*place, instance.span(session, place[1])):
            if is_free and instance.is_hard(Rule.CLOSED):
                return None
            cost += instance.prices[Rule.CLOSED]
        pin = session.pin
        if not is_free and (pin.hall not in (None, place[0]) or pin.slot not in (None, place[1])
                            or pin.day not in (None, instance.slot[place[1]].day)):
            cost += instance.prices[Rule.PIN]
        stay = instance.stays.get(session.id)
        return cost + (stay.cost(place) * instance.prices[Rule.MOVED] if stay else 0)


class Columns:
    """x[s, h, t], z[s, t] and u[s] by name, in a model of their own. Fixed sessions have columns fixed to 1.

    In the half of the halls there is one nameless slot (0); in the half of the slots there are no halls.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.instance, self.crew, self.model = question.instance, question.crew, Model()
        self.x: dict[tuple[int, int, int], int] = {}
        self.by_hall: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        """(session, hall) → slot → column"""
        self.z: dict[int, dict[int, int]] = defaultdict(dict)
        """session → slot → column"""
        self.u: dict[int, int] = {}

    def is_fixed(self, session: int) -> bool:
        return session not in self.question.free

    def has_place(self, session: int) -> bool:
        """Whether it is fixed to one."""
        return self.is_fixed(session) and session in self.question.places

    def add_x(self, session: int, hall: int, slot: int, cost: int) -> int:
        column = self.model.column(cost, float(self.is_fixed(session)), whole=True)
        self.x[session, hall, slot] = self.by_hall[session, hall][slot] = column
        return column

    def add_u(self, session: int, columns: Iterable[int], cost: int, *, must: bool = False) -> None:
        """Exactly one of the columns, or no place."""
        if self.has_place(session):
            return
        self.u[session] = self.model.column(cost, float(self.is_fixed(session)), 0.0 if must else 1.0, whole=True)
        self.model.row([*columns, self.u[session]], 1.0, 1.0)


def whole_columns(question: Question, must: Iterable[int] = ()) -> Columns:
    """The whole programme. ``must``: sessions that have to get a place."""
    columns, instance = Columns(question), question.instance
    needed = frozenset(must)
    for session in instance.sessions:
        for slot, late in question.slots[session.id].items():
            here = []
            for hall, cost in question.halls[session.id].items():
                rest = question.rest(session, (hall, slot))
                if rest is not None:
                    here.append(columns.add_x(session.id, hall, slot, cost + late + rest))
            if here:
                columns.z[session.id][slot] = z = columns.model.column(0, float(columns.is_fixed(session.id)), whole=True)
                columns.model.row([*here, z], 0.0, 0.0, [*[1.0] * len(here), -1.0])
        columns.add_u(session.id, columns.z[session.id].values(), instance.prices[Rule.UNPLACED], must=session.id in needed)
    return columns


def hall_columns(question: Question, slot_of: dict[int, int] | None = None) -> Columns:
    """The half of the halls: who is held where, at a time that is left open, or given by ``slot_of``."""
    columns, instance = Columns(question), question.instance
    unplaced = instance.prices[Rule.UNPLACED]
    for session in instance.sessions:
        here = []
        slot = 0 if slot_of is None else slot_of.get(session.id, NEVER)
        late = 0 if slot_of is None or slot == NEVER else question.slots[session.id][slot]
        for hall, cost in question.halls[session.id].items() if slot != NEVER else ():
            rest = 0 if slot_of is None else question.rest(session, (hall, slot))
            if rest is not None:
                here.append(columns.add_x(session.id, hall, slot, cost + late + rest))
        columns.add_u(session.id, here, unplaced // 2 if slot_of is None else unplaced)
        if slot_of is not None and here:
            columns.z[session.id][slot] = z = columns.model.column(0, float(columns.is_fixed(session.id)))
            columns.model.row([*here, z], 0.0, 0.0, [*[1.0] * len(here), -1.0])
    if slot_of is None:
        for room in instance.halls:
            usable = sum((room.id, t.id) in question.usable for t in instance.slots)
            held = {s: by_slot[0] for (s, h), by_slot in columns.by_hall.items() if h == room.id}
            columns.model.row(held.values(), float(max(usable, sum(map(columns.is_fixed, held)))))
    return columns


def slot_columns(question: Question, hall_of: dict[int, int] | None = None) -> Columns:
    """The half of the slots: who is held when, in a hall that is left open, or given by ``hall_of``."""
    columns, instance = Columns(question), question.instance
    unplaced = instance.prices[Rule.UNPLACED]
    for session in instance.sessions:
        hall = None if hall_of is None else hall_of.get(session.id)
        wide = 0 if hall is None else question.halls[session.id][hall]
        for slot, cost in question.slots[session.id].items() if hall_of is None or hall is not None else ():
            if hall is None:
                columns.z[session.id][slot] = columns.model.column(cost, float(columns.is_fixed(session.id)), whole=True)
            elif (rest := question.rest(session, (hall, slot))) is not None:
                columns.z[session.id][slot] = columns.add_x(session.id, hall, slot, wide + cost + rest)
        columns.add_u(session.id, columns.z[session.id].values(),
                      unplaced - unplaced // 2 if hall_of is None else unplaced)
    if hall_of is None:
        for when in instance.slots:
            usable = sum((h.id, when.id) in question.usable for h in instance.halls)
            held = {s: by_slot[when.id] for s, by_slot in columns.z.items() if when.id in by_slot}
            columns.model.row(held.values(), float(max(usable, sum(map(columns.is_fixed, held)))))
    return columns


def is_nailed(session: Session, place: Place | None) -> bool:
    """Pinned to a hall and a slot, and there: nothing moves it, not even a conflict."""
    return place is not None and (session.pin.hall, session.pin.slot) == place


def _cost(charges: Iterable[Charge]) -> int:
    return sum(item.cost for item in charges)


def _is_blocked(charges: Iterable[Charge]) -> bool:
    return any(item.severity is Severity.BLOCK for item in charges)
