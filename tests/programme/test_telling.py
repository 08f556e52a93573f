"""Whom a release concerns, and that each of them is told once, in words that are true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from icalendar import Calendar

from expo.kit.db import db
from expo.kit.jobs import Job, JobStatus
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, Refused
from expo.people.queries import load_actor
from expo.programme import actions, actions_agenda, actions_moves
from expo.programme.models import Session, SessionStatus
from expo.programme.models_planning import WhatIf
from expo.programme.models_public import ReleaseMessage
from expo.programme.queries_draft import draft_version
from expo.programme.rules_concerned import effects_of, told_once
from expo.programme.rules_content import Content
from expo.programme.rules_difference import difference
from expo.programme.rules_plan import Plan
from tests.conftest import Browser
from tests.makers import make_person, make_slot
from tests.programme.plans import Programme, a_plan, a_session, an_item
from tests.programme.test_releases import content_of, plans


def effects(before: Content | None, after: Content) -> set[tuple[str, int, int | None]]:
    return {(e.kind.value, e.session_id, e.project_id) for e in effects_of(difference(before, after))}


def test_a_moved_session_concerns_its_people_and_all_its_projects() -> None:
    items = (an_item(1), an_item(2))
    before = content_of(a_plan(a_session(1, 1, 1, items=items), a_session(2, 2, 1)))
    after = content_of(a_plan(a_session(1, 1, 2, items=items), a_session(2, 2, 1)), before)
    assert effects(before, after) == {("moved", 1, None), ("moved", 1, 1), ("moved", 1, 2)}


def test_a_new_order_concerns_only_those_whose_turn_begins_at_another_time() -> None:
    one, two, three = an_item(1, 4), an_item(2, 4), an_item(3, 4)
    before = content_of(a_plan(a_session(1, 1, 1, items=(one, two, three))))
    after = content_of(a_plan(a_session(1, 1, 1, items=(two, one, three))), before)
    assert effects(before, after) == {("order", 1, 1), ("order", 1, 2)}


def test_a_project_that_changes_its_session_is_told_where_it_is_now() -> None:
    before = content_of(a_plan(a_session(1, 1, 1, items=(an_item(1),)), a_session(2, 2, 1)))
    after = content_of(a_plan(a_session(1, 1, 1), a_session(2, 2, 1, items=(an_item(1),))), before)
    assert effects(before, after) == {("new", 2, 1)}


def test_a_cancelled_session_is_told_once_and_not_again_by_later_releases() -> None:
    items = (an_item(1),)
    before = content_of(a_plan(a_session(1, 1, 1, items=items)))
    gone = a_plan(a_session(1, status=SessionStatus.CANCELLED, items=items), a_session(2, 1, 1))
    after = content_of(gone, before)
    assert effects(before, after) == {("cancelled", 1, None), ("cancelled", 1, 1), ("new", 2, None)}
    assert effects(after, content_of(gone, after)) == set()


@settings(max_examples=80, deadline=None)
@given(plans(), plans())
def test_nobody_is_told_what_has_not_changed(first: Plan, second: Plan) -> None:
    before = content_of(first)
    after = content_of(second, before)
    found = effects_of(difference(before, after))
    changed = {change.session["id"] for change in difference(before, after).changes}
    assert {effect.session_id for effect in found} <= changed
    assert len({(e.kind, e.session_id, e.project_id) for e in found}) == len(found)
    assert {(e.session_id, e.project_id) for e in told_once(found)} <= {(e.session_id, e.project_id) for e in found}
    if before == after:
        assert found == []


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def messages(address: str) -> list[OutboxMessage]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.address == address)))


def publish(programme: Programme, name: str = "又一版", *, tell: bool = True) -> Any:
    return actions.publish_release(programme.edition.id, name, tell=tell, by=programme.province)


def test_only_those_concerned_get_one_message_with_a_calendar_file(
    programme: Programme, work_off: Callable[[], None],
) -> None:
    exhibitor, other = make_person("参展人", email="a@example.cn"), make_person("旁人", email="b@example.cn")
    session, quiet = programme.session("人工智能专场"), programme.session("新材料专场")
    for one, person in ((session, exhibitor), (quiet, other)):
        programme.show(one, programme.project(f"{one.title}的项目", exhibitor_id=person.id))
    session = programme.place(session)
    programme.place(quiet, hall=1)
    publish(programme, "第一版", tell=False)
    work_off()
    assert messages("a@example.cn") == []
    programme.place(session, slot=1)
    publish(programme)
    work_off()
    (mail,) = messages("a@example.cn")
    assert "人工智能专场" in mail.body
    event = next(iter(Calendar.from_ical(mail.attachments[0]["text"]).walk("VEVENT")))
    assert event["SUMMARY"] == "人工智能专场"
    assert messages("b@example.cn") == []


def test_whoever_starred_a_session_learns_that_it_is_cancelled_and_a_calendar_strikes_it_out(
    programme: Programme, work_off: Callable[[], None],
) -> None:
    fan = load_actor(make_person("观众", email="fan@example.cn").id)
    session = programme.place(programme.session("人工智能专场"))
    programme.place(programme.session("别的专场"), hall=1)
    publish(programme, tell=False)
    actions_agenda.star_session(session.id, by=fan)
    programme.cancel(session)
    publish(programme)
    work_off()
    (mail,) = messages("fan@example.cn")
    event = next(iter(Calendar.from_ical(mail.attachments[0]["text"]).walk("VEVENT")))
    assert event["STATUS"] == "CANCELLED"


def test_a_job_that_runs_again_tells_nobody_twice(programme: Programme, work_off: Callable[[], None]) -> None:
    person = make_person("参展人", email="a@example.cn")
    session = programme.session()
    programme.show(session, programme.project(exhibitor_id=person.id))
    programme.place(session)
    release = publish(programme)
    work_off()
    number = release.number
    actions.tell_afterwards(programme.edition.id, number, by=programme.province)
    work_off()
    assert len(messages("a@example.cn")) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ReleaseMessage)) == 1
    assert set(db.session.scalars(sa.select(Job.status))) == {JobStatus.DONE}


def test_the_contact_of_an_unclaimed_project_is_told_by_phone_where_there_is_no_mail(
    programme: Programme, work_off: Callable[[], None],
) -> None:
    session = programme.session()
    programme.show(session, programme.project(contact_name="王经理", contact_phone="+8613800001111"))
    programme.place(session)
    publish(programme)
    work_off()
    assert "成都专场" in messages("+8613800001111")[0].body


def test_only_the_latest_release_is_told_and_only_by_those_who_publish(programme: Programme) -> None:
    session = programme.place(programme.session())
    publish(programme, tell=False)
    programme.place(session, slot=1)
    publish(programme, tell=False)
    with pytest.raises(Refused):
        actions.tell_afterwards(programme.edition.id, 1, by=programme.province)
    with pytest.raises(Forbidden):
        actions.tell_afterwards(programme.edition.id, 2, by=programme.chengdu)


def test_the_preview_names_each_person_masked_with_what_they_will_be_told(
    programme: Programme, client: Browser,
) -> None:
    person = make_person("参展人", email="zhang@example.cn")
    session = programme.session("人工智能专场")
    programme.show(session, programme.project("脑机接口", exhibitor_id=person.id))
    programme.place(session)
    client.sign_in(programme.province)
    text = client.get(f"{programme.base}/releases/next/messages").text
    assert "参展人" in text
    assert "z***@example.cn" in text
    assert "zhang@example.cn" not in text
    assert "脑机接口" in text
    assert client.sign_in(programme.chengdu).get(f"{programme.base}/releases/next/messages").status_code == 403


def test_any_two_releases_are_compared(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("人工智能专场"))
    publish(programme, "第一版", tell=False)
    session = programme.place(session, slot=1)
    publish(programme, "第二版", tell=False)
    programme.place(session, slot=0)
    publish(programme, "第三版", tell=False)
    client.sign_in(programme.province)
    page = f"{programme.base}/releases/compare"
    assert "人工智能专场" in client.get(f"{page}?from=1&to=2").text
    assert "人工智能专场" not in client.get(f"{page}?from=1&to=3").text


def test_going_back_to_a_release_is_a_plan_first_and_then_the_next_release(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("人工智能专场"))
    where, session_id = (session.hall_id, session.slot_id), session.id
    publish(programme, "第一版", tell=False)
    programme.place(session, slot=1)
    publish(programme, "第二版", tell=False)
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/releases/1/restore").location
    assert "人工智能专场" in client.get(page).text
    db.session.expire_all()
    assert db.session.get_one(Session, session_id).slot_id != where[1]  # Nothing has moved yet.
    client.post(f"{page}/take", data={"version": draft_version(programme.edition.id)})
    db.session.expire_all()
    moved = db.session.get_one(Session, session_id)
    assert (moved.hall_id, moved.slot_id) == where
    assert client.sign_in(programme.chengdu).post(f"{programme.base}/releases/1/restore").status_code in {302, 303, 403}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WhatIf)) == 1


def test_going_back_finds_the_very_slot_among_slots_that_overlap(programme: Programme, client: Browser) -> None:
    late = make_slot(programme.edition, 11)
    session = programme.session("重叠时段专场")
    actions_moves.place_session(session.id, programme.halls[0].id, late.id, by=programme.province)
    publish(programme, "第一版", tell=False)
    programme.place(session, slot=1)
    client.sign_in(programme.province)
    client.post(f"{programme.base}/releases/1/restore")
    kept = db.session.scalars(sa.select(WhatIf)).one()
    assert kept.content["places"] == {str(session.id): [programme.halls[0].id, late.id]}
