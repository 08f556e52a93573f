"""Who has come, who is inside, who is still due: figures of a day, each of which opens its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from expo.checkin.models import Gate, Presence, Scan, ScanKind, ScanResult
from expo.checkin.models_devices import Device
from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.places.models import Region, Venue
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.models_invitations import Delegation

_FIRST = (Scan.kind == ScanKind.ENTRY, Scan.result == ScanResult.ADMITTED)


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
        sa.select(hour, sa.func.count()).where(Scan.gate_id == gate_id, Scan.day == day, *_FIRST).group_by(hour)
    )
    return {int(at): number for at, number in rows}


def entries_by_device(gate_id: int, day: date) -> list[tuple[str, int]]:
    """First entries of a day by device."""
    rows = db.session.execute(
        sa.select(Device.name, sa.func.count()).select_from(Scan).join(Device, Device.id == Scan.device_id)
        .where(Scan.gate_id == gate_id, Scan.day == day, *_FIRST).group_by(Device.name).order_by(Device.name)
    )
    return [(name, number) for name, number in rows]


@dataclass
class Due:
    """People expected and people who came, of one county or one delegation."""

    key: str
    name: str
    due: int = 0
    present: int = 0
    above: str = ""


def _whole(paths: Iterable[str]) -> bool:
    """Whether somebody sees the whole province: people from elsewhere, too, and no condition on regions is needed."""
    return any(path.count("/") <= 2 for path in paths)


def _expected(edition_id: int, paths: Iterable[str]) -> list[Any]:
    """Approved registrations: whoever is approved has a badge."""
    asked = list(paths)
    clauses: list[Any] = [Registration.edition_id == edition_id, Registration.status == RegistrationStatus.APPROVED]
    return clauses if _whole(asked) else [*clauses, in_regions(Registration.region_path, asked)]


def _came(edition_id: int, day: date) -> Any:
    """Who came in anywhere on a day."""
    return sa.select(Scan.registration_id).where(Scan.edition_id == edition_id, Scan.day == day, *_FIRST).distinct()


def _present(edition_id: int, paths: Iterable[str], day: date, *columns: Any) -> Any:
    """Expected people who came on a day: their number by columns."""
    came = _came(edition_id, day).subquery()
    return (
        sa.select(*columns, sa.func.count()).select_from(came)
        .join(Registration, Registration.id == came.c.registration_id).where(*_expected(edition_id, paths))
    )


def due_by_region(edition_id: int, paths: Iterable[str], day: date) -> list[Due]:
    """Due and present by county (or by what somebody named), in the reader's regions."""
    asked = list(paths)
    due = {row[0]: row[1] for row in db.session.execute(
        sa.select(Registration.region_id, sa.func.count()).where(*_expected(edition_id, asked)).group_by(Registration.region_id))}
    present = {row[0]: row[1] for row in db.session.execute(
        _present(edition_id, asked, day, Registration.region_id).group_by(Registration.region_id))}
    above = sa.orm.aliased(Region)
    regions = db.session.execute(
        sa.select(Region.id, Region.path, Region.name, above.name).outerjoin(above, above.id == Region.parent_id)
        .where(Region.id.in_([key for key in due if key is not None])).order_by(Region.path)
    )
    return [Due(path, name, due[key], present.get(key, 0), upper or "") for key, path, name, upper in regions]


def due_by_delegation(edition_id: int, paths: Iterable[str], day: date, q: str = "", limit: int = 200) -> list[Due]:
    """Due and present by delegation, and by organisation of those who come without one; the largest first."""
    asked = list(paths)
    keys = (Registration.delegation_id, Registration.organisation_name)
    clauses = [*_expected(edition_id, asked), sa.or_(Registration.delegation_id.is_not(None), Registration.organisation_name != "")]
    if q:
        named = sa.select(Delegation.id).where(Delegation.edition_id == edition_id, Delegation.name.contains(q, autoescape=True))
        clauses.append(sa.or_(Registration.delegation_id.in_(named), sa.and_(
            Registration.delegation_id.is_(None), Registration.organisation_name.contains(q, autoescape=True))))
    rows = db.session.execute(
        sa.select(*keys, sa.func.min(Registration.id), sa.func.count()).where(*clauses).group_by(*keys))
    groups: dict[tuple[int | None, str], Due] = {}
    for delegation, organisation, first, number in rows:
        key = (delegation, "" if delegation else organisation)
        group = groups.setdefault(key, Due(f"d{delegation}" if delegation else f"o{first}", organisation))
        group.due += number
    largest = sorted(groups.items(), key=lambda item: (-item[1].due, item[1].name))[:limit]
    if largest:
        for delegation, organisation, number in db.session.execute(
                _present(edition_id, asked, day, *keys).where(*clauses[len(_expected(edition_id, asked)):]).group_by(*keys)):
            found = groups.get((delegation, "" if delegation else organisation))
            if found is not None:
                found.present += number
    names = {row[0]: row[1] for row in db.session.execute(
        sa.select(Delegation.id, Delegation.name).where(Delegation.id.in_([key[0] for key, _group in largest if key[0]])))}
    for (delegation, _organisation), group in largest:
        group.name = names.get(delegation or 0, group.name)
    return [group for _key, group in largest]


def name_of_group(chosen: Mapping[str, str]) -> str:
    """The name of the region, delegation or organisation to which a list is narrowed."""
    if chosen.get("delegation", "")[1:].isdecimal():
        if chosen["delegation"][0] == "d":
            return db.session.scalar(sa.select(Delegation.name).where(Delegation.id == int(chosen["delegation"][1:10]))) or ""
        return db.session.scalar(
            sa.select(Registration.organisation_name).where(Registration.id == int(chosen["delegation"][1:10]))) or ""
    if region := chosen.get("region"):
        return db.session.scalar(sa.select(Region.name).where(Region.path == region)) or ""
    return ""


def _of_group(edition_id: int, key: str) -> Any:
    """SQL for "belongs to the delegation or organisation with this key"."""
    number = int(key[1:10]) if key[1:10].isdecimal() else 0
    if key.startswith("d"):
        return Registration.delegation_id == number
    other = sa.orm.aliased(Registration)
    name = sa.select(other.organisation_name).where(other.id == number, other.edition_id == edition_id).scalar_subquery()
    return sa.and_(Registration.organisation_name == name, Registration.delegation_id.is_(None))


def _narrowed(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str]) -> list[Any]:
    """Those who are expected, whether they have come or not."""
    clauses = _expected(edition_id, paths)
    if region := chosen.get("region"):
        clauses.append(Registration.region_path == region)
    if group := chosen.get("delegation"):
        clauses.append(_of_group(edition_id, group))
    if kind := chosen.get("kind"):
        clauses.append(Registration.badge_kind == kind)
    return clauses


def _in_state(edition_id: int, chosen: Mapping[str, str], day: date) -> list[Any]:
    came = sa.exists().where(Scan.registration_id == Registration.id, Scan.edition_id == edition_id, Scan.day == day, *_FIRST)
    states: dict[str, list[Any]] = {"present": [came], "due": [~came]}
    return states.get(chosen.get("state", ""), [])


def list_due(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date, *, cursor: str | None,
             size: int) -> Page[Registration]:
    """People who are expected, one page of them."""
    clauses = [*_narrowed(edition_id, paths, chosen), *_in_state(edition_id, chosen, day)]
    statement = sa.select(Registration).where(*clauses).options(sa.orm.joinedload(Registration.region))
    return keyset_page(statement, [Order(Registration.id)], cursor, size)


def count_due(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date) -> int:
    """How many rows that list has: all, those who came, or the rest."""
    clauses = _narrowed(edition_id, paths, chosen)
    state = chosen.get("state")
    everybody, came = 0, 0
    if state != "present":
        everybody = db.session.scalar(sa.select(sa.func.count()).select_from(Registration).where(*clauses)) or 0
    if state in {"present", "due"}:
        people = _came(edition_id, day).subquery()
        came = db.session.scalar(
            sa.select(sa.func.count()).select_from(people)
            .join(Registration, Registration.id == people.c.registration_id).where(*clauses)) or 0
    return came if state == "present" else everybody - came


def list_due_for_export(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date) -> list[Any]:
    """The list as plain rows: id, name, organisation, kind, region."""
    return list(db.session.execute(
        sa.select(Registration.id, Registration.name, Registration.organisation_name, Registration.badge_kind, Region.name)
        .outerjoin(Region, Region.id == Registration.region_id)
        .where(*_narrowed(edition_id, paths, chosen), *_in_state(edition_id, chosen, day))
        .order_by(Registration.organisation_name, Registration.id)
    ))


def first_entries(edition_id: int, registration_ids: Iterable[int], day: date) -> dict[int, tuple[Any, str]]:
    """When and where people came in first on a day."""
    found: dict[int, tuple[Any, str]] = {}
    rows = db.session.execute(
        sa.select(Scan.registration_id, Scan.at, Gate.name).join(Gate, Gate.id == Scan.gate_id)
        .where(Scan.registration_id.in_(list(registration_ids)), Scan.day == day, Scan.edition_id == edition_id, *_FIRST)
        .order_by(Scan.at)
    )
    for person, at, gate in rows:
        found.setdefault(person or 0, (at, gate))
    return found


def people_of_delegation(edition_id: int, key: str, limit: int = 200) -> list[Registration]:
    """All who are expected from a delegation or an organisation, with badges."""
    return list(db.session.scalars(
        sa.select(Registration).where(*_expected(edition_id, ["/"]), _of_group(edition_id, key))
        .options(sa.orm.selectinload(Registration.badges)).order_by(Registration.id).limit(limit)
    ))


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
        .where(Scan.registration_id.in_(people), *_FIRST)
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
