"""The list's state from its address: filters, order, place."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from expo.editions.words import ProjectKind, Side
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import _l
from expo.kit.listing import Filter, Listing
from expo.places.models import Region, RegionKind
from expo.places.queries import load_tree
from expo.pool import queries_caretakers, queries_list
from expo.pool.filtering import chosen_of
from expo.pool.models import Ticket, TicketStage, TicketStatus
from expo.pool.queries_list import TicketFilter
from expo.pool.rules import TicketScope

_DUE = [("overdue", _l("Overdue")), ("today", _l("Due today")), ("week", _l("Due within a week")), ("planned", _l("With a date"))]
_SORTS = {"newest": _l("Newest first"), "oldest": _l("Oldest first"), "waiting": _l("Longest untouched first")}


def list_state(scope: TicketScope) -> tuple[Listing, TicketFilter]:
    """The list as its address says, and what it selects within ``scope``."""
    regions = load_tree().below(scope.paths)
    cities = [region for region in regions if region.kind is RegionKind.CITY]
    counties = _counties(regions, request.args.get("city"), scope.paths)
    sorts = dict(_SORTS) | ({"due": _l("Next due first")} if request.args.get("due") else {})
    listing = Listing.from_request(
        filters=[
            Filter("stage", _l("Stage"), TicketStage.choices()),
            Filter("status", _l("Status"), TicketStatus.choices()),
            Filter("due", _l("Due"), _DUE),
            *([Filter("city", _l("City"), [(r.key, r.label) for r in cities])] if len(cities) > 1 else []),
            Filter("county", _l("County"), [(r.key, r.label) for r in counties]),
            Filter("side", _l("Side"), Side.choices()),
            Filter("kind", _l("Kind"), ProjectKind.choices()),
            Filter("caretaker", _l("Caretaker"), _caretakers(scope.paths)),
            Filter("industry", _l("Industry"), _values("industry")),
            Filter("source", _l("Source"), _values("source")),
        ],
        sorts=sorts,
    )
    return listing, chosen_of(listing.q, listing.chosen, scope, regions)


def _counties(regions: Sequence[Region], city: str | None, paths: Sequence[str]) -> list[Region]:
    """The counties of the chosen city; of the only city for those who see one."""
    below = next((r.path for r in regions if r.key == city), None)
    if below is None and all(path.count("/") > 2 for path in paths):
        below = "/"
    if below is None:
        return []
    return [r for r in regions if r.path.startswith(below) and r.kind in {RegionKind.COUNTY, RegionKind.NODE}]


def _caretakers(paths: Sequence[str]) -> list[tuple[str, object]]:
    """Nobody, or the one the address names: 1,800 names make no menu, the page of caretakers leads here."""
    asked = request.args.get("caretaker", type=int)
    name = queries_caretakers.find_caretaker_name(asked, paths, clock.today(current_config().timezone)) if asked else None
    return [("none", _l("Nobody")), *([(str(asked), name)] if name else [])]


def _values(name: str) -> list[tuple[str, str]]:
    found = queries_list.list_values(getattr(Ticket, name))
    asked = request.args.get(name)
    return [(value, value) for value in dict.fromkeys([*found, *([asked] if asked else [])])]
