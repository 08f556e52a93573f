"""Registrations and badges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.search import searchable
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.models import Region


class BadgeKind(Labelled):
    GUEST = "guest", _l("Guest of honour")
    EXHIBITOR = "exhibitor", _l("Exhibitor")
    TRADE_VISITOR = "trade_visitor", _l("Trade visitor")
    VISITOR = "visitor", _l("Visitor")
    MEDIA = "media", _l("Media")
    STAFF = "staff", _l("Staff")
    VOLUNTEER = "volunteer", _l("Volunteer")
    EXPERT = "expert", _l("Expert")
    SIGNATORY = "signatory", _l("Signatory")
    CARETAKER = "caretaker", _l("Caretaker")
    PRESENTER = "presenter", _l("Presenter")


class RegistrationStatus(Labelled):
    SUBMITTED = "submitted", _l("Submitted")
    # No place is left; the next free one comes by itself.
    WAITING = "waiting", _l("On the waiting list")
    APPROVED = "approved", _l("Approved")
    DECLINED = "declined", _l("Declined")
    CANCELLED = "cancelled", _l("Cancelled")


class BadgeStatus(Labelled):
    VALID = "valid", _l("Valid")
    REPLACED = "replaced", _l("Replaced by a new badge")
    CANCELLED = "cancelled", _l("Cancelled")


class Registration(Model):
    """A person who attends an edition, under one kind of badge."""

    __tablename__ = "registration"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "person_id"),
        sa.Index("ix_registration_edition_status", "edition_id", "status", "id"),
        sa.Index("ix_registration_edition_id_id", "edition_id", "id"),
        sa.Index("ix_registration_edition_kind", "edition_id", "badge_kind", "id"),
        # Due and present by county and by delegation (checkin).
        sa.Index("ix_registration_edition_region", "edition_id", "status", "region_id"),
        sa.Index("ix_registration_edition_delegation", "edition_id", "status", "delegation_id", "organisation_name", "id"),
        # What quotas count, and what is asked when doubles are looked for.
        sa.Index("ix_registration_places", "edition_id", "badge_kind", "zone", "status"),
        sa.Index("ix_registration_edition_organisation", "edition_id", "organisation_name", "badge_kind", "status"),
        sa.Index("ix_registration_edition_phone", "edition_id", "phone"),
        sa.Index("ix_registration_edition_email", "edition_id", "email"),
        sa.Index("ix_registration_edition_name", "edition_id", "name", "organisation_name"),
        sa.CheckConstraint("(status = 'waiting') = (waiting_since IS NOT NULL)", name="waiting"),
        sa.CheckConstraint("host_id IS NULL OR host_id <> id", name="host"),
        sa.CheckConstraint("status <> 'declined' OR decision_note <> ''", name="declined_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    # Random part of the address under which somebody without an account finds their registration.
    token: Mapped[str] = mapped_column(sa.String(40), unique=True, info={"personal": True})
    badge_kind: Mapped[BadgeKind]
    status: Mapped[RegistrationStatus] = mapped_column(default=RegistrationStatus.SUBMITTED)
    name: Mapped[str] = mapped_column(sa.String(80), info={"personal": True})
    # As given for this edition; the person's own record may know other ones.
    phone: Mapped[str] = mapped_column(sa.String(20), default="", info={"personal": True})
    email: Mapped[str | None] = mapped_column(sa.String(254), info={"personal": True})
    organisation_name: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": True})
    job_title: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": True})
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath, default="/", index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": True})
    synthetic: Mapped[bool] = mapped_column(default=False)
    search_text: Mapped[str] = mapped_column(sa.Text, default="", info={"derived": True})
    # What the organiser's own fields were answered with, by their keys (rules_fields).
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info={"personal": True})
    # The exhibition zone that was chosen, which quotas count; and all zones that the badge opens.
    zone: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    zones: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    # The printed seat of the seat plan, as on the badge: 一号厅 3排12座.
    seat: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    waiting_since: Mapped[datetime | None]
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    delegation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delegation.id"), index=True)
    # With whom an accompanying person comes.
    host_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    birth_year: Mapped[int | None] = mapped_column(info={"personal": True})
    # The registration in which this double of it went on.
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    anonymised_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    region: Mapped[Region | None] = relationship()
    badges: Mapped[list[Badge]] = relationship(back_populates="registration", order_by="Badge.id")


searchable(Registration)


class Badge(Model):
    """An issued badge. ``code`` (6 bytes in hex) is the random number inside its signed QR; a reissue makes a new one."""

    __tablename__ = "badge"
    __table_args__ = (
        sa.Index("uq_badge_one_valid", "registration_id", unique=True,
                 sqlite_where=sa.text("status = 'valid'"), postgresql_where=sa.text("status = 'valid'")),
        sa.CheckConstraint("(status = 'valid') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    kind: Mapped[BadgeKind]
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    # The signed characters of its code (rules_codes), kept so that they are the same bytes whatever becomes of keys and
    # days. Whoever knows them can go in, so the history does not show them. Empty until the code is first needed.
    signed: Mapped[str] = mapped_column(sa.String(122), default="", server_default="", info={"personal": True})
    status: Mapped[BadgeStatus] = mapped_column(default=BadgeStatus.VALID)
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": True})
    # How often it was printed. Printing is no admission; those are scans.
    prints: Mapped[int] = mapped_column(default=0)
    printed_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship(back_populates="badges")


class RegistrationsApart(Model):
    """Two registrations that look like one person's and are not; the smaller number first."""

    __tablename__ = "registrations_apart"
    __table_args__ = (
        sa.UniqueConstraint("first_id", "second_id"),
        sa.CheckConstraint("first_id < second_id", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    first_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    second_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    said_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
