"""Entries of somebody who had registered twice: they count for the one person."""

from __future__ import annotations

from expo.checkin import queries_merging as queries
from expo.checkin.actions_deciding import rebuild_presence
from expo.checkin.models import Scan, ScanKind, ScanResult
from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import record
from expo.registration.events import RegistrationsMerged


def move_scans(fact: RegistrationsMerged) -> None:
    """Reaction: what the dropped registration did at the gates counts for the kept one.

    Scans are covered by the history's hashes and are never changed: each is taken back, and a copy of it is made for
    the kept registration. Where that was let in first on the same day, the copy is a coming back.
    """
    there = {(scan.gate_id, scan.day) for scan in queries.list_first_entries(fact.kept_id)}
    for scan in queries.list_scans(fact.dropped_id):
        counts_first = scan.result is ScanResult.ADMITTED and scan.kind is ScanKind.ENTRY
        result = ScanResult.READMITTED if counts_first and (scan.gate_id, scan.day) in there else scan.result
        db.session.add(Scan(
            client_id=f"merged-{scan.id}", edition_id=scan.edition_id, gate_id=scan.gate_id, badge_id=scan.badge_id,
            registration_id=fact.kept_id, kind=scan.kind, result=result, reason=scan.reason, day=scan.day, at=scan.at,
            by_id=scan.by_id, device_id=scan.device_id, merged_at=scan.merged_at, note=scan.note,
        ))
        if counts_first:
            there.add((scan.gate_id, scan.day))
        scan.was, scan.result, scan.undone_at = scan.result.value, ScanResult.UNDONE, clock.now()
        record("undone", "registration", fact.dropped_id, {"scan": scan.client_id, "was": scan.was})
    db.session.flush()
    rebuild_presence(db.session.connection(), [fact.kept_id, fact.dropped_id])
    signed_up = {one.gate_id for one in queries.list_sign_ups(fact.kept_id)}
    for sign_up in queries.list_sign_ups(fact.dropped_id):
        if sign_up.gate_id in signed_up:
            db.session.delete(sign_up)
        else:
            sign_up.registration_id = fact.kept_id
    db.session.flush()
