"""Excluded projects stay out of what is live: covered while they are on the stage, left out of what players go back to,
and cut off from the end of the recorded piece.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from expo.kit import clock
from expo.streaming.media.archive import Archive
from expo.streaming.queries_channels import find_broadcast_at, find_channel_of_room
from expo.streaming.queries_clips import list_hidden
from expo.streaming.rules_cues import Span

log = logging.getLogger("expo.studio")
#: Pictures are seen, sent and cut into segments some time after the tap; so much is left out around it.
BEFORE, AFTER = timedelta(seconds=2), timedelta(seconds=1.5)
#: Of a recorded piece so much less is kept, because copying ends by the order of decoding.
SPARE = timedelta(seconds=0.5)
_SHORTEST = timedelta(seconds=1)


class Eraser:
    """Leaves each time out of a folder once; ``spans`` by the site's clock, segments know the machine's."""

    def __init__(self) -> None:
        self._done: set[tuple[Path, datetime, datetime | None]] = set()

    def due(self, folder: Path, spans: Sequence[Span]) -> list[Span]:
        """Times that have not been left out yet."""
        return [span for span in spans if (folder, span.since, span.until) not in self._done]

    def leave_out(self, folder: Path, spans: Sequence[Span]) -> None:
        """Whoever writes the live lists of this folder must have been stopped."""
        ahead = clock.now() - clock.real_now()
        for span in spans:
            Archive.leave_out(folder, span.since - ahead - BEFORE, span.until - ahead + AFTER if span.until else None)
            self._done.add((folder, span.since, span.until))


def trim(path: Path, started_at: datetime, duration: timedelta) -> timedelta | None:
    """Cut off what a finished piece holds of an excluded project at its end; what is left of it, none when nothing is.

    A piece ends there when the project was excluded before its turn or in it. One that goes on behind it, or cannot be
    cut, stays whole; its replay cannot be released.
    """
    channel = find_channel_of_room(path.name.partition("-")[0])
    ended_at = started_at + duration
    broadcast = find_broadcast_at(channel.id, started_at, ended_at) if channel else None
    spans = list_hidden([broadcast]).get(broadcast.id, []) if broadcast else []
    hidden = next((span for span in spans if span.since < ended_at and (span.until is None or ended_at <= span.until + BEFORE)), None)
    if hidden is None:
        return duration
    left = hidden.since - started_at - SPARE
    if left < _SHORTEST:
        return None
    shorter = path.with_name(f"{path.stem}.part")
    done = subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-i", str(path), "-t", f"{left.total_seconds():.3f}",  # noqa: S603, S607
                           "-c", "copy", "-f", "flv", str(shorter)], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        log.error("the recorded piece %s holds an excluded project and cannot be cut: %s", path.name, done.stderr[-500:])
        shorter.unlink(missing_ok=True)
        return duration
    shorter.replace(path)
    return left
