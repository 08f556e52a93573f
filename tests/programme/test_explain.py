"""Why here, why not there: as values, as JSON for the board and as pages."""

from __future__ import annotations

import pytest
from flask import Flask

from expo.programme import actions_moves, actions_rules, queries_instance
from expo.programme.rules import Pins
from expo.programme.rules_explain import explain_project, explain_session
from expo.programme.solver.score import charges, total
from expo.programme.solver.settings import Rule, Setting, Severity
from tests.conftest import Browser
from tests.makers import make_person
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def test_the_difference_is_what_the_whole_plan_would_pay_more(programme: Programme) -> None:
    """Moving a session really changes the total by what its cell says."""
    person = make_person()
    one, other = programme.session("甲", expected_audience=250, moderator_id=person.id), programme.session("乙", expected_audience=90)
    programme.show(other, programme.project(), presenter=person.id)
    programme.place(one, 0, 0)
    programme.place(other, 1, 1)
    draft = queries_instance.load_draft(programme.edition.id)
    before = total(charges(draft.instance, draft.plan))
    explained = explain_session(draft, one.id)
    assert len(explained.options) == 4
    for option in explained.options:
        assert isinstance(option.where, tuple)
        after = total(charges(draft.instance, draft.plan.at(one.id, option.where)))
        assert option.difference == after - before


def test_a_session_without_a_place_is_told_what_stands_in_its_way(programme: Programme) -> None:
    waiting, taken = programme.session("待排"), programme.session("已排")
    programme.place(taken, 0, 0)
    actions_moves.pin_session(waiting.id, Pins(programme.halls[0].id, programme.slots[0].id), by=programme.province)
    explained = explain_session(queries_instance.load_draft(programme.edition.id), waiting.id)
    assert explained.here is None
    assert explained.best == []
    assert dict(explained.obstacles) == {"pin": 3, "hall_twice": 1}
    assert explained.smallest_conflict == (Rule.HALL_TWICE, Rule.PIN)
    option = explained.option((programme.halls[0].id, programme.slots[0].id))
    assert option is not None
    assert option.taken_by == (taken.id,)


def test_a_project_is_told_what_other_sessions_would_cost(programme: Programme) -> None:
    own, foreign = programme.session("成都专场"), programme.session("绵阳专场", region=programme.places.mianyang)
    project = programme.project()
    programme.show(foreign, project)
    explained = explain_project(queries_instance.load_draft(programme.edition.id), project.id)
    assert explained.here == foreign.id
    [best] = explained.best
    assert (best.where, best.difference < 0) == (own.id, True)


def test_the_board_asks_in_json(programme: Programme, client: Browser) -> None:
    session = programme.session("成都专场", expected_audience=150)
    programme.place(session, 1, 0)
    programme.show(session, project := programme.project("新材料"))
    client.sign_in(programme.province)
    hall, slot = programme.halls[0].id, programme.slots[1].id
    answer = client.get(f"{programme.base}/explain/sessions/{session.id}.json?hall={hall}&slot={slot}").get_json()
    assert answer["place"] == [programme.halls[1].id, programme.slots[0].id]
    assert [row["rule"] for row in answer["pays"]] == ["capacity"]
    assert (answer["there"]["hall"], answer["there"]["slot"], answer["there"]["blocked"]) == (hall, slot, False)
    assert answer["there"]["difference"] < 0
    assert answer["version"] == queries_instance.load_draft(programme.edition.id).names.sessions[session.id].version
    answer = client.get(f"{programme.base}/explain/projects/{project.id}.json").get_json()
    assert (answer["session"], answer["pays"]) == (session.id, [])


def test_a_hall_too_large_for_all_is_said_to_be_the_one_rule_in_conflict(programme: Programme, client: Browser) -> None:
    big = programme.session("万人大会", expected_audience=9000)
    actions_rules.set_rules(programme.edition.id, {Rule.CAPACITY: Setting(Severity.BLOCK, 1)}, by=programme.province)
    explained = explain_session(queries_instance.load_draft(programme.edition.id), big.id)
    assert explained.smallest_conflict == (Rule.CAPACITY,)
    client.sign_in(programme.province)
    assert "会议厅偏小" in client.get(f"{programme.base}/explain/sessions/{big.id}").text
    assert client.get(f"{programme.base}/explain/sessions/{big.id}.json").get_json()["conflict"] == ["会议厅偏小"]


def test_pages_say_it_in_words_and_with_a_grid_of_costs(programme: Programme, client: Browser) -> None:
    session = programme.session("成都专场", expected_audience=150)
    programme.place(session, 1, 0)
    programme.show(session, project := programme.project("新材料"))
    client.sign_in(programme.province)
    page = client.get(f"{programme.base}/explain/sessions/{session.id}?hall={programme.halls[0].id}&slot={programme.slots[1].id}")
    assert "预计 150 人" in page.text
    assert "为什么不在那里" in page.text
    assert page.text.count('class="cost-') == 1 + 4
    assert "新材料" in client.get(f"{programme.base}/explain/projects/{project.id}?session={session.id}").text


def test_cities_ask_about_their_own_sessions_only(programme: Programme, client: Browser) -> None:
    own, foreign = programme.session(), programme.session("绵阳专场", region=programme.places.mianyang)
    mine, theirs = programme.project(), programme.project()
    programme.show(own, mine)
    programme.show(foreign, theirs)
    client.sign_in(programme.chengdu)
    for suffix in ("", ".json"):
        assert client.get(f"{programme.base}/explain/sessions/{own.id}{suffix}").status_code == 200
        assert client.get(f"{programme.base}/explain/sessions/{foreign.id}{suffix}").status_code == 404
        assert client.get(f"{programme.base}/explain/projects/{mine.id}{suffix}").status_code == 200
        assert client.get(f"{programme.base}/explain/projects/{theirs.id}{suffix}").status_code == 404
        assert client.get(f"{programme.base}/explain/sessions/999{suffix}").status_code == 404
        assert client.get(f"{programme.base}/explain/projects/999{suffix}").status_code == 404
