"""Registrations that may be one person's."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, not_found
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.queries import seen_from

MOST_GROUPS = 50


def list_doubles(edition_id: int, paths: Iterable[str]) -> list[list[Registration]]:
    """Groups of registrations with the same e-mail, or the same name and organisation; with badges and regions.

    The groups are found over an index; only those few are looked at closely.
    """
    paths = list(paths)
    names = db.session.execute(
        sa.select(Registration.name, Registration.organisation_name)
        .where(Registration.edition_id == edition_id)
        .group_by(Registration.name, Registration.organisation_name).having(sa.func.count() > 1)
        .order_by(Registration.name).limit(MOST_GROUPS)
    ).all()
    emails = db.session.scalars(
        sa.select(Registration.email).where(Registration.edition_id == edition_id, Registration.email.is_not(None))
        .group_by(Registration.email).having(sa.func.count() > 1).order_by(Registration.email).limit(MOST_GROUPS)
    ).all()
    found = db.session.scalars(
        sa.select(Registration).where(
            Registration.edition_id == edition_id, seen_from(paths), Registration.anonymised_at.is_(None),
            Registration.merged_into_id.is_(None), Registration.status != RegistrationStatus.CANCELLED,
            sa.or_(sa.tuple_(Registration.name, Registration.organisation_name).in_([tuple(row) for row in names]),
                   Registration.email.in_(emails)),
        ).options(selectinload(Registration.badges), joinedload(Registration.region)).order_by(Registration.id)
    )
    groups: dict[tuple[str, str], list[Registration]] = {}
    wanted, addresses = {tuple(row) for row in names}, set(emails)
    for one in found:
        if (one.name, one.organisation_name) in wanted:
            groups.setdefault((one.name, one.organisation_name), []).append(one)
        if one.email in addresses:
            groups.setdefault(("@", str(one.email)), []).append(one)
    pairs: dict[tuple[int, ...], list[Registration]] = {}
    for group in groups.values():
        if len(group) > 1:
            pairs.setdefault(tuple(one.id for one in group), group)
    return list(pairs.values())


def get_pair(edition_id: int, first_id: int, second_id: int, paths: Iterable[str], *, for_update: bool = False
             ) -> tuple[Registration, Registration]:
    """Two registrations of the reader's regions, side by side."""
    statement = (
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, Registration.id.in_({first_id, second_id}), seen_from(list(paths)))
        .options(selectinload(Registration.badges), joinedload(Registration.region), joinedload(Registration.person))
        .order_by(Registration.id)
    )
    found = {one.id: one for one in db.session.scalars(statement.with_for_update(of=Registration) if for_update else statement)}
    if len(found) != 2:
        raise not_found()
    return found[first_id], found[second_id]
