"""The code on a badge: an https address whose last part is a signed payload; pure functions over text and bytes.

    HTTPS://EXPO.EXAMPLE.CN/B/<122 characters of base32>

The 76 bytes behind the base32 are 12 of payload and 64 of signature (ECDSA P-256 over SHA-256, r and s):

    byte 0      version (high four bits, now 1) and badge kind (low four bits, place in ``KIND_ORDER``)
    byte 1      number of the signing key
    bytes 2–3   the edition's id
    bytes 4–5   last day on which the code is good, counted from 2020-01-01
    bytes 6–11  the badge's random number (``Badge.code``)

Nothing in it is personal. All characters are of the QR standard's alphanumeric set, so that an address of up to
32 characters in front gives a version 6-M symbol. ``tests/registration/vectors.json`` holds examples for every reader.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from expo.kit.signing import PublicKey, is_signed
from expo.registration.models import BadgeKind

VERSION = 1
PAYLOAD_BYTES, SIGNATURE_BYTES, NUMBER_BYTES = 12, 64, 6
CODE_CHARACTERS = 122
EPOCH = date(2020, 1, 1)
#: A kind's place in this list stands on printed badges: append, never reorder.
KIND_ORDER = (
    BadgeKind.GUEST, BadgeKind.EXHIBITOR, BadgeKind.TRADE_VISITOR, BadgeKind.VISITOR, BadgeKind.MEDIA, BadgeKind.STAFF,
    BadgeKind.VOLUNTEER, BadgeKind.EXPERT, BadgeKind.SIGNATORY, BadgeKind.CARETAKER, BadgeKind.PRESENTER,
)
#: Codes outlive the expo by this much, so that an expo that is put off does not make all badges worthless.
GRACE = timedelta(days=180)
#: What a reader may hand in at most; anything longer is no badge and is not looked at.
LONGEST = 400
_ADDRESS = re.compile(r"(?:(?:HTTPS?://)?[A-Z0-9.:\-\[\]/_~]{1,250}?)?/B/([^/?#]*)(?:/[^/?#]*/?)?(?:[?#].*)?", re.DOTALL)
_SPARE_BITS = CODE_CHARACTERS * 5 - (PAYLOAD_BYTES + SIGNATURE_BYTES) * 8
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
_BARE = re.compile(rf"[A-Z2-7]{{{CODE_CHARACTERS}}}")


class CodeFault(StrEnum):
    """Why a text is not a good code. The values are the words of the check-in's reasons."""

    UNKNOWN_CODE = "unknown_code"
    FORGED = "forged"
    EXPIRED = "expired"
    OTHER_EDITION = "other_edition"


@dataclass(frozen=True)
class BadgeCode:
    """What a code says."""

    kind: BadgeKind
    key_id: int
    edition_id: int
    valid_until: date
    number: str

    def payload(self) -> bytes:
        """The 12 bytes that are signed."""
        return b"".join((
            bytes([VERSION << 4 | KIND_ORDER.index(self.kind), self.key_id]),
            self.edition_id.to_bytes(2, "big"),
            (self.valid_until - EPOCH).days.to_bytes(2, "big"),
            bytes.fromhex(self.number),
        ))


def valid_until(ends_on: date) -> date:
    """The last day of a code for an edition that ends on ``ends_on``."""
    return ends_on + GRACE


def encode(code: BadgeCode, sign: Callable[[bytes], bytes]) -> str:
    """The 122 characters that stand in the address."""
    payload = code.payload()
    return base64.b32encode(payload + sign(payload)).decode().rstrip("=")


def address(public_url: str, encoded: str) -> str:
    """The text of the QR symbol; upper case, because the alphanumeric set has no other."""
    return f"{public_url}/b/{encoded}".upper()


def content_of(encoded: str) -> bytes:
    """The 76 bytes behind the characters: what a gate that has no network derives its keys from."""
    return (_bits(encoded) >> _SPARE_BITS).to_bytes(PAYLOAD_BYTES + SIGNATURE_BYTES, "big")


def _bits(encoded: str) -> int:
    """All bits of the characters. As one number in base 32: ten times as fast as ``base64.b32decode``."""
    return int(encoded.translate(_DIGITS), 32)


def read(text: str, keys: Mapping[int, PublicKey]) -> BadgeCode | CodeFault:
    """What a scanned text says, or why it says nothing. Any text may be handed in, of any length."""
    if len(text) > LONGEST:
        return CodeFault.UNKNOWN_CODE
    characters = _characters(text)
    if characters is None:
        return CodeFault.UNKNOWN_CODE
    if not _BARE.fullmatch(characters):
        return CodeFault.FORGED
    # 122 characters hold 610 bits; the two that are left over must be 0, or two texts would be the same code.
    if _bits(characters) & (1 << _SPARE_BITS) - 1:
        return CodeFault.FORGED
    content = content_of(characters)
    payload, signature = content[:PAYLOAD_BYTES], content[PAYLOAD_BYTES:]
    key = keys.get(payload[1])
    if payload[0] >> 4 != VERSION or payload[0] & 15 >= len(KIND_ORDER) or key is None:
        return CodeFault.FORGED
    if not is_signed(key, payload, signature):
        return CodeFault.FORGED
    return BadgeCode(
        kind=KIND_ORDER[payload[0] & 15],
        key_id=payload[1],
        edition_id=int.from_bytes(payload[2:4], "big"),
        valid_until=EPOCH + timedelta(days=int.from_bytes(payload[4:6], "big")),
        number=payload[6:].hex(),
    )


def verify(text: str, keys: Mapping[int, PublicKey], edition_id: int, on: date) -> BadgeCode | CodeFault:
    """``read``, and the code must belong to the edition and be good on the day. No list is needed for any of it."""
    found = read(text, keys)
    if isinstance(found, CodeFault):
        return found
    if found.edition_id != edition_id:
        return CodeFault.OTHER_EDITION
    return found if on <= found.valid_until else CodeFault.EXPIRED


def _characters(text: str) -> str | None:
    """The part behind ``/B/``, or the whole text if it looks like one; ``None`` for other people's codes."""
    plain = text.strip().upper()
    if found := _ADDRESS.fullmatch(plain):
        return found[1]
    return plain if _BARE.fullmatch(plain) else None
