"""What the organiser sets up: kinds of badges, the fields of their forms, wordings of consents, times of keeping."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model
from expo.kit.language import _l, current_language
from expo.kit.words import Labelled
from expo.people.models import ConsentPurpose
from expo.registration.models import BadgeKind


class FieldType(Labelled):
    BUILT_IN = "built_in", _l("Default field")
    TEXT = "text", _l("One line of text")
    LONG = "long", _l("Several lines of text")
    NUMBER = "number", _l("Whole number")
    DATE = "date", _l("Date")
    CHOICE = "choice", _l("One of several")
    CHOICES = "choices", _l("Any of several")
    CHECK = "check", _l("Yes or no")
    EMAIL = "email", _l("E-mail")
    PHONE = "phone", _l("Phone number")
    LINK = "link", _l("Web address")
    FILE = "file", _l("Document or picture")
    HEADING = "heading", _l("Heading with explanation")


class KeptThing(Labelled):
    """What the retention job forgets, each after its own time."""

    PROOFS = "proofs", _l("Handed-in documents")
    ANSWERS = "answers", _l("Answers to own fields")
    CONTACTS = "contacts", _l("Phone numbers and e-mail addresses")
    NAMES = "names", _l("Names and everything else about the person")


class KindSetting(Model):
    """How an edition hands out one kind of badge. Kinds without a row follow ``rules_kinds.default_policy``."""

    __tablename__ = "kind_setting"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "badge_kind"),
        sa.CheckConstraint("companions BETWEEN 0 AND 20", name="companions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    badge_kind: Mapped[BadgeKind]
    # On the public form for everybody; else only with an invitation, through a delegation or at the desk.
    is_public: Mapped[bool]
    needs_approval: Mapped[bool]
    # Who finds no place may wait for one.
    has_waiting_list: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # How many others one holder may bring along.
    companions: Mapped[int] = mapped_column(default=0, server_default="0")
    # Zones that every badge of this kind opens, and zones of which one is chosen with the registration.
    zones: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    zone_choices: Mapped[list[str]] = mapped_column(default=list, server_default="[]")


class RegistrationField(Model):
    """A field of the form for one kind of badge: one of the six that all have, or the organiser's own."""

    __tablename__ = "registration_field"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "badge_kind", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    badge_kind: Mapped[BadgeKind]
    # Under which an answer is stored; it stays when the label changes.
    key: Mapped[str] = mapped_column(sa.String(30))
    kind: Mapped[FieldType]
    label: Mapped[str] = mapped_column(sa.String(80), default="")
    label_en: Mapped[str] = mapped_column(sa.String(120), default="")
    help: Mapped[str] = mapped_column(sa.String(300), default="")
    help_en: Mapped[str] = mapped_column(sa.String(400), default="")
    # ``[value, label, label_en]`` of each choice.
    choices: Mapped[list[Any]] = mapped_column(Json, default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    # Before this day an answer may be missing, also of a required field; from the other day on it stays as it is.
    required_from: Mapped[date | None]
    frozen_from: Mapped[date | None]
    # Asked only if that field was answered with one of these values.
    condition_key: Mapped[str] = mapped_column(sa.String(30), default="")
    condition_values: Mapped[list[str]] = mapped_column(default=list)
    # Contact data and the like: masked until somebody asks for it by name.
    is_private: Mapped[bool] = mapped_column(default=False)
    in_list: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    # Taken off the form; answers given before are still named by it.
    removed_at: Mapped[datetime | None]

    @property
    def said(self) -> str:
        """The label in the reader's language."""
        return self.label_en or self.label if current_language() == "en" else self.label

    @property
    def said_help(self) -> str:
        """The explanation in the reader's language."""
        return self.help_en or self.help if current_language() == "en" else self.help


class ConsentWording(Model):
    """A version of what people consent to for one purpose. It is never changed: a new text is a new version."""

    __tablename__ = "consent_wording"
    __table_args__ = (sa.UniqueConstraint("edition_id", "purpose", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    purpose: Mapped[ConsentPurpose]
    version: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    text_en: Mapped[str] = mapped_column(sa.Text, default="")
    published_at: Mapped[datetime] = mapped_column(default=clock.now)


class RetentionTime(Model):
    """How many days after an edition's last day a thing is forgotten; without a row the default holds."""

    __tablename__ = "retention_time"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "thing"),
        sa.CheckConstraint("days BETWEEN 1 AND 3650", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    thing: Mapped[KeptThing]
    days: Mapped[int]
    # When it was last carried out in full.
    done_at: Mapped[datetime | None]
