"""The live part: good for half a minute, worthless as a picture, and the same in Python and in the browser."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.qr import qr_modules
from expo.registration.rules_codes import address
from expo.registration.rules_live import (
    STEP,
    Live,
    LiveFault,
    check_live,
    live_address,
    live_part,
    live_part_of,
    shown_at,
    step_at,
)

FILE = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))["live"]
SECRET, NUMBER = base64.b64decode(FILE["secret"]), FILE["number"]
NOW = datetime.fromisoformat(FILE["at"])


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda v: v["name"])
def test_every_gate_says_the_same_of_each_example(vector):
    found = check_live(live_part_of(vector["text"]), SECRET, NUMBER, NOW, skew=timedelta(seconds=vector["skew_seconds"]))
    if vector["verdict"] == "good":
        assert isinstance(found, Live)
        assert found.age == timedelta(seconds=vector["age_seconds"])
    else:
        assert found is LiveFault(vector["verdict"])


@pytest.mark.parametrize("example", FILE["parts"], ids=lambda p: str(p["step"]))
def test_a_step_has_its_part(example):
    assert live_part(SECRET, NUMBER, example["step"]) == example["part"]


def test_a_picture_dies_within_a_minute_and_a_half():
    begin = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    part = live_part(SECRET, NUMBER, step_at(begin))
    good = [second for second in range(600) if isinstance(
        check_live(part, SECRET, NUMBER, begin + timedelta(seconds=second)), Live)]
    assert good == list(range(60))


def test_a_stale_part_says_when_it_was_shown():
    part = live_part(SECRET, NUMBER, step_at(NOW - timedelta(hours=3)))
    assert shown_at(part, NOW) == NOW - timedelta(hours=3, seconds=10)


def test_the_phone_shows_a_version_7_symbol_with_the_longest_site_name():
    text = live_address(address("https://kch.scxxxxx.gov.cn", "A" * 122), "A" * 12)
    assert qr_modules(text, level="M")[0] == 45


@given(st.binary(min_size=16, max_size=16), st.integers(0, (1 << 48) - 1), st.integers(0, 1 << 33))
def test_whoever_does_not_know_the_secret_does_not_get_in(secret: bytes, number: int, seconds: int) -> None:
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    part = live_part(secret, f"{number:012x}", step_at(at))
    assert check_live(part, secret, f"{number:012x}", at) == Live(step_at(at), timedelta(0))
    assert check_live(part, bytes(a ^ 1 for a in secret), f"{number:012x}", at) is LiveFault.WRONG


@given(st.text(max_size=60))
def test_any_text_is_answered(part: str) -> None:
    assert isinstance(check_live(part, SECRET, NUMBER, NOW), LiveFault)
    assert isinstance(live_part_of(part), str)


def test_a_step_lasts_thirty_seconds():
    assert timedelta(seconds=30) == STEP
    assert step_at(datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)) == 1
