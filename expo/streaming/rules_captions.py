"""Typed captions as a file for the replay. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from expo.streaming.models import CaptionLine
from expo.streaming.rules_media import recorded_at

#: A typed line stands until the next one, but not longer than this.
_LONGEST = timedelta(seconds=7)


def caption_vtt(lines: Sequence[CaptionLine], pieces: Sequence[tuple[datetime, timedelta]]) -> str:
    """Typed lines as WebVTT, at their places in the replay of these pieces; empty without lines.

    What was typed while nothing was recorded has no picture and is left out.
    """
    cues: list[str] = []
    for number, line in enumerate(lines):
        start = recorded_at(pieces, line.at)
        if start is None:
            continue
        longest = lines[number + 1].at - line.at if number + 1 < len(lines) else _LONGEST
        cues.append(f"{stamp(start)} --> {stamp(start + min(longest, _LONGEST))}\n{line.text}\n")
    return "WEBVTT\n\n" + "\n".join(cues) if cues else ""


def stamp(span: timedelta) -> str:
    milliseconds = max(0, round(span.total_seconds() * 1000))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
