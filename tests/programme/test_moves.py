"""Moves on the board: each is refused when the same thing has changed since, and each can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.programme import actions_board, actions_rules, queries_draft
from expo.programme import actions_moves as moves
from expo.programme import actions_moves_items as item_moves
from expo.programme.actions_draft import Moved
from expo.programme.models import Session, SessionItem
from expo.programme.models_grid import ClosedPlace
from expo.programme.rules import Pins
from expo.programme.solver.settings import Rule, Setting, Severity
from tests.makers import make_slot, stored
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def place_of(session: Session) -> tuple[int | None, int | None]:
    db.session.expire_all()
    found = db.session.get(Session, session.id)
    assert found is not None
    return found.hall_id, found.slot_id


def version_of(session: Session) -> int:
    return db.session.scalars(sa.select(Session.version).where(Session.id == session.id)).one()


def order_of(session: Session) -> list[int]:
    return list(db.session.scalars(
        sa.select(SessionItem.project_id).where(SessionItem.session_id == session.id).order_by(SessionItem.position)))


def items_of(session: Session) -> list[int]:
    return list(db.session.scalars(
        sa.select(SessionItem.id).where(SessionItem.session_id == session.id).order_by(SessionItem.position)))


def undo(moved: Moved, programme: Programme) -> Moved:
    seen = dict.fromkeys(moved.session_ids, moved.version)
    return actions_board.carry_out(moved.undo, seen=seen, by=programme.province)


def test_every_change_raises_the_version_of_the_draft(programme: Programme) -> None:
    session = programme.session()
    before = queries_draft.draft_version(programme.edition.id)
    moved = moves.place_session(session.id, programme.halls[0].id, programme.slots[0].id, by=programme.province)
    assert moved.version == before + 1 == queries_draft.draft_version(programme.edition.id)
    assert version_of(session) == moved.version


def test_a_session_that_somebody_else_has_changed_is_not_moved(programme: Programme) -> None:
    session = programme.session()
    seen = version_of(session)
    moves.place_session(session.id, programme.halls[0].id, programme.slots[0].id, seen=seen, by=programme.province)
    with pytest.raises(Refused, match="成都专场"):
        moves.place_session(session.id, programme.halls[1].id, programme.slots[0].id, seen=seen, by=programme.province)
    assert place_of(session) == (programme.halls[0].id, programme.slots[0].id)


def test_changes_of_other_sessions_stand_in_nobodys_way(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    seen = version_of(other)
    moves.place_session(one.id, programme.halls[0].id, programme.slots[0].id, by=programme.province)
    moves.place_session(other.id, programme.halls[1].id, programme.slots[0].id, seen=seen, by=programme.province)
    assert place_of(other) == (programme.halls[1].id, programme.slots[0].id)


def test_placing_and_taking_off_can_be_undone_and_done_again(programme: Programme) -> None:
    session = programme.session()
    first, second = programme.halls[0].id, programme.halls[1].id
    slot = programme.slots[0].id
    moves.place_session(session.id, first, slot, by=programme.province)
    moved = moves.place_session(session.id, second, slot, by=programme.province)
    undone = undo(moved, programme)
    assert place_of(session) == (first, slot)
    undo(undone, programme)
    assert place_of(session) == (second, slot)
    off = moves.unplace_session(session.id, by=programme.province)
    assert place_of(session) == (None, None)
    undo(off, programme)
    assert place_of(session) == (second, slot)


def test_an_undo_is_refused_when_the_session_has_been_moved_since(programme: Programme) -> None:
    session = programme.session()
    moved = moves.place_session(session.id, programme.halls[0].id, programme.slots[0].id, by=programme.province)
    moves.place_session(session.id, programme.halls[1].id, programme.slots[1].id, by=programme.province)
    with pytest.raises(Refused):
        undo(moved, programme)
    assert place_of(session) == (programme.halls[1].id, programme.slots[1].id)


def test_a_taken_place_is_named_and_not_given_twice(programme: Programme) -> None:
    programme.place(programme.session("先到专场"))
    with pytest.raises(Refused, match="先到专场"):
        moves.place_session(programme.session("后到").id, programme.halls[0].id, programme.slots[0].id, by=programme.province)


def test_two_sessions_swap_their_places_and_back(programme: Programme) -> None:
    one, other, waiting = programme.session("甲"), programme.session("乙"), programme.session("丙")
    programme.place(one, 0, 0)
    programme.place(other, 1, 1)
    a, b = place_of(one), place_of(other)
    moved = moves.swap_sessions(one.id, other.id, by=programme.province)
    assert (place_of(one), place_of(other)) == (b, a)
    undo(moved, programme)
    assert (place_of(one), place_of(other)) == (a, b)
    moves.swap_sessions(one.id, waiting.id, by=programme.province)
    assert (place_of(one), place_of(waiting)) == ((None, None), a)
    with pytest.raises(Refused):
        moves.swap_sessions(one.id, one.id, by=programme.province)


def test_a_swap_is_refused_when_either_has_changed(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    programme.place(one, 0, 0)
    programme.place(other, 1, 1)
    seen = {one.id: version_of(one), other.id: version_of(other) - 1}
    with pytest.raises(Refused, match="乙"):
        moves.swap_sessions(one.id, other.id, seen=seen, by=programme.province)


def test_a_pinned_session_stays_until_it_is_unpinned(programme: Programme) -> None:
    session = programme.session()
    hall, slot = programme.halls[0].id, programme.slots[0].id
    moves.place_session(session.id, hall, slot, by=programme.province)
    pinned = moves.pin_session(session.id, Pins(hall_id=hall), by=programme.province)
    with pytest.raises(Refused):
        moves.place_session(session.id, programme.halls[1].id, slot, by=programme.province)
    with pytest.raises(Refused):
        moves.unplace_session(session.id, by=programme.province)
    moves.place_session(session.id, hall, programme.slots[1].id, by=programme.province)
    with pytest.raises(Refused):
        undo(pinned, programme)
    moves.pin_session(session.id, Pins(), by=programme.province)
    moves.place_session(session.id, programme.halls[1].id, slot, by=programme.province)
    assert place_of(session) == (programme.halls[1].id, slot)


def test_pins_that_contradict_each_other_are_refused(programme: Programme) -> None:
    session, other = programme.session("甲"), programme.session("乙")
    hall, slot = programme.halls[0].id, programme.slots[0].id
    day = programme.edition.starts_on
    with pytest.raises(Refused, match="互相矛盾"):
        moves.pin_session(session.id, Pins(slot_id=slot, day=day + timedelta(days=1)), by=programme.province)
    moves.pin_session(session.id, Pins(hall, slot, day), by=programme.province)
    with pytest.raises(Refused, match="甲"):
        moves.pin_session(other.id, Pins(hall, slot), by=programme.province)
    elsewhere = programme.session("丙", allowed_days=[(day + timedelta(days=2)).isoformat()])
    with pytest.raises(Refused, match="不能安排在"):
        moves.pin_session(elsewhere.id, Pins(day=day), by=programme.province)


def test_a_closed_hall_takes_no_session_and_says_why(programme: Programme) -> None:
    stored(ClosedPlace(edition_id=programme.edition.id, hall_id=programme.halls[0].id, slot_id=programme.slots[0].id,
                       reason="布展"))
    with pytest.raises(Refused, match="布展"):
        moves.place_session(programme.session().id, programme.halls[0].id, programme.slots[0].id, by=programme.province)


def test_what_organisers_let_block_is_not_even_placed(programme: Programme) -> None:
    big, small = programme.session("大专场", expected_audience=250), programme.session("小专场", expected_audience=50)
    by, slot = programme.province, programme.slots[0].id
    actions_rules.set_rules(programme.edition.id, {Rule.CAPACITY: Setting(Severity.BLOCK, 1)}, by=by)
    with pytest.raises(Refused, match="250 人"):
        moves.place_session(big.id, programme.halls[1].id, slot, by=by)
    moves.place_session(big.id, programme.halls[0].id, slot, by=by)
    moves.place_session(small.id, programme.halls[1].id, slot, by=by)
    with pytest.raises(Refused, match="250 人"):
        moves.swap_sessions(big.id, small.id, by=by)


def test_slots_that_overlap_are_one_time_for_a_hall(programme: Programme) -> None:
    early, late = programme.session("早"), programme.session("晚")
    overlapping = make_slot(programme.edition, 11)
    moves.place_session(early.id, programme.halls[0].id, programme.slots[0].id, by=programme.province)
    with pytest.raises(Refused, match="同时占用"):
        moves.place_session(late.id, programme.halls[0].id, overlapping.id, by=programme.province)
    moves.place_session(late.id, programme.halls[1].id, overlapping.id, by=programme.province)


def test_a_hall_that_was_deleted_meanwhile_is_said_to_be_gone(programme: Programme) -> None:
    session = programme.session()
    with pytest.raises(Refused, match="刷新"):
        moves.place_session(session.id, 999, programme.slots[0].id, by=programme.province)
    with pytest.raises(Refused, match="刷新"):
        moves.place_session(session.id, programme.halls[0].id, 999, by=programme.province)


def test_a_running_order_is_put_in_another_sequence_and_back(programme: Programme) -> None:
    session = programme.session()
    programme.show(session, *(programme.project() for _ in range(3)))
    items = items_of(session)
    moved = item_moves.reorder_items(session.id, items[::-1], by=programme.chengdu)
    assert items_of(session) == items[::-1]
    undo(moved, programme)
    assert items_of(session) == items
    with pytest.raises(Refused):
        item_moves.reorder_items(session.id, items[:2], by=programme.chengdu)


def test_minutes_and_pauses_are_set_one_by_one(programme: Programme) -> None:
    session = programme.session()
    programme.show(session, programme.project())
    [item] = items_of(session)
    moved = item_moves.set_item_minutes(session.id, item, 7, 10, by=programme.chengdu)
    assert db.session.get(SessionItem, item).minutes == 7  # type: ignore[union-attr]
    undo(moved, programme)
    db.session.expire_all()
    assert db.session.get(SessionItem, item).pause_after == 0  # type: ignore[union-attr]
    for minutes, pause in ((0, 0), (241, 0), (5, -1), (5, 241)):
        with pytest.raises(Refused):
            item_moves.set_item_minutes(session.id, item, minutes, pause, by=programme.chengdu)


def test_projects_change_session_in_their_sequence_and_back(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    programme.show(one, *(programme.project() for _ in range(3)))
    programme.show(other, *(programme.project() for _ in range(2)))
    before = order_of(one), order_of(other)
    first, _second, third = items_of(one)
    moved = item_moves.move_items([third, first], other.id, 1, by=programme.chengdu)
    assert order_of(one) == [before[0][1]]
    assert order_of(other) == [before[1][0], before[0][2], before[0][0], before[1][1]]
    undone = undo(moved, programme)
    assert (order_of(one), order_of(other)) == before
    undo(undone, programme)
    assert order_of(other) == [before[1][0], before[0][2], before[0][0], before[1][1]]


def test_a_project_is_not_put_twice_into_one_session(programme: Programme) -> None:
    one, other, project = programme.session("甲"), programme.session("乙"), programme.project()
    programme.show(one, project)
    programme.show(other, project)
    with pytest.raises(Refused, match="乙"):
        item_moves.move_items(items_of(one), other.id, by=programme.chengdu)


def test_a_pinned_project_stays_in_its_session(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    programme.show(one, programme.project())
    [item] = items_of(one)
    item_moves.pin_item(one.id, item, True, by=programme.chengdu)
    with pytest.raises(Refused, match="解除锁定"):
        item_moves.move_items([item], other.id, by=programme.chengdu)
    item_moves.pin_item(one.id, item, False, by=programme.chengdu)
    item_moves.move_items([item], other.id, by=programme.chengdu)
    assert items_of(other) == [item]


def test_cities_fill_their_own_sessions_and_hold_no_grid(programme: Programme) -> None:
    own, foreign = programme.session("成都专场"), programme.session("绵阳专场", region=programme.places.mianyang)
    programme.show(own, programme.project(), programme.project())
    programme.show(foreign, programme.project())
    items, theirs = items_of(own), items_of(foreign)
    hall, slot, by = programme.halls[0].id, programme.slots[0].id, programme.chengdu
    grid: list[Callable[[], object]] = [
        lambda: moves.place_session(own.id, hall, slot, by=by), lambda: moves.unplace_session(own.id, by=by),
        lambda: moves.pin_session(own.id, Pins(hall_id=hall), by=by)]
    for move in grid:
        with pytest.raises(Forbidden):
            move()
    foreign_moves: list[Callable[[], object]] = [
        lambda: item_moves.reorder_items(foreign.id, theirs, by=by), lambda: item_moves.move_items(items, foreign.id, by=by),
        lambda: item_moves.move_items(theirs, own.id, by=by), lambda: item_moves.set_item_minutes(foreign.id, theirs[0], 5, by=by),
        lambda: item_moves.pin_item(foreign.id, theirs[0], True, by=by), lambda: moves.swap_sessions(own.id, foreign.id, by=by)]
    for move in foreign_moves:
        with pytest.raises((NotFound, Forbidden)):
            move()
    item_moves.reorder_items(own.id, items[::-1], by=by)
    assert items_of(own) == items[::-1]


def test_a_move_that_cannot_be_read_is_refused_in_words(programme: Programme) -> None:
    session = programme.session()
    for move in ({}, {"do": "fly"}, {"do": "place"}, {"do": "place", "session": session.id, "hall": "1", "slot": 2},
                 {"do": "place", "session": [1], "hall": 1, "slot": 2}, {"do": "pin", "session": session.id, "day": "x"},
                 {"do": "restore", "orders": [1]}, {"do": "reorder", "session": session.id, "items": None}):
        with pytest.raises(Refused, match="无法读取"):
            actions_board.carry_out(move, seen={}, by=programme.province)
