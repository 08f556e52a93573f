"""A list's rules: one pure judgement over plain values, the same here and in ``static/js/gate/rules.js``.

``tests/checkin/rule_vectors.json`` holds both to the same answers; docs/checkin-protocol.md says what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

Json = Mapping[str, Any]


class Judgement(NamedTuple):
    """The result and, unless it is a plain yes, the reason; both by the words of the protocol."""

    result: str
    reason: str = ""


def evaluate(rules: Json, badge: Json, scan: Json, state: Json) -> Judgement:
    """Whether a known badge is let through. Its code was found genuine before."""
    if scan["kind"] == "exit":
        return Judgement("admitted")  # Whoever is inside may leave, whatever has become of the badge.
    if badge["status"] != "valid":
        return Judgement("refused", badge["status"])
    if scan["kind"] == "print":
        return Judgement("admitted")
    reason = _against(rules, badge, scan)
    if reason:
        return Judgement("refused", reason)
    if reason := _again(rules["again"], state):
        return Judgement("repeated", reason)
    capacity, count = rules["capacity"], state["count"]
    if capacity is not None and count is not None and not (state["today"] and state["inside"]) and count >= capacity:
        return Judgement("refused", "full")
    return Judgement("readmitted" if state["today"] else "admitted")


def _against(rules: Json, badge: Json, scan: Json) -> str:
    """The first rule about badge, moment and code that is broken."""
    if rules["kinds"] and badge["kind"] not in rules["kinds"]:
        return "wrong_kind"
    if rules["days"] and scan["day"] not in rules["days"]:
        return "wrong_day"
    if not _is_open(rules, scan):
        return "outside_time"
    if rules["zones"] and not set(rules["zones"]) & set(badge["zones"] or ()):
        return "wrong_zone"
    if rules["signed_up"] and not badge["signed_up"]:
        return "not_signed_up"
    if rules["live"] and scan["live"] != "good":
        return str(scan["live"])
    return ""


def _is_open(rules: Json, scan: Json) -> bool:
    opens_at, closes_at = rules["opens_at"], rules["closes_at"]
    if opens_at or closes_at:
        at = datetime.fromisoformat(scan["at"])
        if (opens_at and at < datetime.fromisoformat(opens_at)) or (closes_at and at >= datetime.fromisoformat(closes_at)):
            return False
    begin, end, time = rules["from"], rules["until"], scan["time"]
    if begin is None or end is None:
        return True
    return bool(begin <= time < end if begin <= end else time >= begin or time < end)


def _again(rule: str, state: Json) -> str:
    if rule == "once" and state["ever"]:
        return "once"
    if rule == "once_a_day" and state["today"]:
        return "once_a_day"
    if rule == "after_exit" and state["today"] and state["inside"]:
        return "inside"
    return ""


def not_offline(rules: Json) -> list[str]:
    """The rules of this list that staff must be told about when there is no network."""
    found = ["capacity"] if rules["capacity"] is not None else []
    return found + (["again"] if rules["again"] != "always" else [])
