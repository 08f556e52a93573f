"""From the words of an address, or of a stored export, to what selects tickets. No Flask: jobs use it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expo.editions.words import ProjectKind, Side
from expo.kit import clock
from expo.kit.config import current_config
from expo.places.models import Region
from expo.pool import queries_list
from expo.pool.models import TicketStage, TicketStatus
from expo.pool.queries_list import TicketFilter
from expo.pool.rules import TicketScope


def chosen_of(q: str, chosen: Mapping[str, str], scope: TicketScope, regions: Sequence[Region]) -> TicketFilter:
    """The filter for the words of an address; a region outside of ``regions`` narrows nothing."""
    by_key = {region.key: region for region in regions}
    region = by_key.get(chosen.get("county", "")) or by_key.get(chosen.get("city", ""))
    paths, own = queries_list.scoped(scope, region)
    caretaker = chosen.get("caretaker")
    return TicketFilter(
        paths=paths,
        caretaker_id=own if own is not None else int(caretaker) if caretaker and caretaker.isdigit() else None,
        unassigned=caretaker == "none",
        q=q,
        side=Side(chosen["side"]) if "side" in chosen else None,
        kind=ProjectKind(chosen["kind"]) if "kind" in chosen else None,
        stage=TicketStage(chosen["stage"]) if "stage" in chosen else None,
        status=TicketStatus(chosen["status"]) if "status" in chosen else None,
        industry=chosen.get("industry"),
        source=chosen.get("source"),
        due=chosen.get("due"),
        today=clock.today(current_config().timezone),
    )


