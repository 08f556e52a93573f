"""Who has come and who is inside: figures of a day, each of which opens its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from expo.checkin.models import Gate, Presence, Scan, ScanKind, ScanResult
from expo.checkin.models_devices import Device
from expo.kit.db import db, in_regions
from expo.places.models import Venue
from expo.registration.models import Registration

#: What a scan is that let somebody in first on its day.
FIRST = (Scan.kind == ScanKind.ENTRY, Scan.result == ScanResult.ADMITTED)


@dataclass
class Figures:
    """A check-in point's day."""

    admitted: int = 0
    inside: int = 0
    repeated: int = 0
    refused: int = 0
    doubles: int = 0


def figures_of(gate_ids: Iterable[int], day: date) -> dict[int, Figures]:
    """A day's figures by gate; what is not listed is 0."""
    ids = list(gate_ids)
    found: dict[int, Figures] = defaultdict(Figures)
    rows = db.session.execute(
        sa.select(Scan.gate_id, Scan.result, sa.func.count()).where(
            Scan.gate_id.in_(ids), Scan.day == day, Scan.kind == ScanKind.ENTRY).group_by(Scan.gate_id, Scan.result)
    )
    names = {ScanResult.ADMITTED: "admitted", ScanResult.REPEATED: "repeated", ScanResult.REFUSED: "refused",
             ScanResult.DOUBLE: "doubles"}
    for gate, result, number in rows:
        if result in names:
            setattr(found[gate], names[result], number)
    for gate, number in count_inside_by_gate(ids, day).items():
        found[gate].inside = number
    return found


def count_inside_by_gate(gate_ids: Iterable[int], day: date) -> dict[int, int]:
    """How many are inside now."""
    rows = db.session.execute(
        sa.select(Presence.gate_id, sa.func.count()).where(
            Presence.gate_id.in_(list(gate_ids)), Presence.day == day, Presence.inside).group_by(Presence.gate_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass
class VenueFigures:
    """All check-in points of one venue: people, not passages."""

    venue: Venue
    people: int = 0
    inside: int = 0
    gates: int = 0


def figures_by_venue(gates: Iterable[Gate], day: date) -> list[VenueFigures]:
    """How many different people came to a venue on a day, and how many are inside somewhere in it."""
    rows: dict[int, VenueFigures] = {}
    ids = []
    for gate in gates:
        rows.setdefault(gate.venue_id, VenueFigures(gate.venue)).gates += 1
        ids.append(gate.id)
    counted = db.session.execute(
        sa.select(Gate.venue_id, sa.func.count(sa.distinct(Presence.registration_id)),
                  sa.func.count(sa.distinct(sa.case((Presence.inside, Presence.registration_id)))))
        .join(Gate, Gate.id == Presence.gate_id).where(Presence.gate_id.in_(ids), Presence.day == day)
        .group_by(Gate.venue_id)
    )
    for venue_id, people, inside in counted:
        rows[venue_id].people, rows[venue_id].inside = people, inside
    return list(rows.values())


def entries_by_hour(gate_id: int, day: date, hour: Any) -> dict[int, int]:
    """First entries of a day by hour; ``hour`` is the SQL of a scan's hour in the event's zone."""
    rows = db.session.execute(
        sa.select(hour, sa.func.count()).where(Scan.gate_id == gate_id, Scan.day == day, *FIRST).group_by(hour)
    )
    return {int(at): number for at, number in rows}


def entries_by_device(gate_id: int, day: date) -> list[tuple[str, int]]:
    """First entries of a day by device."""
    rows = db.session.execute(
        sa.select(Device.name, sa.func.count()).select_from(Scan).join(Device, Device.id == Scan.device_id)
        .where(Scan.gate_id == gate_id, Scan.day == day, *FIRST).group_by(Device.name).order_by(Device.name)
    )
    return [(name, number) for name, number in rows]


def list_doubles(edition_id: int, paths: Iterable[str], limit: int = 500) -> list[Any]:
    """Entries that turned out to be second ones, with gate, person and device, the newest first."""
    return list(db.session.execute(
        sa.select(Scan, Gate, Registration, Device.name)
        .join(Gate, Gate.id == Scan.gate_id).join(Registration, Registration.id == Scan.registration_id)
        .outerjoin(Device, Device.id == Scan.device_id)
        .where(Scan.edition_id == edition_id, Scan.merged_at.is_not(None), Scan.result == ScanResult.DOUBLE,
               in_regions(Gate.region_path, paths))
        .order_by(Gate.name, Scan.at.desc()).limit(limit)
    ))


def entries_beside(doubles: Iterable[Any]) -> dict[tuple[int, int, date], Any]:
    """The entries that were counted where somebody was let in twice: by gate, person and day."""
    people = {row[0].registration_id for row in doubles}
    if not people:
        return {}
    rows = db.session.execute(
        sa.select(Scan, Device.name).outerjoin(Device, Device.id == Scan.device_id)
        .where(Scan.registration_id.in_(people), *FIRST)
    )
    return {(scan.gate_id, scan.registration_id or 0, scan.day): (scan, device) for scan, device in rows}


def list_against_rules(edition_id: int, paths: Iterable[str], limit: int = 500) -> list[Any]:
    """Entries that a device granted without network although the rules said no: with gate, person and device."""
    fine = ["", "by_hand", "not_in_pack", "late", "override"]
    return list(db.session.execute(
        sa.select(Scan, Gate, Registration, Device.name)
        .join(Gate, Gate.id == Scan.gate_id).outerjoin(Registration, Registration.id == Scan.registration_id)
        .outerjoin(Device, Device.id == Scan.device_id)
        .where(Scan.edition_id == edition_id, Scan.merged_at.is_not(None), Scan.decided.in_(["admitted", "readmitted"]),
               Scan.kind == ScanKind.ENTRY, Scan.result != ScanResult.DOUBLE, Scan.reason.not_in(fine),
               in_regions(Gate.region_path, paths))
        .order_by(Gate.name, Scan.at.desc()).limit(limit)
    ))
