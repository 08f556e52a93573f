"""Devices as organisers see them, and as they see themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.checkin.models import Gate
from expo.checkin.models_devices import CheckinStamp, Device, DeviceSign, DeviceStatus
from expo.checkin.queries_doors import Station, station_now
from expo.editions.models import Edition
from expo.kit.db import db, in_regions, not_found


@dataclass(frozen=True)
class DeviceRow:
    """A device with where it stands and its last sign of life."""

    device: Device
    gate: Gate
    sign: DeviceSign | None


def list_devices(edition_id: int, paths: Iterable[str]) -> list[DeviceRow]:
    """Devices at the reader's gates; those that are revoked last."""
    rows = db.session.execute(
        sa.select(Device, Gate, DeviceSign).join(Gate, Gate.id == Device.gate_id)
        .outerjoin(DeviceSign, DeviceSign.device_id == Device.id)
        .where(Device.edition_id == edition_id, in_regions(Gate.region_path, paths))
        .order_by(Device.status == DeviceStatus.REVOKED, Gate.region_path, Gate.name, Device.name)
    )
    return [DeviceRow(*row) for row in rows]


def get_device(device_id: int, edition_id: int, paths: Iterable[str], *, for_update: bool = False) -> Device:
    """One device at the reader's gates."""
    statement = sa.select(Device).join(Gate, Gate.id == Device.gate_id).where(
        Device.id == device_id, Device.edition_id == edition_id, in_regions(Gate.region_path, paths)
    ).options(joinedload(Device.made_by))
    found = db.session.scalar(statement.with_for_update(of=Device) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def find_by_secret(secret_hash: str) -> Device | None:
    """The device that waits for this one-time code."""
    return db.session.scalar(sa.select(Device).where(Device.secret_hash == secret_hash).with_for_update())


def find_by_name(edition_id: int, name: str) -> Device | None:
    """Names of devices are given once in an edition."""
    return db.session.scalar(sa.select(Device).where(Device.edition_id == edition_id, Device.name == name))


def find_waiting_of(person_id: int | None, gate_id: int) -> Device | None:
    """A device that somebody has made at a gate and not enrolled yet."""
    return db.session.scalar(
        sa.select(Device).where(Device.made_by_id == person_id, Device.gate_id == gate_id, Device.status == DeviceStatus.WAITING)
        .order_by(Device.id).limit(1).with_for_update()
    )


def find_station(device_id: int) -> Station | None:
    """A device as it is now, for its own requests."""
    return station_now(db.session.connection(), device_id)


def find_sign(device_id: int) -> DeviceSign | None:
    """A device's last sign of life."""
    return db.session.get(DeviceSign, device_id)


def find_stamp() -> CheckinStamp | None:
    """The row that changes with every gate and device."""
    return db.session.get(CheckinStamp, 1)


def list_gates_by_ids(edition_id: int, ids: Sequence[int]) -> list[Gate]:
    """Gates with their venues, in the order of ``ids``."""
    found = {gate.id: gate for gate in db.session.scalars(
        sa.select(Gate).where(Gate.edition_id == edition_id, Gate.id.in_(ids)).options(joinedload(Gate.venue))
    )}
    return [found[one] for one in ids if one in found]


def list_past(before: date) -> list[Device]:
    """Devices that are not revoked, of editions that ended before a day."""
    return list(db.session.scalars(
        sa.select(Device).join(Edition, Edition.id == Device.edition_id)
        .where(Device.status != DeviceStatus.REVOKED, Edition.ends_on < before).with_for_update(of=Device)
    ))
