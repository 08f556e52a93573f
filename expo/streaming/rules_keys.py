"""Senders' keys and venues' codes: made from a salt and the site's secret, so that the database holds none of them. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from expo.streaming.models import Channel, StreamKey

_LETTERS = str.maketrans("01", "89")  # Base32 has no 0 and 1; nothing is confused with O and I.


def new_salt() -> str:
    return secrets.token_urlsafe(18)


def key_text(secret: str, purpose: str, salt: str, length: int = 24) -> str:
    """The word that belongs to ``salt``, in groups of four: easy to read out, 120 bits by default."""
    mac = hmac.new(secret.encode(), f"{purpose}:{salt}".encode(), hashlib.sha256).digest()
    letters = base64.b32encode(mac).decode().lower().translate(_LETTERS)[:length]
    return "-".join(letters[start:start + 4] for start in range(0, length, 4))


def digest_of(text: str) -> str:
    """What is stored of a key. Letters' case, blanks and dashes do not matter: people copy by hand."""
    plain = "".join(c for c in text.lower() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def is_usable(key: StreamKey, channel: Channel, at: datetime) -> bool:
    """Whether somebody may send with it now."""
    return (
        key.revoked_at is None
        and channel.closed_at is None
        and (key.expires_at is None or at < key.expires_at)
    )
