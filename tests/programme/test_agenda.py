"""Starred sessions: what clashes, and a calendar address that follows releases and can be taken away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from expo.kit.access import ANONYMOUS, Actor
from expo.kit.refusals import Forbidden, NotFound
from expo.people.queries import load_actor
from expo.programme import actions_agenda, actions_moves, queries_agenda
from expo.programme.rules_agenda import appointments
from tests.conftest import Browser
from tests.makers import make_person
from tests.programme.plans import Programme, a_plan, a_session
from tests.programme.test_releases import content_of, read


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


@pytest.fixture
def visitor(app: Flask) -> Actor:
    return load_actor(make_person("访客").id)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), unique=True, max_size=8))
def test_sessions_clash_exactly_when_they_overlap_and_it_goes_both_ways(places: list[tuple[int, int]]) -> None:
    plan = a_plan(*(a_session(n, hall, slot) for n, (hall, slot) in enumerate(places, 1)), halls=3, slots=4)
    found = appointments(read(content_of(plan)).sessions)
    assert [one.session.starts_at for one in found] == sorted(one.session.starts_at for one in found)
    clashes = {(one.session.id, other.id) for one in found for other in one.clashes}
    assert clashes == {(b, a) for a, b in clashes}
    slots = {n: slot for n, (_hall, slot) in enumerate(places, 1)}
    assert clashes == {(a, b) for a in slots for b in slots if a != b and slots[a] == slots[b]}


def test_a_star_puts_a_session_on_the_agenda_once(programme: Programme, visitor: Actor, client: Browser) -> None:
    session = programme.place(programme.session("人工智能专场"))
    programme.release()
    client.sign_in(visitor)
    for _ in range(2):
        client.post(f"/sessions/{session.id}/star")
    text = client.get("/me/agenda").text
    assert text.count("人工智能专场") == 1
    assert queries_agenda.list_starred_ids(visitor.person_id or 0) == {session.id}
    client.post(f"/sessions/{session.id}/unstar")
    assert "人工智能专场" not in client.get("/me/agenda").text


def test_two_sessions_at_the_same_time_are_shown_as_a_clash(programme: Programme, visitor: Actor, client: Browser) -> None:
    for name, hall in (("甲专场", 0), ("乙专场", 1)):
        session = programme.place(programme.session(name), hall=hall)
        session_id = session.id
        programme.release()
        actions_agenda.star_session(session_id, by=visitor)
    text = client.sign_in(visitor).get("/me/agenda").text
    assert text.count("session-clash") == 2


def test_what_is_not_released_cannot_be_starred_and_nobody_stars_for_others(
    programme: Programme, visitor: Actor, client: Browser,
) -> None:
    draft = programme.session("草稿")
    programme.place(programme.session("公开"))
    programme.release()
    with pytest.raises(NotFound):
        actions_agenda.star_session(draft.id, by=visitor)
    with pytest.raises(Forbidden):
        actions_agenda.star_session(draft.id, by=ANONYMOUS)
    assert "/sign-in" in client.post(f"/sessions/{draft.id}/star").location


def test_a_calendar_follows_the_releases_until_the_address_is_renewed(
    programme: Programme, visitor: Actor, client: Browser,
) -> None:
    session = programme.place(programme.session("人工智能专场"))
    programme.release()
    actions_agenda.star_session(session.id, by=visitor)
    address = f"/agenda/{actions_agenda.renew_agenda_key(by=visitor)}.ics"
    first = next(iter(Calendar.from_ical(client.get(address).data).walk("VEVENT")))
    programme.place(session, slot=1)
    programme.release()
    second = next(iter(Calendar.from_ical(client.get(address).data).walk("VEVENT")))
    assert first["UID"] == second["UID"]
    assert second["DTSTART"].dt - first["DTSTART"].dt >= timedelta(minutes=30)
    assert second["SEQUENCE"] == first["SEQUENCE"] + 1
    assert "访客" not in client.get(address).text
    actions_agenda.renew_agenda_key(by=visitor)
    assert client.get(address).status_code == 404


def test_what_loses_its_place_leaves_the_agenda_quietly(programme: Programme, visitor: Actor, client: Browser) -> None:
    session = programme.place(programme.session("人工智能专场"))
    programme.place(programme.session("另一专场"), slot=1)
    programme.release()
    actions_agenda.star_session(session.id, by=visitor)
    actions_moves.unplace_session(session.id, by=programme.province)
    programme.release()
    assert client.sign_in(visitor).get("/me/agenda").status_code == 200
