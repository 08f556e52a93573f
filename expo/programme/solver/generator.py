"""Invented editions of any size for tests and measurements: the same seed gives the same instance.

Shaped like the real ones: three days, 21 cities with one session and more, sessions by industry, a handful of big ones,
half-day absences of presenters, a few who present in several projects.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from expo.programme.solver.instance import (
    Absence,
    Attendance,
    Hall,
    Instance,
    Place,
    Plan,
    Project,
    Session,
    Slot,
)

DAY = 24 * 60
HALF_DAYS = ((8 * 60, 13 * 60), (13 * 60, 19 * 60))
KINDS = ("achievement", "technology", "challenge", "research", "finance")
MINUTES_OF_SESSION, MINUTES_OF_PROJECT = 90, 3
CITIES, INDUSTRIES = 21, 12


@dataclass(frozen=True)
class Size:
    """``absent``, ``shared``: share of presenters who are away for a half-day, or who present several projects."""

    projects: int = 2350
    sessions: int = 101
    halls: int = 12
    slots_a_day: int = 3
    days: int = 3
    absent: float = 0.15
    shared: float = 0.02


REAL = Size()
#: 102 places for 101 sessions.
FULL = Size(halls=17, slots_a_day=2)
TWICE = Size(projects=4700, sessions=202, halls=24)
SHARED = Size(shared=0.3)


def scaled(size: Size, factor: float) -> Size:
    """As many times as large: projects, sessions and halls."""
    return Size(max(10, round(size.projects * factor)), max(4, round(size.sessions * factor)), max(2, round(size.halls * factor)),
                size.slots_a_day, size.days, size.absent, size.shared)


def generate(size: Size = REAL, seed: int = 1) -> Instance:
    """An edition in which nothing is assigned or placed yet."""
    chance = random.Random(seed)  # noqa: S311 – chance makes an example, not a secret.
    slots = _slots(size)
    sessions = _sessions(size, chance, slots)
    projects = _projects(size, chance, sessions)
    return Instance(
        halls=_halls(size, chance), slots=slots, sessions=sessions, projects=projects,
        absences=_absences(size, chance, sessions, projects), same_venue_minutes=5, other_venue_minutes=30,
    )


def _slots(size: Size) -> tuple[Slot, ...]:
    starts = (9 * 60, 13 * 60, 15 * 60, 17 * 60, 19 * 60)[: size.slots_a_day]
    return tuple(Slot(day * 100 + number, day * DAY + start, day * DAY + start + MINUTES_OF_SESSION, day)
                 for day in range(1, size.days + 1) for number, start in enumerate(starts, 1))


def _halls(size: Size, chance: random.Random) -> tuple[Hall, ...]:
    capacities = sorted((chance.choice((100, 150, 200, 250, 300)) for _ in range(size.halls)), reverse=True)
    capacities[:2] = [1000, 500]
    zones = "ABC"
    return tuple(Hall(number, capacity, venue=1, zone=zones[number % 3], changeover=15,
                      equipment=frozenset({"stream", "interpreter"} if number % 2 else {"stream"}))
                 for number, capacity in enumerate(capacities[: size.halls], 1))


def _sessions(size: Size, chance: random.Random, slots: tuple[Slot, ...]) -> tuple[Session, ...]:
    days = sorted({slot.day for slot in slots})
    leaders = [90_000 + number for number in range(8)]
    found = []
    for number in range(1, size.sessions + 1):
        region = number % CITIES + 1 if number > size.sessions * 0.4 else None
        industry = chance.randrange(1, INDUSTRIES + 1) if region is None or chance.random() < 0.6 else None
        people = [Attendance(80_000 + number)]
        if chance.random() < 0.15:
            people.append(Attendance(chance.choice(leaders), 1, is_required=False))
        found.append(Session(
            id=number, kind="city" if region else "province", region=region, industry=industry,
            zone="ABC"[region % 3] if region and region % 5 else "",
            audience=chance.choice((40, 60, 80, 80, 100)) if number > 4 else 200, hosts=(region or 100 + number % 10,),
            needs=frozenset({"interpreter"} if chance.random() < 0.1 else ()), people=tuple(people), overhead=5,
            minutes=MINUTES_OF_SESSION, days=frozenset({chance.choice(days)}) if chance.random() < 0.05 else None,
            after=(number - 3,) if number > 4 and number % 17 == 0 else (),
        ))
    return tuple(found)


def _projects(size: Size, chance: random.Random, sessions: tuple[Session, ...]) -> tuple[Project, ...]:
    cities = sorted({s.region for s in sessions if s.region}) or [1]
    found = []
    shared = max(1, int(size.projects * size.shared / 2.5))
    for number in range(1, size.projects + 1):
        region, industry = chance.choice(cities), chance.randrange(1, INDUSTRIES + 1)
        presenter = 200_000 + chance.randrange(shared) if chance.random() < size.shared else number + 1_000_000
        found.append(Project(number, chance.choice(KINDS), region, industry, MINUTES_OF_PROJECT, (presenter,),
                             _open_to(sessions, region, industry)))
    return tuple(found)


def _open_to(sessions: tuple[Session, ...], region: int, industry: int) -> frozenset[int]:
    """Its city's sessions, and those of the province for its industry: thirteen or so each."""
    return frozenset(s.id for s in sessions if s.region == region
                     or (s.region is None and (s.industry == industry or s.id % 12 == region % 12)))


def _absences(size: Size, chance: random.Random, sessions: tuple[Session, ...], projects: tuple[Project, ...]
              ) -> tuple[Absence, ...]:
    people = sorted({p for project in projects for p in project.presenters})
    people += sorted({a.person for s in sessions for a in s.people})
    found = []
    for person in people:
        if chance.random() < size.absent:
            start, end = chance.choice(HALF_DAYS)
            day = chance.randrange(1, size.days + 1) * DAY
            found.append(Absence(person, day + start, day + end))
    return tuple(found)


def scattered(instance: Instance, seed: int = 1) -> Plan:
    """A plan by chance: good for nothing but checking the checker."""
    chance = random.Random(seed)  # noqa: S311
    places: list[Place] = [(h.id, t.id) for h in instance.halls for t in instance.slots]
    chance.shuffle(places)
    placed = dict(zip([s.id for s in instance.sessions], places, strict=False))
    items: dict[int, list[int]] = {}
    for project in instance.projects:
        among = sorted(set(instance.session) & (project.sessions or set(instance.session))) or sorted(instance.session)
        items.setdefault(chance.choice(among), []).append(project.id)
    return Plan(placed, {session: tuple(listed) for session, listed in items.items()})

