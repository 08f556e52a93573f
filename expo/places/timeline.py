"""What happened to a venue, in sentences."""

from __future__ import annotations

from typing import Any

from expo.kit.history import list_history
from expo.kit.language import _l
from expo.kit.timeline import Line, timeline_of
from expo.places.models import VenueKind

SENTENCES: dict[str, Any] = {"add_venue": _l("Venue entered"), "change_venue": _l("Venue changed")}
FIELDS: dict[str, Any] = {"name": _l("Name"), "kind": (_l("Kind"), VenueKind), "address": _l("Address")}


def venue_timeline(venue_id: int) -> list[Line]:
    """A venue's history, newest first."""
    return timeline_of(list_history("venue", venue_id, limit=40), SENTENCES, FIELDS)
