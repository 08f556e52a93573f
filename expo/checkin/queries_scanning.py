"""What a scan needs to know, in as few and thin statements as will do: these run for every person at every door.

All take a connection, not the session: they run in the transaction that many scans share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from expo.checkin.models import Presence, Scan, ScanKind, ScanReason, ScanResult, SignUp
from expo.checkin.models_chips import Chip
from expo.checkin.models_devices import CheckinStamp, PackEntry
from expo.checkin.rules import LET_IN, Event, Holder, Past, Where
from expo.registration.models import Badge, BadgeStatus, Registration

_STAMP = sa.select(CheckinStamp.stamp).where(CheckinStamp.id == 1)
#: The stamp comes along with each badge, which spares a question per scan.
_WITH_STAMP = _STAMP.scalar_subquery()
# Whoever judges the same person waits on PostgreSQL until this is done, in one order for all; SQLite has one writer.
_HOLDER = sa.select(
    _WITH_STAMP, Badge.id, Badge.registration_id, Badge.edition_id, Badge.code, Badge.signed, Badge.status, Badge.ended_at, Badge.kind,
    Registration.name, Registration.organisation_name, Registration.zones,
).join(Registration, Registration.id == Badge.registration_id).order_by(Registration.id).with_for_update(
    key_share=True, of=Registration)


def _many(name: str) -> Any:
    return sa.bindparam(name, expanding=True)


_BY_NUMBER = _HOLDER.where(Badge.code.in_(_many("asked")))
_BY_PERSON = _HOLDER.where(Badge.registration_id.in_(_many("asked")), Badge.status == BadgeStatus.VALID)
_BY_PACK_ID = (
    _HOLDER.add_columns(PackEntry.pack_id).join(PackEntry, PackEntry.badge_id == Badge.id)
    .where(PackEntry.pack_id.in_(_many("asked")))
)
_BY_CHIP = (
    _HOLDER.add_columns(Chip.number).join(Chip, sa.and_(Chip.badge_id == Badge.id, Chip.edition_id == Badge.edition_id))
    .where(Chip.number.in_(_many("asked")))
)
_SEEN = sa.select(
    Scan.client_id, Scan.result, Scan.reason, Scan.kind, Scan.at, Scan.gate_id, Scan.registration_id, Scan.badge_id
).where(Scan.client_id.in_(_many("asked")))
_PRESENCE = sa.select(
    Presence.registration_id, Presence.gate_id, Presence.day, Presence.first_at, Presence.last_at, Presence.inside
).where(Presence.registration_id.in_(_many("asked")))
_INSIDE = (
    sa.select(sa.func.count()).select_from(Presence)
    .where(Presence.gate_id == sa.bindparam("gate"), Presence.day == sa.bindparam("day"), Presence.inside)
)
_SIGNED_UP = sa.select(SignUp.gate_id, SignUp.registration_id).where(SignUp.registration_id.in_(_many("asked")))
_PAST = sa.select(Scan.gate_id, Scan.registration_id, Scan.at, Scan.day, Scan.kind).where(
    Scan.registration_id.in_(_many("asked")),
    sa.or_(sa.and_(Scan.kind == ScanKind.ENTRY, Scan.result.in_(list(LET_IN))),
           sa.and_(Scan.kind == ScanKind.EXIT, Scan.result == ScanResult.ADMITTED)),
)
_LOCKS = sa.text("SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS key) AS asked")

Pair = tuple[int, int]


def read_stamp(connection: Connection) -> int:
    """What changes whenever a gate or a device does."""
    return connection.execute(_STAMP).scalar() or 0


@dataclass
class Holders:
    """The badges that a batch of scans asks for, whatever their state, and the stamp that was read with them."""

    by_number: dict[str, Holder] = field(default_factory=dict)
    by_person: dict[int, Holder] = field(default_factory=dict)
    by_pack: dict[bytes, Holder] = field(default_factory=dict)
    by_chip: dict[tuple[int, str], Holder] = field(default_factory=dict)
    stamp: int | None = None


def load_holders(connection: Connection, numbers: Collection[str], people: Collection[int], pack_ids: Collection[bytes],
                 chips: Collection[str]) -> Holders:
    """Badges by the number in their code, the valid ones of people, badges by their id in the offline pack or their chip."""
    found, row = Holders(), None
    if numbers:
        for row in connection.execute(_BY_NUMBER, {"asked": list(numbers)}):
            found.by_number[row[4]] = Holder(*row[1:])
    if people:
        for row in connection.execute(_BY_PERSON, {"asked": list(people)}):
            found.by_person[row[2]] = Holder(*row[1:])
    if pack_ids:
        for row in connection.execute(_BY_PACK_ID, {"asked": list(pack_ids)}):
            found.by_pack[bytes(row[-1])] = Holder(*row[1:-1])
    if chips:
        for row in connection.execute(_BY_CHIP, {"asked": list(chips)}):
            found.by_chip[row[3], row[-1]] = Holder(*row[1:-1])
    found.stamp = (row[0] or 0) if row is not None else None
    return found


def load_seen(connection: Connection, client_ids: Sequence[str]) -> dict[str, Any]:
    """Scans that are stored already, by the device's own id."""
    return {row[0]: row for row in connection.execute(_SEEN, {"asked": list(client_ids)})}


def load_presence(connection: Connection, registration_ids: Collection[int]) -> dict[int, dict[int, Where]]:
    """Where people have been let in, by person and gate."""
    found: dict[int, dict[int, Where]] = defaultdict(dict)
    if registration_ids:
        for row in connection.execute(_PRESENCE, {"asked": list(registration_ids)}):
            found[row[0]][row[1]] = Where(row[2], row[3], row[4], row[5])
    return found


def load_past(connection: Connection, registration_ids: Iterable[int]) -> dict[Pair, Past]:
    """All comings and goings of people, by gate and person."""
    found: dict[Pair, Past] = defaultdict(Past)
    asked = list(registration_ids)
    if asked:
        for row in connection.execute(_PAST, {"asked": asked}):
            found[row[0], row[1] or 0].events.append(Event(row[2], row[3], row[4] is ScanKind.ENTRY))
    return found


def load_sign_ups(connection: Connection, registration_ids: Collection[int]) -> set[Pair]:
    """Who has signed up where: (gate, person)."""
    rows = connection.execute(_SIGNED_UP, {"asked": list(registration_ids)})
    return {(gate, person) for gate, person in rows}


def count_inside(connection: Connection, gate_id: int, day: date) -> int:
    """How many are inside at a gate."""
    return connection.execute(_INSIDE, {"gate": gate_id, "day": day}).scalar() or 0


def take_turns(connection: Connection, keys: Collection[int]) -> None:
    """Wait on PostgreSQL for everybody who counts places at the same gates; SQLite has one writer anyway."""
    if keys and connection.dialect.name == "postgresql":
        connection.execute(_LOCKS, {"keys": sorted(set(keys))})


def result_of(row: Any) -> tuple[ScanResult, ScanReason]:
    """The result and reason of a stored row."""
    return row[1], row[2]
