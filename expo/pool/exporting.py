"""Tickets as a table to take away: exactly those of the list, contacts masked unless asked for by right."""

from __future__ import annotations

from collections.abc import Iterator

from expo.kit.exports import sheet_chunks
from expo.kit.language import _, _l
from expo.kit.sheets import OutColumn
from expo.pool import pages, queries_list
from expo.pool.models import Ticket
from expo.pool.queries_list import TicketFilter

#: Up to here the file is sent at once; a larger one is made by a job.
AT_ONCE = 5_000
COLUMNS = tuple(
    OutColumn(label) for label in (
        _l("Number"), _l("Side"), _l("Kind"), _l("Title"), _l("Description"), _l("Facts of its kind"), _l("Holder"),
        _l("City or region"), _l("County"), _l("Industry"), _l("Stage"), _l("Status"), _l("Outcome"), _l("Caretaker"),
        _l("Next step"), _l("Due on"), _l("Contact person"), _l("Phone"), _l("E-mail"), _l("Source"), _l("Date"),
    )
)


def table(chosen: TicketFilter, sort: str, kind: str, with_contacts: bool) -> Iterator[bytes]:
    """The file, piece by piece."""
    rows = (_row(ticket, with_contacts) for batch in queries_list.iterate_tickets(chosen, sort) for ticket in batch)
    return sheet_chunks(kind, COLUMNS, rows, title=_("Tickets"))


def _row(ticket: Ticket, with_contacts: bool) -> list[object]:
    clear = {name: getattr(ticket, name) for name in ("contact_name", "contact_phone", "contact_email")}
    contact = pages.contact(ticket, clear if with_contacts else None)
    is_county = ticket.region.path.count("/") > 3
    city = ticket.region.parent if is_county and ticket.region.parent else ticket.region
    return [
        ticket.number, str(ticket.side.label), str(ticket.kind.label), ticket.title, ticket.description,
        pages.fields_in_words(ticket.fields), ticket.owner_name, str(city.label),
        str(ticket.region.label) if is_county else "", ticket.industry, str(ticket.stage.label),
        str(ticket.status.label), str(ticket.outcome.label) if ticket.outcome else "",
        ticket.caretaker.name if ticket.caretaker else "", ticket.next_step, ticket.next_due_on,
        contact["contact_name"], contact["contact_phone"], contact["contact_email"], ticket.source, ticket.created_at,
    ]
