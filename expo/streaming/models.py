"""What the streaming site knows: channels with their keys and senders, the broadcasts of sessions, and recordings.

A *channel* is where pictures come in, one for each hall and more at will. An *ingest* is one sender's publication into
it, from its first frame to its last; several may stand by, one is on air. A *broadcast* is what visitors watch: a
session's, or one of its own. Pictures of a channel go to the broadcast that is live on it, else to its preview.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.files import StoredFile
from expo.kit.language import _l, current_language
from expo.kit.words import Labelled
from expo.places.models import Hall


def new_room() -> str:
    """A folder name that nobody guesses. It is no secret: it stands in the addresses that viewers load."""
    return secrets.token_hex(8)


class ChannelSource(Labelled):
    OWN = "own", _l("Pictures sent here")
    PLAYER = "player", _l("Player of another site")
    HLS = "hls", _l("HLS address of another site")


class KeyRole(Labelled):
    MAIN = "main", _l("Main sender")
    BACKUP = "backup", _l("Backup sender")
    BROWSER = "browser", _l("Browser")
    AUDIO = "audio", _l("Interpreter (sound only)")


class EndReason(Labelled):
    """Why a sender's publication ended."""

    STOPPED = "stopped", _l("The sender stopped")
    REVOKED = "revoked", _l("The key was revoked")
    LOST = "lost", _l("The connection was lost")


class BroadcastStatus(Labelled):
    PLANNED = "planned", _l("Stream planned")
    NOT_PLANNED = "not_planned", _l("No stream planned")
    LIVE = "live", _l("Live now")
    ENDED = "ended", _l("Stream ended")


class Audience(Labelled):
    """Who may watch."""

    PUBLIC = "public", _l("Everybody")
    REGISTERED = "registered", _l("Registered visitors")
    INVITED = "invited", _l("Invited persons")
    VENUES = "venues", _l("Branch venues only")


class WarningKind(Labelled):
    NO_SENDER = "no_sender", _l("Nobody sends")
    NO_SOUND = "no_sound", _l("No sound")
    BLACK = "black", _l("The picture is black")
    FROZEN = "frozen", _l("The picture stands still")
    LONG_GOP = "long_gop", _l("Keyframes are too far apart")
    SECOND_SENDER = "second_sender", _l("Somebody else sends with the same key")
    DISK = "disk", _l("The disk is nearly full; nothing is recorded")


class Channel(Model):
    """Where pictures come in: a hall's, or an ad-hoc one without a hall."""

    __tablename__ = "channel"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "hall_id"),
        sa.CheckConstraint("(source = 'own') = (external_url = '')", name="external"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    hall_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hall.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120), default="")
    region_path: Mapped[str] = mapped_column(RegionPath, index=True)
    # Folder of its preview, which only those who direct may load.
    room: Mapped[str] = mapped_column(sa.String(20), unique=True, default=new_room)
    source: Mapped[ChannelSource] = mapped_column(default=ChannelSource.OWN)
    external_url: Mapped[str] = mapped_column(sa.String(500), default="")
    # Shown while a broadcast is live and nobody sends; a drawn one when there is none.
    filler_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    is_recorded: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]

    hall: Mapped[Hall | None] = relationship()
    filler: Mapped[StoredFile | None] = relationship()
    keys: Mapped[list[StreamKey]] = relationship(order_by="StreamKey.id", back_populates="channel")

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en or self.name if current_language() == "en" else self.name


class StreamKey(Model):
    """What a sender must know. The key itself is not stored: it is made from ``salt`` and the site's secret."""

    __tablename__ = "stream_key"
    __table_args__ = (sa.CheckConstraint("(role = 'audio') = (language <> '')", name="language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    role: Mapped[KeyRole]
    # Of an interpreter's sound, such as "en".
    language: Mapped[str] = mapped_column(sa.String(10), default="")
    salt: Mapped[str] = mapped_column(sa.String(40))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    channel: Mapped[Channel] = relationship(back_populates="keys")


class Broadcast(Model):
    """What visitors watch: the stream of one session, or one of its own. Without a row a session has none."""

    __tablename__ = "broadcast"
    __table_args__ = (
        sa.CheckConstraint("status <> 'live' OR started_at IS NOT NULL", name="started"),
        sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        sa.Index("uq_broadcast_live", "channel_id", unique=True, sqlite_where=sa.text("status = 'live'"),
                 postgresql_where=sa.text("status = 'live'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"), unique=True)
    channel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    status: Mapped[BroadcastStatus] = mapped_column(default=BroadcastStatus.PLANNED, index=True)
    # Of a broadcast without a session.
    title: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    title_en: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    audience: Mapped[Audience] = mapped_column(default=Audience.PUBLIC, server_default="public")
    # Other sites that may show the player: host names, separated by blanks. Only what everybody may watch.
    embed_hosts: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    # Folder of its pictures; its own, so that the right to one broadcast opens no other.
    room: Mapped[str | None] = mapped_column(sa.String(20), unique=True, default=new_room)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    poster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # The whole recording in one piece, once it has been made.
    replay_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # The moment of the replay's first frame: cues and messages are placed by it.
    replay_starts_at: Mapped[datetime | None]
    replay_published_at: Mapped[datetime | None]
    peak_viewers: Mapped[int] = mapped_column(default=0, server_default="0", info={"derived": True})

    channel: Mapped[Channel | None] = relationship()
    poster: Mapped[StoredFile | None] = relationship(foreign_keys=[poster_id])
    replay: Mapped[StoredFile | None] = relationship(foreign_keys=[replay_id])


class Invitation(Model):
    """A person who may watch a broadcast for invited ones."""

    __tablename__ = "broadcast_invitation"
    __table_args__ = (sa.UniqueConstraint("broadcast_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class Ingest(Model):
    """One publication of one sender into a channel, from start to end."""

    __tablename__ = "ingest"
    __table_args__ = (
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        sa.Index("ix_ingest_open", "channel_id", sqlite_where=sa.text("ended_at IS NULL"),
                 postgresql_where=sa.text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    key_id: Mapped[int] = mapped_column(sa.ForeignKey("stream_key.id"), index=True)
    # Its number with the media server, which counts anew at each of its starts.
    client_id: Mapped[int]
    media_run: Mapped[str] = mapped_column(sa.String(40))
    address: Mapped[str] = mapped_column(sa.String(60), default="", info={"personal": True})
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None]
    # Chosen by hand: on air before all others as long as it lasts.
    is_preferred: Mapped[bool] = mapped_column(default=False)
    # Shown now, as the studio has decided; at most one of a channel.
    is_on_air: Mapped[bool] = mapped_column(default=False, info={"derived": True})
    # What the media server says of its pictures and its sound.
    width: Mapped[int | None]
    height: Mapped[int | None]
    video_codec: Mapped[str] = mapped_column(sa.String(40), default="")
    audio_codec: Mapped[str] = mapped_column(sa.String(40), default="")

    channel: Mapped[Channel] = relationship()
    key: Mapped[StreamKey] = relationship()


class Recording(Model):
    """One piece of recorded pictures: of one sender, without a gap. ``path`` is a file name in the recordings' folder."""

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    broadcast_id: Mapped[int | None] = mapped_column(sa.ForeignKey("broadcast.id"), index=True)
    ingest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ingest.id"))
    path: Mapped[str] = mapped_column(sa.String(120), unique=True)
    # The moment of its first frame.
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    duration_ms: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class ChannelWarning(Model):
    """Something that the stage manager should know of, from when to when."""

    __tablename__ = "channel_warning"
    __history__ = False
    __table_args__ = (
        sa.Index("uq_channel_warning_open", "channel_id", "kind", unique=True, sqlite_where=sa.text("ended_at IS NULL"),
                 postgresql_where=sa.text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    kind: Mapped[WarningKind]
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class ScheduledFile(Model):
    """An uploaded video that goes on air by itself when nobody sends: a recorded pitch, a film before the start."""

    __tablename__ = "scheduled_file"
    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    starts_at: Mapped[datetime]
    # Start and length of the video, or later when it is repeated.
    ends_at: Mapped[datetime]
    is_repeated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    file: Mapped[StoredFile] = relationship()


class CaptionTrack(Model):
    """Captions of a replay, uploaded as WebVTT; times count from the replay's first frame."""

    __tablename__ = "caption_track"
    __table_args__ = (sa.UniqueConstraint("broadcast_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"))
    language: Mapped[str] = mapped_column(sa.String(10))
    content: Mapped[str] = mapped_column(sa.Text, info={"derived": True})
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)


class CaptionLine(Model):
    """A line typed by a captioner while the broadcast is live."""

    __tablename__ = "caption_line"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    text: Mapped[str] = mapped_column(sa.String(200))


class AudiencePoint(Model):
    """How many were watching a broadcast in one minute, by how they watch. Counted at the edge, written in batches."""

    __tablename__ = "audience_point"
    __history__ = False

    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    viewers: Mapped[int] = mapped_column(default=0)
    venues: Mapped[int] = mapped_column(default=0)


class Viewing(Model):
    """How long one viewer has watched a broadcast. ``viewer``: ``p<person>``, ``v<venue>`` or ``a<random>``."""

    __tablename__ = "viewing"
    __history__ = False

    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"), primary_key=True)
    viewer: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    seconds: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class VenueScreen(Model):
    """A branch venue's screen: its way in, when it was last there, and what it says to the organisers."""

    __tablename__ = "venue_screen"
    __table_args__ = (sa.UniqueConstraint("edition_id", "venue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    # SHA-256 of the code with which the venue signs in; a new code ends the old one.
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    salt: Mapped[str] = mapped_column(sa.String(40))
    revoked_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None] = mapped_column(info={"derived": True})
    hand_up_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(sa.String(200), default="")
    # The room as it looks now: a picture taken at the venue.
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    picture_at: Mapped[datetime | None]

    picture: Mapped[StoredFile | None] = relationship()
