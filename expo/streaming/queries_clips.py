"""Clips of replays, for the organisers, the projects' pages and the player's chapters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, not_found
from expo.programme.queries import find_released_session
from expo.projects.models import Project, ProjectStatus
from expo.streaming.models import Audience, Broadcast, CaptionLine
from expo.streaming.models_clips import Clip, ClipStatus
from expo.streaming.queries_broadcasts import list_caption_lines
from expo.streaming.queries_channels import list_pieces
from expo.streaming.queries_cues import list_taps
from expo.streaming.rules_clips import place_in_replay
from expo.streaming.rules_cues import Span, course_of, longest_spans

_WITH_FILES = (joinedload(Clip.file), joinedload(Clip.poster), joinedload(Clip.project), joinedload(Clip.broadcast))


def list_clips(broadcast_id: int) -> list[Clip]:
    """All clips of a broadcast in the order of the stage; those without a time come last."""
    return list(db.session.scalars(
        sa.select(Clip).where(Clip.broadcast_id == broadcast_id).options(*_WITH_FILES)
        .order_by(Clip.starts_at.is_(None), Clip.starts_at, Clip.id).execution_options(populate_existing=True)
    ))


def find_clip(broadcast_id: int, project_id: int, *, for_update: bool = False) -> Clip | None:
    """A project's clip of one broadcast."""
    statement = (sa.select(Clip).where(Clip.broadcast_id == broadcast_id, Clip.project_id == project_id).options(*_WITH_FILES)
                 .execution_options(populate_existing=True))
    return db.session.scalar(statement.with_for_update(of=Clip) if for_update else statement)


def get_clip(clip_id: int) -> Clip:
    """A clip with its files; its reader's rights are not looked at."""
    found = db.session.scalar(sa.select(Clip).where(Clip.id == clip_id).options(*_WITH_FILES))
    if found is None:
        raise not_found()
    return found


def is_shown(clip: Clip) -> bool:
    """Accepted, and neither its project nor its stream has been closed to the public since."""
    return (clip.status is ClipStatus.PUBLISHED and clip.project.status is ProjectStatus.PUBLISHED
            and clip.broadcast.audience is Audience.PUBLIC)


def list_shown_clips(project_id: int) -> list[Clip]:
    """What a project's page plays, the latest first."""
    return list(db.session.scalars(
        sa.select(Clip).join(Clip.broadcast).join(Clip.project)
        .where(Clip.project_id == project_id, Clip.status == ClipStatus.PUBLISHED, Broadcast.audience == Audience.PUBLIC,
               Project.status == ProjectStatus.PUBLISHED)
        .options(joinedload(Clip.poster)).order_by(Clip.starts_at.desc())
    ))


def list_excluded(broadcast_id: int) -> list[int]:
    """Projects of which nothing is to be shown."""
    return list(db.session.scalars(
        sa.select(Clip.project_id).where(Clip.broadcast_id == broadcast_id, Clip.status == ClipStatus.EXCLUDED)))


def list_spans(broadcast: Broadcast, project_ids: Collection[int]) -> list[Span]:
    """When these projects were on the stage, all times of each."""
    if broadcast.session_id is None or not project_ids:
        return []
    taps = list_taps([broadcast.session_id]).get(broadcast.session_id, [])
    return [span for span in course_of((), taps).spans if span.project_id in project_ids]


def list_hidden(broadcasts: Collection[Broadcast]) -> dict[int, list[Span]]:
    """Broadcast → when its excluded projects were on the stage; those without any are missing."""
    found: dict[int, set[int]] = {}
    for broadcast_id, project_id in db.session.execute(sa.select(Clip.broadcast_id, Clip.project_id).where(
            Clip.broadcast_id.in_([one.id for one in broadcasts]), Clip.status == ClipStatus.EXCLUDED)):
        found.setdefault(broadcast_id, set()).add(project_id)
    return {one.id: list_spans(one, found[one.id]) for one in broadcasts if one.id in found}


def list_last_lines(broadcast: Broadcast) -> list[CaptionLine]:
    """What a captioner typed last, for whoever begins to watch; nothing of excluded projects."""
    lines = list_caption_lines(broadcast.id, latest=2)
    hidden = list_hidden([broadcast]).get(broadcast.id, []) if lines else []
    return [line for line in lines if not any(span.holds(line.at) for span in hidden)]


def is_excluded_in_replay(broadcast: Broadcast) -> bool:
    """Whether the whole recording holds a project that must not be shown."""
    pieces = pieces_of(broadcast.id)
    for span in list_spans(broadcast, list_excluded(broadcast.id)):
        until = span.until or broadcast.ended_at
        if until is None or place_in_replay(pieces, span.since, until) is not None:
            return True
    return False


def pieces_of(broadcast_id: int) -> list[tuple[datetime, timedelta]]:
    """The recorded pieces as :func:`replay_offset` takes them."""
    return [(piece.started_at, timedelta(milliseconds=piece.duration_ms)) for piece in list_pieces(broadcast_id)]


def list_chapters(broadcast: Broadcast) -> list[tuple[timedelta, timedelta, Project]]:
    """Where each project that may be named is in the whole replay."""
    if broadcast.session_id is None or broadcast.ended_at is None:
        return []
    taps = list_taps([broadcast.session_id]).get(broadcast.session_id, [])
    spans = longest_spans(course_of((), taps).spans, broadcast.ended_at)
    hidden = list_excluded(broadcast.id)
    shown = db.session.scalars(sa.select(Project).where(
        Project.id.in_(spans), Project.id.not_in(hidden), Project.status == ProjectStatus.PUBLISHED))
    pieces, found = pieces_of(broadcast.id), []
    for project in shown:
        span = spans[project.id]
        place = place_in_replay(pieces, span.since, span.until) if span.until and span.until > span.since else None
        if place is not None:
            found.append((*place, project))
    return sorted(found, key=lambda one: one[0])


def list_session_projects(broadcast: Broadcast) -> list[int]:
    """Projects in the released running order of its session, and those that were on the stage."""
    if broadcast.session_id is None:
        return []
    found = find_released_session(broadcast.session_id)
    order = [item.project_id for item in found[2].items] if found else []
    taps = list_taps([broadcast.session_id]).get(broadcast.session_id, [])
    return list(dict.fromkeys([*order, *(span.project_id for span in course_of((), taps).spans)]))


def list_projects(project_ids: Collection[int]) -> dict[int, Project]:
    """Projects by number, whatever their state."""
    return {one.id: one for one in db.session.scalars(sa.select(Project).where(Project.id.in_(project_ids)))}
