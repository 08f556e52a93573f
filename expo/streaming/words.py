"""Words that several pages of the room share: languages of sound and captions, captions as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from expo.streaming.models import CaptionLine

#: Each in its own language, as a menu of languages shows them.
LANGUAGES = {"zh": "中文", "en": "English", "ja": "日本語", "ko": "한국어", "ru": "Русский", "fr": "Français", "de": "Deutsch",
             "es": "Español", "ar": "العربية", "bo": "བོད་ཡིག"}
LANGUAGE_CHOICES: list[tuple[str, Any]] = list(LANGUAGES.items())
#: A typed line stands until the next one, but not longer than this.
_LONGEST = timedelta(seconds=7)


def caption_vtt(lines: Sequence[CaptionLine], begins: datetime) -> str:
    """Typed lines as WebVTT, counted from the first frame of the replay; empty without lines."""
    cues: list[str] = []
    for number, line in enumerate(lines):
        start = line.at - begins
        following = lines[number + 1].at - begins if number + 1 < len(lines) else start + _LONGEST
        if start >= timedelta(0):
            cues.append(f"{_stamp(start)} --> {_stamp(min(following, start + _LONGEST))}\n{line.text}\n")
    return "WEBVTT\n\n" + "\n".join(cues) if cues else ""


def _stamp(span: timedelta) -> str:
    milliseconds = max(0, round(span.total_seconds() * 1000))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
