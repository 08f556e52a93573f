"""Recording: the media server writes what is on air in a live broadcast, as long as the disk has room."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from expo.kit import clock
from expo.kit.config import Config
from expo.streaming.actions_senders import keep_recording
from expo.streaming.media import server
from expo.streaming.queries_channels import find_recording
from expo.streaming.studio_covering import trim

log = logging.getLogger("expo.studio")
MB = 1024 * 1024
#: A file that has not grown for so long is finished.
SETTLED_S = 60


class Recorder:
    """Holds which streams are being recorded, and for which broadcast."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.is_disk_full = False
        self._recorded: dict[str, int] = {}
        self._run = ""

    def follow(self, wanted: Mapping[str, int], snapshot: server.Snapshot) -> None:
        """Record exactly these senders: inner name → broadcast. A new broadcast begins a new piece."""
        self.is_disk_full = is_nearly_full(server.recordings_folder(self.config), self.config.media.disk_mb)
        if snapshot.run != self._run:
            # What a studio before this one has begun goes on, and must end all the same when there is no room for it.
            self._recorded, self._run = {name: 0 for name in snapshot.senders if self.is_disk_full}, snapshot.run
        for name, broadcast_id in list(self._recorded.items()):
            if wanted.get(name) != broadcast_id or self.is_disk_full or name not in snapshot.senders:
                del self._recorded[name]
                if name in snapshot.senders:
                    server.stop_recording(self.config, name)
        for name, broadcast_id in wanted.items():
            if name not in self._recorded and name in snapshot.senders and not self.is_disk_full:
                server.start_recording(self.config, name)
                self._recorded[name] = broadcast_id


    def keep_forgotten(self) -> None:
        """Pieces whose report was lost, because the app was not there when they were finished."""
        for path in server.recordings_folder(self.config).glob("*.flv"):
            is_written = any(path.name.startswith(f"{name}-") for name in self._recorded)
            if not is_written and time.time() - path.stat().st_mtime > SETTLED_S:
                keep_piece(path)


def keep_piece(path: Path) -> None:
    """Write down a finished piece, once; an empty one, and what is of an excluded project, is thrown away."""
    if find_recording(path.name) is not None:
        return
    measured = measure(path)
    left = trim(path, *measured) if measured else None
    if measured is None or left is None:
        path.unlink(missing_ok=True)
    else:
        keep_recording(path, measured[0], left)


def is_nearly_full(folder: Path, least_mb: int) -> bool:
    """Whether the disk has less left than the setting asks for."""
    return shutil.disk_usage(folder).free < least_mb * MB


def measure(path: Path) -> tuple[datetime, timedelta] | None:
    """When the first frame of a finished piece came, by the site's clock, and how long it is; none for an empty one.

    The file's last change is the moment of its last frame. What the sender's own clock says is not believed.
    """
    if path.stat().st_size < 1000:
        return None
    said = subprocess.run(  # noqa: S603  # no shell
        ["ffprobe", "-loglevel", "error", "-show_entries", "packet=pts_time", "-of", "json", "-read_intervals", "%+#1", str(path)],  # noqa: S607
        capture_output=True, text=True, timeout=30, check=False,
    )
    length = subprocess.run(  # noqa: S603  # no shell
        ["ffprobe", "-loglevel", "error", "-show_entries", "format=duration", "-of", "json", str(path)],  # noqa: S607
        capture_output=True, text=True, timeout=30, check=False,
    )
    try:
        first = float(json.loads(said.stdout)["packets"][0].get("pts_time", 0))
        last = float(json.loads(length.stdout)["format"]["duration"])
    except (KeyError, IndexError, ValueError):
        log.warning("the recorded piece %s cannot be read", path.name)
        return None
    duration = timedelta(seconds=max(0.0, last - first if last > first else last))
    ended = datetime.fromtimestamp(path.stat().st_mtime, UTC) + (clock.now() - clock.real_now())
    return ended - duration, duration
