"""What a gate says about a scan, as plain values for a page or a device."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from expo.checkin.actions import Answer
from expo.checkin.models import ScanKind, ScanReason, ScanResult
from expo.kit.language import _


def told(answer: Answer, zone: tzinfo) -> dict[str, Any]:
    """``colour`` and ``word`` are read from two metres, ``sentence`` says why, ``first`` when and where before."""
    holder, first = answer.holder, answer.first
    return {
        "scan": answer.scan_id,
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
        "first": _("First entry %(time)s at %(gate)s", time=f"{first.at.astimezone(zone):%H:%M:%S}", gate=first.gate)
        if first else "",
    }


def _colour(answer: Answer) -> str:
    return {ScanResult.ADMITTED: "good", ScanResult.READMITTED: "good", ScanResult.REPEATED: "warn",
            ScanResult.REFUSED: "danger"}[answer.result]


def _word(answer: Answer) -> str:
    if answer.kind is ScanKind.EXIT and answer.is_welcome:
        return _("Goodbye")
    return {ScanResult.ADMITTED: _("Welcome"), ScanResult.READMITTED: _("Welcome back"),
            ScanResult.REPEATED: _("Already inside"), ScanResult.REFUSED: _("No entry")}[answer.result]


def _sentence(answer: Answer) -> str:
    if answer.result is ScanResult.REFUSED:
        return str(answer.reason.label)
    if answer.result is ScanResult.REPEATED:
        return _("This badge was used here today. Look at the person.")
    return str(answer.reason.label) if answer.reason is not ScanReason.NONE else ""
