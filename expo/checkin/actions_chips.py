"""Tying a chip to a badge at a desk, by one reading."""

from __future__ import annotations

from expo.checkin import queries_chips as queries
from expo.checkin.models_chips import Chip
from expo.checkin.rules_chips import chip_number
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.registration.events import RegistrationErased
from expo.registration.models import BadgeStatus
from expo.registration.queries import find_valid_badge, get_registration


@action
def tie_chip(edition_id: int, registration_id: int, text: str, *, device_id: int | None = None, by: Actor) -> Chip:
    """From now on the chip's number is read like the valid badge's code; a card of a badge that is over may serve again."""
    number = chip_number(text)
    if number is None:
        raise Refused(_l("This is not a chip's number. Hold the badge to the reader again."), "chip")
    registration = get_registration(registration_id, edition_id)
    badge = find_valid_badge(registration.id, for_update=True)
    if badge is None:
        raise Refused(_l("This registration has no valid badge."), "registration")
    chip = queries.find_chip(edition_id, number)
    if chip is None:
        chip = Chip(edition_id=edition_id, number=number, badge_id=badge.id)
        db.session.add(chip)
    elif chip.badge_id != badge.id and chip.badge.status is BadgeStatus.VALID:
        raise Refused(_l("This chip belongs to another valid badge. Take another card, or cancel that badge first."), "chip")
    chip.badge_id, chip.device_id, chip.tied_at = badge.id, device_id, clock.now()
    db.session.flush()
    return chip


def forget_chips(fact: RegistrationErased) -> None:
    """Reaction: a card that somebody may still carry says nothing of them any more."""
    for chip in queries.list_chips_of(fact.registration_id):
        db.session.delete(chip)
