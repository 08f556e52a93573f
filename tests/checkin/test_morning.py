"""A whole morning replayed: 2,000 arrivals at 205 venues in a quarter of an hour, networks that fail, totals that reconcile."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from expo.checkin import actions, actions_linking, queries, queries_due, queries_figures
from expo.checkin.actions_devices import renew_stamp
from expo.checkin.models import Again, Gate, GateKind, Scan, ScanKind, ScanReason, ScanResult
from expo.checkin.models_devices import Device, DeviceStatus
from expo.checkin.rules import Reading
from expo.kit import clock, history
from expo.kit.db import db
from expo.kit.unit import action
from expo.people.models import Person
from expo.places.models import Venue, VenueKind
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.rules_codes import BadgeCode
from tests.makers import Places, make_edition

VENUES, PEOPLE, MINUTES = 205, 2000, 15


@action(history=False)
def put(table: Any, rows: list[dict[str, Any]]) -> None:
    db.session.execute(sa.insert(table), rows)


@pytest.fixture
def world(app: Any) -> Any:
    places = Places()
    edition = make_edition("2026")
    region = places.qingyang
    put(Venue, [{"id": n, "kind": VenueKind.BRANCH, "name": f"分会场{n}", "region_id": region.id, "region_path": region.path}
                for n in range(1, VENUES + 1)])
    put(Gate, [{"id": n, "edition_id": edition.id, "name": f"{n} 号分会场", "kind": GateKind.VENUE, "venue_id": n,
                "region_path": region.path, "badge_kinds": [], "days": [], "zones": [], "again": Again.AFTER_EXIT}
               for n in range(1, VENUES + 1)])
    put(Device, [{"id": n, "edition_id": edition.id, "name": f"机{n}", "gate_id": (n + 1) // 2, "more_gate_ids": [],
                  "former_gate_ids": [], "rights": [], "status": DeviceStatus.ENROLLED, "token_hash": "x"}
                 for n in range(1, 2 * VENUES + 1)])
    put(Person, [{"id": n, "name": f"来宾{n}", "phone": f"+86139{n:08d}", "language": "zh_Hans"} for n in range(1, PEOPLE + 1)])
    put(Registration, [{"id": n, "edition_id": edition.id, "person_id": n, "token": f"t{n}", "name": f"来宾{n}",
                        "badge_kind": BadgeKind.VISITOR, "status": RegistrationStatus.APPROVED, "region_id": region.id,
                        "region_path": region.path, "organisation_name": f"单位{n % 40}"} for n in range(1, PEOPLE + 1)])
    put(Badge, [{"id": n, "registration_id": n, "edition_id": edition.id, "kind": BadgeKind.VISITOR, "code": f"{n:012x}",
                 "status": BadgeStatus.VALID} for n in range(1, PEOPLE + 1)])

    @action(history=False)
    def renewed() -> None:
        renew_stamp()

    renewed()
    return edition


def test_the_totals_of_a_morning_reconcile(world: Any) -> None:
    rng, edition_id = random.Random(2026), world.id
    nine = clock.now().replace(hour=1, minute=0, second=0, microsecond=0)
    day = actions.day_of(nine)

    def reading(n: int, person: int, venue: int, at: datetime, device: int, kind: ScanKind = ScanKind.ENTRY) -> Reading:
        code = BadgeCode(BadgeKind.VISITOR, 1, edition_id, day, f"{person:012x}")
        return Reading(f"scan-{n:06d}", venue, kind, at, day, code=code, device_id=device, token_hash="x")

    # Who comes where: most once, some are scanned again, some leave, some of these come back.
    plan: list[tuple[datetime, int, int, ScanKind]] = []
    for person in range(1, PEOPLE + 1):
        venue, at = rng.randint(1, VENUES), nine + timedelta(seconds=rng.uniform(0, MINUTES * 60))
        plan.append((at, person, venue, ScanKind.ENTRY))
        chance = rng.random()
        if chance < 0.05:
            plan.append((at + timedelta(seconds=40), person, venue, ScanKind.ENTRY))
        elif chance < 0.15:
            plan.append((at + timedelta(seconds=90), person, venue, ScanKind.EXIT))
            if chance < 0.10:
                plan.append((at + timedelta(seconds=200), person, venue, ScanKind.ENTRY))
    plan.sort()
    offline = {venue for venue in range(1, VENUES + 1) if venue % 5 == 0}  # Every fifth venue has no network.
    queues: dict[int, list[Reading]] = defaultdict(list)
    known: dict[int, dict[int, bool]] = defaultdict(dict)  # What each device without network remembers: inside or not.
    online, turned_away = Counter(), set()
    with clock.frozen(nine + timedelta(hours=1)):
        for n, (at, person, venue, kind) in enumerate(plan):
            device = 2 * venue - rng.randint(0, 1)
            one = reading(n, person, venue, at, device, kind)
            if venue not in offline:
                answer = actions.scan(one)
                assert answer is not None
                online[answer.result] += 1
                continue
            inside = known[device].get(person)
            one.decided = (ScanResult.ADMITTED if kind is ScanKind.EXIT or inside is None
                           else ScanResult.REPEATED if inside else ScanResult.READMITTED)
            one.decided_reason = ScanReason.INSIDE if one.decided is ScanResult.REPEATED else ScanReason.NONE
            if one.decided is ScanResult.REPEATED:
                turned_away.add(n)  # Also whoever has left by the other device's door: this one does not know of it.
            known[device][person] = kind is ScanKind.ENTRY
            one.merged_at = clock.now()
            queues[device].append(one)
        for device in rng.sample(sorted(queues), len(queues)):
            actions.merge(edition_id, queues[device])
        for device in sorted(queues):
            actions.merge(edition_id, queues[device])  # And all of it once more.

    # An independent count of the same morning: people, not scans.
    came = {(person, venue) for _at, person, venue, kind in plan if kind is ScanKind.ENTRY}
    last: dict[tuple[int, int], ScanKind] = {}
    for n, (_at, person, venue, kind) in enumerate(plan):
        if n not in turned_away:
            last[person, venue] = kind
    inside_by_venue = Counter(venue for (_p, venue), kind in last.items() if kind is ScanKind.ENTRY)

    gates = queries.list_gates(edition_id, ["/"])
    figures = queries_figures.figures_of([gate.id for gate in gates], day)
    assert db.session.query(Scan).count() == len(plan)
    assert {gate: f.admitted for gate, f in figures.items() if f.admitted} == Counter(venue for _p, venue in came)
    assert {gate: f.inside for gate, f in figures.items() if f.inside} == inside_by_venue
    assert queries.count_people(edition_id, day) == PEOPLE
    days = queries.day_of_gates(edition_id, gates, day)
    assert sum(one.admitted for one in days) == sum(sum(one.hours.values()) for one in days) == PEOPLE
    venues = queries_figures.figures_by_venue(gates, day)
    assert (sum(v.people for v in venues), sum(v.inside for v in venues)) == (PEOPLE, sum(inside_by_venue.values()))
    for groups in (queries_due.due_by_region(edition_id, ["/"], day), queries_due.due_by_delegation(edition_id, ["/"], day)):
        assert (sum(g.due for g in groups), sum(g.present for g in groups)) == (PEOPLE, PEOPLE)
    # Repeats that two devices without network did not know of each other are doubles, each with its counted entry.
    doubles = queries_figures.list_doubles(edition_id, ["/"])
    beside = queries_figures.entries_beside(doubles)
    assert doubles
    assert all(row[0].gate_id in offline and (row[0].gate_id, row[0].registration_id, day) in beside for row in doubles)
    repeats = sum(f.repeated + f.doubles for f in figures.values())
    again = sum(kind is ScanKind.ENTRY for *_r, kind in plan) - PEOPLE
    returns = db.session.query(Scan).filter_by(result=ScanResult.READMITTED).count()
    assert repeats + returns == again
    assert online[ScanResult.REFUSED] == 0
    actions_linking.link_scans()
    assert history.verify() == []
