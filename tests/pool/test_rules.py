"""What may happen to a ticket: rules without a database, lifecycles over all pairs."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from expo.kit.access import Actor, Grant
from expo.kit.refusals import Refused
from expo.people.permissions import P, Role, permissions_of
from expo.pool import rules
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus
from expo.pool.models_imports import ImportStatus
from expo.pool.rules_imports import LIFECYCLE as IMPORTS

ORDER = list(TicketStage)
CITY, COUNTY, OTHER = "/510000/510100/", "/510000/510100/510105/", "/510000/510700/"


def actor(role: Role, path: str, person_id: int = 7) -> Actor:
    return Actor(person_id, "某人", (Grant(role, permissions_of(role, path), path),))


@pytest.mark.parametrize(("now", "then"), list(itertools.product(TicketStage, TicketStage)))
def test_every_stage_may_follow_every_other_but_back_only_with_a_reason(now: TicketStage, then: TicketStage) -> None:
    rules.require_stage_move(now, then, "对方要求重新匹配")
    if ORDER.index(then) < ORDER.index(now):
        with pytest.raises(Refused) as caught:
            rules.require_stage_move(now, then, "  ")
        assert caught.value.field == "note"
    else:
        rules.require_stage_move(now, then, "")


@pytest.mark.parametrize(("now", "then"), list(itertools.product(TicketStatus, TicketStatus)))
def test_a_ticket_is_closed_and_opened_again(now: TicketStatus, then: TicketStatus) -> None:
    assert rules.LIFECYCLE.allows(now, then) == (now is not then)


@pytest.mark.parametrize(("now", "then"), list(itertools.product(ImportStatus, ImportStatus)))
def test_an_import_goes_its_way(now: ImportStatus, then: ImportStatus) -> None:
    allowed = {
        ("received", "checking"), ("received", "dropped"), ("checking", "checked"), ("checking", "received"),
        ("checked", "checking"), ("checked", "storing"), ("checked", "dropped"), ("storing", "done"),
    }
    assert IMPORTS.allows(now, then) == ((now.value, then.value) in allowed)


@pytest.mark.parametrize("outcome", list(TicketOutcome))
def test_closing_without_a_result_needs_a_reason(outcome: TicketOutcome) -> None:
    rules.require_outcome(outcome, "企业已自行解决")
    if outcome in {TicketOutcome.DEAL, TicketOutcome.SOLVED}:
        rules.require_outcome(outcome, "")
    else:
        with pytest.raises(Refused):
            rules.require_outcome(outcome, "")


def test_closing_needs_an_outcome() -> None:
    with pytest.raises(Refused):
        rules.require_outcome(None, "完成")


@pytest.mark.parametrize(("values", "field"), [
    ({"visited_on": date(2026, 11, 22)}, "visited_on"),
    ({"note": " "}, "note"),
    ({"next_due_on": date(2026, 11, 1)}, "next_due_on"),
])
def test_a_visit_has_happened_and_says_something(values: dict[str, Any], field: str) -> None:
    good = {"visited_on": date(2026, 11, 20), "today": date(2026, 11, 21), "note": "已电话沟通", "next_due_on": None}
    rules.require_visit(**good)
    with pytest.raises(Refused) as caught:
        rules.require_visit(**{**good, **values})
    assert caught.value.field == field


def test_a_closed_ticket_is_only_read() -> None:
    with pytest.raises(Refused):
        rules.require_open(Ticket(number="T1", status=TicketStatus.CLOSED))


def test_the_scope_is_the_own_regions_and_the_own_tickets() -> None:
    scope = rules.TicketScope((CITY,), 7)
    assert scope.covers(COUNTY, None)
    assert scope.covers(OTHER, 7)
    assert not scope.covers(OTHER, 8)
    assert not rules.TicketScope((), None).covers(COUNTY, None)
    assert not rules.TicketScope((), 7).covers(COUNTY, None)


def test_who_serves_a_ticket() -> None:
    assert rules.may_serve(actor(Role.ORGANISER, CITY), COUNTY, None)
    assert not rules.may_serve(actor(Role.ORGANISER, CITY), OTHER, None)
    assert rules.may_serve(actor(Role.CARETAKER, CITY), COUNTY, 7)
    assert not rules.may_serve(actor(Role.CARETAKER, CITY), COUNTY, 8)
    assert not rules.may_serve(actor(Role.AUDITOR, CITY), COUNTY, 7)


def test_external_caretakers_open_unmask_and_export_nothing() -> None:
    external = actor(Role.EXTERNAL_CARETAKER, CITY)
    assert rules.may_serve(external, COUNTY, 7)
    assert not rules.may_open(external, COUNTY)
    assert not rules.may_unmask(external, COUNTY, 7)
    assert not rules.may_export(external)


def test_a_caretaker_unmasks_the_own_ticket_only() -> None:
    own = actor(Role.CARETAKER, CITY)
    assert rules.may_unmask(own, COUNTY, 7)
    assert not rules.may_unmask(own, COUNTY, 8)
    assert rules.may_export(own)
    assert own.may(P.POOL_EXPORT)


def test_nobody_overrules_a_colleague_unseen() -> None:
    ticket = Ticket(id=3, number="T3", caretaker_id=9)
    rules.require_same_caretakers([ticket], {3: 9})
    with pytest.raises(Refused, match="T3"):
        rules.require_same_caretakers([ticket], {3: None})
