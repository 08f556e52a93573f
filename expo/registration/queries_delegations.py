"""Delegations, their members and their sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.registration import queries
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.models_invitations import Delegation, DelegationList
from expo.registration.queries_kinds import list_all_fields, list_policies
from expo.registration.rules_sheets import Frame

#: Members who count against a delegation's places.
COUNTED = (RegistrationStatus.SUBMITTED, RegistrationStatus.WAITING, RegistrationStatus.APPROVED)


def get_by_token(token: str, *, for_update: bool = False) -> Delegation:
    """The delegation behind a contact person's address."""
    statement = sa.select(Delegation).where(Delegation.token == token, Delegation.ended_at.is_(None)).options(
        joinedload(Delegation.region))
    found = db.session.scalar(statement.with_for_update(of=Delegation) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def get_delegation(delegation_id: int, edition_id: int, paths: Iterable[str], *, for_update: bool = False) -> Delegation:
    """One delegation of the reader's regions."""
    statement = sa.select(Delegation).where(
        Delegation.id == delegation_id, Delegation.edition_id == edition_id, in_regions(Delegation.region_path, paths)
    ).options(joinedload(Delegation.region))
    found = db.session.scalar(statement.with_for_update(of=Delegation) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def list_delegations(edition_id: int, paths: Iterable[str], q: str, cursor: str | None, size: int) -> Page[Delegation]:
    """A page of delegations, newest first."""
    statement = sa.select(Delegation).where(*_narrowed(edition_id, paths, q)).options(joinedload(Delegation.region))
    return keyset_page(statement, [Order(Delegation.id, descending=True)], cursor, size)


def count_delegations(edition_id: int, paths: Iterable[str], q: str) -> int:
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Delegation).where(*_narrowed(edition_id, paths, q))) or 0


def _narrowed(edition_id: int, paths: Iterable[str], q: str) -> list[sa.ColumnElement[bool]]:
    clauses = [Delegation.edition_id == edition_id, in_regions(Delegation.region_path, paths)]
    return [*clauses, Delegation.name.contains(q, autoescape=True)] if q else clauses


def count_members(ids: Sequence[int]) -> dict[int, int]:
    """How many people of each delegation come or wait."""
    rows = db.session.execute(
        sa.select(Registration.delegation_id, sa.func.count())
        .where(Registration.delegation_id.in_(ids), Registration.status.in_(COUNTED)).group_by(Registration.delegation_id)
    )
    return {number: count for number, count in rows if number is not None}


def list_members(delegation_id: int) -> list[Registration]:
    """All members, in the order in which they came, with badges and regions."""
    return list(db.session.scalars(
        sa.select(Registration).where(Registration.delegation_id == delegation_id).order_by(Registration.id)
        .options(selectinload(Registration.badges), joinedload(Registration.region))
    ))


def get_member(delegation_id: int, registration_id: int) -> Registration:
    """One member, locked."""
    found = db.session.scalar(
        sa.select(Registration).where(Registration.id == registration_id, Registration.delegation_id == delegation_id)
        .options(selectinload(Registration.badges), joinedload(Registration.region)).with_for_update(of=Registration)
    )
    if found is None:
        raise not_found()
    return found


def get_list(delegation_id: int, list_id: int) -> DelegationList:
    """A sheet that was sent for a delegation."""
    found = get_record(DelegationList, list_id)
    if found.delegation_id != delegation_id:
        raise not_found()
    return found


def load_frame(delegation: Delegation) -> Frame:
    """What the rows of a sheet are judged by. Members may live in counties, which the sheet names as well."""
    members = list_members(delegation.id)
    regions = {one.region.name: one.region.id for one in members if one.region}
    return Frame(
        kinds=[BadgeKind(kind) for kind in delegation.badge_kinds], policies=list_policies(delegation.edition_id),
        fields={kind: [one for one in fields if one.removed_at is None]
                for kind, fields in list_all_fields(delegation.edition_id).items()},
        regions=regions | {region.name: region.id for region in queries.list_cities()}, contact_phone=delegation.contact_phone,
        organisation=delegation.name, today=clock.today(current_config().timezone),
        members={one.id: one for one in members},
    )
