"""An edition with a venue, a gate, its staff, and badges as they are issued."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from expo.checkin.models import Gate
from expo.editions.models import Edition
from expo.kit.access import Actor
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
