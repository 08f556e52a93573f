"""Absences, and who may be needed in an edition's programme."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.people.models import Membership, MembershipStatus, Organisation, Person, RoleGrant
from expo.places.rules import level_of
from expo.programme.models import ItemPresenter, Session, SessionItem, SessionStatus
from expo.programme.models_needs import SessionPerson
from expo.programme.models_planning import Absence
from expo.projects.models import Project

SORTS: dict[str, list[Order]] = {
    "time": [Order(Absence.starts_at), Order(Absence.id)],
    "newest": [Order(Absence.id, descending=True)],
}


def needed_people(edition_id: int, paths: Iterable[str]) -> sa.Select[Any]:
    """Ids of everybody whom sessions or projects of these regions need."""
    paths = tuple(paths)
    sessions = sa.and_(Session.edition_id == edition_id, in_regions(Session.region_path, paths))
    items = sa.select(SessionItem.id).join(Session).where(sessions)
    return sa.union(
        sa.select(Session.moderator_id).where(sessions, Session.moderator_id.is_not(None)),
        sa.select(SessionItem.presenter_id).join(Session).where(sessions, SessionItem.presenter_id.is_not(None)),
        sa.select(ItemPresenter.person_id).where(ItemPresenter.item_id.in_(items)),
        sa.select(SessionPerson.person_id).join(Session, Session.id == SessionPerson.session_id).where(sessions),
        sa.select(Project.exhibitor_id).where(Project.edition_id == edition_id, in_regions(Project.region_path, paths),
                                              Project.exhibitor_id.is_not(None)),
    )  # type: ignore[return-value]  # a union is selected from like a select


def _known(edition_id: int, paths: Iterable[str]) -> sa.ColumnElement[bool]:
    """SQL for "these organisers have to do with this person": needed in their sessions, or at home in their regions."""
    paths = tuple(paths)
    if any(level_of(path) <= 1 for path in paths):
        return sa.true()
    granted = sa.select(RoleGrant.person_id).where(in_regions(RoleGrant.region_path, paths), RoleGrant.ended_at.is_(None))
    member = sa.select(Membership.person_id).join(Organisation, Organisation.id == Membership.organisation_id).where(
        in_regions(Organisation.region_path, paths), Membership.status == MembershipStatus.CONFIRMED)
    return sa.or_(Person.id.in_(needed_people(edition_id, paths).subquery().select()), Person.id.in_(granted),
                  Person.id.in_(member))


def find_known(edition_id: int, paths: Iterable[str], names: Collection[str]) -> dict[str, list[Person]]:
    """Name or phone number → the persons meant, as far as these organisers have to do with them."""
    found: dict[str, list[Person]] = {}
    for person in db.session.scalars(sa.select(Person).where(
            sa.or_(Person.name.in_(names), Person.phone.in_(names)), Person.anonymised_at.is_(None),
            Person.disabled_at.is_(None), _known(edition_id, paths)).order_by(Person.id)):
        for key in {person.name, person.phone or ""} & set(names):
            found.setdefault(key, []).append(person)
    return found


def list_needed_among(edition_id: int, paths: Iterable[str], person_ids: Collection[int]) -> set[int]:
    """Those of these persons whom the edition's programme needs: tells namesakes apart."""
    needed = needed_people(edition_id, paths).subquery()
    return set(db.session.scalars(sa.select(Person.id).where(Person.id.in_(person_ids), Person.id.in_(needed.select()))))


def is_known(edition_id: int, paths: Iterable[str], person_id: int) -> bool:
    """Whether these organisers have to do with this person."""
    return db.session.scalar(sa.select(Person.id).where(Person.id == person_id, _known(edition_id, paths))) is not None


def suggest_people(edition_id: int, paths: Iterable[str], limit: int = 300) -> list[str]:
    """Names of people whom these regions' sessions need: suggestions while typing."""
    needed = needed_people(edition_id, paths).subquery()
    return list(db.session.scalars(
        sa.select(Person.name).where(Person.id.in_(needed.select()), Person.anonymised_at.is_(None)).distinct()
        .order_by(Person.name).limit(limit)))


def _narrowed(statement: sa.Select[Any], edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str],
              zone: ZoneInfo) -> sa.Select[Any]:
    paths = tuple(paths)
    statement = statement.join(Person, Person.id == Absence.person_id).where(
        Absence.edition_id == edition_id, sa.or_(in_regions(Absence.region_path, paths), _known(edition_id, paths)))
    for word in q.split():
        statement = statement.where(Person.name.contains(word, autoescape=True))
    if day := chosen.get("day"):
        starts = datetime.combine(date.fromisoformat(day), time(), zone)
        statement = statement.where(Absence.starts_at < starts + timedelta(days=1), Absence.ends_at > starts)
    return statement


def list_absences(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str, cursor: str | None,
                  size: int, zone: ZoneInfo) -> Page[Absence]:
    """One page of the absences that these organisers may know of."""
    return keyset_page(_narrowed(sa.select(Absence), edition_id, paths, q, chosen, zone).options(joinedload(Absence.person)),
                       SORTS[sort], cursor, size)


def count_absences(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], zone: ZoneInfo) -> int:
    return db.session.scalar(
        _narrowed(sa.select(sa.func.count()).select_from(Absence), edition_id, paths, q, chosen, zone)) or 0


def list_of_persons(edition_id: int, person_ids: Collection[int]) -> dict[int, list[Absence]]:
    """Person → their absences."""
    found: dict[int, list[Absence]] = {}
    for one in db.session.scalars(sa.select(Absence).where(Absence.edition_id == edition_id, Absence.person_id.in_(person_ids))
                                  .order_by(Absence.starts_at)):
        found.setdefault(one.person_id, []).append(one)
    return found


def list_needing(edition_id: int, person_ids: Collection[int]) -> dict[int, list[str]]:
    """Person → codes of the sessions that need them."""
    alive = sa.and_(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED)
    rows = sa.union(
        sa.select(Session.moderator_id.label("person"), Session.code).where(alive, Session.moderator_id.in_(person_ids)),
        sa.select(SessionItem.presenter_id, Session.code).join(Session).where(alive, SessionItem.presenter_id.in_(person_ids)),
        sa.select(ItemPresenter.person_id, Session.code).join(SessionItem, SessionItem.id == ItemPresenter.item_id)
        .join(Session).where(alive, ItemPresenter.person_id.in_(person_ids)),
        sa.select(SessionPerson.person_id, Session.code).join(Session, Session.id == SessionPerson.session_id)
        .where(alive, SessionPerson.person_id.in_(person_ids)),
    ).subquery()
    found: dict[int, list[str]] = {}
    for row in db.session.execute(sa.select(rows.c.person, rows.c.code).order_by(rows.c.code)):
        found.setdefault(row.person, []).append(row.code)
    return found
