"""Follow-up cases and what was done in them."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.models import Region
from expo.pool.models import Ticket
from expo.projects.models import Project


class CaseStatus(Labelled):
    UNASSIGNED = "unassigned", _l("Unassigned")
    ASSIGNED = "assigned", _l("Assigned")
    RESPONDED = "responded", _l("Responded")
    PROGRESSING = "progressing", _l("In progress")
    SETTLED = "settled", _l("Settled")


class CaseOutcome(Labelled):
    """Where a project came to rest (着落)."""

    LANDED = "landed", _l("Put into production")
    CONTRACT = "contract", _l("Contract concluded")
    SOLVED = "solved", _l("Challenge solved")
    ENDED = "ended", _l("Ended, with a reason")
    NEXT_EDITION = "next_edition", _l("Passed to the next edition")


class EntryKind(Labelled):
    OPENED = "opened", _l("Case opened")
    ASSIGNED = "assigned", _l("Assigned")
    RESPONSE = "response", _l("Response to the owner")
    PROGRESS = "progress", _l("Progress")
    ESCALATED = "escalated", _l("Escalated")
    SETTLED = "settled", _l("Settled")
    REOPENED = "reopened", _l("Reopened")


class Case(Model):
    """The follow-up of one project, carried by its ticket, owned by one person."""

    __tablename__ = "follow_up_case"
    __table_args__ = (
        sa.UniqueConstraint("project_id"),
        sa.CheckConstraint("(status = 'unassigned') = (owner_id IS NULL)", name="owner"),
        sa.CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name="settled"),
        sa.CheckConstraint("(status = 'settled') = (outcome IS NOT NULL)", name="outcome_given"),
        sa.CheckConstraint("status NOT IN ('responded', 'progressing', 'settled') OR responded_on IS NOT NULL",
                           name="responded"),
        sa.CheckConstraint("outcome IS NULL OR outcome <> 'ended' OR outcome_note <> ''", name="ended_reason"),
        sa.Index("ix_follow_up_case_edition_status", "edition_id", "status", "id"),
        sa.Index("ix_follow_up_case_owner", "owner_id", "status", "due_on"),
        sa.Index("ix_follow_up_case_region_path", "region_path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    status: Mapped[CaseStatus] = mapped_column(default=CaseStatus.UNASSIGNED)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    city_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    # By when the owner of the project must have had a first dated result.
    due_on: Mapped[date]
    responded_on: Mapped[date | None]
    next_step: Mapped[str] = mapped_column(sa.String(200), default="")
    next_due_on: Mapped[date | None]
    # 0: with its owner; 1: with the county's organisers; 2: with the city's; 3: with the province's.
    escalation: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None]
    outcome: Mapped[CaseOutcome | None]
    outcome_note: Mapped[str] = mapped_column(sa.Text, default="")
    settled_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()
    project: Mapped[Project] = relationship()
    ticket: Mapped[Ticket] = relationship()
    owner: Mapped[Person | None] = relationship()
    region: Mapped[Region] = relationship(foreign_keys=[region_id])
    city: Mapped[Region] = relationship(foreign_keys=[city_id])
    entries: Mapped[list[CaseEntry]] = relationship(order_by="CaseEntry.id")


class CaseEntry(Model):
    """Something dated that happened in a case."""

    __tablename__ = "case_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("follow_up_case.id"), index=True)
    kind: Mapped[EntryKind]
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    by: Mapped[Person | None] = relationship()
