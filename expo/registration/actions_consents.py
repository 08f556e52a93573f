"""Consents that belong to a registration; withdrawing the necessary one ends it."""

from __future__ import annotations

from collections.abc import Collection

from expo.kit.access import Actor
from expo.kit.language import _
from expo.people.actions_consents import give_consent
from expo.people.events import ConsentWithdrawn
from expo.people.models import ConsentPurpose
from expo.registration import queries
from expo.registration.actions_leaving import leave
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.queries_consents import about
from expo.registration.queries_kinds import list_wordings


def give_consents(registration: Registration, title: str, purposes: Collection[ConsentPurpose], by: Actor) -> None:
    """Note the given purposes, each with the version of the text that was shown; runs inside an action."""
    for purpose, wording in list_wordings(registration.edition_id).items():
        if purpose in purposes:
            give_consent(registration.person_id, purpose, wording.version, about(registration.id), title, by=by)


def end_after_withdrawal(fact: ConsentWithdrawn) -> None:
    """Reaction: without the necessary consent a registration cannot go on."""
    room, _slash, number = fact.about.partition("/")
    if fact.purpose is not ConsentPurpose.REGISTRATION or room != "registration":
        return
    registration = queries.find_registration(int(number), for_update=True)
    if registration is None or registration.status is RegistrationStatus.CANCELLED:
        return
    leave(registration, _("The consent was withdrawn"))
