"""What a file says differently from the ticket of its number."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from expo.pool.importing.cleaning import Cleaned
from expo.pool.models import Ticket

_COMPARED = ("title", "description", "owner_name", "industry", "contact_name", "contact_phone", "contact_email", "source")


def differences(ticket: Ticket, row: Cleaned, named: Collection[str]) -> dict[str, list[Any]]:
    """Field → [ours, theirs] for the fields that the file ``named``; what a file leaves empty it does not dispute.

    The stage is ours: service goes on here, whatever an older list says.
    """
    found: dict[str, list[Any]] = {}
    for name in _COMPARED:
        ours, theirs = getattr(ticket, name), getattr(row, name)
        if theirs and ours != theirs and name in named:
            found[name] = [ours, theirs]
    if ticket.kind is not row.kind and "kind" in named:
        found["kind"] = [ticket.kind.value, row.kind.value]
    if ticket.region_id != row.region_id and ("region" in named or "county" in named):
        found["region_id"] = [ticket.region_id, row.region_id]
    for name, theirs in json.loads(row.fields).items():
        ours = ticket.fields.get(name)
        if ours != theirs:
            found[f"fields.{name}"] = [ours, theirs]
    return found
