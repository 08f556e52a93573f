"""The organisers' list of projects: filtered, counted, paged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.places.models import Region, RegionKind
from expo.projects.models import Project

SORTS: dict[str, list[Order]] = {
    "number": [Order(Project.number)],
    "newest": [Order(Project.id, descending=True)],
    "completeness": [Order(Project.completeness), Order(Project.id)],
}


def list_projects(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str,
                  cursor: str | None, size: int) -> Page[Project]:
    """One page of what an organiser sees, with city and industry."""
    statement = _narrowed(sa.select(Project), edition_id, paths, q, chosen).options(
        joinedload(Project.city), joinedload(Project.industry)
    )
    return keyset_page(statement, SORTS[sort], cursor, size)


def count_projects(edition_id: int, paths: Iterable[str], q: str = "", chosen: Mapping[str, str] | None = None) -> int:
    """How many rows the whole list has."""
    return db.session.scalar(
        _narrowed(sa.select(sa.func.count()).select_from(Project), edition_id, paths, q, chosen or {})
    ) or 0


def count_by_status(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Rows in scope by status, for the filter's counts."""
    counting: Any = sa.select(Project.status, sa.func.count().label("rows"))
    rows = db.session.execute(_narrowed(counting, edition_id, paths, "", {}).group_by(Project.status))
    return {str(row.status.value): int(row.rows) for row in rows}


def iterate_projects(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> Iterator[Project]:
    """Everything that the list shows, for an export: in pieces, so that memory stays flat."""
    statement = _narrowed(sa.select(Project), edition_id, paths, q, chosen).options(
        joinedload(Project.city), joinedload(Project.region), joinedload(Project.industry),
        joinedload(Project.organisation), joinedload(Project.ticket)
    ).order_by(Project.number)
    yield from db.session.scalars(statement.execution_options(yield_per=500))


def list_filter_cities(paths: Iterable[str]) -> list[tuple[str, Any]]:
    """Cities in scope as choices: (path, name)."""
    return _choices(sa.select(Region).where(Region.kind == RegionKind.CITY, in_regions(Region.path, paths)))


def list_filter_counties(city_path: str, paths: Iterable[str]) -> list[tuple[str, Any]]:
    """What lies below a city, within scope, as choices."""
    return _choices(sa.select(Region).where(
        in_regions(Region.path, [city_path]), Region.path != city_path, in_regions(Region.path, paths)
    ))


def _choices(statement: sa.Select[Any]) -> list[tuple[str, Any]]:
    return [(region.path, region.label) for region in db.session.scalars(statement.order_by(Region.path))]


def _narrowed(statement: sa.Select[Any], edition_id: int, paths: Iterable[str], q: str,
              chosen: Mapping[str, str]) -> sa.Select[Any]:
    statement = statement.where(Project.edition_id == edition_id, in_regions(Project.region_path, paths))
    if q:
        statement = statement.where(search_clause(Project, q))
    for name in ("status", "kind", "side"):
        if name in chosen:
            statement = statement.where(getattr(Project, name) == chosen[name])
    for name in ("city", "county"):
        if name in chosen:
            statement = statement.where(in_regions(Project.region_path, [chosen[name]]))
    if "industry" in chosen:
        statement = statement.where(Project.industry_id == int(chosen["industry"]))
    if "complete" in chosen:
        full = Project.completeness == 100
        statement = statement.where(full if chosen["complete"] == "yes" else ~full)
    return statement
