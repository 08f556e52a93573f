"""Signings, their parties and the issued versions of their agreements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.files import StoredFile
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Organisation
from expo.places.models import Region
from expo.projects.models import Project


class AgreementKind(Labelled):
    """The intent letter, the five kinds of technology contract (Civil Code 843 ff.), and regional cooperation."""

    INTENT = "intent", _l("Letter of intent")
    DEVELOPMENT = "development", _l("Technology development contract")
    TRANSFER = "transfer", _l("Technology transfer contract")
    LICENCE = "licence", _l("Technology licence contract")
    CONSULTING = "consulting", _l("Technology consulting contract")
    SERVICE = "service", _l("Technology service contract")
    REGIONAL = "regional", _l("Regional cooperation agreement")


class SigningStatus(Labelled):
    INTENT = "intent", _l("Intended")
    DRAFTED = "drafted", _l("Drafted")
    FROZEN = "frozen", _l("Text frozen")
    SIGNED = "signed", _l("Signed")
    REGISTERED = "registered", _l("Contract registered")
    VOID = "void", _l("Void")


class PartyRole(Labelled):
    PARTY = "party", _l("Party")
    WITNESS = "witness", _l("Witness")


class Signing(Model):
    """One deal: with a project, or between organisations alone (regional cooperation)."""

    __tablename__ = "signing"
    __table_args__ = (
        sa.CheckConstraint("project_id IS NOT NULL OR kind = 'regional'", name="project"),
        sa.CheckConstraint("status NOT IN ('signed', 'registered') OR signed_on IS NOT NULL", name="signed"),
        sa.CheckConstraint("status <> 'void' OR void_reason <> ''", name="void_reason"),
        sa.CheckConstraint("amount_fen >= 0", name="amount"),
        sa.CheckConstraint("technology_fen IS NULL OR technology_fen <= amount_fen", name="technology"),
        sa.Index("ix_signing_edition_status", "edition_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Printed on every page and part of the check address: "QY-2026-0042-7F3K".
    serial: Mapped[str] = mapped_column(sa.String(30), unique=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    project_id: Mapped[int | None] = mapped_column(sa.ForeignKey("project.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting.id"))
    kind: Mapped[AgreementKind] = mapped_column(default=AgreementKind.INTENT)
    status: Mapped[SigningStatus] = mapped_column(default=SigningStatus.INTENT)
    title: Mapped[str] = mapped_column(sa.String(200))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    technology_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    # The clauses of its kind, named and checked by expo.signings.clauses.
    terms: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    signed_on: Mapped[date | None]
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    batch: Mapped[int | None]
    stage_order: Mapped[int | None]
    registered_number: Mapped[str] = mapped_column(sa.String(60), default="")
    void_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    scan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    synthetic: Mapped[bool] = mapped_column(default=False)

    edition: Mapped[Edition] = relationship()
    project: Mapped[Project | None] = relationship()
    region: Mapped[Region] = relationship()
    scan: Mapped[StoredFile | None] = relationship()
    parties: Mapped[list[SigningParty]] = relationship(order_by="SigningParty.position")
    versions: Mapped[list[AgreementVersion]] = relationship(order_by="AgreementVersion.number")


class SigningParty(Model):
    """A party or witness as printed in the agreement; a snapshot, so that later changes of an organisation do not rewrite it."""

    __tablename__ = "signing_party"
    __table_args__ = (sa.UniqueConstraint("signing_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signing_id: Mapped[int] = mapped_column(sa.ForeignKey("signing.id"))
    position: Mapped[int]
    role: Mapped[PartyRole] = mapped_column(default=PartyRole.PARTY)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    credit_code: Mapped[str] = mapped_column(sa.String(18), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    legal_representative: Mapped[str] = mapped_column(sa.String(80), default="")
    signer: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": True})
    contact: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": True})

    organisation: Mapped[Organisation | None] = relationship()


class AgreementVersion(Model):
    """One issued paper: the PDF, its SHA-256 and all that was printed. Any change after issue is a new version."""

    __tablename__ = "agreement_version"
    __table_args__ = (sa.UniqueConstraint("signing_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signing_id: Mapped[int] = mapped_column(sa.ForeignKey("signing.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(Json, info={"derived": True})
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)

    file: Mapped[StoredFile] = relationship()
