"""Writes vectors.json anew: examples of codes for every reader, made with a key that signs nothing else.

    .venv/bin/python -m tests.registration.make_vectors
"""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from expo.kit.signing import SigningKey
from expo.registration.models import BadgeKind
from expo.registration.rules_codes import BadgeCode, address, encode

PATH = Path(__file__).with_name("vectors.json")
KEY = SigningKey(3, ec.derive_private_key(0x1F2E3D4C5B6A79, ec.SECP256R1()))
OTHER = SigningKey(3, ec.derive_private_key(0x0A0B0C0D0E0F, ec.SECP256R1()))
URL = "https://expo.example.cn"
EDITION, DAY = 6, date(2026, 11, 21)
CODE = BadgeCode(BadgeKind.TRADE_VISITOR, 3, EDITION, date(2027, 5, 21), "00a1b2c3d4e5")


def changed(encoded: str, place: int) -> str:
    """One character of a code replaced by another."""
    return encoded[:place] + ("A" if encoded[place] != "A" else "B") + encoded[place + 1:]


def with_bytes(encoded: str, place: int, value: int) -> str:
    """One byte of a code replaced, the signature left as it is."""
    content = bytearray(base64.b32decode(encoded + "=" * (-len(encoded) % 8)))
    content[place] = value
    return base64.b32encode(bytes(content)).decode().rstrip("=")


def vectors() -> dict[str, Any]:
    """The whole file."""
    good = encode(CODE, KEY.sign)
    whole = address(URL, good)

    def one(name: str, text: str, verdict: str, **says: Any) -> dict[str, Any]:
        return {"name": name, "text": text, "verdict": verdict, **({"says": says} if says else {})}

    said = {"kind": "trade_visitor", "key_id": 3, "edition_id": EDITION, "valid_until": "2027-05-21",
            "number": "00a1b2c3d4e5"}
    old = encode(BadgeCode(CODE.kind, 3, EDITION, DAY - timedelta(days=1), CODE.number), KEY.sign)
    last_day = encode(BadgeCode(CODE.kind, 3, EDITION, DAY, CODE.number), KEY.sign)
    spare = good[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".index(good[-1]) | 1]
    return {
        "about": "Codes and what a reader must say of them, for edition 6 on 2026-11-21 with the public key below.",
        "edition_id": EDITION, "day": DAY.isoformat(), "key_id": 3,
        "public_key_spki": base64.b64encode(KEY.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).decode(),
        "vectors": [
            one("good", whole, "good", **said),
            one("small letters", whole.lower(), "good", **said),
            one("blanks and a line end around it", f"  {whole}\r\n", "good", **said),
            one("the code without its address", good, "good", **said),
            one("another host with the same path", f"http://192.168.1.20:8000/b/{good}", "good", **said),
            one("the largest number", address(URL, encode(BadgeCode(BadgeKind.PRESENTER, 3, EDITION, CODE.valid_until,
                "ffffffffffff"), KEY.sign)), "good", **(said | {"kind": "presenter", "number": "ffffffffffff"})),
            one("the last day", address(URL, last_day), "good", **(said | {"valid_until": DAY.isoformat()})),
            one("the day after", address(URL, old), "expired"),
            one("another edition", address(URL, encode(BadgeCode(CODE.kind, 3, 5, CODE.valid_until, CODE.number), KEY.sign)),
                "other_edition"),
            one("edition 65535", address(URL, encode(BadgeCode(CODE.kind, 3, 65535, CODE.valid_until, CODE.number), KEY.sign)),
                "other_edition"),
            one("signed by somebody else", address(URL, encode(CODE, OTHER.sign)), "forged"),
            one("a key that is not known", address(URL, encode(BadgeCode(CODE.kind, 4, EDITION, CODE.valid_until, CODE.number),
                KEY.sign)), "forged"),
            one("another kind, old signature", address(URL, with_bytes(good, 0, 0x10)), "forged"),
            one("another number, old signature", address(URL, with_bytes(good, 11, 0xE6)), "forged"),
            one("another edition, old signature", address(URL, with_bytes(good, 3, 7)), "forged"),
            one("a later day, old signature", address(URL, with_bytes(good, 4, 0xFF)), "forged"),
            one("version 2", address(URL, with_bytes(good, 0, 0x22)), "forged"),
            one("a kind that does not exist", address(URL, with_bytes(good, 0, 0x1F)), "forged"),
            one("a changed signature", address(URL, changed(good, 60)), "forged"),
            one("a signature of zeros", address(URL, base64.b32encode(CODE.payload() + bytes(64)).decode().rstrip("=")), "forged"),
            one("a signature of ones", address(URL, base64.b32encode(CODE.payload() + b"\xff" * 64).decode().rstrip("=")), "forged"),
            one("spare bits set", address(URL, spare), "forged"),
            one("cut off", address(URL, good)[:-10], "forged"),
            one("nothing behind the path", f"{URL}/b/", "forged"),
            one("one character too many", address(URL, good) + "A", "forged"),
            one("characters that base32 has not", address(URL, "0" + good[1:]), "forged"),
            one("full-width characters", address(URL, good[:-1] + "Ａ"), "forged"),
            one("10,000 characters", address(URL, "A" * 10_000), "unknown_code"),
            one("256 characters", address(URL, "A" * 256), "forged"),
            one("nothing", "", "unknown_code"),
            one("another address", "https://example.com/menu?id=7", "unknown_code"),
            one("a contact card", "BEGIN:VCARD\nN:Wang;Min\nEND:VCARD", "unknown_code"),
            one("a barcode", "6901234567892", "unknown_code"),
            one("another alphabet", "签到码", "unknown_code"),
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
