"""What people see of themselves."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db
from expo.people.models import Consent, Membership, MembershipStatus, Organisation


def list_consents(person_id: int) -> list[Consent]:
    """Every consent a person ever gave, those that stand first."""
    return list(
        db.session.scalars(
            sa.select(Consent).where(Consent.person_id == person_id)
            .order_by(Consent.withdrawn_at.is_not(None), Consent.id.desc())
        )
    )


def list_memberships(person_id: int) -> list[Membership]:
    """The organisations a person belongs to or has asked to join."""
    return list(
        db.session.scalars(
            sa.select(Membership)
            .where(Membership.person_id == person_id, Membership.status != MembershipStatus.ENDED)
            .options(joinedload(Membership.organisation).joinedload(Organisation.region))
            .order_by(Membership.id)
        )
    )
