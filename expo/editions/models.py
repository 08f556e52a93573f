"""An edition and its frame."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.places.models import Region, Venue


class EditionStatus(Labelled):
    PREPARING = "preparing", _l("In preparation")
    RUNNING = "running", _l("Running")
    CLOSED = "closed", _l("Closed, in follow-up")
    ARCHIVED = "archived", _l("Archived")


class StageKind(Labelled):
    """What is open between two moments; the words of the loop."""

    NOMINATION = "nomination", _l("Nomination")
    ENDORSEMENT = "endorsement", _l("Endorsement")
    REVIEW = "review", _l("Expert review")
    NOTICE = "notice", _l("Public notice")
    MATERIAL = "material", _l("Exhibitors' material")
    REGISTRATION = "registration", _l("Registration")
    EXPO = "expo", _l("Expo days")
    FOLLOWUP = "followup", _l("Follow-up")


class TargetFigure(Labelled):
    COLLECTED = "collected", _l("Collected tickets")
    SELECTED = "selected", _l("Selected projects")
    SESSIONS = "sessions", _l("Sessions")
    REGISTRATIONS = "registrations", _l("Registrations")
    MEETINGS = "meetings", _l("Meetings held")
    SIGNINGS = "signings", _l("Signed agreements")


class Edition(Model):
    """One year's expo (届)."""

    __tablename__ = "edition"
    __table_args__ = (sa.CheckConstraint("starts_on <= ends_on", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(20), unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120), default="")
    theme: Mapped[str] = mapped_column(sa.String(120), default="")
    theme_en: Mapped[str] = mapped_column(sa.String(160), default="")
    status: Mapped[EditionStatus] = mapped_column(default=EditionStatus.PREPARING)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"))
    # Days within which every project's owner hears a first result after the edition has closed.
    response_days: Mapped[int] = mapped_column(default=30)
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("edition.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]

    venue: Mapped[Venue | None] = relationship()
    stages: Mapped[list[Stage]] = relationship(order_by="Stage.opens_at")
    industries: Mapped[list[Industry]] = relationship(order_by="Industry.position")


class Stage(Model):
    """Something that opens and closes by the clock."""

    __tablename__ = "stage"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "kind"),
        sa.CheckConstraint("opens_at < closes_at", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    kind: Mapped[StageKind]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class Industry(Model):
    """An entry of the edition's own industry list, mapped to sections or divisions of GB/T 4754-2017."""

    __tablename__ = "industry"
    __table_args__ = (sa.UniqueConstraint("edition_id", "code"), sa.UniqueConstraint("edition_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    code: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(80), default="")
    gbt_codes: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)


class Quota(Model):
    """How many projects of a city (all, if none) and kind (all, if none) the edition takes."""

    __tablename__ = "quota"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "region_id", "kind"),
        sa.CheckConstraint("places >= 0", name="places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("region.id"))
    kind: Mapped[ProjectKind | None]
    places: Mapped[int]

    region: Mapped[Region | None] = relationship()


class Target(Model):
    """What the organisers want to reach in one figure, in the whole or in one region."""

    __tablename__ = "target"
    __table_args__ = (sa.UniqueConstraint("edition_id", "figure", "region_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    figure: Mapped[TargetFigure]
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("region.id"))
    value: Mapped[int]

    region: Mapped[Region | None] = relationship()
