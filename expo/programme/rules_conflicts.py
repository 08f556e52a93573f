"""What is wrong with a draft, in words. Pure: a plan in, conflicts out, always in the same order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.programme.models import SessionKind
from expo.programme.rules_plan import Plan, PlanSession


class Severity(Labelled):
    BLOCKS = "blocks", _l("Blocks the release")
    WARNS = "warns", _l("Warning")


class ConflictKind(Labelled):
    HALL_TWICE = "hall_twice", _l("Hall used twice")
    PERSON_TWICE = "person_twice", _l("Person in two places")
    CAPACITY = "capacity", _l("Hall too small")
    LENGTH = "length", _l("Longer than its slot")
    MINUTES = "minutes", _l("Too many minutes")
    PROJECT_TWICE = "project_twice", _l("Project shown twice")
    NOT_SHOWN = "not_shown", _l("Project not published")

    @property
    def severity(self) -> Severity:
        """Nobody can be in two places at once; everything else the organiser may take on."""
        return Severity.BLOCKS if self in {ConflictKind.HALL_TWICE, ConflictKind.PERSON_TWICE} else Severity.WARNS


#: Kinds that do not depend on where a session is held.
OF_CONTENT = frozenset({ConflictKind.MINUTES, ConflictKind.PROJECT_TWICE, ConflictKind.NOT_SHOWN})
#: The opening shows its projects besides their own sessions: it is a list of highlights.
SHOWS_AGAIN = frozenset({SessionKind.OPENING})


@dataclass(frozen=True)
class Conflict:
    """One thing that is wrong, with the sessions it is about."""

    kind: ConflictKind
    sessions: tuple[PlanSession, ...]
    sentence: Any

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    @property
    def session_ids(self) -> frozenset[int]:
        return frozenset(session.id for session in self.sessions)


def conflicts_in(plan: Plan) -> list[Conflict]:
    """Everything that is wrong in the whole plan, what blocks a release first."""
    alive = [s for s in plan.sessions if not s.is_cancelled]
    found = [*_halls_twice(plan, alive), *_people_twice(plan, alive), *_projects_twice(alive)]
    for session in alive:
        found += _alone(plan, session)
    order = list(ConflictKind)
    return sorted(found, key=lambda c: (order.index(c.kind), [s.code or str(s.id) for s in c.sessions]))


def blocking(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """What refuses a release."""
    return [conflict for conflict in conflicts if conflict.severity is Severity.BLOCKS]


def of_session(conflicts: Iterable[Conflict], session_id: int) -> list[Conflict]:
    """What concerns one session."""
    return [conflict for conflict in conflicts if session_id in conflict.session_ids]


def conflicts_there(plan: Plan, session: PlanSession, hall_id: int, slot_id: int) -> list[Conflict]:
    """What would be wrong with one session in another place; answers for a cell of the board without a new plan."""
    moved = plan.moved(session.id, hall_id, slot_id)
    there = moved.session[session.id]
    others = [s for s in moved.sessions if s.id != session.id and _overlap(moved, s, there)]
    near = [*others, there]
    found = [*_halls_twice(moved, near), *_people_twice(moved, near), *_alone(moved, there)]
    return [c for c in found if session.id in c.session_ids and c.kind not in OF_CONTENT]


def _overlap(plan: Plan, one: PlanSession, other: PlanSession) -> bool:
    first, second = plan.span(one), plan.span(other)
    return bool(first and second and not one.is_cancelled and first[0] < second[1] and second[0] < first[1])


def _halls_twice(plan: Plan, sessions: list[PlanSession]) -> Iterator[Conflict]:
    by_hall: dict[int, list[PlanSession]] = defaultdict(list)
    for session in sessions:
        if session.hall_id:
            by_hall[session.hall_id].append(session)
    for hall_id, there in sorted(by_hall.items()):
        for one, other in _meeting(plan, there):
            yield Conflict(ConflictKind.HALL_TWICE, (one, other), _l(
                "“%(one)s” and “%(other)s” are in %(hall)s at the same time.",
                one=one.title, other=other.title, hall=_hall_name(plan, hall_id),
            ))


def _people_twice(plan: Plan, sessions: list[PlanSession]) -> Iterator[Conflict]:
    by_person: dict[int, list[PlanSession]] = defaultdict(list)
    for session in sessions:
        if session.is_placed:
            for person in session.people:
                by_person[person].append(session)
    for person, there in sorted(by_person.items()):
        for one, other in _meeting(plan, there) if len(there) > 1 else ():
            yield Conflict(ConflictKind.PERSON_TWICE, (one, other), _l(
                "%(name)s is needed in “%(one)s” and in “%(other)s” at the same time.",
                name=_name_of(person, one, other), one=one.title, other=other.title,
            ))


def _meeting(plan: Plan, sessions: list[PlanSession]) -> Iterator[tuple[PlanSession, PlanSession]]:
    for one, other in combinations(sorted(sessions, key=lambda s: s.id), 2):
        if _overlap(plan, one, other):
            yield one, other


def _projects_twice(sessions: list[PlanSession]) -> Iterator[Conflict]:
    by_project: dict[int, list[PlanSession]] = defaultdict(list)
    for session in sessions:
        if session.kind not in SHOWS_AGAIN:
            for item in session.items:
                by_project[item.project_id].append(session)
    for project, there in by_project.items():
        if len(there) > 1:
            item = next(i for s in there for i in s.items if i.project_id == project)
            yield Conflict(ConflictKind.PROJECT_TWICE, tuple(there), _l(
                "“%(title)s” is shown in %(number)s sessions.", title=item.title or item.number, number=len(there),
            ))


def _alone(plan: Plan, session: PlanSession) -> Iterator[Conflict]:
    hall, slot = plan.hall.get(session.hall_id or 0), plan.slot.get(session.slot_id or 0)
    if hall and session.expected_audience > hall.capacity:
        yield Conflict(ConflictKind.CAPACITY, (session,), _l(
            "“%(title)s” expects %(expected)s people; %(hall)s has %(seats)s seats.",
            title=session.title, expected=session.expected_audience, hall=hall.name, seats=hall.capacity,
        ))
    if slot and session.minutes > slot.minutes:
        yield Conflict(ConflictKind.LENGTH, (session,), _l(
            "“%(title)s” takes %(minutes)s minutes; its slot has %(slot)s.",
            title=session.title, minutes=session.minutes, slot=slot.minutes,
        ))
    if session.sum_of_minutes > session.minutes:
        yield Conflict(ConflictKind.MINUTES, (session,), _l(
            "The projects of “%(title)s” need %(sum)s minutes; the session has %(minutes)s.",
            title=session.title, sum=session.sum_of_minutes, minutes=session.minutes,
        ))
    hidden = [item for item in session.items if not item.is_shown]
    if hidden:
        yield Conflict(ConflictKind.NOT_SHOWN, (session,), _l(
            "“%(title)s” has %(number)s projects that are not published: %(names)s.",
            title=session.title, number=len(hidden), names="、".join(i.title or i.number for i in hidden[:3]),
        ))


def _name_of(person: int, *sessions: PlanSession) -> str:
    for session in sessions:
        if session.moderator_id == person and session.moderator:
            return session.moderator
        for item in session.items:
            if item.presenter_id == person and item.presenter:
                return item.presenter
    return "—"


def _hall_name(plan: Plan, hall_id: int) -> str:
    hall = plan.hall.get(hall_id)
    return hall.name if hall else "—"


def busy_until(plan: Plan) -> dict[int, list[tuple[datetime, datetime, int]]]:
    """Person → the times at which placed sessions need them, with the session."""
    busy: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for session in plan.sessions:
        span = plan.span(session)
        if span and not session.is_cancelled:
            for person in session.people:
                busy[person].append((*span, session.id))
    return busy
