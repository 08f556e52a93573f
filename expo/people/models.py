"""Persons, organisations, memberships and granted roles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.permissions import Role
from expo.places.models import Region


class OrganisationKind(Labelled):
    COMPANY = "company", _l("Company")
    UNIVERSITY = "university", _l("University")
    INSTITUTE = "institute", _l("Research institute")
    FINANCE = "finance", _l("Financial institution")
    ASSOCIATION = "association", _l("Science association or learned society")
    WORKSTATION = "workstation", _l("Academician workstation")
    GOVERNMENT = "government", _l("Public authority")
    OTHER = "other", _l("Other organisation")


class MembershipStatus(Labelled):
    REQUESTED = "requested", _l("Requested")
    CONFIRMED = "confirmed", _l("Confirmed")
    ENDED = "ended", _l("Ended")


class ConsentPurpose(Labelled):
    REGISTRATION = "registration", _l("Registration and admission")
    CONTACT_EXCHANGE = "contact_exchange", _l("Passing on my contact data")
    PUBLICATION = "publication", _l("Publication")
    SMS = "sms", _l("Text messages")
    PICTURES = "pictures", _l("Pictures and recordings")


class Person(Model):
    """Somebody known by e-mail or phone; with a password only if they chose one."""

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("email IS NOT NULL OR phone IS NOT NULL OR shared_phone IS NOT NULL "
                           "OR anonymised_at IS NOT NULL", name="reachable"),
        # On a shared number people are told apart by their names.
        sa.UniqueConstraint("shared_phone", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), index=True, info={"personal": True})
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True, info={"personal": True})
    phone: Mapped[str | None] = mapped_column(sa.String(20), unique=True, info={"personal": True})
    # Somebody else's number, on which a child or a companion can be reached. It opens no account and names nobody.
    shared_phone: Mapped[str | None] = mapped_column(sa.String(20), info={"personal": True})
    email_confirmed_at: Mapped[datetime | None]
    phone_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), info={"personal": True})
    #: Sealed with the site's secret; see ``rules_second_factor``.
    totp_secret: Mapped[str | None] = mapped_column(sa.String(200), info={"personal": True})
    #: The last 30-second step whose code was used: no code counts twice.
    totp_step: Mapped[int | None] = mapped_column(info={"derived": True})
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    anonymised_at: Mapped[datetime | None]
    # The record in which this double went on; what they did stays under the old number.
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(10), default="zh_Hans")
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Organisation(Model):
    """A company, university, authority …; known for certain once its credit code (GB 32100-2015) is given."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), index=True)
    name_en: Mapped[str] = mapped_column(sa.String(200), default="")
    kind: Mapped[OrganisationKind]
    credit_code: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"), index=True)
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    legal_representative: Mapped[str] = mapped_column(sa.String(80), default="")
    website: Mapped[str] = mapped_column(sa.String(200), default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    region: Mapped[Region] = relationship()


class Membership(Model):
    """A person belongs to an organisation; confirmed by one of its managers or an organiser, they act for it."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    status: Mapped[MembershipStatus] = mapped_column(default=MembershipStatus.REQUESTED)
    is_manager: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class RoleGrant(Model):
    """A role held on a region node and below, for one edition or all, until a date or for good."""

    __tablename__ = "role_grant"
    __table_args__ = (sa.Index("ix_role_grant_role_region_path", "role", "region_path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    # The edition lives on a higher floor; only its number is known here.
    edition_id: Mapped[int | None] = mapped_column(sa.ForeignKey("edition.id"))
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    granted_by: Mapped[Person | None] = relationship(foreign_keys=[granted_by_id])
    region: Mapped[Region] = relationship()


class SignInSession(Model):
    """One signed-in browser; the cookie holds its token, the table only the token's hash."""

    __tablename__ = "sign_in_session"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    address: Mapped[str] = mapped_column(sa.String(60), default="")
    browser: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    second_factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class OneTimeCode(Model):
    """A code sent by mail or text message, or a link handed over: its hash, its tries and its end.

    ``payload`` keeps what waits for the proof: of a sign-up the name and the hash of the password.
    """

    __tablename__ = "one_time_code"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    address: Mapped[str] = mapped_column(sa.String(254), index=True, info={"personal": True})
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RecoveryCode(Model):
    """A code for the day the phone with the second factor is lost; each works once."""

    __tablename__ = "recovery_code"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]


class UnknownSignIn(Model):
    """Failures for an address without an account: counted as for one with, so that the answers do not differ."""

    __tablename__ = "unknown_sign_in"
    __history__ = False

    address_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    tried_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class DemoAccount(Model):
    """A synthetic person shown on the sign-in page of the demonstration, as whom everybody may look around."""

    __tablename__ = "demo_account"
    __history__ = False

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(sa.String(80))
    label_en: Mapped[str] = mapped_column(sa.String(120), default="")

    person: Mapped[Person] = relationship()


class Consent(Model):
    """One person's consent to one purpose in one version of its text; withdrawn, it stays as a dated fact."""

    __tablename__ = "consent"
    __table_args__ = (
        sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="order"),
        sa.Index("ix_consent_person_purpose", "person_id", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    purpose: Mapped[ConsentPurpose]
    version: Mapped[str] = mapped_column(sa.String(20))
    # What the consent is about where it is not general: "project/17" for passing a contact to that project's side.
    about: Mapped[str] = mapped_column(sa.String(60), default="")
    about_title: Mapped[str] = mapped_column(sa.String(200), default="")
    given_at: Mapped[datetime] = mapped_column(default=clock.now)
    withdrawn_at: Mapped[datetime | None]
