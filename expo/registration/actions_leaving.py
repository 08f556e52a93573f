"""What ends with a registration: its badge, its place, its invitation. All of it runs inside an action."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.db import db, find_record
from expo.kit.unit import announce
from expo.registration import queries, rules
from expo.registration.events import PlaceFreed, RegistrationEnded
from expo.registration.models import BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_invitations import Invitation
from expo.registration.rules_places import HOLDING


def end_badge(registration_id: int, status: BadgeStatus, reason: str) -> None:
    """The valid badge, if there is one, opens no gate any more."""
    badge = queries.find_valid_badge(registration_id, for_update=True)
    if badge is not None:
        rules.BADGE_LIFECYCLE.move(badge, status)
        badge.ended_at, badge.ended_reason = clock.now(), reason


def leave(registration: Registration, reason: str, status: RegistrationStatus = RegistrationStatus.CANCELLED) -> None:
    """The person does not come: the badge ends, and the place goes to whoever waits for it."""
    held = registration.status in HOLDING
    rules.LIFECYCLE.move(registration, status)
    registration.waiting_since = None
    end_badge(registration.id, BadgeStatus.CANCELLED, reason)
    free_invitation(registration)
    db.session.flush()
    announce(RegistrationEnded(registration.edition_id, registration.id))
    if held:
        announce(PlaceFreed(registration.edition_id))


def free_invitation(registration: Registration) -> None:
    """A use that came to nothing can be made by somebody else."""
    invitation = find_record(Invitation, registration.invitation_id, for_update=True)
    if invitation is not None:
        invitation.uses = max(0, invitation.uses - 1)
        registration.invitation_id = None
