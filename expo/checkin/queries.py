"""Gates, entries and counts as pages read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.checkin.models import Gate, Scan, ScanKind, ScanResult, SignUp
from expo.checkin.models_devices import Device
from expo.checkin.queries_figures import count_inside_by_gate, entries_by_hour
from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.people.models import Person
from expo.places.models import Venue
from expo.programme.models import Session
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration


def get_edition(edition_id: int) -> Edition:
    """The edition of a gate."""
    return get_record(Edition, edition_id)


def get_gate(gate_id: int, edition_id: int, paths: Iterable[str], *, for_update: bool = False) -> Gate:
    """A gate of the edition in one's regions, with its venue."""
    statement = sa.select(Gate).where(
        Gate.id == gate_id, Gate.edition_id == edition_id, in_regions(Gate.region_path, paths)
    ).options(joinedload(Gate.venue))
    found = db.session.scalar(statement.with_for_update(of=Gate) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def list_gates(edition_id: int, paths: Iterable[str]) -> list[Gate]:
    """The gates in one's regions, with venues, main venue first by name."""
    return list(db.session.scalars(
        sa.select(Gate).where(Gate.edition_id == edition_id, in_regions(Gate.region_path, paths))
        .options(joinedload(Gate.venue)).order_by(Gate.region_path, Gate.name)
    ))


def find_gate_by_name(edition_id: int, name: str) -> Gate | None:
    """Names of gates are given once in an edition."""
    return db.session.scalar(sa.select(Gate).where(Gate.edition_id == edition_id, Gate.name == name))


def has_scans(gate_id: int) -> bool:
    """Whether anybody was scanned at a gate."""
    return db.session.scalar(sa.select(sa.exists().where(Scan.gate_id == gate_id))) or False


def has_devices(gate_id: int) -> bool:
    """Whether a device stands at a gate."""
    return db.session.scalar(sa.select(sa.exists().where(Device.gate_id == gate_id))) or False


def has_sign_ups(gate_id: int) -> bool:
    """Whether anybody has signed up at a gate."""
    return db.session.scalar(sa.select(sa.exists().where(SignUp.gate_id == gate_id))) or False


def get_scan(scan_id: int, edition_id: int, paths: Iterable[str] | None = None, *, for_update: bool = False) -> Scan:
    """One scan of the edition with its gate and person, in one's regions if they are given."""
    statement = sa.select(Scan).where(Scan.id == scan_id, Scan.edition_id == edition_id).options(
        joinedload(Scan.gate), joinedload(Scan.registration))
    if paths is not None:
        statement = statement.join(Gate, Gate.id == Scan.gate_id).where(in_regions(Gate.region_path, paths))
    found = db.session.scalar(statement.with_for_update(of=Scan) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def find_scan(client_id: str, *, for_update: bool = False) -> Scan | None:
    """The scan that a device made under this id."""
    statement = sa.select(Scan).where(Scan.client_id == client_id)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def list_venues(paths: Iterable[str]) -> list[Venue]:
    """Venues in one's regions."""
    return list(db.session.scalars(
        sa.select(Venue).where(in_regions(Venue.region_path, paths)).order_by(Venue.region_path, Venue.name)
    ))


def find_venue(venue_id: int, paths: Iterable[str]) -> Venue | None:
    """A venue in one's regions."""
    return db.session.scalar(sa.select(Venue).where(Venue.id == venue_id, in_regions(Venue.region_path, paths)))


def list_sessions(edition_id: int, paths: Iterable[str]) -> list[Session]:
    """Sessions to which a gate may belong."""
    return list(db.session.scalars(
        sa.select(Session).where(Session.edition_id == edition_id, in_regions(Session.region_path, paths))
        .order_by(Session.code)
    ))


def is_session_of(session_id: int, edition_id: int) -> bool:
    """Whether a session belongs to an edition."""
    return db.session.scalar(
        sa.select(sa.exists().where(Session.id == session_id, Session.edition_id == edition_id))
    ) or False


@dataclass
class GateDay:
    """One gate's day in figures."""

    gate: Gate
    admitted: int = 0
    repeated: int = 0
    refused: int = 0
    doubles: int = 0
    inside: int = 0
    hours: dict[int, int] = field(default_factory=dict)


def day_of_gates(edition_id: int, gates: Iterable[Gate], day: date) -> list[GateDay]:
    """Entries, repeats and refusals of a day by gate, and the entries by hour in the event's zone."""
    days = {gate.id: GateDay(gate) for gate in gates}
    hour = _local_hour(day)
    rows = db.session.execute(
        sa.select(Scan.gate_id, Scan.result, Scan.kind, hour, sa.func.count())
        .where(Scan.edition_id == edition_id, Scan.day == day, Scan.gate_id.in_(days))
        .group_by(Scan.gate_id, Scan.result, Scan.kind, hour)
    )
    for gate_id, result, kind, at_hour, number in rows:
        found = days[gate_id]
        if result is ScanResult.ADMITTED and kind is ScanKind.ENTRY:
            found.admitted += number
            found.hours[int(at_hour)] = found.hours.get(int(at_hour), 0) + number
        elif result is ScanResult.REPEATED:
            found.repeated += number
        elif result is ScanResult.REFUSED:
            found.refused += number
        elif result is ScanResult.DOUBLE:
            found.doubles += number
    for gate_id, number in count_inside_by_gate(days, day).items():
        days[gate_id].inside = number
    return list(days.values())


def _local_hour(day: date) -> Any:
    """The hour of a scan in the event's zone, as SQL."""
    zone = current_config().timezone
    if db.engine.dialect.name == "postgresql":
        return sa.cast(sa.func.extract("hour", sa.func.timezone(zone.key, Scan.at)), sa.Integer)
    offset = datetime.combine(day, time(12), zone).utcoffset() or timedelta()
    shift = f"{int(offset.total_seconds() // 60):+d} minutes"
    return sa.cast(sa.func.strftime("%H", Scan.at, shift), sa.Integer)


def hours_of(gate_id: int, day: date) -> dict[str, int]:
    """A gate's entries by hour in the event's zone."""
    return {str(hour): number for hour, number in entries_by_hour(gate_id, day, _local_hour(day)).items()}


def count_expected(gate_id: int) -> int:
    """How many people a check-in point may expect: those who signed up, else the valid badges of its kinds."""
    gate = get_record(Gate, gate_id)
    if gate.needs_sign_up:
        return db.session.scalar(sa.select(sa.func.count()).select_from(SignUp).where(SignUp.gate_id == gate_id)) or 0
    clauses = [Badge.edition_id == gate.edition_id, Badge.status == BadgeStatus.VALID]
    if gate.badge_kinds:
        clauses.append(Badge.kind.in_([BadgeKind(one) for one in gate.badge_kinds]))
    return db.session.scalar(sa.select(sa.func.count()).select_from(Badge).where(*clauses)) or 0


def count_entries(edition_id: int, day: date, gate_id: int | None = None) -> int:
    """How many people came in on a day, at one gate or at all of them (each gate counts its own)."""
    clauses = [Scan.edition_id == edition_id, Scan.day == day, Scan.kind == ScanKind.ENTRY,
               Scan.result == ScanResult.ADMITTED]
    if gate_id is not None:
        clauses.append(Scan.gate_id == gate_id)
    return db.session.scalar(sa.select(sa.func.count()).select_from(Scan).where(*clauses)) or 0


def count_people(edition_id: int, day: date) -> int:
    """How many different people came in on a day, at whatever gates."""
    return db.session.scalar(
        sa.select(sa.func.count(sa.distinct(Scan.registration_id)))
        .where(Scan.edition_id == edition_id, Scan.day == day, Scan.kind == ScanKind.ENTRY,
               Scan.result == ScanResult.ADMITTED)
    ) or 0


def list_days(edition_id: int) -> list[date]:
    """Days on which anything was scanned."""
    return list(db.session.scalars(
        sa.select(Scan.day).where(Scan.edition_id == edition_id).distinct().order_by(Scan.day)
    ))


def _narrowed(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str]) -> list[Any]:
    asked = list(paths)
    clauses: list[Any] = [Scan.edition_id == edition_id]
    if not any(path.count("/") <= 2 for path in asked):  # Who sees the whole province sees all gates.
        clauses.append(Scan.gate_id.in_(
            sa.select(Gate.id).where(Gate.edition_id == edition_id, in_regions(Gate.region_path, asked))))
    clauses += [getattr(Scan, name) == chosen[name] for name in ("kind", "result", "reason") if name in chosen]
    for name, column in (("gate", Scan.gate_id), ("registration", Scan.registration_id)):
        if chosen.get(name, "").isdecimal():
            clauses.append(column == int(chosen[name][:15]))
    day = _day(chosen.get("day"))
    if day is not None:
        clauses.append(Scan.day == day)
        if chosen.get("hour", "")[:9].isdecimal() and int(chosen["hour"][:9]) < 24:
            starts = datetime.combine(day, time(int(chosen["hour"])), current_config().timezone).astimezone(UTC)
            clauses += [Scan.at >= starts, Scan.at < starts + timedelta(hours=1)]
    return clauses


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def list_scans(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], *, cursor: str | None, size: int
               ) -> Page[Scan]:
    """Scans at the reader's gates, newest first, with gate, person and who scanned."""
    statement = sa.select(Scan).where(*_narrowed(edition_id, paths, chosen)).options(
        joinedload(Scan.gate), joinedload(Scan.registration), joinedload(Scan.by), joinedload(Scan.device)
    )
    return keyset_page(statement, [Order(Scan.at, descending=True), Order(Scan.id, descending=True)], cursor, size)


def count_scans(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str]) -> int:
    """How many rows that list has."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Scan).where(*_narrowed(edition_id, paths, chosen))
    ) or 0


def list_for_export(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str]) -> list[Any]:
    """The list as plain rows: moment, gate, kind, result, reason, name, organisation, badge kind, note, device, person."""
    return list(db.session.execute(
        sa.select(Scan.at, Gate.name, Scan.kind, Scan.result, Scan.reason, Registration.name,
                  Registration.organisation_name, Registration.badge_kind, Scan.note, Device.name, Person.name)
        .join(Gate, Gate.id == Scan.gate_id).outerjoin(Registration, Registration.id == Scan.registration_id)
        .outerjoin(Device, Device.id == Scan.device_id).outerjoin(Person, Person.id == Scan.by_id)
        .where(*_narrowed(edition_id, paths, chosen)).order_by(Scan.at.desc(), Scan.id.desc())
    ))


def list_scans_of(registration_id: int) -> list[Scan]:
    """Who scanned one's badge, when and where, newest first."""
    return list(db.session.scalars(
        sa.select(Scan).where(Scan.registration_id == registration_id)
        .options(joinedload(Scan.gate).joinedload(Gate.venue)).order_by(Scan.at.desc(), Scan.id.desc()).limit(500)
    ))


def first_entries_today(edition_id: int, registration_ids: Iterable[int], day: date
                        ) -> dict[int | None, list[tuple[datetime, str]]]:
    """Where people in a search's result came in today."""
    found: dict[int | None, list[tuple[datetime, str]]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(Scan.registration_id, Scan.at, Gate.name).join(Gate, Gate.id == Scan.gate_id)
        .where(Scan.edition_id == edition_id, Scan.registration_id.in_(list(registration_ids)), Scan.day == day,
               Scan.kind == ScanKind.ENTRY, Scan.result == ScanResult.ADMITTED)
        .order_by(Scan.at)
    )
    for registration_id, at, gate in rows:
        found[registration_id].append((at, gate))
    return found
