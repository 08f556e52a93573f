"""What organisers ask of the solver, put into its terms, and its answer put back into the order that people had. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.words import Labelled
from expo.programme.rules_instance import Draft, minute_of
from expo.programme.solver.instance import Absence, Instance, Pin, Plan

LONGEST_SECONDS = 600


class What(Labelled):
    BOTH = "both", _l("Assign projects and place sessions")
    PLACE = "place", _l("Place sessions only")
    ASSIGN = "assign", _l("Assign projects only")
    REPLAN = "replan", _l("Plan again with least change")


class Scope(Labelled):
    ALL = "all", _l("everything")
    WAITING = "waiting", _l("what is without a place")
    DAYS = "days", _l("some days")
    HALLS = "halls", _l("some halls")
    SESSIONS = "sessions", _l("some sessions")


@dataclass(frozen=True)
class Disturbance:
    """Something that has happened: halls lost, people away, sessions longer."""

    closed: tuple[tuple[int, int], ...] = ()
    #: (person, from, to)
    away: tuple[tuple[int, datetime, datetime], ...] = ()
    minutes: tuple[tuple[int, int], ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.closed or self.away or self.minutes)

    def applied_to(self, draft: Draft) -> Draft:
        """The draft as it would be with it."""
        longer = dict(self.minutes)
        instance = draft.instance
        return replace(draft, instance=replace(
            instance, closed=instance.closed | set(self.closed),
            absences=(*instance.absences, *(Absence(p, minute_of(s), minute_of(e)) for p, s, e in self.away)),
            sessions=tuple(replace(s, minutes=longer.get(s.id, s.minutes)) for s in instance.sessions),
        ))


@dataclass(frozen=True)
class Request:
    """One question to the solver, stored as JSON with its answer."""

    what: What
    scope: Scope = Scope.ALL
    days: tuple[str, ...] = ()
    halls: tuple[int, ...] = ()
    sessions: tuple[int, ...] = ()
    with_waiting: bool = True
    seconds: int = 60
    seed: int = 0
    disturbance: Disturbance = field(default_factory=Disturbance)

    def as_json(self) -> dict[str, Any]:
        away = [[person, start.isoformat(), end.isoformat()] for person, start, end in self.disturbance.away]
        return {
            "what": self.what.value, "scope": self.scope.value, "days": list(self.days), "halls": list(self.halls),
            "sessions": list(self.sessions), "with_waiting": self.with_waiting, "seconds": self.seconds, "seed": self.seed,
            "closed": [list(place) for place in self.disturbance.closed], "away": away,
            "minutes": [list(pair) for pair in self.disturbance.minutes],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            What(stored["what"]), Scope(stored["scope"]), tuple(stored["days"]), tuple(stored["halls"]),
            tuple(stored["sessions"]), stored["with_waiting"], stored["seconds"], stored["seed"],
            Disturbance(
                tuple((hall, slot) for hall, slot in stored["closed"]),
                tuple((p, datetime.fromisoformat(s), datetime.fromisoformat(e)) for p, s, e in stored["away"]),
                tuple((session, minutes) for session, minutes in stored["minutes"])),
        )

    def require_some(self) -> None:
        """A part of the programme was chosen, if only a part is meant."""
        chosen = {Scope.DAYS: self.days, Scope.HALLS: self.halls, Scope.SESSIONS: self.sessions}
        if self.scope in chosen and not chosen[self.scope]:
            raise Refused(_l("Choose for which part you want a plan."), self.scope.value)


def require_solvable(instance: Instance) -> None:
    """There is something to plan, and somewhere to put it."""
    if not instance.halls or not instance.slots:
        raise Refused(_l("The edition has no halls or no time slots yet."))
    if not instance.sessions:
        raise Refused(_l("The edition has no sessions yet."))


def free_sessions(draft: Draft, request: Request) -> set[int]:
    """The sessions that may move; all others stay where they are."""
    instance, places = draft.instance, draft.plan.places
    waiting = {s.id for s in instance.sessions if s.id not in places}
    if request.scope is Scope.ALL:
        return {s.id for s in instance.sessions}
    if request.scope is Scope.WAITING:
        return waiting
    days = {date.fromisoformat(day).toordinal() for day in request.days}
    chosen = {
        Scope.DAYS: lambda: {s for s, (_hall, slot) in places.items() if instance.slot[slot].day in days},
        Scope.HALLS: lambda: {s for s, (hall, _slot) in places.items() if hall in request.halls},
        Scope.SESSIONS: lambda: set(request.sessions) & set(instance.session),
    }[request.scope]()
    return chosen | waiting if request.with_waiting and request.scope is not Scope.SESSIONS else chosen


def held_to(draft: Draft, request: Request, free: Iterable[int]) -> Instance:
    """The instance with sessions of a day kept on the chosen days, and those of a hall in the chosen halls."""
    instance, free = draft.instance, set(free)
    if request.scope is Scope.DAYS:
        days = frozenset(date.fromisoformat(day).toordinal() for day in request.days)
        only = next(iter(days)) if len(days) == 1 else None
        closed = {(h.id, s.id) for h in instance.halls for s in instance.slots if s.day not in days}
    elif request.scope is Scope.HALLS:
        only = None
        closed = {(h.id, s.id) for h in instance.halls if h.id not in request.halls for s in instance.slots}
    else:
        return instance
    # Places outside of the part that is planned are closed; what stands there stays and is not looked at.
    standing = {place for session, place in draft.plan.places.items() if session not in free}
    sessions = tuple(replace(s, pin=replace(s.pin, day=only)) if s.id in free and only and s.pin == Pin() else s
                     for s in instance.sessions)
    return replace(instance, closed=instance.closed | (closed - standing), sessions=sessions)


def tidied(before: Plan, after: Plan) -> Plan:
    """The solver's plan with running orders as they were: who stays keeps their turn, who comes is put behind."""
    items = {}
    for session, projects in after.items.items():
        there = set(projects)
        stay = [p for p in before.items.get(session, ()) if p in there]
        items[session] = (*stay, *(p for p in projects if p not in set(stay)))
    return Plan(after.places, items)
