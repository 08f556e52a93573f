"""The second factor: one-time passwords by time (RFC 6238) and codes for the day the phone is lost."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

from expo.kit import sealing
from expo.people.permissions import SECOND_FACTOR_ROLES

STEP_S = 30
RECOVERY_CODES = 10


def new_secret() -> str:
    """A secret for an authenticator app."""
    return pyotp.random_base32()


def seal(secret: str, key: str) -> str:
    """The secret as the table (or a cookie) keeps it."""
    return sealing.seal(secret, key, "second factor")


def unseal(sealed: str, key: str) -> str | None:
    """The secret again; ``None`` when the site's key has changed since."""
    return sealing.unseal(sealed, key, "second factor")


def enrolment_address(secret: str, account: str, site: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=site)


def fitting_step(secret: str, code: str, at: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is, one step early or late at most; none that was used before."""
    digits = re.sub(r"\D", "", code)
    now = int(at.timestamp()) // STEP_S
    for step in (now, now - 1, now + 1):
        fits = hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step), digits)
        if fits and (last_step is None or step > last_step):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes to print: ``k3mf-9x2p``, without letters that look like digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return ["-".join("".join(secrets.choice(letters) for _i in range(4)) for _j in range(2)) for _n in range(RECOVERY_CODES)]


def keyed_hash(value: str, key: str) -> str:
    """What tables keep of short codes; without the site's key they cannot be guessed back."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def recovery_hash(code: str, key: str) -> str:
    """The hash of a recovery code however it was typed."""
    return keyed_hash("recovery " + re.sub(r"[^a-z0-9]", "", code.lower()), key)


def needs_second_factor(roles: set[str], *, demo: bool, synthetic: bool) -> bool:
    """Whether these roles may be used only with a second factor; the accounts of the demonstration are let off."""
    return bool(roles & SECOND_FACTOR_ROLES) and not (demo and synthetic)
