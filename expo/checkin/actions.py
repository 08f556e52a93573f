"""Scanning: the database decides who is first. Also gates, and check-ins that are entered later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.dialects import postgresql, sqlite

from expo.checkin import rules
from expo.checkin.models import Scan, ScanKind, ScanReason, ScanResult
from expo.checkin.queries_scanning import (
    First,
    Stored,
    find_first_entry,
    find_holder,
    find_holder_of,
    find_last_exit,
    find_stored,
    get_door,
)
from expo.checkin.rules import Door, Holder
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.registration.queries_keys import badge_keys
from expo.registration.rules_codes import BadgeCode, CodeFault, verify


@dataclass(frozen=True)
class Answer:
    """What the person at the gate is told."""

    scan_id: int
    result: ScanResult
    reason: ScanReason
    kind: ScanKind
    at: datetime
    gate: str
    holder: Holder | None
    first: First | None

    @property
    def is_welcome(self) -> bool:
        """Whether the way is free."""
        return self.result in {ScanResult.ADMITTED, ScanResult.READMITTED}


def scan_code(gate_id: int, text: str, *, client_id: str, kind: ScanKind = ScanKind.ENTRY, at: datetime | None = None,
              by: Actor) -> Answer:
    """Somebody shows a code at a gate. The signature is checked before the database is asked for its lock."""
    door = get_door(gate_id)
    moment = rules.moment_of(at, clock.now())
    code = verify(text, badge_keys(), door.edition_id, moment.astimezone(current_config().timezone).date())
    return _scan(door, code, None, client_id=client_id, kind=kind, at=moment, by=by)


def scan_by_hand(gate_id: int, registration_id: int, *, client_id: str, kind: ScanKind = ScanKind.ENTRY, by: Actor
                 ) -> Answer:
    """Somebody without a readable code is found by name or phone."""
    return _scan(get_door(gate_id), None, registration_id, client_id=client_id, kind=kind, at=clock.now(), by=by)


# The scan's own row is the log: who, what, when and where, never changed afterwards. The hash-chained history would
# be one door through which all gates had to pass.
@action(history=False)
def _scan(door: Door, code: BadgeCode | CodeFault | None, registration_id: int | None, *, client_id: str,
          kind: ScanKind, at: datetime, by: Actor) -> Answer:
    by.require(P.CHECKIN_SCAN, region_path=door.region_path, edition_id=door.edition_id)
    if isinstance(code, BadgeCode):
        holder = find_holder(code.number, door.edition_id)
    else:
        holder = find_holder_of(registration_id, door.edition_id) if registration_id else None
    reason = rules.judge(door, code, holder, kind, at)
    write = _writer(door, holder, client_id=client_id, kind=kind, at=at, by=by)
    if reason is not ScanReason.NONE or holder is None:
        return _answer(write(ScanResult.REFUSED, reason), door, holder, client_id)
    found_how = ScanReason.NONE if code else ScanReason.BY_HAND
    written = write(ScanResult.ADMITTED, found_how)
    if written is None and kind is ScanKind.ENTRY and find_stored(client_id) is None:
        written = _second_entry(door, holder, write, found_how, _day(at))
    return _answer(written, door, holder, client_id)


Writer = Callable[..., Stored | None]


def _second_entry(door: Door, holder: Holder, write: Writer, found_how: ScanReason, day: Any) -> Stored | None:
    """Somebody is at this gate for the second time today: back from outside, or with a badge that is inside already."""
    exit_id = find_last_exit(door.edition_id, holder.registration_id, day)
    if exit_id is not None:
        written = write(ScanResult.READMITTED, found_how, after_exit_id=exit_id)
        if written is not None:
            return written
    return write(ScanResult.REPEATED, found_how)


def _writer(door: Door, holder: Holder | None, *, client_id: str, kind: ScanKind, at: datetime, by: Actor) -> Writer:
    values: dict[str, Any] = {
        "client_id": client_id, "edition_id": door.edition_id, "gate_id": door.gate_id,
        "badge_id": holder.badge_id if holder else None, "registration_id": holder.registration_id if holder else None,
        "kind": kind, "day": _day(at), "at": at, "by_id": by.person_id,
    }

    def write(result: ScanResult, reason: ScanReason, **more: Any) -> Stored | None:
        """Insert the row unless an index says that it is not the first; ``None`` then."""
        scan_id = _insert_unless_there({**values, "result": result, "reason": reason, "note": "", **more})
        if scan_id is None:
            return None
        return Stored(scan_id, result, reason, kind, at, door.gate_id, values["registration_id"], values["badge_id"])

    return write


def _insert_unless_there(values: dict[str, Any]) -> int | None:
    dialect = db.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table: Any = Scan.__table__
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
    found = db.session.execute(statement).first()
    return int(found[0]) if found else None


def _answer(written: Stored | None, door: Door, holder: Holder | None, client_id: str) -> Answer:
    """What is told. A device that asks again gets what is stored, so the same answer."""
    stored = written or find_stored(client_id)
    if stored is None:
        raise RuntimeError("A scan was neither written nor there before.")
    if written is None and stored.registration_id != (holder.registration_id if holder else None):
        raise Refused(_l("This scan was sent before, with another badge. Scan again."))
    first = None
    if stored.registration_id is not None and stored.kind is ScanKind.ENTRY:
        first = find_first_entry(door.edition_id, stored.registration_id, _day(stored.at),
                                 door.gate_id if stored.result is ScanResult.REPEATED else None)
    return Answer(stored.id, stored.result, stored.reason, stored.kind, stored.at, door.name, holder,
                  first if first and first.scan_id != stored.id else None)


def _day(at: datetime) -> Any:
    return at.astimezone(current_config().timezone).date()


@action
def enter_late(edition_id: int, gate_id: int, registration_id: int, at: datetime, note: str, *, by: Actor) -> int:
    """补签: somebody was there and was not scanned; an administrator says so, with the reason."""
    door = get_door(gate_id)
    if door.edition_id != edition_id:
        raise not_found()
    by.require(P.CHECKIN_LATE, region_path=door.region_path, edition_id=edition_id)
    rules.require_late_moment(get_record(Edition, edition_id), at, clock.now(), current_config().timezone)
    holder = find_holder_of(registration_id, edition_id)
    if holder is None:
        raise Refused(_l("This registration has no valid badge."), "registration_id")
    write = _writer(door, holder, client_id=f"late-{uuid4().hex}", kind=ScanKind.ENTRY, at=at, by=by)
    written = write(ScanResult.ADMITTED, ScanReason.LATE, note=note.strip())
    if written is None:
        raise Refused(_l("This person was admitted at this gate on that day already."), "at")
    record("late", "registration", registration_id, {"scan": written.id, "gate": door.name, "at": at.isoformat(),
                                                     "note": note.strip()})
    return written.id


@action
def note_export(edition_id: int, rows: int, what: dict[str, str], *, by: Actor) -> None:
    """Somebody took a list of entries home."""
    record("exported", "edition", edition_id, {"rows": rows, "list": "scans", **what})
