"""Organisations and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.people.models import Membership, MembershipStatus, Organisation, OrganisationKind, Person
from expo.places.models import Region


def get_organisation(organisation_id: int) -> Organisation:
    """The organisation with its region."""
    return get_record(Organisation, organisation_id, options=[joinedload(Organisation.region)])


def find_by_credit_code(code: str) -> Organisation | None:
    return db.session.scalar(sa.select(Organisation).where(Organisation.credit_code == code))


def find_by_name(name: str, region_path: str) -> Organisation | None:
    """The organisation of exactly this name in the region or below it."""
    return db.session.scalar(
        sa.select(Organisation).where(Organisation.name == name, in_regions(Organisation.region_path, [region_path]))
        .order_by(Organisation.id).limit(1)
    )


def search_organisations(q: str, limit: int = 20) -> list[Organisation]:
    """Organisations to join, by a part of the name or the whole credit code."""
    if len(q.strip()) < 2:
        return []
    return list(
        db.session.scalars(
            sa.select(Organisation)
            .where(sa.or_(Organisation.name.contains(q.strip(), autoescape=True),
                          Organisation.credit_code == q.strip().upper()))
            .options(joinedload(Organisation.region))
            .order_by(sa.func.length(Organisation.name), Organisation.id)
            .limit(limit)
        )
    )


def _matching(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> sa.Select[Organisation]:
    statement = sa.select(Organisation).where(in_regions(Organisation.region_path, paths))
    if q:
        statement = statement.where(sa.or_(Organisation.name.contains(q, autoescape=True),
                                           Organisation.name_en.icontains(q, autoescape=True),
                                           Organisation.credit_code == q.upper()))
    if kind := chosen.get("kind"):
        statement = statement.where(Organisation.kind == OrganisationKind(kind))
    if city := chosen.get("city"):
        path = sa.select(Region.path).where(Region.key == city).scalar_subquery()
        statement = statement.where(Organisation.region_path.startswith(path))
    if chosen.get("requests"):
        waiting = sa.select(Membership.organisation_id).where(Membership.status == MembershipStatus.REQUESTED)
        statement = statement.where(Organisation.id.in_(waiting))
    return statement


def list_organisations(paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str, cursor: str | None,
                       size: int) -> Page[Organisation]:
    """A page of organisations with their regions."""
    orders = [Order(Organisation.name), Order(Organisation.id)] if sort == "name" else [
        Order(Organisation.id, descending=True)]
    statement = _matching(paths, q, chosen).options(joinedload(Organisation.region))
    return keyset_page(statement, orders, cursor, size)


def count_organisations(paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(_matching(paths, q, chosen).subquery())) or 0


def count_members(organisation_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """By organisation: how many act for it and how many ask to."""
    confirmed = sa.func.sum(sa.case((Membership.status == MembershipStatus.CONFIRMED, 1), else_=0))
    requested = sa.func.sum(sa.case((Membership.status == MembershipStatus.REQUESTED, 1), else_=0))
    return {
        row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(
            sa.select(Membership.organisation_id, confirmed, requested)
            .where(Membership.organisation_id.in_(list(organisation_ids)))
            .group_by(Membership.organisation_id)
        )
    }


def find_membership(person_id: int | None, organisation_id: int) -> Membership | None:
    """How somebody belongs to an organisation, ended or not."""
    return db.session.scalar(
        sa.select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == organisation_id)
    )


def get_membership(membership_id: int) -> Membership:
    """A membership with its person and organisation, for deciding on it."""
    found = db.session.scalar(
        sa.select(Membership).where(Membership.id == membership_id)
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
        .with_for_update(of=Membership)
    )
    if found is None:
        raise not_found()
    return found


def list_members(organisation_id: int) -> list[Membership]:
    """Who acts for an organisation and who asks to, requests first."""
    return list(
        db.session.scalars(
            sa.select(Membership)
            .where(Membership.organisation_id == organisation_id, Membership.status != MembershipStatus.ENDED)
            .options(joinedload(Membership.person))
            .order_by(Membership.status.desc(), Membership.id)
        )
    )


def list_managers(organisation_id: int) -> list[Person]:
    """Those who decide who else acts for it."""
    return list(
        db.session.scalars(
            sa.select(Person).join(Membership, Membership.person_id == Person.id)
            .where(Membership.organisation_id == organisation_id, Membership.is_manager.is_(True),
                   Membership.status == MembershipStatus.CONFIRMED, Person.disabled_at.is_(None))
        )
    )
