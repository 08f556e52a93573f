"""Venues and halls: entered, changed, removed only while nothing refers to them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.places import queries_venues
from expo.places.actions_venues import (
    add_hall,
    add_venue,
    change_hall,
    change_venue,
    remove_hall,
    remove_venue,
)
from expo.places.models import Hall, Region, Venue, VenueKind
from expo.programme.models import EditionHall
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_edition, make_hall, make_venue, stored

HALL = {"name": "第一会议厅", "name_en": "Hall 1", "capacity": 300, "has_streaming": True, "has_interpreting": False}


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def venue_values(region: Region, **changes: Any) -> dict[str, Any]:
    return {"name": "会展中心", "name_en": "", "kind": VenueKind.MAIN, "region_id": region.id, "address": "天府大道1号"} | changes


def test_a_venue_gets_halls_in_the_order_of_entry(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    number = add_venue(venue_values(places.chengdu), by=organiser)
    for name in ("甲厅", "乙厅", "丙厅"):
        add_hall(number, HALL | {"name": name}, by=organiser)
    venue = queries_venues.get_venue(number)
    assert [hall.name for hall in venue.halls] == ["甲厅", "乙厅", "丙厅"]
    assert venue.region_path == places.chengdu.path
    assert queries_venues.sum_halls([number]) == {number: (3, 900)}


def test_names_stand_once_and_the_form_says_so(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    number = add_venue(venue_values(places.chengdu), by=organiser)
    add_hall(number, HALL, by=organiser)
    for again in (lambda: add_venue(venue_values(places.chengdu), by=organiser), lambda: add_hall(number, HALL, by=organiser)):
        with pytest.raises(Refused) as refused:
            again()
        assert refused.value.field == "name"
    add_venue(venue_values(places.mianyang), by=organiser)


def test_changing_a_venues_region_moves_its_path(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    number = add_venue(venue_values(places.chengdu), by=organiser)
    change_venue(number, venue_values(places.fucheng, name="涪城会场", kind=VenueKind.BRANCH), by=organiser)
    venue = db.session.get_one(Venue, number)
    assert (venue.name, venue.kind, venue.region_path) == ("涪城会场", VenueKind.BRANCH, places.fucheng.path)


def test_what_nothing_refers_to_is_removed(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    venue = make_venue(places.chengdu)
    first, _second = make_hall(venue), make_hall(venue)
    assert remove_hall(first.id, by=organiser) == venue.id
    remove_venue(venue.id, by=organiser)
    assert db.session.scalars(sa.select(Venue)).all() == []
    assert db.session.scalars(sa.select(Hall)).all() == []


def test_what_an_edition_uses_stays_whole(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    venue = make_venue(places.chengdu)
    hall, spare = make_hall(venue), make_hall(venue)
    stored(EditionHall(edition_id=make_edition().id, hall_id=hall.id))
    for remove in (lambda: remove_hall(hall.id, by=organiser), lambda: remove_venue(venue.id, by=organiser)):
        with pytest.raises(Refused, match="正在使用"):
            remove()
    assert {h.id for h in db.session.scalars(sa.select(Hall))} == {hall.id, spare.id}


def test_only_managers_of_places_change_them_and_only_in_their_region(places: Places) -> None:
    venue = make_venue(places.mianyang)
    hall = make_hall(venue)
    for actor in (make_actor(Role.ORGANISER, places.mianyang), make_actor(Role.ADMINISTRATOR, places.chengdu)):
        for attempt in (
            lambda a=actor: add_venue(venue_values(places.mianyang), by=a),
            lambda a=actor: change_venue(venue.id, venue_values(places.mianyang), by=a),
            lambda a=actor: remove_venue(venue.id, by=a),
            lambda a=actor: add_hall(venue.id, HALL, by=a),
            lambda a=actor: change_hall(hall.id, HALL, by=a),
            lambda a=actor: remove_hall(hall.id, by=a),
        ):
            with pytest.raises(Forbidden):
                attempt()
    administrator = make_actor(Role.ADMINISTRATOR, places.mianyang)
    with pytest.raises(Forbidden):
        change_venue(venue.id, venue_values(places.chengdu), by=administrator)
    change_venue(venue.id, venue_values(places.mianyang), by=administrator)


def test_a_venue_is_entered_on_the_pages(places: Places, client: Browser) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    wrong = client.post("/work/venues/new", data={"name": "", "kind": "main", "region_id": str(places.chengdu.id),
                                                  "address": "天府大道1号"})
    assert wrong.status_code == 422
    assert "天府大道1号" in wrong.text
    answer = client.post("/work/venues/new", data={"name": "会展中心", "kind": "main", "region_id": str(places.chengdu.id)})
    assert answer.status_code == 303
    venue = answer.location
    assert client.post(f"{venue}/halls/new", data={"name": "甲厅", "capacity": "0"}).status_code == 422
    assert client.post(f"{venue}/halls/new", data={"name": "甲厅", "capacity": "200", "has_streaming": "y", "position": "0"}).status_code == 303
    page = client.get(venue).text
    assert "甲厅" in page
    assert "直播" in page
    hall = db.session.scalars(sa.select(Hall)).one()
    edited = {"name": "乙厅", "capacity": "250", "position": "1"}
    assert client.post(f"/work/halls/{hall.id}/edit", data=edited).status_code == 303
    assert db.session.get_one(Hall, hall.id).has_streaming is False
    assert client.post(f"/work/halls/{hall.id}/remove").status_code == 303
    assert client.post(f"{venue}/remove").status_code == 303


def test_venues_elsewhere_are_not_found(places: Places, client: Browser) -> None:
    venue = make_venue(places.mianyang, "绵州会场")
    hall = make_hall(venue)
    client.sign_in(make_actor(Role.ADMINISTRATOR, places.chengdu))
    assert "绵州会场" not in client.get("/work/venues/").text
    for address in (f"/work/venues/{venue.id}", f"/work/venues/{venue.id}/edit", f"/work/halls/{hall.id}/edit"):
        assert client.get(address).status_code == 404
    assert client.post(f"/work/venues/{venue.id}/remove").status_code == 404
    client.sign_in(make_actor(Role.CARETAKER, places.mianyang))
    assert client.get("/work/venues/").status_code == 403


def test_the_tree_shows_zones_and_takes_new_ones(places: Places, client: Browser) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    form = {"name": "演示高新区", "parent_id": str(places.chengdu.id)}
    assert client.post("/work/regions/new", data=form).status_code == 303
    assert client.post("/work/regions/new", data=form).status_code == 422
    zone = db.session.scalars(sa.select(Region).where(Region.name == "演示高新区")).one()
    assert zone.path.startswith(places.chengdu.path)
    assert "演示高新区" in client.get("/work/regions/").text
    assert client.post(f"/work/regions/{zone.id}/edit", data={"name": "演示新区"}).status_code == 303
    assert "演示新区" in client.get("/work/regions/").text
    assert client.get(f"/work/regions/{places.chengdu.id}/edit").status_code == 404


@pytest.mark.parametrize(("query", "found"), [("?q=会展", True), ("?q=体育", False), ("?kind=main", True),
                                              ("?kind=branch", False), ("?city=510100", True), ("?city=510700", False)])
def test_venues_are_filtered(places: Places, client: Browser, query: str, found: bool) -> None:
    make_venue(places.qingyang, "西部会展城")
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert ("西部会展城" in client.get(f"/work/venues/{query}").text) is found


@pytest.mark.parametrize("address", ["/work/venues/", "/work/regions/"])
def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(places: Places, client: Browser, count_queries, address: str) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    make_hall(make_venue(places.chengdu))
    client.get(address)
    with count_queries() as count:
        client.get(address)
        first = count()
    for region in (places.mianyang, places.fucheng):
        make_hall(make_venue(region))
    with count_queries() as count:
        client.get(address)
        assert count() == first
