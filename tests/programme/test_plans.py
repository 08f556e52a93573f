"""Plans of the solver: kept aside, compared, taken over as they were shown, or thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.kit import jobs
from expo.kit.db import db
from expo.kit.history import list_history
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.programme import actions_moves, actions_what_if, queries_draft, queries_instance, queries_what_if
from expo.programme.models import SessionItem
from expo.programme.models_planning import WhatIf, WhatIfStatus
from expo.programme.rules import Pins
from expo.programme.rules_compare import moves_between
from expo.programme.rules_instance import content_of
from expo.programme.rules_solving import Disturbance, Request, Scope, What, tidied
from expo.programme.solver.instance import Plan
from expo.programme.solver.score import charges, total
from tests.conftest import Browser
from tests.makers import make_person
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
    draft = queries_instance.load_draft(programme.edition.id)
    number = actions_what_if.keep_copy(programme.edition.id, "手工方案", by=programme.province).id
    content = content_of(plan, draft.instance.session)

    from expo.kit.unit import action

    @action(history=False)
    def write() -> None:
        found = db.session.get(WhatIf, number)
        assert found is not None
        found.content = content

    write()
    return number


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

    from expo.kit.unit import action

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
    from tests.makers import make_edition

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
