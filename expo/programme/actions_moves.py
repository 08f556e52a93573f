"""What the board does: one move at a time, refused when somebody else has changed the same thing since, and reversible.

``seen`` is the version of a session as the actor has it before them (``Session.version``); a move answers with the
new one, which all sessions it has touched carry from now on. ``Moved.undo`` is the move that takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.programme import queries_board, queries_moves, rules
from expo.programme import queries_sessions as queries
from expo.programme.actions_draft import editable, on_the_grid, touch_plan
from expo.programme.models import Session, Slot
from expo.programme.rules_conflicts import forbidden
from expo.programme.rules_words import sentence_of

#: A move as plain JSON: ``do`` names it, the rest are its arguments.
Move = dict[str, Any]
Place = tuple[int, int]


@dataclass(frozen=True)
class Moved:
    """What came of a move: the draft's new version, which sessions carry it, and how to take it back."""

    version: int
    session_ids: tuple[int, ...]
    undo: Move

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


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


@action
def reorder_items(session_id: int, item_ids: Sequence[int], *, seen: int | None = None, by: Actor) -> Moved:
    """A session's running order in another sequence: all its items, each once."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    before = [item.id for item in session.items]
    if sorted(before) != sorted(item_ids):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    place = {item_id: position for position, item_id in enumerate(item_ids)}
    for item in session.items:
        item.position = place[item.id]
    record("order", "session", session.id, {"items": [before, list(item_ids)]})
    return Moved(touch_plan(session.edition_id, session), (session.id,),
                 {"do": "reorder", "session": session.id, "items": before})


@action
def set_item_minutes(session_id: int, item_id: int, minutes: int, pause_after: int | None = None, *,
                     seen: int | None = None, by: Actor) -> Moved:
    """How long a project of a running order gets, and the pause behind it."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    item = next((item for item in session.items if item.id == item_id), None)
    if item is None:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    pause = item.pause_after if pause_after is None else pause_after
    rules.require_minutes(minutes)
    rules.require_pause(pause)
    undo = {"do": "minutes", "session": session.id, "item": item.id, "minutes": item.minutes, "pause": item.pause_after}
    item.minutes, item.pause_after = minutes, pause
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


@action
def move_items(item_ids: Sequence[int], session_id: int, position: int | None = None, *,
               seen: Mapping[int, int] | None = None, by: Actor) -> Moved:
    """Projects change into another session's running order, before ``position`` (none: at the end), in this sequence.

    ``seen`` maps each session concerned to its version.
    """
    seen = seen or {}
    target = editable(session_id, by)
    sources = {number: editable(number, by) for number in queries_moves.sessions_of_items(item_ids) if number != target.id}
    for session in (target, *sources.values()):
        rules.require_unchanged(session, seen.get(session.id))
    items = {item.id: item for session in (target, *sources.values()) for item in session.items}
    if any(number not in items for number in item_ids) or any(s.edition_id != target.edition_id for s in sources.values()):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    moving = [items[number] for number in dict.fromkeys(item_ids)]
    _require_movable(target, moving)
    undo = {"do": "restore", "orders": {str(s.id): [i.id for i in s.items] for s in (target, *sources.values())}}
    staying = [item for item in target.items if item not in moving]
    at = len(staying) if position is None else max(0, min(position, len(staying)))
    orders = {target.id: [i.id for i in (*staying[:at], *moving, *staying[at:])]}
    orders |= {s.id: [i.id for i in s.items if i not in moving] for s in sources.values()}
    _set_orders(orders, items)
    record("moved", "session", target.id, {"items": [None, [item.id for item in moving]]})
    touched = (target, *sources.values())
    return Moved(touch_plan(target.edition_id, *touched), tuple(s.id for s in touched), undo)


def _require_movable(target: Session, moving: Sequence[Any]) -> None:
    there = {item.project_id for item in target.items if item not in moving}
    for item in moving:
        if item.session_id == target.id:
            continue
        if item.is_pinned:
            raise Refused(_l("A pinned project stays in its session. Unpin it before you move it."))
        if item.project_id in there:
            raise Refused(_l("“%(title)s” shows this project already.", title=target.title))


def _set_orders(orders: Mapping[int, Sequence[int]], items: Mapping[int, Any]) -> None:
    """Session → its items in their order."""
    for session_id, numbers in orders.items():
        for position, number in enumerate(numbers):
            items[number].session_id, items[number].position = session_id, position


@action
def restore_orders(orders: Mapping[int, Sequence[int]], *, seen: Mapping[int, int] | None = None, by: Actor) -> Moved:
    """Put the same items back into the sessions and sequences in which they stood before."""
    seen = seen or {}
    sessions = {number: editable(number, by) for number in orders}
    items = {item.id: item for session in sessions.values() for item in session.items}
    wanted = [number for numbers in orders.values() for number in numbers]
    if sorted(wanted) != sorted(items) or not sessions:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    for session in sessions.values():
        rules.require_unchanged(session, seen.get(session.id))
    undo = {"do": "restore", "orders": {str(s.id): [i.id for i in s.items] for s in sessions.values()}}
    for session_id, numbers in orders.items():
        _require_movable(sessions[session_id], [items[number] for number in numbers])
    _set_orders(orders, items)
    for session in sessions.values():
        record("order", "session", session.id, {"items": [[i.id for i in session.items], list(orders[session.id])]})
    edition_id = next(iter(sessions.values())).edition_id
    return Moved(touch_plan(edition_id, *sessions.values()), tuple(sessions), undo)


@action
def pin_item(session_id: int, item_id: int, is_pinned: bool, *, seen: int | None = None, by: Actor) -> Moved:
    """A pinned project stays in its session, whatever the solver would like."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    item = next((item for item in session.items if item.id == item_id), None)
    if item is None:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    undo = {"do": "pin_item", "session": session.id, "item": item.id, "pinned": item.is_pinned}
    item.is_pinned = is_pinned
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


def carry_out(move: Move, *, seen: Mapping[int, int], by: Actor) -> Moved:
    """Do a move that is written as JSON: what the board sends, and what ``undo`` holds.

    ``seen``: session → version, for all sessions that the move names.
    """
    read = _READERS.get(str(move.get("do")))
    try:
        if read is None:
            raise ValueError(move.get("do"))
        do = read(move, seen)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(_l("The request could not be read. Go back, reload the page and try again.")) from error
    return do(by=by)


def _number(value: Any) -> int:
    """Whole numbers only: a text that looks like one is somebody else's mistake."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(value)
    return value


def _numbers(values: Any) -> list[int]:
    return [_number(value) for value in values]


def _maybe(value: Any) -> int | None:
    return None if value is None else _number(value)


def _pins(move: Move) -> rules.Pins:
    day = move.get("day")
    return rules.Pins(_maybe(move.get("hall")), _maybe(move.get("slot")), date.fromisoformat(day) if day else None)


def _of_one(function: Callable[..., Moved], arguments: Callable[[Move], tuple[Any, ...]]) -> Reader:
    """A move of one session: its number comes first, and its version is the one that counts."""
    return lambda move, seen: partial(function, _number(move["session"]), *arguments(move), seen=seen.get(move["session"]))


def _of_many(function: Callable[..., Moved], arguments: Callable[[Move], tuple[Any, ...]]) -> Reader:
    return lambda move, seen: partial(function, *arguments(move), seen=seen)


Reader = Callable[[Move, Mapping[int, int]], Callable[..., Moved]]
_READERS: dict[str, Reader] = {
    "place": _of_one(place_session, lambda m: (_number(m["hall"]), _number(m["slot"]))),
    "unplace": _of_one(unplace_session, lambda m: ()),
    "swap": _of_many(swap_sessions, lambda m: (_number(m["session"]), _number(m["other"]))),
    "pin": _of_one(pin_session, lambda m: (_pins(m),)),
    "reorder": _of_one(reorder_items, lambda m: (_numbers(m["items"]),)),
    "minutes": _of_one(set_item_minutes, lambda m: (_number(m["item"]), _number(m["minutes"]), _maybe(m.get("pause")))),
    "move": _of_many(move_items, lambda m: (_numbers(m["items"]), _number(m["session"]), _maybe(m.get("position")))),
    "restore": _of_many(restore_orders, lambda m: ({int(k): _numbers(v) for k, v in m["orders"].items()},)),
    "pin_item": _of_one(pin_item, lambda m: (_number(m["item"]), bool(m["pinned"]))),
}
