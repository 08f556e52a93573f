"""The rules of lists, by the examples that the devices' own program passes too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expo.checkin.models import Again, Gate, ScanReason, ScanResult
from expo.checkin.rules_lists import evaluate, not_offline

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("rule_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_a_list_judges_as_the_examples_say(vector: dict[str, Any]) -> None:
    assert evaluate(vector["rules"], vector["badge"], vector["scan"], vector["state"]) == (vector["result"], vector["reason"])


def test_the_examples_speak_the_words_of_rows_and_gates() -> None:
    assert {v["result"] for v in VECTORS} <= set(ScanResult)
    assert {v["reason"] for v in VECTORS} <= set(ScanReason)
    assert {v["rules"]["again"] for v in VECTORS} == set(Again)
    gate = Gate(badge_kinds=[], days=[], zones=[], again=Again.ALWAYS, needs_live=False, needs_sign_up=False)
    assert set(VECTORS[0]["rules"]) == set(gate.rules)


def test_what_cannot_be_kept_offline_is_named() -> None:
    rules = dict(VECTORS[0]["rules"])
    assert not_offline(rules) == ["again"]
    assert not_offline(rules | {"capacity": 5, "again": "always"}) == ["capacity"]
