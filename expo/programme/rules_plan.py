"""A working draft as plain values: what conflicts, filling, the board and a release are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from expo.programme.models import SessionKind, SessionLanguage, SessionStatus


@dataclass(frozen=True, slots=True)
class PlanHall:
    id: int
    name: str
    name_en: str
    venue: str
    venue_en: str
    address: str
    capacity: int


@dataclass(frozen=True, slots=True)
class PlanSlot:
    id: int
    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class PlanItem:
    """A project in a running order; ``presenter`` is the name that is shown."""

    project_id: int
    number: str
    title: str
    title_en: str
    owner: str
    minutes: int
    presenter_id: int | None
    presenter: str
    is_shown: bool
    pause_after: int = 0


@dataclass(frozen=True, slots=True)
class PlanHost:
    id: int
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PlanSession:
    """A session of the draft. ``is_visible`` is false where the reader may know that it is there, and no more."""

    id: int
    code: str
    kind: SessionKind
    title: str
    title_en: str
    summary: str
    industry_id: int | None
    region_id: int
    region_path: str
    hall_id: int | None
    slot_id: int | None
    minutes: int
    expected_audience: int
    language: SessionLanguage
    is_streamed: bool
    moderator_id: int | None
    moderator: str
    status: SessionStatus
    hosts: tuple[PlanHost, ...] = ()
    items: tuple[PlanItem, ...] = ()
    is_visible: bool = True
    #: Welcome before the first project.
    lead_minutes: int = 0

    @property
    def is_placed(self) -> bool:
        return self.slot_id is not None

    @property
    def is_cancelled(self) -> bool:
        return self.status is SessionStatus.CANCELLED

    @property
    def people(self) -> set[int]:
        """Everybody who has to be there."""
        return {i.presenter_id for i in self.items if i.presenter_id} | ({self.moderator_id} if self.moderator_id else set())


@dataclass(frozen=True)
class Plan:
    """One edition's halls, slots and sessions, each in its order."""

    halls: tuple[PlanHall, ...]
    slots: tuple[PlanSlot, ...]
    sessions: tuple[PlanSession, ...]

    @cached_property
    def hall(self) -> dict[int, PlanHall]:
        return {hall.id: hall for hall in self.halls}

    @cached_property
    def slot(self) -> dict[int, PlanSlot]:
        return {slot.id: slot for slot in self.slots}

    @cached_property
    def session(self) -> dict[int, PlanSession]:
        return {session.id: session for session in self.sessions}

    @cached_property
    def placed(self) -> dict[tuple[int, int], PlanSession]:
        """(hall, slot) → the session held there."""
        return {(s.hall_id, s.slot_id): s for s in self.sessions if s.hall_id and s.slot_id}

    @cached_property
    def unplaced(self) -> list[PlanSession]:
        """What still needs a place, the biggest first."""
        waiting = [s for s in self.sessions if not s.is_placed and not s.is_cancelled]
        return sorted(waiting, key=lambda s: (-s.expected_audience, s.code))

    def span(self, session: PlanSession) -> tuple[datetime, datetime] | None:
        """From when to when a placed session is held."""
        slot = self.slot.get(session.slot_id or 0)
        return None if slot is None else (slot.starts_at, slot.starts_at + timedelta(minutes=session.minutes))


def days_of(slots: Iterable[PlanSlot], zone: ZoneInfo) -> list[date]:
    """The calendar days on which there are slots."""
    return sorted({slot.starts_at.astimezone(zone).date() for slot in slots})


def as_seen_by(plan: Plan, paths: Iterable[str], veil: str) -> Plan:
    """The plan for somebody who works in these regions: of other sessions only their places are left."""
    paths = tuple(paths)
    return replace(plan, sessions=tuple(
        s if any(s.region_path.startswith(path) for path in paths)
        else replace(s, code="", title=veil, title_en=veil, summary="", hosts=(), moderator="", is_visible=False,
                     items=tuple(replace(i, number="", title="", title_en="", owner="") for i in s.items))
        for s in plan.sessions
    ))
