"""The keys that sign badges, and the text that stands in a badge's QR symbol."""

from __future__ import annotations

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.signing import PublicKey, newest_key, public_keys
from expo.registration.models import Badge
from expo.registration.rules_codes import BadgeCode, address, encode, valid_until

PURPOSE = "badge"


def badge_keys() -> dict[int, PublicKey]:
    """All public keys under which badges may have been signed."""
    return public_keys(current_config().home, PURPOSE)


def badge_code(badge: Badge, edition: Edition) -> str:
    """The signed characters of a badge."""
    key = newest_key(current_config().home, PURPOSE)
    code = BadgeCode(badge.kind, key.key_id, edition.id, valid_until(edition.ends_on), badge.code)
    return encode(code, key.sign)


def badge_address(badge: Badge, edition: Edition) -> str:
    """What the QR symbol says."""
    return address(current_config().public_url, badge_code(badge, edition))
