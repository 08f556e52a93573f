"""Handing tickets to caretakers, one or many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce
from expo.people.permissions import P
from expo.pool import queries, queries_caretakers, rules
from expo.pool.events import TicketAssigned
from expo.pool.models import Ticket


@action
def assign_caretaker(ticket_id: int, caretaker_id: int, *, by: Actor) -> Ticket:
    """Give a ticket its one caretaker."""
    return bulk_assign([ticket_id], caretaker_id, by=by)[0]


@action
def bulk_assign(
    ids: Sequence[int], caretaker_id: int, expected: Mapping[int, int | None] | None = None, *, by: Actor
) -> list[Ticket]:
    """Give tickets to one caretaker, all or none.

    ``expected`` is who had each ticket when the summary was shown: what a colleague changed meanwhile is not undone.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise Refused(_l("Choose at least one ticket."))
    if len(ids) > rules.MOST_AT_ONCE:
        raise Refused(_l("At most %(limit)s tickets can be assigned in one step.", limit=rules.MOST_AT_ONCE))
    tickets = queries.list_tickets_by_ids(ids, rules.scope_of(by), for_update=True)
    if len(tickets) < len(ids):
        raise not_found()
    for ticket in tickets:
        by.require(P.POOL_ASSIGN, region_path=ticket.region_path)
        rules.require_open(ticket)
    rules.require_same_caretakers(tickets, dict(expected or {}))
    _require_serving(caretaker_id, tickets)
    for ticket in tickets:
        before = ticket.caretaker_id
        if before != caretaker_id:
            ticket.caretaker_id, ticket.updated_at = caretaker_id, clock.now()
            db.session.flush()
            announce(TicketAssigned(ticket.id, caretaker_id, before))
    return tickets


def _require_serving(caretaker_id: int, tickets: Sequence[Ticket]) -> None:
    caretaker = queries_caretakers.find_caretaker(caretaker_id, clock.today(current_config().timezone))
    if caretaker is None:
        raise Refused(_l("This person is no caretaker, or no longer one. Choose another."), field="caretaker_id")
    outside = [ticket.number for ticket in tickets if not caretaker.serves(ticket.region_path)]
    if outside:
        raise Refused(
            _l("%(name)s does not serve the region of these tickets: %(numbers)s.", name=caretaker.name,
               numbers=", ".join(outside[:10]) + (" …" if len(outside) > 10 else "")),
            field="caretaker_id",
        )
