"""Moves on the board, and each person's undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.entries import LARGEST
from expo.kit.entries import number as as_number
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, after_commit
from expo.programme import actions_moves, queries_board, rules, rules_board
from expo.programme import actions_moves_items as items
from expo.programme.actions_draft import Move, Moved
from expo.programme.models_board import BoardStep

#: How many steps each person can take back.
_MOST_STEPS = 100
#: So many numbers one move names at most: a running order is much shorter.
_MOST_NUMBERS = 500
#: Moves that change nothing but places.
_OF_PLACE = frozenset({"place", "unplace", "swap"})
#: A move that takes something back only: it says what was stored, so nobody may send it.
_ONLY_BACK = "put_back"
Reader = Callable[[Move, Mapping[int, int]], Callable[..., Moved]]


@action
def make_move(edition_id: int, move: Move, seen: Mapping[int, int], *, by: Actor) -> Moved:
    """One move; it can be taken back afterwards."""
    if move.get("do") == _ONLY_BACK:
        raise Refused(_l("The request could not be read. Go back, reload the page and try again."))
    before = queries_board.session_versions(edition_id)
    moved = _carry_out(edition_id, move, seen, before, by)
    if by.person_id is not None:
        steps = queries_board.list_steps_for_update(edition_id, by.person_id)
        for step in [s for s in steps if s.is_undone] + steps[:max(0, len(steps) - _MOST_STEPS + 1)]:
            db.session.delete(step)
        db.session.add(BoardStep(
            edition_id=edition_id, person_id=by.person_id, session_id=moved.session_ids[0], did=str(move["do"]),
            move=moved.undo, after=_versions(moved), before={str(s): before[s] for s in moved.session_ids},
        ))
    return moved


@action
def undo(edition_id: int, *, by: Actor) -> Moved:
    """Take one's last step back, unless somebody else has changed the same thing since."""
    steps = [s for s in queries_board.list_steps_for_update(edition_id, by.person_id or 0) if not s.is_undone]
    if not steps:
        raise Refused(_l("There is nothing to undo."))
    return _turn(edition_id, steps[-1], by)


@action
def redo(edition_id: int, *, by: Actor) -> Moved:
    """Do again what was taken back last."""
    steps = [s for s in queries_board.list_steps_for_update(edition_id, by.person_id or 0) if s.is_undone]
    if not steps:
        raise Refused(_l("There is nothing to redo."))
    return _turn(edition_id, steps[0], by)


def _turn(edition_id: int, step: BoardStep, by: Actor) -> Moved:
    """Take a step back, or do it again: it changes sides.

    Afterwards its sessions look as they did at the versions in ``before``: whoever of the other steps was made at
    those versions holds for the new one too. Whatever somebody else has done in between has other versions.
    """
    seen = {int(number): int(version) for number, version in step.after.items()}
    moved = _carry_out(edition_id, step.move, seen, queries_board.session_versions(edition_id), by)
    for other in queries_board.list_steps_for_update(edition_id, by.person_id or 0):
        if other.id != step.id:
            other.after = {number: moved.version if number in step.before and version == step.before[number] else version
                           for number, version in other.after.items()}
    step.before, step.after = step.after, _versions(moved)
    step.move, step.is_undone = moved.undo, not step.is_undone
    return moved


def _versions(moved: Moved) -> dict[str, int]:
    return {str(number): moved.version for number in moved.session_ids}


def _carry_out(edition_id: int, move: Move, seen: Mapping[int, int], known: Mapping[int, int], by: Actor) -> Moved:
    for number in rules_board.sessions_of(move):
        if number not in known:
            raise not_found()
    moved = carry_out(move, seen=seen, by=by)
    if any(number not in known for number in moved.session_ids):
        raise not_found()
    if move["do"] in _OF_PLACE:
        after_commit(lambda: queries_board.follow(edition_id, moved.version, moved.session_ids))
    return moved


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
    """Whole numbers of records only: a text that looks like one is somebody else's mistake."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise ValueError(value)
    return value


def _numbers(values: Any) -> list[int]:
    if not isinstance(values, list) or len(values) > _MOST_NUMBERS:
        raise ValueError(values)
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


_READERS: dict[str, Reader] = {
    "place": _of_one(actions_moves.place_session, lambda m: (_number(m["hall"]), _number(m["slot"]))),
    "unplace": _of_one(actions_moves.unplace_session, lambda m: ()),
    "swap": _of_many(actions_moves.swap_sessions, lambda m: (_number(m["session"]), _number(m["other"]))),
    "pin": _of_one(actions_moves.pin_session, lambda m: (_pins(m),)),
    "reorder": _of_one(items.reorder_items, lambda m: (_numbers(m["items"]),)),
    "minutes": _of_one(items.set_item_minutes, lambda m: (_number(m["item"]), _number(m["minutes"]), _maybe(m.get("pause")))),
    "move": _of_many(items.move_items, lambda m: (_numbers(m["items"]), _number(m["session"]), _maybe(m.get("position")))),
    "restore": _of_many(items.restore_orders, lambda m: ({as_number(k): _numbers(v) for k, v in m["orders"].items()},)),
    "pin_item": _of_one(items.pin_item, lambda m: (_number(m["item"]), bool(m["pinned"]))),
    "show": _of_one(items.show_projects, lambda m: (_numbers(m["projects"]),)),
    "take_out": _of_one(items.take_out_items, lambda m: (_numbers(m["items"]),)),
    "put_back": _of_one(items.put_back_items, lambda m: (m["rows"],)),
}
