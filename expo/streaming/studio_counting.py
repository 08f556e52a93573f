"""Who watches: counted from the edge's log of playlist requests, in memory, and written once a minute.

Every player loads the list of its rung once a second or so, and its address names the viewer. So nobody is asked, and
native players count too.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from expo.kit.push import push
from expo.streaming.actions_counting import Watched, keep_audience
from expo.streaming.queries_channels import list_live

#: Who has loaded no list for so long is gone.
GONE_S = 12.0
TOLD_EVERY_S, WRITTEN_EVERY_S = 15.0, 60.0
#: Longer logs begin anew; they are for counting only.
LONGEST_LOG = 64 * 1024 * 1024


@dataclass
class _Room:
    seen: dict[str, float] = field(default_factory=dict)
    seconds: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    most: int = 0
    most_venues: int = 0

    def present(self, now: float) -> tuple[int, int]:
        """Viewers and, among them, venues."""
        there = [viewer for viewer, at in self.seen.items() if _is_recent(at, now)]
        return len(there), sum(viewer.startswith("v") for viewer in there)


class Counter:
    """Call :meth:`count` every second or so."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._rooms: defaultdict[str, _Room] = defaultdict(_Room)
        # What was written before this process was started has been counted, or is too old to matter.
        self._read = log.stat().st_size if log.exists() else 0
        self._rest = b""
        self._told = self._written = time.monotonic()

    def count(self) -> None:
        self._take_lines()
        now = time.time()
        for room in self._rooms.values():
            viewers, venues = room.present(now)
            room.most, room.most_venues = max(room.most, viewers), max(room.most_venues, venues)
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._told = time.monotonic()
            self._tell(now)
        if time.monotonic() - self._written >= WRITTEN_EVERY_S:
            self._written = time.monotonic()
            self.write()

    def write(self) -> None:
        """Everything since the last time, in one transaction; nothing when nobody watched."""
        batch = {
            name: Watched(room.most, room.most_venues, {viewer: len(seconds) for viewer, seconds in room.seconds.items()})
            for name, room in self._rooms.items() if room.seconds
        }
        if batch:
            keep_audience(batch)
        now = time.time()
        for name, room in list(self._rooms.items()):
            room.seconds.clear()
            room.most = room.most_venues = 0
            room.seen = {viewer: at for viewer, at in room.seen.items() if _is_recent(at, now)}
            if not room.seen:
                del self._rooms[name]

    def _tell(self, now: float) -> None:
        if not self._rooms:
            return
        for broadcast in list_live():
            room = self._rooms.get(broadcast.room or "")
            if room is not None:
                push(f"public/broadcast/{broadcast.id}", "viewers", {"n": room.present(now)[0]})

    def _take_lines(self) -> None:
        try:
            size = self.log.stat().st_size
        except FileNotFoundError:
            return
        if size < self._read:
            self._read, self._rest = 0, b""
        with self.log.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
        self._read += len(fresh)
        lines = (self._rest + fresh).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)
        if self._read > LONGEST_LOG:
            # nginx appends, so it goes on at the beginning of the emptied file.
            os.truncate(self.log, 0)
            self._read, self._rest = 0, b""

    def _take(self, line: bytes) -> None:
        parts = line.decode("ascii", "replace").split(" ")
        if len(parts) != 3 or parts[2].startswith("d"):
            return
        try:
            at = float(parts[0])
        except ValueError:
            return
        room = self._rooms[parts[1]]
        room.seen[parts[2]] = at
        room.seconds[parts[2]].add(int(at))


def _is_recent(at: float, now: float) -> bool:
    """Also false for what lies in the future: the clock was set back since, and who is there is seen again at once."""
    return -GONE_S < now - at < GONE_S
