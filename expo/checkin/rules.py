"""What scanning is about, as plain values, and what is asked of gates and late check-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any

from expo.checkin.models import GateKind, ScanKind, ScanReason, ScanResult
from expo.editions.models import Edition
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.registration.models import BadgeKind, BadgeStatus
from expo.registration.rules_codes import BadgeCode, CodeFault


@dataclass(frozen=True, slots=True)
class Door:
    """A gate as far as it decides."""

    gate_id: int
    edition_id: int
    name: str
    region_path: str
    kind: GateKind
    venue: str
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """A badge and whose it is."""

    badge_id: int
    registration_id: int
    edition_id: int
    number: str
    signed: str
    status: BadgeStatus
    ended_at: datetime | None
    kind: BadgeKind
    name: str
    organisation: str
    zones: Sequence[str] = ()


@dataclass(slots=True)
class Reading:
    """One reading of one badge, ready to be judged: by a good code, by a fault, by a person, or by an offline pack's id."""

    client_id: str
    gate_id: int
    kind: ScanKind
    at: datetime
    day: date
    code: BadgeCode | CodeFault | None = None
    live: str = ""
    registration_id: int | None = None
    pack_id: bytes | None = None
    # A chip's number, with the edition in which it was tied to a badge; beside it ``code`` says that this is no code.
    chip: tuple[int, str] | None = None
    device_id: int | None = None
    # The hash of the token that the device has shown: it is compared where the scan is stored.
    token_hash: str | None = None
    by_id: int | None = None
    # Let in against the rules; ``note`` is the reason that a person gives.
    force: bool = False
    note: str = ""
    # Made without network: what the device decided, and its reason.
    decided: ScanResult | None = None
    decided_reason: ScanReason = ScanReason.NONE
    merged_at: datetime | None = None

    @property
    def is_by_hand(self) -> bool:
        return self.registration_id is not None


@dataclass(frozen=True, slots=True)
class First:
    """When and where somebody came in first on a day."""

    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person at the gate is told."""

    client_id: str
    edition_id: int
    gate_id: int
    result: ScanResult
    reason: ScanReason
    kind: ScanKind
    at: datetime
    gate: str
    holder: Holder | None = None
    first: First | None = None

    @property
    def is_welcome(self) -> bool:
        """Whether the way is free."""
        return self.result in WELCOME


WELCOME = frozenset({ScanResult.ADMITTED, ScanResult.READMITTED})
#: Results of entries that let somebody in.
LET_IN = WELCOME | {ScanResult.DOUBLE}


@dataclass(slots=True)
class Where:
    """A person at one gate as the next scan finds them: the last day with an entry, and whether they are inside."""

    day: date
    first_at: datetime
    last_at: datetime
    inside: bool


@dataclass(slots=True)
class Event:
    """One coming or going in the past."""

    at: datetime
    day: date
    is_entry: bool


@dataclass(slots=True)
class Past:
    """All comings and goings of a person at one gate, in any order."""

    events: list[Event] = field(default_factory=list)

    def was_in(self, day: date | None = None) -> bool:
        """Whether they were let in on a day, or ever."""
        return any(event.is_entry and (day is None or event.day == day) for event in self.events)

    def fits(self, at: datetime, day: date) -> bool:
        """Whether an entry at this moment lies between an exit before and an exit after it, as far as there are any."""
        before = max((e for e in self.events if e.day == day and e.at <= at), key=lambda e: e.at, default=None)
        after = min((e for e in self.events if e.day == day and e.at > at), key=lambda e: e.at, default=None)
        return not any(event is not None and event.is_entry for event in (before, after))

    def where(self) -> Where | None:
        """What follows from it all for the next scan."""
        days = [event.day for event in self.events if event.is_entry]
        if not days:
            return None
        of_day = sorted((e for e in self.events if e.day == max(days)), key=lambda e: e.at)
        return Where(max(days), min(e.at for e in of_day if e.is_entry), of_day[-1].at, of_day[-1].is_entry)


def moment_of(said: datetime | None, now: datetime) -> datetime:
    """When a scan was made. A device's clock cannot run ahead of the site's."""
    return now if said is None or said > now else said


def require_late_moment(edition: Edition, at: datetime, now: datetime, zone: tzinfo) -> None:
    """A late check-in is for a moment of the expo that has passed."""
    day: date = at.astimezone(zone).date()
    if at > now or not edition.starts_on <= day <= edition.ends_on:
        raise Refused(_l("Choose a moment of the expo days that has passed."), "at")


def require_times(opens_at: datetime | None, closes_at: datetime | None, day_from: time | None, day_until: time | None
                  ) -> None:
    """A gate opens before it closes, and hours of the day have both ends."""
    if opens_at and closes_at and opens_at >= closes_at:
        raise Refused(_l("The gate must open before it closes."), "closes_at")
    if (day_from is None) != (day_until is None):
        raise Refused(_l("Give both hours or none."), "day_until")


def require_note(note: str) -> None:
    """Nobody is let in against the rules without a reason."""
    if not note.strip():
        raise Refused(_l("Give the reason in a few words."), "note")
