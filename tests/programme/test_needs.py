"""What a session asks for: people, order, mix, days, batches, branch venues, pins."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.words import ProjectKind
from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.models import Membership, MembershipStatus, Person
from expo.places.models import VenueKind
from expo.programme import actions_moves, actions_needs, queries_instance, queries_needs
from expo.programme.models import Equipment, Session
from expo.programme.models_needs import SessionRole
from expo.programme.queries import find_programme
from expo.programme.rules import Pins
from expo.programme.rules_needs import Attending, Frame, Mix, Needs, find_circle
from tests.conftest import Browser
from tests.makers import make_organisation, make_person, make_venue
from tests.makers import stored as stored_record
from tests.programme.plans import Programme
from tests.programme.test_moves import items_of


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def stored(session: Session) -> Session:
    return db.session.scalars(sa.select(Session).where(Session.id == session.id).execution_options(populate_existing=True)).one()


def test_everything_that_is_asked_for_is_kept_and_taken_back(programme: Programme) -> None:
    session, earlier = programme.session("后"), programme.session("先")
    person, leader = make_person().id, make_person().id
    branch = make_venue(programme.places.mianyang, kind=VenueKind.BRANCH).id
    day = programme.edition.starts_on.isoformat()
    actions_needs.set_needs(session.id, Needs((Equipment.STAGE,), (Attending(person, SessionRole.EXPERT),
                                                                   Attending(leader, SessionRole.LEADER, False)), (branch,), 10),
                            Frame((day,), (earlier.code,), (Mix(ProjectKind.CHALLENGE, 1, 5),), 20, 4, 15), by=programme.province)
    [instance] = [s for s in queries_instance.load_draft(programme.edition.id).instance.sessions if s.id == session.id]
    assert instance.needs == {"stage"}
    assert {(p.person, p.is_required) for p in instance.people} == {(person, True), (leader, False)}
    assert instance.branches == {branch}
    assert instance.days == frozenset({programme.edition.starts_on.toordinal()})
    assert instance.after == (earlier.id,)
    assert [(q.kind, q.least, q.most) for q in instance.quotas] == [("challenge", 1, 5)]
    assert (instance.most_items, instance.overhead) == (20, 10 + 4 * 15)
    actions_needs.set_needs(session.id, Needs(), Frame(), by=programme.province)
    found = queries_needs.load_needs(session.id)
    assert (found.people, found.after, found.quotas, found.branches) == ([], [], [], [])


def test_a_city_says_who_comes_and_leaves_the_grid_as_it_is(programme: Programme) -> None:
    session, person = programme.session(), make_person().id
    actions_needs.set_needs(session.id, Needs(), Frame(most_items=9), by=programme.province)
    actions_needs.set_needs(session.id, Needs(people=(Attending(person, SessionRole.CHAIR),)), by=programme.chengdu)
    assert stored(session).most_items == 9
    with pytest.raises(Forbidden):
        actions_needs.set_needs(session.id, Needs(), Frame(most_items=5), by=programme.chengdu)
    with pytest.raises(NotFound):
        actions_needs.set_needs(session.id, Needs(), by=programme.mianyang)


def test_sessions_that_follow_each_other_in_a_circle_are_refused_by_name(programme: Programme) -> None:
    one, two, three = programme.session("一"), programme.session("二"), programme.session("三")
    by = programme.province
    actions_needs.set_needs(two.id, Needs(), Frame(after=(one.code,)), by=by)
    actions_needs.set_needs(three.id, Needs(), Frame(after=(two.code,)), by=by)
    with pytest.raises(Refused, match="循环") as refused:
        actions_needs.set_needs(one.id, Needs(), Frame(after=(three.code,)), by=by)
    assert all(session.code in str(refused.value) for session in (one, two, three))
    for codes in ((one.code,), ("S999",)):
        with pytest.raises(Refused):
            actions_needs.set_needs(one.id, Needs(), Frame(after=codes), by=by)


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3), max_size=7))
def test_a_circle_is_found_exactly_when_no_order_exists(after: dict[int, list[int]]) -> None:
    nodes = set(after) | {e for earlier in after.values() for e in earlier}
    left = dict(after)
    order: set[int] = set()
    while free := {n for n in nodes - order if all(e in order for e in left.get(n, ()))}:
        order |= free
    circle = find_circle(after)
    assert bool(circle) == (order != nodes)
    for place, session in enumerate(circle):
        assert circle[(place + 1) % len(circle)] in after[session]


@pytest.mark.parametrize("frame", [
    Frame(days=("2001-01-01",)), Frame(mix=(Mix(ProjectKind.CHALLENGE, 5, 2),)), Frame(batches=3),
    Frame(mix=(Mix(ProjectKind.CHALLENGE, 5, None), Mix(ProjectKind.ACHIEVEMENT, 6, None)), most_items=10),
    Frame(batches=10, batch_minutes=10),
])
def test_what_contradicts_itself_is_refused(programme: Programme, frame: Frame) -> None:
    with pytest.raises(Refused):
        actions_needs.set_needs(programme.session().id, Needs(), frame, by=programme.province)


def test_days_and_pins_do_not_contradict_each_other(programme: Programme) -> None:
    session, day = programme.session(), programme.edition.starts_on
    later = (day + timedelta(days=1)).isoformat()
    actions_moves.pin_session(session.id, Pins(slot_id=programme.slots[0].id), by=programme.province)
    with pytest.raises(Refused, match="已锁定"):
        actions_needs.set_needs(session.id, Needs(), Frame(days=(later,)), by=programme.province)
    actions_moves.pin_session(session.id, Pins(day=day), by=programme.province)
    with pytest.raises(Refused, match="已锁定"):
        actions_needs.set_needs(session.id, Needs(), Frame(days=(later,)), by=programme.province)


def test_the_form_names_people_and_says_who_is_not_known(programme: Programme, client: Browser) -> None:
    session = programme.session()
    make_person("钱院士")
    leader = make_person("孙厅长")
    client.sign_in(programme.province)
    url = f"{programme.base}/sessions/{session.id}/needs"
    data = {"experts": "钱院士", "leaders": "孙厅长？", "lead_minutes": "5", "days": [programme.edition.starts_on.isoformat()],
            "mix_challenge-least": "2"}
    assert client.post(url, data=data).status_code == 302
    page = client.get(url).text
    assert "孙厅长 ?" in page
    assert "钱院士" in client.get(f"{programme.base}/sessions/{session.id}").text
    assert "没有“查无此人”" in client.post(url, data=data | {"chairs": "查无此人"}).text
    make_person("孙厅长")
    assert "有 2 人名为" in client.post(url, data=data).text
    phone = db.session.get(Person, leader.id)
    assert phone is not None
    assert client.post(url, data=data | {"leaders": phone.phone}).status_code == 302
    assert client.post(url, data=data | {"leaders": phone.phone, "seen": "0"}).status_code == 422
    assert client.sign_in(programme.mianyang).get(url).status_code == 404
    assert 'name="days"' not in client.sign_in(programme.chengdu).get(url).text


def test_pins_are_set_on_the_sessions_page(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session())
    client.sign_in(programme.province)
    url = f"{programme.base}/sessions/{session.id}"
    client.post(f"{url}/pins", data={"hall": session.hall_id, "slot": session.slot_id})
    assert stored(session).pinned_hall_id == session.hall_id
    assert "已锁定" in client.get(url).text or "锁定于" in client.get(url).text
    client.post(f"{url}/pins", data={"day": programme.edition.starts_on.isoformat()})
    assert (stored(session).pinned_hall_id, stored(session).pinned_day) == (None, programme.edition.starts_on)
    client.post(f"{url}/pins", data={"day": "never"})
    assert stored(session).pinned_day == programme.edition.starts_on
    client.post(f"{url}/pins", data={})
    assert stored(session).pinned_day is None
    assert client.sign_in(programme.chengdu).post(f"{url}/pins", data={"hall": session.hall_id}).status_code in {302, 403}
    assert stored(session).pinned_hall_id is None


def test_pauses_pins_and_further_presenters_are_kept_by_the_running_orders_form(programme: Programme, client: Browser) -> None:
    session, colleague = programme.session(lead_minutes=10), make_person("陈同事")
    organisation = make_organisation(programme.places.chengdu)
    stored_record(Membership(person_id=colleague.id, organisation_id=organisation.id, status=MembershipStatus.CONFIRMED))
    first, second = (programme.project(f"项目{n}", organisation_id=organisation.id) for n in range(2))
    presenter = make_person("李主讲")
    programme.show(session, first, second, presenter=presenter.id)
    programme.place(session)
    item, other = items_of(session)
    url = f"{programme.base}/sessions/{session.id}/order"
    client.sign_in(programme.chengdu)
    data = {"order": [item, other], f"minutes-{item}": 5, f"minutes-{other}": 5, f"presenter-{item}": presenter.id,
            f"presenter-{other}": presenter.id, f"more-{item}": "1", f"pause-{item}": "15", f"pinned-{item}": "1",
            f"others-{item}": [colleague.id]}
    assert client.post(url, data=data).status_code == 302
    page = client.get(url).text
    assert "陈同事" in page
    assert client.post(url, data=data | {f"others-{item}": [make_person().id]}).status_code == 404
    assert client.post(url, data=data | {f"pause-{item}": "long"}).status_code == 422
    [one] = queries_instance.load_draft(programme.edition.id).instance.sessions
    assert one.overhead == 10 + 15
    programme.release()
    programme_now = find_programme(programme.edition.id)
    assert programme_now is not None
    shown = programme_now.by_id[session.id].items
    begins = programme.slots[0].starts_at
    assert [turn.starts_at - begins for turn in shown] == [timedelta(minutes=10), timedelta(minutes=30)]
    assert shown[0].presenter == "李主讲、陈同事"
    without = {key: value for key, value in data.items() if not key.startswith(("more", "pause", "pinned", "others"))}
    assert client.post(url, data=without).status_code == 302
    assert queries_instance.load_draft(programme.edition.id).instance.sessions[0].overhead == 10 + 15
