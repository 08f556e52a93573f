"""The live part of a code: what the badge on the phone shows behind its signed code, new every 30 seconds.

    HTTPS://EXPO.EXAMPLE.CN/B/<122 characters of the signed code>/<12 characters of the live part>

The first four characters of the live part are the low 20 bits of its step, the count of half minutes since 1970; the
other eight are the first 40 bits of HMAC-SHA256(secret, "expo-live" ‖ 6 bytes badge number ‖ 8 bytes step). Both are
base32. Phone and gate need no network for it, only clocks that agree within a step or two: the step in the part tells
an old picture from a forged one, and says how old it is.

Pure functions. ``static/js/live-code.js`` does the same in the browser; ``tests/registration/vectors.json`` holds both
to one set of examples.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

#: How long one part is shown.
STEP = timedelta(seconds=30)
#: How many steps before and after its own a gate takes: somebody's turn at the scanner takes a moment.
WINDOW = 1
LIVE_CHARACTERS = 12
SECRET_BYTES = 16
_STEP_CHARACTERS, _STEP_BITS = 4, 20
_TAG_BYTES = 5
_LABEL = b"expo-live"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LIVE = re.compile(rf"[{_ALPHABET}]{{{LIVE_CHARACTERS}}}")
_IN_ADDRESS = re.compile(r"/B/[^/?#]*/([^/?#]*)/?(?:[?#].*)?", re.DOTALL)


class LiveFault(StrEnum):
    """Why a live part does not open a gate that asks for one."""

    MISSING = "live_missing"
    STALE = "live_stale"
    WRONG = "live_wrong"


@dataclass(frozen=True)
class Live:
    """A live part that its badge has made: for which half minute, and how far that lies from now."""

    step: int
    age: timedelta


def derive_secret(root: bytes, number: str) -> bytes:
    """A badge's own secret out of the site's root secret; ``number`` in hex."""
    return hmac.digest(root, bytes.fromhex(number), sha256)[:SECRET_BYTES]


def step_at(at: datetime) -> int:
    """The number of the half minute in which ``at`` lies."""
    return int(at.astimezone(UTC).timestamp() // STEP.total_seconds())


def live_part(secret: bytes, number: str, step: int) -> str:
    """The twelve characters that the badge ``number`` (in hex) shows during ``step``."""
    low = step & (1 << _STEP_BITS) - 1
    place = "".join(_ALPHABET[low >> shift & 31] for shift in (15, 10, 5, 0))
    message = _LABEL + bytes.fromhex(number) + step.to_bytes(8, "big")
    return place + base64.b32encode(hmac.digest(secret, message, sha256)[:_TAG_BYTES]).decode()


def live_address(address: str, part: str) -> str:
    """The text of the QR symbol on the phone."""
    return f"{address}/{part}"


def live_part_of(text: str) -> str:
    """The live part of a scanned text, or nothing. Of any text, of any length."""
    found = _IN_ADDRESS.search(text.strip().upper()) if len(text) <= 500 else None
    return found[1] if found else ""


def check_live(part: str, secret: bytes, number: str, at: datetime, *, skew: timedelta = timedelta(0)
               ) -> Live | LiveFault:
    """Whether the badge has shown ``part`` at the moment ``at``, give or take a step.

    ``skew`` is how far the gate's own clock is known to run ahead of the site's; ``at`` is what that clock said.
    """
    if not part:
        return LiveFault.MISSING
    plain = part.strip().upper()
    if not _LIVE.fullmatch(plain):
        return LiveFault.WRONG
    now = at - skew
    step = _nearest(plain, step_at(now))
    if step < 0 or not hmac.compare_digest(live_part(secret, number, step), plain):
        return LiveFault.WRONG
    if abs(step - step_at(now)) > WINDOW:
        return LiveFault.STALE
    return Live(step, (step_at(now) - step) * STEP)


def shown_at(part: str, at: datetime) -> datetime:
    """When a well-formed part was shown, by what it says itself: for telling how old a picture of it is."""
    return datetime.fromtimestamp(_nearest(part.strip().upper(), step_at(at)) * STEP.total_seconds(), UTC)


def _nearest(part: str, now: int) -> int:
    """The whole step of a part that holds only its low bits: the one nearest to now, within half a year."""
    low = 0
    for character in part[:_STEP_CHARACTERS]:
        low = low << 5 | _ALPHABET.index(character)
    size = 1 << _STEP_BITS
    return now + (low - now + size // 2) % size - size // 2
