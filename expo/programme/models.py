"""Sessions, time slots, running orders and releases."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition, Industry
from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Organisation, Person
from expo.places.models import Hall, Region
from expo.projects.models import Project


class SessionKind(Labelled):
    """domain: the session kinds of an expo."""

    OPENING = "opening", _l("Opening ceremony")
    PROVINCE = "province", _l("Provincial session")
    CITY = "city", _l("City session")
    OVERSEAS = "overseas", _l("Overseas projects session")
    INTERREGIONAL = "interregional", _l("Beijing–Sichuan–Chongqing exchange")
    COORDINATION = "coordination", _l("Regional coordination")
    SALON = "salon", _l("Innovation salon")
    SIGNING = "signing", _l("Signing ceremony")
    ROADSHOW = "roadshow", _l("Roadshow")
    CHALLENGE = "challenge", _l("Challenge claiming")
    AWARDS = "awards", _l("Award ceremony")
    CLOSING = "closing", _l("Closing conference")
    TRAINING = "training", _l("Training")


class SessionStatus(Labelled):
    DRAFT = "draft", _l("Draft")
    PUBLISHED = "published", _l("Published")
    CANCELLED = "cancelled", _l("Cancelled")


class SessionLanguage(Labelled):
    CHINESE = "zh", _l("Chinese")
    ENGLISH = "en", _l("English")
    BOTH = "both", _l("Chinese and English, interpreted")


class Equipment(Labelled):
    """What a hall offers and a session may need."""

    STREAM = "stream", _l("Streaming")
    INTERPRETING = "interpreting", _l("Interpreting booth")
    STAGE = "stage", _l("Large stage")
    VIDEO = "video", _l("Video link to branch venues")
    DEMONSTRATION = "demonstration", _l("Space to demonstrate exhibits")


class EditionHall(Model):
    """A hall that an edition uses."""

    __tablename__ = "edition_hall"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "hall_id"),
        sa.CheckConstraint("changeover_minutes BETWEEN 0 AND 240", name="changeover"),
        sa.CheckConstraint("(opens_at IS NULL) = (closes_at IS NULL) AND (opens_at IS NULL OR opens_at < closes_at)",
                           name="opening"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    hall_id: Mapped[int] = mapped_column(sa.ForeignKey("hall.id"))
    position: Mapped[int] = mapped_column(default=0)
    #: Wall-clock times, the same on every day; none: open whenever there are slots.
    opens_at: Mapped[time | None]
    closes_at: Mapped[time | None]
    changeover_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The exhibition zone that the hall lies in or beside.
    zone: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    #: Values of ``Equipment`` beside what the hall itself is said to have.
    equipment: Mapped[list[str]] = mapped_column(default=list, server_default="[]")

    hall: Mapped[Hall] = relationship()


class Slot(Model):
    """A time in which sessions may be held, the same for all halls."""

    __tablename__ = "slot"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "starts_at"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Session(Model):
    """One event of the programme (专场). A place is a hall and a slot, both or neither."""

    __tablename__ = "session"
    __table_args__ = (
        sa.CheckConstraint("(hall_id IS NULL) = (slot_id IS NULL)", name="place"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
        sa.CheckConstraint("expected_audience >= 0", name="audience"),
        # A cancelled session gives its place back.
        sa.CheckConstraint("status <> 'cancelled' OR slot_id IS NULL", name="cancelled"),
        sa.CheckConstraint("status <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_reason"),
        sa.CheckConstraint("lead_minutes >= 0", name="lead"),
        sa.CheckConstraint("batches >= 0 AND batch_minutes >= 0", name="batches"),
        sa.CheckConstraint("most_items IS NULL OR most_items > 0", name="most_items"),
        sa.UniqueConstraint("hall_id", "slot_id"),
        sa.UniqueConstraint("edition_id", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    code: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[SessionKind]
    title: Mapped[str] = mapped_column(sa.String(120))
    title_en: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    industry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("industry.id"))
    # Whose session it is: a city's organisers fill their own.
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    hall_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hall.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    minutes: Mapped[int] = mapped_column(default=90)
    expected_audience: Mapped[int] = mapped_column(default=0)
    language: Mapped[SessionLanguage] = mapped_column(default=SessionLanguage.CHINESE)
    is_streamed: Mapped[bool] = mapped_column(default=False)
    moderator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    # Published: in the latest release. What is said of it there changes with the next release only.
    status: Mapped[SessionStatus] = mapped_column(default=SessionStatus.DRAFT)
    cancelled_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    #: Values of ``Equipment``; streaming is asked for by ``is_streamed``.
    needs: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    #: ISO dates; empty: any day.
    allowed_days: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    # What is pinned never moves by itself.
    pinned_hall_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hall.id"))
    pinned_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    pinned_day: Mapped[date | None]
    most_items: Mapped[int | None]
    #: Welcome and speeches before the first project.
    lead_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    #: A signing ceremony goes through its pairs in batches.
    batches: Mapped[int] = mapped_column(default=0, server_default="0")
    batch_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The version of the working draft in which place, pins, facts or running order changed last.
    version: Mapped[int] = mapped_column(default=0, server_default="0", info={"derived": True})

    edition: Mapped[Edition] = relationship()
    industry: Mapped[Industry | None] = relationship()
    region: Mapped[Region] = relationship()
    hall: Mapped[Hall | None] = relationship(foreign_keys=[hall_id])
    slot: Mapped[Slot | None] = relationship(foreign_keys=[slot_id])
    moderator: Mapped[Person | None] = relationship()
    hosts: Mapped[list[SessionHost]] = relationship(order_by="SessionHost.position")
    items: Mapped[list[SessionItem]] = relationship(order_by="SessionItem.position", back_populates="session")


class SessionHost(Model):
    """An organisation that hosts a session; the first one leads."""

    __tablename__ = "session_host"
    __table_args__ = (sa.UniqueConstraint("session_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    position: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship()


class SessionItem(Model):
    """A project in a session's running order, with its minutes and its presenter."""

    __tablename__ = "session_item"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "project_id"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
        sa.CheckConstraint("pause_after BETWEEN 0 AND 240", name="pause"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    position: Mapped[int]
    minutes: Mapped[int] = mapped_column(default=4)
    presenter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    presenter_name: Mapped[str] = mapped_column(sa.String(80), default="")
    #: Minutes of pause between this project and the next one.
    pause_after: Mapped[int] = mapped_column(default=0, server_default="0")
    #: A pinned project stays in its session.
    is_pinned: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    session: Mapped[Session] = relationship(back_populates="items")
    project: Mapped[Project] = relationship()
    presenter: Mapped[Person | None] = relationship()
    others: Mapped[list[ItemPresenter]] = relationship(order_by="ItemPresenter.id", passive_deletes="all")


class ItemPresenter(Model):
    """Somebody who presents a project together with its first presenter."""

    __tablename__ = "item_presenter"
    __table_args__ = (sa.UniqueConstraint("item_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("session_item.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship()


class Release(Model):
    """A published state of the programme; immutable. ``content`` is all that the public pages show."""

    __tablename__ = "release"
    __table_args__ = (sa.UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(Json, info={"derived": True})
    # SHA-256 of the content: processes keep what they have parsed under it.
    digest: Mapped[str] = mapped_column(sa.String(64))
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime] = mapped_column(default=clock.now)

    released_by: Mapped[Person | None] = relationship()


@sa.event.listens_for(Release, "before_update")
@sa.event.listens_for(Release, "before_delete")
def _keep_as_it_is(_mapper: Any, _connection: Any, release: Release) -> None:
    raise RuntimeError(f"release {release.number} is published; it is never changed")
