"""The one place where scans are judged and stored: many at once, in one transaction, each exactly once.

Judged is by ``Presence`` under the writer's lock (SQLite) or the lock of the person's row (PostgreSQL). Should the
index of first entries know better, presence was behind: it is made anew from the scans and the scan judged again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from expo.checkin import queries_scanning as queries
from expo.checkin.models import Presence, Scan, ScanKind, ScanReason, ScanResult
from expo.checkin.models_devices import DeviceStatus
from expo.checkin.queries_doors import door_of, renew_doors, station_of
from expo.checkin.rules import LET_IN, Answer, Door, Event, First, Holder, Past, Reading, Where
from expo.checkin.rules_lists import evaluate
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.registration.models import BadgeStatus
from expo.registration.queries_keys import live_secret
from expo.registration.rules_codes import SIGNATURE_BYTES, BadgeCode, CodeFault, encode
from expo.registration.rules_live import Live, check_live

Pair = tuple[int, int]
_ONLY_ONCE = {"once", "once_a_day"}


@dataclass
class _Table:
    """What is known about the people in one batch, kept up to date while it is judged."""

    doors: dict[int, Door] = field(default_factory=dict)
    presence: dict[int, dict[int, Where]] = field(default_factory=dict)
    past: dict[Pair, Past] = field(default_factory=lambda: defaultdict(Past))
    signed_up: set[Pair] = field(default_factory=set)
    inside: dict[tuple[int, date], int] = field(default_factory=dict)


def store_scans(connection: Connection, readings: Sequence[Reading]) -> list[Answer]:
    """Judge and store readings as they come; who asks again gets the answer that is stored."""
    return _store(connection, readings, _holders(connection, readings))


def store_allowed(connection: Connection, readings: Sequence[Reading]) -> list[Answer | None]:
    """The same for readings of devices, each asked for its right in this very transaction; ``None`` without it."""
    holders = _holders(connection, readings)
    allowed = [(r, h) for r, h in zip(readings, holders, strict=True) if _may_scan(connection, r)]
    answers = _store(connection, [r for r, _h in allowed], [h for _r, h in allowed]) if allowed else []
    by_reading = {id(reading): answer for (reading, _holder), answer in zip(allowed, answers, strict=True)}
    return [by_reading.get(id(reading)) for reading in readings]


def _may_scan(connection: Connection, reading: Reading) -> bool:
    if reading.device_id is None:
        return True
    station = station_of(connection, reading.device_id)
    return (
        station is not None and station.status is DeviceStatus.ENROLLED and station.token_hash == reading.token_hash
        and reading.gate_id in station.gate_ids
        and (not reading.force or "override" in station.rights)
        and (not reading.is_by_hand or "search" in station.rights)
    )


def _store(connection: Connection, readings: Sequence[Reading], holders: Sequence[Holder | None]) -> list[Answer]:
    people = [holder.registration_id for holder in holders if holder is not None]
    table = _Table(doors=_doors(connection, readings))
    _take_turns(connection, table)
    table.presence = queries.load_presence(connection, set(people))
    _learn(connection, table, set(people))
    judged = [_judge(connection, table, reading, holder) for reading, holder in zip(readings, holders, strict=True)]
    stored = _insert(connection, table, judged)
    if len(stored) < len(judged):
        judged = [one if one.client_id in stored else _answer_again(connection, table, one, reading, holder)
                  for one, reading, holder in zip(judged, readings, holders, strict=True)]
        stored |= {one.client_id for one in judged if one.is_new}
        table.presence = queries.load_presence(connection, set(people))
    _keep_presence(connection, table, [one for one in judged if one.client_id in stored and one.is_new])
    return [_told(connection, table, one) for one in judged]


@dataclass(slots=True)
class _Judged:
    """A reading with what becomes of it; ``is_new`` until the table says that it was there before."""

    reading: Reading
    door: Door
    holder: Holder | None
    result: ScanResult
    reason: ScanReason
    registration_id: int | None = None
    is_new: bool = True

    @property
    def client_id(self) -> str:
        return self.reading.client_id


def _doors(connection: Connection, readings: Iterable[Reading]) -> dict[int, Door]:
    found: dict[int, Door] = {}
    for gate_id in {reading.gate_id for reading in readings}:
        door = door_of(connection, gate_id)
        if door is None:
            raise not_found()
        found[gate_id] = door
    return found


def _holders(connection: Connection, readings: Sequence[Reading]) -> list[Holder | None]:
    """Whose badges they are. Comes first in every transaction: it also renews what is known of gates and devices."""
    found = queries.load_holders(
        connection, {r.code.number for r in readings if isinstance(r.code, BadgeCode)},
        {r.registration_id for r in readings if r.registration_id is not None},
        {r.pack_id for r in readings if r.pack_id is not None},
        {r.chip[1] for r in readings if r.chip is not None},
    )
    renew_doors(connection, found.stamp)
    return [_holder(found, reading) for reading in readings]


def _holder(found: queries.Holders, reading: Reading) -> Holder | None:
    if isinstance(reading.code, BadgeCode):
        return found.by_number.get(reading.code.number)
    if reading.registration_id is not None:
        return found.by_person.get(reading.registration_id)
    if reading.chip is not None:
        return found.by_chip.get(reading.chip)
    return found.by_pack.get(reading.pack_id) if reading.pack_id is not None else None


def _take_turns(connection: Connection, table: _Table) -> None:
    """Where places are counted, everybody waits for everybody."""
    queries.take_turns(connection, [gate_id for gate_id, door in table.doors.items() if door.rules["capacity"] is not None])


def _learn(connection: Connection, table: _Table, people: set[int]) -> None:
    """What only some lists ask for."""
    if people and any(door.rules["signed_up"] for door in table.doors.values()):
        table.signed_up = queries.load_sign_ups(connection, people)


def _judge(connection: Connection, table: _Table, reading: Reading, holder: Holder | None) -> _Judged:
    door = table.doors[reading.gate_id]
    if holder is not None and holder.edition_id != door.edition_id:
        holder = None
    if holder is None:
        fault = reading.code.value if isinstance(reading.code, CodeFault) else ScanReason.UNKNOWN_CODE
        return _Judged(reading, door, None, ScanResult.REFUSED, ScanReason.NO_BADGE if reading.is_by_hand else ScanReason(fault))
    state = _state(connection, table, door, reading, holder)
    said, why = evaluate(door.rules, _badge(table, door, holder), _scan(door, reading, holder), state)
    result, reason = ScanResult(said), ScanReason(why)
    if reading.force and reason is not ScanReason.NONE:
        result = ScanResult.READMITTED if state["today"] else ScanResult.ADMITTED
        reason = ScanReason.OVERRIDE
    elif reason is ScanReason.NONE and reading.is_by_hand:
        reason = ScanReason.BY_HAND
    judged = _Judged(reading, door, holder, result, reason, holder.registration_id)
    _apply(table, judged)
    return judged


def _badge(table: _Table, door: Door, holder: Holder) -> dict[str, Any]:
    return {"status": holder.status.value, "kind": holder.kind.value, "zones": holder.zones or [],
            "signed_up": (door.gate_id, holder.registration_id) in table.signed_up}


def _scan(door: Door, reading: Reading, holder: Holder) -> dict[str, Any]:
    rules = door.rules
    timed = rules["from"] is not None
    return {
        "kind": reading.kind.value, "at": reading.at.isoformat() if rules["opens_at"] or rules["closes_at"] else "",
        "day": reading.day.isoformat() if rules["days"] else "",
        "time": f"{reading.at.astimezone(current_config().timezone):%H:%M}" if timed else "",
        "live": _live(reading, holder) if rules["live"] else "",
    }


def _live(reading: Reading, holder: Holder) -> str:
    if reading.decided is not None or reading.is_by_hand:
        return "good"  # A person looked, or the device did when there was no network.
    if not isinstance(reading.code, BadgeCode):
        return "live_missing"  # A chip can be copied as paper can.
    # The secret belongs to what is signed, not to the signature, which was checked before.
    secret = live_secret(encode(reading.code, lambda _payload: bytes(SIGNATURE_BYTES)))
    found = check_live(reading.live, secret, holder.number, reading.at) if secret else None
    return "good" if isinstance(found, Live) else str(found.value) if found is not None else "live_missing"


def _state(connection: Connection, table: _Table, door: Door, reading: Reading, holder: Holder) -> dict[str, Any]:
    where = table.presence.get(holder.registration_id, {}).get(door.gate_id)
    today = where is not None and where.day == reading.day
    count = None
    if door.rules["capacity"] is not None:
        key = (door.gate_id, reading.day)
        if key not in table.inside:
            table.inside[key] = queries.count_inside(connection, *key)
        count = table.inside[key]
    return {"today": today, "ever": where is not None, "inside": where is not None and today and where.inside, "count": count}


def _apply(table: _Table, judged: _Judged) -> None:
    """Let the rest of the batch see what this scan does."""
    reading, person = judged.reading, judged.registration_id
    if person is None:
        return
    mine = table.presence.setdefault(person, {})
    before = mine.get(reading.gate_id)
    was_inside = before is not None and before.day == reading.day and before.inside
    after = _after(before, judged)
    if after is None:
        return
    mine[reading.gate_id] = after
    key = (reading.gate_id, reading.day)
    if key in table.inside:
        table.inside[key] += int(after.inside) - int(was_inside)


def _after(before: Where | None, judged: _Judged) -> Where | None:
    """Where somebody is after a scan; ``None`` when it changes nothing."""
    reading = judged.reading
    if reading.kind is ScanKind.ENTRY and judged.result in LET_IN:
        if before is None or before.day < reading.day:
            return Where(reading.day, reading.at, reading.at, True)
        return replace(before, last_at=max(before.last_at, reading.at), inside=True)
    if reading.kind is ScanKind.EXIT and judged.result is ScanResult.ADMITTED and before is not None \
            and before.day == reading.day:
        return replace(before, last_at=max(before.last_at, reading.at), inside=False)
    return None


def _insert(connection: Connection, table: _Table, judged: Sequence[_Judged]) -> set[str]:
    """Store the rows that are not there yet; the ids of those that were stored."""
    rows = [_row(one) for one in judged]
    return set(connection.execute(_insert_scans(connection.dialect.name), rows).scalars())


@cache
def _insert_scans(dialect: str) -> Any:
    # Put together once: that takes longer than carrying it out.
    table: Any = Scan.__table__
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.client_id)


@cache
def _put_presence(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Presence.__table__)  # type: ignore[arg-type]  # It is a Table, declared as something wider.
    return statement.on_conflict_do_update(
        index_elements=["registration_id", "gate_id"],
        set_={name: statement.excluded[name] for name in ("day", "first_at", "last_at", "inside")},
    )


def _row(one: _Judged) -> dict[str, Any]:
    reading = one.reading
    return {
        "client_id": reading.client_id, "edition_id": one.door.edition_id, "gate_id": one.door.gate_id,
        "badge_id": one.holder.badge_id if one.holder else None, "registration_id": one.registration_id,
        "kind": reading.kind, "result": one.result, "reason": one.reason, "day": reading.day, "at": reading.at,
        "by_id": reading.by_id, "device_id": reading.device_id, "merged_at": reading.merged_at,
        "decided": reading.decided.value if reading.decided else None, "note": reading.note,
    }


def _answer_again(connection: Connection, table: _Table, one: _Judged, reading: Reading, holder: Holder | None) -> _Judged:
    """A row was not stored: the device has asked before, or presence was behind what the scans say."""
    seen = queries.load_seen(connection, [one.client_id]).get(one.client_id)
    if seen is not None:
        return _seen(one, seen)
    if one.registration_id is None:
        raise RuntimeError("A scan was neither stored nor there before.")
    pair = (one.door.gate_id, one.registration_id)
    _write_presence(connection, {pair: queries.load_past(connection, [one.registration_id])[pair].where()})
    table.presence[one.registration_id] = queries.load_presence(connection, [one.registration_id])[one.registration_id]
    again = _judge(connection, table, reading, holder)
    if not _insert(connection, table, [again]):
        raise RuntimeError("A scan was judged twice and could not be stored.")
    return again


def _seen(one: _Judged, row: Any) -> _Judged:
    """What is stored under this id; another person's scan under the same id is told as no match."""
    result, reason = queries.result_of(row)
    same = row.registration_id == one.registration_id
    return _Judged(replace(one.reading, kind=row.kind, at=row.at), one.door, one.holder if same else None, result, reason,
                   row.registration_id, is_new=False)


def _keep_presence(connection: Connection, table: _Table, judged: Sequence[_Judged]) -> None:
    """Store where people are after the scans that were stored just now."""
    changed: dict[Pair, Where | None] = {}
    for one in judged:
        if one.registration_id is None:
            continue
        pair = (one.door.gate_id, one.registration_id)
        before = changed.get(pair) or table.presence.get(one.registration_id, {}).get(one.door.gate_id)
        after = _after(before, one)
        if after is not None:
            changed[pair] = after
    _write_presence(connection, changed)


def _write_presence(connection: Connection, places: dict[Pair, Where | None]) -> None:
    rows = [{"gate_id": gate, "registration_id": person, "day": where.day, "first_at": where.first_at,
             "last_at": where.last_at, "inside": where.inside} for (gate, person), where in places.items() if where]
    gone = [pair for pair, where in places.items() if where is None]
    presence: Any = Presence.__table__
    if rows:
        connection.execute(_put_presence(connection.dialect.name), rows)
    for gate, person in gone:
        connection.execute(sa.delete(presence).where(presence.c.gate_id == gate, presence.c.registration_id == person))


def _told(connection: Connection, table: _Table, one: _Judged) -> Answer:
    reading = one.reading
    first = _first(connection, table, one) if reading.kind is ScanKind.ENTRY else None
    return Answer(reading.client_id, one.door.edition_id, one.door.gate_id, one.result, one.reason, reading.kind, reading.at,
                  one.door.name, one.holder, first)


def _first(connection: Connection, table: _Table, one: _Judged) -> First | None:
    """The day's first entry anywhere, unless this scan is it; for a repeat the one at this gate."""
    if one.registration_id is None or one.holder is None:
        return None
    here = one.result is ScanResult.REPEATED
    found = [(where.first_at, gate) for gate, where in table.presence.get(one.registration_id, {}).items()
             if (where.day == one.reading.day or one.reason is ScanReason.ONCE) and (gate == one.door.gate_id or not here)]
    if not found:
        return None
    at, gate_id = min(found)
    if gate_id == one.door.gate_id and at >= one.reading.at and not here:
        return None
    door = door_of(connection, gate_id)
    return First(at, door.name if door else "")


def rebuild_presence(connection: Connection, registration_ids: Iterable[int]) -> None:
    """Make presence anew from what is stored."""
    people = list(registration_ids)
    known: dict[Pair, Where | None] = {(gate, person): None for person, gates in queries.load_presence(connection, people).items() for gate in gates}
    _write_presence(connection, known | {pair: past.where() for pair, past in queries.load_past(connection, people).items()})


def merge_scans(connection: Connection, readings: Sequence[Reading]) -> list[Answer]:
    """Store what devices decided without network. In any order, any number of times, the same rows come of it."""
    holders = dict(zip((r.client_id for r in readings), _holders(connection, readings), strict=True))
    people = {holder.registration_id for holder in holders.values() if holder is not None}
    table = _Table(doors=_doors(connection, readings))
    _take_turns(connection, table)
    _learn(connection, table, people)
    seen = queries.load_seen(connection, list(holders))
    table.past = queries.load_past(connection, people)
    judged: dict[str, _Judged] = {}
    # Who has left stands before who has come, so that the order of arrival does not matter.
    for reading in readings:
        holder = holders[reading.client_id]
        if reading.kind is ScanKind.EXIT and reading.client_id not in seen and holder is not None:
            table.past[reading.gate_id, holder.registration_id].events.append(Event(reading.at, reading.day, False))
    for reading in sorted(readings, key=lambda r: (r.at, r.client_id)):
        if reading.client_id in judged:
            continue
        one = _judge_merged(table, reading, holders[reading.client_id])
        if reading.client_id in seen:
            one = _seen(one, seen[reading.client_id])
        elif one.registration_id is not None:
            _remember(table, one)
        judged[reading.client_id] = one
    new = [one for one in judged.values() if one.is_new]
    if new and len(_insert(connection, table, new)) != len(new):
        raise RuntimeError("Scans that were not there before could not be stored.")
    pairs = {(one.door.gate_id, one.registration_id) for one in new if one.registration_id is not None}
    _write_presence(connection, {pair: where for pair in pairs if (where := table.past[pair].where())})
    return [_told(connection, table, judged[reading.client_id]) for reading in readings]


def _judge_merged(table: _Table, reading: Reading, holder: Holder | None) -> _Judged:
    """What was decided at the door is a fact; what the rules say about it now stands in the reason."""
    door, decided = table.doors[reading.gate_id], reading.decided or ScanResult.REFUSED
    if holder is not None and holder.edition_id != door.edition_id:
        holder = None
    if holder is None:
        fault = reading.code.value if isinstance(reading.code, CodeFault) else ScanReason.UNKNOWN_CODE.value
        reason = reading.decided_reason if decided is ScanResult.REFUSED and reading.decided_reason else ScanReason(fault)
        return _Judged(reading, door, None, ScanResult.REFUSED, reason)
    if decided in {ScanResult.REFUSED, ScanResult.REPEATED}:
        return _Judged(reading, door, holder, decided, reading.decided_reason, holder.registration_id)
    if reading.kind is not ScanKind.ENTRY:
        return _Judged(reading, door, holder, ScanResult.ADMITTED, reading.decided_reason, holder.registration_id)
    past = table.past[door.gate_id, holder.registration_id]
    return _Judged(reading, door, holder, _merged_result(door, past, reading), _merged_reason(table, door, reading, holder),
                   holder.registration_id)


def _merged_result(door: Door, past: Past, reading: Reading) -> ScanResult:
    again = door.rules["again"]
    if not past.was_in(None if again == "once" else reading.day):
        return ScanResult.ADMITTED
    if reading.decided_reason is ScanReason.OVERRIDE or again == "always":
        return ScanResult.READMITTED if past.was_in(reading.day) else ScanResult.ADMITTED
    if again in _ONLY_ONCE or not past.fits(reading.at, reading.day):
        return ScanResult.DOUBLE
    return ScanResult.READMITTED


def _merged_reason(table: _Table, door: Door, reading: Reading, holder: Holder) -> ScanReason:
    if reading.decided_reason is not ScanReason.NONE:
        return reading.decided_reason
    badge = _badge(table, door, holder)
    if holder.ended_at is not None and holder.ended_at > reading.at:
        badge["status"] = BadgeStatus.VALID.value  # It was good when it was shown.
    fresh = {"today": False, "ever": False, "inside": False, "count": None}
    reason = ScanReason(evaluate(door.rules, badge, _scan(door, reading, holder), fresh).reason)
    return ScanReason.BY_HAND if reason is ScanReason.NONE and reading.is_by_hand else reason


def _remember(table: _Table, one: _Judged) -> None:
    """Let the rest of the merge see this entry; the exits are there already."""
    if one.reading.kind is ScanKind.ENTRY and one.result in LET_IN:
        past = table.past[one.door.gate_id, one.registration_id or 0]
        past.events.append(Event(one.reading.at, one.reading.day, is_entry=True))
