"""Gates and devices as a process keeps them between scans; a stamp in the database says when they are old."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from expo.checkin.models import Gate
from expo.checkin.models_devices import Device, DeviceStatus
from expo.checkin.queries_scanning import read_stamp
from expo.checkin.rules import Door
from expo.kit.db import db, not_found
from expo.places.models import Venue


@dataclass(frozen=True, slots=True)
class Station:
    """A device as far as it decides."""

    device_id: int
    edition_id: int
    name: str
    gate_ids: tuple[int, ...]
    former_gate_ids: tuple[int, ...]
    rights: frozenset[str]
    token_hash: str | None
    status: DeviceStatus
    language: str


@dataclass
class _Kept:
    stamp: int | None = None
    doors: dict[int, Door] = field(default_factory=dict)
    stations: dict[int, Station] = field(default_factory=dict)


_kept = _Kept()
_guard = threading.Lock()


def forget_doors() -> None:
    """Keep nothing any more: for tests, whose databases come and go."""
    global _kept
    _kept = _Kept()


def renew_doors(connection: Connection, stamp: int | None = None) -> None:
    """Forget what is older than the last change of a gate or a device; ``stamp`` if it was read a moment ago."""
    global _kept
    if stamp is None:
        stamp = read_stamp(connection)
    if stamp != _kept.stamp:
        with _guard:
            if stamp != _kept.stamp:
                _kept = _Kept(stamp)


def door_of(connection: Connection, gate_id: int) -> Door | None:
    """The gate, from what is kept if it is there."""
    kept = _kept
    found = kept.doors.get(gate_id)
    if found is None and (found := _load_door(connection, gate_id)) is not None:
        kept.doors[gate_id] = found
    return found


def station_of(connection: Connection, device_id: int) -> Station | None:
    """The device, from what is kept if it is there."""
    kept = _kept
    found = kept.stations.get(device_id)
    if found is None and (found := station_now(connection, device_id)) is not None:
        kept.stations[device_id] = found
    return found


def kept_station(device_id: int) -> Station | None:
    """The device as it was known last; whoever stores something asks again in the same transaction."""
    return _kept.stations.get(device_id)


def get_door(gate_id: int) -> Door:
    """The gate as it is now, or NotFound."""
    found = _load_door(db.session.connection(), gate_id)
    if found is None:
        raise not_found()
    return found


def _load_door(connection: Connection, gate_id: int) -> Door | None:
    gate = Gate.__table__.c
    row = connection.execute(
        sa.select(Gate.__table__, Venue.name.label("venue_name")).join(Venue, Venue.id == gate.venue_id)
        .where(gate.id == gate_id)
    ).mappings().first()
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    venue = values.pop("venue_name")
    rules = Gate(**values).rules
    return Door(gate_id, values["edition_id"], values["name"], values["region_path"], values["kind"], venue, rules)


def station_now(connection: Connection, device_id: int) -> Station | None:
    """The device as it stands in the database."""
    row = connection.execute(
        sa.select(Device.id, Device.edition_id, Device.name, Device.gate_id, Device.more_gate_ids, Device.former_gate_ids,
                  Device.rights, Device.token_hash, Device.status, Device.language).where(Device.id == device_id)
    ).first()
    if row is None:
        return None
    return Station(row[0], row[1], row[2], tuple(dict.fromkeys((row[3], *row[4]))), tuple(row[5]), frozenset(row[6]),
                   row[7], row[8], row[9])
