"""Tickets one by one or by their ids, as every room above reads them; lists are in ``queries_list``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, in_regions, not_found
from expo.kit.search import search_clause
from expo.kit.text import similarity
from expo.people.models import Organisation
from expo.places.models import Region
from expo.pool.models import Ticket, TicketCounter, Visit
from expo.pool.rules import LIKELY_DUPLICATE, TicketScope

#: How many hits of the search are looked at for a likely duplicate.
_LOOKED_AT = 200


def get_ticket(key: int | str, scope: TicketScope | None = None, *, for_update: bool = False) -> Ticket:
    """A ticket by id or number with its region, caretaker and organisation.

    Raises NotFound when there is none, or none within ``scope``. ``for_update`` locks its row on PostgreSQL.
    """
    ticket = find_ticket(key, for_update=for_update)
    if ticket is None or (scope is not None and not scope.covers(ticket.region_path, ticket.caretaker_id)):
        raise not_found()
    return ticket


def find_ticket(key: int | str, *, for_update: bool = False) -> Ticket | None:
    """A ticket by id (int) or number (str)."""
    statement = sa.select(Ticket).where(Ticket.id == key if isinstance(key, int) else Ticket.number == key)
    statement = statement.options(
        joinedload(Ticket.region).joinedload(Region.parent), joinedload(Ticket.caretaker), joinedload(Ticket.organisation)
    )
    if for_update:
        statement = statement.with_for_update(of=Ticket).execution_options(populate_existing=True)
    return db.session.scalar(statement)


def list_tickets_by_ids(
    ids: Iterable[int], scope: TicketScope | None = None, *, for_update: bool = False
) -> list[Ticket]:
    """The tickets with these ids, in the order of the ids, with region and caretaker; those out of scope are left out."""
    wanted = list(dict.fromkeys(ids))
    statement = sa.select(Ticket).where(Ticket.id.in_(wanted)).order_by(Ticket.id)
    statement = statement.options(joinedload(Ticket.region).joinedload(Region.parent), joinedload(Ticket.caretaker))
    if for_update:
        statement = statement.with_for_update(of=Ticket).execution_options(populate_existing=True)
    found = {ticket.id: ticket for ticket in db.session.scalars(statement)}
    tickets = [found[number] for number in wanted if number in found]
    return [t for t in tickets if scope is None or scope.covers(t.region_path, t.caretaker_id)]


def list_visits(ticket_id: int) -> list[Visit]:
    """A ticket's visits, newest first, with who made them."""
    return list(
        db.session.scalars(
            sa.select(Visit)
            .where(Visit.ticket_id == ticket_id)
            .order_by(Visit.visited_on.desc(), Visit.id.desc())
            .options(joinedload(Visit.by))
        )
    )


def find_likely_duplicates(
    title: str, owner_name: str, scope: TicketScope, *, besides: int | None = None, limit: int = 5
) -> list[tuple[Ticket, float]]:
    """Visible tickets whose title is much like ``title``, or of the same owner and rather like it; likest first."""
    if not title.strip():
        return []
    hits: dict[int, Ticket] = {}
    for part in _parts(title):
        statement = (
            sa.select(Ticket)
            .where(search_clause(Ticket, part), _visible(scope), Ticket.id != (besides or 0))
            .options(
                sa.orm.load_only(Ticket.id, Ticket.number, Ticket.title, Ticket.owner_name, Ticket.status, Ticket.stage),
                joinedload(Ticket.region),
            )
            .limit(_LOOKED_AT)
        )
        hits |= {ticket.id: ticket for ticket in db.session.scalars(statement)}
    found = [(ticket, similarity(title, ticket.title)) for ticket in hits.values()]
    owner = owner_name.strip()
    likely = [
        (ticket, likeness) for ticket, likeness in found
        if likeness >= LIKELY_DUPLICATE or (owner and ticket.owner_name == owner and likeness >= LIKELY_DUPLICATE / 1.5)
    ]
    return sorted(likely, key=lambda pair: -pair[1])[:limit]


def _parts(title: str) -> list[str]:
    """The thirds of a title: a likely duplicate shares at least one of them letter by letter."""
    third = max(4, -(-len(title) // 3))
    parts = [title[place : place + third] for place in range(0, len(title), third)]
    return [part for part in parts if len(part) > 2 or len(parts) == 1]


def _visible(scope: TicketScope) -> sa.ColumnElement[bool]:
    mine = Ticket.caretaker_id == scope.caretaker_id if scope.caretaker_id is not None else sa.false()
    return sa.or_(in_regions(Ticket.region_path, scope.paths), mine)


def next_number(day: date) -> int:
    """The day's next number for a ticket opened here; counted up in one statement, so never given twice."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(TicketCounter).values(day=day, last=1)
    statement = statement.on_conflict_do_update(index_elements=["day"], set_={"last": TicketCounter.last + 1})
    return db.session.execute(statement.returning(TicketCounter.last)).scalar_one()


def get_region(region_id: int) -> Region:
    """A region by id."""
    found = db.session.get(Region, region_id)
    if found is None:
        raise not_found()
    return found


def find_organisation(organisation_id: int | None) -> Organisation | None:
    """An organisation by id."""
    return db.session.get(Organisation, organisation_id) if organisation_id is not None else None
