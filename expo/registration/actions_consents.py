"""Consents that belong to a registration; withdrawing the necessary one ends it."""

from __future__ import annotations

from collections.abc import Collection

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.language import _
from expo.people.actions_consents import give_consent
from expo.people.events import ConsentWithdrawn
from expo.people.models import ConsentPurpose
from expo.registration import queries, rules
from expo.registration.models import BadgeStatus, Registration, RegistrationStatus
from expo.registration.queries_consents import about
from expo.registration.words import CONSENT_TEXTS


def give_consents(registration: Registration, title: str, purposes: Collection[ConsentPurpose], by: Actor) -> None:
    """Note the given purposes, each with the version of the text that was shown; runs inside an action."""
    for purpose, text in CONSENT_TEXTS.items():
        if purpose in purposes:
            give_consent(registration.person_id, purpose, text.version, about(registration.id), title, by=by)


def end_badge(registration_id: int, status: BadgeStatus, reason: str) -> None:
    """The valid badge, if there is one, opens no gate any more; runs inside an action."""
    badge = queries.find_valid_badge(registration_id, for_update=True)
    if badge is not None:
        rules.BADGE_LIFECYCLE.move(badge, status)
        badge.ended_at, badge.ended_reason = clock.now(), reason


def end_after_withdrawal(fact: ConsentWithdrawn) -> None:
    """Reaction: without the necessary consent a registration cannot go on."""
    room, _slash, number = fact.about.partition("/")
    if fact.purpose is not ConsentPurpose.REGISTRATION or room != "registration":
        return
    registration = queries.find_registration(int(number), for_update=True)
    if registration is None or registration.status is RegistrationStatus.CANCELLED:
        return
    rules.LIFECYCLE.move(registration, RegistrationStatus.CANCELLED)
    end_badge(registration.id, BadgeStatus.CANCELLED, _("The consent was withdrawn"))
