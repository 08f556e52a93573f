"""Signing up for sessions and other check-in points with a limited number of places."""

from __future__ import annotations

from expo.checkin import queries_sign_up as queries
from expo.checkin.models import SignUp
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.registration.events import RegistrationEnded
from expo.registration.models import RegistrationStatus
from expo.registration.queries import get_by_token


@action
def sign_up(token: str, gate_id: int, *, by: Actor) -> SignUp:
    """Somebody takes one of the places, by the link to their registration. The gate's row decides who is the last."""
    registration = get_by_token(token)
    if registration.status is not RegistrationStatus.APPROVED:
        raise Refused(_l("Only approved registrations can sign up."))
    gate = queries.get_open_gate(gate_id, registration.edition_id)
    if gate.badge_kinds and registration.badge_kind.value not in gate.badge_kinds:
        raise Refused(_l("This is not for your kind of badge."))
    found = queries.find_sign_up(gate_id, registration.id)
    if found is not None:
        return found
    if gate.places is not None and queries.count_sign_ups(gate_id) >= gate.places:
        raise Refused(_l("All places are taken. Look again later: a place may become free."))
    found = SignUp(gate_id=gate_id, registration_id=registration.id)
    db.session.add(found)
    db.session.flush()
    # The offline pack reads what has changed from the registration's own history.
    record("signed_up", "registration", registration.id, {"gate": gate.name})
    return found


@action
def leave(token: str, gate_id: int, *, by: Actor) -> None:
    """Give the place back."""
    registration = get_by_token(token)
    found = queries.find_sign_up(gate_id, registration.id)
    if found is None:
        raise not_found()
    db.session.delete(found)
    record("left", "registration", registration.id, {"gate": gate_id})


def free_places(fact: RegistrationEnded) -> None:
    """Reaction: who does not come takes no place from others."""
    for found in queries.list_sign_ups_of(fact.registration_id):
        db.session.delete(found)
        record("left", "registration", fact.registration_id, {"gate": found.gate_id})
