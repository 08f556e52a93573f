"""Quotas and what is taken under them, who waits, invitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.models_invitations import EACH, Invitation, PlaceQuota
from expo.registration.rules_places import HOLDING, Seeker, counts

#: Of organisations only the largest are looked at when the fullest one is named.
MOST_GROUPS = 500


def list_quotas(edition_id: int, *, kind: BadgeKind | None = None, for_update: bool = False) -> list[PlaceQuota]:
    """An edition's quotas (those that count a kind), always in the same order: whoever locks them waits for no one
    in a circle."""
    statement = sa.select(PlaceQuota).where(PlaceQuota.edition_id == edition_id).order_by(PlaceQuota.id)
    if kind is not None:
        statement = statement.where(sa.or_(PlaceQuota.badge_kind.is_(None), PlaceQuota.badge_kind == kind))
    return list(db.session.scalars(statement.with_for_update() if for_update else statement))


def get_quota(edition_id: int, quota_id: int) -> PlaceQuota:
    found = get_record(PlaceQuota, quota_id, for_update=True)
    if found.edition_id != edition_id:
        raise not_found()
    return found


def count_taken(quota: PlaceQuota, organisation: str) -> int:
    """How many registrations hold a place under a quota; under one for each organisation, those of ``organisation``."""
    clauses = [Registration.edition_id == quota.edition_id, Registration.status.in_(HOLDING)]
    if quota.badge_kind is not None:
        clauses.append(Registration.badge_kind == quota.badge_kind)
    if quota.zone:
        clauses.append(Registration.zone == quota.zone)
    if quota.organisation_name:
        clauses.append(Registration.organisation_name == (organisation if quota.organisation_name == EACH
                                                          else quota.organisation_name))
    return db.session.scalar(sa.select(sa.func.count()).select_from(Registration).where(*clauses)) or 0


def list_quotas_taken(edition_id: int) -> list[tuple[PlaceQuota, int, str]]:
    """Each quota with how many places are taken; of one for each organisation, by the organisation with most people."""
    quotas = list_quotas(edition_id)
    names = {quota.organisation_name for quota in quotas} - {"", EACH}
    groups = _groups(edition_id, []) if any(not quota.organisation_name for quota in quotas) else []
    named = _groups(edition_id, [Registration.organisation_name.in_(names)], by_name=True) if names else []
    each = _groups(edition_id, [Registration.organisation_name != ""], by_name=True, most=MOST_GROUPS
                   ) if any(quota.organisation_name == EACH for quota in quotas) else []
    found = []
    for quota in quotas:
        rows = each if quota.organisation_name == EACH else named if quota.organisation_name else groups
        taken: Counter[str] = Counter()
        for kind, zone, organisation, number in rows:
            if counts(quota, Seeker(kind, zone, organisation)):
                taken[organisation if quota.organisation_name == EACH else ""] += number
        name, number = max(taken.items(), key=lambda item: item[1], default=("", 0))
        found.append((quota, number, name))
    return found


def _groups(edition_id: int, clauses: list[Any], *, by_name: bool = False, most: int | None = None) -> list[Any]:
    """Places held by kind and zone (and organisation): ``(kind, zone, organisation, people)``, the largest first."""
    organisation: Any = Registration.organisation_name if by_name else sa.literal("")
    keys = [Registration.badge_kind, Registration.zone, *([Registration.organisation_name] if by_name else [])]
    number = sa.func.count().label("number")
    return list(db.session.execute(
        sa.select(Registration.badge_kind, Registration.zone, organisation, number)
        .where(Registration.edition_id == edition_id, Registration.status.in_(HOLDING), *clauses)
        .group_by(*keys).order_by(number.desc()).limit(most)
    ).all())


def list_waiting(edition_id: int) -> list[Registration]:
    """Who waits, first come first. One whose row somebody else is changing just now is left to them."""
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, Registration.status == RegistrationStatus.WAITING)
        .order_by(Registration.waiting_since, Registration.id).with_for_update(skip_locked=True)
    ))


def count_waiting(edition_id: int) -> int:
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Registration)
        .where(Registration.edition_id == edition_id, Registration.status == RegistrationStatus.WAITING)
    ) or 0


def count_before(registration: Registration) -> int:
    """How many wait before this one, of whatever kind."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Registration).where(
            Registration.edition_id == registration.edition_id, Registration.status == RegistrationStatus.WAITING,
            Registration.badge_kind == registration.badge_kind,
            sa.tuple_(Registration.waiting_since, Registration.id)
            < sa.tuple_(sa.literal(registration.waiting_since, Registration.waiting_since.type),
                        sa.literal(registration.id)),
        )
    ) or 0


def find_invitation(edition_id: int, code: str, *, for_update: bool = False) -> Invitation | None:
    """The invitation with this code (as ``rules_kinds.tidy_code`` writes it)."""
    if not code:
        return None
    statement = sa.select(Invitation).where(Invitation.edition_id == edition_id, Invitation.code == code)
    return db.session.scalar(statement.with_for_update() if for_update else statement)


def get_invitation(edition_id: int, invitation_id: int, paths: Iterable[str]) -> Invitation:
    """One invitation that the reader's regions may deal with."""
    found = db.session.scalar(
        sa.select(Invitation).where(Invitation.id == invitation_id, Invitation.edition_id == edition_id,
                                    in_regions(Invitation.region_path, paths)).with_for_update()
    )
    if found is None:
        raise not_found()
    return found


def list_invitations(edition_id: int, paths: Iterable[str], cursor: str | None, size: int) -> Page[Invitation]:
    """A page of invitations, newest first."""
    statement = sa.select(Invitation).where(Invitation.edition_id == edition_id, in_regions(Invitation.region_path, paths))
    return keyset_page(statement, [Order(Invitation.id, descending=True)], cursor, size)


def list_all_invitations(edition_id: int, paths: Iterable[str]) -> list[Invitation]:
    """All of them, for the sheet that is sent to whoever hands them out."""
    return list(db.session.scalars(
        sa.select(Invitation).where(Invitation.edition_id == edition_id, in_regions(Invitation.region_path, paths))
        .order_by(Invitation.id.desc())
    ))


def count_invitations(edition_id: int, paths: Iterable[str]) -> int:
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Invitation)
        .where(Invitation.edition_id == edition_id, in_regions(Invitation.region_path, paths))
    ) or 0
