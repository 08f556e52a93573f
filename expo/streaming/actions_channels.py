"""Channels and their keys: made, changed, rotated, revoked while somebody sends."""

from __future__ import annotations

from datetime import datetime

from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.files import Received, keep_file
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.places.models import Hall, Venue
from expo.streaming import queries_channels as queries
from expo.streaming import rules_external, rules_keys
from expo.streaming.actions_senders import end_senders_of_key
from expo.streaming.models import Channel, ChannelSource, KeyRole, ScheduledFile, StreamKey

_PURPOSE = "stream-key"


@action
def create_channel(edition_id: int, name: str, *, by: Actor, name_en: str = "", hall_id: int | None = None,
                   source: ChannelSource = ChannelSource.OWN, external_url: str = "") -> Channel:
    """A channel with a key for the main sender and one for its backup; foreign sources need no keys."""
    edition = get_edition_by_id(edition_id)
    hall = get_record(Hall, hall_id, for_update=True) if hall_id else None
    # An ad-hoc channel belongs to whoever makes it: to the topmost region in which they direct.
    path = get_record(Venue, hall.venue_id).region_path if hall else _own_path(by, edition.id)
    if not by.may(P.STREAMING_DIRECT, region_path=path, edition_id=edition.id):
        raise not_found()
    if hall and queries.find_channel_of_hall(edition.id, hall.id):
        raise Refused(_l("This hall has a channel already."), "hall_id")
    channel = Channel(edition_id=edition.id, hall_id=hall_id, name=name, name_en=name_en or "", region_path=path,
                      source=source, external_url=rules_external.require_address(source, external_url))
    db.session.add(channel)
    db.session.flush()
    if source is ChannelSource.OWN:
        for role in (KeyRole.MAIN, KeyRole.BACKUP):
            _add_key(channel, role, by=by)
    return channel


@action
def create_hall_channels(edition_id: int, *, by: Actor) -> int:
    """A channel for every hall of the edition that has none; returns how many were made."""
    halls = [hall for hall in queries.list_halls_without_channel(edition_id)
             if by.may(P.STREAMING_DIRECT, region_path=hall.venue.region_path, edition_id=edition_id)]
    for hall in halls:
        create_channel(edition_id, hall.name, name_en=hall.name_en, hall_id=hall.id, by=by)
    return len(halls)


@action
def change_channel(channel_id: int, name: str, *, by: Actor, name_en: str = "", source: ChannelSource = ChannelSource.OWN,
                   external_url: str = "", is_recorded: bool = True) -> Channel:
    channel = _channel(channel_id, by)
    channel.name, channel.name_en, channel.is_recorded = name, name_en or "", is_recorded
    channel.source, channel.external_url = source, rules_external.require_address(source, external_url)
    if source is ChannelSource.OWN and not channel.keys:
        for role in (KeyRole.MAIN, KeyRole.BACKUP):
            _add_key(channel, role, by=by)
    return channel


@action
def set_filler(channel_id: int, received: Received | None, *, by: Actor) -> Channel:
    """The picture that is shown while nobody sends; none: the drawn one."""
    channel = _channel(channel_id, by)
    channel.filler_id = keep_file(received, is_public=True, by=by).id if received else None
    return channel


@action
def close_channel(channel_id: int, *, by: Actor) -> Channel:
    """Nobody sends there any more; whoever does is cut off."""
    channel = _channel(channel_id, by)
    if channel.closed_at is None:
        channel.closed_at = clock.now()
        for key in channel.keys:
            end_senders_of_key(key.id)
    return channel


@action
def reopen_channel(channel_id: int, *, by: Actor) -> Channel:
    channel = _channel(channel_id, by)
    channel.closed_at = None
    return channel


@action
def issue_key(channel_id: int, role: KeyRole, *, by: Actor, language: str = "", expires_at: datetime | None = None) -> StreamKey:
    """One more key. The ones before it stay as they are."""
    channel = _channel(channel_id, by)
    if role is KeyRole.AUDIO and not language:
        raise Refused(_l("Say which language the interpreter speaks."), "language")
    if expires_at is not None and expires_at <= clock.now():
        raise Refused(_l("This moment has passed already."), "expires_at")
    return _add_key(channel, role, by=by, language=language if role is KeyRole.AUDIO else "", expires_at=expires_at)


@action
def rotate_key(key_id: int, *, by: Actor) -> StreamKey:
    """A new key in the place of this one, which is dead from now on; whoever sends with it is cut off."""
    old = _key(key_id, by)
    _revoke(old)
    channel = _channel(old.channel_id, by)
    return _add_key(channel, old.role, by=by, language=old.language, expires_at=old.expires_at)


@action
def revoke_key(key_id: int, *, by: Actor) -> StreamKey:
    """Dead from now on; whoever sends with it is cut off at once."""
    key = _key(key_id, by)
    _revoke(key)
    return key


@action
def show_key(key_id: int, *, by: Actor) -> str:
    """The key in clear, for the sender's settings; that it was shown is written down."""
    key = _key(key_id, by)
    if key.revoked_at is not None:
        raise Refused(_l("This key was revoked. Use another one."))
    text = text_of(key)
    if rules_keys.digest_of(text) != key.digest:
        raise Refused(_l("The site's secret has changed since this key was made. Make a new one."))
    record("shown", "stream_key", key.id)
    return text


def text_of(key: StreamKey) -> str:
    return rules_keys.key_text(current_config().secret_key, _PURPOSE, key.salt)


@action
def schedule_file(channel_id: int, received: Received, starts_at: datetime, ends_at: datetime, *, by: Actor,
                  is_repeated: bool = False) -> ScheduledFile:
    """A video that goes on air by itself at a moment."""
    channel = _channel(channel_id, by)
    if channel.source is not ChannelSource.OWN:
        raise Refused(_l("This channel shows pictures of another site; nothing can be sent into it."))
    if ends_at <= clock.now():
        raise Refused(_l("This moment has passed already."), "starts_at")
    file = keep_file(received, by=by)
    scheduled = ScheduledFile(channel_id=channel.id, file_id=file.id, starts_at=starts_at, ends_at=ends_at,
                              is_repeated=is_repeated)
    db.session.add(scheduled)
    db.session.flush()
    return scheduled


@action
def unschedule_file(scheduled_id: int, *, by: Actor) -> int:
    """Take a video off the schedule, on air or not; returns its channel."""
    scheduled = get_record(ScheduledFile, scheduled_id, for_update=True)
    channel = _channel(scheduled.channel_id, by)
    db.session.delete(scheduled)
    return channel.id


def _add_key(channel: Channel, role: KeyRole, *, by: Actor, language: str = "", expires_at: datetime | None = None) -> StreamKey:
    salt = rules_keys.new_salt()
    text = rules_keys.key_text(current_config().secret_key, _PURPOSE, salt)
    key = StreamKey(channel_id=channel.id, role=role, language=language, salt=salt, digest=rules_keys.digest_of(text),
                    created_by_id=by.person_id, expires_at=expires_at)
    db.session.add(key)
    db.session.flush()
    return key


def _revoke(key: StreamKey) -> None:
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        end_senders_of_key(key.id)


def _channel(channel_id: int, by: Actor) -> Channel:
    return queries.get_channel(channel_id, by, P.STREAMING_DIRECT, for_update=True)


def _key(key_id: int, by: Actor) -> StreamKey:
    key = queries.get_key(key_id)
    if not by.may(P.STREAMING_DIRECT, region_path=key.channel.region_path, edition_id=key.channel.edition_id):
        raise not_found()
    return key


def _own_path(by: Actor, edition_id: int) -> str:
    paths = by.region_paths(P.STREAMING_DIRECT, edition_id)
    if not paths:
        raise not_found()
    return paths[0]

