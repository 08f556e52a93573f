"""The pool's pages as people use them."""

from __future__ import annotations

import pytest
from flask import Flask

from expo.people.permissions import Role
from tests.makers import Places, make_actor, make_ticket


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_an_organiser_sees_the_tickets_of_the_own_region_only(client, places: Places) -> None:  # type: ignore[no-untyped-def]
    make_ticket(places.qingyang, "低空物流无人机")
    make_ticket(places.fucheng, "石墨烯散热膜")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    page = client.get("/work/pool/").text
    assert "低空物流无人机" in page
    assert "石墨烯散热膜" not in page
