"""Each role's own part of the landing page, and how a span of days is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import refresh

from expo.checkin.models import Gate
from expo.editions.models import EditionStatus
from expo.kit import clock
from expo.people.permissions import Role
from expo.places.models import VenueKind
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_edition, make_registration, make_venue, stored
from tests.streaming.test_talk import Room


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_gate_staff_find_the_gates_of_their_region_the_main_venue_first(places: Places, client: Browser) -> None:
    edition = make_edition()
    for region, name, kind in ((places.chengdu, "甲分会场入口", VenueKind.BRANCH), (places.chengdu, "主会场东门", VenueKind.MAIN),
                               (places.mianyang, "绵阳入口", VenueKind.BRANCH)):
        venue = make_venue(region, kind=kind)
        stored(Gate(edition_id=edition.id, name=name, venue_id=venue.id, region_path=venue.region_path))
    text = client.sign_in(make_actor(Role.GATE_STAFF, places.chengdu)).get("/work/").text
    assert text.index("主会场东门") < text.index("甲分会场入口")
    assert "绵阳入口" not in text


def test_an_auditor_can_verify_the_log_from_the_landing_page(places: Places, client: Browser) -> None:
    make_edition()
    assert "/work/history/verify" in client.sign_in(make_actor(Role.AUDITOR, places.province)).get("/work/").text


def test_only_who_reads_the_log_is_led_to_it(places: Places, client: Browser) -> None:
    make_edition()
    assert "/work/history/verify" not in client.sign_in(make_actor(Role.GATE_STAFF, places.province)).get("/work/").text


def test_a_visitor_is_led_to_the_own_badge(places: Places, client: Browser) -> None:
    registration = make_registration(make_edition())
    assert f"/my/{registration.token}" in client.sign_in(registration.person_id).get("/work/").text


@pytest.mark.parametrize(("first", "last", "chinese", "english"), [
    (date(2026, 11, 20), date(2026, 11, 22), "2026年11月20日–22日", "20–22 Nov 2026"),
    (date(2026, 11, 29), date(2026, 12, 1), "2026年11月29日–12月1日", "29 Nov – 1 Dec 2026"),
    (date(2026, 11, 20), date(2026, 11, 20), "2026年11月20日", "Nov 20, 2026"),
])
def test_a_span_of_days_says_year_and_month_once(app: Flask, first: date, last: date, chinese: str, english: str) -> None:
    for language, wanted in (("zh_Hans", chinese), ("en", english)):
        with app.test_request_context(f"/?lang={language}"):
            refresh()
            assert app.jinja_env.filters["days"](first, last) == wanted


def test_whoever_may_nominate_is_led_to_the_call_of_the_next_edition(places: Places, client: Browser) -> None:
    make_edition("2026", open_stages=False)
    make_edition("2027", EditionStatus.PREPARING)
    text = client.sign_in(make_actor(Role.HOST, places.chengdu)).get("/work/").text
    assert "/work/2027/shortlist/nominate" in text
    assert "/work/2026/shortlist/nominate" not in text
    assert "没有待办事项" not in text


def test_whoever_may_not_nominate_hears_of_no_call(places: Places, client: Browser) -> None:
    make_edition("2026")
    assert "/shortlist/nominate" not in client.sign_in(make_actor(Role.MODERATOR, places.chengdu)).get("/work/").text


def test_a_moderator_opens_the_conversations_on_now_and_sees_what_waits(app: Flask, client: Browser) -> None:
    room = Room()
    slot = room.programme.slots[0]
    with clock.frozen(slot.starts_at + timedelta(minutes=5)):
        room.say()
        text = client.sign_in(room.moderator).get("/work/").text
    assert f'href="{room.base}"' in text
    assert "待审核 1 条" in text


def test_another_city_s_moderator_is_not_led_to_a_closed_door(app: Flask, client: Browser) -> None:
    room = Room()
    with clock.frozen(room.programme.slots[0].starts_at + timedelta(minutes=5)):
        text = client.sign_in(room.stranger).get("/work/").text
    assert "人工智能专场" in text
    assert room.base not in text
