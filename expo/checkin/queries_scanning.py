"""What a scan needs to know, in as few and thin statements as will do: these run for every person at every door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from expo.checkin.models import Gate, Scan, ScanKind, ScanReason, ScanResult
from expo.checkin.rules import Door, Holder
from expo.kit.db import db, not_found
from expo.registration.models import Badge, BadgeStatus, Registration

_DOOR = sa.select(
    Gate.id, Gate.edition_id, Gate.name, Gate.region_path, Gate.badge_kinds, Gate.opens_at, Gate.closes_at
).where(Gate.id == sa.bindparam("gate_id"))
_HOLDER = sa.select(
    Badge.id, Badge.registration_id, Badge.status, Badge.kind, Registration.name, Registration.organisation_name
).join(Registration, Registration.id == Badge.registration_id)
_BY_NUMBER = _HOLDER.where(Badge.code == sa.bindparam("number"), Badge.edition_id == sa.bindparam("edition_id"))
_OF_REGISTRATION = _HOLDER.where(
    Badge.registration_id == sa.bindparam("registration_id"), Badge.status == BadgeStatus.VALID,
    Badge.edition_id == sa.bindparam("edition_id"),
)
_SEEN = sa.select(
    Scan.id, Scan.result, Scan.reason, Scan.kind, Scan.at, Scan.gate_id, Scan.registration_id, Scan.badge_id
).where(Scan.client_id == sa.bindparam("client_id"))
_ENTRY = (
    sa.select(Scan.id, Scan.at, Gate.name)
    .join(Gate, Gate.id == Scan.gate_id)
    .where(Scan.registration_id == sa.bindparam("registration_id"), Scan.day == sa.bindparam("day"),
           Scan.edition_id == sa.bindparam("edition_id"),
           Scan.kind == ScanKind.ENTRY, Scan.result == ScanResult.ADMITTED)
    .order_by(Scan.at, Scan.id).limit(1)
)
_LAST_EXIT = (
    sa.select(Scan.id)
    .where(Scan.registration_id == sa.bindparam("registration_id"), Scan.day == sa.bindparam("day"),
           Scan.edition_id == sa.bindparam("edition_id"), Scan.kind == ScanKind.EXIT, Scan.result == ScanResult.ADMITTED)
    .order_by(Scan.at.desc(), Scan.id.desc()).limit(1)
)


@dataclass(frozen=True)
class Stored:
    """A scan that is there already."""

    id: int
    result: ScanResult
    reason: ScanReason
    kind: ScanKind
    at: datetime
    gate_id: int
    registration_id: int | None
    badge_id: int | None


@dataclass(frozen=True)
class First:
    """When and where somebody came in first."""

    scan_id: int
    at: datetime
    gate: str


def get_door(gate_id: int) -> Door:
    """The gate, or NotFound."""
    found = db.session.execute(_DOOR, {"gate_id": gate_id}).first()
    if found is None:
        raise not_found()
    return Door(*found)


def find_holder(number: str, edition_id: int) -> Holder | None:
    """The badge with this number, whatever its state."""
    found = db.session.execute(_BY_NUMBER, {"number": number, "edition_id": edition_id}).first()
    return Holder(*found) if found else None


def find_holder_of(registration_id: int, edition_id: int) -> Holder | None:
    """The valid badge of a registration."""
    found = db.session.execute(
        _OF_REGISTRATION, {"registration_id": registration_id, "edition_id": edition_id}
    ).first()
    return Holder(*found) if found else None


def find_stored(client_id: str) -> Stored | None:
    """What was answered to a device that asks again."""
    found = db.session.execute(_SEEN, {"client_id": client_id}).first()
    return Stored(*found) if found else None


def find_first_entry(edition_id: int, registration_id: int, day: date, gate_id: int | None = None) -> First | None:
    """The day's first entry, at one gate or anywhere."""
    statement = _ENTRY if gate_id is None else _ENTRY.where(Scan.gate_id == gate_id)
    found = db.session.execute(
        statement, {"edition_id": edition_id, "registration_id": registration_id, "day": day}
    ).first()
    return First(*found) if found else None


def find_last_exit(edition_id: int, registration_id: int, day: date) -> int | None:
    """The day's last exit; it opens the gates once more if nobody has come back on it."""
    return db.session.scalar(_LAST_EXIT, {"edition_id": edition_id, "registration_id": registration_id, "day": day})
