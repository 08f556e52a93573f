"""Service tickets and the visits made for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.words import ProjectKind, Side
from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.search import searchable
from expo.kit.words import Labelled
from expo.people.models import Organisation, Person
from expo.places.models import Region


class TicketStage(Labelled):
    """The seven stages of service, in order."""

    OUTREACH = "outreach", _l("Outreach")
    CONTACT = "contact", _l("First contact")
    GUIDED_SIGN_UP = "guided_sign_up", _l("Guided sign-up")
    PUBLICATION = "publication", _l("Information published")
    MATCHING = "matching", _l("Matching")
    TALKS = "talks", _l("Talks")
    DEAL = "deal", _l("Closing the deal")


class TicketStatus(Labelled):
    OPEN = "open", _l("In service")
    CLOSED = "closed", _l("Closed")


class TicketOutcome(Labelled):
    DEAL = "deal", _l("Deal made")
    SOLVED = "solved", _l("Solved")
    NO_MATCH = "no_match", _l("No match found")
    WITHDRAWN = "withdrawn", _l("Withdrawn by the owner")
    DUPLICATE = "duplicate", _l("Duplicate of another ticket")


class VisitKind(Labelled):
    ON_SITE = "on_site", _l("On site")
    PHONE = "phone", _l("By phone")
    ONLINE = "online", _l("Online")


def _where(name: str, columns: list[str], condition: str) -> sa.Index:
    """An index over some rows only: what is rarely set costs nothing where it is not."""
    return sa.Index(name, *columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


class Ticket(Model):
    """One need or achievement in service (单). Exactly one caretaker answers for it once it is assigned.

    Short columns come first and long texts last, so that a list never reads the pages on which texts overflow.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        sa.CheckConstraint("(status = 'closed') = (outcome IS NOT NULL)", name="outcome_given"),
        sa.CheckConstraint("length(trim(title)) > 0", name="title"),
        # A region's list is filtered inside this index; the whole province's list walks along one of the next ones.
        sa.Index("ix_ticket_region_path", "region_path", "stage", "kind", "status", "caretaker_id", "industry",
                 "source", "next_due_on"),
        sa.Index("ix_ticket_stage_id", "stage", "id"),
        sa.Index("ix_ticket_kind_id", "kind", "id"),
        sa.Index("ix_ticket_status_id", "status", "id"),
        sa.Index("ix_ticket_industry_id", "industry", "id"),
        sa.Index("ix_ticket_source_id", "source", "id"),
        sa.Index("ix_ticket_updated_at_id", "updated_at", "id"),
        sa.Index("ix_ticket_caretaker_id_id", "caretaker_id", "status", "stage", "next_due_on"),
        # Closing removes the due date, so what has one is open.
        _where("ix_ticket_next_due_on_id", ["next_due_on", "id", "region_path", "status", "stage", "kind"],
               "next_due_on IS NOT NULL"),
        _where("ix_ticket_unassigned_id", ["id"], "caretaker_id IS NULL"),
        _where("ix_ticket_organisation_id", ["organisation_id"], "organisation_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(80), unique=True)
    side: Mapped[Side]
    kind: Mapped[ProjectKind]
    title: Mapped[str] = mapped_column(sa.String(200))
    industry: Mapped[str] = mapped_column(sa.String(60), default="")
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    owner_name: Mapped[str] = mapped_column(sa.String(120), default="")
    contact_name: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": True})
    contact_phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": True})
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="", info={"personal": True})
    stage: Mapped[TicketStage] = mapped_column(default=TicketStage.OUTREACH)
    status: Mapped[TicketStatus] = mapped_column(default=TicketStatus.OPEN)
    outcome: Mapped[TicketOutcome | None]
    caretaker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    next_step: Mapped[str] = mapped_column(sa.String(200), default="")
    next_due_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(sa.String(120), default="")
    # What the file said when the ticket was last taken from it: the same content again changes nothing.
    import_digest: Mapped[str | None] = mapped_column(sa.String(32), info={"derived": True})
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    outcome_note: Mapped[str] = mapped_column(sa.Text, default="")
    plan: Mapped[str] = mapped_column(sa.Text, default="")
    # The kind's own fields, named and checked by expo.pool.fields.
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="", info={"derived": True})

    region: Mapped[Region] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    caretaker: Mapped[Person | None] = relationship()
    visits: Mapped[list[Visit]] = relationship(back_populates="ticket", order_by="Visit.visited_on, Visit.id")


searchable(Ticket)


class Visit(Model):
    """A dated contact with the ticket's owner, at one stage, with a note and what comes next."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    stage: Mapped[TicketStage]
    kind: Mapped[VisitKind]
    visited_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.Text)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    ticket: Mapped[Ticket] = relationship(back_populates="visits")
    by: Mapped[Person | None] = relationship()


class TicketCounter(Model):
    """The last number given on a day to a ticket that was opened here."""

    __tablename__ = "ticket_counter"
    __history__ = False

    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
