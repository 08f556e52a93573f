"""What devices send, read into plain values; anything else is refused with a sentence, never a crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask import request

from expo.checkin.models import ScanKind, ScanReason, ScanResult
from expo.checkin.rules import Reading
from expo.kit.entries import LARGEST, writable
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.words import Labelled

W = TypeVar("W", bound=Labelled)
Sent = Mapping[str, Any]
_KINDS = {one.value: one for one in ScanKind}
#: Scans in one merge, people in one group.
MOST_MERGED, MOST_GROUPED = 500, 200


def unreadable() -> Refused:
    return Refused(_l("This is not a scan: client_id, list and code are needed, and moments with their zone."))


def sent_object() -> dict[str, Any]:
    """The request's JSON object."""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        raise unreadable() from None
    if not isinstance(sent, dict):
        raise unreadable()
    return sent


def sent_list(sent: Sent, name: str, most: int) -> list[dict[str, Any]]:
    """A list of objects, not longer than agreed."""
    value = sent.get(name)
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise unreadable()
    return value


def text(sent: Sent, name: str, longest: int = 100_000) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise unreadable()
    return writable(value)


def number(sent: Sent, name: str) -> int | None:
    value = sent.get(name)
    return value if type(value) is int and abs(value) <= LARGEST else None


def required_number(sent: Sent, name: str) -> int:
    found = number(sent, name)
    if found is None:
        raise unreadable()
    return found


def word(sent: Sent, name: str, words: type[W], otherwise: W) -> W:
    value = sent.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, str) or value not in {one.value for one in words}:
        raise unreadable()
    return words(value)


def moment(sent: Sent, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text(sent, name, 40))
        found = found.astimezone(found.tzinfo) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise unreadable() from None
    if found.tzinfo is None or not 2000 <= found.year <= 2199:
        raise unreadable()
    return found


def client_id(sent: Sent) -> str:
    found = text(sent, "client_id", 40)
    if len(found) < 8:
        raise unreadable()
    return found


def reading_of(sent: Sent, now: datetime, day: Any) -> Reading:
    """One scan made now; its code is still to be read."""
    kind = _KINDS.get(sent.get("kind", "entry")) if isinstance(sent.get("kind", "entry"), str) else None
    if kind is None:
        raise unreadable()
    reading = Reading(client_id(sent), required_number(sent, "list"), kind, now, day)
    if sent.get("registration") is not None:
        reading.registration_id = required_number(sent, "registration")
    if sent.get("force") is True:
        reading.force, reading.note = True, text(sent, "note", 200).strip()
    return reading


def merged_reading_of(sent: Sent, now: datetime, day_of: Any) -> Reading:
    """One scan decided without network; its code, if it has one, is still to be read."""
    at = min(moment(sent, "at"), now)
    reading = Reading(client_id(sent), required_number(sent, "list"), word(sent, "kind", ScanKind, ScanKind.ENTRY), at, day_of(at))
    reading.decided = word(sent, "decided", ScanResult, ScanResult.REFUSED)
    reason = sent.get("reason", "")
    reading.decided_reason = ScanReason(reason) if reason in _REASONS else ScanReason.NONE
    reading.note = text(sent, "note", 200).strip() if sent.get("note") is not None else ""
    reading.merged_at = now
    if sent.get("registration") is not None:
        reading.registration_id = required_number(sent, "registration")
    elif sent.get("id") is not None:
        try:
            reading.pack_id = bytes.fromhex(text(sent, "id", 16))
        except ValueError:
            raise unreadable() from None
    return reading


_REASONS = {one.value for one in ScanReason}
