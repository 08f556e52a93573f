"""Seat plans of halls: rows of seats, blocks for those who belong together, and who sits where."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.db import Json, Model, relationship
from expo.places.models import Hall, Region
from expo.registration.models import BadgeKind, Registration


class SeatPlan(Model):
    """The seats of a hall for one edition, counted from the stage and from the left."""

    __tablename__ = "seat_plan"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "name"),
        sa.CheckConstraint("row_count BETWEEN 1 AND 100 AND row_length BETWEEN 1 AND 100", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    hall_id: Mapped[int] = mapped_column(sa.ForeignKey("hall.id"))
    name: Mapped[str] = mapped_column(sa.String(30))
    row_count: Mapped[int]
    row_length: Mapped[int]
    # Places without a seat, as ``[row, number]``: pillars, cameras.
    gaps: Mapped[list[Any]] = mapped_column(Json, default=list)
    # Behind these seat numbers runs an aisle.
    aisles: Mapped[list[int]] = mapped_column(default=list)
    # Its seats are printed on badges; one plan of an edition at a time.
    on_badge: Mapped[bool] = mapped_column(default=False)

    hall: Mapped[Hall] = relationship()
    blocks: Mapped[list[SeatBlock]] = relationship(order_by="SeatBlock.position, SeatBlock.id", back_populates="plan")


class SeatBlock(Model):
    """A rectangle of seats for a region, an organisation or a kind of badge."""

    __tablename__ = "seat_block"
    __table_args__ = (
        sa.CheckConstraint("first_row <= last_row AND first_seat <= last_seat AND first_row >= 1 AND first_seat >= 1",
                           name="corners"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("seat_plan.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int] = mapped_column(default=0)
    first_row: Mapped[int]
    last_row: Mapped[int]
    first_seat: Mapped[int]
    last_seat: Mapped[int]
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("region.id"))
    organisation_name: Mapped[str] = mapped_column(sa.String(120), default="")
    badge_kind: Mapped[BadgeKind | None]

    plan: Mapped[SeatPlan] = relationship(back_populates="blocks")
    region: Mapped[Region | None] = relationship()


class Seat(Model):
    """A taken seat."""

    __tablename__ = "seat"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "row_number", "seat_number"),
        sa.UniqueConstraint("plan_id", "registration_id"),
        sa.CheckConstraint("row_number >= 1 AND seat_number >= 1", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("seat_plan.id"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    row_number: Mapped[int]
    seat_number: Mapped[int]

    registration: Mapped[Registration] = relationship()
