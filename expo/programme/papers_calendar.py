"""Released sessions as a calendar that phones can follow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from expo.programme.rules_content import Programme, ShownSession

#: How often a calendar program should ask again.
_AGAIN = timedelta(hours=1)


def calendar_of(chosen: Iterable[tuple[Programme, Iterable[ShownSession]]], *, name: str, public_url: str,
                address: str) -> bytes:
    """An iCalendar text of sessions of one or more releases. A session keeps its UID for ever, and each release has a
    higher SEQUENCE than the one before, so that a calendar moves or strikes out what it has already."""
    calendar = Calendar()
    calendar.add("prodid", "-//expo//programme//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add("source", address, parameters={"value": "URI"})
    host = public_url.partition("://")[2].split("/")[0]
    for programme, sessions in chosen:
        for session in sessions:
            calendar.add_component(_event(programme, session, public_url, host))
    text: bytes = calendar.to_ical()
    return text


def _event(programme: Programme, session: ShownSession, public_url: str, host: str) -> Event:
    event = Event()
    event.add("uid", f"session-{session.id}@{host}")
    event.add("dtstamp", programme.released_at)
    event.add("last-modified", programme.released_at)
    event.add("sequence", programme.number)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", session.label)
    event.add("location", " ".join(part for part in (session.hall.label, session.hall.venue_label, session.hall.address)
                                   if part))
    event.add("url", f"{public_url}/sessions/{session.id}")
    event.add("categories", [str(session.kind.label), *([session.industry.label] if session.industry else [])])
    event.add("status", "CANCELLED" if session.is_cancelled else "CONFIRMED")
    if session.hosts or session.items:
        hosts = "、".join(host.label for host in session.hosts)
        event.add("description", "\n".join([hosts, "", *(item.label for item in session.items)]).strip())
    return event
