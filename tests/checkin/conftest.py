"""An edition with a venue, a gate, its staff, and badges as they are issued."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from expo.checkin.actions_devices import DeviceEntry, make_device
from expo.checkin.models import Gate
from expo.editions.models import Edition
from expo.kit.access import Actor
from expo.kit.db import db
from expo.people.permissions import Role
from expo.places.models import Venue
from expo.registration import queries
from expo.registration.models import BadgeKind, BadgeStatus, Registration
from expo.registration.queries_keys import badge_address
from tests.makers import Places, make_actor, make_badge, make_edition, make_registration, make_venue, stored


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


@pytest.fixture
def edition(places: Places) -> Edition:
    return make_edition("2026")


@pytest.fixture
def venue(places: Places) -> Venue:
    return make_venue(places.qingyang, "天府国际会议中心")


def make_gate(edition: Edition, venue: Venue, name: str = "A 口", **values: Any) -> Gate:
    return stored(Gate(edition_id=edition.id, name=name, venue_id=venue.id, region_path=venue.region_path, **values))


@pytest.fixture
def gate(edition: Edition, venue: Venue) -> Gate:
    return make_gate(edition, venue)


@pytest.fixture
def staff(places: Places) -> Actor:
    return make_actor(Role.GATE_STAFF, places.qingyang, name="门口值守")


def attendee(edition: Edition, name: str = "王敏", kind: BadgeKind = BadgeKind.VISITOR, **values: Any) -> Registration:
    found = make_registration(edition, name, kind, **values)
    make_badge(found)
    return found


def code_of(registration: Registration) -> str:
    """What a scanner reads off the valid badge."""
    badge = queries.find_valid_badge(registration.id)
    assert badge is not None
    assert badge.status is BadgeStatus.VALID
    return badge_address(badge, queries.get_edition(registration.edition_id))


def new_id() -> str:
    return uuid4().hex


def _fresh() -> None:
    """Requests share the test's context, but each sees what is stored by now."""
    db.session.expunge_all()
    db.session.rollback()


class Scanner:
    """An enrolled device as a program sees it."""

    def __init__(self, app: Flask, edition: Edition, gate: Gate, by: Actor, *, rights: tuple[str, ...] = (), name: str = "",
                 more: tuple[int, ...] = ()) -> None:
        self.client, self.gate_id = app.test_client(), gate.id
        entry = DeviceEntry(name or f"机器{new_id()[:6]}", gate.id, more, rights)
        self.device, self.secret = make_device(edition.id, entry, by=by)
        self.enrolment = self.client.post("/api/checkin/enrol", json={"secret": self.secret}).get_json()
        self.headers = {"Authorization": f"Bearer {self.enrolment['token']}"}

    def post(self, path: str, **body: Any) -> Any:
        _fresh()
        answer = self.client.post(f"/api/checkin/{path}", json=body, headers=self.headers)
        _fresh()
        return answer

    def get(self, path: str) -> Any:
        _fresh()
        return self.client.get(f"/api/checkin/{path}", headers=self.headers)

    def scan(self, code: str = "", **body: Any) -> Any:
        """The answer to one scan here."""
        sent = {"client_id": new_id(), "list": self.gate_id} | ({"code": code} if "registration" not in body else {}) | body
        return self.post("scan", **sent).get_json()


@pytest.fixture
def city(places: Places) -> Actor:
    return make_actor(Role.ORGANISER, places.chengdu, name="成都管理员")


@pytest.fixture
def scanner(app: Flask, edition: Edition, gate: Gate, city: Actor) -> Scanner:
    return Scanner(app, edition, gate, city, rights=("search", "override", "statistics", "print"))
