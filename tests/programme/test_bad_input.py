"""What is wrong says which and why, and nothing is moved or deleted silently.

Beside what stands here: circles, pins, lengths and halls in ``test_impossible``, killed jobs and editions without slots in
``test_plans``, sheets in ``test_imports``, the changed clock in ``test_drafts``, a hall that goes while the board is open
in ``test_board_browser``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from expo.kit.refusals import Refused
from expo.programme import actions_moves, actions_places, actions_rules, queries_instance
from expo.programme.rules_conflicts import conflicts_in
from expo.programme.rules_solving import Request, What
from expo.programme.solver.settings import Rule, Setting, Severity
from tests.conftest import Browser
from tests.makers import make_edition
from tests.programme.plans import Programme
from tests.programme.test_moves import place_of
from tests.programme.test_plans import ask, kept

WorkOff = Callable[[], None]


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def sentences(programme: Programme) -> list[str]:
    return [str(conflict.sentence) for conflict in conflicts_in(queries_instance.load_draft(programme.edition.id))]


def test_a_session_longer_than_its_slot_stops_the_release_with_both_lengths(programme: Programme) -> None:
    programme.place(programme.session("过长专场", minutes=120))
    assert "“过长专场”需要 120 分钟，所在时段只有 90 分钟。" in sentences(programme)
    with pytest.raises(Refused, match=r"过长专场.*120.*90"):
        programme.release()


def test_more_projects_than_minutes_name_the_session_and_what_it_lacks(programme: Programme) -> None:
    session = programme.session("拥挤专场", minutes=10)
    programme.show(session, *(programme.project() for _ in range(4)), minutes=4)
    programme.place(session)
    with pytest.raises(Refused, match=r"拥挤专场.*16.*10"):
        programme.release()


def test_projects_that_fit_nowhere_are_named_with_the_reason(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    actions_rules.set_rules(programme.edition.id, {Rule.MINUTES: Setting(Severity.BLOCK, 2)}, by=programme.province)
    programme.session("小专场", minutes=10)
    for n in range(4):
        programme.project(f"项目{n}号")
    number = ask(programme, Request(What.ASSIGN))
    work_off()
    assert kept(programme, number).figures["unassigned"] == 2
    page = client.sign_in(programme.province).get(f"{programme.base}/plans/{number}").text
    assert "2 个项目仍未编入专场" in page
    assert "“小专场”的项目共需 12 分钟，专场只有 10 分钟。" in page


def test_no_hall_large_enough_is_said_of_the_place_with_people_and_seats(programme: Programme) -> None:
    programme.place(programme.session("大专场", expected_audience=900))
    assert any("大专场" in one and "900" in one and "300" in one for one in sentences(programme))


def test_an_edition_without_slots_says_so_on_the_board_and_in_both_forms(programme: Programme, client: Browser) -> None:
    make_edition("2027")
    client.sign_in(programme.province)
    assert "还没有会议厅和时段" in client.get("/work/2027/programme/board").text
    for page, data in (("plans", {"name": "x", "what": "both", "scope": "all", "seconds": 5}), ("replan", {"name": "x", "session_id": 0})):
        answer = client.post(f"/work/2027/programme/{page}", data=data)
        assert (answer.status_code, "没有会议厅或时段" in answer.text) == (422, True), page


def test_a_hall_or_a_time_with_sessions_is_not_taken_away_and_says_how_many_stand_there(programme: Programme) -> None:
    session = programme.place(programme.session())
    with pytest.raises(Refused, match=r"第一厅.*1 个专场"):
        actions_places.set_halls(programme.edition.id, [programme.halls[1].id], by=programme.province)
    with pytest.raises(Refused, match="1"):
        actions_places.remove_slot(programme.edition.id, programme.slots[0].id, by=programme.province)
    assert place_of(session) == (programme.halls[0].id, programme.slots[0].id)


def test_a_move_into_a_hall_that_has_gone_meanwhile_is_refused_and_moves_nothing(programme: Programme) -> None:
    session = programme.place(programme.session())
    gone = programme.halls[1].id
    actions_places.set_halls(programme.edition.id, [programme.halls[0].id], by=programme.province)
    with pytest.raises(Refused, match="不再使用"):
        actions_moves.place_session(session.id, gone, programme.slots[1].id, by=programme.province)
    assert place_of(session) == (programme.halls[0].id, programme.slots[0].id)
