"""An open edition, its organiser, and a form as a visitor fills it in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from expo.editions.models import Edition
from expo.kit.access import ANONYMOUS, Actor
from expo.kit.files import store_bytes
from expo.people.models import ConsentPurpose
from expo.people.permissions import Role
from expo.registration import actions
from expo.registration.models import BadgeKind, Registration
from tests.makers import Places, make_actor, make_edition

CONSENT = frozenset({ConsentPurpose.REGISTRATION})


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


@pytest.fixture
def edition(places: Places) -> Edition:
    return make_edition("2026")


@pytest.fixture
def organiser(places: Places) -> Actor:
    return make_actor(Role.ORGANISER, places.province)


@pytest.fixture
def desk_staff(places: Places) -> Actor:
    return make_actor(Role.GATE_STAFF, places.qingyang)


def entry(name: str = "王敏", phone: str = "13812345678", **values: Any) -> actions.Entry:
    values = {"email": None, "organisation_name": "四川九洲空管科技有限责任公司", "job_title": "工程师", "region_id": None} | values
    return actions.Entry(name=name, phone=phone, **values)


def registered(edition: Edition, name: str = "王敏", phone: str = "13812345678", kind: BadgeKind = BadgeKind.VISITOR,
               **values: Any) -> Registration:
    """A registration made as a visitor makes one; the press hands in what it is asked for."""
    if kind is BadgeKind.MEDIA:
        values.setdefault("files", {"proof": store_bytes(b"%PDF-1.4 card", "card.pdf", "application/pdf", "proof")})
    return actions.register(edition.id, entry(name, phone, **values), kind, CONSENT, by=ANONYMOUS).registration


def form_data(**values: Any) -> dict[str, Any]:
    """What a browser sends from the public form."""
    return {"name": "王敏", "phone": "138 1234 5678", "organisation_name": "四川九洲空管科技有限责任公司", "job_title": "工程师",
            "email": "", "region_id": "0", "badge_kind": "visitor", "consent_registration": "y"} | values
