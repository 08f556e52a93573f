"""Clips are planned from cues, cut by a job, moved, accepted, taken back and excluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db, not_found
from expo.kit.files import Received, delete_file, keep_file
from expo.kit.jobs import start_job
from expo.kit.language import _l
from expo.kit.memo import renew_pages
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.streaming import queries_broadcasts
from expo.streaming import queries_clips as queries
from expo.streaming.actions_broadcasts import get_directed, place_of
from expo.streaming.models import Broadcast
from expo.streaming.models_clips import Clip, ClipStatus
from expo.streaming.queries_cues import list_taps
from expo.streaming.rules_clips import (
    LIFECYCLE,
    OPEN,
    Cut,
    cuts_of,
    place_in_replay,
    require_moved,
    require_showable,
)

JOB = "streaming.clips"


@dataclass(frozen=True, slots=True)
class Order:
    """One clip to cut: which seconds of which file."""

    broadcast_id: int
    clip_id: int
    project_id: int
    begin: float
    end: float
    replay_id: int


@action
def request_clips(broadcast_id: int, *, by: Actor) -> None:
    """Have what is missing cut now."""
    broadcast = get_directed(broadcast_id, by)
    if broadcast.session_id is None or not list_taps([broadcast.session_id]):
        raise Refused(_l("Nobody tapped in this session, so nothing says when each project was on."))
    _require_replay(broadcast)
    _start(broadcast, by)


@action
def plan_clips(broadcast_id: int) -> list[Order]:
    """Bring the clips into line with cues and replay; what has to be cut. Doing it again changes nothing.

    Whatever an organiser has moved, accepted, taken back or excluded stays as it is.
    """
    broadcast = queries_broadcasts.get_broadcast(broadcast_id, for_update=True)
    if broadcast.session_id is None or broadcast.replay_id is None:
        return []
    cuts = cuts_of(list_taps([broadcast.session_id]).get(broadcast.session_id, []), broadcast.ended_at or clock.now())
    known = {clip.project_id: clip for clip in queries.list_clips(broadcast.id)}
    for project_id, one in cuts.items():
        clip = known.get(project_id)
        if clip is None:
            known[project_id] = clip = Clip(broadcast_id=broadcast.id, project_id=project_id, starts_at=one.starts_at, ends_at=one.ends_at,
                                            status=ClipStatus.WANTED)
            db.session.add(clip)
        elif clip.status in OPEN and not clip.is_moved:
            _set_times(clip, one)
    for project_id in known.keys() - cuts.keys():
        if known[project_id].status in OPEN and not known[project_id].is_moved:  # Its cue was taken back.
            _remove(known.pop(project_id))
    for clip in known.values():
        if clip.status in OPEN and clip.cut_from_id != broadcast.replay_id:
            _want(clip)
    db.session.flush()
    return _orders(broadcast, list(known.values()))


def _orders(broadcast: Broadcast, clips: list[Clip]) -> list[Order]:
    assert broadcast.replay_id is not None
    pieces, orders = queries.pieces_of(broadcast.id), []
    for clip in clips:
        if clip.status is not ClipStatus.WANTED or clip.starts_at is None or clip.ends_at is None:
            continue
        place = place_in_replay(pieces, clip.starts_at, clip.ends_at)
        if place is None:
            LIFECYCLE.move(clip, ClipStatus.MISSING)
            clip.cut_from_id = broadcast.replay_id
        else:
            orders.append(Order(broadcast.id, clip.id, clip.project_id, place[0].total_seconds(), place[1].total_seconds(), broadcast.replay_id))
    return sorted(orders, key=lambda one: one.begin)


@action
def keep_clip(order: Order, video: Received | None, poster: Received | None, begin: float, seconds: float) -> bool:
    """A clip was cut; none: there is no picture of it. False when it was moved or excluded meanwhile."""
    broadcast = queries_broadcasts.get_broadcast(order.broadcast_id, for_update=True)
    clip = queries.find_clip(broadcast.id, order.project_id, for_update=True)
    if clip is None or broadcast.replay_id != order.replay_id or order not in _orders(broadcast, [clip]):
        return False
    clip.cut_from_id = order.replay_id
    if video is None:
        LIFECYCLE.move(clip, ClipStatus.MISSING)
        return True
    kept, drawn = keep_file(video, by=SYSTEM), keep_file(poster, by=SYSTEM) if poster else None
    clip.file_id, clip.poster_id = kept.id, drawn.id if drawn else None
    clip.begins_ms, clip.duration_ms = round(begin * 1000), round(seconds * 1000)
    LIFECYCLE.move(clip, ClipStatus.CUT)
    return True


@action
def move_cut(broadcast_id: int, project_id: int, start_s: float, end_s: float, *, by: Actor) -> Clip:
    """Begin and end so many seconds later (earlier: negative), and cut that one again. It waits for acceptance anew."""
    broadcast, clip = _get(broadcast_id, project_id, by)
    _require_replay(broadcast)
    if clip.starts_at is None or clip.ends_at is None or clip.status is ClipStatus.EXCLUDED:
        raise Refused(_l("This project is excluded; there is nothing to cut."))
    starts_at, ends_at = clip.starts_at + timedelta(seconds=start_s), clip.ends_at + timedelta(seconds=end_s)
    forbidden = queries.list_spans(broadcast, queries.list_excluded(broadcast.id))
    require_moved(starts_at, ends_at, forbidden)
    if place_in_replay(queries.pieces_of(broadcast.id), starts_at, ends_at) is None:
        raise Refused(_l("Nothing was recorded at this time."), "start")
    clip.starts_at, clip.ends_at, clip.is_moved = starts_at, ends_at, True
    _want(clip)
    _start(broadcast, by)
    _renew(broadcast)
    return clip


@action
def accept_clip(broadcast_id: int, project_id: int, *, by: Actor) -> Clip:
    """Somebody has looked at it: the project's page plays it from now on."""
    broadcast, clip = _get(broadcast_id, project_id, by)
    require_showable(clip.project, broadcast.audience)
    LIFECYCLE.move(clip, ClipStatus.PUBLISHED)
    clip.accepted_by_id, clip.accepted_at = by.person_id, clock.now()
    _renew(broadcast)
    return clip


@action
def withdraw_clip(broadcast_id: int, project_id: int, *, by: Actor) -> Clip:
    """No longer shown; it can be accepted again."""
    broadcast, clip = _get(broadcast_id, project_id, by)
    LIFECYCLE.move(clip, ClipStatus.WITHDRAWN)
    _renew(broadcast)
    return clip


@action
def exclude_project(broadcast_id: int, project_id: int, *, by: Actor) -> Clip:
    """Nothing of this project is shown: no clip, no chapter, and no whole replay if it is in there. Before or after."""
    broadcast = get_directed(broadcast_id, by)
    clip = queries.find_clip(broadcast.id, project_id, for_update=True)
    if clip is None:
        if project_id not in queries.list_session_projects(broadcast):
            raise not_found()
        clip = Clip(broadcast_id=broadcast.id, project_id=project_id, status=ClipStatus.EXCLUDED)
        db.session.add(clip)
    else:
        _strip(clip, ClipStatus.EXCLUDED)
    db.session.flush()
    _clear_around(broadcast, project_id)
    if queries.is_excluded_in_replay(broadcast):
        broadcast.replay_published_at = None
    _renew(broadcast)
    return clip


@action
def include_project(broadcast_id: int, project_id: int, *, by: Actor) -> None:
    """It may be shown after all: it is cut by the cues, and waits for acceptance."""
    broadcast, clip = _get(broadcast_id, project_id, by)
    LIFECYCLE.require(clip.status, ClipStatus.WANTED)
    db.session.delete(clip)
    db.session.flush()
    if broadcast.replay_id is not None:
        _start(broadcast, by)
    _renew(broadcast)


def _clear_around(broadcast: Broadcast, project_id: int) -> None:
    """Other clips that were moved into an excluded project's time go back to their own."""
    spans = queries.list_spans(broadcast, [project_id])
    taken = False
    for other in queries.list_clips(broadcast.id):
        if other.is_moved and other.status is not ClipStatus.EXCLUDED and other.starts_at and other.ends_at and any(
                other.starts_at < (span.until or other.ends_at) and span.since < other.ends_at for span in spans):
            other.is_moved, taken = False, True
            _want(other)
    if taken and broadcast.replay_id is not None:
        _start(broadcast, SYSTEM)


def _set_times(clip: Clip, one: Cut) -> None:
    if (clip.starts_at, clip.ends_at) != (one.starts_at, one.ends_at):
        clip.starts_at, clip.ends_at = one.starts_at, one.ends_at
        _want(clip)


def _want(clip: Clip) -> None:
    """Have it cut anew; what was accepted was what there is."""
    _strip(clip, ClipStatus.WANTED)


def _strip(clip: Clip, status: ClipStatus) -> None:
    """Take what was cut away, with its bytes: nobody is to see it any more."""
    files = _files_of(clip)
    clip.file_id = clip.poster_id = clip.cut_from_id = clip.accepted_at = clip.accepted_by_id = None
    if clip.status is not status:
        LIFECYCLE.move(clip, status)
    db.session.flush()
    for file_id in files:
        delete_file(file_id)


def _remove(clip: Clip) -> None:
    files = _files_of(clip)
    db.session.delete(clip)
    db.session.flush()
    for file_id in files:
        delete_file(file_id)


def _files_of(clip: Clip) -> list[int]:
    return [file_id for file_id in (clip.file_id, clip.poster_id) if file_id is not None]


def _get(broadcast_id: int, project_id: int, by: Actor) -> tuple[Broadcast, Clip]:
    broadcast = get_directed(broadcast_id, by)
    clip = queries.find_clip(broadcast.id, project_id, for_update=True)
    if clip is None:
        raise not_found()
    return broadcast, clip


def _require_replay(broadcast: Broadcast) -> None:
    if broadcast.replay_id is None:
        raise Refused(_l("The recording of this stream is not ready yet."))


def _start(broadcast: Broadcast, by: Actor) -> None:
    start_job(JOB, {"broadcast_id": broadcast.id}, by=by, title=_l("Cutting the clips of a replay"))


def _renew(broadcast: Broadcast) -> None:
    renew_pages(f"edition/{place_of(broadcast)[1]}")
