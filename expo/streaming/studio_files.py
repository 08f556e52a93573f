"""Videos as streams: at their time ffmpeg sends them into the media server, as if a sender did."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from expo.kit import clock
from expo.kit.config import Config
from expo.kit.files import storage
from expo.streaming.media import server
from expo.streaming.models import ScheduledFile

log = logging.getLogger("expo.studio")


@dataclass
class _Played:
    scheduled_id: int
    name: str
    process: subprocess.Popen[bytes]


class FilePlayer:
    """At most one video for each channel; one that somebody sends into waits in the background, at its time."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._played: dict[int, _Played] = {}
        self._failed: set[int] = set()

    def follow(self, due: Mapping[int, ScheduledFile], rooms: Mapping[int, str], busy: Collection[int]) -> None:
        """Start and stop what is due: channel → video. A live sender in ``busy`` channels goes before."""
        for channel_id, played in list(self._played.items()):
            wanted = due.get(channel_id)
            if wanted is None or wanted.id != played.scheduled_id or channel_id in busy or played.process.poll() is not None:
                self._stop(channel_id)
        for channel_id, scheduled in due.items():
            if channel_id in rooms and channel_id not in self._played and channel_id not in busy and scheduled.id not in self._failed:
                self._start(channel_id, rooms[channel_id], scheduled)

    def name_on(self, channel_id: int, snapshot: server.Snapshot) -> str | None:
        """The inner name of the video that is on, once the media server has it."""
        played = self._played.get(channel_id)
        sender = snapshot.senders.get(played.name) if played else None
        return sender.name if sender and (sender.video or sender.audio) else None

    def stop(self) -> None:
        for channel_id in list(self._played):
            self._stop(channel_id)

    def _start(self, channel_id: int, room: str, scheduled: ScheduledFile) -> None:
        # A studio that was started anew goes on where the video would be by now.
        elapsed = max(0.0, (clock.now() - scheduled.starts_at).total_seconds())
        if elapsed < 3:
            elapsed = 0.0
        name = f"{room}-f{scheduled.id}"
        again = ["-stream_loop", "-1"] if scheduled.is_repeated else ["-ss", f"{elapsed:.1f}"]
        command = [
            "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-re", *again, "-i", self._address(scheduled),
            "-map", "0:v:0?", "-map", "0:a:0?", "-vf", "scale=w='min(1280,iw)':h=-2,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "2000k", "-maxrate", "2000k",
            "-bufsize", "2000k", "-force_key_frames", "expr:gte(t,n_forced)", "-c:a", "aac", "-b:a", "128k", "-ar", "44100",
            "-f", "flv", server.inner_address(self.config, name),
        ]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,  # noqa: S603  # no shell
                                   stderr=subprocess.DEVNULL)
        self._played[channel_id] = _Played(scheduled.id, name, process)

    @staticmethod
    def _address(scheduled: ScheduledFile) -> str:
        """A file of the folder by its path, one of a bucket by an address that lasts as long as the video."""
        store = storage()
        seconds = int((scheduled.ends_at - scheduled.starts_at).total_seconds()) + 3600
        address = store.address(scheduled.file.key, seconds=seconds)
        return address.url or str(store.path(scheduled.file.key))  # type: ignore[attr-defined]  # a folder has paths

    def _stop(self, channel_id: int) -> None:
        played = self._played.pop(channel_id)
        code = played.process.poll()
        if code is None:
            played.process.terminate()
            try:
                played.process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                played.process.kill()
                played.process.wait()
        else:
            # It has come to its end, or cannot be played: either way not again and again.
            self._failed.add(played.scheduled_id)
            if code:
                log.warning("video %s could not be played to its end (code %s)", played.scheduled_id, code)
