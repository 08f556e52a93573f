"""What a release means for whom: the effects of a difference on sessions and on single projects. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.programme.rules_content import moment_of
from expo.programme.rules_difference import Change, ChangeKind, Difference, SessionContent


@dataclass(frozen=True)
class Effect:
    """One thing that changes for those of a session, or, with ``project_id``, for those of one project in it.

    ``kind`` is one of NEW (for a project: shown here now), MOVED, ORDER (its turn begins at another time), CANCELLED,
    REINSTATED and REMOVED (for a project: no longer shown here).
    """

    kind: ChangeKind
    session: SessionContent
    before: SessionContent | None
    project_id: int | None = None
    turn: datetime | None = None

    @property
    def session_id(self) -> int:
        return int(self.session["id"])


def effects_of(found: Difference) -> list[Effect]:
    """All effects, sessions first, each in the order of the programme.

    Whoever's project only went from one session to another is told where it is now, not where it is no longer.
    """
    effects = [effect for change in found.changes for effect in _effects(change)]
    elsewhere = {e.project_id for e in effects if e.project_id is not None and e.kind is ChangeKind.NEW}
    return [e for e in effects if not (e.kind is ChangeKind.REMOVED and e.project_id in elsewhere)]


def _effects(change: Change) -> Iterator[Effect]:
    before, after = _alive(change.before), _alive(change.after)
    if before is None and after is None:
        return
    session = change.session
    old, new = _turns(before), _turns(after)
    if before is None or after is None:
        kind = _kind_of_whole(change, after)
        yield Effect(kind, session, change.before)
        for project_id in new or old:
            yield Effect(kind, session, change.before, project_id, new.get(project_id))
        return
    moved = ChangeKind.MOVED in change.kinds
    if moved:
        yield Effect(ChangeKind.MOVED, session, before)
    for project_id in [*new, *(p for p in old if p not in new)]:
        if turned := _kind_of_turn(old.get(project_id), new.get(project_id), moved):
            yield Effect(turned, session, before, project_id, new.get(project_id))


def _kind_of_whole(change: Change, after: SessionContent | None) -> ChangeKind:
    if after is not None:
        return ChangeKind.NEW if change.before is None else ChangeKind.REINSTATED
    return ChangeKind.CANCELLED if change.after is not None else ChangeKind.REMOVED


def _kind_of_turn(old: datetime | None, new: datetime | None, moved: bool) -> ChangeKind | None:
    if old is None:
        return ChangeKind.NEW
    if new is None:
        return ChangeKind.REMOVED
    if moved:
        return ChangeKind.MOVED
    return ChangeKind.ORDER if old != new else None


def _alive(session: SessionContent | None) -> SessionContent | None:
    return None if session is None or session["cancelled"] else session


def _turns(session: SessionContent | None) -> dict[int, datetime]:
    """Project → when its turn begins."""
    if session is None:
        return {}
    found, at = {}, moment_of(session["starts_at"])
    for item in session["items"]:
        found[item["project"]] = at
        at += timedelta(minutes=item["minutes"] + item.get("pause", 0))
    return found


def told_once(effects: Iterable[Effect]) -> list[Effect]:
    """For one person: each effect once, and where a project's line says it, not the session's line too."""
    kept = {(e.session_id, e.project_id, e.kind): e for e in effects}
    said = {(session_id, kind) for session_id, project_id, kind in kept if project_id is not None}
    return [e for e in kept.values() if e.project_id is not None or (e.session_id, e.kind) not in said]
