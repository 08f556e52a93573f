"""Devices: made by an organiser, enrolled by a one-time code, changed and revoked at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from expo.checkin import queries, queries_devices, rules_devices
from expo.checkin.models import Gate
from expo.checkin.models_devices import CheckinStamp, Device, DeviceRight, DeviceSign, DeviceStatus
from expo.editions.rules import require_not_archived
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, not_found
from expo.kit.language import LANGUAGES, _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P

S = DeviceStatus
#: After the edition's last day devices go on for so long: what they scanned without network may still arrive.
KEPT_AFTER = timedelta(days=14)
LIFECYCLE = Lifecycle({S.WAITING: {S.ENROLLED, S.REVOKED}, S.ENROLLED: {S.WAITING, S.REVOKED}, S.REVOKED: {S.WAITING}})


@dataclass(frozen=True)
class DeviceEntry:
    """What is said about a device."""

    name: str
    gate_id: int
    more_gate_ids: Sequence[int] = ()
    rights: Sequence[str] = ()


@dataclass(frozen=True)
class Enrolled:
    """A device and what it will prove itself with; neither is stored in clear."""

    device: Device
    token: str


def renew_stamp() -> None:
    """Let every process know, inside this transaction, that a gate or a device has changed."""
    found = queries_devices.find_stamp()
    if found is None:
        found = CheckinStamp(id=1)
        db.session.add(found)
    found.stamp = secrets.randbits(62)
    db.session.flush()


@action
def make_device(edition_id: int, entry: DeviceEntry, *, by: Actor) -> tuple[Device, str]:
    """A new device and the one-time code that enrols it."""
    require_not_archived(queries.get_edition(edition_id))
    device = Device(edition_id=edition_id, made_by_id=by.person_id, status=S.WAITING)
    _write(device, entry, by, P.CHECKIN_MANAGE)
    secret = _wait(device)
    db.session.add(device)
    db.session.flush()
    return device, secret


@action
def make_own_device(edition_id: int, gate_id: int, *, by: Actor) -> tuple[Device, str]:
    """Whoever may scan at a gate makes the phone in the hand a device there: for scanning, searching and printing."""
    require_not_archived(queries.get_edition(edition_id))
    gate = queries.get_gate(gate_id, edition_id, by.region_paths(P.CHECKIN_SCAN, edition_id))
    rights = [DeviceRight.SEARCH.value, DeviceRight.STATISTICS.value]
    if by.may(P.BADGES_PRINT, edition_id=edition_id):
        rights.append(DeviceRight.PRINT.value)
    if by.may(P.CHECKIN_LATE, region_path=gate.region_path, edition_id=edition_id):
        rights.append(DeviceRight.OVERRIDE.value)
    # Whoever has asked before and never enrolled gets the same place again, so that the list does not grow by clicks.
    device = queries_devices.find_waiting_of(by.person_id, gate_id) or Device(
        edition_id=edition_id, made_by_id=by.person_id, status=S.WAITING)
    name = device.name or f"{gate.name[:48]} {secrets.token_hex(3)}"
    _write(device, DeviceEntry(name, gate_id, (), rights), by, P.CHECKIN_SCAN)
    secret = _wait(device)
    db.session.add(device)
    db.session.flush()
    return device, secret


@action
def change_device(edition_id: int, device_id: int, entry: DeviceEntry, *, by: Actor) -> Device:
    """Another place, name or right; holds from the next scan on."""
    device = _managed(edition_id, device_id, by)
    before = device.gate_ids
    _write(device, entry, by, P.CHECKIN_MANAGE)
    device.former_gate_ids = sorted({*device.former_gate_ids, *before} - set(device.gate_ids))
    renew_stamp()
    return device


@action
def renew_code(edition_id: int, device_id: int, *, by: Actor) -> tuple[Device, str]:
    """A new one-time code: the device that held the place until now is out."""
    device = _managed(edition_id, device_id, by)
    if device.status is not S.WAITING:
        LIFECYCLE.move(device, S.WAITING)
    secret = _wait(device)
    renew_stamp()
    return device, secret


@action
def revoke_device(edition_id: int, device_id: int, *, by: Actor) -> Device:
    """A device is lost or done: from this moment it is told nothing any more, and wipes itself when it asks."""
    device = _managed(edition_id, device_id, by)
    _revoke(device)
    renew_stamp()
    return device


@action
def revoke_past() -> None:
    """Daily: devices of an expo that is long over hold names that nobody at a door needs any more."""
    for device in queries_devices.list_past(clock.today(current_config().timezone) - KEPT_AFTER):
        _revoke(device)
        renew_stamp()


def _revoke(device: Device) -> None:
    LIFECYCLE.move(device, S.REVOKED)
    device.revoked_at, device.secret_hash, device.secret_expires_at = clock.now(), None, None
    if device.token_hash is None:
        device.token_hash = rules_devices.hash_of(rules_devices.new_secret())  # Nobody's: it was never enrolled.


@action
def enrol(secret: str, language: str) -> Enrolled:
    """A device shows the one-time code and gets its token; the code is worth nothing afterwards."""
    device = queries_devices.find_by_secret(rules_devices.hash_of(secret))
    if device is None or device.secret_expires_at is None or device.secret_expires_at < clock.now():
        raise Refused(_l("This code is not good any more. Ask the organiser for a new one."))
    require_not_archived(queries.get_edition(device.edition_id))
    LIFECYCLE.move(device, S.ENROLLED)
    own = rules_devices.new_secret()
    device.token_hash, device.secret_hash, device.secret_expires_at = rules_devices.hash_of(own), None, None
    device.enrolled_at = clock.now()
    device.language = language if language in LANGUAGES else device.language
    renew_stamp()
    return Enrolled(device, rules_devices.token_of(device.id, own))


@action(history=False)
def note_sign(device_id: int, queue: int, skew_ms: int, pack: int) -> None:
    """A sign of life: how much waits on the device, how wrong its clock is, how old its pack."""
    sign = queries_devices.find_sign(device_id)
    if sign is None:
        sign = DeviceSign(device_id=device_id)
        db.session.add(sign)
    sign.seen_at, sign.queue, sign.skew_ms, sign.pack = clock.now(), queue, skew_ms, pack


def _managed(edition_id: int, device_id: int, by: Actor) -> Device:
    require_not_archived(queries.get_edition(edition_id))
    return queries_devices.get_device(device_id, edition_id, by.region_paths(P.CHECKIN_MANAGE, edition_id), for_update=True)


def _wait(device: Device) -> str:
    secret = rules_devices.new_secret()
    device.secret_hash = rules_devices.hash_of(secret)
    device.secret_expires_at = clock.now() + rules_devices.ENROL_WITHIN
    device.token_hash, device.revoked_at, device.enrolled_at = None, None, None
    return secret


def _write(device: Device, entry: DeviceEntry, by: Actor, permission: P) -> None:
    paths = by.region_paths(permission, device.edition_id)
    gates: list[Gate] = [queries.get_gate(one, device.edition_id, paths) for one in {entry.gate_id, *entry.more_gate_ids}]
    if not gates:
        raise not_found()
    with db.session.no_autoflush:
        other = queries_devices.find_by_name(device.edition_id, entry.name)
    if other is not None and other.id != device.id:
        raise Refused(_l("There is a device of this name already."), "name")
    device.name, device.gate_id = entry.name, entry.gate_id
    device.more_gate_ids = sorted(set(entry.more_gate_ids) - {entry.gate_id})
    device.rights = [one.value for one in DeviceRight if one.value in entry.rights]
    device.former_gate_ids = device.former_gate_ids or []
