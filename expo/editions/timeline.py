"""What happened to an edition, in sentences."""

from __future__ import annotations

from typing import Any

from expo.editions.models import EditionStatus
from expo.kit.history import list_history
from expo.kit.language import _l
from expo.kit.timeline import Line, timeline_of

SENTENCES: dict[str, Any] = {
    "open_edition": _l("Edition made"),
    "load_demo": _l("Demonstration loaded"),
    "copy_edition": _l("Edition made from an earlier one"),
    "change_edition": _l("Edition changed"),
    "set_stages": _l("Stages given new dates"),
    "set_quotas": _l("Quotas written"),
    "set_targets": _l("Targets written"),
    "start_edition": _l("Edition started"),
    "close_edition": _l("Edition closed"),
    "archive_edition": _l("Edition archived"),
}
FIELDS: dict[str, Any] = {
    "status": (_l("Status"), EditionStatus), "name": _l("Name"), "theme": _l("Theme"), "starts_on": _l("First day"),
    "ends_on": _l("Last expo day"), "response_days": _l("Days to respond"), "stages": _l("Stages with dates"),
    "quotas": _l("Sum of the quotas"), "targets": _l("Number of targets"),
}


def edition_timeline(edition_id: int) -> list[Line]:
    """The edition's history, newest first. Exports of its lists would bury it; the audit log has them."""
    return timeline_of(list_history("edition", edition_id, limit=40, without="exported"), SENTENCES, FIELDS)
