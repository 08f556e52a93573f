"""The grid beyond halls and slots, for its page: closed places, ways, zones."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db
from expo.programme.models import Session, Slot
from expo.programme.models_grid import CityZone, ClosedPlace, GridSettings, Walk


def find_grid_settings(edition_id: int) -> GridSettings | None:
    return db.session.scalar(sa.select(GridSettings).where(GridSettings.edition_id == edition_id))


def list_closed(edition_id: int) -> list[ClosedPlace]:
    """Closed places by time, with halls and slots."""
    return list(db.session.scalars(
        sa.select(ClosedPlace).join(Slot, Slot.id == ClosedPlace.slot_id).where(ClosedPlace.edition_id == edition_id)
        .order_by(Slot.starts_at, ClosedPlace.hall_id).options(joinedload(ClosedPlace.hall), joinedload(ClosedPlace.slot))
    ))


def list_walks(edition_id: int) -> list[Walk]:
    """Ways that are written down, with their halls."""
    return list(db.session.scalars(
        sa.select(Walk).where(Walk.edition_id == edition_id).order_by(Walk.one_id, Walk.other_id)
        .options(joinedload(Walk.one), joinedload(Walk.other))
    ))


def find_walk(edition_id: int, one_id: int, other_id: int) -> Walk | None:
    return db.session.scalar(sa.select(Walk).where(
        Walk.edition_id == edition_id, Walk.one_id == one_id, Walk.other_id == other_id
    ))


def list_city_zones(edition_id: int) -> list[CityZone]:
    """Zones of regions, with the regions."""
    return list(db.session.scalars(
        sa.select(CityZone).where(CityZone.edition_id == edition_id).order_by(CityZone.zone, CityZone.region_id)
        .options(joinedload(CityZone.region))
    ))


def find_city_zone(edition_id: int, region_id: int) -> CityZone | None:
    return db.session.scalar(
        sa.select(CityZone).where(CityZone.edition_id == edition_id, CityZone.region_id == region_id)
    )


def list_sessions_there(edition_id: int, hall_ids: Collection[int], slot_ids: Collection[int]) -> list[Session]:
    """Sessions that stand in these halls at these times."""
    return list(db.session.scalars(
        sa.select(Session).where(Session.edition_id == edition_id, Session.hall_id.in_(hall_ids),
                                 Session.slot_id.in_(slot_ids)).order_by(Session.code)
    ))


def list_pinned_to(edition_id: int, *, hall_id: int | None = None, slot_id: int | None = None) -> list[Session]:
    """Sessions that are pinned to a hall or to a slot."""
    clause = Session.pinned_hall_id == hall_id if hall_id else Session.pinned_slot_id == slot_id
    return list(db.session.scalars(sa.select(Session).where(Session.edition_id == edition_id, clause).order_by(Session.code)))
