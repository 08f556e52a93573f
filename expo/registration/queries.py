"""Registrations and badges as pages, papers and gates read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.editions.models import Edition
from expo.kit.db import db, find_record, get_record, in_regions, not_found
from expo.kit.history import HistoryRow
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.people.models import Person
from expo.places.models import Region, RegionKind
from expo.registration import models_forms, models_invitations, models_seats  # noqa: F401  # Registrations point at their tables.
from expo.registration.models import Badge, BadgeStatus, Registration

SORTS = ("newest", "oldest")


def get_edition(edition_id: int) -> Edition:
    """The edition with its venue, as messages and papers name it."""
    return get_record(Edition, edition_id, options=[joinedload(Edition.venue)])


def find_person_by_phone(phone: str, *, for_update: bool = False) -> Person | None:
    """The person with this number (E.164)."""
    statement = sa.select(Person).where(Person.phone == phone)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def find_owner(phone: str, *, for_update: bool = False) -> Person | None:
    """Whose number this is: who has proven it, or who has no other proven address that would say who they are."""
    statement = sa.select(Person).where(
        Person.phone == phone, sa.or_(Person.phone_confirmed_at.is_not(None), Person.email_confirmed_at.is_(None))
    )
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def find_person_on(phone: str, name: str) -> Person | None:
    """Somebody of this name who is reached on another's number."""
    return db.session.scalar(sa.select(Person).where(Person.shared_phone == phone, Person.name == name))


def list_companions(registration_id: int, *, for_update: bool = False) -> list[Registration]:
    """Who comes along with somebody, first come first, with badges."""
    statement = (
        sa.select(Registration).where(Registration.host_id == registration_id).order_by(Registration.id)
        .options(selectinload(Registration.badges))
    )
    return list(db.session.scalars(statement.with_for_update(of=Registration) if for_update else statement))


def list_by_address(edition_id: int, address: str) -> list[Registration]:
    """The registrations that have this number or e-mail, those that ended left out."""
    column = Registration.email if "@" in address else Registration.phone
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, column == address, Registration.merged_into_id.is_(None),
               Registration.anonymised_at.is_(None))
        .order_by(Registration.id).limit(20)
    ))


def find_registration_of(edition_id: int, person_id: int) -> Registration | None:
    """A person's registration in an edition."""
    return db.session.scalar(
        sa.select(Registration).where(Registration.edition_id == edition_id, Registration.person_id == person_id)
    )


def count_on_phone(edition_id: int, phone: str) -> int:
    """How many have registered by themselves on one phone."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Registration).where(
        Registration.edition_id == edition_id, Registration.phone == phone, Registration.delegation_id.is_(None),
        Registration.host_id.is_(None))) or 0


def count_links_sent(registration_id: int, since: datetime) -> int:
    """How often the link to a registration was sent since then because somebody asked for it."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(HistoryRow).where(
        HistoryRow.record_type == "registration", HistoryRow.record_id == str(registration_id), HistoryRow.at >= since,
        HistoryRow.action.endswith(":link_sent"))) or 0


def count_registrations_of(person_id: int) -> int:
    """In how many editions a person has registered."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Registration).where(Registration.person_id == person_id)) or 0


def find_registration(registration_id: int, *, for_update: bool = False) -> Registration | None:
    """A registration by its number, of whatever edition."""
    return find_record(Registration, registration_id, for_update=for_update)


def get_by_token(token: str, *, for_update: bool = False) -> Registration:
    """The registration behind a private link, with its edition, region and badges; NotFound for any other text."""
    statement = (
        sa.select(Registration)
        .where(Registration.token == token)
        .options(joinedload(Registration.edition).joinedload(Edition.venue), joinedload(Registration.region),
                 selectinload(Registration.badges))
    )
    if for_update:
        statement = statement.with_for_update(of=Registration)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def get_registration(
    registration_id: int, edition_id: int, paths: Iterable[str] | None = None, *, for_update: bool = False
) -> Registration:
    """One registration of the edition with its region, badges and decider; NotFound outside of ``paths``."""
    statement = (
        sa.select(Registration)
        .where(Registration.id == registration_id, Registration.edition_id == edition_id)
        .options(joinedload(Registration.region), joinedload(Registration.person), selectinload(Registration.badges))
    )
    if paths is not None:
        statement = statement.where(seen_from(paths))
    if for_update:
        statement = statement.with_for_update(of=Registration)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def list_by_ids(edition_id: int, ids: Collection[int], paths: Iterable[str], *, for_update: bool = False
                ) -> list[Registration]:
    """Those of the chosen registrations that exist in the reader's regions, by number, with badges."""
    statement = (
        sa.select(Registration)
        .where(Registration.id.in_(ids), Registration.edition_id == edition_id,
               seen_from(paths))
        .order_by(Registration.id)
        .options(selectinload(Registration.badges))
    )
    return list(db.session.scalars(statement.with_for_update(of=Registration) if for_update else statement))


def seen_from(paths: Iterable[str]) -> Any:
    """SQL for "in the reader's regions". Who sees the whole province sees also people from elsewhere, and is spared
    a condition that would lead the database away from the index in the list's order."""
    asked = list(paths)
    return sa.true() if any(path.count("/") <= 2 for path in asked) else in_regions(Registration.region_path, asked)


def narrowed(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> list[Any]:
    clauses: list[Any] = [Registration.edition_id == edition_id, seen_from(paths)]
    if q:
        clauses.append(search_clause(Registration, q))
    if kind := chosen.get("kind"):
        clauses.append(Registration.badge_kind == kind)
    if status := chosen.get("status"):
        clauses.append(Registration.status == status)
    if city := chosen.get("city"):
        clauses.append(in_regions(Registration.region_path, [city]))
    if chosen.get("printed") == "no":
        clauses.append(_unprinted())
    return clauses


def _unprinted() -> Any:
    return sa.exists().where(
        Badge.registration_id == Registration.id, Badge.status == BadgeStatus.VALID, Badge.prints == 0
    )


def list_registrations(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], *,
                       sort: str = "newest", cursor: str | None = None, size: int = 25) -> Page[Registration]:
    """A page of the organiser's list, with regions."""
    statement = (
        sa.select(Registration).where(*narrowed(edition_id, paths, q, chosen)).options(joinedload(Registration.region))
    )
    return keyset_page(statement, [Order(Registration.id, descending=sort != "oldest")], cursor, size)


def count_registrations(edition_id: int, paths: Iterable[str], q: str = "", chosen: Mapping[str, str] | None = None
                        ) -> int:
    """How many rows the list has in all."""
    statement = sa.select(sa.func.count()).select_from(Registration).where(
        *narrowed(edition_id, paths, q, chosen or {})
    )
    return db.session.scalar(statement) or 0


def count_by_status(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Registrations of the reader's regions by status."""
    return _counts(Registration.status, edition_id, paths)


def count_by_kind(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Registrations of the reader's regions by kind of badge."""
    return _counts(Registration.badge_kind, edition_id, paths)


def _counts(column: Any, edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    rows = db.session.execute(
        sa.select(column, sa.func.count())
        .where(Registration.edition_id == edition_id, seen_from(paths))
        .group_by(column)
    )
    return {str(value.value): number for value, number in rows}


def list_for_export(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> list[Registration]:
    """All rows of the list as shown, newest first, with regions."""
    return list(db.session.scalars(
        sa.select(Registration).where(*narrowed(edition_id, paths, q, chosen))
        .options(joinedload(Registration.region)).order_by(Registration.id.desc())
    ))


def search_at_desk(edition_id: int, q: str, limit: int = 20) -> list[Registration]:
    """People of the whole edition whose name, organisation or phone's last digits are ``q``, with badges.

    A desk serves whoever stands before it, from whatever region; that is why it needs something to search for.
    """
    if not q.strip():
        return []
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, search_clause(Registration, q))
        .options(selectinload(Registration.badges), joinedload(Registration.region))
        .order_by(Registration.id.desc()).limit(limit)
    ))


def find_badge(number: str) -> Badge | None:
    """The badge with this number, with its registration and edition."""
    return db.session.scalar(
        sa.select(Badge).where(Badge.code == number)
        .options(joinedload(Badge.registration).joinedload(Registration.edition))
    )


def find_valid_badge(registration_id: int, *, for_update: bool = False) -> Badge | None:
    """The one badge of a registration that opens gates."""
    statement = sa.select(Badge).where(Badge.registration_id == registration_id, Badge.status == BadgeStatus.VALID)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def list_cities() -> list[Region]:
    """Cities in the order of their codes, for filters and for the form."""
    return list(db.session.scalars(sa.select(Region).where(Region.kind == RegionKind.CITY).order_by(Region.key)))


def find_province_path() -> str:
    """The path of the whole, under which visitors from elsewhere are kept."""
    return db.session.scalar(
        sa.select(Region.path).where(Region.parent_id.is_(None)).order_by(Region.id).limit(1)
    ) or "/"
