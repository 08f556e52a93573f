"""What planning works with: the draft's version, the weight of each rule, absences, and drafts kept aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person


class WorkingDraft(Model):
    """An edition's one draft. Every change raises its version; sessions carry the one that changed them last."""

    __tablename__ = "working_draft"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), unique=True)
    version: Mapped[int] = mapped_column(default=0)


class RuleSetting(Model):
    """How heavy a rule weighs in an edition and what breaking it means, where that differs from the usual."""

    __tablename__ = "rule_setting"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "rule"),
        sa.CheckConstraint("weight >= 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    rule: Mapped[str] = mapped_column(sa.String(40))
    severity: Mapped[str] = mapped_column(sa.String(20))
    weight: Mapped[int]


class Absence(Model):
    """When somebody cannot be there. ``region_path``: the region whose organisers wrote it down."""

    __tablename__ = "absence"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "person_id", "starts_at"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    region_path: Mapped[str] = mapped_column(RegionPath)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": True})
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    person: Mapped[Person] = relationship()


class WhatIfStatus(Labelled):
    COMPUTING = "computing", _l("Being computed")
    READY = "ready", _l("To be looked at")
    FAILED = "failed", _l("No plan found")
    TAKEN = "taken", _l("Taken over")
    DISCARDED = "discarded", _l("Discarded")


class WhatIf(Model):
    """A draft kept aside: a whole plan with its figures, computed or copied, until it is taken over or thrown away."""

    __tablename__ = "what_if"
    __table_args__ = (sa.Index("ix_what_if_edition_id_made_at", "edition_id", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    status: Mapped[WhatIfStatus]
    #: What was asked of the solver; empty for a copy of the working draft.
    request: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, info={"derived": True})
    #: The version of the working draft that it was computed from.
    base_version: Mapped[int] = mapped_column(info={"derived": True})
    #: ``places``: session → [hall, slot] or none; ``orders``: session → projects in their order.
    content: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, info={"derived": True})
    #: Cost, bound, gap, seconds, cost by rule: as far as it has come.
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, info={"derived": True})
    stop_asked: Mapped[bool] = mapped_column(default=False, info={"derived": True})
    job_id: Mapped[int | None] = mapped_column(sa.BigInteger, info={"derived": True})
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    made_by: Mapped[Person | None] = relationship()
