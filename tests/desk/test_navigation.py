"""The workbench's navigation marks where one is, and the choice of editions opens no closed door."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from expo.people.permissions import Role
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_edition, make_member, make_organisation
from tests.signings.making import World


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def _marked(page: str) -> list[str]:
    navigation = page.partition('id="work-nav"')[2].partition("</nav>")[0]
    return re.findall(r'<a href="([^"]+)" aria-current="page">', navigation)


@pytest.mark.parametrize("address", ["/work/exhibitor/signings", "/work/exhibitor/", "/work/2026/streaming/talk/",
                                     "/work/2026/streaming/"])
def test_exactly_the_entry_one_is_in_is_marked(places: Places, client: Browser, address: str) -> None:
    make_edition()
    page = client.sign_in(make_actor(Role.ORGANISER, places.province)).get(address).text
    assert _marked(page) == [address]


def test_a_page_below_an_entry_marks_it(places: Places, client: Browser) -> None:
    make_edition()
    page = client.sign_in(make_actor(Role.ORGANISER, places.province)).get("/work/2026/shortlist/quotas").text
    assert _marked(page) == ["/work/2026/shortlist/"]


def test_a_page_outside_the_navigation_marks_nothing(places: Places, client: Browser) -> None:
    make_edition()
    assert _marked(client.sign_in(make_member(make_organisation(places.chengdu))).get("/work/").text) == []


@pytest.mark.parametrize("reads", [True, False])
def test_the_choice_of_editions_leads_to_the_same_part_only_who_may_open_it(app: Flask, client: Browser, *, reads: bool) -> None:
    world = World()
    make_edition("2027")
    signing = world.drafted()
    page = client.sign_in(world.city if reads else make_member(world.seller)).get(
        f"/work/{world.edition.slug}/signings/{signing.id}").text
    assert ('"/work/2027/signings"' in page, "/work/editions/2027/choose" in page) == (reads, not reads)
