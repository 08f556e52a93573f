"""Moves on the board, and each person's undo and redo."""

from __future__ import annotations

from collections.abc import Mapping

from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, after_commit
from expo.programme import actions_moves, queries_board, rules_board
from expo.programme.actions_moves import Move, Moved
from expo.programme.models_board import BoardStep

#: How many steps each person can take back.
_MOST_STEPS = 100
#: Moves that change nothing but places.
_OF_PLACE = frozenset({"place", "unplace", "swap"})


@action
def make_move(edition_id: int, move: Move, seen: Mapping[int, int], *, by: Actor) -> Moved:
    """One move; it can be taken back afterwards."""
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
    moved = actions_moves.carry_out(move, seen=seen, by=by)
    if any(number not in known for number in moved.session_ids):
        raise not_found()
    if move["do"] in _OF_PLACE:
        after_commit(lambda: queries_board.follow(edition_id, moved.version, moved.session_ids))
    return moved
