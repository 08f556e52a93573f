"""Venues and their halls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.places.models import Hall, Region, Venue, VenueKind


def get_venue(venue_id: int, paths: Iterable[str] = ("/",)) -> Venue:
    """A venue with its region and halls, unless it lies elsewhere."""
    found = db.session.scalar(
        sa.select(Venue).where(Venue.id == venue_id, in_regions(Venue.region_path, paths))
        .options(joinedload(Venue.region), selectinload(Venue.halls))
    )
    if found is None:
        raise not_found()
    return found


def get_hall(hall_id: int, paths: Iterable[str] = ("/",)) -> Hall:
    """A hall with its venue, unless it lies elsewhere."""
    found = db.session.scalar(
        sa.select(Hall).join(Hall.venue).where(Hall.id == hall_id, in_regions(Venue.region_path, paths))
        .options(joinedload(Hall.venue))
    )
    if found is None:
        raise not_found()
    return found


def _matching(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> sa.Select[Venue]:
    statement = sa.select(Venue).where(in_regions(Venue.region_path, paths))
    if q:
        statement = statement.where(sa.or_(Venue.name.contains(q, autoescape=True),
                                           Venue.name_en.icontains(q, autoescape=True),
                                           Venue.address.contains(q, autoescape=True)))
    if kind := chosen.get("kind"):
        statement = statement.where(Venue.kind == VenueKind(kind))
    if city := chosen.get("city"):
        path = sa.select(Region.path).where(Region.key == city).scalar_subquery()
        statement = statement.where(Venue.region_path.startswith(path))
    return statement


def list_venues(paths: Iterable[str], q: str, chosen: Mapping[str, str], cursor: str | None, size: int) -> Page[Venue]:
    """A page of venues by name, each with its region."""
    statement = _matching(paths, q, chosen).options(joinedload(Venue.region))
    return keyset_page(statement, [Order(Venue.name), Order(Venue.id)], cursor, size)


def count_venues(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(_matching(paths, q, chosen).subquery())) or 0


def sum_halls(venue_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """By venue: how many halls and how many seats."""
    return {
        row[0]: (row[1], row[2]) for row in db.session.execute(
            sa.select(Hall.venue_id, sa.func.count(), sa.func.sum(Hall.capacity))
            .where(Hall.venue_id.in_(list(venue_ids))).group_by(Hall.venue_id)
        )
    }


def list_halls(paths: Iterable[str] = ("/",)) -> list[Hall]:
    """All halls with their venues, in the order in which they are shown."""
    return list(
        db.session.scalars(
            sa.select(Hall).join(Hall.venue).where(in_regions(Venue.region_path, paths))
            .options(joinedload(Hall.venue)).order_by(Venue.name, Hall.position, Hall.id)
        )
    )


def count_venues_by_region() -> dict[int, int]:
    """How many venues lie in each region itself."""
    return {row[0]: row[1] for row in
            db.session.execute(sa.select(Venue.region_id, sa.func.count()).group_by(Venue.region_id))}
