"""The one checker of plans: what a plan pays, and what one change would make it pay. The solver's own cost is this one.

The board asks :func:`verdicts` for all cells of a dragged session; pages and the release gate ask :func:`charges`.
Keep a :class:`Checker` to ask several questions about the same plan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

from expo.programme.solver import score_items, score_places
from expo.programme.solver.charge import Charge, charge
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Hall, Instance, Place, Plan, Session, Slot, Span
from expo.programme.solver.settings import Rule, Severity

__all__ = ["Charge", "Checker", "blocking", "by_rule", "charges", "project_verdict", "total", "verdict", "verdicts"]


def charges(instance: Instance, plan: Plan) -> list[Charge]:
    """Everything that a plan pays, always in the same order."""
    return Checker(instance, plan).charges()


def total(found: Iterable[Charge]) -> int:
    return sum(item.cost for item in found)


def by_rule(found: Iterable[Charge]) -> dict[Rule, int]:
    """Rule → what is paid for it, in the order of the rules."""
    costs: Counter[Rule] = Counter()
    for item in found:
        costs[item.rule] += item.cost
    return {rule: costs[rule] for rule in Rule if rule in costs}


def blocking(found: Iterable[Charge], *, drafts: bool = False) -> list[Charge]:
    """What refuses a release; with ``drafts`` only what not even a draft may hold."""
    refused = {Severity.BLOCK} if drafts else {Severity.BLOCK, Severity.BLOCK_RELEASE}
    return [item for item in found if item.severity in refused]


def verdict(instance: Instance, plan: Plan, session: int, hall: int, slot: int) -> list[Charge]:
    """What a session would pay for in a place, compared with the plan without it."""
    return Checker(instance, plan).verdict(session, hall, slot)


def verdicts(instance: Instance, plan: Plan, session: int) -> dict[Place, list[Charge]]:
    """The verdict for every hall and slot."""
    return Checker(instance, plan).verdicts(session)


def project_verdict(instance: Instance, plan: Plan, project: int, session: int) -> list[Charge]:
    """What a project would pay for in a session, compared with the plan without it."""
    return Checker(instance, plan).project_verdict(project, session)


class Checker:
    """Answers questions about one plan; what it works out is kept."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self.instance, self.plan = instance, plan
        self.places = score_places.known_places(instance, plan.places.items())
        self.crew = Crew(instance, plan)

    def charges(self) -> list[Charge]:
        instance = self.instance
        found: list[Charge] = []
        for session_id, (hall, slot) in self.places.items():
            found += score_places.alone(instance, instance.session[session_id], instance.hall[hall], instance.slot[slot])
        found += score_places.people_of(instance, self.places, self.crew)
        found += score_places.together(instance, self.places, self.crew)
        found += score_places.counted(instance, self.places)
        found += score_items.of_items(instance, self.plan.items)
        return sorted(found, key=lambda item: (_ORDER[item.rule], item.sessions, item.projects, item.people, item.numbers))

    @cached_property
    def by_session(self) -> dict[int, list[Charge]]:
        """Session → what it pays for, alone or with others."""
        found: dict[int, list[Charge]] = defaultdict(list)
        for item in self.charges():
            for session in item.sessions:
                found[session].append(item)
        return found

    @cached_property
    def _in_hall(self) -> dict[int, list[tuple[Session, Span]]]:
        found: dict[int, list[tuple[Session, Span]]] = defaultdict(list)
        for session_id, (hall, slot) in self.places.items():
            session = self.instance.session[session_id]
            found[hall].append((session, self.instance.span(session, slot)))
        return found

    @cached_property
    def _spans(self) -> list[tuple[Session, Span, int]]:
        """Every placed session with its time and its hall."""
        return [(self.instance.session[s], self.instance.span(self.instance.session[s], slot), hall)
                for s, (hall, slot) in self.places.items()]

    @cached_property
    def _days(self) -> Counter[int]:
        return Counter(self.instance.slot[slot].day for _, slot in self.places.values())

    def verdict(self, session: int, hall: int, slot: int) -> list[Charge]:
        return self._cells(session, [self.instance.hall[hall]], [self.instance.slot[slot]])[hall, slot]

    def verdicts(self, session: int) -> dict[Place, list[Charge]]:
        return self._cells(session, self.instance.halls, self.instance.slots)

    def _cells(self, session_id: int, halls: Iterable[Hall], slots: Iterable[Slot]) -> dict[Place, list[Charge]]:
        session = self.instance.session[session_id]
        related = self._related(session)
        hosts = self._host_halls(session)
        halls = list(halls)
        return {(hall.id, slot.id): found for slot in slots
                for hall, found in self._row(session, slot, halls, related, hosts)}

    def _row(self, session: Session, slot: Slot, halls: list[Hall], related: list[tuple[Session, Span, int]],
             hosts: list[tuple[int, set[int]]]) -> Iterable[tuple[Hall, list[Charge]]]:
        instance, span = self.instance, self.instance.span(session, slot.id)
        people = self.crew.shared.get(session.id, {})
        timely = score_places.absences(instance, session, slot, self.crew.of[session.id]) + self._of_day(session, slot)
        for other, second, _ in related:
            timely += score_places.at_the_time(instance, session, span, other, second, people.get(other.id))
        walkers = [(other, second, there) for other, second, there in related if other.id in people
                   and max(second.start - span.end, span.start - second.end) < instance.longest_walk]
        for hall in halls:
            found = score_places.alone(instance, session, hall, slot) + timely
            for other, second in self._in_hall.get(hall.id, ()):
                if other.id != session.id and second.start - hall.changeover < span.end \
                        and span.start < second.end + hall.changeover:
                    found += score_places.in_hall(instance, session, span, other, second, hall)
            for other, second, there in walkers:
                found += score_places.on_the_way(instance, session, span, hall.id, other, second, there, people[other.id])
            for host, used in hosts:
                if used and hall.id not in used:
                    found += charge(instance, Rule.HALL_STABILITY, 1, sessions=(session.id,), host=host, halls=len(used) + 1)
            yield hall, found

    def _related(self, session: Session) -> list[tuple[Session, Span, int]]:
        """Placed sessions that share a city, an industry, a person, a branch venue or an order with one."""
        people = self.crew.shared.get(session.id, {})
        return [(other, span, hall) for other, span, hall in self._spans if other.id != session.id and (
            other.id in people or (session.industry is not None and other.industry == session.industry)
            or (session.region is not None and other.region == session.region) or session.branches & other.branches
            or other.id in session.after or session.id in other.after)]

    def _host_halls(self, session: Session) -> list[tuple[int, set[int]]]:
        """Each host of a session with the halls that its other sessions use."""
        return [(host, {hall for other, _, hall in self._spans if other.id != session.id and host in other.hosts})
                for host in session.hosts]

    def _of_day(self, session: Session, slot: Slot) -> list[Charge]:
        here = self.places.get(session.id)
        count = self._days[slot.day] + 1 - (here is not None and self.instance.slot[here[1]].day == slot.day)
        share = self.instance.day_shares.get(slot.day, 0)
        return charge(self.instance, Rule.DAY_BALANCE, count > share, sessions=(session.id,), day=slot.day, count=count,
                      share=share)

    def project_verdict(self, project_id: int, session_id: int) -> list[Charge]:
        """Meant for sessions that are no showcase: elsewhere it is taken off their lists."""
        instance, project, session = self.instance, self.instance.project[project_id], self.instance.session[session_id]
        without = {s: tuple(i for i in items if i != project_id) if not instance.session[s].is_showcase else items
                   for s, items in self.plan.items.items() if s in instance.session}
        before = without.get(session_id, ())
        found = score_items.fit(instance, project, session)
        found += _more(score_items.of_list(instance, session, before),
                       score_items.of_list(instance, session, (*before, project_id)))
        if session_id in self.places and project.presenters:
            found += self._presenters(session, before, project_id, without)
        return found

    def _presenters(self, session: Session, before: tuple[int, ...], project: int, without: dict[int, tuple[int, ...]]
                    ) -> list[Charge]:
        """Absences and clashes that a project brings into a placed session with its presenters."""
        instance = self.instance
        hall, slot = self.places[session.id]
        span = instance.span(session, slot)
        known = {s: people if without.get(s) == self.plan.items.get(s) else self.crew.with_items(s, without[s])
                 for s, people in self.crew.of.items()}
        found: list[list[Charge]] = []
        for items in (before, (*before, project)):
            people = self.crew.with_items(session.id, items)
            paid = score_places.absences(instance, session, instance.slot[slot], people)
            for other, second, there in self._spans:
                shared = _shared(people, known[other.id]) if other.id != session.id else None
                if shared:
                    paid += [c for c in score_places.at_the_time(instance, session, span, other, second, shared) if c.people]
                    paid += score_places.on_the_way(instance, session, span, hall, other, second, there, shared)
            found.append(paid)
        return _more(*found)


def _shared(one: dict[int, tuple[bool, int]], other: dict[int, tuple[bool, int]]) -> score_places.Shared | None:
    """(people required in both, people of both that are only wished for in one)."""
    both = sorted(one.keys() & other.keys())
    if not both:
        return None
    required = tuple(p for p in both if one[p][0] and other[p][0])
    return required, tuple(p for p in both if p not in required)


def _more(before: list[Charge], after: list[Charge]) -> list[Charge]:
    """What is paid afterwards and was not before, with the difference as its cost."""
    known: Counter[tuple[object, ...]] = Counter()
    for item in before:
        known[_about(item)] += item.units
    found = []
    for item in after:
        units = item.units - known[_about(item)]
        if units > 0:
            found.append(Charge(item.rule, item.sessions, item.projects, item.people, item.hall, item.slot, units,
                                item.cost * units // item.units, item.severity, item.numbers))
    return found


def _about(item: Charge) -> tuple[object, ...]:
    """What two charges have in common if the one is the other, grown."""
    facts = item.facts
    return (item.rule, item.sessions, item.projects, () if len(item.sessions) > 1 else item.people, item.hall, item.slot,
            facts.get("kind"), facts.get("venue"))


_ORDER = {rule: place for place, rule in enumerate(Rule)}
