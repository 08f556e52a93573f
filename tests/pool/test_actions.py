"""Opening, serving, assigning and closing tickets, with who may do it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from expo.editions.words import ProjectKind, Side
from expo.kit import clock, history
from expo.kit.access import SYSTEM, Actor
from expo.kit.events import _reactions, on
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.pool import actions, actions_assign, queries, rules
from expo.pool.events import TicketAssigned, TicketClosed, TicketReopened, TicketStageReached
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus, VisitKind
from tests.makers import Places, make_actor, make_ticket

TODAY = date(2026, 11, 20)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


@pytest.fixture
def announced() -> Iterator[list[object]]:
    """What was announced, in order."""
    facts: list[object] = []
    kinds = (TicketClosed, TicketReopened, TicketStageReached, TicketAssigned)
    for kind in kinds:
        on(kind, facts.append)
    yield facts
    for kind in kinds:
        _reactions[kind][:] = [reaction for reaction in _reactions[kind] if reaction != facts.append]


def visit(ticket: Ticket, by: Actor, stage: TicketStage = TicketStage.CONTACT, note: str = "电话沟通", **values: object) -> None:
    actions.record_visit(ticket.id, stage=stage, kind=VisitKind.PHONE, visited_on=clock.now().date() - timedelta(days=1),
                         note=note, by=by, **values)  # type: ignore[arg-type]


def test_a_ticket_opened_here_gets_the_days_next_number(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.qingyang)
    numbers = [
        actions.open_ticket(kind=ProjectKind.CHALLENGE, title=f"难题{n}", region_id=places.qingyang.id, by=by).number
        for n in range(3)
    ]
    assert [number[-5:] for number in numbers] == ["-0001", "-0002", "-0003"]
    assert numbers[0].startswith("D-20")


def test_an_opened_ticket_has_its_side_its_facts_and_is_found_by_two_characters(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    ticket = actions.open_ticket(
        kind=ProjectKind.CHALLENGE, title="铁水脱硫效率低", region_id=places.qingyang.id, by=by,
        fields={"budget": "200万元", "deadline": "2027-01-31", "price": "9"}, owner_name="演示钢铁公司",
    )
    found = queries.get_ticket(ticket.number, rules.scope_of(by))
    assert found.side is Side.DEMAND
    assert found.fields == {"budget": 200_000_000, "deadline": "2027-01-31"}
    assert found.caretaker_id is None
    assert queries.find_likely_duplicates("铁水脱硫效率太低", "", rules.scope_of(by))[0][0].id == ticket.id


def test_a_wrong_fact_is_refused_at_its_field(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Refused) as caught:
        actions.open_ticket(kind=ProjectKind.CHALLENGE, title="难题", region_id=places.qingyang.id, by=by,
                            fields={"budget": "很多"})
    assert caught.value.field == "budget"


def test_a_number_is_given_once(places: Places) -> None:
    make_ticket(places.qingyang, number="TF-1")
    with pytest.raises(Refused) as caught:
        actions.open_ticket(kind=ProjectKind.CHALLENGE, title="难题", region_id=places.qingyang.id, by=SYSTEM, number="TF-1")
    assert caught.value.field == "number"


def test_tickets_are_opened_in_the_own_region_only(places: Places) -> None:
    for role in (Role.ORGANISER, Role.CARETAKER, Role.EXTERNAL_CARETAKER, Role.AUDITOR):
        with pytest.raises(Forbidden):
            actions.open_ticket(kind=ProjectKind.CHALLENGE, title="难题", region_id=places.fucheng.id,
                                by=make_actor(role, places.chengdu))


def test_a_caretaker_who_opens_a_ticket_takes_care_of_it_and_an_external_one_opens_none(places: Places) -> None:
    caretaker = make_actor(Role.CARETAKER, places.chengdu)
    ticket = actions.open_ticket(kind=ProjectKind.CHALLENGE, title="难题", region_id=places.qingyang.id, by=caretaker)
    assert ticket.caretaker_id == caretaker.person_id
    with pytest.raises(Forbidden):
        actions.open_ticket(kind=ProjectKind.CHALLENGE, title="难题", region_id=places.qingyang.id,
                            by=make_actor(Role.EXTERNAL_CARETAKER, places.chengdu))


def test_a_visit_moves_the_stage_and_sets_the_next_step(places: Places, announced: list[object]) -> None:
    by = make_actor(Role.CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang, caretaker_id=by.person_id)
    due = clock.now().date() + timedelta(days=5)
    visit(ticket, by, TicketStage.TALKS, next_step="约专家上门", next_due_on=due)
    found = queries.get_ticket(ticket.id)
    assert (found.stage, found.next_step, found.next_due_on) == (TicketStage.TALKS, "约专家上门", due)
    assert [v.note for v in queries.list_visits(ticket.id)] == ["电话沟通"]
    assert announced == [TicketStageReached(ticket.id, TicketStage.TALKS)]
    visit(ticket, by, TicketStage.MATCHING, "首选方案价格过高，重新匹配")
    assert queries.get_ticket(ticket.id).stage is TicketStage.MATCHING


def test_only_the_caretaker_and_the_regions_organisers_serve_a_ticket(places: Places) -> None:
    mine = make_actor(Role.CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang, caretaker_id=mine.person_id)
    visit(ticket, mine)
    visit(ticket, make_actor(Role.ORGANISER, places.chengdu))
    for stranger in (make_actor(Role.CARETAKER, places.chengdu), make_actor(Role.ORGANISER, places.mianyang),
                     make_actor(Role.EXTERNAL_CARETAKER, places.chengdu)):
        with pytest.raises(NotFound):
            visit(ticket, stranger)
    with pytest.raises(Forbidden):
        visit(ticket, make_actor(Role.AUDITOR, places.province))


def test_an_external_caretaker_serves_what_is_assigned_until_the_contract_ends(places: Places) -> None:
    external = make_actor(Role.EXTERNAL_CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang, caretaker_id=external.person_id)
    visit(ticket, external)
    with pytest.raises(NotFound):
        visit(ticket, Actor(external.person_id, external.name))


def test_a_ticket_is_closed_with_an_outcome_and_opened_again(places: Places, announced: list[object]) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    ticket = make_ticket(places.qingyang, next_step="回访", next_due_on=TODAY)
    actions.close_ticket(ticket.id, TicketOutcome.SOLVED, by=by)
    closed = queries.get_ticket(ticket.id)
    assert (closed.status, closed.outcome, closed.next_due_on) == (TicketStatus.CLOSED, TicketOutcome.SOLVED, None)
    with pytest.raises(Refused):
        visit(ticket, by)
    with pytest.raises(Refused):
        actions.close_ticket(ticket.id, TicketOutcome.SOLVED, by=by)
    with pytest.raises(Refused):
        actions.reopen_ticket(ticket.id, " ", by=by)
    actions.reopen_ticket(ticket.id, "又有新进展", by=by)
    assert queries.get_ticket(ticket.id).status is TicketStatus.OPEN
    assert announced == [TicketClosed(ticket.id, TicketOutcome.SOLVED), TicketReopened(ticket.id)]
    assert any(row.changes.get("reason") == [None, "又有新进展"] for row in history.list_history("ticket", ticket.id))


def test_editing_keeps_the_contact_and_moving_needs_both_regions(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    ticket = make_ticket(places.qingyang, contact_phone="19900001234")
    actions.edit_ticket(ticket.id, title="新标题", region_id=places.shuangliu.id, by=by, fields={"mode": "许可"})
    found = queries.get_ticket(ticket.id)
    assert (found.title, found.region_path, found.contact_phone) == ("新标题", places.shuangliu.path, "19900001234")
    assert found.fields == {"mode": "licence"}
    with pytest.raises(Forbidden):
        actions.edit_ticket(ticket.id, title="新标题", region_id=places.fucheng.id, by=by)


def test_a_plan_is_written_and_remembered(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.qingyang)
    ticket = make_ticket(places.qingyang)
    actions.write_plan(ticket.id, "先请高校专家诊断", by=by)
    assert queries.get_ticket(ticket.id).plan == "先请高校专家诊断"
    assert history.list_history("ticket", ticket.id)[0].changes["plan"] == ["", "先请高校专家诊断"]


def test_looking_at_a_contact_is_written_down_and_needs_the_right(places: Places) -> None:
    own = make_actor(Role.CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang, contact_phone="19900001234", caretaker_id=own.person_id)
    assert actions.unmask_contact(ticket.id, by=own)["contact_phone"] == "19900001234"
    assert history.list_history("ticket", ticket.id)[0].action == "pool.unmask_contact:unmasked"
    external = make_actor(Role.EXTERNAL_CARETAKER, places.chengdu)
    assigned = make_ticket(places.qingyang, contact_phone="19900001234", caretaker_id=external.person_id)
    with pytest.raises(Forbidden):
        actions.unmask_contact(assigned.id, by=external)
    with pytest.raises(NotFound):
        actions.unmask_contact(ticket.id, by=make_actor(Role.ORGANISER, places.mianyang))


def test_many_tickets_get_one_caretaker_all_or_none(places: Places, announced: list[object]) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    caretaker = make_actor(Role.CARETAKER, places.qingyang)
    inside = [make_ticket(places.qingyang) for _ in range(2)]
    outside = make_ticket(places.shuangliu)
    with pytest.raises(Refused) as caught:
        actions_assign.bulk_assign([*(t.id for t in inside), outside.id], caretaker.person_id or 0, by=by)
    assert caught.value.field == "caretaker_id"
    assert queries.get_ticket(inside[0].id).caretaker_id is None
    actions_assign.bulk_assign([t.id for t in inside], caretaker.person_id or 0, by=by)
    assert {queries.get_ticket(t.id).caretaker_id for t in inside} == {caretaker.person_id}
    assert len(announced) == 2


def test_the_second_of_two_organisers_assigning_at_once_is_told(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    one, two = make_actor(Role.CARETAKER, places.chengdu), make_actor(Role.EXTERNAL_CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang)
    seen = {ticket.id: None}
    actions_assign.bulk_assign([ticket.id], one.person_id or 0, seen, by=by)
    with pytest.raises(Refused, match=ticket.number):
        actions_assign.bulk_assign([ticket.id], two.person_id or 0, seen, by=by)
    assert queries.get_ticket(ticket.id).caretaker_id == one.person_id


def test_assigning_needs_the_right_in_the_tickets_region(places: Places) -> None:
    caretaker = make_actor(Role.CARETAKER, places.province)
    ticket = make_ticket(places.fucheng, caretaker_id=caretaker.person_id)
    for by, error in ((make_actor(Role.ORGANISER, places.chengdu), NotFound), (caretaker, Forbidden),
                      (make_actor(Role.AUDITOR, places.province), Forbidden)):
        with pytest.raises(error):
            actions_assign.assign_caretaker(ticket.id, caretaker.person_id or 0, by=by)


def test_nobody_but_a_caretaker_is_assigned_and_no_closed_ticket(places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.chengdu)
    ticket = make_ticket(places.qingyang)
    with pytest.raises(Refused):
        actions_assign.assign_caretaker(ticket.id, by.person_id or 0, by=by)
    caretaker = make_actor(Role.CARETAKER, places.chengdu)
    actions.close_ticket(ticket.id, TicketOutcome.SOLVED, by=by)
    with pytest.raises(Refused):
        actions_assign.assign_caretaker(ticket.id, caretaker.person_id or 0, by=by)


def test_likely_duplicates_are_those_alike_or_of_the_same_owner(places: Places) -> None:
    scope = rules.TicketScope((places.province.path,))
    make_ticket(places.qingyang, "高强度耐磨模具冷挤压成型技术", owner_name="甲公司")
    make_ticket(places.qingyang, "低空物流无人机", owner_name="甲公司")
    found = queries.find_likely_duplicates("高强度耐磨模具的冷挤压成型技术", "", scope)
    assert [ticket.title for ticket, _ in found] == ["高强度耐磨模具冷挤压成型技术"]
    assert queries.find_likely_duplicates("完全不同的一件事情", "甲公司", scope) == []
    assert queries.find_likely_duplicates("高强度耐磨模具的冷挤压成型技术", "", rules.TicketScope((places.mianyang.path,))) == []
