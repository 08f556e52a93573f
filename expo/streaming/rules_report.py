"""What a stream has come to: its figures, its curve, and who was reached from where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
#: A curve of so many points at most; longer streams are drawn in steps of several minutes.
MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Figures:
    """One broadcast in numbers. A branch venue's screen is one viewer, however many people sit before it."""

    viewers: int = 0
    seconds: int = 0
    peak: int = 0
    messages: int = 0
    questions: int = 0
    answered: int = 0
    applause: int = 0
    interests: int = 0

    @property
    def average_min(self) -> float:
        return round(self.seconds / 60 / self.viewers, 1) if self.viewers else 0.0

    @property
    def hours(self) -> float:
        """All that was watched, added up."""
        return round(self.seconds / 3600, 1)


def sum_of(figures: Iterable[Figures]) -> Figures:
    """Several broadcasts together. Who watched two of them counts in each; the peak is the highest of all."""
    found = list(figures)
    return Figures(
        sum(f.viewers for f in found), sum(f.seconds for f in found), max((f.peak for f in found), default=0),
        sum(f.messages for f in found), sum(f.questions for f in found), sum(f.answered for f in found),
        sum(f.applause for f in found), sum(f.interests for f in found),
    )


@dataclass(frozen=True, slots=True)
class Point:
    """Viewers in one minute, venues among them."""

    minute: datetime
    viewers: int
    venues: int


@dataclass(frozen=True, slots=True)
class Share:
    """Viewers from one city (none: not known; ``is_anonymous``: without an account) and the seconds they watched."""

    city: str | None
    viewers: int
    seconds: int
    is_anonymous: bool = False


@dataclass(frozen=True, slots=True)
class VenueShare:
    """A branch venue: how long its screen played, and how many had checked in there on that day."""

    name: str
    seconds: int
    checked_in: int


@dataclass(frozen=True, slots=True)
class OnStage:
    """A project's longest time on the stage with those who saw it, and those who wanted to talk during the stream."""

    number: str
    title: str
    since: datetime
    until: datetime
    viewers: int
    interests: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one broadcast's audience."""

    figures: Figures
    points: Sequence[Point] = ()
    shares: Sequence[Share] = ()
    venues: Sequence[VenueShare] = ()
    stages: Sequence[OnStage] = ()
    #: (question, ((choice, votes), …))
    polls: Sequence[tuple[str, Sequence[tuple[str, int]]]] = ()


def whole_curve(points: Sequence[Point]) -> list[Point]:
    """Minute after minute without a gap: in a minute that is not written down nobody watched."""
    if not points:
        return []
    known = {point.minute: point for point in points}
    length = int((points[-1].minute - points[0].minute) / MINUTE)
    minutes = (points[0].minute + n * MINUTE for n in range(length + 1))
    return [known.get(minute) or Point(minute, 0, 0) for minute in minutes]


def drawn_curve(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Of a long curve the highest point of each step, so that the peak stays in it."""
    step = -(-len(points) // most) or 1
    return [max(points[n:n + step], key=lambda point: point.viewers) for n in range(0, len(points), step)]


def viewers_during(points: Iterable[Point], since: datetime, until: datetime) -> int:
    """How many watched on average while something was on, counted by the minutes that it touches."""
    seen = [p.viewers for p in points if p.minute + MINUTE > since and p.minute < until]
    return round(sum(seen) / len(seen)) if seen else 0


def within(moments: Iterable[datetime], since: datetime, until: datetime) -> int:
    """How many of these moments lie in a time."""
    return sum(1 for at in moments if since <= at < until)


def top_of(values: Iterable[int]) -> int:
    """The scale's upper end: the next number above all values that reads well and can be halved."""
    most, size = max(values, default=0), 10
    while True:
        for step in (1, 2, 4, 6, 8):
            if most <= step * size:
                return step * size
        size *= 10


def place_of(moment: datetime, points: Sequence[Point]) -> float:
    """Where a moment lies on the curve, 0 to 100."""
    length = (points[-1].minute - points[0].minute) / MINUTE if points else 0
    return min(100.0, max(0.0, (moment - points[0].minute) / MINUTE * 100 / length)) if length else 0.0
