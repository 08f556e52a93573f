"""When somebody is away: whole and half days, or times; and who is meant by a name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.words import Labelled
from expo.people.models import Person

NOON = time(12)
#: Longer than any edition; more is a mistake.
LONGEST = timedelta(days=31)


class Part(Labelled):
    DAY = "day", _l("Whole day")
    MORNING = "morning", _l("Morning")
    AFTERNOON = "afternoon", _l("Afternoon")
    TIMES = "times", _l("From … to …")


def span_of(day: date, part: Part, starts: time | None, ends: time | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when, by the clocks of the event's zone."""
    begin, end = datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
    if part is Part.MORNING:
        return begin, datetime.combine(day, NOON, zone)
    if part is Part.AFTERNOON:
        return datetime.combine(day, NOON, zone), end
    if part is Part.DAY:
        return begin, end
    if starts is None or ends is None:
        raise Refused(_l("Say from when to when."), "starts")
    if starts >= ends:
        raise Refused(_l("The absence ends after it begins."), "ends")
    return datetime.combine(day, starts, zone), datetime.combine(day, ends, zone)


def require_within(starts_at: datetime, ends_at: datetime, first: date, last: date, zone: ZoneInfo) -> None:
    """An absence touches the days of the edition, or nothing would come of it."""
    opening = datetime.combine(first, time(), zone)
    closing = datetime.combine(last + timedelta(days=1), time(), zone)
    if ends_at <= opening or starts_at >= closing:
        raise Refused(_l("The edition is held from %(first)s to %(last)s; this day is not one of its days.",
                         first=first.isoformat(), last=last.isoformat()), "day")
    if ends_at - starts_at > LONGEST:
        raise Refused(_l("An absence lasts a month at most."), "day")


def the_one(text: str, found: Iterable[Person], needed: Iterable[int]) -> Person:
    """The person meant by a name or a phone number: among namesakes the one whom the programme needs."""
    people = list(found)
    wanted = set(needed)
    if len(people) > 1:
        people = [person for person in people if person.id in wanted] or people
    if not people:
        raise Refused(_l("Nobody whom your sessions need or who works in your region is called “%(name)s”.", name=text), "person")
    if len(people) > 1:
        raise Refused(_l("%(number)s people are called “%(name)s”. Write the phone number instead.", number=len(people),
                         name=text), "person")
    return people[0]
