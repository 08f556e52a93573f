"""What a gate says about a scan, as plain values for a page or a device."""

from __future__ import annotations

from datetime import tzinfo
from functools import cache
from typing import Any

from expo.checkin.models import ScanKind, ScanReason, ScanResult
from expo.checkin.rules import Answer
from expo.kit.language import _, speaking
from expo.registration.rules_codes import KIND_ORDER


def told(answer: Answer, zone: tzinfo) -> dict[str, Any]:
    """``colour`` and ``word`` are read from two metres, ``sentence`` says why, ``first`` when and where before."""
    holder, first = answer.holder, answer.first
    return {
        "scan": answer.client_id,
        "result": answer.result.value,
        "reason": answer.reason.value,
        "kind": answer.kind.value,
        "welcome": answer.is_welcome,
        "colour": _colour(answer),
        "word": _word(answer),
        "sentence": _sentence(answer),
        "at": answer.at.isoformat(),
        "time": f"{answer.at.astimezone(zone):%H:%M:%S}",
        "gate": answer.gate,
        "name": holder.name if holder else "",
        "organisation": holder.organisation if holder else "",
        "badge": str(holder.kind.label) if holder else "",
        "first": _("First entry %(time)s at %(gate)s", time=f"{first.at.astimezone(zone):%H:%M:%S}", gate=first.place)
        if first else "",
    }


def told_device(answer: Answer, language: str) -> dict[str, Any]:
    """The same for a device, by docs/checkin-protocol.md."""
    holder, first = answer.holder, answer.first
    sentence = words(language)["reasons"][answer.reason.value] if answer.reason is not ScanReason.NONE else ""
    return {
        "client_id": answer.client_id, "list": answer.gate_id, "kind": answer.kind.value, "result": answer.result.value,
        "reason": answer.reason.value, "welcome": answer.is_welcome, "colour": _COLOURS[answer.result],
        "sentence": sentence, "at": answer.at.isoformat(), "registration": holder.registration_id if holder else None,
        "name": holder.name if holder else "", "organisation": holder.organisation if holder else "",
        "badge": holder.kind.value if holder else "",
        "first": {"at": first.at.isoformat(), "place": first.place} if first else None,
    }


@cache
def words(language: str) -> dict[str, dict[str, str]]:
    """All that a device says about results and reasons, in one language."""
    with speaking(language):
        return {
            "reasons": {one.value: str(one.label) for one in ScanReason if one.value},
            "results": {one.value: str(one.label) for one in ScanResult},
            "kinds": {one.value: str(one.label) for one in KIND_ORDER},
        }


_COLOURS = {ScanResult.ADMITTED: "good", ScanResult.READMITTED: "good", ScanResult.REPEATED: "warn",
            ScanResult.REFUSED: "danger", ScanResult.DOUBLE: "warn", ScanResult.UNDONE: "warn"}


def _colour(answer: Answer) -> str:
    return _COLOURS[answer.result]


def _word(answer: Answer) -> str:
    if answer.kind is ScanKind.EXIT and answer.is_welcome:
        return _("Goodbye")
    return {ScanResult.ADMITTED: _("Welcome"), ScanResult.READMITTED: _("Welcome back"),
            ScanResult.REPEATED: _("Already inside"), ScanResult.DOUBLE: _("Already inside"),
            ScanResult.UNDONE: _("Taken back")}.get(answer.result) or _("No entry")


def _sentence(answer: Answer) -> str:
    if answer.result is ScanResult.REPEATED and answer.reason in {ScanReason.NONE, ScanReason.INSIDE}:
        return _("This badge was used here today. Look at the person.")
    return str(answer.reason.label) if answer.reason is not ScanReason.NONE else ""
