"""Writes vectors.json anew: examples of codes for every reader, made with a key that signs nothing else.

    .venv/bin/python -m tests.registration.make_vectors
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from expo.kit.signing import SigningKey
from expo.registration.models import BadgeKind
from expo.registration.rules_codes import BadgeCode, address, encode
from expo.registration.rules_live import STEP, derive_secret, live_address, live_part, step_at

PATH = Path(__file__).with_name("vectors.json")
KEY = SigningKey(3, ec.derive_private_key(0x1F2E3D4C5B6A79, ec.SECP256R1()))
OTHER = SigningKey(3, ec.derive_private_key(0x0A0B0C0D0E0F, ec.SECP256R1()))
URL = "https://expo.example.cn"
EDITION, DAY = 6, date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, 30, 10, tzinfo=UTC)
SECRET = derive_secret(bytes(range(32)), "00a1b2c3d4e5")
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
            one("with a live part", f"{whole}/AAAABBBBCCCC", "good", **said),
            one("with a live part and a stroke", f"{whole}/AAAABBBBCCCC/", "good", **said),
            one("with a cut live part", f"{whole}/AAA", "good", **said),
            one("with two parts behind it", f"{whole}/AAAABBBBCCCC/AAAA", "unknown_code"),
            one("cut off before its live part", f"{whole[:-10]}/AAAABBBBCCCC", "forged"),
            one("nothing", "", "unknown_code"),
            one("another address", "https://example.com/menu?id=7", "unknown_code"),
            one("a contact card", "BEGIN:VCARD\nN:Wang;Min\nEND:VCARD", "unknown_code"),
            one("a barcode", "6901234567892", "unknown_code"),
            one("another alphabet", "签到码", "unknown_code"),
        ],
        "live": live_vectors(whole),
    }


def live_vectors(whole: str) -> dict[str, Any]:
    """Texts with live parts and what a gate that asks for them must say at one moment."""

    def part(steps: int, secret: bytes = SECRET, number: str = CODE.number) -> str:
        return live_part(secret, number, step_at(NOW) + steps)

    def one(name: str, text: str, verdict: str, age: int | None = None, skew: int = 0) -> dict[str, Any]:
        return {"name": name, "text": text, "verdict": verdict, "skew_seconds": skew,
                **({} if age is None else {"age_seconds": age})}

    good = part(0)
    half_year = (1 << 20) // 2
    return {
        "about": "The badge above with its secret (base64), at this moment of the gate's clock. skew_seconds: how far that "
                 "clock runs ahead. age_seconds: how long ago the part's half minute was.",
        "number": CODE.number, "secret": base64.b64encode(SECRET).decode(), "at": NOW.isoformat(),
        "step_seconds": int(STEP.total_seconds()), "window": 1,
        "parts": [{"step": step, "part": live_part(SECRET, CODE.number, step)}
                  for step in (0, 1, (1 << 20) - 1, 1 << 20, step_at(NOW))],
        "vectors": [
            one("now", live_address(whole, good), "good", 0),
            one("small letters", live_address(whole, good).lower(), "good", 0),
            one("a stroke behind it", live_address(whole, good) + "/", "good", 0),
            one("one step old", live_address(whole, part(-1)), "good", 30),
            one("the phone's clock is a step ahead", live_address(whole, part(1)), "good", -30),
            one("two steps old", live_address(whole, part(-2)), "live_stale"),
            one("two steps ahead", live_address(whole, part(2)), "live_stale"),
            one("yesterday's picture", live_address(whole, part(-2880)), "live_stale"),
            one("half a year old", live_address(whole, part(-half_year)), "live_stale"),
            one("older than its step can tell", live_address(whole, part(-3 * half_year)), "live_wrong"),
            one("the gate's clock is five minutes ahead", live_address(whole, part(-10)), "good", 0, 300),
            one("the gate's clock is five minutes behind", live_address(whole, part(10)), "good", 0, -300),
            one("right for a wrong clock", live_address(whole, good), "live_stale", skew=300),
            one("no live part", whole, "live_missing"),
            one("an empty one", live_address(whole, ""), "live_missing"),
            one("a stroke and a question", whole + "?a=1", "live_missing"),
            one("one with a question", live_address(whole, good) + "?a=1", "good", 0),
            one("another badge's", live_address(whole, part(0, number="00a1b2c3d4e6")), "live_wrong"),
            one("another secret's", live_address(whole, part(0, secret=bytes(16))), "live_wrong"),
            one("old tag with the step of now", live_address(whole, good[:4] + part(-5)[4:]), "live_wrong"),
            one("old step with the tag of now", live_address(whole, part(-5)[:4] + good[4:]), "live_wrong"),
            one("one changed character", live_address(whole, changed(good, 11)), "live_wrong"),
            one("cut off", live_address(whole, good[:-1]), "live_wrong"),
            one("too long", live_address(whole, good + "A"), "live_wrong"),
            one("characters that base32 has not", live_address(whole, "0" + good[1:]), "live_wrong"),
            one("characters of another alphabet", live_address(whole, good[:-1] + "Ａ"), "live_wrong"),
            one("10,000 characters", live_address(whole, "A" * 10_000), "live_missing"),
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
