"""Small questions that moves on the board ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from expo.kit.db import db
from expo.programme.models import Session, SessionItem, SessionStatus, Slot
from expo.programme.models_grid import ClosedPlace


def find_closed(edition_id: int, hall_id: int, slot_id: int) -> ClosedPlace | None:
    """Why a hall is closed in a slot; none if it is open."""
    return db.session.scalar(sa.select(ClosedPlace).where(
        ClosedPlace.edition_id == edition_id, ClosedPlace.hall_id == hall_id, ClosedPlace.slot_id == slot_id
    ))


def list_pinned(session: Session, hall_id: int) -> list[tuple[Session, datetime]]:
    """Other sessions that are pinned to a hall and a slot, with the beginning of that slot."""
    return [(row[0], row[1]) for row in db.session.execute(
        sa.select(Session, Slot.starts_at).join(Slot, Slot.id == Session.pinned_slot_id)
        .where(Session.edition_id == session.edition_id, Session.id != session.id, Session.pinned_hall_id == hall_id,
               Session.status != SessionStatus.CANCELLED).order_by(Session.code))]


def sessions_of_items(item_ids: Collection[int]) -> list[int]:
    """The sessions in whose running orders these items stand, in the order in which they are locked."""
    return list(db.session.scalars(
        sa.select(SessionItem.session_id).where(SessionItem.id.in_(item_ids)).distinct().order_by(SessionItem.session_id)
    ))


def list_given(item_ids: Collection[int]) -> list[int]:
    """Which of these numbers items have."""
    return list(db.session.scalars(sa.select(SessionItem.id).where(SessionItem.id.in_(item_ids))))
