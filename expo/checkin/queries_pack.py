"""What goes into an edition's offline pack, and what has changed since it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from expo.checkin.models import Gate, Presence, SignUp
from expo.checkin.models_devices import Device, DeviceStatus, Pack, PackEntry
from expo.editions.models import Edition, EditionStatus
from expo.kit.db import db
from expo.kit.history import HistoryHead, HistoryRow
from expo.registration.models import Badge, Registration


def list_editions_with_devices() -> list[int]:
    """Editions that are on and have devices."""
    return list(db.session.scalars(
        sa.select(Device.edition_id).join(Edition, Edition.id == Device.edition_id)
        .where(Device.status == DeviceStatus.ENROLLED, Edition.status.in_([EditionStatus.PREPARING, EditionStatus.RUNNING]))
        .distinct()
    ))


def find_pack(edition_id: int, *, for_update: bool = False) -> Pack | None:
    """How far the pack has come."""
    statement = sa.select(Pack).where(Pack.edition_id == edition_id)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def head_of(stream: str) -> int:
    """The number of a stream's last row."""
    return db.session.scalar(sa.select(HistoryHead.number).where(HistoryHead.stream == stream)) or 0


def changed_since(stream: str, number: int, most: int) -> tuple[int, set[int], bool]:
    """Records that the history says were touched after a row: the last row read, their ids, and whether these are all."""
    rows = db.session.execute(
        sa.select(HistoryRow.number, HistoryRow.record_id)
        .where(HistoryRow.stream == stream, HistoryRow.number > number).order_by(HistoryRow.number).limit(most)
    ).all()
    return (rows[-1][0] if rows else number), {int(row[1]) for row in rows if row[1].isdecimal()}, len(rows) < most


def badges_after(edition_id: int, badge_id: int, most: int) -> list[int]:
    """The next badges of the edition by number."""
    return list(db.session.scalars(
        sa.select(Badge.id).where(Badge.edition_id == edition_id, Badge.id > badge_id).order_by(Badge.id).limit(most)
    ))


def badges_of(edition_id: int, registration_ids: Collection[int]) -> set[int]:
    """All badges of registrations."""
    if not registration_ids:
        return set()
    return set(db.session.scalars(
        sa.select(Badge.id).where(Badge.edition_id == edition_id, Badge.registration_id.in_(registration_ids))
    ))


def load_contents(edition_id: int, badge_ids: Collection[int]) -> list[Any]:
    """Badges with what a gate is told about their holders, and the pack's entry that is there already."""
    return list(db.session.execute(
        sa.select(Badge.id, Badge.code, Badge.signed, Badge.status, Badge.kind, Badge.registration_id, Registration.name,
                  Registration.organisation_name, PackEntry.digest, Registration.zones)
        .join(Registration, Registration.id == Badge.registration_id)
        .outerjoin(PackEntry, PackEntry.badge_id == Badge.id)
        .where(Badge.id.in_(badge_ids), Badge.edition_id == edition_id)
    ))


def sign_ups_of(registration_ids: Collection[int]) -> dict[int, list[int]]:
    """The lists for which people have signed up."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(SignUp.registration_id, SignUp.gate_id).where(SignUp.registration_id.in_(registration_ids))
        .order_by(SignUp.gate_id)
    )
    for person, gate in rows:
        found[person].append(gate)
    return found


def needs_live(edition_id: int) -> bool:
    """Whether any list of the edition demands the live code."""
    return db.session.scalar(sa.select(sa.exists().where(Gate.edition_id == edition_id, Gate.needs_live))) or False


def list_entries(edition_id: int, since: int) -> list[tuple[bytes, bytes]]:
    """Ids and boxes that are newer than a version, sorted by id."""
    rows = db.session.execute(
        sa.select(PackEntry.pack_id, PackEntry.box)
        .where(PackEntry.edition_id == edition_id, PackEntry.version > since).order_by(PackEntry.pack_id)
    )
    return [(bytes(row[0]), bytes(row[1])) for row in rows]


def list_presence(gate_id: int, day: date, since: datetime | None) -> list[Any]:
    """Who has been admitted at a list on a day, by the pack's id: id, moment of the last scan, whether inside."""
    statement = (
        sa.select(PackEntry.pack_id, Presence.last_at, Presence.inside)
        .join(Badge, Badge.registration_id == Presence.registration_id)
        .join(PackEntry, PackEntry.badge_id == Badge.id)
        .where(Presence.gate_id == gate_id, Presence.day == day, Badge.status == "valid").order_by(Presence.last_at)
    )
    return list(db.session.execute(statement.where(Presence.last_at >= since) if since else statement))


def get_edition_row(edition_id: int) -> Edition | None:
    """The edition of a device."""
    return db.session.get(Edition, edition_id)
