"""The studio: a process of its own that sees to it that every channel shows what it should.

Once a second it looks at what the media server has, what the database wants and what runs, and mends the difference.
It keeps nothing that it could not find again, so it may be killed and started at any moment.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from expo.kit import clock
from expo.kit.config import Config
from expo.kit.db import db
from expo.streaming import (
    actions_broadcasts,
    actions_senders,
    queries_broadcasts,
    queries_channels,
    queries_simulcast,
)
from expo.streaming.media import archive, filler, packager, server
from expo.streaming.media.packager import Packager, Plan, Source, SourceKind
from expo.streaming.models import Audience, Broadcast, Channel, Ingest, KeyRole, WarningKind
from expo.streaming.queries_clips import list_hidden
from expo.streaming.rules_cues import Span, is_covered
from expo.streaming.rules_media import LiveSender, due_moves, ingest_of, inner_name, sender_on_air
from expo.streaming.rules_warnings import WATCHED, warnings_of
from expo.streaming.studio_counting import Counter
from expo.streaming.studio_covering import Eraser
from expo.streaming.studio_files import FilePlayer
from expo.streaming.studio_recording import Recorder
from expo.streaming.studio_simulcast import Simulcast

log = logging.getLogger("expo.studio")
#: The folder of an ended broadcast stays so long: players finish, and look back.
FOLDER_KEPT = timedelta(hours=3)
#: A packager that dies is started again, but not more often than this.
_PAUSE_S = 2.0
STILL_EVERY_S = 15.0


@dataclass
class Desk:
    """One channel as the studio works it."""

    channel_id: int
    on_air: int | None = None
    #: Inner name of the video that is on while nobody sends.
    film: str | None = None
    #: An excluded project is on the stage.
    is_covered: bool = False
    packager: Packager | None = None
    #: Language → what shows the same picture with an interpreter's sound.
    voices: dict[str, Packager] = field(default_factory=dict)
    started: float = 0.0
    is_encoded: bool = False
    #: What the sender on air has announced and was not found in its stream.
    lacks: frozenset[str] = frozenset()
    has_low: bool | None = None
    folder: Path | None = None
    moved_at: datetime | None = None
    noted: dict[int, tuple[object, ...]] = field(default_factory=dict)
    warned: frozenset[WarningKind] = frozenset()


class Studio:
    """Call :meth:`tick` again and again, inside an application context, from one thread."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.desks: dict[int, Desk] = {}
        self.archive = archive.Archive()
        self.recorder = Recorder(config)
        self.files = FilePlayer(config)
        self.eraser = Eraser()
        self.simulcast = Simulcast(config)
        self.counter = Counter(config.home / "log" / "hls.log")
        #: Senders that came through the studio's own door, by the numbers that it gave them.
        self.studio_clients: set[int] = set()
        self._cleaned = self._drawn = 0.0

    def tick(self) -> None:
        """Look once, and mend what differs."""
        snapshot = server.take_snapshot(self.config)
        self._close_lost(snapshot)
        channels = queries_channels.list_own_channels()
        ingests = {i.id: i for i in queries_channels.list_open_ingests()}
        live = {b.channel_id: b for b in queries_channels.list_live()}
        hidden = list_hidden(list(live.values()))
        files = queries_broadcasts.list_due_files(clock.now())
        senders = self._senders(snapshot, ingests)
        for channel in channels:
            desk = self.desks.setdefault(channel.id, Desk(channel.id))
            self._note_pictures(desk, senders.get(channel.id, []))
            broadcast = live.get(channel.id)
            self._hide(desk, channel, broadcast, hidden.get(broadcast.id, []) if broadcast else [])
            self._work(desk, channel, senders.get(channel.id, []), broadcast, snapshot)
        self.files.follow(files, {c.id: c.room for c in channels}, busy={d.channel_id for d in self.desks.values() if d.on_air})
        for channel_id in set(self.desks) - {c.id for c in channels}:
            self._stop(self.desks.pop(channel_id))
        self.recorder.follow(self._to_record(channels, live), snapshot)
        if self._is_due():
            actions_broadcasts.follow_the_clock(self._moved())
        self.archive.lengthen()
        self.counter.count()
        if time.monotonic() - self._drawn > STILL_EVERY_S:
            self._drawn = time.monotonic()
            self._draw_stills(live)
        if time.monotonic() - self._cleaned > 60:
            self._cleaned = time.monotonic()
            self._clean_up()
            self.recorder.keep_forgotten()
        self.simulcast.follow(queries_simulcast.list_targets_on(), self._shown_to_all(live))
        db.session.remove()

    def stop(self) -> None:
        for desk in self.desks.values():
            self._stop(desk)
        self.files.stop()
        self.simulcast.stop()
        self.counter.write()

    def _moved(self) -> dict[int, datetime | None]:
        return {desk.channel_id: desk.moved_at for desk in self.desks.values()}

    def _is_due(self) -> bool:
        """Whether anything is due: asked without a lock, so that a quiet site takes none."""
        return bool(due_moves(queries_broadcasts.list_courses(clock.now()), self._moved(), clock.now()))

    def _close_lost(self, snapshot: server.Snapshot) -> None:
        def is_there(ingest: Ingest) -> bool:
            if ingest.media_run == actions_senders.STUDIO_RUN:
                return ingest.client_id in self.studio_clients
            return ingest.media_run == snapshot.run and ingest.client_id in snapshot.clients

        if not all(is_there(ingest) for ingest in queries_channels.list_open_ingests()):
            actions_senders.end_lost_senders(snapshot.run, snapshot.clients, self.studio_clients)

    @staticmethod
    def _senders(snapshot: server.Snapshot, ingests: dict[int, Ingest]) -> dict[int, list[LiveSender]]:
        found: dict[int, list[LiveSender]] = {}
        for name, sender in snapshot.senders.items():
            ingest = ingests.get(ingest_of(name) or 0)
            # Until pictures or sound are known there is nothing that could be shown.
            if ingest is None or not (sender.video or sender.audio):
                continue
            found.setdefault(ingest.channel_id, []).append(LiveSender(
                ingest.id, name, ingest.key.role, ingest.started_at, ingest.is_preferred, ingest.key.language,
                sender.width, sender.height, sender.video, sender.audio,
            ))
        return found

    def _note_pictures(self, desk: Desk, senders: list[LiveSender]) -> None:
        for sender in senders:
            seen = (sender.width, sender.height, sender.video, sender.audio)
            if desk.noted.get(sender.ingest_id) != seen:
                desk.noted[sender.ingest_id] = seen
                actions_senders.note_pictures(sender.ingest_id, *seen)

    def _hide(self, desk: Desk, channel: Channel, broadcast: Broadcast | None, spans: list[Span]) -> None:
        """Cover the picture while an excluded project is on, and take back what was shown of one."""
        desk.is_covered = is_covered(spans)
        folder = self._folder(channel, broadcast)
        due = self.eraser.due(folder, spans)
        if due:
            self._stop(desk)
            self.archive.lengthen()
            self.eraser.leave_out(folder, due)

    def _folder(self, channel: Channel, broadcast: Broadcast | None) -> Path:
        return server.pictures_folder(self.config) / ((broadcast.room if broadcast else None) or channel.room)

    def _work(self, desk: Desk, channel: Channel, senders: list[LiveSender], broadcast: Broadcast | None,
              snapshot: server.Snapshot) -> None:
        before = desk.on_air
        chosen = sender_on_air(senders, desk.on_air)
        desk.on_air = chosen.ingest_id if chosen else None
        if desk.on_air != before:
            desk.is_encoded, desk.lacks = False, frozenset()
            actions_senders.note_on_air(channel.id, desk.on_air)
        desk.film = None if chosen else self.files.name_on(channel.id, snapshot)
        wanted = self._wanted(desk, channel, chosen, broadcast, snapshot)
        self._run(desk, wanted)
        self._interpret(desk, senders, wanted if broadcast is not None else None)
        self._watch(desk, channel, chosen, broadcast)

    def _wanted(self, desk: Desk, channel: Channel, chosen: LiveSender | None, broadcast: Broadcast | None,
                snapshot: server.Snapshot) -> Plan | None:
        folder = self._folder(channel, broadcast)
        if folder != desk.folder:
            desk.folder, desk.has_low = folder, None
        still = filler.picture_for(self.config, channel)
        source: Source | None = None
        if desk.is_covered:
            source = Source(SourceKind.FILLER, str(filler.cover(self.config)))
        elif chosen is not None:
            source = Source(
                SourceKind.SENDER, server.inner_address(self.config, chosen.name), bool(chosen.video),
                bool(chosen.audio) and "a" not in desk.lacks, is_encoded=bool(chosen.video) and (desk.is_encoded or chosen.video != "H264"), still=str(still),
                is_slow="v" in desk.lacks,
            )
        elif desk.film is not None:
            file_sender = snapshot.senders[desk.film]
            source = Source(SourceKind.SENDER, server.inner_address(self.config, desk.film), bool(file_sender.video),
                            bool(file_sender.audio), still=str(still))
        elif broadcast is not None:
            source = Source(SourceKind.FILLER, str(still))
        if source is None:
            return None
        if desk.has_low is None:
            # Whether there is a small rung is decided once for a broadcast: players hold on to their list of rungs.
            used = sum(1 for d in self.desks.values() if d is not desk and d.has_low)
            desk.has_low = broadcast is not None and used < self.config.media.low_rungs
        return Plan(source, folder, desk.has_low)

    def _run(self, desk: Desk, wanted: Plan | None) -> None:
        running = desk.packager
        if running is not None and (running.plan != wanted or not running.is_running):
            if not running.is_running and running.last_words:
                desk.lacks |= packager.lacking(running.last_words)
                log.warning("channel %s: ffmpeg ended: %s", desk.channel_id, " / ".join(list(running.last_words)[-3:]))
            self._stop(desk)
        if wanted is not None and desk.packager is None and time.monotonic() - desk.started > _PAUSE_S * (
                running is not None and running.plan == wanted):
            self.archive.follow(wanted.folder, wanted.has_low)
            desk.started = time.monotonic()
            desk.packager = Packager(wanted)

    def _interpret(self, desk: Desk, senders: list[LiveSender], shown: Plan | None) -> None:
        """One packager more for each interpreter: the picture is passed on, the sound is theirs."""
        wanted: dict[str, Plan] = {}
        if shown is not None and shown.source.kind is SourceKind.SENDER and shown.source.has_video and not shown.source.is_encoded:
            for sender in [s for s in senders if s.role is KeyRole.AUDIO and s.language and s.audio]:
                wanted[sender.language] = replace(shown, has_low=False, language=sender.language,
                                                  voice=server.inner_address(self.config, sender.name))
        for language, running in list(desk.voices.items()):
            if not running.is_running or running.plan != wanted.get(language):
                running.stop()
                del desk.voices[language]
                if language not in wanted:
                    self.archive.forget_voice(running.plan.folder, language)
        for language, plan in wanted.items():
            if language not in desk.voices:
                self.archive.follow_voice(plan.folder, language)
                desk.voices[language] = Packager(plan)

    @staticmethod
    def _stop(desk: Desk) -> None:
        for voice in desk.voices.values():
            voice.stop()
        desk.voices.clear()
        if desk.packager is not None:
            desk.packager.stop()
            desk.packager = None

    def _watch(self, desk: Desk, channel: Channel, chosen: LiveSender | None, broadcast: Broadcast | None) -> None:
        running = desk.packager
        levels = running.levels if running else packager.Levels()
        is_long = bool(running and chosen and archive.longest_segment(running.plan.folder) > archive.LONG_S)
        kinds = warnings_of(levels, has_sender=chosen is not None or desk.film is not None, is_live=broadcast is not None,
                            has_picture=bool(desk.film or (chosen and chosen.video)))
        if is_long and not desk.is_encoded:
            desk.is_encoded = True
        if desk.is_encoded and chosen is not None:
            kinds |= {WarningKind.LONG_GOP}
        if broadcast is not None and channel.is_recorded and self.recorder.is_disk_full:
            kinds |= {WarningKind.DISK}
        if chosen is None and desk.film is None:
            desk.moved_at = None
        elif desk.moved_at is None or levels.moves():
            desk.moved_at = clock.now()
        if kinds != desk.warned:
            actions_senders.set_warnings(channel.id, kinds, WATCHED)
            desk.warned = kinds

    def _to_record(self, channels: list[Channel], live: dict[int | None, Broadcast]) -> dict[str, int]:
        """Inner names of senders and videos that are on air in a live broadcast → the broadcast."""
        found: dict[str, int] = {}
        for channel in [c for c in channels if c.is_recorded and c.id in live]:
            desk = self.desks[channel.id]
            if desk.is_covered:
                continue
            name = inner_name(channel.room, desk.on_air) if desk.on_air else desk.film
            if name:
                found[name] = live[channel.id].id
        return found

    def _shown_to_all(self, live: dict[int | None, Broadcast]) -> dict[int, str]:
        """Channel → inner address of what everybody may watch there now; a filler picture is sent to nobody else."""
        found: dict[int, str] = {}
        for desk in self.desks.values():
            broadcast = live.get(desk.channel_id)
            if broadcast is not None and broadcast.audience is Audience.PUBLIC and desk.packager is not None:
                source = desk.packager.plan.source
                if source.kind is SourceKind.SENDER:
                    found[desk.channel_id] = source.address
        return found

    def _draw_stills(self, live: dict[int | None, Broadcast]) -> None:
        """A small picture of each live broadcast for lists of them, from its newest segment; nobody waits for it."""
        for desk in self.desks.values():
            if desk.channel_id not in live or desk.packager is None:
                continue
            folder = desk.packager.plan.folder
            newest = archive.newest_segment(folder)
            if newest is not None:
                packager.draw_still(newest, folder / server.STILL)

    def _clean_up(self) -> None:
        """Remove the pictures of what ended a while ago; previews as soon as nobody sends. Of what ended just now those
        of projects that were excluded since."""
        folder = server.pictures_folder(self.config)
        used = {d.packager.plan.folder for d in self.desks.values() if d.packager}
        for room in [path for path in folder.iterdir() if path.is_dir() and path not in used] if folder.exists() else []:
            broadcast = queries_broadcasts.find_broadcast_of_room(room.name)
            if broadcast is not None and (broadcast.ended_at is None or clock.now() - broadcast.ended_at < FOLDER_KEPT):
                hidden = list_hidden([broadcast]).get(broadcast.id, [])
                self.eraser.leave_out(room, self.eraser.due(room, hidden))
                continue
            self.archive.forget(room)
            shutil.rmtree(room, ignore_errors=True)
