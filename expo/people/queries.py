"""Who people are and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit import clock
from expo.kit.access import Actor, Grant, topmost
from expo.kit.config import current_config
from expo.kit.db import db
from expo.people.models import (
    Consent,
    ConsentPurpose,
    DemoAccount,
    Membership,
    MembershipStatus,
    Person,
    RoleGrant,
    SignInSession,
)
from expo.people.permissions import permissions_of
from expo.places.models import Region
from expo.places.rules import paths_above


def load_actor(person_id: int, session_id: int | None = None) -> Actor:
    """The person with the rights they hold today; whoever is disabled holds none."""
    name, disabled_at = db.session.execute(sa.select(Person.name, Person.disabled_at).where(Person.id == person_id)).one()
    if disabled_at is not None:
        return Actor(person_id=person_id, name=name)
    return _with_rights(person_id, name, session_id)


def _with_rights(person_id: int, name: str, session_id: int | None) -> Actor:
    """Asked for every request of somebody signed in: columns only, no records."""
    held = db.session.execute(
        sa.select(RoleGrant.role, RoleGrant.region_path, RoleGrant.edition_id)
        .where(RoleGrant.person_id == person_id, _holds(clock.today(current_config().timezone))).order_by(RoleGrant.id)
    )
    return Actor(
        person_id=person_id,
        name=name,
        grants=tuple(Grant(role, permissions_of(role, path), path, edition_id) for role, path, edition_id in held),
        organisation_ids=frozenset(
            db.session.scalars(
                sa.select(Membership.organisation_id).where(
                    Membership.person_id == person_id, Membership.status == MembershipStatus.CONFIRMED
                )
            )
        ),
        session_id=session_id,
    )


@dataclass(frozen=True)
class SignedIn:
    """Who is behind a cookie, and what the gatekeeper wants to know of the session."""

    actor: Actor
    session_id: int
    seen_at: datetime
    is_proven: bool
    is_synthetic: bool


def find_working_region(actor: Actor) -> str:
    """The region in whose name somebody works, the topmost one they were given a role on: 四川省, 成都市 双流区."""
    paths = topmost(grant.region_path for grant in actor.grants)
    if not paths:
        return ""
    names = [region.label for region in db.session.scalars(
        sa.select(Region).where(Region.path.in_(paths_above(paths[0]))).order_by(Region.path)
    )]
    return " ".join(names[1:] or names)


def list_grants(person_id: int, on: date) -> list[RoleGrant]:
    """The roles a person holds on a day."""
    return list(
        db.session.scalars(
            sa.select(RoleGrant)
            .where(RoleGrant.person_id == person_id, _holds(on))
            .order_by(RoleGrant.id)
        )
    )


def _holds(on: date) -> sa.ColumnElement[bool]:
    return sa.and_(RoleGrant.ended_at.is_(None), sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on))


def find_signed_in(token_hash: str) -> SignedIn | None:
    """Who is behind a cookie, if the sign-in has neither ended nor been left alone for too long."""
    idle_since = clock.now() - current_config().session_idle
    found = db.session.execute(
        sa.select(SignInSession.id, SignInSession.person_id, SignInSession.seen_at, SignInSession.second_factor_at,
                  Person.name, Person.synthetic)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == token_hash,
            SignInSession.ended_at.is_(None),
            SignInSession.seen_at > idle_since,
            Person.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    return SignedIn(_with_rights(found.person_id, found.name, found.id), found.id, found.seen_at,
                    found.second_factor_at is not None, found.synthetic)


def find_person_by_phone(phone: str) -> Person | None:
    """The person with this phone number in its normal form (+8613812345678)."""
    return db.session.scalar(sa.select(Person).where(Person.phone == phone))


def find_person_by_email(email: str) -> Person | None:
    """The person with this e-mail address in small letters."""
    return db.session.scalar(sa.select(Person).where(Person.email == email))


def is_in_force(on: date) -> sa.ColumnElement[bool]:
    """SQL for "the grant holds on this day"."""
    return sa.and_(RoleGrant.ended_at.is_(None), sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on))


def find_consent(person_id: int, purpose: ConsentPurpose, about: str = "") -> Consent | None:
    """The consent that stands now."""
    return db.session.scalar(
        sa.select(Consent).where(Consent.person_id == person_id, Consent.purpose == purpose, Consent.about == about,
                                 Consent.withdrawn_at.is_(None)).limit(1)
    )


def has_consent(person_id: int, purpose: ConsentPurpose, about: str = "") -> bool:
    """Whether the person agrees to this now; asked each time before their data goes anywhere."""
    return find_consent(person_id, purpose, about) is not None


def list_demo_accounts() -> list[DemoAccount]:
    """The accounts that the demonstration offers on its sign-in page, in their order."""
    return list(
        db.session.scalars(
            sa.select(DemoAccount)
            .join(DemoAccount.person)
            .where(Person.synthetic.is_(True), Person.disabled_at.is_(None))
            .options(joinedload(DemoAccount.person))
            .order_by(DemoAccount.position, DemoAccount.person_id)
        )
    )
