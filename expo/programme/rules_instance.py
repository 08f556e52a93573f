"""A draft as the solver sees it, with the names that sentences about it need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from expo.programme.models import SessionKind
from expo.programme.models_needs import SessionRole
from expo.programme.solver.instance import Hall, Instance, Plan, Slot, Span

#: Kinds that show no projects unless somebody puts some in by hand.
WITHOUT_PROJECTS = frozenset({SessionKind.SALON, SessionKind.SIGNING, SessionKind.AWARDS, SessionKind.CLOSING,
                              SessionKind.TRAINING})
#: The opening shows its projects besides their own sessions: it is a list of highlights.
SHOWS_AGAIN = frozenset({SessionKind.OPENING})
#: How much it costs to go without somebody, by what they do there.
WEIGHTS = {SessionRole.LEADER: 3, SessionRole.CHAIR: 2, SessionRole.EXPERT: 1}
USUAL_MINUTES = 4


@dataclass(frozen=True, slots=True)
class SessionName:
    code: str
    title: str
    region_path: str
    #: See ``models.Session.version``.
    version: int = 0
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class SlotTimes:
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Names:
    """What things are called, by their numbers."""

    sessions: Mapping[int, SessionName] = field(default_factory=dict)
    halls: Mapping[int, str] = field(default_factory=dict)
    slots: Mapping[int, SlotTimes] = field(default_factory=dict)
    projects: Mapping[int, str] = field(default_factory=dict)
    persons: Mapping[int, str] = field(default_factory=dict)
    regions: Mapping[int, str] = field(default_factory=dict)
    industries: Mapping[int, str] = field(default_factory=dict)
    hosts: Mapping[int, str] = field(default_factory=dict)
    venues: Mapping[int, str] = field(default_factory=dict)

    def seen_by(self, paths: Iterable[str], veil: str) -> Names:
        """For somebody who works in these regions: other regions' sessions, their projects and people lose their names."""
        paths = tuple(paths)
        return replace(self, sessions={
            number: name if any(name.region_path.startswith(path) for path in paths)
            else SessionName("", veil, "", name.version, is_visible=False)
            for number, name in self.sessions.items()
        })


@dataclass(frozen=True)
class Draft:
    """An edition's draft, or one that is kept aside: what the solver is given, and how it stands."""

    edition_id: int
    version: int
    instance: Instance
    plan: Plan
    names: Names
    #: Session → titles of projects in it that are not published.
    not_shown: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def with_content(self, content: Mapping[str, Any]) -> Draft:
        """This draft with the places and running orders of one that was kept aside; what is gone since is left out."""
        instance = self.instance
        places = {
            int(session): (place[0], place[1]) for session, place in content.get("places", {}).items()
            if place and int(session) in instance.session and place[0] in instance.hall and place[1] in instance.slot
        }
        kept = {s: p for s, p in self.plan.places.items() if str(s) not in content.get("places", {})}
        items = dict(self.plan.items)
        for session, projects in content.get("orders", {}).items():
            if int(session) in instance.session:
                items[int(session)] = tuple(p for p in projects if p in instance.project)
        return replace(self, plan=Plan({**kept, **places}, items))


def content_of(plan: Plan, sessions: Iterable[int]) -> dict[str, Any]:
    """A plan as JSON: what a draft that is kept aside stores."""
    sessions = list(sessions)
    return {
        "places": {str(s): list(plan.places[s]) if s in plan.places else None for s in sessions},
        "orders": {str(s): list(plan.items.get(s, ())) for s in sessions},
    }


def minute_of(moment: datetime) -> int:
    """Minutes since 1970: real ones, so that a change of the clock changes no length."""
    return int(moment.timestamp()) // 60


def day_of(moment: datetime, zone: ZoneInfo) -> int:
    """The number of the calendar day in the event's zone."""
    return moment.astimezone(zone).date().toordinal()


def solver_slot(number: int, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Slot:
    return Slot(number, minute_of(starts_at), minute_of(ends_at), day_of(starts_at, zone))


def opening_spans(opens_at: time | None, closes_at: time | None, slots: Iterable[SlotTimes], zone: ZoneInfo) -> tuple[Span, ...]:
    """Opening hours as spans on every day that has slots; none where a hall is always open."""
    if opens_at is None or closes_at is None:
        return ()
    days = sorted({slot.starts_at.astimezone(zone).date() for slot in slots})
    return tuple(Span(minute_of(datetime.combine(day, opens_at, zone)), minute_of(datetime.combine(day, closes_at, zone)))
                 for day in days)


def zone_minutes(halls: Iterable[Hall], zones: Iterable[str], instance: Instance) -> dict[tuple[str, int], int]:
    """(zone, hall) → the way to the nearest hall of that zone; zones without a hall are left out."""
    halls = list(halls)
    found: dict[tuple[str, int], int] = {}
    for zone in set(zones) - {""}:
        near = [hall.id for hall in halls if hall.zone == zone]
        if near:
            found |= {(zone, hall.id): min(instance.walk(hall.id, other) for other in near) for hall in halls}
    return found
