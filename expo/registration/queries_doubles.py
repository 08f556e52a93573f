"""Registrations that may be one person's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, not_found
from expo.registration.models import Registration, RegistrationsApart, RegistrationStatus
from expo.registration.queries import seen_from
from expo.registration.rules_doubles import Entry, Likeness, Tie, find_pairs, grouped

MOST_GROUPS = 50


class Double(NamedTuple):
    """A registration beside the first one of its group, and why it stands there; the first one has no reason."""

    registration: Registration
    likeness: Likeness | None = None
    tie: Tie | None = None


def list_doubles(edition_id: int, paths: Iterable[str]) -> list[list[Double]]:
    """Groups of registrations that may be one person's, the surest first; with badges and regions.

    All entries are compared as plain rows; only those few that are shown are loaded.
    """
    rows = db.session.execute(
        sa.select(Registration.id, Registration.name, Registration.organisation_name, Registration.phone, Registration.email,
                  Registration.delegation_id, Registration.host_id)
        .where(Registration.edition_id == edition_id, seen_from(list(paths)), Registration.anonymised_at.is_(None),
               Registration.merged_into_id.is_(None), Registration.status != RegistrationStatus.CANCELLED)
        .order_by(Registration.id)
    )
    groups = grouped(find_pairs([Entry(*row) for row in rows]), list_apart(edition_id))[:MOST_GROUPS]
    found = {one.id: one for one in db.session.scalars(
        sa.select(Registration)
        .where(Registration.id.in_({number for group in groups for pair in group for number in pair[:2]}))
        .options(selectinload(Registration.badges), joinedload(Registration.region))
    )}
    return [[Double(found[group[0].first]), *(Double(found[pair.second], pair.likeness, pair.tie) for pair in group)]
            for group in groups]


def list_apart(edition_id: int) -> set[tuple[int, int]]:
    """Pairs of which somebody said that they are two people."""
    rows = db.session.execute(sa.select(RegistrationsApart.first_id, RegistrationsApart.second_id)
                              .where(RegistrationsApart.edition_id == edition_id))
    return {(first, second) for first, second in rows}


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
