"""What somebody who has signed in has of their own on the public side."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db
from expo.meetings.models import Interest, Meeting, MeetingStatus
from expo.projects.models import Project
from expo.registration.models import Registration, RegistrationStatus


def list_own_registrations(person_id: int) -> list[Registration]:
    """A person's registrations that stand, newest edition first."""
    return list(db.session.scalars(
        sa.select(Registration).where(Registration.person_id == person_id,
                                      Registration.status != RegistrationStatus.CANCELLED)
        .options(joinedload(Registration.edition)).order_by(Registration.id.desc())
    ))


def list_own_meetings(person_id: int, limit: int = 20) -> list[Meeting]:
    """A visitor's meetings that are proposed or agreed, the next one first."""
    return list(db.session.scalars(
        sa.select(Meeting).join(Interest, Interest.id == Meeting.interest_id)
        .where(Interest.person_id == person_id, Meeting.status.in_([MeetingStatus.PROPOSED, MeetingStatus.ACCEPTED]))
        .options(joinedload(Meeting.project)).order_by(Meeting.starts_at).limit(limit)
    ))


def list_own_projects(person_id: int, organisation_ids: frozenset[int], limit: int = 20) -> list[Project]:
    """The projects somebody exhibits, newest first."""
    mine = Project.exhibitor_id == person_id
    if organisation_ids:
        mine = sa.or_(mine, Project.organisation_id.in_(organisation_ids))
    return list(db.session.scalars(sa.select(Project).where(mine).order_by(Project.id.desc()).limit(limit)))
