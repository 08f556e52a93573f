"""Scans on their way into the hash-chained history, and their proof afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from expo.checkin.models import Scan
from expo.kit.db import db
from expo.kit.history import HistoryRow

_CONTENT = (Scan.id, Scan.client_id, Scan.edition_id, Scan.gate_id, Scan.badge_id, Scan.registration_id, Scan.kind,
            Scan.result, Scan.reason, Scan.day, Scan.at, Scan.by_id, Scan.device_id, Scan.merged_at, Scan.decided, Scan.was)


def list_unlinked(most: int) -> Sequence[Any]:
    """The next scans that stand in no row of the history, locked."""
    return db.session.execute(
        sa.select(*_CONTENT).where(Scan.batch.is_(None)).order_by(Scan.id).limit(most).with_for_update(skip_locked=True)
    ).all()


def last_batch() -> int:
    """The number of the newest batch."""
    return db.session.scalar(sa.select(sa.func.max(Scan.batch)).where(Scan.batch.is_not(None))) or 0


def list_batch(number: int) -> Sequence[Any]:
    """The scans of a batch."""
    return db.session.execute(sa.select(*_CONTENT).where(Scan.batch == number).order_by(Scan.id)).all()


def list_links(action: str) -> Sequence[Any]:
    """The history's rows that cover batches: id, number of the batch, what was written."""
    return db.session.execute(
        sa.select(HistoryRow.id, HistoryRow.number, HistoryRow.record_id, HistoryRow.changes)
        .where(HistoryRow.stream == "scan", HistoryRow.action == action).order_by(HistoryRow.number)
    ).all()


def count_linked() -> int:
    """How many scans say that they are covered."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Scan).where(Scan.batch.is_not(None))) or 0
