"""Setting gates up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from expo.checkin import queries, rules
from expo.checkin.actions_devices import renew_stamp
from expo.checkin.models import Again, Gate, GateKind
from expo.editions.rules import require_not_archived
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P


@dataclass(frozen=True)
class GateEntry:
    """What is said about a gate. No kinds: everybody; no times: always."""

    name: str
    venue_id: int
    session_id: int | None
    badge_kinds: Sequence[str]
    opens_at: datetime | None
    closes_at: datetime | None
    kind: GateKind = GateKind.ENTRANCE
    days: Sequence[str] = ()
    zones: Sequence[str] = ()
    day_from: time | None = None
    day_until: time | None = None
    capacity: int | None = None
    again: Again = Again.AFTER_EXIT
    needs_live: bool = False
    needs_sign_up: bool = False
    places: int | None = None


@action
def make_gate(edition_id: int, entry: GateEntry, *, by: Actor) -> Gate:
    """A new gate."""
    require_not_archived(queries.get_edition(edition_id))
    gate = Gate(edition_id=edition_id)
    _write(gate, entry, by)
    db.session.add(gate)
    db.session.flush()
    return gate


@action
def change_gate(edition_id: int, gate_id: int, entry: GateEntry, *, by: Actor) -> Gate:
    """What a gate admits from now on; what was scanned there stays as it was."""
    require_not_archived(queries.get_edition(edition_id))
    gate = queries.get_gate(gate_id, edition_id, by.region_paths(P.CHECKIN_MANAGE, edition_id), for_update=True)
    _write(gate, entry, by)
    renew_stamp()
    return gate


@action
def remove_gate(edition_id: int, gate_id: int, *, by: Actor) -> None:
    """A gate that was made by mistake."""
    gate = queries.get_gate(gate_id, edition_id, by.region_paths(P.CHECKIN_MANAGE, edition_id), for_update=True)
    if queries.has_scans(gate.id):
        raise Refused(_l("People were scanned here, so the gate stays. Close it by giving it an end."))
    if queries.has_devices(gate.id) or queries.has_sign_ups(gate.id):
        raise Refused(_l("Devices or signed-up people belong to this gate. Give them another one first."))
    db.session.delete(gate)
    renew_stamp()


def _write(gate: Gate, entry: GateEntry, by: Actor) -> None:
    rules.require_times(entry.opens_at, entry.closes_at, entry.day_from, entry.day_until)
    venue = queries.find_venue(entry.venue_id, by.region_paths(P.CHECKIN_MANAGE, gate.edition_id))
    if venue is None:
        raise not_found()
    if entry.session_id is not None and not queries.is_session_of(entry.session_id, gate.edition_id):
        raise not_found()
    other = queries.find_gate_by_name(gate.edition_id, entry.name)
    if other is not None and other.id != gate.id:
        raise Refused(_l("There is a gate of this name already."), "name")
    gate.name, gate.venue_id, gate.session_id = entry.name, venue.id, entry.session_id
    gate.region_path, gate.badge_kinds = venue.region_path, list(entry.badge_kinds)
    gate.opens_at, gate.closes_at = entry.opens_at, entry.closes_at
    gate.kind, gate.again, gate.days, gate.zones = entry.kind, entry.again, sorted(entry.days), list(entry.zones)
    gate.day_from, gate.day_until, gate.capacity = entry.day_from, entry.day_until, entry.capacity
    gate.needs_live, gate.needs_sign_up, gate.places = entry.needs_live, entry.needs_sign_up, entry.places
