"""The words for what actions did."""

from __future__ import annotations

import re

from flask import Flask

from expo.kit.config import ROOT
from expo.kit.timeline import verb_of

_RECORDED = re.compile(r'\brecord\(\s*"([a-z_]+)"')


def test_everything_that_is_recorded_has_a_word(app: Flask) -> None:
    recorded = {verb for file in (ROOT / "expo").rglob("*.py") for verb in _RECORDED.findall(file.read_text("utf-8"))}
    assert {"exported", "unmasked"} <= recorded
    assert {verb for verb in recorded if verb_of(f"room.deed:{verb}") == verb} == set()


def test_an_unknown_deed_keeps_its_own_name(app: Flask) -> None:
    assert verb_of("room.deed:something") == "something"
    assert verb_of("room.deed") == "room.deed"
