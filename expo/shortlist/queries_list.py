"""Candidates in lists: filtered, searched, sorted, paged; and the filters' choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.places.models import Region, RegionKind
from expo.pool.models import Ticket
from expo.shortlist.models import Candidate, CandidateStatus


@dataclass(frozen=True)
class Brief:
    """A candidate in a summary."""

    id: int
    title: str
    status: CandidateStatus
    kind: Any
    city: str


_LAST = 2_000_000_000
SORTS: dict[str, list[Order]] = {
    "newest": [Order(Candidate.id, descending=True)],
    "score": [Order(sa.func.coalesce(Candidate.score, -1), descending=True), Order(Candidate.id)],
    "place": [Order(sa.func.coalesce(Candidate.place, _LAST)), Order(Candidate.id)],
}


def page_candidates(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str,
                    cursor: str | None, size: int) -> Page[Candidate]:
    """Candidates with what a row of the list shows."""
    # First the place in the order, from this table alone; then the 25 rows with all that belongs to them.
    found = keyset_page(_filtered(edition_id, paths, q, chosen).with_only_columns(Candidate.id), SORTS[sort], cursor, size)
    rows = {one.id: one for one in db.session.scalars(_whole().where(Candidate.id.in_(found.rows)))}
    return Page([rows[number] for number in found.rows], found.next_cursor, found.previous_cursor)


def count_candidates(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int:
    """How many the list has."""
    statement = _filtered(edition_id, paths, q, chosen).with_only_columns(sa.func.count(Candidate.id))
    return db.session.scalar(statement) or 0


def list_shown_ids(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> list[int]:
    """All that a list shows on all its pages."""
    return list(db.session.scalars(_filtered(edition_id, paths, q, chosen).with_only_columns(Candidate.id)))


def iterate_candidates(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str],
                       sort: str) -> Iterator[Candidate]:
    """All that a list shows, for the export."""
    orders = [o.column.desc() if o.descending else o.column for o in SORTS[sort]]
    chosen_ids = _filtered(edition_id, paths, q, chosen).with_only_columns(Candidate.id)
    yield from db.session.scalars(_whole().where(Candidate.id.in_(chosen_ids)).order_by(*orders))


def _whole() -> sa.Select[Candidate]:
    return sa.select(Candidate).join(Ticket, Ticket.id == Candidate.ticket_id).options(
        sa.orm.contains_eager(Candidate.ticket).load_only(Ticket.number, Ticket.title, Ticket.owner_name)
        .joinedload(Ticket.organisation),
        sa.orm.joinedload(Candidate.region), sa.orm.joinedload(Candidate.city), sa.orm.joinedload(Candidate.industry),
        sa.orm.joinedload(Candidate.decided_by),
    )


def _filtered(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> sa.Select[Candidate]:
    statement = sa.select(Candidate).where(
        Candidate.edition_id == edition_id, in_regions(Candidate.region_path, paths)
    )
    if q:
        statement = statement.join(Ticket, Ticket.id == Candidate.ticket_id).where(search_clause(Ticket, q))
    for name, column in (("status", Candidate.status), ("kind", Candidate.kind), ("city", Candidate.city_id),
                         ("county", Candidate.region_id), ("industry", Candidate.industry_id)):
        if value := chosen.get(name):
            statement = statement.where(column == (int(value) if name in {"city", "county", "industry"} else value))
    pending = chosen.get("pending")
    if pending == "none":
        statement = statement.where(Candidate.pending_decision.is_(None))
    elif pending == "any":
        statement = statement.where(Candidate.pending_decision.is_not(None))
    elif pending:
        statement = statement.where(Candidate.pending_decision == pending)
    return statement


def list_brief(candidate_ids: list[int], edition_id: int, paths: Iterable[str]) -> list[Brief]:
    """Chosen candidates within these regions, for a summary."""
    scope = tuple(paths)
    found: list[Brief] = []
    for start in range(0, len(candidate_ids), 500):
        rows = db.session.execute(
            sa.select(Candidate.id, Ticket.title, Candidate.status, Candidate.kind, Region.name)
            .join(Ticket, Ticket.id == Candidate.ticket_id).join(Region, Region.id == Candidate.city_id)
            .where(Candidate.id.in_(candidate_ids[start:start + 500]), Candidate.edition_id == edition_id,
                   in_regions(Candidate.region_path, scope))
            .order_by(Candidate.id)
        )
        found += [Brief(number, title, status, kind.label, city) for number, title, status, kind, city in rows]
    return found


def list_cities_within(paths: Iterable[str]) -> list[Region]:
    """Cities (and the province) that a reader may choose as a filter."""
    scope = tuple(paths)
    above = [path for path in scope if path.count("/") > 3]
    where = [in_regions(Region.path, scope)]
    if above:
        where.append(Region.path.in_(["/".join(path.split("/")[:3]) + "/" for path in above]))
    return list(db.session.scalars(
        sa.select(Region).where(sa.or_(*where), Region.kind.in_([RegionKind.CITY, RegionKind.PROVINCE]))
        .order_by(Region.path)
    ))


def list_counties_within(paths: Iterable[str], city_id: int) -> list[Region]:
    """Counties and zones of a city that a reader may choose as a filter."""
    return list(db.session.scalars(
        sa.select(Region).where(Region.parent_id == city_id, in_regions(Region.path, paths)).order_by(Region.path)
    ))


def count_by_status(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """How many stand where."""
    rows = db.session.execute(
        sa.select(Candidate.status, sa.func.count())
        .where(Candidate.edition_id == edition_id, in_regions(Candidate.region_path, paths))
        .group_by(Candidate.status)
    )
    return {str(status): number for status, number in rows}


def list_regions_below(path: str) -> list[Region]:
    """The counties and zones at and below a city's or county's path."""
    return list(db.session.scalars(
        sa.select(Region).where(in_regions(Region.path, [path])).order_by(Region.path)
    ))
