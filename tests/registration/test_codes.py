"""The code on a badge: what a reader says of good, forged, altered, foreign and worn-out ones."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.qr import qr_modules
from expo.kit.signing import newest_key, public_keys, rotate_key
from expo.registration.models import BadgeKind
from expo.registration.rules_codes import KIND_ORDER, BadgeCode, CodeFault, address, encode, read, verify
from tests.registration.make_vectors import CODE, KEY, URL, vectors

FILE = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
KEYS: dict[int, Any] = {FILE["key_id"]: load_der_public_key(base64.b64decode(FILE["public_key_spki"]))}


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda v: v["name"])
def test_every_reader_says_the_same_of_each_example(vector):
    found = verify(vector["text"], KEYS, FILE["edition_id"], date.fromisoformat(FILE["day"]))
    if vector["verdict"] != "good":
        assert found is CodeFault(vector["verdict"])
        return
    assert isinstance(found, BadgeCode)
    assert {"kind": found.kind.value, "key_id": found.key_id, "edition_id": found.edition_id,
            "valid_until": found.valid_until.isoformat(), "number": found.number} == vector["says"]


def test_the_file_of_examples_is_what_the_code_makes():
    assert vectors() == FILE


def test_a_code_has_122_characters_and_fits_a_version_6_symbol():
    text = address("https://kch.sckx.gov.cn", encode(CODE, KEY.sign))
    assert len(encode(CODE, KEY.sign)) == 122
    assert qr_modules(text, level="M")[0] == 41


def test_a_code_holds_nothing_personal_but_kind_edition_day_and_number():
    assert len(CODE.payload()) == 12
    assert set(BadgeCode.__dataclass_fields__) == {"kind", "key_id", "edition_id", "valid_until", "number"}


def test_every_kind_has_its_place_on_printed_badges():
    assert set(KIND_ORDER) == set(BadgeKind)
    assert len(KIND_ORDER) <= 16


def test_the_same_badge_always_has_the_same_code():
    assert encode(CODE, KEY.sign) == encode(CODE, KEY.sign)


@given(st.integers(0, 75), st.integers(1, 255))
def test_no_single_byte_can_be_changed(place: int, difference: int) -> None:
    encoded = encode(CODE, KEY.sign)
    content = bytearray(base64.b32decode(encoded + "=" * (-len(encoded) % 8)))
    content[place] ^= difference
    text = address(URL, base64.b32encode(bytes(content)).decode().rstrip("="))
    assert read(text, KEYS) is CodeFault.FORGED


@given(st.text(max_size=500))
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(read(text, KEYS), CodeFault)


def test_keys_are_made_once_and_only_their_owner_may_read_them(tmp_path):
    first = newest_key(tmp_path, "badge")
    assert newest_key(tmp_path, "badge").sign(b"x") == first.sign(b"x")
    path = tmp_path / "keys" / "badge-1.pem"
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in path.parent.iterdir()] == ["badge-1.pem"]


def test_after_a_rotation_old_codes_stay_good_until_their_key_is_removed(tmp_path):
    old = encode(BadgeCode(CODE.kind, 1, 6, CODE.valid_until, CODE.number), newest_key(tmp_path, "badge").sign)
    assert rotate_key(tmp_path, "badge") == 2
    new = encode(BadgeCode(CODE.kind, 2, 6, CODE.valid_until, CODE.number), newest_key(tmp_path, "badge").sign)
    assert isinstance(read(old, public_keys(tmp_path, "badge")), BadgeCode)
    assert isinstance(read(new, public_keys(tmp_path, "badge")), BadgeCode)
    (tmp_path / "keys" / "badge-1.pem").unlink()
    assert read(old, public_keys(tmp_path, "badge")) is CodeFault.FORGED
    assert isinstance(read(new, public_keys(tmp_path, "badge")), BadgeCode)
