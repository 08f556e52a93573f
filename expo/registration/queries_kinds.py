"""What an edition's organiser has set up: kinds of badges, the fields of their forms, wordings of consents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db, get_record, not_found
from expo.kit.language import current_language
from expo.people.models import ConsentPurpose
from expo.registration.models import BadgeKind
from expo.registration.models_forms import (
    ConsentWording,
    KeptThing,
    KindSetting,
    RegistrationField,
    RetentionTime,
)
from expo.registration.rules_fields import default_fields
from expo.registration.rules_kinds import KindPolicy, default_policy, policy_of
from expo.registration.words import CONSENT_TEXTS


def list_policies(edition_id: int) -> dict[BadgeKind, KindPolicy]:
    """How each kind is handed out."""
    found = {kind: default_policy(kind) for kind in BadgeKind}
    for setting in db.session.scalars(sa.select(KindSetting).where(KindSetting.edition_id == edition_id)):
        found[setting.badge_kind] = policy_of(setting)
    return found


def get_policy(edition_id: int, kind: BadgeKind) -> KindPolicy:
    """How one kind is handed out."""
    setting = find_setting(edition_id, kind)
    return policy_of(setting) if setting is not None else default_policy(kind)


def find_setting(edition_id: int, kind: BadgeKind, *, for_update: bool = False) -> KindSetting | None:
    """The organiser's decision about a kind, if there is one."""
    statement = sa.select(KindSetting).where(KindSetting.edition_id == edition_id, KindSetting.badge_kind == kind)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def list_fields(edition_id: int, kind: BadgeKind, *, with_removed: bool = False) -> list[RegistrationField]:
    """The fields of a kind's form in their order: those that were built, or the default ones."""
    found = list(db.session.scalars(
        sa.select(RegistrationField)
        .where(RegistrationField.edition_id == edition_id, RegistrationField.badge_kind == kind)
        .order_by(RegistrationField.position, RegistrationField.id)
    ))
    if not found:
        return default_fields(kind)
    return found if with_removed else [one for one in found if one.removed_at is None]


def list_all_fields(edition_id: int) -> dict[BadgeKind, list[RegistrationField]]:
    """The fields of all kinds, also those taken off their forms: for exports and for naming old answers."""
    found: dict[BadgeKind, list[RegistrationField]] = {}
    for one in db.session.scalars(
        sa.select(RegistrationField).where(RegistrationField.edition_id == edition_id)
        .order_by(RegistrationField.position, RegistrationField.id)
    ):
        found.setdefault(one.badge_kind, []).append(one)
    return {kind: found.get(kind) or default_fields(kind) for kind in BadgeKind}


def get_field(edition_id: int, field_id: int, *, for_update: bool = False) -> RegistrationField:
    """One field that stands on a form of the edition."""
    found = get_record(RegistrationField, field_id, for_update=for_update)
    if found.edition_id != edition_id or found.removed_at is not None:
        raise not_found()
    return found


@dataclass(frozen=True)
class Wording:
    """What people consent to now, for one purpose, in the reader's language."""

    version: str
    required: bool
    text: Any


def list_wordings(edition_id: int) -> dict[ConsentPurpose, Wording]:
    """The wording of each purpose that holds now: the organiser's last one, or the one that the program brings."""
    found = {purpose: Wording(text.version, text.required, text.text) for purpose, text in CONSENT_TEXTS.items()}
    english = current_language() == "en"
    for one in list_own_wordings(edition_id):
        if one.purpose in found:
            text = one.text_en or one.text if english else one.text
            found[one.purpose] = replace(found[one.purpose], version=one.version, text=text)
    return found


def list_own_wordings(edition_id: int) -> list[ConsentWording]:
    """All versions that the organiser has written, oldest first."""
    return list(db.session.scalars(
        sa.select(ConsentWording).where(ConsentWording.edition_id == edition_id).order_by(ConsentWording.id)
    ))


def list_retention(edition_id: int) -> dict[KeptThing, RetentionTime]:
    """The times of keeping that were set."""
    return {one.thing: one for one in db.session.scalars(
        sa.select(RetentionTime).where(RetentionTime.edition_id == edition_id)
    )}
