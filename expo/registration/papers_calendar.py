"""The expo's days as a calendar entry."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event

from expo.editions.models import Edition
from expo.kit.config import current_config


def calendar_of(edition: Edition) -> str:
    """An iCalendar text with one all-day event; the same edition always has the same UID, so a new one replaces it."""
    config = current_config()
    calendar = Calendar()
    calendar.add("prodid", "-//expo//registration//ZH")
    calendar.add("version", "2.0")
    event = Event()
    event.add("uid", f"edition-{edition.id}@{config.public_url.partition('://')[2]}")
    event.add("dtstamp", datetime.combine(edition.starts_on, time(), UTC))
    event.add("dtstart", edition.starts_on)
    event.add("dtend", edition.ends_on + timedelta(days=1))
    event.add("summary", edition.name)
    event.add("url", f"{config.public_url}/expo/{edition.slug}/programme")
    if edition.venue is not None:
        event.add("location", f"{edition.venue.name} {edition.venue.address}".strip())
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()
