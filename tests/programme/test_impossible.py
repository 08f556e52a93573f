"""When something is impossible: the smallest conflict in words, on the pages, in the job, and refused where it is caused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from expo.kit import jobs
from expo.kit.refusals import Refused
from expo.programme import actions_moves, actions_needs, actions_rules, queries_instance
from expo.programme.actions_sessions import change_session
from expo.programme.models import Session
from expo.programme.models_grid import ClosedPlace
from expo.programme.models_needs import SessionAfter
from expo.programme.models_planning import Absence
from expo.programme.rules import Pins
from expo.programme.rules_conflicts import conflicts_in
from expo.programme.rules_demands import sentences_of
from expo.programme.rules_impossible import Impossible, among, why_no_place, why_not
from expo.programme.rules_needs import Frame, Needs
from expo.programme.rules_solving import Request, Scope, What
from expo.programme.solver.instance import Plan
from expo.programme.solver.lp import DEFAULT
from expo.programme.solver.settings import Rule, Setting, Severity
from tests.conftest import Browser
from tests.makers import make_person, make_slot, stored
from tests.programme.plans import Programme
from tests.programme.test_plans import ask, kept

WorkOff = Callable[[], None]


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def pin(programme: Programme, session: Session, hall: int, slot: int) -> None:
    actions_moves.pin_session(session.id, Pins(programme.halls[hall].id, programme.slots[slot].id), by=programme.province)


def reasons(programme: Programme, plan: Plan | None = None) -> list[str]:
    """Why a plan for the whole draft leaves something over."""
    draft = queries_instance.load_draft(programme.edition.id)
    found = among(draft.instance, plan or Plan(), set(draft.instance.session))
    assert Impossible.from_json(found.as_json()) == found
    return [str(sentence) for sentence in sentences_of(found, draft)]


def test_more_sessions_than_places_are_counted(programme: Programme) -> None:
    for n in range(5):
        session = programme.session(f"专场{n}")
        if n < 4:
            programme.place(session, n // 2, n % 2)
    assert reasons(programme, queries_instance.load_draft(programme.edition.id).plan) == ["共有 5 个专场要安排，而会议厅与时段只有 4 个位置。"]


def test_dozens_that_compete_for_too_few_places_are_counted_with_what_they_ask_for(programme: Programme) -> None:
    """Six of eight sessions need the large hall, which has four times."""
    actions_rules.set_rules(programme.edition.id, {Rule.CAPACITY: Setting(Severity.BLOCK_RELEASE, 1)}, by=programme.province)
    for hour in (16, 18):
        make_slot(programme.edition, hour)
    for n in range(6):
        programme.session(f"大会{n}", expected_audience=200 + n)
    for n in range(2):
        programme.session(f"小会{n}", expected_audience=50)
    assert reasons(programme) == [
        "5 个专场都需要位置：“大会0”、“大会1”、“大会2”、“大会3”、“大会4”。", "其中 5 个专场预计不少于 200 人，须人人有座。",
        "符合上述要求的位置只有 4 个，而只能使用这些位置的专场共有 6 个。"]


def test_people_who_are_away_are_named_together_and_only_where_halls_and_times_would_do(programme: Programme) -> None:
    first, second = programme.slots
    for n in range(6):
        chair = make_person(f"主持{n}")
        programme.session(f"专场{n}", moderator_id=chair.id)
        stored(Absence(edition_id=programme.edition.id, person_id=chair.id, region_path="/", starts_at=first.starts_at,
                       ends_at=second.ends_at))
    assert reasons(programme) == ["共有 6 个专场要安排，而会议厅与时段只有 4 个位置。"]
    for hour in (10, 14):
        make_slot(programme.edition, hour, day=1)
    assert reasons(programme) == [
        "5 个专场都需要位置：“专场0”、“专场1”、“专场2”、“专场3”、“专场4”。",
        "主持0、主持1、主持2、主持3、主持4 缺席：11-21 10:00–15:30。",
        "符合上述要求的位置只有 4 个，而只能使用这些位置的专场共有 6 个。"]


def test_what_is_left_out_of_a_plan_is_not_said_to_be_closed_or_pinned(programme: Programme) -> None:
    """Five sessions for the four places of the first day, one of which asks for the second."""
    make_slot(programme.edition, day=1)
    for n in range(5):
        session = programme.session(f"专场{n}")
        if n < 4:
            programme.place(session, n // 2, n % 2)
    day = programme.edition.starts_on.isoformat()
    asked = Request(What.PLACE, Scope.DAYS, days=(day,))

    def said() -> list[str]:
        draft = queries_instance.load_draft(programme.edition.id)
        return [str(one) for one in sentences_of(why_not(draft, asked, draft.plan, DEFAULT), draft)]

    assert said() == ["共有 5 个专场要安排，而会议厅与时段只有 4 个位置。"]
    next_day = programme.edition.starts_on + timedelta(days=1)
    actions_needs.set_needs(session.id, Needs(), Frame(days=(next_day.isoformat(),)), by=programme.province)
    assert said() == ["“专场4”需要一个位置。", "本方案只安排所选的日期和会议厅。", f"“专场4”只能在 {next_day.isoformat()} 举行。"]


def test_where_everything_fits_nothing_is_said(programme: Programme) -> None:
    programme.session()
    assert reasons(programme) == []


def test_a_session_longer_than_every_slot_is_named_with_both_lengths(programme: Programme) -> None:
    programme.session("过长专场", minutes=120)
    programme.session("普通专场")
    assert reasons(programme) == ["“过长专场”需要一个位置。", "“过长专场”时长 120 分钟，最长的时段只有 90 分钟。"]


def test_no_hall_large_enough_is_named_with_the_audience(programme: Programme) -> None:
    programme.session("万人大会", expected_audience=9000)
    assert reasons(programme) == []
    actions_rules.set_rules(programme.edition.id, {Rule.CAPACITY: Setting(Severity.BLOCK_RELEASE, 1)}, by=programme.province)
    assert reasons(programme) == ["“万人大会”需要一个位置。", "“万人大会”预计 9000 人，须人人有座。"]


def test_somebody_away_on_the_only_allowed_time_is_named_with_when(programme: Programme) -> None:
    chair = make_person("王主持")
    session = programme.session("有主持的专场", moderator_id=chair.id)
    slot = programme.slots[1]
    stored(Absence(edition_id=programme.edition.id, person_id=chair.id, region_path="/", starts_at=slot.starts_at, ends_at=slot.ends_at))
    pin(programme, session, 0, 1)
    need, *others = reasons(programme)
    assert need == "“有主持的专场”需要一个位置。"
    assert [one for one in others if "王主持 缺席" in one and "14:00–15:30" in one]
    assert [one for one in others if "已锁定在 第一厅" in one]


def test_a_closed_hall_and_a_pin_are_named(programme: Programme) -> None:
    session = programme.session("锁定专场")
    pin(programme, session, 0, 0)
    stored(ClosedPlace(edition_id=programme.edition.id, hall_id=programme.halls[0].id, slot_id=programme.slots[0].id))
    found = reasons(programme)
    assert any("第一厅 在" in one and "停用" in one for one in found)
    assert any("“锁定专场”已锁定在 第一厅" in one for one in found)


def test_a_pin_to_a_place_that_is_pinned_already_is_refused_with_its_name(programme: Programme) -> None:
    first, second = programme.session("先锁定"), programme.session("后锁定")
    pin(programme, first, 0, 0)
    with pytest.raises(Refused, match="先锁定"):
        pin(programme, second, 0, 0)


def test_a_pin_into_the_time_of_another_pinned_session_is_refused_with_its_name(programme: Programme) -> None:
    """Not the same slot: the first one lasts into it."""
    long, second = programme.session("全天会议", minutes=300), programme.session("下午专场")
    pin(programme, long, 0, 0)
    with pytest.raises(Refused, match="全天会议"):
        pin(programme, second, 0, 1)
    pin(programme, second, 1, 1)


def test_pins_that_have_come_to_contradict_each_other_are_told_with_both_names(programme: Programme, work_off: WorkOff) -> None:
    first, second = programme.session("上午专场"), programme.session("下午专场")
    pin(programme, first, 0, 0)
    pin(programme, second, 0, 1)
    assert [c for c in conflicts_in(queries_instance.load_draft(programme.edition.id)) if c.kind == "pin"] == []
    change_session(first.id, {"minutes": 300}, by=programme.province)
    [found] = [c for c in conflicts_in(queries_instance.load_draft(programme.edition.id)) if c.kind == "pin"]
    assert "上午专场" in str(found.sentence)
    assert "下午专场" in str(found.sentence)


def test_a_must_be_after_circle_is_refused_with_the_codes(programme: Programme) -> None:
    first, second = programme.session("甲"), programme.session("乙")
    actions_needs.set_needs(second.id, Needs(), Frame(after=(first.code,)), by=programme.province)
    with pytest.raises(Refused, match=f"循环.*({first.code}.*{second.code}|{second.code}.*{first.code})"):
        actions_needs.set_needs(first.id, Needs(), Frame(after=(second.code,)), by=programme.province)


def test_a_circle_that_is_there_all_the_same_is_told_with_the_titles(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    """As data that came by another way might have one."""
    make_slot(programme.edition, 16)
    sessions = [programme.session(title) for title in ("甲专场", "乙专场", "丙专场")]
    for place, session in enumerate(sessions):
        stored(SessionAfter(session_id=session.id, earlier_id=sessions[place - 1].id))
    client.sign_in(programme.province)
    page = client.get(f"{programme.base}/conflicts").text
    assert "循环" in page
    assert "甲专场 → 乙专场 → 丙专场 → 甲专场" in page
    assert set(reasons(programme)[1:]) == {"“甲专场”须排在“丙专场”之后。", "“乙专场”须排在“甲专场”之后。", "“丙专场”须排在“乙专场”之后。"}
    number = ask(programme, Request(What.PLACE))
    work_off()
    page = client.get(f"{programme.base}/plans/{number}").text
    assert "无法全部满足" in page
    assert "“甲专场”须排在“丙专场”之后。" in page
    assert "将阻止发布" in page


def test_the_plan_and_its_job_say_what_is_impossible(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    programme.session("过长专场", minutes=120)
    other = programme.session("别的专场")
    actions_rules.set_rules(programme.edition.id, {Rule.LENGTH: Setting(Severity.BLOCK, 1)}, by=programme.province)
    number = ask(programme, Request(What.BOTH))
    work_off()
    found = kept(programme, number)
    assert found.content["places"][str(other.id)] is not None
    job = jobs.find_job(found.job_id or 0)
    assert job is not None
    assert "“过长专场”时长 120 分钟" in (job.result or {})["summary"]
    page = client.sign_in(programme.province).get(f"{programme.base}/plans/{number}").text
    assert "“过长专场”时长 120 分钟，最长的时段只有 90 分钟。" in page
    assert "以下各项无法同时满足" in page


def test_somebody_who_stops_a_plan_is_not_kept_waiting_for_reasons(programme: Programme, monkeypatch: pytest.MonkeyPatch,
                                                                   work_off: WorkOff) -> None:
    for n in range(5):
        programme.session(f"专场{n}")
    monkeypatch.setattr("expo.programme.jobs.EVERY_S", 0.0)
    monkeypatch.setattr("expo.programme.jobs.is_stop_asked", lambda _number: True)
    number = ask(programme, Request(What.PLACE))
    work_off()
    assert kept(programme, number).figures["impossible"]["crowd"] is None


def test_the_page_of_reasons_names_what_leaves_no_place(programme: Programme, client: Browser) -> None:
    waiting = programme.session("待排专场")
    programme.place(programme.session("已排专场"), 0, 0)
    pin(programme, waiting, 0, 0)
    draft = queries_instance.load_draft(programme.edition.id)
    assert {d.rule for d in why_no_place(draft, waiting.id).demands} == {Rule.UNPLACED, Rule.PIN, Rule.HALL_TWICE}
    page = client.sign_in(programme.province).get(f"{programme.base}/explain/sessions/{waiting.id}").text
    for words in ("“待排专场”已锁定在 第一厅", "其他专场位置不变", "各项规则排除的位置"):
        assert words in page, words
