"""More sessions than places that suit them, found by counting alone (Hall's theorem).

Sessions are matched with places. Where one is left over, those that could make way for it only among themselves have one
place less than they are, and each of them could be spared: a smallest conflict, at once, of however many sessions. What
the programme of :mod:`explain` proves for a few it would have to prove here for each half of dozens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from expo.programme.solver import score_places
from expo.programme.solver.crew import Crew
from expo.programme.solver.explain import Demand, demanded, smallest
from expo.programme.solver.instance import Instance, Place, Plan, Session
from expo.programme.solver.score_places import known_places
from expo.programme.solver.settings import Rule

#: Which demands are named where others would say it as well: those that are read most easily first.
_BEFORE = (Rule.DAYS, Rule.CAPACITY, Rule.EQUIPMENT, Rule.PIN, Rule.LENGTH, Rule.CLOSED, Rule.HALL_TWICE, Rule.ABSENCE)


@dataclass(frozen=True, slots=True)
class Shortage:
    """``demands`` cannot all be met, any of them left out they can. ``sessions`` have no other places than these few."""

    demands: tuple[Demand, ...]
    sessions: int
    places: int


def shortage(instance: Instance, plan: Plan, sessions: Iterable[int]) -> Shortage | None:
    """The fewest of these sessions that have too few places together; all others stay where they are.

    None does not mean that they can all be placed: of people and orders, of lengths and ways nothing is said.
    """
    among = sorted(set(sessions) & set(instance.session))
    barred = _Barred(instance, plan, among)
    # More sessions that are told in fewer words come before fewer of which each has somebody away.
    for demands in ({d for d in barred.demands if d.rule is not Rule.ABSENCE}, barred.demands):
        wide = barred.edges(among, demands)
        short = min(_left_over(wide), key=len, default=())
        if len(short) > 1:
            return _named(barred, short, wide, demands)
    return None


def _named(barred: _Barred, short: tuple[int, ...], wide: Mapping[int, int], demands: set[Demand]) -> Shortage:
    """Those that are short of a place, with the fewest demands for which they are."""
    once = Demand(Rule.HALL_TWICE)
    rules = smallest(lambda kept: bool(_left_over(barred.edges(short, kept))), [once],
                     sorted(demands & barred.of(short) - {once}, key=_choice))
    places = _all(wide[session] for session in short)
    needs = [Demand(Rule.UNPLACED, (session,)) for session in short]
    return Shortage(tuple(sorted([*needs, *rules, once])), sum(not own & ~places for own in wide.values()), places.bit_count())


class _Barred:
    """Which places each demand takes from a session. Sets of places are numbers, a bit for each place."""

    def __init__(self, instance: Instance, plan: Plan, among: list[int]) -> None:
        known = known_places(instance, plan.places.items())
        self.taken = [(hall, instance.span(instance.session[s], slot)) for s, (hall, slot) in known.items() if s not in among]
        self.instance, self.crew = replace(instance, rules=demanded(instance), stays={}), Crew(instance, plan).of
        self.places = [(hall.id, slot.id) for hall in instance.halls for slot in instance.slots]
        self.masks = {session: self._of(instance.session[session]) for session in among}
        self.demands = self.of(among)

    def of(self, sessions: Iterable[int]) -> set[Demand]:
        return {demand for session in sessions for demand in self.masks[session]}

    def edges(self, sessions: Iterable[int], kept: Collection[Demand]) -> dict[int, int]:
        """Session → the places that are left to it by these demands."""
        kept, everywhere = frozenset(kept), (1 << len(self.places)) - 1
        return {s: everywhere & ~_all(mask for demand, mask in self.masks[s].items() if demand in kept) for s in sessions}

    def _of(self, session: Session) -> Mapping[Demand, int]:
        found: dict[Demand, int] = defaultdict(int)
        for number, place in enumerate(self.places):
            for demand in self._against(session, place):
                found[demand] |= 1 << number
        return found

    def _against(self, session: Session, place: Place) -> Iterable[Demand]:
        instance, (hall, slot) = self.instance, place
        span = instance.span(session, slot)
        if any(there == hall and span.overlaps(other) for there, other in self.taken):
            yield Demand(Rule.HALL_TWICE)
        for charge in score_places.alone(instance, session, instance.hall[hall], instance.slot[slot]):
            if charge.rule is Rule.CLOSED:
                yield Demand(Rule.CLOSED, halls=(hall,))
            else:
                yield Demand(charge.rule, () if charge.rule is Rule.LENGTH else (session.id,))
        for charge in score_places.absences(instance, session, instance.slot[slot], self.crew[session.id]):
            yield Demand(Rule.ABSENCE, people=charge.people)


def _choice(demand: Demand) -> tuple[int, Demand]:
    return _BEFORE.index(demand.rule), demand


def _all(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _left_over(edges: Mapping[int, int]) -> list[tuple[int, ...]]:
    """For each session that finds no place beside the others: all that have one place less than they are."""
    holder: dict[int, int] = {}
    found = []
    for session in edges:
        asked: set[int] = set()
        if not _finds_place(session, edges, holder, asked):
            found.append(tuple(sorted([session, *(holder[place] for place in asked)])))
    return found


def _finds_place(session: int, edges: Mapping[int, int], holder: dict[int, int], asked: set[int]) -> bool:
    """Give a session a place, its holder another one if there is one (Kuhn)."""
    rest = edges[session]
    while rest:
        place = (rest & -rest).bit_length() - 1
        rest &= rest - 1
        if place not in asked:
            asked.add(place)
            if place not in holder or _finds_place(holder[place], edges, holder, asked):
                holder[place] = session
                return True
    return False
