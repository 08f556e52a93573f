"""Mails and text messages about interests and meetings; they leave with the running action's commit."""

from __future__ import annotations

from typing import Any

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import DEFAULT, _, _l, speaking
from expo.kit.outbox import send_mail, send_sms
from expo.meetings.models import Interest, Meeting, MeetingStatus
from expo.meetings.papers import Entry, calendar_of
from expo.meetings.rules import Party
from expo.projects.models import Project
from expo.projects.rules import is_mobile


def interest_url(interest: Interest) -> str:
    """Where the two sides of an interest talk."""
    return f"{current_config().public_url}/work/meetings/interests/{interest.id}"


def entry_of(meeting: Meeting, project: Project, interest_id: int) -> Entry:
    """A meeting for a calendar; the other side's contact never stands in it."""
    return Entry(
        uid=meeting.uid or f"meeting-{meeting.id}@expo", sequence=meeting.sequence, title=_("Meeting: %(title)s", title=project.title),
        starts_at=meeting.starts_at, ends_at=meeting.ends_at, location=meeting.place or meeting.online_url,
        description=meeting.online_url, url=f"{current_config().public_url}/work/meetings/interests/{interest_id}",
        written_at=clock.now(), is_firm=meeting.status is not MeetingStatus.PROPOSED,
        is_cancelled=meeting.status is MeetingStatus.CANCELLED,
    )


def tell_visitor(interest: Interest, subject: Any, body: Any, calendar: str = "") -> None:
    """To whoever wanted to talk, in their language."""
    person = interest.person
    with speaking(person.language):
        _tell(person.email or "", person.phone or "", str(subject), str(body), calendar)


def tell_exhibitor(project: Project, subject: Any, body: Any, calendar: str = "") -> None:
    """To the project's contact, in the exhibitor's language."""
    with speaking(project.exhibitor.language if project.exhibitor else DEFAULT):
        _tell(project.contact_email, project.contact_phone, str(subject), str(body), calendar)


def tell_other(interest: Interest, meeting: Meeting, party: Party, subject: Any, what: str) -> None:
    """To the side that did not act."""
    body = _body(interest, meeting, what)
    if party is Party.VISITOR:
        tell_exhibitor(interest.project, subject, body)
    else:
        tell_visitor(interest, subject, body)


def tell_both(interest: Interest, meeting: Meeting, subject: Any, what: str) -> None:
    """To both sides, with the calendar entry."""
    body = _body(interest, meeting, what)
    calendar = calendar_of([entry_of(meeting, interest.project, interest.id)], current_config().site_name)
    tell_visitor(interest, subject, body, calendar)
    tell_exhibitor(interest.project, subject, body, calendar)


def _body(interest: Interest, meeting: Meeting, what: str) -> Any:
    zone = current_config().timezone
    when = f"{meeting.starts_at.astimezone(zone):%Y-%m-%d %H:%M}–{meeting.ends_at.astimezone(zone):%H:%M}"
    values = {"title": interest.project.title, "when": when, "where": meeting.place or meeting.online_url,
              "url": interest_url(interest), "reason": meeting.cancelled_reason}
    if what == "cancelled":
        return _l("The meeting about “%(title)s” on %(when)s is cancelled: %(reason)s\n\n%(url)s", **values)
    if what == "agreed":
        return _l("You meet about “%(title)s” on %(when)s, %(where)s.\n\n%(url)s", **values)
    return _l("For “%(title)s” this time is proposed: %(when)s, %(where)s. Accept it or propose another: %(url)s", **values)


def _tell(email: str, phone: str, subject: str, body: str, calendar: str) -> None:
    if email:
        attached = [{"name": "meeting.ics", "type": "text/calendar", "text": calendar}] if calendar else None
        send_mail(email, subject, body, attached)
    elif is_mobile(phone):
        send_sms(phone, f"[{current_config().site_name}] {subject}: {body.partition(chr(10))[0]}"[:300])
