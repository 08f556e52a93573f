"""What somebody who has signed in has of their own on the public side."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.editions.models import Edition
from expo.kit.db import db, get_record
from expo.meetings.models import Interest, Meeting, MeetingStatus
from expo.people.models import Person
from expo.projects.models import Project
from expo.registration.models import Registration, RegistrationStatus


def list_own_registrations(person_id: int) -> list[Registration]:
    """A person's registrations that stand, newest edition first: their own, and those whose link was sent to a phone or
    an e-mail that they have proven to be theirs. Who comes along stands with whom they come."""
    person = get_record(Person, person_id)
    ids = [sa.select(Registration.id).where(Registration.person_id == person_id)]
    for column, address in ((Registration.phone, person.phone if person.phone_confirmed_at else None),
                            (Registration.email, person.email if person.email_confirmed_at else None)):
        if address:
            ids.append(sa.select(Registration.id).join(Edition, Edition.id == Registration.edition_id)
                       .where(column == address))
    return list(db.session.scalars(
        sa.select(Registration).where(
            Registration.id.in_(sa.union_all(*ids)), Registration.status != RegistrationStatus.CANCELLED,
            Registration.anonymised_at.is_(None), Registration.host_id.is_(None))
        .options(joinedload(Registration.edition)).order_by(Registration.id.desc()).limit(20)
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
