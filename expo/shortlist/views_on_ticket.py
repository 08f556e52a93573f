"""On a ticket's page in the pool: its candidacies, and the button that nominates it."""

from __future__ import annotations

from flask import render_template

from expo.editions.models import StageKind
from expo.editions.queries import list_open_editions
from expo.kit import clock
from expo.kit.web import current_actor
from expo.people.permissions import P
from expo.pool.models import Ticket, TicketStatus
from expo.pool.slots import ticket_parts
from expo.shortlist import queries


def show_candidacies_of(ticket: Ticket) -> str:
    """The editions it stands or stood for, and those whose call is open, for those who may see or nominate."""
    actor = current_actor()
    candidates = [
        c for c in queries.list_candidacies(ticket.id)
        if actor.may(P.SHORTLIST_READ, region_path=c.region_path, edition_id=c.edition_id)
    ]
    stands_for = {c.edition_id for c in candidates}
    editions = [
        e for e in list_open_editions(StageKind.NOMINATION, clock.now())
        if e.id not in stands_for and actor.may(P.SHORTLIST_NOMINATE, region_path=ticket.region_path, edition_id=e.id)
    ] if ticket.status is TicketStatus.OPEN else []
    if not candidates and not editions:
        return ""
    return render_template("shortlist/of_ticket.html", ticket=ticket, candidates=candidates, open_editions=editions)


ticket_parts.append(show_candidacies_of)
