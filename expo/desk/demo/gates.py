"""Check-in points, their devices, and who has come until half past ten on the second day."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from expo.checkin.actions_deciding import rebuild_presence
from expo.checkin.models import Again, Gate, GateKind, Scan, ScanKind, ScanReason, ScanResult, SignUp
from expo.checkin.models_devices import Device, DeviceSign, DeviceStatus
from expo.desk.demo.making import DAY, Demo
from expo.kit.db import db
from expo.registration.models import BadgeKind

DOORS = "ABCDEF"
_AT_TABLE = (BadgeKind.GUEST, BadgeKind.EXPERT, BadgeKind.PRESENTER, BadgeKind.SIGNATORY)


def make_gates(demo: Demo) -> None:
    """The main venue with six doors, a branch venue in each city, a lunch, and a lecture with places."""
    edition = demo.kept["editions"]["this"]
    _points(demo, edition)
    _devices(demo, edition)
    _scans(demo, edition)
    people = sorted({one for one, _badge, _row in demo.kept["attendees"]})
    for start in range(0, len(people), 500):
        rebuild_presence(db.session.connection(), people[start:start + 500])


def _points(demo: Demo, edition: int) -> None:
    home, main = demo.kept["home"], demo.kept["main_venue"]
    point = {"edition_id": edition, "venue_id": main, "region_path": home.path, "badge_kinds": [], "days": [], "zones": [],
             "again": Again.AFTER_EXIT, "kind": GateKind.ENTRANCE, "needs_sign_up": False}
    rows: list[dict[str, Any]] = [point | {"name": "主会场"}]
    rows += [point | {"name": f"{c.name}分会场", "venue_id": demo.kept["branches"][c.id], "region_path": c.path,
                      "kind": GateKind.VENUE} for c in demo.kept["cities"]]
    rows.append(point | {"name": "嘉宾午餐", "kind": GateKind.MEAL, "badge_kinds": [kind.value for kind in _AT_TABLE],
                         "again": Again.ONCE_A_DAY, "day_from": time(11, 30), "day_until": time(13, 30)})
    rows.append(point | {"name": "院士报告会", "kind": GateKind.SESSION, "capacity": 180, "needs_sign_up": True, "places": 180})
    demo.kept["gates"] = demo.put(Gate, rows)
    visitors = [one for one, _badge, row in demo.kept["attendees"] if row["badge_kind"] is BadgeKind.TRADE_VISITOR][:160]
    demo.put(SignUp, [{"gate_id": demo.kept["gates"][-1], "registration_id": one, "created_at": demo.ago(5)} for one in visitors])


def _devices(demo: Demo, edition: int) -> None:
    gates = demo.kept["gates"]
    rows = [_device(edition, f"主会场 {letter} 口", gates[0], ["search", "statistics"] + (["override", "print"] if letter == "A" else []),
                    more=gates[-2:] if letter == "A" else []) for letter in DOORS]
    rows += [_device(edition, f"{c.name}分会场", gate, ["search"]) for c, gate in zip(demo.kept["cities"], gates[1:], strict=False)]
    rows.append(_device(edition, "主会场备用机", gates[0], ["search"], DeviceStatus.WAITING))
    rows.append(_device(edition, "遗失的手机", gates[0], [], DeviceStatus.REVOKED) | {"revoked_at": demo.ago(1)})
    demo.kept["devices"] = demo.put(Device, rows)
    signs = [{"device_id": device, "seen_at": demo.now - timedelta(seconds=demo.rng.randint(2, 55)), "queue": 0,
              "skew_ms": demo.rng.randint(-400, 400), "pack": 0} for device in demo.kept["devices"][:-2]]
    signs[7] |= {"seen_at": demo.now - timedelta(minutes=26), "queue": 14, "skew_ms": -3200}
    table: Any = DeviceSign.__table__
    db.session.execute(sa.insert(table), signs)


def _device(edition: int, name: str, gate: int, rights: list[str], status: DeviceStatus = DeviceStatus.ENROLLED,
            more: Sequence[int] = ()) -> dict[str, Any]:
    """Nobody knows the secrets of these: a phone takes a place over by a new code."""
    waiting = status is DeviceStatus.WAITING
    secret = hashlib.sha256(name.encode()).hexdigest()
    return {"edition_id": edition, "name": name, "gate_id": gate, "more_gate_ids": list(more), "former_gate_ids": [],
            "rights": rights, "status": status, "language": "zh_Hans", "token_hash": None if waiting else secret,
            "secret_hash": secret if waiting else None, "revoked_at": None}


def _scans(demo: Demo, edition: int) -> None:
    first_day, gates, devices = demo.today - DAY, demo.kept["gates"], demo.kept["devices"]
    rows: list[dict[str, Any]] = []

    def add(registration: int, badge: int, gate: int, device: int, at: datetime, **more: Any) -> dict[str, Any]:
        row = {"client_id": f"demo-{len(rows)}", "edition_id": edition, "gate_id": gate, "badge_id": badge,
               "registration_id": registration, "kind": ScanKind.ENTRY, "result": ScanResult.ADMITTED,
               "reason": ScanReason.NONE, "day": at.astimezone(demo.zone).date(), "at": at, "device_id": device} | more
        rows.append(row)
        return row

    for registration, badge, row in demo.kept["attendees"]:
        place = demo.rng.choice([0] * 36 + list(range(1, len(gates) - 2)))
        for day, share, latest in ((first_day, 0.72, 8 * 60), (demo.today, 0.55, 88)):
            if demo.rng.random() > share:
                continue
            device = devices[demo.rng.randrange(len(DOORS))] if place == 0 else devices[len(DOORS) + place - 1]
            minutes = min(latest, abs(demo.rng.gauss(45, 40)))
            at = demo.at(day, 9) + timedelta(minutes=minutes, seconds=demo.rng.randint(0, 59))
            add(registration, badge, gates[place], device, at)
            chance = demo.rng.random()
            if chance < 0.03:
                add(registration, badge, gates[place], device, min(at + timedelta(minutes=demo.rng.randint(1, 50)), demo.now),
                    result=ScanResult.REPEATED, reason=ScanReason.INSIDE)
            elif chance < 0.045 and place == 0 and day == first_day:
                # Two doors were without network for a quarter of an hour.
                add(registration, badge, gates[0], devices[1], at + timedelta(minutes=demo.rng.randint(2, 12)),
                    result=ScanResult.DOUBLE, decided="admitted", merged_at=demo.at(day, 18))
            elif chance < 0.11 and at + timedelta(minutes=30) < demo.now:
                add(registration, badge, gates[place], device, at + timedelta(minutes=demo.rng.randint(10, 29)), kind=ScanKind.EXIT)
        if row["badge_kind"] in _AT_TABLE and demo.rng.random() < 0.6:
            add(registration, badge, gates[-2], devices[0], demo.at(first_day, 11, 35) + timedelta(minutes=demo.rng.uniform(0, 80)))
    for number in range(9):
        add(1, 1, gates[0], devices[number % 6], demo.at(demo.today, 9, 20 + number), badge_id=None, registration_id=None,
            result=ScanResult.REFUSED, reason=demo.rng.choice([ScanReason.UNKNOWN_CODE, ScanReason.FORGED, ScanReason.OTHER_EDITION]))
    demo.put(Scan, rows)
