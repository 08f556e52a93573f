"""What the solver is given and what it gives back, as plain values. Ids are the caller's.

Times are whole minutes since any moment that the caller chooses (real minutes: a change of the clock changes nothing);
a day is any number that is the same for all slots of a day. Everything is immutable, so results may be remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median_low

from expo.programme.solver.settings import BLOCKING_FACTOR, DEFAULTS, Rule, Setting, Severity

Place = tuple[int, int]
"""(hall, slot)"""


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Hall:
    """``open``: when it may be used; empty means always. ``changeover``: minutes needed between two sessions."""

    id: int
    capacity: int
    venue: int = 0
    zone: str = ""
    equipment: frozenset[str] = frozenset()
    open: tuple[Span, ...] = ()
    changeover: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    id: int
    start: int
    end: int
    day: int

    @property
    def minutes(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody a session needs. Not required: wished for (rule LEADERS instead of ABSENCE and PERSON_TWICE)."""

    person: int
    weight: int = 1
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Quota:
    """How many projects of a kind a session shows."""

    kind: str
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a session must be; what is not said is free."""

    hall: int | None = None
    slot: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """``region`` is its city, none for a session of the whole province. ``overhead``: minutes besides its projects
    (speeches, pauses, batches of a ceremony). A showcase (the opening) shows projects besides their own session: its
    list is kept, never filled."""

    id: int
    kind: str = ""
    minutes: int = 90
    audience: int = 0
    region: int | None = None
    zone: str = ""
    hosts: tuple[int, ...] = ()
    industry: int | None = None
    needs: frozenset[str] = frozenset()
    people: tuple[Attendance, ...] = ()
    after: tuple[int, ...] = ()
    days: frozenset[int] | None = None
    branches: frozenset[int] = frozenset()
    pin: Pin = Pin()
    overhead: int = 0
    most_items: int | None = None
    quotas: tuple[Quota, ...] = ()
    takes_projects: bool = True
    is_showcase: bool = False

    @property
    def is_filled(self) -> bool:
        """Whether the solver may put projects into it."""
        return self.takes_projects and not self.is_showcase


@dataclass(frozen=True, slots=True)
class Project:
    """``region`` is its city. ``sessions``: if given, the only ones that may show it. ``pin``: the one that must."""

    id: int
    kind: str = ""
    region: int | None = None
    industry: int | None = None
    minutes: int = 4
    presenters: tuple[int, ...] = ()
    sessions: frozenset[int] | None = None
    pin: int | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    person: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stay:
    """Re-planning: where a session was, and what it costs to move it to another hall, or to another slot."""

    place: Place
    hall_cost: int
    slot_cost: int

    def cost(self, place: Place | None) -> int:
        if place is None or place == self.place:
            return 0
        return self.hall_cost if place[1] == self.place[1] else self.slot_cost


@dataclass(frozen=True)
class Plan:
    """``places``: session → (hall, slot), missing where it has none. ``items``: session → projects in running order."""

    places: Mapping[int, Place] = field(default_factory=dict)
    items: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def at(self, session: int, place: Place | None) -> Plan:
        """This plan with a session elsewhere, or without a place."""
        places = {s: p for s, p in self.places.items() if s != session}
        return replace(self, places=places if place is None else places | {session: place})

    def with_items(self, session: int, items: Iterable[int]) -> Plan:
        return replace(self, items={**self.items, session: tuple(items)})


@dataclass(frozen=True)
class Instance:
    """One edition to plan. Rules that are not set count as in ``DEFAULTS``."""

    halls: tuple[Hall, ...]
    slots: tuple[Slot, ...]
    sessions: tuple[Session, ...]
    projects: tuple[Project, ...] = ()
    absences: tuple[Absence, ...] = ()
    #: (hall, slot) pairs that cannot be used.
    closed: frozenset[Place] = frozenset()
    #: Minutes on foot between two halls, either way round; else by venue.
    walks: Mapping[tuple[int, int], int] = field(default_factory=dict)
    same_venue_minutes: int = 0
    other_venue_minutes: int = 0
    #: (zone, hall) → minutes on foot; where missing, none in the hall's own zone and ten elsewhere.
    zone_minutes: Mapping[tuple[str, int], int] = field(default_factory=dict)
    rules: Mapping[Rule, Setting] = field(default_factory=dict)
    #: Re-planning only: session → where it was; project → (session, cost of another one).
    stays: Mapping[int, Stay] = field(default_factory=dict)
    homes: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def setting(self, rule: Rule) -> Setting:
        return self.rules.get(rule, DEFAULTS[rule])

    @cached_property
    def prices(self) -> dict[Rule, int]:
        """Rule → what one unit costs; nothing where it is ignored."""
        return {rule: _price(self.setting(rule)) for rule in Rule}

    @cached_property
    def severities(self) -> dict[Rule, Severity]:
        return {rule: self.setting(rule).severity for rule in Rule}

    def is_hard(self, rule: Rule) -> bool:
        return self.severities[rule] is Severity.BLOCK

    @cached_property
    def hall(self) -> dict[int, Hall]:
        return {hall.id: hall for hall in self.halls}

    @cached_property
    def slot(self) -> dict[int, Slot]:
        return {slot.id: slot for slot in self.slots}

    @cached_property
    def session(self) -> dict[int, Session]:
        return {session.id: session for session in self.sessions}

    @cached_property
    def project(self) -> dict[int, Project]:
        return {project.id: project for project in self.projects}

    @cached_property
    def away(self) -> dict[int, tuple[Span, ...]]:
        """Person → when they are absent."""
        found: dict[int, list[Span]] = defaultdict(list)
        for absence in self.absences:
            found[absence.person].append(Span(absence.start, absence.end))
        return {person: tuple(spans) for person, spans in found.items()}

    def is_away(self, person: int, span: Span) -> bool:
        return any(span.overlaps(absence) for absence in self.away.get(person, ()))

    def span(self, session: Session, slot: int) -> Span:
        """From when to when a session is held if it starts with a slot: its own length, not the slot's."""
        start = self.slot[slot].start
        return Span(start, start + session.minutes)

    def walk(self, one: int, other: int) -> int:
        """Minutes from hall to hall."""
        if one == other:
            return 0
        written = self.walks.get((one, other), self.walks.get((other, one)))
        if written is not None:
            return written
        return self.same_venue_minutes if self.hall[one].venue == self.hall[other].venue else self.other_venue_minutes

    @cached_property
    def longest_walk(self) -> int:
        return max((self.walk(a.id, b.id) for a in self.halls for b in self.halls), default=0)

    def is_open(self, hall: int, slot: int, span: Span) -> bool:
        opening = self.hall[hall].open
        return (hall, slot) not in self.closed and (not opening or any(o.contains(span) for o in opening))

    @cached_property
    def day_shares(self) -> dict[int, int]:
        """Day → sessions that it can be expected to take: as many as its part of all usable places."""
        usable: dict[int, int] = defaultdict(int)
        for slot in self.slots:
            usable[slot.day] += sum(self.is_open(hall.id, slot.id, Span(slot.start, slot.end)) for hall in self.halls)
        places = sum(usable.values())
        return {day: -(-len(self.sessions) * count // places) if places else 0 for day, count in usable.items()}

    @cached_property
    def room(self) -> dict[int, int]:
        """Session that is filled → how many projects of usual length it has room for."""
        usual = median_low([p.minutes for p in self.projects]) if self.projects else 4
        found = {}
        for session in self.sessions:
            if session.is_filled:
                room = max(0, session.minutes - session.overhead) // max(1, usual)
                found[session.id] = room if session.most_items is None else min(room, session.most_items)
        return found

    @cached_property
    def fair_shares(self) -> dict[int, int]:
        """Session that is filled → its part of all projects, by its room."""
        rooms = sum(self.room.values())
        return {s: -(-len(self.projects) * room // rooms) if rooms else 0 for s, room in self.room.items()}

    @cached_property
    def largest(self) -> int:
        return max((hall.capacity for hall in self.halls), default=1) or 1


def _price(setting: Setting) -> int:
    if setting.severity is Severity.IGNORE:
        return 0
    return setting.weight * (1 if setting.severity is Severity.WARN else BLOCKING_FACTOR)
