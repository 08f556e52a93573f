"""Candidates of an edition, decisions about them, and the public notice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition, Industry
from expo.editions.words import ProjectKind, Side
from expo.kit import clock
from expo.kit.db import Model, RegionPath, enum_type, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.models import Region
from expo.pool.models import Ticket


class CandidateStatus(Labelled):
    NOMINATED = "nominated", _l("Nominated")
    ENDORSED = "endorsed", _l("Endorsed")
    UNDER_REVIEW = "under_review", _l("Under review")
    SELECTED = "selected", _l("Selected")
    RESERVE = "reserve", _l("Reserve")
    DECLINED = "declined", _l("Declined")
    RETURNED = "returned", _l("Returned for completion")


class Decision(Labelled):
    """What may be decided about a candidate; pending until a second person releases it."""

    SELECTED = "selected", _l("Select")
    RESERVE = "reserve", _l("Reserve")
    DECLINED = "declined", _l("Decline")
    RETURNED = "returned", _l("Return for completion")


class Hurdle(Labelled):
    """What the rules found in a candidate's way when they proposed a decision."""

    INSIDE = "inside", _l("Within the quotas")
    CELL_FULL = "cell_full", _l("The city's quota for this kind is full")
    CITY_FULL = "city_full", _l("The city's quota is full")
    KIND_FULL = "kind_full", _l("The quota for this kind is full")
    TOTAL_FULL = "total_full", _l("The edition is full")
    BELOW_MINIMUM = "below_minimum", _l("The score is below the minimum")
    NOT_SCORED = "not_scored", _l("It was not scored")


class Candidate(Model):
    """A ticket in one edition's shortlisting."""

    __tablename__ = "candidate"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "ticket_id"),
        sa.CheckConstraint("(pending_decision IS NULL) = (decided_by_id IS NULL)", name="pending"),
        sa.CheckConstraint("released_by_id IS NULL OR released_by_id <> released_decider_id", name="two_people"),
        sa.Index("ix_candidate_edition_status", "edition_id", "status", "id"),
        sa.CheckConstraint("(released_by_id IS NULL) = (released_at IS NULL)", name="released"),
        sa.CheckConstraint("pending_decision NOT IN ('declined', 'returned') OR reason <> '' OR hurdle IS NOT NULL",
                           name="pending_reason"),
        sa.CheckConstraint("status NOT IN ('declined', 'returned') OR reason <> '' OR hurdle IS NOT NULL",
                           name="reason"),
        sa.Index("ix_candidate_edition_city", "edition_id", "city_id", "kind"),
        sa.Index("ix_candidate_edition_score", "edition_id", "score", "id"),
        sa.Index("ix_candidate_edition_pending", "edition_id", "pending_decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    status: Mapped[CandidateStatus] = mapped_column(default=CandidateStatus.NOMINATED)
    side: Mapped[Side]
    kind: Mapped[ProjectKind]
    industry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("industry.id"))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    # The city (or province) whose quota it counts against.
    city_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    nominated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    nominated_at: Mapped[datetime] = mapped_column(default=clock.now)
    nomination_note: Mapped[str] = mapped_column(sa.Text, default="")
    endorsed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    endorsed_at: Mapped[datetime | None]
    # Result of the review in hundredths of a point, copied when the panel closes.
    score: Mapped[int | None]
    pending_decision: Mapped[Decision | None] = mapped_column(enum_type(Decision, "pending_decision_word"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    # Place in the ranking and what stood in the way when the rules last proposed a decision.
    place: Mapped[int | None]
    hurdle: Mapped[Hurdle | None]
    # The pending decision is the rules' proposal; a decision made by hand is kept by the next proposal.
    is_proposed: Mapped[bool] = mapped_column(default=False)
    # Why, for everyone declined or returned; shown to the nominator after the release.
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    released_decider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    # When nominator and owner were told of the last release; empty while the messages are still to be written.
    told_at: Mapped[datetime | None]
    # Passed on by an earlier edition's follow-up (转下届), with the note that came with it.
    is_carried_over: Mapped[bool] = mapped_column(default=False)
    # The public notice on which it stands.
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"), index=True)

    edition: Mapped[Edition] = relationship()
    ticket: Mapped[Ticket] = relationship()
    industry: Mapped[Industry | None] = relationship()
    region: Mapped[Region] = relationship(foreign_keys=[region_id])
    city: Mapped[Region] = relationship(foreign_keys=[city_id])
    nominated_by: Mapped[Person | None] = relationship(foreign_keys=[nominated_by_id])
    endorsed_by: Mapped[Person | None] = relationship(foreign_keys=[endorsed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    released_by: Mapped[Person | None] = relationship(foreign_keys=[released_by_id])
    released_decider: Mapped[Person | None] = relationship(foreign_keys=[released_decider_id])


class Notice(Model):
    """The public notice (公示) of an edition's list, open to objections between two moments."""

    __tablename__ = "notice"
    __table_args__ = (sa.CheckConstraint("opens_at < closes_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    finalised_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    edition: Mapped[Edition] = relationship()


class Objection(Model):
    """Somebody objects to a candidate on the notice; every objection is answered before the list is final."""

    __tablename__ = "objection"
    __table_args__ = (sa.CheckConstraint("(answered_at IS NULL) = (is_upheld IS NULL)", name="answered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    candidate_id: Mapped[int] = mapped_column(sa.ForeignKey("candidate.id"))
    name: Mapped[str] = mapped_column(sa.String(80), info={"personal": True})
    contact: Mapped[str] = mapped_column(sa.String(254), info={"personal": True})
    text: Mapped[str] = mapped_column(sa.Text, info={"personal": True})
    # The version of the privacy text to which whoever objects has agreed.
    consent_version: Mapped[str] = mapped_column(sa.String(20), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    is_upheld: Mapped[bool | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()
    candidate: Mapped[Candidate] = relationship()
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
