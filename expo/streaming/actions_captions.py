"""Captions: uploaded for the replay, or typed by a captioner while it is live."""

from __future__ import annotations

import re

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.push import push
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.streaming import queries_broadcasts as queries
from expo.streaming.actions_broadcasts import get_directed
from expo.streaming.models import BroadcastStatus, CaptionLine, CaptionTrack
from expo.streaming.queries_clips import list_hidden
from expo.streaming.rules_cues import is_covered
from expo.streaming.words import LANGUAGES

MOST_BYTES = 2_000_000
LONGEST_LINE = 200
_CUE = re.compile(r"^(\d{2,}:)?\d{2}:\d{2}\.\d{3} --> (\d{2,}:)?\d{2}:\d{2}\.\d{3}", re.MULTILINE)


@action
def set_captions(broadcast_id: int, language: str, content: bytes, *, by: Actor) -> CaptionTrack:
    """Keep a WebVTT file; anything else is refused with what is wrong."""
    broadcast = get_directed(broadcast_id, by)
    text = _checked(content)
    if language not in LANGUAGES:
        raise Refused(_l("Choose a language."), "language")
    track = queries.find_caption_track(broadcast.id, language)
    if track is None:
        track = CaptionTrack(broadcast_id=broadcast.id, language=language, content=text)
        db.session.add(track)
    track.content, track.uploaded_at = text, clock.now()
    return track


@action(history=False)
def type_caption(broadcast_id: int, language: str, text: str, *, by: Actor) -> CaptionLine:
    """A line of a captioner, shown at once to whoever has live captions on."""
    broadcast = get_directed(broadcast_id, by)
    line = " ".join(text.split())[:LONGEST_LINE]
    if broadcast.status is not BroadcastStatus.LIVE:
        raise Refused(_l("This stream is not live; captions of a replay are uploaded as a file."))
    if is_covered(list_hidden([broadcast]).get(broadcast.id, [])):
        raise Refused(_l("The picture is covered: nothing of this project is shown, and none of its captions."), "text")
    if not line or language not in LANGUAGES:
        raise Refused(_l("Type a line first."), "text")
    typed = CaptionLine(broadcast_id=broadcast.id, language=language, text=line)
    db.session.add(typed)
    db.session.flush()
    push(f"public/broadcast/{broadcast.id}", "caption", {"language": language, "text": line})
    return typed


def _checked(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Refused(_l("This file is too large for captions; at most 2 MB are accepted."), "file")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused(_l("Save the captions as UTF-8 and try again."), "file") from None
    if not text.startswith("WEBVTT") or not _CUE.search(text):
        raise Refused(_l("This is no WebVTT file: it must begin with WEBVTT and hold times such as 00:01.000 --> 00:04.000."), "file")
    return text
