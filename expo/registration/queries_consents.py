"""What people have consented to with a registration."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from expo.kit.db import db
from expo.people.models import Consent, ConsentPurpose
from expo.registration.models import Registration
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
