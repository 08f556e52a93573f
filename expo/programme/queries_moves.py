"""Small questions that moves on the board ask."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from expo.kit.db import db
from expo.programme.models import Session, SessionItem, SessionStatus
from expo.programme.models_grid import ClosedPlace


def find_closed(edition_id: int, hall_id: int, slot_id: int) -> ClosedPlace | None:
    """Why a hall is closed in a slot; none if it is open."""
    return db.session.scalar(sa.select(ClosedPlace).where(
        ClosedPlace.edition_id == edition_id, ClosedPlace.hall_id == hall_id, ClosedPlace.slot_id == slot_id
    ))


def find_pinned(session_id: int, hall_id: int, slot_id: int) -> Session | None:
    """Another session that is pinned to exactly this place."""
    return db.session.scalar(sa.select(Session).where(
        Session.id != session_id, Session.pinned_hall_id == hall_id, Session.pinned_slot_id == slot_id,
        Session.status != SessionStatus.CANCELLED,
    ).limit(1))


def sessions_of_items(item_ids: Collection[int]) -> list[int]:
    """The sessions in whose running orders these items stand, in the order in which they are locked."""
    return list(db.session.scalars(
        sa.select(SessionItem.session_id).where(SessionItem.id.in_(item_ids)).distinct().order_by(SessionItem.session_id)
    ))
