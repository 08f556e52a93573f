"""Broadcasts with their time and channel, for the studio, the players and the stage managers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, not_found
from expo.kit.identity import normal_phone
from expo.kit.refusals import Refused
from expo.people.models import Person
from expo.programme.models import Session
from expo.programme.queries import find_programme
from expo.programme.rules_content import ShownSession
from expo.streaming.models import (
    AudiencePoint,
    Broadcast,
    BroadcastStatus,
    CaptionLine,
    CaptionTrack,
    Channel,
    Invitation,
    Recording,
    ScheduledFile,
    Viewing,
)
from expo.streaming.rules_media import LATEST, Course

_WITH_FILES = (joinedload(Broadcast.channel), joinedload(Broadcast.poster), joinedload(Broadcast.replay))


def find_broadcast(session_id: int) -> Broadcast | None:
    """The broadcast of a session, with its channel and files."""
    return db.session.scalar(sa.select(Broadcast).where(Broadcast.session_id == session_id).options(*_WITH_FILES))


def get_broadcast(broadcast_id: int, *, for_update: bool = False) -> Broadcast:
    """A broadcast with its channel and files; its reader's rights are not looked at."""
    statement = (sa.select(Broadcast).where(Broadcast.id == broadcast_id).options(*_WITH_FILES)
                 .execution_options(populate_existing=True))
    found = db.session.scalar(statement.with_for_update(of=Broadcast) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def find_broadcast_of_room(room: str) -> Broadcast | None:
    return db.session.scalar(sa.select(Broadcast).where(Broadcast.room == room).options(*_WITH_FILES))


def list_broadcasts(session_ids: Collection[int]) -> dict[int, Broadcast]:
    """Session → its broadcast; sessions without are missing."""
    rows = db.session.scalars(sa.select(Broadcast).where(Broadcast.session_id.in_(session_ids)).options(*_WITH_FILES))
    return {row.session_id: row for row in rows if row.session_id is not None}


def list_own_broadcasts(edition_id: int, statuses: Collection[BroadcastStatus]) -> list[Broadcast]:
    """Broadcasts without a session, of ad-hoc channels."""
    return list(db.session.scalars(
        sa.select(Broadcast).join(Channel, Broadcast.channel_id == Channel.id)
        .where(Channel.edition_id == edition_id, Broadcast.session_id.is_(None), Broadcast.status.in_(statuses))
        .options(*_WITH_FILES).order_by(Broadcast.starts_at, Broadcast.id)
    ))


def list_replays(edition_id: int, limit: int = 24) -> list[Broadcast]:
    """Broadcasts whose replay is published, the latest first."""
    return list(db.session.scalars(
        sa.select(Broadcast).outerjoin(Channel, Broadcast.channel_id == Channel.id)
        .outerjoin(Session, Broadcast.session_id == Session.id)
        .where(sa.func.coalesce(Session.edition_id, Channel.edition_id) == edition_id,
               Broadcast.replay_published_at.is_not(None))
        .options(*_WITH_FILES).order_by(Broadcast.replay_starts_at.desc(), Broadcast.id.desc()).limit(limit)
    ))


def list_courses(at: datetime) -> list[Course]:
    """Broadcasts that are live, or whose time is near, each on its channel; of those without a channel none."""
    channels = list(db.session.scalars(sa.select(Channel).where(Channel.closed_at.is_(None))))
    by_hall = {(c.edition_id, c.hall_id): c for c in channels if c.hall_id is not None}
    by_id = {c.id: c for c in channels}
    rows = list(db.session.scalars(
        sa.select(Broadcast).where(Broadcast.status.in_([BroadcastStatus.PLANNED, BroadcastStatus.LIVE]))
    ))
    near: list[Course] = []
    shown = _sessions({c.edition_id for c in channels})
    for row in rows:
        session = shown.get(row.session_id or 0)
        if session is not None:
            edition_id, found = session
            channel = by_id.get(row.channel_id or 0) or by_hall.get((edition_id, found.hall.id))
            starts_at, ends_at = found.starts_at, found.ends_at
            if found.is_cancelled and row.status is BroadcastStatus.PLANNED:
                continue
        elif row.starts_at is not None and row.ends_at is not None:
            channel, starts_at, ends_at = by_id.get(row.channel_id or 0), row.starts_at, row.ends_at
        else:
            continue
        is_near = starts_at - timedelta(hours=1) <= at < ends_at + LATEST
        if channel is not None and (is_near or row.status is BroadcastStatus.LIVE):
            near.append(Course(row.id, channel.id, row.status, channel.source, starts_at, ends_at))
    return near


def _sessions(edition_ids: Collection[int]) -> dict[int, tuple[int, ShownSession]]:
    found: dict[int, tuple[int, ShownSession]] = {}
    for edition_id in sorted(edition_ids):
        programme = find_programme(edition_id)
        if programme is not None:
            found |= {s.id: (edition_id, s) for s in programme.sessions}
    return found


def list_due_files(at: datetime) -> dict[int, ScheduledFile]:
    """Channel → the video that is to be on at this moment; of several the one that began last."""
    rows = db.session.scalars(
        sa.select(ScheduledFile).where(ScheduledFile.starts_at <= at, ScheduledFile.ends_at > at)
        .options(joinedload(ScheduledFile.file)).order_by(ScheduledFile.starts_at)
    )
    return {row.channel_id: row for row in rows}


def has_invitation(broadcast_id: int, person_id: int) -> bool:
    return db.session.scalar(sa.select(Invitation.id).where(
        Invitation.broadcast_id == broadcast_id, Invitation.person_id == person_id)) is not None


def list_invitations(broadcast_id: int) -> list[int]:
    """Persons who may watch."""
    return list(db.session.scalars(sa.select(Invitation.person_id).where(Invitation.broadcast_id == broadcast_id)))


def list_caption_tracks(broadcast_id: int) -> list[CaptionTrack]:
    return list(db.session.scalars(
        sa.select(CaptionTrack).where(CaptionTrack.broadcast_id == broadcast_id).order_by(CaptionTrack.language)
    ))


def find_caption_track(broadcast_id: int, language: str) -> CaptionTrack | None:
    return db.session.scalar(sa.select(CaptionTrack).where(
        CaptionTrack.broadcast_id == broadcast_id, CaptionTrack.language == language))


def list_caption_lines(broadcast_id: int, language: str | None = None, *, latest: int | None = None) -> list[CaptionLine]:
    """Typed captions in the order of time; only the last ones with ``latest``."""
    statement = sa.select(CaptionLine).where(CaptionLine.broadcast_id == broadcast_id)
    if language is not None:
        statement = statement.where(CaptionLine.language == language)
    if latest is None:
        return list(db.session.scalars(statement.order_by(CaptionLine.id)))
    return list(db.session.scalars(statement.order_by(CaptionLine.id.desc()).limit(latest)))[::-1]


def present_viewers(broadcast_ids: Collection[int], since: datetime) -> dict[int, int]:
    """Broadcast → how many watched in the last minute that was counted."""
    rows: Any = db.session.execute(
        sa.select(AudiencePoint.broadcast_id, AudiencePoint.minute, AudiencePoint.viewers)
        .where(AudiencePoint.broadcast_id.in_(broadcast_ids), AudiencePoint.minute >= since)
        .order_by(AudiencePoint.minute)
    )
    return {broadcast_id: viewers for broadcast_id, _minute, viewers in rows}


def list_audience(broadcast_id: int) -> list[AudiencePoint]:
    """Viewers minute by minute."""
    return list(db.session.scalars(
        sa.select(AudiencePoint).where(AudiencePoint.broadcast_id == broadcast_id).order_by(AudiencePoint.minute)
    ))


def views_of(broadcast_id: int) -> tuple[int, int]:
    """How many different viewers there were, and how many seconds they watched in all."""
    row = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Viewing.seconds), 0))
        .where(Viewing.broadcast_id == broadcast_id)
    ).one()
    return int(row[0]), int(row[1])


#: A count older than this says nothing about now.
RECENT = timedelta(minutes=3)


def list_of_channel(channel_id: int, limit: int = 30) -> list[Broadcast]:
    """Broadcasts of a channel that have begun or are its own, the latest first."""
    return list(db.session.scalars(
        sa.select(Broadcast).where(Broadcast.channel_id == channel_id).options(*_WITH_FILES)
        .order_by(Broadcast.id.desc()).limit(limit)
    ))


def list_without_replay(before: datetime) -> list[Broadcast]:
    """Broadcasts that ended before a moment, were recorded, and of which no replay was begun."""
    recorded = sa.select(Recording.id).where(Recording.broadcast_id == Broadcast.id).exists()
    return list(db.session.scalars(
        sa.select(Broadcast).where(Broadcast.status == BroadcastStatus.ENDED, Broadcast.ended_at < before,
                                   Broadcast.replay_starts_at.is_(None), recorded).limit(5)
    ))


def find_persons(phones: Collection[str]) -> tuple[list[int], list[str]]:
    """Accounts by phone numbers, as people write them; and the numbers that nobody has."""
    given = {text: _phone(text) for text in phones}
    rows: Any = db.session.execute(sa.select(Person.phone, Person.id).where(Person.phone.in_([p for p in given.values() if p])))
    known = dict(tuple(row) for row in rows)
    return sorted(set(known.values())), [text for text, phone in given.items() if phone not in known]


def _phone(text: str) -> str | None:
    try:
        return normal_phone(text)
    except Refused:
        return None


def list_caption_languages(broadcast_id: int) -> list[str]:
    """Languages in which somebody typed captions."""
    return list(db.session.scalars(
        sa.select(CaptionLine.language).where(CaptionLine.broadcast_id == broadcast_id).distinct()
    ))


def list_invited(broadcast_id: int) -> list[tuple[int, str]]:
    """Number and name of each invited person."""
    rows: Any = db.session.execute(
        sa.select(Person.id, Person.name).join(Invitation, Invitation.person_id == Person.id)
        .where(Invitation.broadcast_id == broadcast_id).order_by(Person.name, Person.id)
    )
    return [tuple(row) for row in rows]


def find_point(broadcast_id: int, minute: datetime) -> AudiencePoint | None:
    return db.session.get(AudiencePoint, (broadcast_id, minute))
