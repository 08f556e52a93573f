"""Who is let in where: pure decisions over a gate, a code and a badge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from expo.checkin.models import ScanKind, ScanReason
from expo.editions.models import Edition
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.registration.models import BadgeKind, BadgeStatus
from expo.registration.rules_codes import BadgeCode, CodeFault

#: How long after it was made a device may still hand a scan in.
LATEST = timedelta(days=7)


@dataclass(frozen=True)
class Door:
    """A gate as far as it decides."""

    gate_id: int
    edition_id: int
    name: str
    region_path: str
    badge_kinds: Collection[str]
    opens_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True)
class Holder:
    """A badge and whose it is."""

    badge_id: int
    registration_id: int
    status: BadgeStatus
    kind: BadgeKind
    name: str
    organisation: str


def judge(door: Door, code: BadgeCode | CodeFault | None, holder: Holder | None, kind: ScanKind, at: datetime
          ) -> ScanReason:
    """Why this badge is refused at this gate, ``NONE`` if it is not. ``code`` is ``None`` when no code was read."""
    if isinstance(code, CodeFault):
        return ScanReason(code.value)
    if holder is None:
        return ScanReason.UNKNOWN_CODE if code else ScanReason.NO_BADGE
    if kind is ScanKind.EXIT:
        return ScanReason.NONE  # Whoever is inside may leave, whatever has become of the badge.
    if holder.status is not BadgeStatus.VALID:
        return ScanReason(holder.status.value)
    if door.badge_kinds and holder.kind.value not in door.badge_kinds:
        return ScanReason.WRONG_KIND
    if (door.opens_at and at < door.opens_at) or (door.closes_at and at >= door.closes_at):
        return ScanReason.OUTSIDE_TIME
    return ScanReason.NONE


def moment_of(said: datetime | None, now: datetime) -> datetime:
    """When a scan was made. A device says so only for one that it could not hand in at once."""
    if said is None or said > now:
        return now
    if said < now - LATEST:
        raise Refused(_l("This scan is more than a week old. Enter it as a late check-in, with the reason."))
    return said


def require_late_moment(edition: Edition, at: datetime, now: datetime, zone: tzinfo) -> None:
    """A late check-in is for a moment of the expo that has passed."""
    day: date = at.astimezone(zone).date()
    if at > now or not edition.starts_on <= day <= edition.ends_on:
        raise Refused(_l("Choose a moment of the expo days that has passed."), "at")


def require_times(opens_at: datetime | None, closes_at: datetime | None) -> None:
    """A gate opens before it closes."""
    if opens_at and closes_at and opens_at >= closes_at:
        raise Refused(_l("The gate must open before it closes."), "closes_at")
