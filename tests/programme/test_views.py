"""The programme's pages: who may open them, what they show, and what stays hidden until it is released."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from python_calamine import load_workbook

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.people.permissions import Role
from expo.programme import actions, actions_places, queries_plan
from expo.programme import queries_sessions as drafts
from expo.programme.actions_sessions import change_session
from expo.programme.models import Session, SessionItem, Slot
from tests.conftest import Browser
from tests.makers import make_actor, make_edition, make_organisation, make_person
from tests.programme.plans import Programme

Counting = Callable[[], AbstractContextManager[Callable[[], int]]]
ORGANISERS = ["", "/board", "/conflicts", "/releases", "/export.xlsx"]
PROVINCE = ["/grid", "/sessions/new"]


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def counted(client: Browser, count_queries: Any, url: str) -> int:
    client.get(url)  # The first answer fills what a process keeps.
    with count_queries() as count:
        assert client.get(url).status_code == 200
    return int(count())


@pytest.mark.parametrize("page", [*ORGANISERS, *PROVINCE])
def test_the_province_opens_every_page_of_the_draft(programme: Programme, client: Browser, page: str) -> None:
    programme.place(programme.session())
    client.sign_in(programme.province)
    assert client.get(programme.base + (page or "/")).status_code == 200


@pytest.mark.parametrize("page", ORGANISERS)
def test_a_city_reads_the_draft_as_far_as_it_is_its_own(programme: Programme, client: Browser, page: str) -> None:
    programme.place(programme.session("成都的专场", expected_audience=999))
    programme.place(programme.session("绵阳的专场", region=programme.places.mianyang, expected_audience=999), 1)
    client.sign_in(programme.chengdu)
    answer = client.get(programme.base + (page or "/"))
    assert answer.status_code == 200
    text = str(load_workbook(BytesIO(answer.data)).get_sheet_by_index(0).to_python()) if "xlsx" in page else answer.text
    assert "绵阳的专场" not in text
    if page != "/releases":
        assert "成都的专场" in text


@pytest.mark.parametrize("page", PROVINCE)
def test_a_city_does_not_open_the_pages_of_the_grid(programme: Programme, client: Browser, page: str) -> None:
    assert client.sign_in(programme.chengdu).get(programme.base + page).status_code == 403


@pytest.mark.parametrize("page", [*ORGANISERS, *PROVINCE])
def test_strangers_do_not_open_the_draft(programme: Programme, client: Browser, page: str) -> None:
    assert client.get(programme.base + (page or "/")).status_code == 302
    visitor = Actor(make_person().id, "观众")
    assert client.sign_in(visitor).get(programme.base + (page or "/")).status_code == 403


def test_a_session_of_another_region_or_edition_does_not_exist(programme: Programme, client: Browser) -> None:
    session = programme.session(region=programme.places.mianyang)
    client.sign_in(programme.chengdu)
    for page in ("", "/edit", "/order"):
        assert client.get(f"{programme.base}/sessions/{session.id}{page}").status_code == 404
    make_edition("2027")
    client.sign_in(programme.province)
    assert client.get(f"/work/2027/programme/sessions/{session.id}").status_code == 404


def test_an_organiser_of_one_edition_sees_nothing_of_another(programme: Programme, client: Browser) -> None:
    programme.session("保密专场")
    other = make_actor(Role.ORGANISER, programme.places.province, make_edition("2027"))
    client.sign_in(other)
    assert "保密专场" not in client.get(f"{programme.base}/").text
    assert "保密专场" not in client.get(f"{programme.base}/board").text


@pytest.mark.parametrize("page", ["/", "/board", "/conflicts", "/releases", "/grid"])
def test_pages_of_the_draft_ask_the_same_number_of_questions_for_one_and_three(
    programme: Programme, client: Browser, count_queries: Counting, page: str,
) -> None:
    client.sign_in(programme.province)
    programme.show(programme.place(programme.session()), programme.project())
    one = counted(client, count_queries, programme.base + page)
    for hall, slot in ((1, 0), (0, 1)):
        programme.show(programme.place(programme.session(), hall, slot), programme.project(), programme.project())
    assert counted(client, count_queries, programme.base + page) == one


def test_a_running_order_asks_the_same_number_of_questions_for_one_and_three(
    programme: Programme, client: Browser, count_queries: Counting,
) -> None:
    client.sign_in(programme.province)
    small, big = programme.session(), programme.session()
    person = make_person()
    programme.show(small, programme.project(exhibitor_id=person.id), presenter=person.id)
    programme.show(big, *[programme.project(exhibitor_id=make_person().id) for _ in range(3)], presenter=person.id)
    for page in ("", "/order"):
        assert counted(client, count_queries, f"{programme.base}/sessions/{small.id}{page}") == counted(
            client, count_queries, f"{programme.base}/sessions/{big.id}{page}")


def test_public_pages_ask_the_same_number_of_questions_for_one_and_three(
    programme: Programme, client: Browser, count_queries: Counting,
) -> None:
    client.sign_in(make_person().id)  # Nothing is kept ready for people who are signed in.
    first = programme.place(programme.session())
    programme.show(first, programme.project())
    programme.release()
    urls = ["/expo/2026/programme", "/expo/2026/programme?view=halls", "/expo/2026/programme.ics",
            "/expo/2026/programme.json", f"/sessions/{first.id}"]
    one = [counted(client, count_queries, url) for url in urls]
    programme.show(programme.place(programme.session(), 1), programme.project(), programme.project())
    programme.place(programme.session(), 0, 1)
    programme.release()
    assert [counted(client, count_queries, url) for url in urls] == one


def test_the_list_filters_searches_and_counts(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("新能源专场"))
    programme.session("新材料专场")
    client.sign_in(programme.province)
    waiting = client.get(f"{programme.base}/?placed=no").text
    assert "新材料专场" in waiting
    assert "新能源专场" not in waiting
    assert "新能源专场" in client.get(f"{programme.base}/?q=能源").text
    day = programme.edition.starts_on.isoformat()
    assert "新材料专场" not in client.get(f"{programme.base}/?day={day}&sort=time").text
    assert "新能源专场" in client.get(f"{programme.base}/?day={day}&hall={programme.halls[0].id}").text


def test_the_export_holds_exactly_what_is_shown(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("导出专场"))
    programme.session("别的专场")
    answer = client.sign_in(programme.province).get(f"{programme.base}/export.xlsx?q=导出")
    rows = load_workbook(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:]] == ["导出专场"]
    assert rows[1][9] == "第一厅"


def test_a_session_is_opened_and_filled_in_by_its_form(programme: Programme, client: Browser) -> None:
    host = make_organisation(programme.places.chengdu, "成都市科协")
    values = {"title": "先进制造专场", "kind": "city", "region_id": programme.places.chengdu.id, "minutes": 60,
              "expected_audience": 120, "industry_id": 0, "language": "zh", "moderator_id": 0, "hosts": "成都市科协"}
    client.sign_in(programme.province)
    assert client.post(f"{programme.base}/sessions/new", data=values).status_code == 302
    [session] = db.session.scalars(sa.select(Session)).all()
    assert (session.title, session.minutes, session.region_path) == ("先进制造专场", 60, programme.places.chengdu.path)
    found = drafts.get_session(programme.edition.id, session.id, ["/"])
    assert [one.organisation_id for one in found.hosts] == [host.id]
    refused = client.post(f"{programme.base}/sessions/new", data=values | {"hosts": "没有的单位", "code": "S9"})
    assert refused.status_code == 422
    assert "没有的单位" in refused.text
    assert "先进制造专场" in refused.text


def test_a_city_edits_its_session_without_the_fields_of_the_grid(programme: Programme, client: Browser) -> None:
    session = programme.session(minutes=90)
    client.sign_in(programme.chengdu)
    url = f"{programme.base}/sessions/{session.id}/edit"
    assert 'name="minutes"' not in client.get(url).text
    sent = {"title": "蓉城之夜", "industry_id": 0, "language": "both", "moderator_id": 0, "minutes": 999, "is_streamed": "y"}
    assert client.post(url, data=sent).status_code == 302
    db.session.expire_all()
    changed = db.session.get(Session, session.id)
    assert changed is not None
    assert (changed.title, changed.minutes, changed.is_streamed) == ("蓉城之夜", 90, True)


def test_a_session_is_placed_without_javascript_and_what_is_wrong_is_said_at_once(
    programme: Programme, client: Browser,
) -> None:
    session = programme.session("大专场", expected_audience=250)
    client.sign_in(programme.province)
    day = programme.edition.starts_on.isoformat()
    offer = client.get(f"{programme.base}/board?pick={session.id}&day={day}").text
    place = f"{programme.halls[1].id}-{programme.slots[0].id}"
    assert f'value="{place}"' in offer
    assert "100" in offer  # The small hall says why not.
    answer = client.post(f"{programme.base}/sessions/{session.id}/place", data={"place": place, "expected": "", "day": day},
                         follow_redirects=True)
    assert "预计 250 人" in answer.text
    assert queries_plan.load_plan(programme.edition.id).session[session.id].slot_id == programme.slots[0].id


def test_a_damaged_place_is_refused_and_nothing_moves(programme: Programme, client: Browser) -> None:
    session = programme.session()
    client.sign_in(programme.province)
    for place in ("x", "1-", "9999-9999", "1-2-3"):
        answer = client.post(f"{programme.base}/sessions/{session.id}/place", data={"place": place, "expected": ""})
        assert answer.status_code in {303, 409}
    assert queries_plan.load_plan(programme.edition.id).session[session.id].slot_id is None


def test_the_same_form_sent_twice_adds_a_project_once(programme: Programme, client: Browser) -> None:
    session, project = programme.session(), programme.project("智能电池")
    client.sign_in(programme.chengdu)
    found = client.get(f"{programme.base}/sessions/{session.id}/order?q=电池").text
    assert "智能电池" in found
    for _time in range(2):
        client.post(f"{programme.base}/sessions/{session.id}/projects", data={"ids": project.id, "once": "o" * 20})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SessionItem)) == 1


def test_a_project_shown_elsewhere_is_pointed_out(programme: Programme, client: Browser) -> None:
    project = programme.project("智能电池")
    other, session = programme.session("另一专场"), programme.session()
    programme.show(other, project)
    client.sign_in(programme.chengdu)
    assert other.code in client.get(f"{programme.base}/sessions/{session.id}/order?q=电池").text


def test_a_running_order_with_an_impossible_number_keeps_what_was_typed(programme: Programme, client: Browser) -> None:
    session = programme.session()
    programme.show(session, programme.project(), programme.project())
    one, two = drafts.get_for_update(session.id).items
    client.sign_in(programme.chengdu)
    url = f"{programme.base}/sessions/{session.id}/order"
    sent = {"order": [two.id, one.id], f"minutes-{one.id}": "四", f"minutes-{two.id}": "7"}
    answer = client.post(url, data=sent)
    assert answer.status_code == 422
    assert 'value="四"' in answer.text
    sent[f"minutes-{one.id}"] = "4"
    assert client.post(url, data=sent).status_code == 302
    assert [(i.id, i.minutes) for i in drafts.get_for_update(session.id).items] == [(two.id, 7), (one.id, 4)]


def test_slots_are_made_from_a_pattern_in_the_events_zone(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    days = [programme.edition.starts_on.isoformat(), (programme.edition.starts_on + timedelta(days=1)).isoformat()]
    answer = client.post(f"{programme.base}/grid/slots", data={"days": days, "times": "19:00", "minutes": 60})
    assert answer.status_code == 302
    new = [s for s in drafts.list_slots(programme.edition.id) if s.starts_at.hour == 11]
    assert [s.ends_at - s.starts_at for s in new] == [timedelta(hours=1)] * 2
    refused = client.post(f"{programme.base}/grid/slots", data={"days": days, "times": "七点", "minutes": 60})
    assert refused.status_code == 422
    assert "七点" in refused.text


def test_halls_are_chosen_and_a_used_one_stays(programme: Programme, client: Browser) -> None:
    programme.place(programme.session())
    client.sign_in(programme.province)
    refused = client.post(f"{programme.base}/grid/halls", data={"halls": [programme.halls[1].id]})
    assert refused.status_code == 422
    assert client.post(f"{programme.base}/grid/halls", data={"halls": [programme.halls[0].id]}).status_code == 302
    assert [h.id for h in queries_plan.list_plan_halls(programme.edition.id)] == [programme.halls[0].id]


def test_a_release_is_published_and_compared_on_its_page(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("首场"))
    client.sign_in(programme.province)
    assert client.post(f"{programme.base}/releases", data={"name": "第一版"}).status_code == 302
    programme.place(db.session.get(Session, session.id), 1)  # type: ignore[arg-type]
    assert "首场" in client.get(f"{programme.base}/releases").text
    assert client.post(f"{programme.base}/releases", data={"name": "第二版", "notes": "换厅"}).status_code == 302
    page = client.get(f"{programme.base}/releases/2").text
    assert "第一厅" in page
    assert "第二厅" in page
    assert "移动" in page
    assert client.get(f"{programme.base}/releases/3").status_code == 404
    refused = client.post(f"{programme.base}/releases", data={"name": "第三版"})
    assert refused.status_code == 422


def test_a_city_does_not_publish(programme: Programme, client: Browser) -> None:
    programme.place(programme.session())
    client.sign_in(programme.chengdu)
    assert client.post(f"{programme.base}/releases", data={"name": "第一版"}).status_code == 403
    assert actions.queries.list_releases(programme.edition.id) == []


def test_drafts_never_show_publicly_until_they_are_released(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("第一稿"))
    number = session.id
    assert "第一稿" not in client.get("/expo/2026/programme").text
    assert client.get(f"/sessions/{number}").status_code == 404
    assert client.get("/expo/2026/programme.ics").status_code == 404
    programme.release()
    assert "第一稿" in client.get("/expo/2026/programme").text
    assert "第一稿" in client.get(f"/sessions/{number}").text
    change_session(number, {"title": "第二稿"}, by=programme.province)
    programme.place(db.session.get(Session, number), 1)  # type: ignore[arg-type]
    for url in ("/expo/2026/programme", f"/sessions/{number}", "/expo/2026/programme.json", "/expo/2026/programme.ics"):
        text = client.get(url).text
        assert "第一稿" in text
        assert "第二稿" not in text
    programme.release()
    assert "第二稿" in client.get("/expo/2026/programme").text
    assert "第二稿" in client.get(f"/sessions/{number}").text


def test_public_pages_are_kept_ready_with_an_etag_until_the_next_release(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session())
    programme.release()
    url = "/expo/2026/programme"
    etag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    programme.place(db.session.get(Session, session.id), 1)  # type: ignore[arg-type]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    programme.release()
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_filters_narrow_the_public_programme(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("蓉城专场"))
    programme.place(programme.session("绵州专场", region=programme.places.mianyang), 1, 1)
    programme.release()
    text = client.get(f"/expo/2026/programme?city={programme.places.mianyang.id}").text
    assert "绵州专场" in text
    assert "蓉城专场" not in text
    assert "绵州专场" not in client.get(f"/expo/2026/programme?hall={programme.halls[0].id}").text
    assert "蓉城专场" in client.get("/expo/2026/programme?q=蓉城&view=halls").text
    assert client.get("/expo/2026/programme?city=x&day=y&hall=99999&kind=no").status_code == 200


def test_the_page_says_what_is_on_and_what_comes_next(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("上午专场"))
    programme.place(programme.session("下午专场"), 0, 1)
    programme.release()
    with clock.frozen(programme.slots[0].starts_at + timedelta(minutes=30)):
        text = client.get("/expo/2026/programme").text
    assert "正在进行" in text
    assert text.index("上午专场") < text.index("下一场")


def test_a_cancelled_session_says_so_under_its_old_address(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("将取消"))
    programme.place(programme.session("照常举行"), 1)
    programme.release()
    programme.cancel(session)
    assert "已取消" not in client.get(f"/sessions/{session.id}").text
    programme.release()
    assert "本专场已取消" in client.get(f"/sessions/{session.id}").text


def test_a_withdrawn_project_leaves_the_sessions_page_at_once(programme: Programme, client: Browser) -> None:
    from expo.kit.unit import action
    from expo.projects.models import Project, ProjectStatus

    project = programme.project("涉密成果")
    session = programme.place(programme.session())
    programme.show(session, project)
    programme.release()
    client.sign_in(make_person().id)
    assert "涉密成果" in client.get(f"/sessions/{session.id}").text

    @action
    def withdraw() -> None:
        record = db.session.get(Project, project.id)
        assert record is not None
        record.status, record.withdrawn_reason = ProjectStatus.WITHDRAWN, "涉密"

    withdraw()
    assert "涉密成果" not in client.get(f"/sessions/{session.id}").text


def test_the_calendar_is_read_back_by_a_library(programme: Programme, client: Browser) -> None:
    one = programme.place(programme.session("开幕式", title_en="Opening"))
    other = programme.place(programme.session("专场"), 1, 1)
    programme.show(one, programme.project("量子传感"))
    programme.release()
    answer = client.get("/expo/2026/programme.ics")
    assert answer.mimetype == "text/calendar"
    events = {str(e["uid"]): e for e in Calendar.from_ical(answer.data).walk("VEVENT")}
    event = events[f"session-{one.id}@localhost"]
    assert (str(event["summary"]), event["dtstart"].dt) == ("开幕式", programme.slots[0].starts_at)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=90)
    assert "第一厅" in event["location"]
    assert "量子传感" in event["description"]
    assert set(events) == {f"session-{s.id}@localhost" for s in (one, other)}


def test_a_calendar_entry_keeps_its_uid_moves_and_is_cancelled(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session())
    programme.place(programme.session(), 1)
    url = f"/expo/2026/programme.ics?session={session.id}"

    def entry() -> Any:
        [event] = Calendar.from_ical(client.get(url).data).walk("VEVENT")
        return event

    programme.release()
    first = entry()
    programme.place(db.session.get(Session, session.id), 0, 1)  # type: ignore[arg-type]
    programme.release()
    second = entry()
    programme.cancel(session)
    programme.release()
    third = entry()
    assert first["uid"] == second["uid"] == third["uid"]
    assert [int(e["sequence"]) for e in (first, second, third)] == [1, 2, 3]
    assert second["dtstart"].dt == programme.slots[1].starts_at
    assert [str(e["status"]) for e in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_the_data_say_what_the_pages_say(programme: Programme, client: Browser) -> None:
    session, project = programme.place(programme.session("数据专场")), programme.project("传感器")
    programme.show(session, project)
    programme.place(programme.session("另场", region=programme.places.mianyang), 1)
    programme.release()
    data = json.loads(client.get(f"/expo/2026/programme.json?city={programme.places.chengdu.id}").text)
    [found] = data["sessions"]
    assert (found["title"], found["hall"]["name"], found["city"]) == ("数据专场", "第一厅", "成都市")
    assert [p["number"] for p in found["projects"]] == [project.number]


def test_a_projects_page_says_where_it_is_shown(programme: Programme, client: Browser) -> None:
    project = programme.project()
    session = programme.place(programme.session("亮相专场"))
    programme.show(session, project)
    assert "亮相专场" not in client.get(f"/projects/{project.number}").text
    programme.release()
    assert "亮相专场" in client.get(f"/projects/{project.number}").text


def test_the_english_page_speaks_english(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("开幕式", title_en="Opening ceremony of the expo"))
    programme.release()
    text = client.get("/expo/2026/programme?lang=en").text
    assert "Opening ceremony of the expo" in text
    assert "City session" in text


def test_an_edition_without_a_grid_says_what_to_do(programme: Programme, client: Browser) -> None:
    make_edition("2027")
    client.sign_in(programme.province)
    for page in ("/", "/board", "/conflicts", "/releases", "/grid"):
        assert client.get(f"/work/2027/programme{page}").status_code == 200
    assert "/work/2027/programme/grid" in client.get("/work/2027/programme/board").text
    assert client.get("/expo/2027/programme").status_code == 200


def test_removing_a_slot_of_another_edition_is_refused(programme: Programme, client: Browser) -> None:
    other = make_edition("2027")
    actions_places.add_slots(other.id, [(programme.slots[0].starts_at, programme.slots[0].ends_at)], by=programme.province)
    number = db.session.scalar(sa.select(Slot.id).where(Slot.edition_id == other.id))
    client.sign_in(programme.province)
    assert client.post(f"{programme.base}/grid/slots/{number}/remove").status_code == 404
