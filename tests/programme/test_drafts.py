"""An edition's draft as the solver sees it, and what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.language import current_language, speaking
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.programme import actions, actions_moves, actions_moves_items, queries_instance
from expo.programme.models import EditionHall, ItemPresenter, Session, SessionKind
from expo.programme.models_grid import CityZone, ClosedPlace, Walk
from expo.programme.models_needs import (
    SessionAfter,
    SessionBranch,
    SessionPerson,
    SessionQuota,
    SessionRole,
)
from expo.programme.models_planning import Absence, RuleSetting
from expo.programme.rules_conflicts import Conflict, blocking, conflicts_in
from expo.programme.rules_instance import (
    Draft,
    Names,
    SessionName,
    SlotTimes,
    content_of,
    opening_spans,
    solver_slot,
)
from expo.programme.rules_words import RULE_WORDS, sentence_of
from expo.programme.solver.charge import Charge
from expo.programme.solver.settings import Rule, Severity
from expo.projects.models import ProjectStatus
from tests.makers import make_person, make_project, make_venue, stored
from tests.programme.plans import Programme
from tests.programme.test_moves import items_of


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def load(programme: Programme) -> Draft:
    return queries_instance.load_draft(programme.edition.id)


def wrong(programme: Programme) -> list[Conflict]:
    return conflicts_in(load(programme))


def kinds(programme: Programme) -> list[str]:
    return [conflict.kind for conflict in wrong(programme)]


def test_a_plan_without_mistakes_has_no_conflicts(programme: Programme) -> None:
    person = make_person()
    one, other = programme.session("甲"), programme.session("乙")
    programme.show(one, programme.project(), presenter=person.id)
    programme.show(other, programme.project(), presenter=person.id)
    programme.place(one, 0, 0)
    programme.place(other, 0, 1)
    assert wrong(programme) == []


def test_somebody_needed_twice_is_named_with_both_sessions(programme: Programme) -> None:
    person = make_person("李四")
    one, other = programme.session("甲专场", moderator_id=person.id), programme.session("乙专场", region=programme.places.mianyang)
    programme.show(other, programme.project(), presenter=person.id)
    programme.place(one, 0, 0)
    programme.place(other, 1, 0)
    [conflict] = wrong(programme)
    assert (conflict.kind, conflict.blocks_release) == ("person_twice", True)
    assert all(word in str(conflict.sentence) for word in ("李四", "甲专场", "乙专场"))
    with pytest.raises(Refused, match="李四"):
        programme.release()


def test_each_thing_that_a_session_asks_for_reaches_the_checker(programme: Programme) -> None:
    """One session breaks many rules at once; each is found, with its severity."""
    away, wished = make_person("王五"), make_person("赵六")
    first = programme.session("先开专场")
    late = programme.session("后开专场", region=programme.places.mianyang, expected_audience=500, minutes=120, is_streamed=True,
                             needs=["stage"], allowed_days=[(programme.edition.starts_on + timedelta(days=2)).isoformat()],
                             lead_minutes=100, most_items=1)
    programme.show(late, programme.project(), programme.project(), minutes=15)
    stored(SessionAfter(session_id=late.id, earlier_id=first.id))
    stored(SessionQuota(session_id=late.id, kind="challenge", least=1))
    stored(SessionPerson(session_id=late.id, person_id=away.id, role=SessionRole.EXPERT))
    stored(SessionPerson(session_id=late.id, person_id=wished.id, role=SessionRole.LEADER, is_required=False))
    slot = programme.slots[0]
    for person in (away, wished):
        stored(Absence(edition_id=programme.edition.id, person_id=person.id, region_path="/510000/", starts_at=slot.starts_at,
                       ends_at=slot.ends_at))
    programme.place(first, 0, 1)
    programme.place(late, 1, 0)
    stored(ClosedPlace(edition_id=programme.edition.id, hall_id=programme.halls[1].id, slot_id=slot.id, reason="检修"))
    found = {conflict.kind: conflict for conflict in wrong(programme)}
    assert set(found) == {"closed", "length", "capacity", "equipment", "absence", "leaders", "after", "days", "minutes",
                          "most_items", "kind_quota"}
    assert {kind for kind, conflict in found.items() if conflict.blocks_release} == {
        "closed", "length", "equipment", "absence", "after", "days", "minutes"}
    assert "王五" in str(found["absence"].sentence)
    assert "赵六" in str(found["leaders"].sentence)
    assert "500" in str(found["capacity"].sentence)
    assert "大舞台" in str(found["equipment"].sentence)


def test_change_over_ways_zones_and_branches_reach_the_checker(programme: Programme) -> None:
    presenter, colleague = make_person("孙七"), make_person("周八")
    one, other = programme.session("甲"), programme.session("乙")
    third = programme.session("丙", region=programme.places.mianyang)
    branch = make_venue(programme.places.mianyang, "绵阳分会场")
    for session in (one, third):
        stored(SessionBranch(session_id=session.id, venue_id=branch.id))
    programme.show(one, programme.project(), presenter=presenter.id)
    programme.show(other, programme.project(), presenter=presenter.id)
    stored(ItemPresenter(item_id=_item(one), person_id=colleague.id))
    programme.place(one, 0, 0)
    programme.place(third, 1, 0)
    programme.place(other, 1, 1)
    _set_hall(programme, 0, changeover_minutes=200, zone="A区")
    _set_hall(programme, 1, changeover_minutes=200, opens_at=time(9), closes_at=time(12))
    stored(Walk(edition_id=programme.edition.id, one_id=programme.halls[0].id, other_id=programme.halls[1].id, minutes=160))
    stored(CityZone(edition_id=programme.edition.id, region_id=programme.places.mianyang.id, zone="A区"))
    draft = load(programme)
    assert draft.instance.zone_minutes["A区", programme.halls[1].id] == 160
    project = next(p for p in draft.instance.projects if presenter.id in p.presenters and colleague.id in p.presenters)
    assert project.presenters == (presenter.id, colleague.id)
    found = {conflict.kind: str(conflict.sentence) for conflict in conflicts_in(draft)}
    assert set(found) == {"changeover", "closed", "walking", "branch_twice"}
    assert "孙七" in found["walking"]
    assert "绵阳分会场" in found["branch_twice"]
    assert "200" in found["changeover"]


def _item(session: Session) -> int:
    return items_of(session)[0]


def _set_hall(programme: Programme, hall: int, **values: object) -> None:
    @action
    def change() -> None:
        db.session.execute(sa.update(EditionHall).where(EditionHall.hall_id == programme.halls[hall].id).values(**values))

    change()


def test_what_organisers_set_is_what_counts(programme: Programme) -> None:
    programme.place(programme.session(expected_audience=400))
    assert kinds(programme) == ["capacity"]
    stored(RuleSetting(edition_id=programme.edition.id, rule="capacity", severity="block_release", weight=1))
    assert [conflict.kind for conflict in blocking(wrong(programme))] == ["capacity"]
    with pytest.raises(Refused):
        programme.release()


def test_an_ignored_rule_and_one_that_the_program_has_forgotten_are_not_looked_at(programme: Programme) -> None:
    programme.place(programme.session(expected_audience=400))
    stored(RuleSetting(edition_id=programme.edition.id, rule="capacity", severity="ignore", weight=1))
    stored(RuleSetting(edition_id=programme.edition.id, rule="phase_of_the_moon", severity="block", weight=1))
    assert wrong(programme) == []


def test_the_opening_may_show_a_project_again_and_nobody_else(programme: Programme) -> None:
    project = programme.project()
    programme.show(programme.session("开幕式", kind=SessionKind.OPENING), project)
    programme.show(programme.session("甲"), project)
    assert wrong(programme) == []
    programme.show(programme.session("乙"), project)
    assert kinds(programme) == ["project_twice"]


def test_projects_that_are_not_published_are_pointed_out(programme: Programme) -> None:
    hidden = make_project(programme.edition, programme.places.qingyang, programme.places.chengdu, "未发布项目",
                          status=ProjectStatus.CONFIRMED)
    programme.show(programme.session(), hidden)
    [conflict] = wrong(programme)
    assert (conflict.kind, conflict.blocks_release) == ("not_shown", False)
    assert "未发布项目" in str(conflict.sentence)


def test_cancelled_sessions_have_no_conflicts_and_no_part_in_planning(programme: Programme) -> None:
    cancelled = programme.session("取消专场", expected_audience=9999)
    follower = programme.session("后续专场")
    stored(SessionAfter(session_id=follower.id, earlier_id=cancelled.id))
    programme.place(cancelled, 0, 1)
    programme.place(follower, 0, 0)
    programme.cancel(cancelled)
    assert wrong(programme) == []
    assert [s.id for s in load(programme).instance.sessions] == [follower.id]


def test_others_learn_of_a_conflict_only_with_their_own_session(programme: Programme) -> None:
    person = make_person("李四")
    one = programme.session("成都专场", moderator_id=person.id)
    other = programme.session("绵阳专场", region=programme.places.mianyang, moderator_id=person.id)
    programme.place(one, 0, 0)
    programme.place(other, 1, 0)
    draft = load(programme)
    names = draft.names.seen_by([programme.places.chengdu.path], "其他地区的专场")
    [conflict] = conflicts_in(draft, names)
    assert "绵阳专场" not in str(conflict.sentence)
    assert [name.is_visible for _number, name in conflict.sessions] == [True, False]


def test_a_draft_kept_aside_is_put_over_what_is_there_now(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    programme.show(one, programme.project())
    programme.place(one, 0, 0)
    kept = load(programme)
    content = content_of(kept.plan, [one.id])
    content["places"]["9999"] = [1, 1]
    actions_moves.place_session(one.id, programme.halls[1].id, programme.slots[1].id, by=programme.province)
    programme.place(other, 0, 1)
    plan = load(programme).with_content(content).plan
    assert plan.places == {one.id: kept.plan.places[one.id], other.id: (programme.halls[0].id, programme.slots[1].id)}
    assert plan.items == load(programme).plan.items


def test_lengths_are_real_minutes_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    starts = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # Half past one; at three the clocks go back to two.
    slot = solver_slot(1, starts, starts + timedelta(minutes=120), berlin)
    assert (slot.minutes, slot.day) == (120, date(2026, 10, 25).toordinal())
    [span] = opening_spans(time(1), time(4), [SlotTimes(starts, starts)], berlin)
    assert span.end - span.start == 4 * 60


def test_loading_a_draft_takes_the_same_statements_for_one_and_three_sessions(programme: Programme, count_queries: object) -> None:
    numbers = []
    for more in (1, 2):
        for _round in range(more):
            session = programme.session()
            programme.show(session, programme.project(), programme.project(), presenter=make_person().id)
            stored(SessionPerson(session_id=session.id, person_id=make_person().id, role=SessionRole.EXPERT))
        with count_queries() as count:  # type: ignore[operator]
            conflicts_in(load(programme))
        numbers.append(count())
    assert numbers[0] == numbers[1] <= 21


@pytest.fixture(params=["zh_Hans", "en"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with speaking(request.param):
        yield current_language()


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_has_a_name_and_a_sentence_without_gaps(rule: Rule, language: str) -> None:
    moment = datetime(2026, 11, 20, 2, tzinfo=UTC)
    names = Names({1: SessionName("S001", "甲专场", "/"), 2: SessionName("S002", "乙专场", "/")}, {3: "天府厅"},
                  {4: SlotTimes(moment, moment)}, {5: "项目五"}, {6: "李四"}, {7: "成都市"}, {8: "新材料"}, {9: "主办方"},
                  {10: "分会场"})
    numbers = (("minutes", 90), ("needed", 15), ("expected", 500), ("seats", 300), ("needs", "stage"), ("slot_minutes", 60),
               ("gap", 5), ("venue", 10), ("industry", 8), ("region", 7), ("host", 9), ("halls", 2), ("day", 739000),
               ("count", 12), ("share", 10), ("used", 100), ("most", 11), ("least", 2), ("kind", "challenge"))
    projects = (5,) if rule in {Rule.PROJECT_TWICE, Rule.ALLOWED_SESSION, Rule.THEME, Rule.HOME_CITY, Rule.UNASSIGNED,
                                Rule.REASSIGNED} else ()
    charge = Charge(rule, (1, 2), projects, (6,), 3, 4, 1, 10, Severity.WARN, numbers)
    sentence = str(sentence_of(charge, names))
    assert "—" not in sentence
    assert "%(" not in sentence
    assert str(RULE_WORDS[rule][0]) != str(RULE_WORDS[rule][1])


def test_releasing_what_has_no_conflict_works(programme: Programme) -> None:
    programme.place(programme.session())
    assert actions.publish_release(programme.edition.id, "版", by=programme.province).number == 1


def test_an_item_that_is_pinned_pins_its_project(programme: Programme) -> None:
    session = programme.session()
    programme.show(session, programme.project())
    item = _item(session)
    actions_moves_items.pin_item(session.id, item, True, by=programme.chengdu)
    [project] = load(programme).instance.projects
    assert project.pin == session.id
