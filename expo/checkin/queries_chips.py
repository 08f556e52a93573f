"""Chips and their badges."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.checkin.models_chips import Chip
from expo.kit.db import db
from expo.registration.models import Badge


def find_chip(edition_id: int, number: str) -> Chip | None:
    """The chip with this number and its badge."""
    return db.session.scalar(
        sa.select(Chip).where(Chip.edition_id == edition_id, Chip.number == number)
        .options(joinedload(Chip.badge)).with_for_update(of=Chip)
    )


def list_chips_of(registration_id: int) -> list[Chip]:
    """The chips in all badges of a registration."""
    return list(db.session.scalars(
        sa.select(Chip).join(Badge, Badge.id == Chip.badge_id).where(Badge.registration_id == registration_id)))
