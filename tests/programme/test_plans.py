"""Plans of the solver: kept aside, compared, taken over as they were shown, or thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.editions.models import Edition
from expo.kit import jobs
from expo.kit.db import db
from expo.kit.history import list_history
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.programme import (
    actions_moves,
    actions_what_if,
    queries_draft,
    queries_grid,
    queries_instance,
    queries_what_if,
)
from expo.programme.models import SessionItem
from expo.programme.models_planning import Absence, WhatIf, WhatIfStatus
from expo.programme.rules import Pins
from expo.programme.rules_compare import moves_between
from expo.programme.rules_conflicts import conflicts_in
from expo.programme.rules_solving import Disturbance, Request, Scope, What, tidied
from expo.programme.solver.instance import Plan
from expo.programme.solver.score import charges, total
from tests.conftest import Browser
from tests.makers import make_edition, make_person, make_slot, stored
from tests.programme.plans import Programme
from tests.programme.test_moves import order_of, place_of

WorkOff = Callable[[], None]


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def ask(programme: Programme, request: Request) -> int:
    return actions_what_if.start_solving(programme.edition.id, "试排", request.as_json(), by=programme.province).id


def kept(programme: Programme, number: int) -> WhatIf:
    db.session.rollback()
    db.session.expire_all()
    return queries_what_if.get_what_if(programme.edition.id, number)


def take(programme: Programme, number: int) -> None:
    actions_what_if.take_over_what_if(programme.edition.id, number, queries_draft.draft_version(programme.edition.id),
                                      by=programme.province)


def put_aside(programme: Programme, plan: Plan) -> int:
    """A plan as if the solver had made it."""
    return actions_what_if.keep_copy(programme.edition.id, "手工方案", plan, by=programme.province).id


def test_the_solver_places_what_it_can_and_changes_nothing_by_itself(programme: Programme, work_off: WorkOff) -> None:
    big, small = programme.session("大专场", expected_audience=250), programme.session("小专场", expected_audience=80)
    number = ask(programme, Request(What.PLACE))
    work_off()
    found = kept(programme, number)
    assert (found.status, found.figures["optimal"], found.figures["unplaced"]) == (WhatIfStatus.READY, True, 0)
    assert place_of(big) == place_of(small) == (None, None)
    take(programme, number)
    assert place_of(big)[0] == programme.halls[0].id
    assert None not in place_of(small)
    assert kept(programme, number).status is WhatIfStatus.TAKEN
    assert any("take_over_what_if" in row.action for row in list_history("session", big.id))


def test_the_figures_are_those_of_the_one_checker(programme: Programme, work_off: WorkOff) -> None:
    for n in range(3):
        programme.session(f"专场{n}", expected_audience=90 + 60 * n)
    number = ask(programme, Request(What.PLACE))
    work_off()
    found = kept(programme, number)
    draft = queries_instance.load_draft(programme.edition.id)
    after = draft.with_content(found.content)
    assert found.figures["total"] == total(charges(after.instance, after.plan))


def test_a_plan_is_taken_over_only_against_what_was_seen(programme: Programme, work_off: WorkOff) -> None:
    session, other = programme.session("甲"), programme.session("乙")
    number = ask(programme, Request(What.PLACE))
    work_off()
    seen = queries_draft.draft_version(programme.edition.id)
    programme.place(other, 1, 1)
    with pytest.raises(Refused, match="已有变动"):
        actions_what_if.take_over_what_if(programme.edition.id, number, seen, by=programme.province)
    assert place_of(session) == (None, None)


def test_only_the_chosen_part_moves(programme: Programme, work_off: WorkOff) -> None:
    fixed, waiting = programme.session("不动", expected_audience=10), programme.session("待排", expected_audience=10)
    programme.place(fixed, 0, 0)
    for request in (Request(What.PLACE, Scope.WAITING), Request(What.PLACE, Scope.SESSIONS, sessions=(waiting.id,)),
                    Request(What.PLACE, Scope.HALLS, halls=(programme.halls[1].id,))):
        number = ask(programme, request)
        work_off()
        places = kept(programme, number).content["places"]
        assert places[str(fixed.id)] == [programme.halls[0].id, programme.slots[0].id]
        assert places[str(waiting.id)] is not None
        if request.scope is Scope.HALLS:
            assert places[str(waiting.id)][0] == programme.halls[1].id


def test_pinned_sessions_stay_whatever_the_solver_would_like(programme: Programme, work_off: WorkOff) -> None:
    pinned = programme.session("锁定", expected_audience=10)
    programme.place(pinned, 0, 0)
    actions_moves.pin_session(pinned.id, Pins(programme.halls[0].id, programme.slots[0].id), by=programme.province)
    programme.session("大专场", expected_audience=250)
    number = ask(programme, Request(What.PLACE))
    work_off()
    assert kept(programme, number).content["places"][str(pinned.id)] == [programme.halls[0].id, programme.slots[0].id]


def test_projects_change_their_sessions_with_minutes_and_presenters(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    presenter = make_person().id
    moving, staying, new, dropped = (programme.project() for _ in range(4))
    programme.show(one, moving, dropped, minutes=7, presenter=presenter)
    programme.show(other, staying)
    draft = queries_instance.load_draft(programme.edition.id)
    number = put_aside(programme, Plan({}, {one.id: (), other.id: (staying.id, moving.id, new.id)}))
    moves = moves_between(draft, draft.plan, draft.with_content(kept(programme, number).content).plan)
    assert {(m.project, m.before, m.after) for m in moves.projects} == {
        (moving.id, one.id, other.id), (new.id, None, other.id), (dropped.id, one.id, None)}
    take(programme, number)
    assert (order_of(one), order_of(other)) == ([], [staying.id, moving.id, new.id])
    item = db.session.scalars(sa.select(SessionItem).where(SessionItem.project_id == moving.id)).one()
    assert (item.minutes, item.presenter_id) == (7, presenter)


def test_sessions_that_change_places_in_a_ring_are_all_moved(programme: Programme) -> None:
    sessions = [programme.session(f"专场{n}") for n in range(4)]
    places = [(hall, slot) for hall in range(2) for slot in range(2)]
    for session, place in zip(sessions, places, strict=True):
        programme.place(session, *place)
    before = [place_of(session) for session in sessions]
    number = put_aside(programme, Plan({s.id: before[(n + 1) % 4] for n, s in enumerate(sessions)}, {}))  # type: ignore[misc]
    take(programme, number)
    assert [place_of(session) for session in sessions] == before[1:] + before[:1]


def test_what_not_even_a_draft_may_hold_is_not_taken_over(programme: Programme) -> None:
    pinned = programme.session("锁定专场")
    programme.place(pinned, 0, 0)
    number = put_aside(programme, Plan({pinned.id: (programme.halls[1].id, programme.slots[1].id)}, {}))
    actions_moves.pin_session(pinned.id, Pins(programme.halls[0].id), by=programme.province)
    with pytest.raises(Refused, match="锁定专场"):
        take(programme, number)


def test_a_plan_that_names_what_is_gone_leaves_it_out(programme: Programme) -> None:
    session, gone = programme.session("留下"), programme.session("取消")
    place = (programme.halls[0].id, programme.slots[0].id)
    number = put_aside(programme, Plan({session.id: place, gone.id: (programme.halls[1].id, programme.slots[0].id)}, {}))
    programme.cancel(gone)
    take(programme, number)
    assert place_of(session) == place
    assert place_of(gone) == (None, None)


def test_a_killed_worker_starts_again_and_finds_the_same_plan(programme: Programme, work_off: WorkOff) -> None:
    for n in range(3):
        programme.session(f"专场{n}", expected_audience=100)
    number = ask(programme, Request(What.PLACE, seed=3))
    job = kept(programme, number).job_id
    assert job is not None
    work_off()
    first = kept(programme, number).content

    @action(history=False)
    def as_if_killed() -> None:
        found = db.session.get(WhatIf, number)
        assert found is not None
        found.status, found.content = WhatIfStatus.COMPUTING, {}
        started = jobs.find_job(job)
        assert started is not None
        started.status, started.finished_at = jobs.JobStatus.QUEUED, None

    as_if_killed()
    work_off()
    assert kept(programme, number).content == first
    jobs.run_job(job)
    assert kept(programme, number).content == first


def test_a_plan_thrown_away_while_it_is_computed_stays_away(programme: Programme, work_off: WorkOff) -> None:
    programme.session()
    number = ask(programme, Request(What.PLACE))
    actions_what_if.discard(programme.edition.id, number, by=programme.province)
    work_off()
    assert kept(programme, number).status is WhatIfStatus.DISCARDED
    assert queries_what_if.list_what_ifs(programme.edition.id) == []
    with pytest.raises(Refused):
        take(programme, number)


def test_an_edition_without_slots_is_refused_in_words(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    make_edition("2027")
    client.sign_in(programme.province)
    answer = client.post("/work/2027/programme/plans", data={"name": "试排", "what": "both", "scope": "all", "seconds": 5})
    assert answer.status_code == 422
    assert "没有会议厅或时段" in answer.text


def test_solving_stops_when_told_and_says_how_far_it_is(programme: Programme) -> None:
    programme.session()
    number = ask(programme, Request(What.PLACE))
    actions_what_if.note_progress(number, {"best": 10, "bound": 8, "gap": 0.2, "seconds": 1.0})
    actions_what_if.ask_stop(programme.edition.id, number, by=programme.province)
    found = kept(programme, number)
    assert (found.stop_asked, found.figures["gap"]) == (True, 0.2)
    assert queries_what_if.is_stop_asked(number)
    with pytest.raises(Refused):
        ask(programme, Request(What.PLACE)), ask(programme, Request(What.PLACE)), ask(programme, Request(What.PLACE))


def test_only_those_who_hold_the_grid_plan(programme: Programme, client: Browser) -> None:
    number = actions_what_if.keep_copy(programme.edition.id, "副本", by=programme.province).id
    acts: list[Callable[[], Any]] = [
        lambda: actions_what_if.start_solving(programme.edition.id, "x", Request(What.PLACE).as_json(), by=programme.chengdu),
        lambda: actions_what_if.keep_copy(programme.edition.id, "x", by=programme.chengdu),
        lambda: actions_what_if.discard(programme.edition.id, number, by=programme.chengdu),
        lambda: actions_what_if.ask_stop(programme.edition.id, number, by=programme.chengdu),
        lambda: actions_what_if.take_over_what_if(programme.edition.id, number, 0, by=programme.chengdu)]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    client.sign_in(programme.chengdu)
    for page in ("plans", f"plans/{number}", "plans/compare", "replan"):
        assert client.get(f"{programme.base}/{page}").status_code == 403
    with pytest.raises(NotFound):
        queries_what_if.get_what_if(programme.edition.id + 1, number)


def test_pages_lead_from_asking_to_taking_over(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    session = programme.session("待排专场", expected_audience=50)
    client.sign_in(programme.province)
    answer = client.post(f"{programme.base}/plans", data={"name": "第一次试排", "what": "place", "scope": "all", "seconds": 10})
    assert answer.status_code == 302
    url = answer.headers["Location"]
    assert "停止并保留最优" in client.get(url).text
    work_off()
    page = client.get(url).text
    assert "将移动 1 个专场" in page
    assert "已证明最优" in page
    version = queries_draft.draft_version(programme.edition.id)
    assert client.post(f"{url}/take", data={"version": version - 1}).status_code == 422
    assert client.post(f"{programme.base}/plans/copy", data={"name": "副本"}).status_code == 302
    ids = [one.id for one in queries_what_if.list_what_ifs(programme.edition.id)]
    compared = client.get(f"{programme.base}/plans/compare", query_string={"ids": ids}).text
    assert all(words in compared for words in ("第一次试排", "副本", "当前草案", "没有差异")) or "将移动 1 个专场" in compared
    assert client.post(f"{url}/take", data={"version": version}).status_code == 302
    assert None not in place_of(session)
    assert "第一次试排" in client.get(f"{programme.base}/plans").text
    client.post(f"{url}/discard")
    client.get(f"{programme.base}/plans")
    assert "第一次试排" not in client.get(f"{programme.base}/plans").text


def test_the_list_of_plans_asks_the_same_for_one_and_three(programme: Programme, client: Browser, count_queries: object) -> None:
    client.sign_in(programme.province)
    numbers = []
    for more in (1, 2):
        for _round in range(more):
            actions_what_if.keep_copy(programme.edition.id, "副本", by=programme.province)
        client.get(f"{programme.base}/plans")
        with count_queries() as count:  # type: ignore[operator]
            client.get(f"{programme.base}/plans")
        numbers.append(count())
    assert numbers[0] == numbers[1]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.permutations(range(6)).map(lambda p: p[:4]), min_size=2, max_size=2))
def test_who_stays_in_a_session_keeps_their_turn(orders: list[list[int]]) -> None:
    before, after = Plan({}, {1: tuple(orders[0])}), Plan({}, {1: tuple(orders[1])})
    tidy = tidied(before, after).items[1]
    assert sorted(tidy) == sorted(orders[1])
    stay = [p for p in orders[0] if p in orders[1]]
    assert list(tidy[:len(stay)]) == stay


def test_requests_are_stored_and_read_back(programme: Programme) -> None:
    slot = programme.slots[0]
    request = Request(What.REPLAN, Scope.DAYS, ("2026-11-20",), (1,), (2,), False, 5, 7,
                      Disturbance(((1, 2),), ((3, slot.starts_at, slot.ends_at),), ((4, 120),)))
    assert Request.from_json(request.as_json()) == request


def test_projects_go_to_their_own_city_within_the_minutes_there_are(programme: Programme, work_off: WorkOff) -> None:
    own, foreign = programme.session("成都专场", minutes=12), programme.session("绵阳专场", region=programme.places.mianyang, minutes=12)
    projects = [programme.project() for _ in range(5)]
    number = ask(programme, Request(What.ASSIGN))
    work_off()
    orders = kept(programme, number).content["orders"]
    assert len(orders[str(own.id)]) == 3  # Three times four minutes.
    assert sorted(orders[str(own.id)] + orders[str(foreign.id)]) == sorted(p.id for p in projects)
    take(programme, number)
    assert len(order_of(own)) == 3
    assert "minutes" not in {c.kind for c in conflicts_in(queries_instance.load_draft(programme.edition.id))}


def test_of_plans_of_one_price_the_one_with_fewest_moves_is_taken(programme: Programme, work_off: WorkOff) -> None:
    """Six projects that nothing tells apart, three in each of two sessions that nothing tells apart: nobody moves."""
    one, other = programme.session("甲", minutes=12), programme.session("乙", minutes=12)
    projects = [programme.project() for _ in range(6)]
    programme.show(one, *projects[::2])
    programme.show(other, *projects[1::2])
    number = ask(programme, Request(What.ASSIGN))
    work_off()
    assert kept(programme, number).figures["reassigned"] == 0


def test_assigning_and_placing_clear_what_presenters_cannot_do(programme: Programme, work_off: WorkOff) -> None:
    """Somebody shows a project in the opening and has another one: not both at once; and nobody is away."""
    presenter = make_person().id
    away = make_person().id
    one, other = programme.session("甲"), programme.session("乙")
    for session, person in ((one, presenter), (other, presenter), (other, away)):
        project = programme.project()
        item = stored(SessionItem(session_id=session.id, project_id=project.id, position=9, minutes=4, presenter_id=person))
        assert item.id
    slot = programme.slots[0]
    stored(Absence(edition_id=programme.edition.id, person_id=away, region_path="/", starts_at=slot.starts_at, ends_at=slot.ends_at))
    number = ask(programme, Request(What.BOTH))
    work_off()
    found = kept(programme, number)
    assert (found.figures["blocking"], found.figures["unplaced"], found.figures["unassigned"]) == (0, 0, 0)


def test_a_lost_hall_moves_only_what_stood_there_and_is_closed_when_taken_over(programme: Programme, client: Browser,
                                                                              work_off: WorkOff) -> None:
    lost, staying = programme.session("受影响", expected_audience=90), programme.session("不受影响", expected_audience=90)
    programme.place(lost, 0, 0)
    programme.place(staying, 1, 0)
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/replan", data={"name": "停电", "halls": [programme.halls[0].id],
                                                         "slots": [programme.slots[0].id], "session_id": 0})
    work_off()
    url = page.headers["Location"]
    shown = client.get(url).text
    assert "受影响" in shown
    assert "将移动 1 个专场" in shown
    assert queries_grid.list_closed(programme.edition.id) == []
    client.post(f"{url}/take", data={"version": queries_draft.draft_version(programme.edition.id)})
    assert place_of(staying) == (programme.halls[1].id, programme.slots[0].id)
    assert place_of(lost) not in {(programme.halls[0].id, programme.slots[0].id), (None, None)}
    assert [one.hall_id for one in queries_grid.list_closed(programme.edition.id)] == [programme.halls[0].id]


def test_an_absent_presenters_project_moves_and_no_session_does(programme: Programme, work_off: WorkOff) -> None:
    early, late = programme.session("早"), programme.session("晚")
    presenter = make_person("李四").id
    programme.show(early, project := programme.project(), presenter=presenter)
    programme.place(early, 0, 0)
    programme.place(late, 0, 1)
    slot = programme.slots[0]
    asked = Request(What.REPLAN, disturbance=Disturbance(away=((presenter, slot.starts_at, slot.ends_at),)))
    number = ask(programme, asked)
    work_off()
    content = kept(programme, number).content
    assert content["orders"] == {str(early.id): [], str(late.id): [project.id]}
    assert content["places"][str(early.id)] == [programme.halls[0].id, programme.slots[0].id]
    take(programme, number)
    assert order_of(late) == [project.id]
    assert conflicts_in(queries_instance.load_draft(programme.edition.id)) == []


def test_a_longer_session_goes_where_it_fits_and_a_pinned_one_never_moves(programme: Programme, work_off: WorkOff) -> None:
    long_slot = make_slot(programme.edition, 17, minutes=150)
    longer, pinned = programme.session("延长"), programme.session("锁定")
    programme.place(longer, 0, 0)
    programme.place(pinned, 1, 0)
    actions_moves.pin_session(pinned.id, Pins(programme.halls[1].id, programme.slots[0].id), by=programme.province)
    number = ask(programme, Request(What.REPLAN, disturbance=Disturbance(minutes=((longer.id, 150), (pinned.id, 120)))))
    work_off()
    places = kept(programme, number).content["places"]
    assert places[str(longer.id)][1] == long_slot.id
    assert places[str(pinned.id)] == [programme.halls[1].id, programme.slots[0].id]
    take(programme, number)
    assert {s.id: s.minutes for s in queries_instance.load_draft(programme.edition.id).instance.sessions} == {longer.id: 150, pinned.id: 120}


def test_replanning_says_what_is_missing_in_its_form(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    for data, words in (({"halls": [programme.halls[0].id]}, "停用的会议厅和时段"), ({"person": "谁"}, "缺席人员和时段"),
                        ({"minutes": 30}, "填写新时长")):
        answer = client.post(f"{programme.base}/replan", data={"name": "x", "session_id": 0, **data})
        assert answer.status_code == 422
        assert words in answer.text


def test_planning_never_changes_the_editions_own_dates(programme: Programme, work_off: WorkOff) -> None:
    before = programme.edition.starts_on, programme.edition.ends_on
    programme.session()
    number = ask(programme, Request(What.BOTH))
    work_off()
    take(programme, number)
    edition = db.session.get(Edition, programme.edition.id)
    assert edition is not None
    assert (edition.starts_on, edition.ends_on) == before


def test_a_full_grid_leaves_over_what_fits_nowhere_and_says_why(programme: Programme, client: Browser, work_off: WorkOff) -> None:
    for n in range(5):
        programme.session(f"专场{n}", expected_audience=50)
    number = ask(programme, Request(What.PLACE))
    work_off()
    assert kept(programme, number).figures["unplaced"] == 1
    page = client.sign_in(programme.province).get(f"{programme.base}/plans/{number}").text
    assert "1 个专场仍未安排" in page
    assert "会议厅重复占用" in page


def test_a_plan_that_is_stopped_keeps_the_best_so_far(programme: Programme, monkeypatch: pytest.MonkeyPatch, work_off: WorkOff) -> None:
    """Somebody asks to stop as soon as the solver has told that it has found something."""
    for n in range(4):
        programme.session(f"专场{n}", expected_audience=50)
    monkeypatch.setattr("expo.programme.jobs.EVERY_S", 0.0)
    number = ask(programme, Request(What.PLACE))
    actions_what_if.note_progress(number, {"seconds": 0.0})
    told: list[int] = []
    real = actions_what_if.note_progress

    def note(what_if: int, figures: Any) -> None:
        real(what_if, figures)
        if figures["best"] is not None and not told:
            told.append(figures["best"])
            actions_what_if.ask_stop(programme.edition.id, what_if, by=programme.province)

    monkeypatch.setattr(actions_what_if, "note_progress", note)
    work_off()
    found = kept(programme, number)
    assert found.status is WhatIfStatus.READY
    assert len(found.content["places"]) == 4
