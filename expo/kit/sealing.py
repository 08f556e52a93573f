"""Secrets of others that must be said again one day: kept sealed, so that the database alone gives none of them away."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


def seal(text: str, key: str, purpose: str) -> str:
    """The text as a table keeps it: useless without the site's own key, and for any other purpose."""
    return _box(key, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, key: str, purpose: str) -> str | None:
    """The text again; ``None`` when the site's key has changed since."""
    try:
        return _box(key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose} {key}".encode()).digest()))
