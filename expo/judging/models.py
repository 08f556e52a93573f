"""Panels of experts, what they score and how."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person


class PanelStatus(Labelled):
    PREPARING = "preparing", _l("In preparation")
    OPEN = "open", _l("Open for scoring")
    CLOSED = "closed", _l("Closed for scoring")


class AssignmentStatus(Labelled):
    ASSIGNED = "assigned", _l("To be scored")
    SCORED = "scored", _l("Scored")
    RECUSED = "recused", _l("Recused")


class Panel(Model):
    """One round of scoring by experts on weighted criteria. Scores stay hidden until it closes."""

    __tablename__ = "panel"
    __table_args__ = (
        sa.CheckConstraint("opens_at < closes_at", name="order"),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120), default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    scores_each: Mapped[int] = mapped_column(default=3)
    status: Mapped[PanelStatus] = mapped_column(default=PanelStatus.PREPARING)
    closed_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()
    criteria: Mapped[list[Criterion]] = relationship(order_by="Criterion.position")


class Criterion(Model):
    """A question with its weight (the weights of a panel are percent and sum to 100) and its highest score."""

    __tablename__ = "criterion"
    __table_args__ = (
        sa.UniqueConstraint("panel_id", "name"),
        sa.CheckConstraint("weight > 0", name="weight"),
        sa.CheckConstraint("max_points > 0", name="max_points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120), default="")
    weight: Mapped[int]
    max_points: Mapped[int] = mapped_column(default=10)
    position: Mapped[int] = mapped_column(default=0)


class PanelMember(Model):
    """A reviewer on a panel."""

    __tablename__ = "panel_member"
    __table_args__ = (sa.UniqueConstraint("panel_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship()


class Submission(Model):
    """What a panel scores; ``record_type``/``record_id`` name the record of a higher room ("candidate", 17)."""

    __tablename__ = "submission"
    __table_args__ = (sa.UniqueConstraint("panel_id", "record_type", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"), index=True)
    record_type: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    # What reviewers read: (label, text) pairs, as they stood when it was submitted.
    facts: Mapped[list[Any]] = mapped_column(default=list, info={"derived": True})
    # The submitter's organisation and region: who belongs to either must not score it.
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    # Weighted mean of all given scores in hundredths of a point (0–10,000), written when the panel closes.
    result: Mapped[int | None]

    panel: Mapped[Panel] = relationship()
    assignments: Mapped[list[Assignment]] = relationship(back_populates="submission")


class Assignment(Model):
    """One reviewer's task to score one submission."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "person_id"),
        sa.Index("ix_assignment_person_id_status", "person_id", "status"),
        sa.CheckConstraint("(status = 'scored') = (scored_at IS NOT NULL)", name="scored"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    status: Mapped[AssignmentStatus] = mapped_column(default=AssignmentStatus.ASSIGNED)
    recusal_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    # Hidden in the history like the points: scores are nobody's business before the panel closes.
    comment: Mapped[str] = mapped_column(sa.Text, default="", info={"personal": True})
    assigned_at: Mapped[datetime] = mapped_column(default=clock.now)
    scored_at: Mapped[datetime | None]

    submission: Mapped[Submission] = relationship(back_populates="assignments")
    person: Mapped[Person] = relationship()
    scores: Mapped[list[Score]] = relationship()


class Score(Model):
    """Points for one criterion."""

    __tablename__ = "score"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "criterion_id"),
        sa.CheckConstraint("points >= 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("criterion.id"))
    # Written into the history in clear when the panel closes, not before.
    points: Mapped[int] = mapped_column(info={"personal": True})
