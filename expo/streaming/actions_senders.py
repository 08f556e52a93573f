"""What the media server and the studio report: senders come and go, pieces are recorded, warnings rise and fall."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.push import push
from expo.kit.unit import action, after_commit
from expo.people.permissions import P
from expo.streaming import queries_channels as queries
from expo.streaming import rules_keys
from expo.streaming.media import server
from expo.streaming.models import (
    Broadcast,
    Channel,
    ChannelWarning,
    EndReason,
    Ingest,
    KeyRole,
    Recording,
    StreamKey,
    WarningKind,
)
from expo.streaming.rules_media import ingest_of, inner_name

log = logging.getLogger("expo.media")
#: Client numbers of senders that came through the studio's own door instead of RTMP.
STUDIO_RUN = "studio"


@action
def accept_sender(key_text: str, client_id: int, media_run: str, address: str) -> tuple[Ingest, Channel] | None:
    """Let a sender in that shows a good key; ``None`` for a wrong, old or revoked one, or one that is in use.

    Two senders with one key: the one that is there stays, the stage manager is told of the other. A sender whose line
    was cut is let go by the media server after some seconds, and then finds its place free.
    """
    key = queries.find_key(rules_keys.digest_of(key_text))
    if key is None or not rules_keys.is_usable(key, key.channel, clock.now()):
        return None
    return _admit(key, client_id, media_run, address)


@action
def accept_browser(channel_id: int, client_id: int, *, by: Actor) -> tuple[Ingest, Channel]:
    """Let in the pictures of somebody who presents from the browser; the ones before from the same door end."""
    channel = queries.get_channel(channel_id, by, P.STREAMING_DIRECT, for_update=True)
    if channel.closed_at is not None:
        raise not_found()
    key = next((k for k in channel.keys if k.role is KeyRole.BROWSER and k.revoked_at is None), None)
    if key is None:
        salt = rules_keys.new_salt()
        text = rules_keys.key_text(current_config().secret_key, "browser", salt)
        # Its word is never shown: the browser comes with a signed ticket instead.
        key = StreamKey(channel_id=channel.id, role=KeyRole.BROWSER, salt=salt, digest=rules_keys.digest_of(text),
                        created_by_id=by.person_id)
        db.session.add(key)
        db.session.flush()
    for before in queries.list_open_ingests([channel.id]):
        if before.key_id == key.id:
            _end(before, EndReason.STOPPED)
    ingest = _open(key, channel, client_id, STUDIO_RUN, "")
    return ingest, channel


def _admit(key: StreamKey, client_id: int, media_run: str, address: str) -> tuple[Ingest, Channel] | None:
    channel = get_record(Channel, key.channel_id, for_update=True)
    for before in [i for i in queries.list_open_ingests([channel.id]) if i.key_id == key.id]:
        if before.media_run == media_run:
            _warn(channel.id, WarningKind.SECOND_SENDER, is_so=True)
            return None
        _end(before, EndReason.LOST)  # The media server has been started anew since.
    return _open(key, channel, client_id, media_run, address), channel


def _open(key: StreamKey, channel: Channel, client_id: int, media_run: str, address: str) -> Ingest:
    ingest = Ingest(channel_id=channel.id, key_id=key.id, client_id=client_id, media_run=media_run, address=address[:60])
    db.session.add(ingest)
    db.session.flush()
    tell(channel.id)
    return ingest


def handed_on_to(channel: Channel, ingest: Ingest) -> str:
    """Where the media server hands the sender's stream on to. The key is not in it."""
    return server.inner_address(current_config(), inner_name(channel.room, ingest.id))


@action
def end_sender(client_id: int, media_run: str) -> None:
    """A sender stopped. It is known by its number: what else is reported may be a key that was rotated since."""
    ingest = queries.find_ingest(media_run, client_id)
    if ingest is not None:
        _end(ingest, EndReason.STOPPED)


@action
def end_ingest(ingest_id: int) -> None:
    """The same, by our own number."""
    ingest = get_record(Ingest, ingest_id, for_update=True)
    if ingest.ended_at is None:
        _end(ingest, EndReason.STOPPED)


@action
def end_lost_senders(media_run: str, clients: Collection[int], studio_clients: Collection[int]) -> int:
    """Close what is open here but gone from the media server: it was restarted, or its report was lost."""
    lost = 0
    # A sender that was let in a moment ago is not in a list that was taken before; one of the future: the clock was set back.
    now = clock.now()
    for ingest in queries.list_open_ingests():
        there = (ingest.client_id in studio_clients if ingest.media_run == STUDIO_RUN
                 else ingest.media_run == media_run and ingest.client_id in clients)
        is_new = timedelta(0) <= now - ingest.started_at <= timedelta(seconds=4)
        if not there and (not is_new or ingest.media_run not in {media_run, STUDIO_RUN}):
            _end(ingest, EndReason.LOST)
            lost += 1
    return lost


def end_senders_of_key(key_id: int) -> None:
    """Inside an action: nobody sends with this key any more, and whoever does is cut off after the commit."""
    config = current_config()
    for ingest in queries.list_open_ingests():
        if ingest.key_id == key_id:
            _end(ingest, EndReason.REVOKED)
            number, run = ingest.client_id, ingest.media_run
            if run != STUDIO_RUN and config.media.control:
                after_commit(lambda number=number: _drop(number))  # type: ignore[misc]  # bound now


def _drop(client_id: int) -> None:
    try:
        server.drop_sender(current_config(), client_id)
    except server.MediaServerError as error:
        log.warning("The media server did not cut off sender %s: %s", client_id, error)


def _end(ingest: Ingest, reason: EndReason) -> None:
    ingest.ended_at, ingest.end_reason, ingest.is_on_air = clock.now(), reason, False
    _warn(ingest.channel_id, WarningKind.SECOND_SENDER, is_so=False)
    tell(ingest.channel_id)


@action
def prefer_sender(ingest_id: int, *, by: Actor) -> Ingest:
    """Put this sender on air, by hand."""
    ingest = get_record(Ingest, ingest_id, for_update=True)
    channel = queries.get_channel(ingest.channel_id, by, P.STREAMING_DIRECT)
    if ingest.ended_at is not None:
        raise not_found()
    for other in queries.list_open_ingests([channel.id]):
        other.is_preferred = other.id == ingest.id
    tell(channel.id)
    return ingest


@action(history=False)
def note_on_air(channel_id: int, ingest_id: int | None) -> None:
    """Which sender of a channel is shown now."""
    for ingest in queries.list_open_ingests([channel_id]):
        ingest.is_on_air = ingest.id == ingest_id
    tell(channel_id)


@action(history=False)
def note_pictures(ingest_id: int, width: int | None, height: int | None, video: str, audio: str) -> None:
    """What a sender's pictures are, as the media server sees them."""
    ingest = get_record(Ingest, ingest_id)
    ingest.width, ingest.height, ingest.video_codec, ingest.audio_codec = width, height, video[:40], audio[:40]
    tell(ingest.channel_id)


@action(history=False)
def set_warnings(channel_id: int, kinds: Collection[WarningKind], watched: Collection[WarningKind]) -> None:
    """Of the watched kinds exactly these are true now."""
    for kind in watched:
        _warn(channel_id, kind, is_so=kind in kinds)


def _warn(channel_id: int, kind: WarningKind, *, is_so: bool) -> None:
    found = next((w for w in queries.list_open_warnings([channel_id]).get(channel_id, []) if w.kind is kind), None)
    if is_so and found is None:
        db.session.add(ChannelWarning(channel_id=channel_id, kind=kind))
        tell(channel_id, warning=kind.value)
    elif not is_so and found is not None:
        found.ended_at = clock.now()
        tell(channel_id)


@action(history=False)
def keep_recording(path: Path, started_at: datetime, duration: timedelta) -> Recording | None:
    """A recorded piece lies ready; known by its file's name. Doing it again changes nothing."""
    name = path.name.rpartition(".")[0].rpartition("-")[0]
    channel = queries.find_channel_of_room(name.partition("-")[0])
    if channel is None or queries.find_recording(path.name) is not None:
        return None
    ingest_id = ingest_of(name)
    ingest = db.session.get(Ingest, ingest_id) if ingest_id is not None else None
    ended_at = started_at + duration
    broadcast = queries.find_broadcast_at(channel.id, started_at, ended_at)
    piece = Recording(
        channel_id=channel.id, ingest_id=ingest.id if ingest else None, path=path.name,
        broadcast_id=broadcast.id if broadcast else None,
        started_at=started_at, ended_at=ended_at, duration_ms=int(duration.total_seconds() * 1000),
        size=path.stat().st_size,
    )
    db.session.add(piece)
    db.session.flush()
    return piece


def tell(channel_id: int, **more: str) -> None:
    """Let open pages of the channel look again."""
    push(f"channel/{channel_id}", "changed", {"channel": channel_id, **more})


def tell_viewers(broadcast: Broadcast) -> None:
    """Let players look again."""
    push(f"public/broadcast/{broadcast.id}", "changed", {"status": broadcast.status.value})
