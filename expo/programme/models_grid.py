"""The grid beyond halls and slots: closed places, ways between halls, the zones of cities."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.db import Model, relationship
from expo.places.models import Hall, Region
from expo.programme.models import Slot

#: Minutes on foot where nothing is written down: within a venue, and from one venue to another.
SAME_VENUE_MINUTES, OTHER_VENUE_MINUTES = 5, 30


class GridSettings(Model):
    """What holds for the whole grid of an edition."""

    __tablename__ = "grid_settings"
    __table_args__ = (sa.CheckConstraint("same_venue_minutes >= 0 AND other_venue_minutes >= 0", name="minutes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), unique=True)
    same_venue_minutes: Mapped[int] = mapped_column(default=SAME_VENUE_MINUTES)
    other_venue_minutes: Mapped[int] = mapped_column(default=OTHER_VENUE_MINUTES)


class ClosedPlace(Model):
    """A hall that cannot be used in a slot, and why."""

    __tablename__ = "closed_place"
    __table_args__ = (sa.UniqueConstraint("edition_id", "hall_id", "slot_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    hall_id: Mapped[int] = mapped_column(sa.ForeignKey("hall.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")

    hall: Mapped[Hall] = relationship()
    slot: Mapped[Slot] = relationship()


class Walk(Model):
    """Minutes on foot between two halls, the same both ways."""

    __tablename__ = "walk"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "one_id", "other_id"),
        sa.CheckConstraint("one_id < other_id", name="order"),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    one_id: Mapped[int] = mapped_column(sa.ForeignKey("hall.id"))
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("hall.id"))
    minutes: Mapped[int]

    one: Mapped[Hall] = relationship(foreign_keys=[one_id])
    other: Mapped[Hall] = relationship(foreign_keys=[other_id])


class CityZone(Model):
    """The exhibition zone of a region: its sessions should be held near it."""

    __tablename__ = "city_zone"
    __table_args__ = (sa.UniqueConstraint("edition_id", "region_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    zone: Mapped[str] = mapped_column(sa.String(40))

    region: Mapped[Region] = relationship()
