"""The keys that sign badges, the text that stands in a badge's QR symbol, and the secret behind its live part."""

from __future__ import annotations

from functools import lru_cache

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.signing import PublicKey, SigningKey, find_key, newest_key, public_keys
from expo.registration.models import Badge
from expo.registration.rules_codes import PAYLOAD_BYTES, BadgeCode, address, content_of, encode, valid_until
from expo.registration.rules_live import derive_secret

PURPOSE = "badge"


def badge_keys() -> dict[int, PublicKey]:
    """All public keys under which badges may have been signed."""
    return public_keys(current_config().home, PURPOSE)


def badge_code(badge: Badge, edition: Edition) -> str:
    """The signed characters of a badge: those it was issued with."""
    return badge.signed or sign_code(badge, edition)


def sign_code(badge: Badge, edition: Edition) -> str:
    """The characters that a badge gets when it is issued now. Signatures are deterministic."""
    key = newest_key(current_config().home, PURPOSE)
    code = BadgeCode(badge.kind, key.key_id, edition.id, valid_until(edition.ends_on), badge.code)
    return encode(code, key.sign)


def badge_address(badge: Badge, edition: Edition) -> str:
    """What the QR symbol on paper says."""
    return address(current_config().public_url, badge_code(badge, edition))


def live_secret(signed: str) -> bytes | None:
    """The secret behind the live part of the badge with these signed characters, which phone and gate share.

    It belongs to the badge's number and to the key that signed it, so a reissued badge has another one. ``None`` when
    that key's file was removed: then the signature is worth nothing, either.
    """
    payload = content_of(signed)[:PAYLOAD_BYTES]
    key = find_key(current_config().home, PURPOSE, payload[1])
    return derive_secret(_live_root(key), payload[6:].hex()) if key is not None else None


@lru_cache(maxsize=300)
def _live_root(key: SigningKey) -> bytes:
    return key.derive(b"expo-live")
