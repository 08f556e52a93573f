"""Consents: given for one purpose and one version of its text, taken back at any time (PIPL articles 14 to 16)."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.unit import action, announce
from expo.people import queries
from expo.people.events import ConsentWithdrawn
from expo.people.models import Consent, ConsentPurpose


@action
def give_consent(person_id: int, purpose: ConsentPurpose, version: str, about: str = "", about_title: str = "", *,
                 by: Actor) -> int:
    """Note a person's consent; the same consent given again stays the one it was. Its number."""
    given = queries.find_consent(person_id, purpose, about)
    if given is not None and given.version == version:
        return int(given.id)
    if given is not None:
        given.withdrawn_at = clock.now()
    consent = Consent(person_id=person_id, purpose=purpose, version=version, about=about, about_title=about_title[:200])
    db.session.add(consent)
    db.session.flush()
    return int(consent.id)


@action
def withdraw_consent(consent_id: int, *, by: Actor) -> None:
    """Take one's own consent back; what rested on it is told."""
    consent = get_record(Consent, consent_id, for_update=True)
    if consent.person_id != by.person_id and not by.is_system:
        raise not_found()
    if consent.withdrawn_at is not None:
        return
    consent.withdrawn_at = clock.now()
    announce(ConsentWithdrawn(consent.person_id, consent.purpose, consent.about))
