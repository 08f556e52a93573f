"""Scanning: readings are made ready, then judged and stored together. Also check-ins entered later, and undoing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from expo.checkin import queries, rules
from expo.checkin.actions_deciding import merge_scans, rebuild_presence, store_allowed, store_scans
from expo.checkin.actions_pack import refresh_pack
from expo.checkin.models import Scan, ScanKind, ScanReason, ScanResult
from expo.checkin.queries_doors import Station, get_door
from expo.checkin.queries_keys import kept_keys
from expo.checkin.rules import LET_IN, Answer, Reading
from expo.checkin.rules_chips import chip_number
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.gathering import Gathering, carry_out
from expo.kit.language import _l
from expo.kit.push import push_soon
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.registration.rules_codes import CodeFault, verify
from expo.registration.rules_live import live_part_of

#: Whoever scans in the same moment shares a transaction. The scan's own row is its log; a job links the rows into the
#: hash-chained history, which would else be the one door through which all gates had to pass.
_gathered: Gathering[Reading, Answer | None] = Gathering(store_allowed)
#: How long a device may take its own scan back.
UNDO_WITHIN = timedelta(minutes=10)


def device_actor(station: Station) -> Actor:
    """The device as whoever did something, by name."""
    return Actor(person_id=None, name=station.name)


def day_of(at: datetime) -> date:
    """The day in the event's zone on which a scan counts."""
    return at.astimezone(current_config().timezone).date()


def read_code(reading: Reading, text: str, edition_id: int) -> None:
    """What a scanned text says, with its live part. The signature is checked before the database is asked."""
    reading.code, reading.live = verify(text, kept_keys(), edition_id, reading.day), live_part_of(text)
    if reading.code is CodeFault.UNKNOWN_CODE and (number := chip_number(text)) is not None:
        reading.chip = (edition_id, number)


def scan(reading: Reading) -> Answer | None:
    """Judge and store one reading; ``None`` for a device that has no business there (any more).

    Staff's right to it was asked before. StoreBusy when nothing can be stored now.
    """
    answer = _gathered.do(reading)
    if answer is not None and answer.result in LET_IN:
        tell_pages(answer.edition_id, answer.gate_id)
    return answer


def tell_pages(edition_id: int, *gate_ids: int) -> None:
    """Let dashboards and screens know that somebody came or went."""
    for gate_id in gate_ids:
        push_soon(f"checkin/{edition_id}/{gate_id}", "changed")
    if gate_ids:
        push_soon(f"checkin/{edition_id}", "changed")


def scan_code(gate_id: int, text: str, *, client_id: str, kind: ScanKind = ScanKind.ENTRY, by: Actor) -> Answer:
    """Somebody shows a code at a gate to signed-in staff."""
    door, now = get_door(gate_id), clock.now()
    by.require(P.CHECKIN_SCAN, region_path=door.region_path, edition_id=door.edition_id)
    reading = Reading(client_id, gate_id, kind, now, day_of(now), by_id=by.person_id)
    read_code(reading, text, door.edition_id)
    return _scanned(reading)


def scan_by_hand(gate_id: int, registration_id: int, *, client_id: str, kind: ScanKind = ScanKind.ENTRY, by: Actor
                 ) -> Answer:
    """Somebody without a readable code is found by name or phone."""
    door, now = get_door(gate_id), clock.now()
    by.require(P.CHECKIN_SCAN, region_path=door.region_path, edition_id=door.edition_id)
    return _scanned(Reading(client_id, gate_id, kind, now, day_of(now), registration_id=registration_id, by_id=by.person_id))


def _scanned(reading: Reading) -> Answer:
    # What this request has read belongs to an older snapshot, as after every action.
    db.session.expunge_all()
    db.session.rollback()
    answer = scan(reading)
    if answer is None:
        raise not_found()
    require_same_badge(answer)
    return answer


def require_same_badge(answer: Answer) -> None:
    """An id that belongs to another badge's scan is a broken device's mistake, not an answer."""
    if answer.holder is None and answer.result is not ScanResult.REFUSED:
        raise Refused(_l("This scan was sent before, with another badge. Scan again."))


def merge(edition_id: int, readings: Sequence[Reading]) -> list[Answer]:
    """Store what was decided without network."""
    if any(reading.pack_id is not None for reading in readings):
        refresh_pack(edition_id)  # Badges issued since are known to the devices by their signature alone.
    answers = carry_out(merge_scans, readings) if readings else []
    tell_pages(edition_id, *{answer.gate_id for answer in answers})
    return answers


def admit_group(edition_id: int, readings: Sequence[Reading]) -> list[Answer]:
    """Several people by hand at once, each judged by the list's rules."""
    answers = carry_out(store_scans, readings) if readings else []
    tell_pages(edition_id, *{answer.gate_id for answer in answers})
    return answers


@action
def enter_late(edition_id: int, gate_id: int, registration_id: int, at: datetime, note: str, *, by: Actor) -> str:
    """补签: somebody was there and was not scanned; an administrator says so, with the reason."""
    door = get_door(gate_id)
    if door.edition_id != edition_id:
        raise not_found()
    by.require(P.CHECKIN_LATE, region_path=door.region_path, edition_id=edition_id)
    rules.require_note(note)
    rules.require_late_moment(get_record(Edition, edition_id), at, clock.now(), current_config().timezone)
    reading = Reading(
        f"late-{uuid4().hex}", gate_id, ScanKind.ENTRY, at, day_of(at), registration_id=registration_id, by_id=by.person_id,
        note=note.strip(), decided=ScanResult.ADMITTED, decided_reason=ScanReason.LATE,
    )
    answer = merge_scans(db.session.connection(), [reading])[0]
    if answer.holder is None:
        raise Refused(_l("This registration has no valid badge."), "registration_id")
    if answer.result is not ScanResult.ADMITTED:
        raise Refused(_l("This person was admitted at this gate on that day already."), "at")
    record("late", "registration", registration_id, {"scan": answer.client_id, "gate": door.name, "at": at.isoformat(),
                                                     "note": note.strip()})
    return answer.client_id


@action
def undo_scan(edition_id: int, scan_id: int, note: str, *, by: Actor) -> None:
    """An organiser takes a scan back that was a mistake, with the reason."""
    found = queries.get_scan(scan_id, edition_id, for_update=True)
    by.require(P.CHECKIN_LATE, region_path=found.gate.region_path, edition_id=edition_id)
    rules.require_note(note)
    _take_back(found, note.strip())


@action
def undo_by_device(station: Station, client_id: str, *, by: Actor) -> Scan:
    """A device takes back what it scanned by mistake a moment ago; with the right to override, what its lists scanned today."""
    found = queries.find_scan(client_id, for_update=True)
    if found is None or found.gate_id not in station.gate_ids:
        raise not_found()
    is_own = found.device_id == station.device_id and clock.now() - found.at <= UNDO_WITHIN
    if not is_own and not ("override" in station.rights and found.day == day_of(clock.now())):
        raise Refused(_l("Only the last minutes' own scans can be taken back here. Ask an organiser."))
    _take_back(found, station.name)
    return found


def _take_back(found: Scan, note: str) -> None:
    if found.result is ScanResult.UNDONE:
        return
    if found.result in {ScanResult.REFUSED, ScanResult.REPEATED}:
        raise Refused(_l("This scan let nobody in, so there is nothing to take back."))
    found.was, found.result, found.undone_at = found.result.value, ScanResult.UNDONE, clock.now()
    db.session.flush()
    if found.registration_id is not None:
        rebuild_presence(db.session.connection(), [found.registration_id])
    record("undone", "registration", found.registration_id, {"scan": found.client_id, "was": found.was, "note": note})


@action
def note_export(edition_id: int, rows: int, what: dict[str, str], *, by: Actor) -> None:
    """Somebody took a list of entries home."""
    record("exported", "edition", edition_id, {"rows": rows, "list": "scans", **what})
