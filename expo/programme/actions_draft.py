"""What every change of the draft goes through: who may, what is locked, and the version that it raises."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db, get_record
from expo.kit.push import push
from expo.kit.unit import acting
from expo.people.permissions import P
from expo.programme import queries_draft, rules
from expo.programme import queries_sessions as queries
from expo.programme.actions import require_grid
from expo.programme.models import Session
from expo.programme.models_planning import WorkingDraft

#: A move as plain JSON: ``do`` names it, the rest are its arguments.
Move = dict[str, Any]


@dataclass(frozen=True)
class Moved:
    """What came of a move: the draft's new version, which sessions carry it, and how to take it back."""

    version: int
    session_ids: tuple[int, ...]
    undo: Move

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def plan_topic(edition_id: int) -> str:
    """Where open boards hear of changes: ``changed`` with version, sessions and who did it."""
    return f"edition/{edition_id}/plan"


def touch_plan(edition_id: int, *sessions: Session) -> int:
    """Raise the draft's version, mark these sessions with it and tell open boards; inside an action.

    Returns the new version. Without sessions something that concerns them all has changed (halls, times, rules).
    """
    draft = queries_draft.find_draft_for_update(edition_id)
    if draft is None:
        # The first change of all: the edition's row is the lock until the draft has one.
        get_edition_by_id(edition_id, for_update=True)
        draft = queries_draft.find_draft_for_update(edition_id) or WorkingDraft(edition_id=edition_id, version=0)
        db.session.add(draft)
    draft.version += 1
    for session in sessions:
        session.version = draft.version
    push(plan_topic(edition_id), "changed",
         {"version": draft.version, "sessions": [session.id for session in sessions], "by": acting().name})
    return draft.version


def on_the_grid(session_id: int, by: Actor) -> Session:
    """The session, under the lock of its edition: places are given out one after the other, by those who hold the grid."""
    session = get_record(Session, session_id)
    edition = get_edition_by_id(session.edition_id, for_update=True)
    session = queries.get_for_update(session_id)
    rules.require_in_scope(session, by, P.PROGRAMME_READ)
    require_grid(edition, by)
    return session


def editable(session_id: int, by: Actor) -> Session:
    """The session, locked, for those who fill it in."""
    session = queries.get_for_update(session_id)
    rules.require_in_scope(session, by, P.PROGRAMME_READ)
    rules.require_editable(session, by)
    rules.require_open(session.edition)
    rules.require_fillable(session)
    return session
