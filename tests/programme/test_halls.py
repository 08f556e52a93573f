"""What halls offer, closed times, ways and zones."""

from __future__ import annotations

from datetime import time

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.programme import actions_grid, actions_moves, actions_places, queries_grid, queries_instance
from expo.programme.actions_grid import HallDetails
from expo.programme.models import Equipment, Session
from expo.programme.rules import Pins
from tests.conftest import Browser
from tests.makers import make_edition
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def test_details_of_halls_reach_the_solver(programme: Programme) -> None:
    hall = programme.halls[0].id
    actions_grid.set_hall_details(programme.edition.id, {hall: HallDetails(time(9), time(18), 15, "A区", (Equipment.STAGE,))},
                                  by=programme.province)
    found = queries_instance.load_draft(programme.edition.id).instance.hall[hall]
    assert (found.changeover, found.zone, found.equipment) == (15, "A区", frozenset({"stage"}))
    assert [span.end - span.start for span in found.open] == [9 * 60]


@pytest.mark.parametrize("details", [
    HallDetails(time(9), None, 0, "", ()), HallDetails(time(18), time(9), 0, "", ()), HallDetails(None, None, 241, "", ()),
])
def test_hours_and_change_over_that_cannot_be_are_refused_with_the_halls_name(programme: Programme, details: HallDetails) -> None:
    with pytest.raises(Refused, match="第一厅"):
        actions_grid.set_hall_details(programme.edition.id, {programme.halls[0].id: details}, by=programme.province)


def test_closing_a_hall_moves_nothing_and_says_who_stands_there(programme: Programme) -> None:
    session = programme.place(programme.session())
    there = actions_grid.close_places(programme.edition.id, [programme.halls[0].id], [slot.id for slot in programme.slots], "漏水",
                                      by=programme.province)
    assert [one.id for one in there] == [session.id]
    assert db.session.scalar(sa.select(Session.hall_id).where(Session.id == session.id)) == programme.halls[0].id
    actions_grid.close_places(programme.edition.id, [programme.halls[0].id], [programme.slots[0].id], "停电", by=programme.province)
    closed = queries_grid.list_closed(programme.edition.id)
    assert sorted(one.reason for one in closed) == ["停电", "漏水"]
    for one in closed:
        actions_grid.open_place(programme.edition.id, one.id, by=programme.province)
    assert queries_grid.list_closed(programme.edition.id) == []


def test_ways_and_zones_are_set_changed_and_taken_away(programme: Programme) -> None:
    edition, by = programme.edition.id, programme.province
    one, other = (hall.id for hall in programme.halls)
    actions_grid.set_ways(edition, 3, 45, by=by)
    actions_grid.set_walk(edition, other, one, 12, by=by)
    actions_grid.set_walk(edition, one, other, 14, by=by)
    actions_grid.set_city_zone(edition, programme.places.chengdu.id, "A区", by=by)
    instance = queries_instance.load_draft(edition).instance
    assert (instance.walk(one, other), instance.same_venue_minutes, instance.other_venue_minutes) == (14, 3, 45)
    assert [zone.zone for zone in queries_grid.list_city_zones(edition)] == ["A区"]
    actions_grid.set_walk(edition, one, other, None, by=by)
    actions_grid.set_city_zone(edition, programme.places.chengdu.id, "", by=by)
    assert queries_instance.load_draft(edition).instance.walk(one, other) == 3
    assert queries_grid.list_city_zones(edition) == []
    with pytest.raises(Refused):
        actions_grid.set_walk(edition, one, one, 5, by=by)


def test_what_is_pinned_to_a_hall_or_slot_keeps_it_from_being_taken_away(programme: Programme) -> None:
    session = programme.session("锁定专场")
    actions_moves.pin_session(session.id, Pins(programme.halls[1].id, programme.slots[1].id), by=programme.province)
    with pytest.raises(Refused, match="锁定专场"):
        actions_places.set_halls(programme.edition.id, [programme.halls[0].id], by=programme.province)
    with pytest.raises(Refused, match="锁定专场"):
        actions_places.remove_slot(programme.edition.id, programme.slots[1].id, by=programme.province)


def test_a_slot_with_closed_halls_can_be_removed(programme: Programme) -> None:
    actions_grid.close_places(programme.edition.id, [programme.halls[0].id], [programme.slots[1].id], "", by=programme.province)
    actions_places.remove_slot(programme.edition.id, programme.slots[1].id, by=programme.province)
    assert queries_grid.list_closed(programme.edition.id) == []


def test_only_those_who_hold_the_grid_change_it(programme: Programme) -> None:
    edition, by = programme.edition.id, programme.chengdu
    one, other = (hall.id for hall in programme.halls)
    for act in (lambda: actions_grid.set_hall_details(edition, {}, by=by),
                lambda: actions_grid.close_places(edition, [one], [programme.slots[0].id], "", by=by),
                lambda: actions_grid.open_place(edition, 1, by=by), lambda: actions_grid.set_ways(edition, 1, 1, by=by),
                lambda: actions_grid.set_walk(edition, one, other, 1, by=by),
                lambda: actions_grid.set_city_zone(edition, programme.places.chengdu.id, "A", by=by)):
        with pytest.raises(Forbidden):
            act()
    elsewhere = make_edition("2027")
    closed = actions_grid.close_places(edition, [one], [programme.slots[0].id], "", by=programme.province)
    assert closed == []
    [place] = queries_grid.list_closed(edition)
    with pytest.raises(NotFound):
        actions_grid.open_place(elsewhere.id, place.id, by=programme.province)


def test_the_page_keeps_halls_times_ways_and_zones(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    base, (one, other) = f"{programme.base}/halls", (hall.id for hall in programme.halls)
    assert client.get(base).status_code == 200
    assert client.post(f"{base}/details", data={f"opens-{one}": "09:00", f"closes-{one}": "18:00", f"changeover-{one}": "20",
                                                f"zone-{one}": "A区", f"equipment-{one}": ["stage", "nonsense"]}).status_code == 302
    assert client.post(f"{base}/details", data={f"changeover-{one}": "soon"}).status_code == 422
    assert client.post(f"{base}/details", data={f"opens-{one}": "25:00"}).status_code == 422
    assert client.post(f"{base}/close", data={"halls": [one], "slots": [programme.slots[0].id], "reason": "布展"}).status_code == 302
    assert client.post(f"{base}/close", data={"halls": [one]}).status_code == 422
    assert client.post(f"{base}/walks", data={"one_id": one, "other_id": other, "minutes": 9}).status_code == 302
    assert client.post(f"{base}/walks", data={"one_id": one, "other_id": one, "minutes": 9}).status_code == 422
    assert client.post(f"{base}/ways", data={"same_venue_minutes": 2, "other_venue_minutes": 50}).status_code == 302
    assert client.post(f"{base}/ways", data={"same_venue_minutes": -2}).status_code == 422
    assert client.post(f"{base}/zones", data={"region_id": programme.places.chengdu.id, "zone": "A区"}).status_code == 302
    page = client.get(base).text
    assert all(words in page for words in ("布展", "A区", "↔", 'value="09:00"'))
    [closed] = queries_grid.list_closed(programme.edition.id)
    client.post(f"{base}/open/{closed.id}")
    assert queries_grid.list_closed(programme.edition.id) == []
    assert client.sign_in(programme.chengdu).get(base).status_code == 403
