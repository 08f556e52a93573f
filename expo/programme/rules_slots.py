"""Time slots from a pattern such as 10:00, 13:30, 15:30 on each day of an edition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from expo.kit.language import _l
from expo.kit.refusals import Refused

MOST_SLOTS = 200
LONGEST = 12 * 60
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})")
_BETWEEN = re.compile(r"[\s,，、;；]+")


def read_times(text: str) -> list[time]:
    """The times in a text, in order, each once; :class:`Refused` for what is no time."""
    found: set[time] = set()
    for piece in _BETWEEN.split(text.strip()):
        match = _TIME.fullmatch(piece)
        if not match or int(match[1]) > 23 or int(match[2]) > 59:
            raise Refused(_l("“%(piece)s” is no time. Write times like 09:00 13:30 15:30.", piece=piece), "times")
        found.add(time(int(match[1]), int(match[2])))
    return sorted(found)


def slots_of(days: Iterable[date], times: Iterable[time], minutes: int, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The slots of a pattern. Times are wall-clock times of ``zone``; the length is real minutes."""
    times = list(times)
    if not 10 <= minutes <= LONGEST:
        raise Refused(_l("A slot lasts between 10 minutes and 12 hours."), "minutes")
    for one, other in pairwise(times):
        if _minutes(one) + minutes > _minutes(other):
            raise Refused(_l("The slot at %(one)s would still run when the one at %(other)s begins.",
                             one=f"{one:%H:%M}", other=f"{other:%H:%M}"), "times")
    found = []
    for day in days:
        for at in times:
            starts = datetime.combine(day, at, zone)
            found.append((starts, starts + timedelta(minutes=minutes)))
    if len(found) > MOST_SLOTS:
        raise Refused(_l("That would be %(number)s slots; an edition takes %(most)s at most.", number=len(found),
                         most=MOST_SLOTS), "times")
    return found


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def without_existing(wanted: Iterable[tuple[datetime, datetime]], existing: Iterable[tuple[datetime, datetime]]
                     ) -> tuple[list[tuple[datetime, datetime]], int]:
    """(those that are new, how many overlap a slot that is there already and are left out)."""
    existing = list(existing)
    wanted = list(wanted)
    new = [(s, e) for s, e in wanted if not any(s < other_e and other_s < e for other_s, other_e in existing)]
    return new, len(wanted) - len(new)


def days_between(first: date, last: date) -> list[date]:
    """All days of an edition."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
