"""Storing a checked sheet of sessions: new ones are opened, known ones changed in what the sheet says, none is moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.unit import action, record
from expo.programme.actions import require_grid
from expo.programme.actions_moves import place_sessions
from expo.programme.actions_sessions import change_session, open_session
from expo.programme.rules_imports import Entry


@action
def import_sessions(edition_id: int, entries: Sequence[Entry], *, by: Actor) -> tuple[int, int]:
    """Store rows that were checked, all or none; returns (opened, changed)."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    opened = changed = 0
    places: dict[int, tuple[int, int]] = {}
    for entry in entries:
        values: dict[str, Any] = dict(entry.values)
        place = values.pop("place")
        if entry.known is None:
            number = open_session(edition_id, values, by=by).id
            opened += 1
        else:
            number = entry.known
            given = {name: values[name] for name in entry.changes if name in values}
            if given:
                change_session(number, given, by=by)
            changed += bool(entry.changes)
        if place:
            places[number] = place
    if places:
        place_sessions(edition_id, places, by=by)
    record("imported", "edition", edition_id, {"sessions": [None, opened + changed]})
    return opened, changed
