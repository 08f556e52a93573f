"""Who is away: written down one by one or from a sheet, within one's own scope."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.programme import actions_absences
from expo.programme.actions_absences import Away
from expo.programme.models_planning import Absence
from expo.programme.rules_absences import Part, span_of
from tests.conftest import Browser
from tests.makers import make_actor, make_person
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def spans(person_id: int) -> list[tuple[datetime, datetime]]:
    return [(one.starts_at, one.ends_at) for one in db.session.scalars(
        sa.select(Absence).where(Absence.person_id == person_id).order_by(Absence.starts_at))]


def away(programme: Programme, person_id: int, start: int = 1, hours: int = 2) -> Away:
    begins = datetime.combine(programme.edition.starts_on, time(start), UTC)
    return Away(person_id, begins, begins + timedelta(hours=hours), "出差")


@pytest.mark.parametrize(("part", "hours"), [(Part.DAY, (0, 24)), (Part.MORNING, (0, 12)), (Part.AFTERNOON, (12, 24))])
def test_days_and_half_days_are_those_of_the_events_zone(part: Part, hours: tuple[int, int]) -> None:
    from zoneinfo import ZoneInfo

    midnight = datetime(2026, 11, 19, 16, tzinfo=UTC)
    starts, ends = span_of(date(2026, 11, 20), part, None, None, ZoneInfo("Asia/Shanghai"))
    assert (starts, ends) == (midnight + timedelta(hours=hours[0]), midnight + timedelta(hours=hours[1]))


def test_times_must_be_given_in_their_order() -> None:
    for starts, ends in ((None, None), (time(9), None), (time(10), time(9))):
        with pytest.raises(Refused):
            span_of(date(2026, 11, 20), Part.TIMES, starts, ends, UTC)  # type: ignore[arg-type]  # any zone will do


def test_overlapping_absences_become_one(programme: Programme) -> None:
    person = make_person().id
    for start, hours in ((1, 2), (5, 2), (2, 4)):
        actions_absences.add_absence(programme.edition.id, away(programme, person, start, hours), by=programme.province)
    first = away(programme, person, 1, 6)
    assert spans(person) == [(first.starts_at, first.ends_at)]


def test_an_absence_outside_of_the_edition_is_refused(programme: Programme) -> None:
    person = make_person().id
    early = away(programme, person)
    with pytest.raises(Refused, match="不在其中"):
        actions_absences.add_absence(programme.edition.id, Away(person, early.starts_at - timedelta(days=9),
                                                                early.ends_at - timedelta(days=9)), by=programme.province)


def test_cities_write_down_only_people_they_have_to_do_with(programme: Programme) -> None:
    presenter, stranger = make_person("李四").id, make_person("陌生人").id
    member = make_actor(Role.CARETAKER, programme.places.qingyang).person_id
    assert member is not None
    programme.show(programme.session(), programme.project(), presenter=presenter)
    for person in (presenter, member):
        actions_absences.add_absence(programme.edition.id, away(programme, person), by=programme.chengdu)
    with pytest.raises(NotFound):
        actions_absences.add_absence(programme.edition.id, away(programme, stranger), by=programme.chengdu)
    with pytest.raises(NotFound):
        actions_absences.add_absence(programme.edition.id, away(programme, presenter), by=programme.mianyang)
    with pytest.raises(Forbidden):
        actions_absences.add_absence(programme.edition.id, away(programme, presenter),
                                     by=make_actor(Role.CARETAKER, programme.places.chengdu))


def test_a_city_does_not_remove_what_the_province_wrote_down(programme: Programme) -> None:
    presenter = make_person("李四").id
    programme.show(programme.session(), programme.project(), presenter=presenter)
    absence = actions_absences.add_absence(programme.edition.id, away(programme, presenter), by=programme.province)
    with pytest.raises(Forbidden):
        actions_absences.remove_absence(programme.edition.id, absence.id, by=programme.chengdu)
    with pytest.raises(NotFound):
        actions_absences.remove_absence(programme.edition.id, absence.id, by=programme.mianyang)
    actions_absences.remove_absence(programme.edition.id, absence.id, by=programme.province)
    assert spans(presenter) == []


def test_the_form_finds_the_one_whom_the_programme_needs_among_namesakes(programme: Programme, client: Browser) -> None:
    needed, _other = make_person("王芳"), make_person("王芳")
    programme.show(programme.session(), programme.project(), presenter=needed.id)
    client.sign_in(programme.province)
    day = programme.edition.starts_on.isoformat()
    assert client.post(f"{programme.base}/absences", data={"person": "王芳", "day": day, "part": "morning"}).status_code == 302
    assert len(spans(needed.id)) == 1
    page = client.get(f"{programme.base}/absences").text
    assert "王芳" in page
    answer = client.post(f"{programme.base}/absences", data={"person": "查无此人", "day": day, "part": "day"})
    assert answer.status_code == 422
    assert "查无此人" in answer.text
    make_person("赵二")
    make_person("赵二")
    assert "请改填手机号" in client.post(f"{programme.base}/absences", data={"person": "赵二", "day": day, "part": "day"}).text


def test_the_list_is_limited_to_ones_scope_and_asks_the_same_for_one_and_three(
    programme: Programme, client: Browser, count_queries: object,
) -> None:
    presenter = make_person("李四").id
    programme.show(programme.session(), programme.project(), presenter=presenter)
    actions_absences.add_absence(programme.edition.id, away(programme, presenter), by=programme.province)
    assert "李四" in client.sign_in(programme.chengdu).get(f"{programme.base}/absences").text
    assert "李四" not in client.sign_in(programme.mianyang).get(f"{programme.base}/absences").text
    client.sign_in(programme.province)
    numbers = []
    for more in (0, 2):
        for _round in range(more):
            actions_absences.add_absence(programme.edition.id, away(programme, make_person().id), by=programme.province)
        client.get(f"{programme.base}/absences")
        with count_queries() as count:  # type: ignore[operator]
            client.get(f"{programme.base}/absences")
        numbers.append(count())
    assert numbers[0] == numbers[1]


def test_a_sheet_of_absences_is_checked_row_by_row_and_stored_when_told(programme: Programme, client: Browser) -> None:
    person = make_person("李四")
    day = programme.edition.starts_on.isoformat()
    text = (f"姓名,日期,时段,开始,结束,原因\n李四,{day},上午,,,会议\n李四,{day},,14:00,15:30,\n查无此人,{day},,,,\n"
            f"李四,2020-01-01,,,,\n李四,{day},夜里,,,\n")
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/absences/import", data={"file": (io.BytesIO(text.encode()), "away.csv")}).text
    assert spans(person.id) == []
    assert all(words in page for words in ("3 行有误", "查无此人", "不在其中", "夜里", "保存 2 行"))
    sealed = page.split('name="sealed" type="hidden" value="')[1].split('"')[0]
    failed = client.post(f"{programme.base}/absences/import/failed", data={"sealed": sealed}).get_data().decode("utf-8-sig")
    assert failed.count("\n") == 4
    assert client.post(f"{programme.base}/absences/import/take", data={"sealed": sealed}).status_code == 302
    assert len(spans(person.id)) == 2
    assert client.post(f"{programme.base}/sessions/import/take", data={"sealed": sealed}).status_code in {302, 409}
    client.sign_in(programme.chengdu).post(f"{programme.base}/absences/import/take", data={"sealed": sealed})
    assert len(spans(person.id)) == 2
