"""Scans enter the hash-chained history in batches, a minute later: the chain must not be the one door for all gates."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from expo.checkin import queries_linking as queries
from expo.checkin.models import Scan
from expo.kit.db import db
from expo.kit.history import Break
from expo.kit.unit import action, record

#: So few that scans wait no longer than a few milliseconds for a batch to be linked.
BATCH = 500
#: What one call links at most; the rest follows a minute later.
MOST_BATCHES = 100
_ACTION = "checkin.link_batch:linked"


def link_scans() -> None:
    """Link what has been scanned since the last time."""
    for _round in range(MOST_BATCHES):
        if link_batch() < BATCH:
            return


@action
def link_batch() -> int:
    """One row of the history over the next scans; how many they were."""
    rows = queries.list_unlinked(BATCH)
    if not rows:
        return 0
    number = queries.last_batch() + 1
    db.session.execute(
        sa.update(Scan).where(Scan.id.in_([row.id for row in rows])).values(batch=number)
        .execution_options(synchronize_session=False)
    )
    record("linked", "scan", number, {"scans": len(rows), "sha256": digest(rows)})
    return len(rows)


def digest(rows: Iterable[Any]) -> str:
    """One hash over what scans say. A scan that was taken back says what it was; the taking back has its own row."""
    whole = sha256()
    for row in rows:
        whole.update(json.dumps([
            row.client_id, row.edition_id, row.gate_id, row.badge_id, row.registration_id, row.kind.value,
            row.was or row.result.value, row.reason.value, row.day.isoformat(), row.at.isoformat(), row.by_id, row.device_id,
            row.merged_at.isoformat() if row.merged_at else None, row.decided,
        ], separators=(",", ":")).encode() + b"\n")
    return whole.hexdigest()


def verify_scans() -> list[Break]:
    """Whether the linked scans are still those that were linked; the first batch that is not."""
    covered = 0
    for row_id, number, batch, said in queries.list_links(_ACTION):
        rows = queries.list_batch(int(batch))
        covered += len(rows)
        if len(rows) != said["scans"] or digest(rows) != said["sha256"]:
            return [Break("scan", number, row_id, f"scans of batch {batch} were changed, removed or added")]
    if covered != queries.count_linked():
        return [Break("scan", 0, None, "scans claim to be covered by a row that is not there")]
    return []
