"""What people have consented to with a registration."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from expo.kit.db import db
from expo.people.models import Consent, ConsentPurpose
from expo.registration.models import Registration
from expo.registration.models import RegistrationStatus as S
from expo.registration.queries_kinds import list_wordings


def about(registration_id: int) -> str:
    """What such a consent is about."""
    return f"registration/{registration_id}"


def list_consents(registration: Registration) -> list[Consent]:
    """All consents given with a registration, also withdrawn ones, newest first."""
    return list(db.session.scalars(
        sa.select(Consent)
        .where(Consent.person_id == registration.person_id, Consent.about == about(registration.id))
        .order_by(Consent.id.desc())
    ))


def find_consent(registration: Registration, purpose: ConsentPurpose) -> Consent | None:
    """The consent that holds now."""
    return next((c for c in list_consents(registration) if c.purpose is purpose and c.withdrawn_at is None), None)


def outdated(consents: Iterable[Consent], edition_id: int) -> set[ConsentPurpose]:
    """The purposes whose standing consent was given to a text that has changed since."""
    wordings = list_wordings(edition_id)
    return {c.purpose for c in consents
            if c.withdrawn_at is None and c.purpose in wordings and c.version != wordings[c.purpose].version}


def count_by_version(edition_id: int) -> dict[tuple[ConsentPurpose, str], int]:
    """How many of an edition's registrations stand by which version: (purpose, version) → people."""
    rows = db.session.execute(
        sa.select(Consent.purpose, Consent.version, sa.func.count())
        .join(Registration, sa.and_(
            Consent.person_id == Registration.person_id,
            Consent.about == sa.literal("registration/").concat(sa.cast(Registration.id, sa.String))))
        .where(Registration.edition_id == edition_id, Consent.withdrawn_at.is_(None))
        .group_by(Consent.purpose, Consent.version)
    )
    return {(purpose, version): number for purpose, version, number in rows}


def list_to_ask(edition_id: int, purpose: ConsentPurpose, version: str, after: int, limit: int) -> list[Registration]:
    """Registrations that stand and whose consent is to another version than the present one, by number."""
    return list(db.session.scalars(
        sa.select(Registration)
        .join(Consent, sa.and_(
            Consent.person_id == Registration.person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None),
            Consent.version != version,
            Consent.about == sa.literal("registration/").concat(sa.cast(Registration.id, sa.String)),
        ))
        .where(Registration.edition_id == edition_id, Registration.id > after,
               Registration.status.in_([S.SUBMITTED, S.WAITING, S.APPROVED]))
        .order_by(Registration.id).limit(limit)
    ))
