"""Who people are and what they may do."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from expo.kit import clock
from expo.kit.access import Actor, Grant
from expo.kit.config import current_config
from expo.kit.db import db
from expo.people.models import Membership, MembershipStatus, Person, RoleGrant, SignInSession
from expo.people.permissions import permissions_of


def load_actor(person_id: int, session_id: int | None = None) -> Actor:
    """The person with the rights they hold today."""
    person = db.session.execute(sa.select(Person.id, Person.name).where(Person.id == person_id)).one()
    return Actor(
        person_id=person.id,
        name=person.name,
        grants=tuple(
            Grant(grant.role, permissions_of(grant.role, grant.region_path), grant.region_path, grant.edition_id)
            for grant in list_grants(person_id, on=clock.today(current_config().timezone))
        ),
        organisation_ids=frozenset(
            db.session.scalars(
                sa.select(Membership.organisation_id).where(
                    Membership.person_id == person_id, Membership.status == MembershipStatus.CONFIRMED
                )
            )
        ),
        session_id=session_id,
    )


def list_grants(person_id: int, on: date) -> list[RoleGrant]:
    """The roles a person holds on a day."""
    return list(
        db.session.scalars(
            sa.select(RoleGrant)
            .where(
                RoleGrant.person_id == person_id,
                RoleGrant.ended_at.is_(None),
                sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on),
            )
            .order_by(RoleGrant.id)
        )
    )


def find_session(token_hash: str) -> SignInSession | None:
    """The sign-in behind a cookie, if it has neither ended nor been left alone for too long."""
    idle_since = clock.now() - current_config().session_idle
    return db.session.scalar(
        sa.select(SignInSession)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == token_hash,
            SignInSession.ended_at.is_(None),
            SignInSession.seen_at > idle_since,
            Person.disabled_at.is_(None),
        )
    )
