"""Cues of sessions, and the courses made from them."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db
from expo.programme.rules_content import ShownSession
from expo.streaming.models_cues import Cue
from expo.streaming.rules_cues import Course, Tap, Turn, course_of


def turns_of(session: ShownSession) -> list[Turn]:
    """The released running order."""
    return [Turn(item.project_id, item.starts_at, item.minutes) for item in session.items]


def list_taps(session_ids: Collection[int]) -> dict[int, list[Tap]]:
    """Session → its cues that count, in order of time."""
    found: dict[int, list[Tap]] = {}
    for session_id, kind, at, project_id in db.session.execute(
        sa.select(Cue.session_id, Cue.kind, Cue.at, Cue.project_id)
        .where(Cue.session_id.in_(session_ids), Cue.taken_back_at.is_(None)).order_by(Cue.at, Cue.id)
    ):
        found.setdefault(session_id, []).append(Tap(kind, at, project_id))
    return found


def load_course(session: ShownSession) -> Course:
    """Where one session stands."""
    return course_of(turns_of(session), list_taps([session.id]).get(session.id, []))


def find_last(session_id: int, *, for_update: bool = False) -> Cue | None:
    """The latest cue that counts."""
    statement = (
        sa.select(Cue).where(Cue.session_id == session_id, Cue.taken_back_at.is_(None))
        .order_by(Cue.at.desc(), Cue.id.desc()).limit(1)
    )
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(statement)


def list_cues(session_id: int, limit: int = 40) -> list[Cue]:
    """The latest cues with who tapped them, those taken back included."""
    return list(db.session.scalars(
        sa.select(Cue).where(Cue.session_id == session_id).options(joinedload(Cue.by)).order_by(Cue.id.desc()).limit(limit)
    ))
