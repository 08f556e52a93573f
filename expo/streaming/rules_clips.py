"""Which parts of a replay become clips, and what may be done with one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.projects.models import Project, ProjectStatus
from expo.streaming.models import Audience
from expo.streaming.models_clips import ClipStatus
from expo.streaming.rules_captions import stamp
from expo.streaming.rules_cues import Span, Tap, course_of, longest_spans
from expo.streaming.rules_media import replay_offset

#: What is shorter was a wrong tap, not a pitch.
SHORTEST = timedelta(seconds=2)

LIFECYCLE = Lifecycle(
    {
        ClipStatus.WANTED: {ClipStatus.CUT, ClipStatus.MISSING, ClipStatus.EXCLUDED},
        ClipStatus.MISSING: {ClipStatus.WANTED, ClipStatus.EXCLUDED},
        ClipStatus.CUT: {ClipStatus.WANTED, ClipStatus.PUBLISHED, ClipStatus.EXCLUDED},
        ClipStatus.PUBLISHED: {ClipStatus.WANTED, ClipStatus.WITHDRAWN, ClipStatus.EXCLUDED},
        ClipStatus.WITHDRAWN: {ClipStatus.WANTED, ClipStatus.PUBLISHED, ClipStatus.EXCLUDED},
        ClipStatus.EXCLUDED: {ClipStatus.WANTED},
    }
)
#: Nobody has looked at these yet, so cues may still change them.
OPEN = frozenset({ClipStatus.WANTED, ClipStatus.MISSING, ClipStatus.CUT})


@dataclass(frozen=True, slots=True)
class Cut:
    """When a project was on the stage, by the hall's clock."""

    project_id: int
    starts_at: datetime
    ends_at: datetime


def cuts_of(taps: Iterable[Tap], until: datetime) -> dict[int, Cut]:
    """Project → its longest time on the stage; one that is still on is cut at ``until``."""
    spans = (span for span in course_of((), taps).spans if span.since < until)
    return {number: Cut(number, span.since, span.until) for number, span in longest_spans(spans, until).items()
            if span.until is not None and span.until - span.since >= SHORTEST}


def place_in_replay(pieces: Sequence[tuple[datetime, timedelta]], starts_at: datetime,
                    ends_at: datetime) -> tuple[timedelta, timedelta] | None:
    """From where to where a time lies in the joined replay; none when it was not recorded."""
    begin, end = replay_offset(pieces, starts_at), replay_offset(pieces, ends_at)
    if begin is None:
        return None
    end = sum((length for _, length in pieces), timedelta(0)) if end is None else end
    return (begin, end) if end - begin >= SHORTEST else None


def require_moved(starts_at: datetime, ends_at: datetime, forbidden: Iterable[Span]) -> None:
    """A cut that was moved by hand must keep clear of the time of excluded projects."""
    if ends_at - starts_at < SHORTEST:
        raise Refused(_l("The end must come after the beginning."), "end")
    for span in forbidden:
        if starts_at < (span.until or ends_at) and span.since < ends_at:
            raise Refused(_l("These seconds belong to a project that is excluded. Keep clear of them."), "start")


def require_showable(project: Project, audience: Audience) -> None:
    """Only published material is shown, and only of a stream that everybody may watch."""
    if project.status is not ProjectStatus.PUBLISHED:
        raise Refused(_l("This project's material is not published; its clip cannot be shown."))
    if audience is not Audience.PUBLIC:
        raise Refused(_l("Not everybody may watch this stream, so its clips cannot be shown to everybody. Change who may watch first."))


def chapters_vtt(chapters: Iterable[tuple[timedelta, timedelta, str]]) -> str:
    """WebVTT chapters: (begin, end, title), in order of time."""
    lines = ["WEBVTT", ""]
    for begin, end, title in chapters:
        safe = title.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "→").replace("\n", " ")
        lines += [f"{stamp(begin)} --> {stamp(end)}", safe, ""]
    return "\n".join(lines)
