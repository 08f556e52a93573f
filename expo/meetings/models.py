"""Interests and meetings."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, enum_type, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Consent, Organisation, Person
from expo.projects.models import Project


class InterestLevel(Labelled):
    MUST = "must", _l("Must meet")
    WOULD = "would", _l("Would like to meet")
    NO = "no", _l("No, thank you")


class InterestStatus(Labelled):
    OPEN = "open", _l("Waiting for an answer")
    ACCEPTED = "accepted", _l("Interest accepted")
    DECLINED = "declined", _l("Interest declined")
    WITHDRAWN = "withdrawn", _l("Interest withdrawn")


class MeetingStatus(Labelled):
    PROPOSED = "proposed", _l("Proposed")
    ACCEPTED = "accepted", _l("Agreed")
    HELD = "held", _l("Held")
    NO_SHOW = "no_show", _l("Somebody did not come")
    CANCELLED = "cancelled", _l("Cancelled")


class MeetingOutcome(Labelled):
    INTENT = "intent", _l("Intent to sign")
    CONTINUE = "continue", _l("Talks go on")
    NOTHING = "nothing", _l("No result")


class Interest(Model):
    """What a visitor wants of a project. Their contact reaches the exhibitor only by a consent of its own."""

    __tablename__ = "interest"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "person_id"),
        # "No, thank you" asks for no answer.
        sa.CheckConstraint("level <> 'no' OR status = 'withdrawn'", name="no_is_withdrawn"),
        sa.Index("ix_interest_project_status", "project_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    level: Mapped[InterestLevel]
    message: Mapped[str] = mapped_column(sa.Text, default="")
    status: Mapped[InterestStatus] = mapped_column(default=InterestStatus.OPEN)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]
    consent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consent.id"))
    # Who answered for the project, and their own consent to be known to the visitor.
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer_consent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consent.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    project: Mapped[Project] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    organisation: Mapped[Organisation | None] = relationship()
    consent: Mapped[Consent | None] = relationship(foreign_keys=[consent_id])
    answer_consent: Mapped[Consent | None] = relationship(foreign_keys=[answer_consent_id])
    meetings: Mapped[list[Meeting]] = relationship(back_populates="interest", order_by="Meeting.starts_at")


class Meeting(Model):
    """A talk (洽谈) at a place or online, and what came of it."""

    __tablename__ = "meeting"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("place <> '' OR online_url <> ''", name="place"),
        sa.CheckConstraint("outcome IS NULL OR status = 'held'", name="outcome"),
        sa.CheckConstraint("status <> 'cancelled' OR cancelled_reason <> ''", name="cancelled_reason"),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen >= 0", name="amount"),
        sa.Index("ix_meeting_status_starts_at", "status", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interest_id: Mapped[int] = mapped_column(sa.ForeignKey("interest.id"), index=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    # The address of its calendar entry, the same through all changes, which are counted for the calendar.
    uid: Mapped[str] = mapped_column(sa.String(60), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    status: Mapped[MeetingStatus] = mapped_column(default=MeetingStatus.PROPOSED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    online_url: Mapped[str] = mapped_column(sa.String(300), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    cancelled_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    outcome: Mapped[MeetingOutcome | None] = mapped_column(enum_type(MeetingOutcome, "outcome_word"))
    outcome_note: Mapped[str] = mapped_column(sa.Text, default="")
    amount_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    interest: Mapped[Interest] = relationship(back_populates="meetings")
    project: Mapped[Project] = relationship()
