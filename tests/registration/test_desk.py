"""The desk: a walk-in in one form, printed by itself."""

from __future__ import annotations

from expo.kit.db import db
from expo.people.models import Person
from expo.registration.models import Registration
from tests.registration.conftest import registered

WALK_IN = {"name": "王敏", "phone": "13812345678", "organisation_name": "", "region_id": "0", "badge_kind": "visitor",
           "consent_registration": "y"}


def test_a_walk_in_needs_three_fields_and_is_printed_by_itself(client, edition, desk_staff):
    client.sign_in(desk_staff)
    answer = client.post("/work/2026/desk", data=WALK_IN)
    assert answer.status_code == 303
    assert "print=now" in answer.location
    page = client.get(answer.location).text
    assert "data-print-now" in page
    assert "data-desk-print" in page


def test_a_page_that_was_not_asked_to_prints_nothing(client, edition, desk_staff):
    found = registered(edition)
    assert "data-print-now" not in client.sign_in(desk_staff).get(f"/work/2026/desk?id={found.id}").text


def test_who_is_registered_already_is_shown_and_not_printed_again(client, edition, desk_staff):
    registered(edition)
    client.sign_in(desk_staff)
    answer = client.post("/work/2026/desk", data=WALK_IN)
    assert "print=now" not in answer.location
    assert db.session.query(Registration).count() == 1


def test_a_child_without_a_phone_is_registered_on_the_mothers(client, edition, desk_staff):
    registered(edition)
    client.sign_in(desk_staff)
    client.post("/work/2026/desk", data=WALK_IN | {"name": "小禾", "shares_phone": "y"})
    assert db.session.query(Registration).count() == 2
    assert db.session.query(Person).filter_by(name="小禾").one().phone is None


def test_without_the_consent_nobody_is_registered(client, edition, desk_staff):
    client.sign_in(desk_staff)
    assert client.post("/work/2026/desk", data=WALK_IN | {"consent_registration": ""}).status_code == 422
    assert db.session.query(Registration).count() == 0
