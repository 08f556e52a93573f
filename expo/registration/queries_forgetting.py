"""What forgetting looks for."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit.db import db
from expo.registration.models import Badge, Registration
from expo.registration.models_badges import BadgePrint, BadgeRun
from expo.registration.models_invitations import Delegation, DelegationList


def list_badges(registration_id: int) -> list[Badge]:
    """All badges that were issued for a registration."""
    return list(db.session.scalars(sa.select(Badge).where(Badge.registration_id == registration_id)))


def has_named_registration(person_id: int) -> bool:
    """Whether a person has a registration, of any edition, that still says who they are."""
    return db.session.scalar(
        sa.select(Registration.id)
        .where(Registration.person_id == person_id, Registration.anonymised_at.is_(None)).limit(1)
    ) is not None


def list_merged_into(registration_id: int) -> list[Registration]:
    """The doubles that went on in a registration and still say who they are."""
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.merged_into_id == registration_id, Registration.anonymised_at.is_(None)).with_for_update()
    ))


def list_sheets(delegation_id: int) -> list[DelegationList]:
    """What a delegation's contact person has sent."""
    return list(db.session.scalars(
        sa.select(DelegationList).where(DelegationList.delegation_id == delegation_id).with_for_update()))


def list_delegations(edition_id: int) -> list[Delegation]:
    return list(db.session.scalars(sa.select(Delegation).where(Delegation.edition_id == edition_id).with_for_update()))


def list_runs(edition_id: int, badge_registration_id: int | None = None) -> list[BadgeRun]:
    """The edition's runs of badges; of one registration those in which its badges were printed."""
    statement = sa.select(BadgeRun).where(BadgeRun.edition_id == edition_id).with_for_update()
    if badge_registration_id is not None:
        printed = sa.select(BadgePrint.run_id).join(Badge, Badge.id == BadgePrint.badge_id).where(
            Badge.registration_id == badge_registration_id)
        statement = statement.where(BadgeRun.id.in_(printed))
    return list(db.session.scalars(statement))


def list_past_editions(today: date) -> list[Edition]:
    """Editions that are over."""
    return list(db.session.scalars(sa.select(Edition).where(Edition.ends_on < today).order_by(Edition.id)))


def list_after(edition_id: int, after: int, most: int) -> list[Registration]:
    """The next registrations that still say who they are, by number."""
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, Registration.id > after, Registration.anonymised_at.is_(None))
        .order_by(Registration.id).limit(most).with_for_update()
    ))
