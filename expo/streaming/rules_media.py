"""What a channel shows, and when a broadcast begins and ends by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.streaming.models import BroadcastStatus, ChannelSource, KeyRole

#: A session's stream begins by itself so long before its time, once somebody sends.
EARLY = timedelta(minutes=5)
#: After its time it ends by itself when nothing has moved for so long …
STILL = timedelta(minutes=2)
#: … and at the latest then, whatever is sent.
LATEST = timedelta(hours=2)
_RANK = {KeyRole.MAIN: 0, KeyRole.BROWSER: 1, KeyRole.BACKUP: 2}


@dataclass(frozen=True, slots=True)
class LiveSender:
    """An accepted sender that is there at this moment. ``name`` is its inner name, without the key."""

    ingest_id: int
    name: str
    role: KeyRole
    started_at: datetime
    is_preferred: bool = False
    language: str = ""
    width: int | None = None
    height: int | None = None
    video: str = ""
    audio: str = ""


def inner_name(room: str, ingest_id: int) -> str:
    """Under which name a sender is handed on; the channel's folder and the sender's number."""
    return f"{room}-{ingest_id}"


def ingest_of(name: str) -> int | None:
    """The sender's number in an inner name."""
    number = name.rpartition("-")[2]
    return int(number) if number.isdigit() else None


def sender_on_air(senders: Iterable[LiveSender], now_on_air: int | None) -> LiveSender | None:
    """Who is shown: the one chosen by hand, else whoever is on, else the main one before browsers and the backup.

    A main sender that comes back does not push the backup away: every change is seen by all viewers, so it is left to
    the stage manager. Interpreters are heard, not shown.
    """
    shown = [s for s in senders if s.role is not KeyRole.AUDIO]
    preferred = [s for s in shown if s.is_preferred]
    staying = [s for s in shown if s.ingest_id == now_on_air]
    ordered = sorted(shown, key=lambda s: (_RANK[s.role], s.started_at, s.ingest_id))
    return next(iter(preferred or staying or ordered), None)


@dataclass(frozen=True, slots=True)
class Course:
    """A broadcast with its time, on its channel."""

    broadcast_id: int
    channel_id: int
    status: BroadcastStatus
    source: ChannelSource
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    broadcast_id: int
    channel_id: int
    to: BroadcastStatus


def due_moves(courses: Sequence[Course], moved_at: dict[int, datetime | None], at: datetime) -> list[Move]:
    """Which broadcasts begin and end now.

    ``moved_at``: channel → when its picture last moved or its sound was last heard; none while nobody sends.
    """
    moves: list[Move] = []
    live = {c.channel_id: c for c in courses if c.status is BroadcastStatus.LIVE}
    for course in list(live.values()):
        if _is_over(course, moved_at.get(course.channel_id), at):
            moves.append(Move(course.broadcast_id, course.channel_id, BroadcastStatus.ENDED))
            del live[course.channel_id]
    for course in sorted((c for c in courses if c.status is BroadcastStatus.PLANNED), key=lambda c: c.starts_at):
        before = live.get(course.channel_id)
        if not _may_begin(course, moved_at.get(course.channel_id), at):
            continue
        if before is not None:
            if at < course.starts_at:  # The one before runs over its time; it has the channel until this one's begins.
                continue
            moves.append(Move(before.broadcast_id, before.channel_id, BroadcastStatus.ENDED))
        moves.append(Move(course.broadcast_id, course.channel_id, BroadcastStatus.LIVE))
        live[course.channel_id] = course
    return moves


def _may_begin(course: Course, moved_at: datetime | None, at: datetime) -> bool:
    if course.source is not ChannelSource.OWN:
        return course.starts_at <= at < course.ends_at
    return moved_at is not None and course.starts_at - EARLY <= at < course.ends_at


def _is_over(course: Course, moved_at: datetime | None, at: datetime) -> bool:
    if at < course.ends_at:
        return False
    if course.source is not ChannelSource.OWN or at >= course.ends_at + LATEST:
        return True
    return at - (moved_at or course.ends_at) >= STILL


def replay_offset(pieces: Sequence[tuple[datetime, timedelta]], moment: datetime) -> timedelta | None:
    """Where in the joined replay a moment lies: ``pieces`` are (first frame, length) in the order of time.

    A moment between two pieces, when nothing was recorded, is the beginning of the next one; one after the last: none.
    """
    before = timedelta(0)
    for begins, length in pieces:
        if moment < begins + length:
            return before + max(timedelta(0), moment - begins)
        before += length
    return None


def recorded_at(pieces: Sequence[tuple[datetime, timedelta]], moment: datetime) -> timedelta | None:
    """Where in the joined replay a moment lies; none for one that was not recorded."""
    is_recorded = any(begins <= moment < begins + length for begins, length in pieces)
    return replay_offset(pieces, moment) if is_recorded else None
