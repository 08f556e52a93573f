"""Broadcasts begin and end, and who may watch them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.files import Received, delete_file, keep_file
from expo.kit.jobs import start_job
from expo.kit.language import _l
from expo.kit.memo import renew_pages
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.programme.models import Session
from expo.streaming import queries_broadcasts as queries
from expo.streaming import queries_channels, rules_external
from expo.streaming.actions_senders import tell, tell_viewers
from expo.streaming.models import Audience, Broadcast, BroadcastStatus, Channel, Invitation
from expo.streaming.queries_clips import is_excluded_in_replay, list_clips
from expo.streaming.rules import LIFECYCLE
from expo.streaming.rules_media import Move, due_moves


@action
def follow_the_clock(moved_at: dict[int, datetime | None]) -> list[Move]:
    """Begin and end what is due; ``moved_at`` as in :func:`due_moves`. Run by the studio every second or so."""
    moves = due_moves(queries.list_courses(clock.now()), moved_at, clock.now())
    for move in moves:
        _move(queries.get_broadcast(move.broadcast_id, for_update=True), move.to, move.channel_id)
    return moves


@action
def begin_broadcast(broadcast_id: int, *, by: Actor, channel_id: int | None = None) -> Broadcast:
    """Go live now, by hand. Whatever is live on the channel ends."""
    broadcast = get_directed(broadcast_id, by)
    channel = _channel_for(broadcast, channel_id, by)
    for other in queries_channels.list_live():
        if other.channel_id == channel.id and other.id != broadcast.id:
            _move(queries.get_broadcast(other.id, for_update=True), BroadcastStatus.ENDED, channel.id)
    _move(broadcast, BroadcastStatus.LIVE, channel.id)
    return broadcast


@action
def end_broadcast(broadcast_id: int, *, by: Actor) -> Broadcast:
    """The stream is over, by hand."""
    broadcast = get_directed(broadcast_id, by)
    _move(broadcast, BroadcastStatus.ENDED, broadcast.channel_id)
    return broadcast


@action
def open_broadcast(channel_id: int, title: str, starts_at: datetime, ends_at: datetime, *, by: Actor, title_en: str = "",
                   audience: Audience = Audience.PUBLIC) -> Broadcast:
    """A broadcast of its own, without a session of the programme."""
    channel = queries_channels.get_channel(channel_id, by, P.STREAMING_DIRECT)
    if ends_at <= starts_at:
        raise Refused(_l("The end must come after the beginning."), "ends_at")
    if ends_at <= clock.now():
        raise Refused(_l("This moment has passed already."), "ends_at")
    broadcast = Broadcast(channel_id=channel.id, title=title, title_en=title_en or "", starts_at=starts_at, ends_at=ends_at,
                          audience=audience)
    db.session.add(broadcast)
    db.session.flush()
    renew_pages(f"edition/{channel.edition_id}")
    return broadcast


@action
def set_audience(broadcast_id: int, audience: Audience, *, by: Actor, embed_hosts: str = "",
                 person_ids: Collection[int] = ()) -> Broadcast:
    """Who may watch, and which other sites may show it. Addresses that were given out before die with their time."""
    broadcast = get_directed(broadcast_id, by)
    hosts = rules_external.require_hosts(embed_hosts)
    if hosts and audience is not Audience.PUBLIC:
        raise Refused(_l("Only what everybody may watch can be shown on other sites."), "embed_hosts")
    broadcast.audience, broadcast.embed_hosts = audience, hosts
    known = set(queries.list_invitations(broadcast.id))
    db.session.add_all([Invitation(broadcast_id=broadcast.id, person_id=number) for number in set(person_ids) - known])
    _renew(broadcast)
    tell_viewers(broadcast)
    return broadcast


@action
def withdraw_invitation(broadcast_id: int, person_id: int, *, by: Actor) -> None:
    broadcast = get_directed(broadcast_id, by)
    queries_channels.delete_invitation(broadcast.id, person_id)
    tell_viewers(broadcast)


@action
def set_poster(broadcast_id: int, received: Received | None, *, by: Actor) -> Broadcast:
    """The picture that stands in the player's place before the stream."""
    broadcast = get_directed(broadcast_id, by)
    broadcast.poster_id = keep_file(received, is_public=True, by=by).id if received else None
    _renew(broadcast)
    return broadcast


@action
def publish_replay(broadcast_id: int, *, by: Actor, is_published: bool = True) -> Broadcast:
    """Show the whole recording to those who might watch the stream, or take it back."""
    broadcast = get_directed(broadcast_id, by)
    if broadcast.replay_id is None:
        raise Refused(_l("The recording of this stream is not ready yet."))
    if is_published and is_excluded_in_replay(broadcast):
        raise Refused(_l("A project in this recording is excluded, so the whole replay cannot be shown. Release the other projects' clips instead."))
    broadcast.replay_published_at = clock.now() if is_published else None
    _renew(broadcast)
    tell_viewers(broadcast)
    return broadcast


@action
def keep_replay(broadcast_id: int, received: Received, starts_at: datetime, lost: Collection[str] = ()) -> Broadcast:
    """The recording has been joined into one piece; it is cut into clips next. The one before goes, with its file.

    ``lost``: files of pieces that are not in it. Moments are placed by the others.
    """
    broadcast = queries.get_broadcast(broadcast_id, for_update=True)
    for piece in queries_channels.list_pieces(broadcast.id):
        if piece.path in lost:
            piece.broadcast_id = None
    before = broadcast.replay_id
    broadcast.replay_id = keep_file(received, by=SYSTEM).id
    if before is not None:
        for clip in list_clips(broadcast.id):
            clip.cut_from_id = None
        db.session.flush()
        delete_file(before)
    broadcast.replay_starts_at = starts_at
    if is_excluded_in_replay(broadcast):
        broadcast.replay_published_at = None
    if broadcast.session_id is not None:
        start_job("streaming.clips", {"broadcast_id": broadcast.id}, by=SYSTEM, title=_l("Cutting the clips of a replay"))
    return broadcast


def get_directed(broadcast_id: int, by: Actor) -> Broadcast:
    """A broadcast that the actor directs, locked; others do not exist."""
    broadcast = queries.get_broadcast(broadcast_id, for_update=True)
    region_path, edition_id = place_of(broadcast)
    if not by.may(P.STREAMING_DIRECT, region_path=region_path, edition_id=edition_id):
        raise not_found()
    return broadcast


def place_of(broadcast: Broadcast) -> tuple[str, int]:
    """Region and edition that a broadcast belongs to: its session's, else its channel's."""
    if broadcast.session_id is not None:
        session = get_record(Session, broadcast.session_id)
        return session.region_path, session.edition_id
    assert broadcast.channel_id is not None
    channel = get_record(Channel, broadcast.channel_id)
    return channel.region_path, channel.edition_id


def _channel_for(broadcast: Broadcast, channel_id: int | None, by: Actor) -> Channel:
    if channel_id is not None:
        return queries_channels.get_channel(channel_id, by, P.STREAMING_DIRECT)
    if broadcast.channel_id is not None:
        return get_record(Channel, broadcast.channel_id)
    session = get_record(Session, broadcast.session_id)
    found = queries_channels.find_channel_of_hall(session.edition_id, session.hall_id) if session.hall_id else None
    if found is None:
        raise Refused(_l("This session's hall has no channel yet. Make one first."))
    return found


def _move(broadcast: Broadcast, to: BroadcastStatus, channel_id: int | None) -> None:
    LIFECYCLE.move(broadcast, to)
    if to is BroadcastStatus.LIVE:
        broadcast.channel_id = channel_id
        broadcast.started_at = broadcast.started_at or clock.now()
        broadcast.ended_at = None
        # A replay that was made before holds only a part of it now.
        broadcast.replay_starts_at = None
    else:
        broadcast.ended_at = clock.now()
    db.session.flush()
    _renew(broadcast)
    tell_viewers(broadcast)
    if channel_id is not None:
        tell(channel_id)


def _renew(broadcast: Broadcast) -> None:
    renew_pages(f"edition/{place_of(broadcast)[1]}")


