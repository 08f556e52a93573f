"""Broadcasts by session."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db
from expo.streaming.models import Broadcast, BroadcastStatus


def list_statuses(session_ids: Collection[int]) -> dict[int, BroadcastStatus]:
    """Session → what is planned; sessions that nobody has decided about are missing."""
    rows: Any = db.session.execute(
        sa.select(Broadcast.session_id, Broadcast.status).where(Broadcast.session_id.in_(session_ids))
    )
    return dict(tuple(row) for row in rows)


def find_for_update(session_id: int) -> Broadcast | None:
    """The broadcast of a session, locked."""
    return db.session.scalar(
        sa.select(Broadcast).where(Broadcast.session_id == session_id).with_for_update()
        .execution_options(populate_existing=True)
    )
