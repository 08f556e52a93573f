"""Tickets of the pool that may still be nominated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.pool.models import Ticket, TicketOutcome
from expo.shortlist.models import Candidate

#: Beyond this many a list says no number: counting the whole pool takes longer than showing a page.
COUNTED = 10_000


def page_nominable(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], cursor: str | None,
                   size: int) -> Page[Ticket]:
    """Tickets that are no candidates of the edition yet, newest first."""
    statement = _nominable(edition_id, paths, q, chosen).options(
        sa.orm.load_only(Ticket.id, Ticket.number, Ticket.title, Ticket.kind, Ticket.industry, Ticket.stage,
                         Ticket.owner_name, Ticket.region_id, Ticket.updated_at),
        sa.orm.joinedload(Ticket.region), sa.orm.joinedload(Ticket.organisation),
    )
    return keyset_page(statement, [Order(Ticket.id, descending=True)], cursor, size)


def count_nominable(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int | None:
    """How many there are; ``None`` for more than :data:`COUNTED`."""
    some = _nominable(edition_id, paths, q, chosen).with_only_columns(Ticket.id).limit(COUNTED + 1).subquery()
    number = db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return number if number <= COUNTED else None


def list_nominable_ids(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> list[int]:
    """All that the list shows, at most :data:`COUNTED`."""
    return list(db.session.scalars(
        _nominable(edition_id, paths, q, chosen).with_only_columns(Ticket.id).order_by(Ticket.id).limit(COUNTED)
    ))


def _nominable(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> sa.Select[Ticket]:
    known = sa.select(Candidate.id).where(Candidate.edition_id == edition_id, Candidate.ticket_id == Ticket.id)
    statement = sa.select(Ticket).where(
        in_regions(Ticket.region_path, paths), ~known.exists(),
        sa.or_(Ticket.outcome.is_(None), Ticket.outcome.not_in([TicketOutcome.DUPLICATE, TicketOutcome.WITHDRAWN])),
    )
    if q:
        statement = statement.where(search_clause(Ticket, q))
    columns: dict[str, Any] = {"kind": Ticket.kind, "stage": Ticket.stage, "region": Ticket.region_id}
    for name, column in columns.items():
        if value := chosen.get(name):
            statement = statement.where(column == (int(value) if name == "region" else value))
    return statement


def list_brief_tickets(ticket_ids: list[int], paths: Iterable[str]) -> list[tuple[int, str, str, str]]:
    """(id, number, title, kind) of chosen tickets within these regions, for a summary."""
    scope = tuple(paths)
    found: list[tuple[int, str, str, str]] = []
    for start in range(0, len(ticket_ids), 500):
        rows = db.session.execute(
            sa.select(Ticket.id, Ticket.number, Ticket.title, Ticket.kind)
            .where(Ticket.id.in_(ticket_ids[start:start + 500]), in_regions(Ticket.region_path, scope))
            .order_by(Ticket.id)
        )
        found += [(number, name, title, str(kind.label)) for number, name, title, kind in rows]
    return found
