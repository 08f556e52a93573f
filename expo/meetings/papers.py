"""Calendar entries of meetings (RFC 5545), for mails and for downloading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event


@dataclass(frozen=True)
class Entry:
    """One meeting in a calendar; ``is_cancelled`` takes an earlier entry with the same uid away."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    location: str
    description: str
    url: str
    written_at: datetime
    is_firm: bool = True
    is_cancelled: bool = False


def calendar_of(entries: Iterable[Entry], name: str) -> str:
    """The text of an .ics file."""
    calendar = Calendar()
    calendar.add("prodid", "-//expo//meetings//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("summary", entry.title)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
        event.add("dtstamp", entry.written_at)
        event.add("location", entry.location)
        event.add("description", entry.description)
        event.add("url", entry.url)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED" if entry.is_firm else "TENTATIVE")
        calendar.add_component(event)
    return str(calendar.to_ical().decode())
