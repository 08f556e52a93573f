"""What the board asks: the draft as it stands, kept between requests, and the steps that somebody can take back."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from expo.kit.db import db
from expo.kit.language import current_language
from expo.kit.memo import forgotten_with_pages
from expo.kit.unit import in_action
from expo.programme.models import Session, SessionItem
from expo.programme.models_board import BoardStep
from expo.programme.queries_draft import draft_version
from expo.programme.queries_instance import load_draft
from expo.programme.rules_instance import Draft
from expo.programme.solver.instance import Plan
from expo.programme.solver.score import Checker

#: Facts of other rooms (a project's title, a person's name) reach the board after so many seconds at the latest.
_KEPT_S = 15.0
#: A move does not wait for them: it is judged by what it changes, and that is never old.
_KEPT_FOR_MOVES_S = 120.0
_MOST_KEPT = 6


@dataclass(frozen=True)
class Board:
    """The draft with what has been worked out about it."""

    draft: Draft
    checker: Checker
    read_at: float


_kept: dict[tuple[str, int, str], Board] = {}
_lock = threading.Lock()


def load_board(edition_id: int, places: Mapping[int, tuple[int | None, int | None]] | None = None) -> Board:
    """The draft of this moment: from memory if nothing has changed since it was read.

    ``places`` is given for moves: sessions and where they shall go, all of which it must know.
    """
    version, key = draft_version(edition_id), _key(edition_id)
    kept, most = _kept.get(key), _KEPT_S if places is None else _KEPT_FOR_MOVES_S
    if (kept is not None and kept.draft.version == version and time.monotonic() - kept.read_at < most
            and _knows(kept.draft, places or {})):
        return kept
    draft = load_draft(edition_id)
    board = Board(draft, Checker(draft.instance, draft.plan), time.monotonic())
    # What an action has written so far may yet be taken back, and its version be given to something else.
    return board if in_action() else _keep(key, board)


def _knows(draft: Draft, places: Mapping[int, tuple[int | None, int | None]]) -> bool:
    instance = draft.instance
    return all(session in instance.session and (hall is None or hall in instance.hall) and (slot is None or slot in instance.slot)
               for session, (hall, slot) in places.items())


def follow(edition_id: int, version: int, session_ids: Collection[int]) -> None:
    """Only places have changed, by the move that made this version: carry what is kept over to it."""
    key = _key(edition_id)
    kept = _kept.get(key)
    if kept is None or kept.draft.version != version - 1:
        return
    places = dict(kept.draft.plan.places)
    for row in db.session.execute(
            sa.select(Session.id, Session.hall_id, Session.slot_id).where(Session.id.in_(session_ids))):
        places.pop(row.id, None)
        if row.hall_id and row.slot_id:
            places[row.id] = (row.hall_id, row.slot_id)
    plan, names = replace(kept.draft.plan, places=places), dict(kept.draft.names.sessions)
    names |= {number: replace(names[number], version=version) for number in session_ids if number in names}
    draft = replace(kept.draft, version=version, plan=plan, names=replace(kept.draft.names, sessions=names))
    _keep(key, Board(draft, checker_of(kept, plan), kept.read_at))


def checker_of(board: Board, plan: Plan) -> Checker:
    """The checker of a plan that differs from the board's by places only.

    Who has to be where follows from the lists of projects alone; working it out again would be half of the work.
    """
    checker = Checker(board.draft.instance, plan)
    checker.crew = board.checker.crew
    return checker


def _key(edition_id: int) -> tuple[str, int, str]:
    return str(db.engine.url), edition_id, current_language()


def _keep(key: tuple[str, int, str], board: Board) -> Board:
    with _lock:
        while len(_kept) >= _MOST_KEPT and key not in _kept:
            _kept.pop(next(iter(_kept)))
        _kept[key] = board
    return board


@forgotten_with_pages
def forget_boards() -> None:
    """Read everything anew: another database has taken this one's place."""
    _kept.clear()


def session_versions(edition_id: int) -> dict[int, int]:
    """Session → its version, of all sessions of an edition."""
    return {row.id: row.version for row in db.session.execute(
        sa.select(Session.id, Session.version).where(Session.edition_id == edition_id))}


def list_steps_for_update(edition_id: int, person_id: int) -> list[BoardStep]:
    """What somebody has done in an edition, the first step first."""
    return list(db.session.scalars(
        sa.select(BoardStep).where(BoardStep.edition_id == edition_id, BoardStep.person_id == person_id)
        .order_by(BoardStep.id).with_for_update()
    ))


def find_steps(edition_id: int, person_id: int | None) -> tuple[BoardStep | None, BoardStep | None]:
    """(the step that can be taken back, the one that can be done again)"""
    own = sa.select(BoardStep).where(BoardStep.edition_id == edition_id, BoardStep.person_id == person_id)
    done = db.session.scalar(own.where(BoardStep.is_undone.is_(False)).order_by(BoardStep.id.desc()).limit(1))
    undone = db.session.scalar(own.where(BoardStep.is_undone.is_(True)).order_by(BoardStep.id).limit(1))
    return done, undone


def find_item(edition_id: int, item_id: int) -> SessionItem | None:
    """A turn in a running order of this edition."""
    return db.session.scalar(sa.select(SessionItem).join(Session, Session.id == SessionItem.session_id).where(
        SessionItem.id == item_id, Session.edition_id == edition_id))
