"""The offline pack in bytes: ids, boxes that only a badge's own code opens, and the whole (docs/checkin-protocol.md)."""

from __future__ import annotations

import base64
import json
import struct
from array import array
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from expo.registration.models import BadgeKind, BadgeStatus
from expo.registration.rules_codes import KIND_ORDER

MAGIC = b"EXPOPCK1"
ID_BYTES = 8
_REVOKED = {BadgeStatus.REPLACED: b"\x01", BadgeStatus.CANCELLED: b"\x02"}


def pack_id(code_bytes: bytes) -> bytes:
    """Under which a badge stands in the pack; tells nothing about its code."""
    return sha256(b"expo-pack-id" + code_bytes).digest()[:ID_BYTES]


def box_key(code_bytes: bytes) -> bytes:
    """What opens a badge's box; only whoever sees the badge can have it."""
    return sha256(b"expo-pack-key" + code_bytes).digest()[:16]


def in_text(secret: bytes) -> str:
    """Bytes as they stand in a box: base64url without its padding."""
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def content(registration: int, name: str, organisation: str, kind: BadgeKind, extra: Mapping[str, Any]) -> bytes:
    """What a gate without network is told about a badge's holder."""
    values: list[Any] = [registration, name, organisation, KIND_ORDER.index(kind)]
    if extra:
        values.append(extra)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def revocation(status: BadgeStatus) -> bytes:
    """The box of a badge that opens no gate any more."""
    return _REVOKED[status]


def box(plain: bytes, code_bytes: bytes, version: int) -> bytes:
    """``plain`` for those who have the code. A badge's version is never used twice, so neither is the nonce."""
    nonce = version.to_bytes(4, "big")
    return nonce + AESGCM(box_key(code_bytes)).encrypt(nonce + bytes(8), plain, pack_id(code_bytes))


def opened(boxed: bytes, code_bytes: bytes) -> list[Any]:
    """What stands in a box; for tests and for readers of others."""
    plain = AESGCM(box_key(code_bytes)).decrypt(boxed[:4] + bytes(8), boxed[4:], pack_id(code_bytes))
    found: list[Any] = json.loads(plain)
    return found


def body(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Ids, offsets and boxes of entries that are sorted by id."""
    offsets, place = array("I", [0]), 0
    for _id, boxed in entries:
        place += len(boxed)
        offsets.append(place)
    if struct.pack("=I", 1) != struct.pack("<I", 1):
        offsets.byteswap()
    return b"".join([*(entry[0] for entry in entries), offsets.tobytes(), *(entry[1] for entry in entries)])


def whole(meta: Mapping[str, Any], entries_body: bytes) -> bytes:
    """The file that a device loads."""
    head = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    padding = -(len(MAGIC) + 4 + len(head)) % 4
    return b"".join([MAGIC, struct.pack("<I", len(head)), head, bytes(padding), entries_body])


def parsed(data: bytes) -> tuple[dict[str, Any], dict[bytes, bytes]]:
    """A pack as its description and its boxes by id."""
    if data[:8] != MAGIC:
        raise ValueError("This is no pack.")
    (length,) = struct.unpack_from("<I", data, 8)
    meta: dict[str, Any] = json.loads(data[12:12 + length])
    place, count = 12 + length + -(12 + length) % 4, int(meta["count"])
    offsets = struct.unpack_from(f"<{count + 1}I", data, place + count * ID_BYTES)
    boxes = place + count * ID_BYTES + (count + 1) * 4
    return meta, {data[place + n * ID_BYTES:place + (n + 1) * ID_BYTES]: data[boxes + offsets[n]:boxes + offsets[n + 1]]
                  for n in range(count)}
