"""Regions, venues and halls."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l, current_language
from expo.kit.words import Labelled


class RegionKind(Labelled):
    PROVINCE = "province", _l("Province")
    CITY = "city", _l("City")
    COUNTY = "county", _l("County")
    NODE = "node", _l("Zone without a code")


class VenueKind(Labelled):
    MAIN = "main", _l("Main venue")
    BRANCH = "branch", _l("Branch venue")


class Region(Model):
    """A node of the tree on which rights are granted. ``path`` holds its own and all upper keys: ``/510000/510100/``."""

    __tablename__ = "region"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'node') = (code IS NULL)", name="code"),
        sa.UniqueConstraint("parent_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RegionKind]
    key: Mapped[str] = mapped_column(sa.String(20), unique=True)
    code: Mapped[str | None] = mapped_column(sa.String(6), unique=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(80), default="")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("region.id"), index=True)
    path: Mapped[str] = mapped_column(RegionPath, unique=True)

    parent: Mapped[Region | None] = relationship(remote_side="Region.id")

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en or self.name if current_language() == "en" else self.name


class Venue(Model):
    """A place where sessions are held (main) or followed (branch)."""

    __tablename__ = "venue"
    __table_args__ = (sa.UniqueConstraint("region_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[VenueKind]
    name: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(160), default="")
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"), index=True)
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    address: Mapped[str] = mapped_column(sa.String(200), default="")

    region: Mapped[Region] = relationship()
    halls: Mapped[list[Hall]] = relationship(back_populates="venue", order_by="Hall.position, Hall.id")

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en or self.name if current_language() == "en" else self.name


class Hall(Model):
    """A room in a venue with its seats and equipment."""

    __tablename__ = "hall"
    __table_args__ = (
        sa.UniqueConstraint("venue_id", "name"),
        sa.CheckConstraint("capacity > 0", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120), default="")
    capacity: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    has_streaming: Mapped[bool] = mapped_column(default=False)
    has_interpreting: Mapped[bool] = mapped_column(default=False)

    venue: Mapped[Venue] = relationship(back_populates="halls")

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en or self.name if current_language() == "en" else self.name
