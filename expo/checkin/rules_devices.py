"""Tokens and one-time codes of devices: made at random, stored as hashes, compared without telling anything."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

#: How long the code that enrols a device is good.
ENROL_WITHIN = timedelta(hours=24)


def new_secret() -> str:
    """A one-time code or the secret half of a token: 192 random bits."""
    return secrets.token_urlsafe(24)


def hash_of(secret: str) -> str:
    """What is stored of it. It is random, so that a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def token_of(device_id: int, secret: str) -> str:
    """What the device sends: its number, so that it is found at once, and its secret."""
    return f"{device_id}.{secret}"


def parts_of(token: str) -> tuple[int, str] | None:
    """The number and the secret of a token; nothing if it is none."""
    number, dot, secret = token.partition(".")
    if not dot or not number.isdecimal() or len(number) > 9 or not 16 <= len(secret) <= 64:
        return None
    return int(number), secret


def fits(secret: str, stored: str | None) -> bool:
    """Whether the secret is the one whose hash is stored."""
    return stored is not None and hmac.compare_digest(hash_of(secret), stored)
