"""From taps to the course of a session: what is on now, what comes next and when, and when each project was on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.words import Labelled
from expo.streaming.models_cues import CueKind

#: Nobody is told of a delay that is shorter.
WORTH_SAYING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Turn:
    """A project in the released running order."""

    project_id: int
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Tap:
    """A cue that counts: not taken back."""

    kind: CueKind
    at: datetime
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a project was on the stage; ``until`` is none while it is."""

    project_id: int
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Phase(Labelled):
    WAITING = "waiting", _l("Not begun")
    ON = "on", _l("On stage")
    BREAK = "break", _l("Pause")
    OVER = "over", _l("Over")


@dataclass(frozen=True)
class Course:
    """Where a session stands. ``since`` is when the present phase or project began."""

    phase: Phase = Phase.WAITING
    now: Turn | None = None
    since: datetime | None = None
    spans: tuple[Span, ...] = ()
    skipped: frozenset[int] = frozenset()
    waiting: tuple[Turn, ...] = field(default=())

    @property
    def next(self) -> Turn | None:
        """The first that has not been on and was not skipped."""
        return self.waiting[0] if self.waiting else None

    def ends_at(self) -> datetime | None:
        """When the project on stage should end."""
        if self.phase is not Phase.ON or self.now is None or self.since is None:
            return None
        return self.since + timedelta(minutes=self.now.minutes)

    def delay(self, at: datetime) -> timedelta:
        """How much later (or earlier) than released the next project begins, as it looks at a moment.

        While something is on, the next one begins at its planned end, or now if that has passed.
        """
        if self.next is None or self.phase in {Phase.WAITING, Phase.OVER}:
            late = at - self.next.starts_at if self.next and self.phase is Phase.WAITING else timedelta(0)
            return max(late, timedelta(0))
        free_at = self.ends_at()
        return (max(free_at, at) if free_at else at) - self.next.starts_at

    def expected(self, at: datetime) -> dict[int, datetime]:
        """Project → when its turn begins, for all that still come: the released times, shifted by the delay."""
        shift = self.delay(at)
        if abs(shift) < WORTH_SAYING:
            shift = timedelta(0)
        return {turn.project_id: turn.starts_at + shift for turn in self.waiting}


def course_of(turns: Sequence[Turn], taps: Iterable[Tap]) -> Course:
    """What the taps have made of the running order. Projects that left the order since are known by their spans only."""
    by_project = {turn.project_id: turn for turn in turns}
    phase, now, since = Phase.WAITING, None, None
    spans: list[Span] = []
    skipped: set[int] = set()
    for tap in sorted(taps, key=lambda one: one.at):
        if spans and spans[-1].until is None and tap.kind is not CueKind.SKIP:
            spans[-1] = Span(spans[-1].project_id, spans[-1].since, tap.at)
        match tap.kind:
            case CueKind.START:
                assert tap.project_id is not None
                skipped.discard(tap.project_id)
                spans.append(Span(tap.project_id, tap.at, None))
                phase, now, since = Phase.ON, by_project.get(tap.project_id), tap.at
            case CueKind.SKIP:
                assert tap.project_id is not None
                skipped.add(tap.project_id)
            case CueKind.BREAK:
                phase, now, since = Phase.BREAK, None, tap.at
            case CueKind.RESUME:
                phase, now, since = Phase.WAITING, None, tap.at
            case CueKind.END:
                phase, now, since = Phase.OVER, None, tap.at
    been = {span.project_id for span in spans}
    waiting = tuple(turn for turn in turns if turn.project_id not in been | skipped)
    return Course(phase, now, since, tuple(spans), frozenset(skipped), () if phase is Phase.OVER else waiting)


def is_covered(hidden: Iterable[Span]) -> bool:
    """Whether one of these excluded projects is on the stage now."""
    return any(span.until is None for span in hidden)


def require_tap(course: Course, kind: CueKind, project_id: int | None, known: Iterable[int]) -> None:
    """Whether a tap makes sense where the session stands."""
    if kind in {CueKind.START, CueKind.SKIP} and project_id not in set(known):
        raise Refused(_l("This project is not in the running order."))
    if course.phase is Phase.OVER:
        raise Refused(_l("The session is over. Take the last tap back to go on."))
    if kind is CueKind.START and course.now is not None and course.now.project_id == project_id:
        raise Refused(_l("This project is on already."))
    if kind is CueKind.SKIP and course.now is not None and course.now.project_id == project_id:
        raise Refused(_l("This project is on. Start the next one instead."))
    if kind is CueKind.BREAK and course.phase is Phase.BREAK:
        raise Refused(_l("There is a pause already."))
    if kind is CueKind.RESUME and course.phase is not Phase.BREAK:
        raise Refused(_l("There is no pause."))


def longest_spans(spans: Iterable[Span], at: datetime) -> dict[int, Span]:
    """Project → the longest time that it was on, closed at ``at`` if it still is: what its clip is cut from."""
    found: dict[int, Span] = {}
    for span in spans:
        closed = Span(span.project_id, span.since, span.until or at)
        best = found.get(span.project_id)
        if best is None or _length(closed) > _length(best):
            found[span.project_id] = closed
    return found


def _length(span: Span) -> timedelta:
    assert span.until is not None
    return span.until - span.since
