"""The online hall: what is published, narrowed down, with the counts on its pills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only

from expo.editions.models import Industry
from expo.kit.db import db
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.places.models import Region
from expo.projects.models import Project, ProjectStatus

SORTS: dict[str, list[Order]] = {
    "newest": [Order(Project.published_at, descending=True), Order(Project.id, descending=True)],
    "number": [Order(Project.number)],
}
_COLUMNS: dict[str, Any] = {"city": Project.city_id, "industry": Project.industry_id, "kind": Project.kind, "side": Project.side}


def list_hall(edition_id: int, q: str, chosen: Mapping[str, str], sort: str, cursor: str | None,
              size: int) -> Page[Project]:
    """One page of cards: titles, city, industry and cover, without the long texts."""
    statement = _published(sa.select(Project), edition_id, q, chosen).options(
        load_only(Project.number, Project.title, Project.title_en, Project.summary, Project.summary_en, Project.kind,
                  Project.side, Project.owner_name),
        joinedload(Project.city), joinedload(Project.industry), joinedload(Project.cover),
    )
    return keyset_page(statement, SORTS[sort], cursor, size)


def count_hall(edition_id: int, q: str, chosen: Mapping[str, str]) -> int:
    """How many projects are found."""
    return db.session.scalar(
        _published(sa.select(sa.func.count()).select_from(Project), edition_id, q, chosen)
    ) or 0


def count_facets(edition_id: int, q: str, chosen: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """For each filter: value → rows if that value were chosen beside the other filters. One statement each."""
    return {name: _facet(name, edition_id, q, chosen) for name in _COLUMNS}


def _facet(name: str, edition_id: int, q: str, chosen: Mapping[str, str]) -> dict[str, int]:
    others = {key: value for key, value in chosen.items() if key != name}
    column = _COLUMNS[name]
    counting: sa.Select[Any] = sa.select(column.label("value"), sa.func.count().label("rows"))
    counted = _published(counting, edition_id, q, others).where(column.is_not(None)).group_by(column)
    return {str(row.value): int(row.rows) for row in db.session.execute(counted)}


def list_cities_shown(edition_id: int) -> list[tuple[str, Any]]:
    """Cities with a published project, as choices."""
    shown = sa.select(Project.city_id).where(
        Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED
    )
    regions = db.session.scalars(sa.select(Region).where(Region.id.in_(shown)).order_by(Region.path))
    return [(str(region.id), region.label) for region in regions]


def list_industries_shown(edition_id: int) -> list[Industry]:
    """Industries of the edition in their order."""
    return list(db.session.scalars(
        sa.select(Industry).where(Industry.edition_id == edition_id).order_by(Industry.position, Industry.id)
    ))


def list_related(project: Project, limit: int = 3) -> list[Project]:
    """Other published projects of the same industry (else the same city), for going on looking."""
    near = Project.industry_id == project.industry_id if project.industry_id else Project.city_id == project.city_id
    return list(db.session.scalars(
        sa.select(Project)
        .where(Project.edition_id == project.edition_id, Project.status == ProjectStatus.PUBLISHED,
               Project.id != project.id, near)
        .order_by(sa.func.abs(Project.id - project.id)).limit(limit)
        .options(joinedload(Project.city), joinedload(Project.industry), joinedload(Project.cover))
    ))


def _published(statement: sa.Select[Any], edition_id: int, q: str, chosen: Mapping[str, str]) -> sa.Select[Any]:
    statement = statement.where(Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED)
    if q:
        statement = statement.where(search_clause(Project, q))
    for name, value in chosen.items():
        column = _COLUMNS[name]
        statement = statement.where(column == (int(value) if name in {"city", "industry"} else value))
    return statement
