"""One timeline over all rooms: a ticket's whole way, through every edition it was in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.followup.models import Case, CaseEntry
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _
from expo.kit.timeline import Line
from expo.meetings.models import Meeting
from expo.pool.models import Ticket, Visit
from expo.programme.models import Release, Session, SessionItem, Slot
from expo.projects.models import Project
from expo.shortlist.models import Candidate
from expo.signings.models import Signing


def list_timeline(ticket: Ticket) -> list[Line]:
    """Everything dated that happened to a ticket, to its candidacies, projects and cases, newest first."""
    lines = [Line(what=_("Ticket %(number)s opened", number=ticket.number), who="", at=ticket.created_at)]
    for part in (_visits, _candidacies, _projects, _sessions, _meetings, _signings, _cases):
        lines += part(ticket)
    lines.sort(key=lambda line: line.at)
    return lines[::-1]


def _at(day: date, hour: int = 12) -> datetime:
    """Where a fact of which only the day is known stands among those with a time."""
    return datetime.combine(day, time(hour), current_config().timezone)


def _visits(ticket: Ticket) -> Iterator[Line]:
    for visit in db.session.scalars(sa.select(Visit).where(Visit.ticket_id == ticket.id).options(joinedload(Visit.by))
                                    .order_by(Visit.id)):
        yield Line(what=f"{visit.stage.label} · {visit.kind.label}", who=visit.by.name if visit.by else "",
                   at=_at(visit.visited_on), is_day=True, note=visit.note)


def _candidacies(ticket: Ticket) -> Iterator[Line]:
    rows = db.session.scalars(
        sa.select(Candidate).where(Candidate.ticket_id == ticket.id).options(joinedload(Candidate.edition))
    )
    for candidate in rows:
        edition = candidate.edition.name
        yield Line(what=_("Nominated for %(edition)s", edition=edition), who="", at=candidate.nominated_at,
                   note=candidate.nomination_note or None)
        if candidate.endorsed_at:
            yield Line(what=_("Endorsed for %(edition)s", edition=edition), who="", at=candidate.endorsed_at)
        if candidate.released_at:
            yield Line(what=f"{edition}{_(': ')}{candidate.status.label}", who="", at=candidate.released_at,
                       note=candidate.reason or None)


def _project_ids(ticket: Ticket) -> Any:
    return sa.select(Project.id).where(Project.ticket_id == ticket.id)


def _projects(ticket: Ticket) -> Iterator[Line]:
    for project in db.session.scalars(sa.select(Project).where(Project.ticket_id == ticket.id)):
        yield Line(what=_("Project %(number)s invited", number=project.number), who="", at=project.invited_at)
        for label, moment in ((_("Material handed in"), project.handed_in_at), (_("Accepted"), project.accepted_at),
                              (_("Published in the online hall"), project.published_at)):
            if moment:
                yield Line(what=label, who="", at=moment)


def _sessions(ticket: Ticket) -> Iterator[Line]:
    released = sa.exists().where(Release.edition_id == Session.edition_id)
    rows = db.session.execute(
        sa.select(Session.title, Slot.starts_at)
        .join(SessionItem, SessionItem.session_id == Session.id).join(Slot, Slot.id == Session.slot_id)
        .where(SessionItem.project_id.in_(_project_ids(ticket)), released)
    )
    for title, starts_at in rows:
        yield Line(what=_("Shown in “%(session)s”", session=title), who="", at=starts_at)


def _meetings(ticket: Ticket) -> Iterator[Line]:
    for meeting in db.session.scalars(sa.select(Meeting).where(Meeting.project_id.in_(_project_ids(ticket)))):
        outcome = f" · {meeting.outcome.label}" if meeting.outcome else ""
        yield Line(what=f"{_('Meeting')} · {meeting.status.label}{outcome}", who="", at=meeting.starts_at,
                   note=meeting.outcome_note or None)


def _signings(ticket: Ticket) -> Iterator[Line]:
    for signing in db.session.scalars(sa.select(Signing).where(Signing.project_id.in_(_project_ids(ticket)))):
        at = _at(signing.signed_on) if signing.signed_on else signing.created_at
        yield Line(what=f"{signing.kind.label} {signing.serial} · {signing.status.label}", who="", at=at, tone="signed",
                   is_day=signing.signed_on is not None)


def _cases(ticket: Ticket) -> Iterator[Line]:
    rows = db.session.execute(
        sa.select(CaseEntry, Case.outcome).join(Case, Case.id == CaseEntry.case_id).where(Case.ticket_id == ticket.id)
        .options(joinedload(CaseEntry.by)).order_by(CaseEntry.id)
    )
    for entry, outcome in rows:
        what = f"{_('Follow-up')} · {entry.kind.label}"
        if entry.kind == "settled" and outcome:
            what += f" · {outcome.label}"
        yield Line(what=what, who=entry.by.name if entry.by else "", at=_at(entry.happened_on, 13), is_day=True,
                   note=entry.note or None)
