"""Accounts, codes and sessions, as signing in needs them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db
from expo.people.models import OneTimeCode, Person, RecoveryCode, RoleGrant, SignInSession
from expo.people.permissions import Role
from expo.people.queries import is_in_force


def find_account(address: str) -> Person | None:
    """Who may sign in with this address: whoever confirmed it, or somebody who has not confirmed any yet.

    An address that another person's registration merely claimed opens no account.
    """
    column, confirmed = (
        (Person.email, Person.email_confirmed_at) if "@" in address else (Person.phone, Person.phone_confirmed_at)
    )
    unclaimed = sa.and_(Person.email_confirmed_at.is_(None), Person.phone_confirmed_at.is_(None))
    return db.session.scalar(sa.select(Person).where(column == address, sa.or_(confirmed.is_not(None), unclaimed)))


def find_claimant(address: str) -> Person | None:
    """The person on whose record this address stands, proven or not."""
    return db.session.scalar(sa.select(Person).where((Person.email if "@" in address else Person.phone) == address))


def list_code_times(address: str, since: datetime) -> list[datetime]:
    """When codes were asked for by this address."""
    return list(
        db.session.scalars(
            sa.select(OneTimeCode.created_at).where(OneTimeCode.address == address, OneTimeCode.created_at > since)
        )
    )


def find_link(token_hash: str) -> OneTimeCode | None:
    """The one-time link that has neither been used nor run out."""
    return db.session.scalar(
        sa.select(OneTimeCode).where(
            OneTimeCode.purpose == "link", OneTimeCode.code_hash == token_hash,
            OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > clock.now(),
        )
    )


def find_recovery_code(person_id: int, code_hash: str) -> RecoveryCode | None:
    return db.session.scalar(
        sa.select(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == code_hash,
               RecoveryCode.used_at.is_(None))
        .with_for_update()
    )


def count_recovery_codes(person_id: int) -> int:
    """How many codes are left."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    ) or 0


def list_sessions(person_id: int) -> list[SignInSession]:
    """The browsers in which a person is signed in now, last used first."""
    return list(
        db.session.scalars(
            sa.select(SignInSession)
            .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None),
                   SignInSession.seen_at > clock.now() - current_config().session_idle)
            .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
        )
    )


def count_administrators() -> int:
    """Administrators who can sign in: the last one must stay."""
    today = clock.today(current_config().timezone)
    return db.session.scalar(
        sa.select(sa.func.count(sa.distinct(RoleGrant.person_id)))
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, is_in_force(today), Person.disabled_at.is_(None))
    ) or 0


def has_signed_in_administrator() -> bool:
    """Whether somebody has already taken over the administration."""
    today = clock.today(current_config().timezone)
    return db.session.scalar(
        sa.select(RoleGrant.id).join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, is_in_force(today), Person.password_hash.is_not(None)).limit(1)
    ) is not None




def list_open_links() -> list[OneTimeCode]:
    """One-time links that would still work."""
    return list(
        db.session.scalars(
            sa.select(OneTimeCode).where(OneTimeCode.purpose == "link", OneTimeCode.used_at.is_(None))
        )
    )
