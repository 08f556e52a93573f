"""What the board does: one move at a time, refused when somebody else has changed the same thing since, and reversible.

``seen`` is the version of a session as the actor has it before them (``Session.version``); a move answers with the
new one, which all sessions it has touched carry from now on. ``Moved.undo`` is the move that takes it back.
Moves of projects stand in ``actions_moves_items``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.programme import queries_board, queries_moves, rules
from expo.programme import queries_sessions as queries
from expo.programme.actions_draft import Move, Moved, on_the_grid, touch_plan
from expo.programme.models import Session, Slot
from expo.programme.rules_conflicts import forbidden
from expo.programme.rules_words import sentence_of


@action
def place_session(session_id: int, hall_id: int, slot_id: int, *, seen: int | None = None, by: Actor) -> Moved:
    """Give a session a place that is free, with all that is in it."""
    session = on_the_grid(session_id, by)
    rules.require_fillable(session)
    rules.require_unchanged(session, seen)
    _require_on_grid(session, hall_id, slot_id)
    rules.require_free(queries.find_occupant(hall_id, slot_id), session)
    _require_allowed(session.edition_id, {session.id: (hall_id, slot_id)})
    undo = _back(session)
    session.hall_id, session.slot_id = hall_id, slot_id
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


@action
def place_sessions(edition_id: int, places: Mapping[int, tuple[int, int]], *, by: Actor) -> int:
    """Give many sessions their places at once, all or none; the draft is read and judged once. Returns its version."""
    sessions = [on_the_grid(number, by) for number in places]
    for session in sessions:
        rules.require_fillable(session)
        _require_on_grid(session, *places[session.id])
        rules.require_free(queries.find_occupant(*places[session.id]), session)
    _require_allowed(edition_id, places)
    for session in sessions:
        session.hall_id, session.slot_id = places[session.id]
    return touch_plan(edition_id, *sessions)


@action
def unplace_session(session_id: int, *, seen: int | None = None, by: Actor) -> Moved:
    """Take a session off the grid; it waits for another place."""
    session = on_the_grid(session_id, by)
    rules.require_unchanged(session, seen)
    rules.require_pins_kept(session, None, None, None)
    undo = _back(session)
    session.hall_id = session.slot_id = None
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


@action
def swap_sessions(one_id: int, other_id: int, *, seen: Mapping[int, int] | None = None, by: Actor) -> Moved:
    """Two sessions change places; one of them may be without one."""
    one, other = on_the_grid(one_id, by), on_the_grid(other_id, by)
    if one.id == other.id or one.edition_id != other.edition_id:
        raise Refused(_l("Choose two different sessions of one edition."))
    for session in (one, other):
        rules.require_fillable(session)
        rules.require_unchanged(session, (seen or {}).get(session.id))
    places = (one.hall_id, one.slot_id), (other.hall_id, other.slot_id)
    for session, place in ((one, places[1]), (other, places[0])):
        _require_place(session, *place)
    _require_allowed(one.edition_id, {one.id: places[1], other.id: places[0]})
    # The database takes one session per place at any moment, so both leave theirs first.
    one.hall_id = one.slot_id = other.hall_id = other.slot_id = None
    db.session.flush()
    (other.hall_id, other.slot_id), (one.hall_id, one.slot_id) = places
    return Moved(touch_plan(one.edition_id, one, other), (one.id, other.id),
                 {"do": "swap", "session": one.id, "other": other.id})


@action
def pin_session(session_id: int, pins: rules.Pins, *, seen: int | None = None, by: Actor) -> Moved:
    """Pin a session to a hall, a slot or a day, in any combination; no pins at all unpin it."""
    session = on_the_grid(session_id, by)
    rules.require_fillable(session)
    rules.require_unchanged(session, seen)
    if pins.hall_id and not queries.is_hall_of(session.edition_id, pins.hall_id):
        raise _gone()
    slot = _slot_of(session.edition_id, pins.slot_id)
    rules.require_pins_meet(session, pins, _day(slot))
    if pins.hall_id and slot:
        rules.require_pin_alone(session, slot.starts_at, queries_moves.list_pinned(session, pins.hall_id))
    undo = {"do": "pin", "session": session.id, "hall": session.pinned_hall_id, "slot": session.pinned_slot_id,
            "day": session.pinned_day.isoformat() if session.pinned_day else None}
    session.pinned_hall_id, session.pinned_slot_id, session.pinned_day = pins.hall_id, pins.slot_id, pins.day
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


def _require_allowed(edition_id: int, places: Mapping[int, tuple[int | None, int | None]]) -> None:
    """No rule that blocks is broken by these sessions in these places: what not even a draft may hold."""
    board = queries_board.load_board(edition_id, places)
    draft, plan = board.draft, board.draft.plan
    for session, (hall, slot) in places.items():
        plan = plan.at(session, (hall, slot) if hall is not None and slot is not None else None)
    checker = queries_board.checker_of(board, plan)
    for session, (hall, slot) in places.items():
        stops = forbidden(checker.verdict(session, hall, slot)) if hall is not None and slot is not None else []
        if stops:
            raise Refused(sentence_of(stops[0], draft.names))


def _back(session: Session) -> Move:
    """The move to where a session is now."""
    if session.hall_id is None:
        return {"do": "unplace", "session": session.id}
    return {"do": "place", "session": session.id, "hall": session.hall_id, "slot": session.slot_id}


def _require_place(session: Session, hall_id: int | None, slot_id: int | None) -> None:
    if hall_id is None or slot_id is None:
        rules.require_pins_kept(session, None, None, None)
    else:
        _require_on_grid(session, hall_id, slot_id)


def _require_on_grid(session: Session, hall_id: int, slot_id: int) -> None:
    """The place is on the grid now, open, and no pin of the session speaks against it."""
    if not queries.is_hall_of(session.edition_id, hall_id):
        raise _gone()
    rules.require_pins_kept(session, hall_id, slot_id, _day(_slot_of(session.edition_id, slot_id)))
    closed = queries_moves.find_closed(session.edition_id, hall_id, slot_id)
    if closed is not None:
        raise Refused(_l("This hall is closed at that time: %(reason)s", reason=closed.reason or "—"))


def _slot_of(edition_id: int, slot_id: int | None) -> Slot | None:
    if slot_id is None:
        return None
    slot = queries.find_slot(edition_id, slot_id)
    if slot is None:
        raise _gone()
    return slot


def _day(slot: Slot | None) -> date | None:
    return slot.starts_at.astimezone(current_config().timezone).date() if slot else None


def _gone() -> Refused:
    return Refused(_l("This hall or time is not in the edition any more. Reload the board."))
