"""Projects without a session beside the board: listed, filtered, put into a session, taken out, and every step back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import action
from expo.programme import actions_moves_items as items
from expo.programme.models import ItemPresenter, Session, SessionItem, SessionKind
from expo.projects.models import Project, ProjectStatus
from tests.conftest import Browser
from tests.makers import make_person, make_project, stored
from tests.programme.plans import Programme
from tests.programme.test_moves import order_of, version_of

JSON = {"Accept": "application/json"}


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def send(client: Browser, programme: Programme, move: dict[str, Any], *seen: Session) -> Any:
    return client.post(f"{programme.base}/board/moves", json={"move": move, "seen": {s.id: version_of(s) for s in seen}}, headers=JSON)


def turn(client: Browser, programme: Programme, way: str) -> Any:
    return client.post(f"{programme.base}/board/{way}", json={}, headers=JSON)


def listed(client: Browser, programme: Programme, query: str = "") -> str:
    return client.get(f"{programme.base}/board/projects{query}").text


def set_status(project: Project, status: ProjectStatus) -> None:
    @action(history=False)
    def change() -> None:
        db.session.execute(sa.update(Project).where(Project.id == project.id).values(status=status, published_at=None, accepted_at=clock.now()))

    change()


def test_the_board_lists_what_no_session_shows(programme: Programme, client: Browser) -> None:
    waiting, shown, cancelled = (programme.project(title) for title in ("等待编排", "已在专场", "专场取消了"))
    programme.show(programme.session(), shown)
    gone = programme.session("取消的专场")
    programme.show(gone, cancelled)
    programme.cancel(gone)
    accepted = make_project(programme.edition, programme.places.qingyang, programme.places.chengdu, "即将发布")
    set_status(accepted, ProjectStatus.ACCEPTED)
    client.sign_in(programme.province)
    for page in (client.get(f"{programme.base}/board").text, listed(client, programme)):
        part = page.split("data-loose")[1]
        assert [p.title in part for p in (waiting, shown, cancelled, accepted)] == [True, False, True, True]
        # What is not published yet is listed, and cannot be taken up.
        assert part.count("data-may-show") == 2
        assert "尚未发布" in part


def test_the_list_follows_the_filters_and_says_how_many_there_are(programme: Programme, client: Browser) -> None:
    programme.project("低空经济平台")
    far = make_project(programme.edition, programme.places.mianyang, programme.places.mianyang, "空气净化", status=ProjectStatus.PUBLISHED)
    client.sign_in(programme.province)
    for query in (f"?city={programme.places.mianyang.id}", "?q=空气", f"?q={far.number}", "?q=绵阳"):
        part = listed(client, programme, query)
        assert ("空气净化" in part, "低空经济" in part, "1 / 2" in part) == (True, False, True), query
    assert "没有符合筛选条件的项目" in listed(client, programme, "?q=不存在")


def test_a_city_is_shown_its_own_projects_only(programme: Programme, client: Browser) -> None:
    programme.project("成都项目")
    far = make_project(programme.edition, programme.places.mianyang, programme.places.mianyang, "绵阳项目", status=ProjectStatus.PUBLISHED)
    session = programme.session()
    client.sign_in(programme.chengdu)
    part = listed(client, programme)
    assert ("成都项目" in part, "绵阳项目" in part) == (True, False)
    base = f"{programme.base}/board/projects/{far.id}/verdict?session={session.id}"
    assert client.get(base, headers=JSON).status_code == 404
    refused = send(client, programme, {"do": "show", "session": session.id, "projects": [far.id]}, session)
    assert (refused.status_code, order_of(session)) == (409, [])
    assert client.get(f"{programme.base}/explain/projects/{far.id}").status_code == 404


def test_a_project_hears_what_a_session_would_mean_before_it_is_dropped(programme: Programme, client: Browser) -> None:
    project, short = programme.project(), programme.session("短会", minutes=2)
    client.sign_in(programme.province)
    url = f"{programme.base}/board/projects/{project.id}/verdict?session={short.id}"
    said = client.get(url, headers=JSON).json
    assert said["level"] == "stops-release"
    assert "短会" in said["why"][0]
    set_status(project, ProjectStatus.ACCEPTED)
    said = client.get(url, headers=JSON).json
    assert (said["level"], "只有已发布" in said["why"][0]) == ("blocked", True)


def test_a_project_goes_into_a_session_and_back(programme: Programme, client: Browser) -> None:
    project, session = programme.project(), programme.session()
    client.sign_in(programme.chengdu)
    before = client.get(f"{programme.base}/board/state").json["loose"]
    answer = send(client, programme, {"do": "show", "session": session.id, "projects": [project.id]}, session)
    assert (answer.status_code, order_of(session)) == (200, [project.id])
    assert answer.json["loose"] != before
    assert answer.json["undo"]
    turn(client, programme, "undo")
    assert order_of(session) == []
    assert turn(client, programme, "redo").json["loose"] == answer.json["loose"]
    assert order_of(session) == [project.id]
    twice = send(client, programme, {"do": "show", "session": session.id, "projects": [project.id]}, session)
    assert (twice.status_code, session.title in twice.json["title"]) == (409, True)


def test_what_is_taken_out_and_put_back_is_as_it_was(programme: Programme, client: Browser) -> None:
    session = programme.session()
    projects = [programme.project() for _ in range(3)]
    programme.show(session, *projects, minutes=7, presenter=make_person().id)
    middle = db.session.scalars(sa.select(SessionItem).where(SessionItem.project_id == projects[1].id)).one().id
    colleague = make_person().id
    stored(ItemPresenter(item_id=middle, person_id=colleague))
    client.sign_in(programme.chengdu)
    send(client, programme, {"do": "minutes", "session": session.id, "item": middle, "minutes": 9, "pause": 5}, session)
    answer = send(client, programme, {"do": "take_out", "session": session.id, "items": [middle]}, session)
    assert (answer.status_code, order_of(session)) == (200, [projects[0].id, projects[2].id])
    turn(client, programme, "undo")
    assert order_of(session) == [project.id for project in projects]
    item = db.session.get_one(SessionItem, middle)
    assert (item.minutes, item.pause_after, item.presenter_id is not None) == (9, 5, True)
    assert db.session.scalars(sa.select(ItemPresenter.person_id).where(ItemPresenter.item_id == middle)).all() == [colleague]
    # The step before is still there to be taken back.
    turn(client, programme, "undo")
    db.session.expire_all()
    assert db.session.get_one(SessionItem, middle).minutes == 7


def test_a_pinned_project_stays_and_nobody_sends_what_only_undo_may_do(programme: Programme, client: Browser) -> None:
    session, project = programme.session(), programme.project()
    programme.show(session, project)
    item = db.session.scalars(sa.select(SessionItem)).one().id
    items.pin_item(session.id, item, True, by=programme.chengdu)
    client.sign_in(programme.chengdu)
    refused = send(client, programme, {"do": "take_out", "session": session.id, "items": [item]}, session)
    assert (refused.status_code, "锁定" in refused.json["title"]) == (409, True)
    rows = [{"id": 999, "project_id": project.id, "position": 0, "minutes": 1, "presenter_id": None, "presenter_name": "",
             "pause_after": 0, "others": []}]
    forged = send(client, programme, {"do": "put_back", "session": session.id, "rows": rows}, session)
    assert (forged.status_code, "无法读取" in forged.json["title"]) == (409, True)


def test_what_another_session_shows_by_now_is_not_put_back(programme: Programme, client: Browser) -> None:
    one, other, project = programme.session("甲"), programme.session("乙"), programme.project()
    programme.show(one, project)
    item = db.session.scalars(sa.select(SessionItem)).one().id
    client.sign_in(programme.chengdu)
    send(client, programme, {"do": "take_out", "session": one.id, "items": [item]}, one)
    items.show_projects(other.id, [project.id], by=programme.province)
    refused = turn(client, programme, "undo")
    assert (refused.status_code, "其他专场" in refused.json["title"]) == (409, True)
    assert (order_of(one), order_of(other)) == ([], [project.id])


def test_what_is_put_back_is_shown_although_its_number_was_given_to_another(programme: Programme, client: Browser) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    mine, theirs = programme.project(), programme.project()
    programme.show(one, mine)
    item = db.session.scalars(sa.select(SessionItem)).one().id
    client.sign_in(programme.chengdu)
    send(client, programme, {"do": "take_out", "session": one.id, "items": [item]}, one)
    stored(SessionItem(id=item, session_id=other.id, project_id=theirs.id, position=0, minutes=4))  # As SQLite does by itself.
    assert turn(client, programme, "undo").status_code == 200
    assert (order_of(one), order_of(other)) == ([mine.id], [theirs.id])
    assert turn(client, programme, "redo").status_code == 200
    assert (order_of(one), order_of(other)) == ([], [theirs.id])


def test_another_citys_organisers_put_nothing_into_a_session(programme: Programme, client: Browser) -> None:
    session, project = programme.session(), programme.project()
    client.sign_in(programme.mianyang)
    refused = send(client, programme, {"do": "show", "session": session.id, "projects": [project.id]}, session)
    assert (refused.status_code in {403, 404}, order_of(session)) == (True, [])


def test_without_scripts_the_page_of_reasons_puts_it_into_the_best_session(programme: Programme, client: Browser) -> None:
    project, session = programme.project("无脚本项目"), programme.session("最合适的专场")
    client.sign_in(programme.chengdu)
    page = client.get(f"{programme.base}/explain/projects/{project.id}").text
    assert "最合适的专场" in page
    assert "编入此专场" in page
    client.post(f"{programme.base}/sessions/{session.id}/projects", data={"ids": [project.id]})
    assert order_of(session) == [project.id]
    assert "编入此专场" not in client.get(f"{programme.base}/explain/projects/{project.id}").text


def test_what_only_the_opening_shows_still_waits_for_a_session_of_its_own(programme: Programme, client: Browser) -> None:
    """As the solver counts it: the opening shows its highlights besides."""
    opening, own, project = programme.session("开幕式", kind=SessionKind.OPENING), programme.session(), programme.project("亮点项目")
    programme.show(opening, project)
    client.sign_in(programme.province)
    assert "亮点项目" in listed(client, programme)
    assert send(client, programme, {"do": "show", "session": own.id, "projects": [project.id]}, own).status_code == 200
    assert "亮点项目" not in listed(client, programme)


def test_the_list_asks_the_same_for_one_and_three(programme: Programme, client: Browser, count_queries: Any) -> None:
    programme.session()
    programme.project()
    client.sign_in(programme.province)
    listed(client, programme)
    with count_queries() as one:
        listed(client, programme)
    first = one()
    for _ in range(2):
        programme.project()
    listed(client, programme)
    with count_queries() as three:
        listed(client, programme)
    assert three() == first
