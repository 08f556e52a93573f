"""Chips in badges (NFC, RFID)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.registration.models import Badge


class Chip(Model):
    """The chip in somebody's badge, tied to it at a desk: from then on its number is read like the badge's code.

    A number can be copied, so it stands for paper, never for the moving code on a phone; and it is in no offline pack,
    because numbers are too few to keep a box closed.
    """

    __tablename__ = "chip"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "number"),
        sa.CheckConstraint("length(number) >= 6", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    # As readers type it, without strokes and in capitals (rules_chips).
    number: Mapped[str] = mapped_column(sa.String(32), info={"personal": True})
    badge_id: Mapped[int] = mapped_column(sa.ForeignKey("badge.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(sa.ForeignKey("device.id"))
    tied_at: Mapped[datetime] = mapped_column(default=clock.now)

    badge: Mapped[Badge] = relationship()
