"""Entries of somebody who had registered twice: they count for the one person."""

from __future__ import annotations

from expo.checkin import queries_merging as queries
from expo.checkin.models import Presence, ScanKind, ScanResult
from expo.kit.db import db
from expo.registration.events import RegistrationsMerged


def move_scans(fact: RegistrationsMerged) -> None:
    """Reaction: scans go over to the kept registration. Of two first entries at one gate on one day the earlier one
    counts and the later one becomes a coming back."""
    there = {(scan.gate_id, scan.day): scan for scan in queries.list_first_entries(fact.kept_id)}
    for scan in queries.list_scans(fact.dropped_id):
        first = there.get((scan.gate_id, scan.day))
        if first is not None and scan.result is ScanResult.ADMITTED and scan.kind is ScanKind.ENTRY:
            later = max(first, scan, key=lambda one: one.at)
            later.result = ScanResult.READMITTED
            db.session.flush()
            there[scan.gate_id, scan.day] = min(first, scan, key=lambda one: one.at)
        scan.registration_id = fact.kept_id
        db.session.flush()
    for row in queries.list_presence(fact.dropped_id):
        mine = queries.find_presence(fact.kept_id, row.gate_id)
        if mine is None:
            db.session.add(Presence(registration_id=fact.kept_id, gate_id=row.gate_id, day=row.day, first_at=row.first_at,
                                    last_at=row.last_at, inside=row.inside))
        elif row.day >= mine.day:
            mine.first_at = min(mine.first_at, row.first_at) if row.day == mine.day else row.first_at
            mine.inside = row.inside if row.last_at > mine.last_at else mine.inside
            mine.last_at, mine.day = max(mine.last_at, row.last_at), row.day
        db.session.delete(row)
    signed_up = {one.gate_id for one in queries.list_sign_ups(fact.kept_id)}
    for sign_up in queries.list_sign_ups(fact.dropped_id):
        if sign_up.gate_id in signed_up:
            db.session.delete(sign_up)
        else:
            sign_up.registration_id = fact.kept_id
    db.session.flush()
