"""What badges need before a new version of the site works with them."""

from __future__ import annotations

from expo.registration.actions_badges import sign_unsigned


def sign_badges(_demonstration: bool) -> list[str]:
    """Badges of before codes were kept get theirs now, so that they stay the same whatever becomes of keys and days."""
    while sign_unsigned():
        pass
    return []
