"""The badge with which a gate is tried out: signed like every other, but nobody's. It opens no gate anywhere."""

from __future__ import annotations

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.signing import newest_key
from expo.registration.models import BadgeKind
from expo.registration.queries_keys import PURPOSE
from expo.registration.rules_codes import BadgeCode, address, encode, valid_until

#: No badge has this number: numbers are drawn at random, and no table holds this one.
TRIAL_NUMBER = "000000000000"


def trial_badge_address(edition: Edition) -> str:
    """What its QR symbol says."""
    config = current_config()
    key = newest_key(config.home, PURPOSE)
    code = BadgeCode(BadgeKind.STAFF, key.key_id, edition.id, valid_until(edition.ends_on), TRIAL_NUMBER)
    return address(config.public_url, encode(code, key.sign))
