"""The grid beyond halls and slots: what each hall offers, closed places, ways between halls, zones of cities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.places.queries import get_region
from expo.programme import queries_grid
from expo.programme import queries_sessions as queries
from expo.programme.actions import require_grid
from expo.programme.actions_draft import touch_plan
from expo.programme.models import Equipment, Session
from expo.programme.models_grid import CityZone, ClosedPlace, GridSettings, Walk

LONGEST_CHANGEOVER = 240


@dataclass(frozen=True)
class HallDetails:
    """What an edition says of one of its halls."""

    opens_at: time | None
    closes_at: time | None
    changeover_minutes: int
    zone: str
    equipment: tuple[Equipment, ...]


@action
def set_hall_details(edition_id: int, details: Mapping[int, HallDetails], *, by: Actor) -> None:
    """Opening hours, change-over, zone and equipment of the edition's halls."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    halls = {one.hall_id: one for one in queries.list_edition_halls(edition_id)}
    for hall_id, said in details.items():
        if hall_id not in halls:
            raise _no_such_hall()
        hall = halls[hall_id]
        _require_hours(hall.hall.label, said)
        hall.opens_at, hall.closes_at = said.opens_at, said.closes_at
        hall.changeover_minutes, hall.zone = said.changeover_minutes, said.zone
        hall.equipment = [value.value for value in said.equipment]
    touch_plan(edition_id)


def _require_hours(name: str, said: HallDetails) -> None:
    if (said.opens_at is None) != (said.closes_at is None):
        raise Refused(_l("%(hall)s: give both an opening and a closing time, or neither.", hall=name))
    if said.opens_at and said.closes_at and said.opens_at >= said.closes_at:
        raise Refused(_l("%(hall)s: it opens before it closes.", hall=name))
    if not 0 <= said.changeover_minutes <= LONGEST_CHANGEOVER:
        raise Refused(_l("%(hall)s: a change-over takes between 0 and %(most)s minutes.", hall=name, most=LONGEST_CHANGEOVER))


@action
def close_places(edition_id: int, hall_ids: Sequence[int], slot_ids: Sequence[int], reason: str, *, by: Actor) -> list[Session]:
    """Close halls in slots. Sessions that stand there stay until somebody moves them; they are returned."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    if not hall_ids or not slot_ids:
        raise Refused(_l("Choose at least one hall and one time."))
    halls = {one.hall_id for one in queries.list_edition_halls(edition_id)}
    slots = {slot.id for slot in queries.list_slots(edition_id)}
    if not halls.issuperset(hall_ids) or not slots.issuperset(slot_ids):
        raise _no_such_hall()
    present = {(one.hall_id, one.slot_id): one for one in queries_grid.list_closed(edition_id)}
    for place in ((hall, slot) for hall in dict.fromkeys(hall_ids) for slot in dict.fromkeys(slot_ids)):
        if place in present:
            present[place].reason = reason
        else:
            db.session.add(ClosedPlace(edition_id=edition_id, hall_id=place[0], slot_id=place[1], reason=reason))
    touch_plan(edition_id)
    return queries_grid.list_sessions_there(edition_id, hall_ids, slot_ids)


@action
def open_place(edition_id: int, closed_id: int, *, by: Actor) -> None:
    """A closed hall can be used again in that slot."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    closed = get_record(ClosedPlace, closed_id)
    if closed.edition_id != edition_id:
        raise not_found()
    db.session.delete(closed)
    touch_plan(edition_id)


@action
def set_ways(edition_id: int, same_venue_minutes: int, other_venue_minutes: int, *, by: Actor) -> None:
    """Minutes on foot where no way between two halls is written down."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    settings = queries_grid.find_grid_settings(edition_id)
    if settings is None:
        settings = GridSettings(edition_id=edition_id)
        db.session.add(settings)
    settings.same_venue_minutes, settings.other_venue_minutes = same_venue_minutes, other_venue_minutes
    touch_plan(edition_id)


@action
def set_walk(edition_id: int, one_id: int, other_id: int, minutes: int | None, *, by: Actor) -> None:
    """The way between two halls, the same both ways; none: what is usual holds again."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    if one_id == other_id:
        raise Refused(_l("Choose two different halls."), "other_id")
    halls = {one.hall_id for one in queries.list_edition_halls(edition_id)}
    if not {one_id, other_id} <= halls:
        raise _no_such_hall()
    one_id, other_id = sorted((one_id, other_id))
    walk = queries_grid.find_walk(edition_id, one_id, other_id)
    if minutes is None:
        if walk is not None:
            db.session.delete(walk)
    elif walk is None:
        db.session.add(Walk(edition_id=edition_id, one_id=one_id, other_id=other_id, minutes=minutes))
    else:
        walk.minutes = minutes
    touch_plan(edition_id)


@action
def set_city_zone(edition_id: int, region_id: int, zone: str, *, by: Actor) -> None:
    """The exhibition zone of a region; an empty one takes it away."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    present = queries_grid.find_city_zone(edition_id, get_region(region_id).id)
    if not zone:
        if present is not None:
            db.session.delete(present)
    elif present is None:
        db.session.add(CityZone(edition_id=edition_id, region_id=region_id, zone=zone))
    else:
        present.zone = zone
    touch_plan(edition_id)


def _no_such_hall() -> Refused:
    return Refused(_l("This hall or time is not in the edition any more. Reload the page."))
