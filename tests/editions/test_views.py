"""The pages of editions."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from expo.editions import queries
from expo.editions.models import EditionStatus, Industry
from expo.editions.timeline import edition_timeline
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.history import list_history
from expo.kit.unit import action, record
from expo.people.permissions import Role
from tests.makers import Places, make_actor, make_edition, make_industry, stored

PAGES = ("/work/editions/", "/work/editions/2026/", "/work/editions/2026/industries")
FORMS = ("/work/editions/new", "/work/editions/2026/edit", "/work/editions/2026/stages", "/work/editions/2026/quotas",
         "/work/editions/2026/targets", "/work/editions/2026/copy")


@pytest.mark.parametrize("path", PAGES + FORMS)
def test_organisers_of_the_province_open_every_page(app: Flask, client, path: str) -> None:
    places = Places()
    make_industry(make_edition())
    assert client.sign_in(make_actor(Role.ORGANISER, places.province)).get(path).status_code == 200


@pytest.mark.parametrize("path", FORMS)
def test_auditors_read_but_do_not_set_up(app: Flask, client, path: str) -> None:
    places = Places()
    make_edition()
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    assert client.get(path).status_code == 403
    assert all(client.get(page).status_code == 200 for page in PAGES)


def test_visitors_are_sent_to_sign_in(app: Flask, client) -> None:
    if "people.sign_in" not in app.view_functions:
        pytest.skip("the sign-in page is not there yet")
    assert client.get("/work/editions/").status_code == 302


def test_the_list_takes_the_same_queries_for_one_and_three(app: Flask, client, count_queries) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    make_edition("2026")
    client.get("/work/editions/")
    counts = []
    for slugs in ((), ("2027", "2028")):
        for slug in slugs:
            make_edition(slug)
        with count_queries() as count:
            client.get("/work/editions/")
        counts.append(count())
    assert counts[0] == counts[1]


def test_a_new_edition_is_made_by_its_form_and_wrong_dates_keep_what_was_typed(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    data = {"slug": "2027", "number": "3", "name": "第三届科创会", "starts_on": "2027-06-05", "ends_on": "2027-06-01",
            "venue_id": "0", "response_days": "30"}
    answer = client.post("/work/editions/new", data=data)
    assert answer.status_code == 422
    assert "第三届科创会" in answer.text
    answer = client.post("/work/editions/new", data=data | {"ends_on": "2027-06-07"})
    assert answer.status_code == 302
    assert queries.get_edition("2027").ends_on == date(2027, 6, 7)


def test_copying_shows_the_summary_before_anything_is_made(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    make_edition("2026", starts_on=date(2026, 6, 1))
    data = {"slug": "2027", "number": "3", "name": "第三届科创会", "starts_on": "2027-06-05"}
    assert "2027" in client.post("/work/editions/2026/copy", data=data).text
    assert queries.find_edition("2027") is None
    assert client.post("/work/editions/2026/copy", data=data | {"confirmed": "1"}).status_code == 302
    assert len(queries.get_edition("2027").stages) == 8


def test_the_grid_stores_what_was_typed_and_refuses_negative_numbers(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    edition = make_edition()
    name = f"n_{places.chengdu.id}_achievement"
    assert client.post("/work/editions/2026/quotas", data={name: "-1"}).status_code == 422
    assert client.post("/work/editions/2026/quotas", data={name: "12", "n_all_all": "100"}).status_code == 302
    assert {(q.region_id, q.places) for q in queries.list_quotas(edition.id)} == {(places.chengdu.id, 12), (None, 100)}


def test_stages_are_typed_in_the_events_zone(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    edition = make_edition(open_stages=False)
    client.post("/work/editions/2026/stages", data={"opens_review": "2026-05-01T08:00", "closes_review": "2026-05-02T08:00"})
    stage = queries.list_stages(edition.id)[0]
    assert f"{stage.opens_at:%Y-%m-%d %H:%M}" == "2026-05-01 00:00"


def test_an_industry_of_another_edition_is_not_found(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    make_edition("2026")
    other = make_industry(make_edition("2027"))
    assert client.get(f"/work/editions/2026/industries/{other.id}").status_code == 404


def test_an_industry_sent_without_its_classes_keeps_them(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    edition = make_edition("2026")
    number = stored(Industry(edition_id=edition.id, code="E1", name="电子信息", gbt_codes=["39"])).id
    client.post(f"/work/editions/2026/industries/{number}", data={"code": "E1", "name": "电子"})
    changed = db.session.get(Industry, number, populate_existing=True)
    assert (changed.name, changed.gbt_codes) == ("电子", ["39"])


def test_choosing_an_edition_is_kept(app: Flask, client) -> None:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    make_edition("2026")
    make_edition("2025")
    client.post("/work/editions/2025/choose", data={"once": "x" * 20})
    with client.session_transaction() as cookie:
        assert cookie["edition"] == "2025"


@pytest.mark.parametrize("is_bound", [True, False])
def test_only_the_editions_of_ones_roles_are_offered(app: Flask, client, is_bound: bool) -> None:
    places = Places()
    this, _next = make_edition("2026"), make_edition("2027", EditionStatus.PREPARING)
    client.sign_in(make_actor(Role.GATE_STAFF, places.province, this if is_bound else None))
    assert ("/work/editions/2027/choose" in client.get("/work/").text) is not is_bound


@action
def _export_a_list(edition_id: int, *, by: Actor) -> None:
    record("noted", "edition", edition_id)
    record("exported", "edition", edition_id)


def test_exports_do_not_bury_what_became_of_an_edition(app: Flask) -> None:
    edition = make_edition("2026")
    _export_a_list(edition.id, by=make_actor(Role.ORGANISER, Places().province))
    assert len(list_history("edition", edition.id)) == 2
    assert len(edition_timeline(edition.id)) == 1
