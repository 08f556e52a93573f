"""Channels with their keys, senders and warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.access import Actor
from expo.kit.db import db, in_regions, not_found
from expo.people.permissions import P
from expo.places.models import Hall
from expo.programme.models import EditionHall
from expo.streaming.models import (
    Broadcast,
    BroadcastStatus,
    Channel,
    ChannelSource,
    ChannelWarning,
    Ingest,
    Invitation,
    Recording,
    ScheduledFile,
    StreamKey,
)


def list_channels(edition_id: int, paths: Iterable[str]) -> list[Channel]:
    """The channels of an edition within the reader's regions, halls first in the order of their names."""
    return list(db.session.scalars(
        sa.select(Channel).where(Channel.edition_id == edition_id, in_regions(Channel.region_path, paths))
        .options(joinedload(Channel.hall))
        .order_by(Channel.closed_at.is_not(None), Channel.hall_id.is_(None), Channel.name, Channel.id)
    ))


def get_channel(channel_id: int, actor: Actor, permission: P, edition_id: int | None = None, *,
                for_update: bool = False) -> Channel:
    """A channel that the actor may see or direct, with its hall and keys; others do not exist."""
    statement = (
        sa.select(Channel).where(Channel.id == channel_id)
        .options(joinedload(Channel.hall).joinedload(Hall.venue), joinedload(Channel.filler), selectinload(Channel.keys))
        .execution_options(populate_existing=True)
    )
    if for_update:
        statement = statement.with_for_update(of=Channel)
    channel = db.session.scalar(statement)
    if (channel is None or (edition_id is not None and channel.edition_id != edition_id)
            or not actor.may(permission, region_path=channel.region_path, edition_id=channel.edition_id)):
        raise not_found()
    return channel


def find_channel_of_hall(edition_id: int, hall_id: int) -> Channel | None:
    return db.session.scalar(sa.select(Channel).where(Channel.edition_id == edition_id, Channel.hall_id == hall_id))


def find_channel_of_room(room: str) -> Channel | None:
    return db.session.scalar(sa.select(Channel).where(Channel.room == room))


def list_halls_without_channel(edition_id: int) -> list[Hall]:
    """Halls that the edition uses and that have none yet."""
    has_one = sa.select(Channel.id).where(Channel.edition_id == edition_id, Channel.hall_id == Hall.id).exists()
    return list(db.session.scalars(
        sa.select(Hall).join(EditionHall, EditionHall.hall_id == Hall.id)
        .where(EditionHall.edition_id == edition_id, ~has_one).options(joinedload(Hall.venue))
        .order_by(EditionHall.position, Hall.id)
    ))


def find_key(digest: str) -> StreamKey | None:
    """The key with this digest, with its channel, whatever its state."""
    return db.session.scalar(sa.select(StreamKey).where(StreamKey.digest == digest).options(joinedload(StreamKey.channel)))


def get_key(key_id: int) -> StreamKey:
    key = db.session.scalar(sa.select(StreamKey).where(StreamKey.id == key_id).with_for_update(of=StreamKey)
                            .options(joinedload(StreamKey.channel)).execution_options(populate_existing=True))
    if key is None:
        raise not_found()
    return key


def list_open_ingests(channel_ids: Collection[int] | None = None) -> list[Ingest]:
    """Senders that have not ended, with their keys, oldest first."""
    statement = sa.select(Ingest).where(Ingest.ended_at.is_(None)).options(joinedload(Ingest.key)).order_by(Ingest.id)
    if channel_ids is not None:
        statement = statement.where(Ingest.channel_id.in_(channel_ids))
    return list(db.session.scalars(statement))


def find_ingest(media_run: str, client_id: int) -> Ingest | None:
    """The open sender that the media server calls so."""
    return db.session.scalar(sa.select(Ingest).where(
        Ingest.media_run == media_run, Ingest.client_id == client_id, Ingest.ended_at.is_(None)))


def list_past_ingests(channel_id: int, limit: int = 20) -> list[Ingest]:
    return list(db.session.scalars(
        sa.select(Ingest).where(Ingest.channel_id == channel_id, Ingest.ended_at.is_not(None))
        .options(joinedload(Ingest.key)).order_by(Ingest.id.desc()).limit(limit)
    ))


def list_open_warnings(channel_ids: Collection[int]) -> dict[int, list[ChannelWarning]]:
    """Channel → what the stage manager should know of now."""
    found: dict[int, list[ChannelWarning]] = defaultdict(list)
    for warning in db.session.scalars(
        sa.select(ChannelWarning).where(ChannelWarning.channel_id.in_(channel_ids), ChannelWarning.ended_at.is_(None))
        .order_by(ChannelWarning.began_at)
    ):
        found[warning.channel_id].append(warning)
    return found


def list_live(edition_id: int | None = None) -> list[Broadcast]:
    """Broadcasts that are live now, with their channels and files."""
    statement = sa.select(Broadcast).where(Broadcast.status == BroadcastStatus.LIVE).options(
        joinedload(Broadcast.channel), joinedload(Broadcast.poster), joinedload(Broadcast.replay))
    if edition_id is not None:
        statement = statement.join(Channel, Broadcast.channel_id == Channel.id).where(Channel.edition_id == edition_id)
    return list(db.session.scalars(statement.order_by(Broadcast.id)))


def list_recordings(channel_id: int, limit: int = 50) -> list[Recording]:
    return list(db.session.scalars(
        sa.select(Recording).where(Recording.channel_id == channel_id).order_by(Recording.started_at.desc()).limit(limit)
    ))


def list_pieces(broadcast_id: int) -> list[Recording]:
    """The recorded pieces of a broadcast in the order of time."""
    return list(db.session.scalars(
        sa.select(Recording).where(Recording.broadcast_id == broadcast_id).order_by(Recording.started_at, Recording.id)
    ))


def list_scheduled(channel_id: int) -> list[ScheduledFile]:
    return list(db.session.scalars(
        sa.select(ScheduledFile).where(ScheduledFile.channel_id == channel_id).options(joinedload(ScheduledFile.file))
        .order_by(ScheduledFile.starts_at)
    ))


def list_own_channels() -> list[Channel]:
    """All open channels that take pictures here: what the studio looks after."""
    return list(db.session.scalars(
        sa.select(Channel).where(Channel.closed_at.is_(None), Channel.source == ChannelSource.OWN)
        .options(joinedload(Channel.filler)).order_by(Channel.id)
    ))


def find_recording(path: str) -> Recording | None:
    return db.session.scalar(sa.select(Recording).where(Recording.path == path))


def find_broadcast_at(channel_id: int, starts_at: datetime, ends_at: datetime) -> Broadcast | None:
    """The broadcast that was live on a channel for a part of this time; of several the last one."""
    return db.session.scalar(
        sa.select(Broadcast).where(
            Broadcast.channel_id == channel_id, Broadcast.started_at < ends_at,
            sa.or_(Broadcast.ended_at.is_(None), Broadcast.ended_at > starts_at),
        ).order_by(Broadcast.started_at.desc()).limit(1)
    )


def delete_invitation(broadcast_id: int, person_id: int) -> None:
    """Inside an action: the person may not watch any more."""
    found = db.session.scalar(sa.select(Invitation).where(
        Invitation.broadcast_id == broadcast_id, Invitation.person_id == person_id))
    if found is not None:
        db.session.delete(found)
