"""The organisers' list of tickets: filters, search, order, bounded counts.

The list must stay quick at 400,000 tickets whose long texts fill a database page each, so on SQLite every query is
led along one index: a region's list is filtered inside the region's covering index, the whole province's list walks
along the index of one filter (or the ids) in the order of the page, and a search walks along the hits. Other columns
are set aside with a unary plus, which is SQLite's own way to say "not this index". PostgreSQL has statistics and
decides by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only

from expo.editions.words import ProjectKind, Side
from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.kit.text import fts5_match, query_phrases
from expo.places.models import Region
from expo.pool.models import Ticket, TicketStage, TicketStatus
from expo.pool.rules import TicketScope

#: Counting stops here: "more than 10,000" is all that anybody wants to know.
COUNT_LIMIT = 10_000
#: Below so many tickets a search reads them instead of the index of all words.
_READ_UP_TO = 2_000
#: A filtered search looks at so many hits before it calls its count a lower bound.
_HITS_COUNTED = 5_000


@dataclass(frozen=True)
class TicketFilter:
    """What narrows the list. ``paths`` is where one may look and has chosen to; ``None`` is everywhere."""

    paths: tuple[str, ...] | None
    caretaker_id: int | None = None
    unassigned: bool = False
    q: str = ""
    side: Side | None = None
    kind: ProjectKind | None = None
    stage: TicketStage | None = None
    status: TicketStatus | None = None
    industry: str | None = None
    source: str | None = None
    due: str | None = None
    today: date = field(default=date.min)


@dataclass(frozen=True)
class Count:
    """How many rows, or at least how many."""

    number: int
    at_least: bool = False


def list_tickets(chosen: TicketFilter, sort: str, cursor: str | None, size: int) -> Page[Ticket]:
    """One page of tickets with region and caretaker, without their long texts; two statements."""
    statement, ident = _matching(chosen, sort)
    page = keyset_page(statement, _orders(sort, ident, chosen), cursor, size)
    return Page(list_rows(page.rows), page.next_cursor, page.previous_cursor)


def list_rows(ids: Sequence[int]) -> list[Ticket]:
    """Tickets as a list shows them, in the order of ``ids``."""
    statement = (
        sa.select(Ticket)
        .where(Ticket.id.in_(ids))
        .options(
            load_only(Ticket.id, Ticket.number, Ticket.side, Ticket.kind, Ticket.title, Ticket.industry, Ticket.region_id,
                      Ticket.region_path, Ticket.owner_name, Ticket.stage, Ticket.status, Ticket.outcome,
                      Ticket.caretaker_id, Ticket.next_step, Ticket.next_due_on, Ticket.source, Ticket.synthetic,
                      Ticket.created_at, Ticket.updated_at),
            joinedload(Ticket.region).joinedload(Region.parent),
            joinedload(Ticket.caretaker),
        )
    )
    found = {ticket.id: ticket for ticket in db.session.scalars(statement)}
    return [found[number] for number in ids if number in found]


def count_tickets(chosen: TicketFilter) -> Count:
    """How many tickets match, exactly up to ``COUNT_LIMIT``."""
    statement, _ident = _matching(chosen, "count")
    if _searches_hits(chosen):
        return _count_hits(chosen)
    counted = statement.limit(COUNT_LIMIT + 1).subquery()
    number = db.session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    return Count(min(number, COUNT_LIMIT), number > COUNT_LIMIT)


def iterate_tickets(chosen: TicketFilter, sort: str, batch: int = 1000) -> Iterator[list[Ticket]]:
    """All matching tickets with their texts, batch by batch in the order of the list; for exports."""
    cursor = None
    while True:
        statement, ident = _matching(chosen, sort)
        page = keyset_page(statement, _orders(sort, ident, chosen), cursor, batch)
        if page.rows:
            yield _list_whole(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return
        db.session.expunge_all()


def list_values(column: Any, limit: int = 100) -> list[str]:
    """The different values of an indexed text column, found by leaping from one to the next along its index."""
    first = sa.select(sa.func.min(column).label("value")).where(column > "")
    leaps = first.cte("leaps", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > leaps.c.value).scalar_subquery()
    leaps = leaps.union_all(sa.select(following).where(leaps.c.value.is_not(None)))
    found = db.session.scalars(sa.select(leaps.c.value).where(leaps.c.value.is_not(None)).limit(limit))
    return list(found)


def covers_all_regions(paths: Sequence[str]) -> bool:
    """Whether no region lies outside of ``paths``: then the list need not be limited to them."""
    outside = sa.select(Region.id).where(sa.not_(in_regions(Region.path, paths))).limit(1)
    return db.session.scalar(outside) is None


def list_regions_below(paths: Sequence[str]) -> list[Region]:
    """Provinces and cities at or below ``paths``, and the counties of those who see no city; by code."""
    return list(db.session.scalars(sa.select(Region).where(in_regions(Region.path, paths)).order_by(Region.path)))


def list_regions() -> list[Region]:
    """The whole tree, upper regions first."""
    return list(db.session.scalars(sa.select(Region).order_by(Region.path)))


def scoped(scope: TicketScope, region: Region | None = None) -> tuple[tuple[str, ...] | None, int | None]:
    """(paths, caretaker) of a filter for ``scope``, narrowed to a region: whoever sees regions sees their tickets."""
    if not scope.paths:
        return None, scope.caretaker_id
    if region is not None and region.path.startswith(scope.paths):
        return (region.path,), None
    return (None if covers_all_regions(scope.paths) else scope.paths), None


def _list_whole(ids: Sequence[int]) -> list[Ticket]:
    statement = (
        sa.select(Ticket)
        .where(Ticket.id.in_(ids))
        .options(joinedload(Ticket.region).joinedload(Region.parent), joinedload(Ticket.caretaker))
    )
    found = {ticket.id: ticket for ticket in db.session.scalars(statement)}
    return [found[number] for number in ids if number in found]


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def aside(column: Any) -> Any:
    """The column, kept from leading the query along its index."""
    return sa.literal_column(f"+ticket.{column.key}", column.type) if _is_sqlite() else column


def _orders(sort: str, ident: Any, chosen: TicketFilter) -> list[Order]:
    if sort == "oldest":
        return [Order(ident)]
    if sort == "waiting":
        return [Order(Ticket.updated_at), Order(ident)]
    if sort == "due" and chosen.due:
        return [Order(Ticket.next_due_on), Order(ident)]
    return [Order(ident, descending=True)]


def _matching(chosen: TicketFilter, sort: str) -> tuple[sa.Select[Any], Any]:
    """(a statement of the ids that match, the id column to sort by)."""
    if _searches_hits(chosen):
        hits = sa.table("ticket_search", sa.column("rowid", sa.Integer))
        match = sa.literal_column("ticket_search").op("MATCH", is_comparison=True)(fts5_match(chosen.q))
        clauses = _clauses(chosen, None)
        statement = sa.select(hits.c.rowid).select_from(hits)
        if clauses or sort == "waiting" or (sort == "due" and chosen.due):
            statement = statement.join(Ticket, Ticket.id == hits.c.rowid)
        return statement.where(match, *clauses), hits.c.rowid
    leader = _leader(chosen, sort)
    statement = sa.select(Ticket.id).where(*_clauses(chosen, leader))
    if chosen.q:
        statement = statement.where(_reads(chosen.q) if _is_sqlite() else search_clause(Ticket, chosen.q))
    # A leading index other than the order's own is sorted afterwards: the few best of them are kept at little cost.
    return statement, aside(Ticket.id) if leader in {"paths", "caretaker"} and sort != "waiting" else Ticket.id


def _leader(chosen: TicketFilter, sort: str) -> str | None:
    """The one condition whose index the query walks along; ``None`` walks along the order of the list."""
    if chosen.caretaker_id is not None:
        return "caretaker"
    if sort == "waiting":
        return None
    if chosen.due:
        return "due"
    if chosen.paths is not None:
        return "paths"
    if chosen.unassigned:
        return "unassigned"
    return next((name for name in ("source", "industry", "stage", "kind", "side", "status") if getattr(chosen, name)), None)


def _clauses(chosen: TicketFilter, leader: str | None) -> list[sa.ColumnElement[bool]]:
    def column(name: str, attribute: Any) -> Any:
        return attribute if leader == name else aside(attribute)

    clauses: list[sa.ColumnElement[bool]] = []
    if chosen.paths is not None:
        clauses.append(in_regions(column("paths", Ticket.region_path), chosen.paths))
    if chosen.caretaker_id is not None:
        clauses.append(column("caretaker", Ticket.caretaker_id) == chosen.caretaker_id)
    elif chosen.unassigned:
        clauses.append(column("unassigned", Ticket.caretaker_id).is_(None))
    if chosen.side is not None:
        kinds = [kind for kind in ProjectKind if kind.side is chosen.side]
        kind = column("side", Ticket.kind) if len(kinds) == 1 else aside(Ticket.kind)
        clauses.append(kind.in_(kinds) if len(kinds) > 1 else kind == kinds[0])
    for name, attribute in (("kind", Ticket.kind), ("stage", Ticket.stage), ("status", Ticket.status),
                            ("industry", Ticket.industry), ("source", Ticket.source)):
        if (value := getattr(chosen, name)) is not None:
            clauses.append(column(name, attribute) == value)
    if chosen.due:
        clauses += _due(chosen, column("due", Ticket.next_due_on))
    return clauses


def _due(chosen: TicketFilter, due_on: Any) -> list[sa.ColumnElement[bool]]:
    is_open = aside(Ticket.status) == TicketStatus.OPEN
    if chosen.due == "overdue":
        return [is_open, due_on < chosen.today]
    if chosen.due == "today":
        return [is_open, due_on == chosen.today]
    if chosen.due == "week":
        return [is_open, due_on >= chosen.today, due_on <= chosen.today + timedelta(days=7)]
    return [is_open, due_on.is_not(None)]


def _searches_hits(chosen: TicketFilter) -> bool:
    """Whether the hits of the word index lead: not where few tickets are left to be read."""
    if not _is_sqlite() or not fts5_match(chosen.q):
        return False
    if chosen.caretaker_id is not None:
        return False
    if chosen.paths is None:
        return True
    few = sa.select(Ticket.id).where(*_clauses(chosen, _leader(chosen, "count"))).limit(_READ_UP_TO + 1).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(few)) or 0) > _READ_UP_TO


def _reads(q: str) -> sa.ColumnElement[bool]:
    """What the word index would find, found by reading: each phrase stands in the text as its tokens do."""
    text = sa.literal(" ") + Ticket.search_text + sa.literal(" ")
    clauses = []
    for phrase in query_phrases(q):
        words = " " + " ".join(phrase)
        clauses.append(sa.func.instr(text, words.removesuffix("*") if words.endswith("*") else words + " ") > 0)
    return sa.and_(sa.true(), *clauses)


def _count_hits(chosen: TicketFilter) -> Count:
    clauses = _clauses(chosen, None)
    hits = sa.table("ticket_search", sa.column("rowid", sa.Integer))
    match = sa.literal_column("ticket_search").op("MATCH", is_comparison=True)(fts5_match(chosen.q))
    limit = _HITS_COUNTED if clauses else COUNT_LIMIT
    looked_at = sa.select(hits.c.rowid).where(match).order_by(hits.c.rowid.desc()).limit(limit + 1).subquery()
    seen = db.session.scalar(sa.select(sa.func.count()).select_from(looked_at)) or 0
    if not clauses:
        return Count(min(seen, limit), seen > limit)
    among = sa.select(sa.func.count()).select_from(looked_at).join(Ticket, Ticket.id == looked_at.c.rowid).where(*clauses)
    return Count(db.session.scalar(among) or 0, seen > limit)
