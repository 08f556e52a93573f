"""What organisers do with the draft, and what becomes public of it."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.editions.models import EditionStatus
from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db
from expo.kit.history import list_history
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.programme import (
    actions,
    actions_moves,
    actions_places,
    actions_sessions,
    queries,
    queries_plan,
)
from expo.programme import queries_sessions as drafts
from expo.programme.actions_sessions import Turn
from expo.programme.models import Release, Session, SessionStatus, Slot
from expo.projects.models import ProjectStatus
from tests.makers import make_edition, make_person, make_project
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def fresh(session: Session) -> Session:
    db.session.expire_all()
    found = db.session.get(Session, session.id)
    assert found is not None
    return found


def test_the_province_gives_a_session_its_place(programme: Programme) -> None:
    session = programme.place(programme.session())
    assert (session.hall_id, session.slot_id) == (programme.halls[0].id, programme.slots[0].id)
    assert list_history("session", session.id)[0].action.endswith("place_session:changed")


def test_a_city_cannot_give_out_places(programme: Programme) -> None:
    with pytest.raises(Forbidden):
        programme.place(programme.session(), by=programme.chengdu)


def test_a_taken_place_is_refused_with_the_name_of_who_has_it(programme: Programme) -> None:
    programme.place(programme.session("先到专场"))
    with pytest.raises(Refused, match="先到专场"):
        programme.place(programme.session("后到专场"))


def test_the_database_refuses_a_hall_twice_whatever_the_program_does(programme: Programme) -> None:
    placed = programme.place(programme.session())
    other = programme.session()

    @action
    def force() -> None:
        record = db.session.get(Session, other.id)
        assert record is not None
        record.hall_id, record.slot_id = placed.hall_id, placed.slot_id

    with pytest.raises(sa.exc.IntegrityError):
        force()


def test_of_two_organisers_placing_into_one_place_at_once_one_is_refused(app: Flask, programme: Programme) -> None:
    sessions = [programme.session("甲专场").id, programme.session("乙专场").id]
    hall, slot, by = programme.halls[0].id, programme.slots[0].id, programme.province
    answers: list[str] = []
    start = threading.Barrier(2)

    def place(session_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                actions_moves.place_session(session_id, hall, slot, by=by)
                answers.append("placed")
            except Refused as refused:
                answers.append(str(refused))
            db.session.remove()

    threads = [threading.Thread(target=place, args=(number,)) for number in sessions]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert answers.count("placed") == 1
    [sentence] = [answer for answer in answers if answer != "placed"]
    assert "甲专场" in sentence or "乙专场" in sentence
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session).where(Session.slot_id == slot)) == 1


def test_halls_and_slots_of_another_edition_are_no_places(programme: Programme) -> None:
    other = make_edition("2027")
    actions_places.add_slots(other.id, [(programme.slots[0].starts_at, programme.slots[0].ends_at)], by=SYSTEM)
    slot = db.session.scalar(sa.select(Slot.id).where(Slot.edition_id == other.id))
    assert slot is not None
    with pytest.raises(Refused):
        actions_moves.place_session(programme.session().id, programme.halls[0].id, slot, by=programme.province)


def test_a_hall_or_slot_with_sessions_is_not_taken_away(programme: Programme) -> None:
    programme.place(programme.session())
    with pytest.raises(Refused, match="第一厅"):
        actions_places.set_halls(programme.edition.id, [programme.halls[1].id], by=programme.province)
    with pytest.raises(Refused):
        actions_places.remove_slot(programme.edition.id, programme.slots[0].id, by=programme.province)
    actions_places.remove_slot(programme.edition.id, programme.slots[1].id, by=programme.province)
    assert actions_places.set_halls(programme.edition.id, [programme.halls[0].id], by=programme.province) == 1


def test_a_city_fills_in_its_own_session_and_no_other(programme: Programme) -> None:
    session = programme.session()
    changed = actions_sessions.change_session(session.id, {"title": "蓉城专场"}, by=programme.chengdu)
    assert changed.title == "蓉城专场"
    with pytest.raises(NotFound):
        actions_sessions.change_session(session.id, {"title": "绵阳来改"}, by=programme.mianyang)


@pytest.mark.parametrize(("name", "value"), [("minutes", 120), ("expected_audience", 9), ("code", "X1")])
def test_a_city_does_not_change_what_belongs_to_the_grid(programme: Programme, name: str, value: object) -> None:
    session = programme.session()
    with pytest.raises(Forbidden):
        actions_sessions.change_session(session.id, {name: value}, by=programme.chengdu)
    assert getattr(actions_sessions.change_session(session.id, {name: value}, by=programme.province), name) == value


def test_a_city_cannot_open_or_cancel_sessions(programme: Programme) -> None:
    with pytest.raises(Forbidden):
        actions_sessions.open_session(programme.edition.id, {"region_id": programme.places.chengdu.id},
                                      by=programme.chengdu)
    with pytest.raises(Forbidden):
        actions_sessions.cancel_session(programme.session().id, "取消", by=programme.chengdu)


def test_codes_are_given_in_order_and_only_once(programme: Programme) -> None:
    values = {"region_id": programme.places.chengdu.id, "title": "专场", "kind": "city"}
    first = actions_sessions.open_session(programme.edition.id, values, by=programme.province)
    second = actions_sessions.open_session(programme.edition.id, values, by=programme.province)
    assert (first.code, second.code) == ("S001", "S002")
    with pytest.raises(Refused):
        actions_sessions.open_session(programme.edition.id, {**values, "code": "S002"}, by=programme.province)


def test_a_cancelled_session_gives_its_place_back_and_needs_a_reason(programme: Programme) -> None:
    session = programme.place(programme.session())
    with pytest.raises(Refused):
        actions_sessions.cancel_session(session.id, "  ", by=programme.province)
    programme.cancel(session)
    assert programme.place(programme.session()).slot_id == programme.slots[0].id
    with pytest.raises(Refused):
        programme.place(fresh(session), 1)
    actions_sessions.reinstate_session(session.id, by=programme.province)
    assert programme.place(fresh(session), 1).status is SessionStatus.DRAFT


def test_projects_are_added_at_the_end_with_what_is_left_of_the_minutes(programme: Programme) -> None:
    session = programme.session(minutes=10)
    exhibitor = make_person()
    projects = [programme.project(exhibitor_id=exhibitor.id) for _ in range(3)]
    added = actions_sessions.add_projects(session.id, [p.id for p in projects], by=programme.chengdu)
    assert added == [p.id for p in projects]
    items = drafts.get_for_update(session.id).items
    assert [(i.minutes, i.presenter_id) for i in items] == [(3, exhibitor.id)] * 3
    assert actions_sessions.add_projects(session.id, [projects[0].id], by=programme.chengdu) == []


def test_only_published_projects_of_the_own_region_are_added(programme: Programme) -> None:
    session = programme.session()
    elsewhere = make_project(programme.edition, programme.places.fucheng, programme.places.mianyang,
                             status=ProjectStatus.PUBLISHED)
    accepted = make_project(programme.edition, programme.places.qingyang, programme.places.chengdu,
                            status=ProjectStatus.ACCEPTED)
    with pytest.raises(Refused):
        actions_sessions.add_projects(session.id, [elsewhere.id, accepted.id], by=programme.chengdu)
    assert actions_sessions.add_projects(session.id, [elsewhere.id], by=programme.province) == [elsewhere.id]


def test_a_running_order_is_kept_as_written(programme: Programme) -> None:
    session = programme.session()
    programme.show(session, programme.project("一"), programme.project("二"), programme.project("三"))
    one, two, three = drafts.get_for_update(session.id).items
    turns = [Turn(three.id, 10, None, "王五"), Turn(one.id, 5, None)]
    actions_sessions.set_running_order(session.id, turns, by=programme.chengdu)
    items = drafts.get_for_update(session.id).items
    assert [(i.id, i.minutes, i.presenter_name) for i in items] == [(three.id, 10, "王五"), (one.id, 5, "")]
    with pytest.raises(Refused):  # Somebody who still sees the second one.
        actions_sessions.set_running_order(session.id, [Turn(two.id, 4, None)], by=programme.chengdu)


def test_nobody_is_made_a_presenter_of_a_project_that_is_not_theirs(programme: Programme) -> None:
    session = programme.session()
    programme.show(session, programme.project())
    [item] = drafts.get_for_update(session.id).items
    with pytest.raises(NotFound):
        actions_sessions.set_running_order(session.id, [Turn(item.id, 4, make_person().id)], by=programme.chengdu)


def test_minutes_are_shared_out_evenly(programme: Programme) -> None:
    session = programme.session(minutes=90)
    programme.show(session, *[programme.project() for _ in range(4)], minutes=40)
    assert actions_sessions.spread_minutes(session.id, by=programme.chengdu) == 22
    assert [i.minutes for i in drafts.get_for_update(session.id).items] == [22] * 4


def test_a_release_is_numbered_and_marks_what_it_publishes(programme: Programme) -> None:
    placed, waiting = programme.place(programme.session()), programme.session()
    release = programme.release()
    assert (release.number, release.released_by_id) == (1, programme.province.person_id)
    assert fresh(placed).status is SessionStatus.PUBLISHED
    assert fresh(waiting).status is SessionStatus.DRAFT
    found = queries.find_programme(programme.edition.id)
    assert found is not None
    assert set(found.by_id) == {placed.id}


def test_a_published_session_without_a_place_leaves_with_the_next_release(programme: Programme) -> None:
    one, other = programme.place(programme.session()), programme.place(programme.session(), 1)
    programme.release()
    actions_moves.unplace_session(one.id, by=programme.province)
    programme.release()
    assert fresh(one).status is SessionStatus.DRAFT
    found = queries.find_programme(programme.edition.id)
    assert found is not None
    assert set(found.by_id) == {other.id}


def test_only_the_province_releases(programme: Programme) -> None:
    programme.place(programme.session())
    with pytest.raises(Forbidden):
        actions.publish_release(programme.edition.id, "成都版", by=programme.chengdu)


def test_a_release_with_somebody_in_two_places_is_refused(programme: Programme) -> None:
    presenter = make_person("赵六")
    for hall in (0, 1):
        session = programme.place(programme.session(), hall)
        programme.show(session, programme.project(), presenter=presenter.id)
    with pytest.raises(Refused, match="赵六"):
        programme.release()
    assert queries.list_releases(programme.edition.id) == []


def test_more_minutes_than_a_session_has_stop_a_release_and_say_how_many(programme: Programme) -> None:
    session = programme.place(programme.session())
    programme.show(session, programme.project(), minutes=95)
    with pytest.raises(Refused, match="95 分钟，专场只有 90 分钟"):
        programme.release()


def test_warnings_do_not_stop_a_release(programme: Programme) -> None:
    session = programme.place(programme.session(expected_audience=9999))
    programme.show(session, programme.project())
    assert programme.release().number == 1


def test_there_is_no_release_without_sessions_or_without_changes(programme: Programme) -> None:
    with pytest.raises(Refused):
        programme.release()
    programme.place(programme.session())
    programme.release()
    with pytest.raises(Refused):
        programme.release("又一版")


def test_a_release_never_changes(programme: Programme) -> None:
    programme.place(programme.session())
    number = programme.release().id

    @action
    def tamper() -> None:
        release = db.session.get(Release, number)
        assert release is not None
        release.name = "改名"

    with pytest.raises(RuntimeError):
        tamper()


def test_the_programme_of_a_closed_edition_stays_as_it_was(programme: Programme) -> None:
    session = programme.session()

    @action
    def close() -> None:
        edition = db.session.get(type(programme.edition), programme.edition.id)
        assert edition is not None
        edition.status = EditionStatus.CLOSED

    close()
    for attempt in (lambda: programme.place(session), programme.release,
                    lambda: actions_sessions.change_session(session.id, {"title": "晚了"}, by=programme.province)):
        with pytest.raises(Refused):
            attempt()


def test_sessions_of_projects_come_from_the_latest_release(programme: Programme) -> None:
    shown, hidden = programme.project("上场"), programme.project("未排")
    session = programme.place(programme.session("成都专场"))
    programme.show(session, shown)
    assert queries.list_sessions_of_projects([shown.id, hidden.id]) == {}
    programme.release()
    found = queries.list_sessions_of_projects([shown.id, hidden.id])
    assert list(found) == [shown.id]
    [(where, item)] = found[shown.id]
    assert (where.title, where.hall.name, item.starts_at) == ("成都专场", "第一厅", programme.slots[0].starts_at)


def test_now_and_next_come_from_the_latest_release(programme: Programme) -> None:
    programme.place(programme.session("上午"))
    programme.place(programme.session("下午"), 0, 1)
    at = programme.slots[0].starts_at
    assert queries.sessions_now_and_next(programme.edition.id, at).now == ()
    programme.release()
    found = queries.sessions_now_and_next(programme.edition.id, at)
    assert [s.title for s in found.now] == ["上午"]
    assert [s.title for s in found.next] == ["下午"]


def test_loading_a_plan_takes_the_same_statements_for_one_and_three_sessions(
    programme: Programme, count_queries: object,
) -> None:
    numbers = []
    for _round in range(2):
        for _more in range(1 if not numbers else 2):
            session = programme.session()
            programme.show(session, programme.project(), programme.project())
        with count_queries() as count:  # type: ignore[operator]
            queries_plan.load_plan(programme.edition.id)
        numbers.append(count())
    assert numbers[0] == numbers[1]


def test_somebody_who_edits_another_edition_does_not_edit_this_one(programme: Programme) -> None:
    from expo.people.permissions import Role
    from tests.makers import make_actor

    other: Actor = make_actor(Role.ORGANISER, programme.places.province, make_edition("2027"))
    with pytest.raises(NotFound):
        programme.place(programme.session(), by=other)
    with pytest.raises(Forbidden):
        actions.publish_release(programme.edition.id, "版", by=other)
