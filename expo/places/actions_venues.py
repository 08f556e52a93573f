"""Venues and halls: entered, changed, removed as long as nothing uses them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError

from expo.kit.access import Actor
from expo.kit.db import Model, db, get_record
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.places import queries_venues as queries
from expo.places.models import Hall, Region, Venue
from expo.places.permissions import PLACES_MANAGE


@action
def add_venue(values: dict[str, Any], *, by: Actor) -> int:
    """Enter a venue; its number."""
    region = _region(values, by)
    venue = Venue(**{**values, "region_id": region.id, "region_path": region.path})
    _store(venue, _l("There is a venue of this name in this region already."))
    return int(venue.id)


@action
def change_venue(venue_id: int, values: dict[str, Any], *, by: Actor) -> None:
    """Change a venue; its halls go with it."""
    venue = get_record(Venue, venue_id, for_update=True)
    by.require(PLACES_MANAGE, region_path=venue.region_path)
    region = _region(values, by)
    for name, value in {**values, "region_id": region.id, "region_path": region.path}.items():
        setattr(venue, name, value)
    _store(venue, _l("There is a venue of this name in this region already."))


@action
def remove_venue(venue_id: int, *, by: Actor) -> None:
    """Remove a venue and its halls, unless an edition, a session or a gate uses one of them."""
    venue = queries.get_venue(venue_id)
    by.require(PLACES_MANAGE, region_path=venue.region_path)
    for hall in venue.halls:
        db.session.delete(hall)
    _remove(venue)


@action
def add_hall(venue_id: int, values: dict[str, Any], *, by: Actor) -> int:
    """Enter a hall of a venue, after those that are there; its number."""
    venue = queries.get_venue(venue_id)
    by.require(PLACES_MANAGE, region_path=venue.region_path)
    last = max((hall.position for hall in venue.halls), default=0)
    hall = Hall(venue_id=venue.id, **{**values, "position": last + 1})
    _store(hall, _l("This venue has a hall of this name already."))
    return int(hall.id)


@action
def change_hall(hall_id: int, values: dict[str, Any], *, by: Actor) -> None:
    """Change a hall."""
    hall = queries.get_hall(hall_id)
    by.require(PLACES_MANAGE, region_path=hall.venue.region_path)
    for name, value in values.items():
        setattr(hall, name, value)
    _store(hall, _l("This venue has a hall of this name already."))


@action
def remove_hall(hall_id: int, *, by: Actor) -> int:
    """Remove a hall that nothing uses; the venue's number."""
    hall = queries.get_hall(hall_id)
    by.require(PLACES_MANAGE, region_path=hall.venue.region_path)
    _remove(hall)
    return int(hall.venue_id)


def _region(values: dict[str, Any], by: Actor) -> Region:
    region = get_record(Region, values["region_id"])
    by.require(PLACES_MANAGE, region_path=region.path)
    return region


def _store(found: Venue | Hall, taken: Any) -> None:
    # The table itself knows whether a name is taken, also when two people enter it at the same moment.
    db.session.add(found)
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise Refused(taken, field="name") from error


def _remove(found: Model) -> None:
    # Rooms on higher floors refer to venues and halls; their foreign keys say whether they do.
    db.session.delete(found)
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise Refused(
            _l("It is in use: an edition, a session or a gate refers to it, now or in the past. It stays, so that their "
               "records remain complete.")
        ) from error
