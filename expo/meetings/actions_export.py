"""Taking lists along is kept."""

from __future__ import annotations

from expo.kit.access import Actor
from expo.kit.unit import action, record


@action
def note_export(edition_id: int, rows: int, *, by: Actor) -> None:
    """Who took the list of meetings along, and how long it was."""
    record("exported", "edition", edition_id, {"rows": [None, rows]})
