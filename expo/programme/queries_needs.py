"""What sessions ask for beside their place, for their pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, in_regions
from expo.people.models import Person
from expo.places.models import Venue, VenueKind
from expo.programme.models import Session
from expo.programme.models_needs import (
    SessionAfter,
    SessionBranch,
    SessionPerson,
    SessionQuota,
)


@dataclass(frozen=True)
class StoredNeeds:
    """All rows of one session."""

    people: list[SessionPerson]
    after: list[SessionAfter]
    quotas: list[SessionQuota]
    branches: list[SessionBranch]


def load_needs(session_id: int) -> StoredNeeds:
    """Who must be there, what it follows, its mix, and its branch venues."""
    return StoredNeeds(
        list(db.session.scalars(sa.select(SessionPerson).where(SessionPerson.session_id == session_id)
                                .order_by(SessionPerson.position, SessionPerson.id).options(joinedload(SessionPerson.person)))),
        list(db.session.scalars(sa.select(SessionAfter).where(SessionAfter.session_id == session_id).order_by(SessionAfter.id))),
        list(db.session.scalars(sa.select(SessionQuota).where(SessionQuota.session_id == session_id).order_by(SessionQuota.id))),
        list(db.session.scalars(sa.select(SessionBranch).where(SessionBranch.session_id == session_id)
                                .order_by(SessionBranch.id).options(joinedload(SessionBranch.venue)))),
    )


def list_after(edition_id: int) -> dict[int, list[int]]:
    """Session → the sessions that it must follow."""
    found: dict[int, list[int]] = {}
    for row in db.session.execute(sa.select(SessionAfter.session_id, SessionAfter.earlier_id)
                                  .join(Session, Session.id == SessionAfter.session_id)
                                  .where(Session.edition_id == edition_id).order_by(SessionAfter.id)):
        found.setdefault(row.session_id, []).append(row.earlier_id)
    return found


def list_codes(edition_id: int) -> dict[int, str]:
    """Session → code."""
    return {row.id: row.code for row in db.session.execute(
        sa.select(Session.id, Session.code).where(Session.edition_id == edition_id).order_by(Session.code))}


def list_branch_venues(paths: Iterable[str]) -> list[Venue]:
    """Branch venues in these regions, by region."""
    return list(db.session.scalars(sa.select(Venue).where(Venue.kind == VenueKind.BRANCH, in_regions(Venue.region_path, paths))
                                   .order_by(Venue.region_path, Venue.id)))


def list_venues(ids: Collection[int]) -> list[Venue]:
    return list(db.session.scalars(sa.select(Venue).where(Venue.id.in_(ids))))


def find_persons(names: Collection[str]) -> dict[str, list[Person]]:
    """Name or phone number → everybody meant; who may be asked to a session is not limited to a region."""
    found: dict[str, list[Person]] = {}
    for person in db.session.scalars(sa.select(Person).where(sa.or_(Person.name.in_(names), Person.phone.in_(names)),
                                                             Person.anonymised_at.is_(None), Person.disabled_at.is_(None))
                                     .order_by(Person.id)):
        for key in {person.name, person.phone or ""} & set(names):
            found.setdefault(key, []).append(person)
    return found
