"""Persons as administrators and organisers see them: everybody for the province, those at home below for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db, in_regions, not_found
from expo.kit.identity import normal_email
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.refusals import Refused
from expo.people.models import Membership, MembershipStatus, Organisation, Person, RoleGrant
from expo.people.permissions import Role
from expo.people.queries import is_in_force
from expo.places.rules import level_of

#: The smallest number of digits by which a person may be looked for: fewer would read out the whole list.
PHONE_DIGITS = 4


def _within(paths: Iterable[str]) -> sa.ColumnElement[bool]:
    """SQL for "is at home there": holds a role there or belongs to an organisation there; all for the province."""
    paths = tuple(paths)
    if any(level_of(path) <= 1 for path in paths):
        return sa.true()
    granted = sa.select(RoleGrant.person_id).where(in_regions(RoleGrant.region_path, paths),
                                                   RoleGrant.ended_at.is_(None))
    member = (
        sa.select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(in_regions(Organisation.region_path, paths), Membership.status != MembershipStatus.ENDED)
    )
    return sa.or_(Person.id.in_(granted), Person.id.in_(member))


def is_within(person_id: int, paths: Iterable[str]) -> bool:
    """Whether this person is at home in one of these regions."""
    return db.session.scalar(sa.select(Person.id).where(Person.id == person_id, _within(paths))) is not None


def get_visible_person(person_id: int, paths: Iterable[str]) -> Person:
    """The person, unless they are at home elsewhere."""
    found = db.session.scalar(sa.select(Person).where(Person.id == person_id, _within(paths)))
    if found is None:
        raise not_found()
    return found


def _matching(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> sa.Select[Person]:
    statement = sa.select(Person).where(_within(paths), Person.anonymised_at.is_(None))
    if q:
        statement = statement.where(_found_by(q))
    if role := chosen.get("role"):
        holders = sa.select(RoleGrant.person_id).where(RoleGrant.role == Role(role),
                                                       is_in_force(clock.today(current_config().timezone)))
        statement = statement.where(Person.id.in_(holders))
    states = {
        "active": Person.disabled_at.is_(None),
        "disabled": Person.disabled_at.is_not(None),
        "locked": Person.locked_until > clock.now(),
    }
    if state := chosen.get("state"):
        statement = statement.where(states[state])
    return statement


def _found_by(q: str) -> sa.ColumnElement[bool]:
    digits = "".join(character for character in q if character.isdigit())
    if len(digits) >= PHONE_DIGITS and len(digits) + 4 >= len(q):
        return Person.phone.endswith(digits, autoescape=True)
    if "@" in q:
        try:
            return Person.email == normal_email(q)
        except Refused:
            return sa.false()
    return Person.name.contains(q, autoescape=True)


def list_persons(paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str, cursor: str | None,
                 size: int) -> Page[Person]:
    """A page of persons, newest first or by name."""
    orders = [Order(Person.name), Order(Person.id)] if sort == "name" else [Order(Person.id, descending=True)]
    return keyset_page(_matching(paths, q, chosen), orders, cursor, size)


def count_persons(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(_matching(paths, q, chosen).subquery())) or 0


def roles_by_person(person_ids: Iterable[int]) -> dict[int, list[RoleGrant]]:
    """The grants in force of each of these persons, with their regions: one statement for a whole page."""
    found: dict[int, list[RoleGrant]] = {}
    for grant in db.session.scalars(
        sa.select(RoleGrant)
        .where(RoleGrant.person_id.in_(list(person_ids)), is_in_force(clock.today(current_config().timezone)))
        .options(sa.orm.joinedload(RoleGrant.region))
        .order_by(RoleGrant.id)
    ):
        found.setdefault(grant.person_id, []).append(grant)
    return found
