"""An edition's projects and their material."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition, Industry
from expo.editions.words import ProjectKind, Side
from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.files import StoredFile
from expo.kit.language import _l
from expo.kit.search import searchable
from expo.kit.words import Labelled
from expo.people.models import Organisation, Person
from expo.places.models import Region
from expo.pool.models import Ticket


class ProjectStatus(Labelled):
    INVITED = "invited", _l("Invited")
    CONFIRMED = "confirmed", _l("Confirmed")
    HANDED_IN = "handed_in", _l("Material handed in")
    ACCEPTED = "accepted", _l("Accepted for publication")
    PUBLISHED = "published", _l("Published")
    WITHDRAWN = "withdrawn", _l("Withdrawn from the expo")


class FileRole(Labelled):
    PICTURE = "picture", _l("Picture")
    DOCUMENT = "document", _l("Document")
    VIDEO = "video", _l("Video")


class Project(Model):
    """What an edition shows of a ticket, or of nobody's ticket when it was reported directly (直报) with a reason."""

    __tablename__ = "project"
    __table_args__ = (
        sa.CheckConstraint("ticket_id IS NOT NULL OR direct_reason <> ''", name="source"),
        sa.CheckConstraint("status <> 'withdrawn' OR withdrawn_reason <> ''", name="withdrawn_reason"),
        sa.CheckConstraint("status NOT IN ('accepted', 'published') OR accepted_at IS NOT NULL", name="accepted"),
        sa.CheckConstraint("status <> 'published' OR published_at IS NOT NULL", name="published"),
        sa.UniqueConstraint("edition_id", "ticket_id"),
        sa.Index("ix_project_edition_status", "edition_id", "status", "id"),
        sa.Index("ix_project_edition_city", "edition_id", "city_id", "kind"),
        sa.Index("ix_project_edition_published", "edition_id", "published_at", "id"),
        sa.CheckConstraint("completeness BETWEEN 0 AND 100", name="completeness"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Part of its permanent address: "2026-00042".
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    candidate_id: Mapped[int | None] = mapped_column(sa.ForeignKey("candidate.id"), unique=True)
    direct_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    status: Mapped[ProjectStatus] = mapped_column(default=ProjectStatus.INVITED)
    side: Mapped[Side]
    kind: Mapped[ProjectKind]
    title: Mapped[str] = mapped_column(sa.String(200))
    title_en: Mapped[str] = mapped_column(sa.String(300), default="")
    summary: Mapped[str] = mapped_column(sa.String(500), default="")
    summary_en: Mapped[str] = mapped_column(sa.String(1000), default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    industry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("industry.id"), index=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    city_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    zone: Mapped[str] = mapped_column(sa.String(60), default="")
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    owner_name: Mapped[str] = mapped_column(sa.String(120), default="")
    # The person who answers for it on the exhibitor's side, and how organisers reach them.
    exhibitor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    contact_name: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": True})
    contact_phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": True})
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="", info={"personal": True})
    cover_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # How many of the parts that the public page needs are there, in percent; see rules.missing_parts.
    completeness: Mapped[int] = mapped_column(default=0, info={"derived": True})
    # Shown to people from abroad: acceptance asks for the export check as well.
    for_overseas: Mapped[bool] = mapped_column(default=False)
    # What the organiser wants changed, when material was returned.
    remarks: Mapped[str] = mapped_column(sa.Text, default="")
    invited_at: Mapped[datetime] = mapped_column(default=clock.now)
    invitation_sent_at: Mapped[datetime | None]
    # The exhibitor's consent to publication, given with handing in.
    consent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consent.id"))
    handed_in_at: Mapped[datetime | None]
    # Acceptance is the ticked confidentiality check: who, when, and what was checked.
    acceptance: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    search_text: Mapped[str] = mapped_column(sa.Text, default="", info={"derived": True})

    edition: Mapped[Edition] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    industry: Mapped[Industry | None] = relationship()
    region: Mapped[Region] = relationship(foreign_keys=[region_id])
    city: Mapped[Region] = relationship(foreign_keys=[city_id])
    organisation: Mapped[Organisation | None] = relationship()
    exhibitor: Mapped[Person | None] = relationship(foreign_keys=[exhibitor_id])
    accepted_by: Mapped[Person | None] = relationship(foreign_keys=[accepted_by_id])
    cover: Mapped[StoredFile | None] = relationship()
    files: Mapped[list[ProjectFile]] = relationship(order_by="ProjectFile.position")


searchable(Project)


class ProjectFile(Model):
    """A picture, document or video of a project."""

    __tablename__ = "project_file"
    __table_args__ = (sa.UniqueConstraint("project_id", "file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    role: Mapped[FileRole]
    caption: Mapped[str] = mapped_column(sa.String(200), default="")
    position: Mapped[int] = mapped_column(default=0)

    file: Mapped[StoredFile] = relationship()
