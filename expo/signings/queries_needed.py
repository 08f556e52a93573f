"""Whom the programme's sessions need, as agreements would name them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from expo.kit.db import db, in_regions
from expo.people.models import Membership, MembershipStatus, Organisation, Person
from expo.programme.models import ItemPresenter, Session, SessionItem, SessionStatus, Slot
from expo.programme.models_needs import SessionPerson
from expo.signings.rules_ceremony import Needed


def list_needed(edition_id: int, paths: Iterable[str]) -> list[Needed]:
    """Presenters, chairs and others without whom a session with a time is not held, once for each organisation of theirs."""
    placed = sa.select(Session.id).where(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED,
                                         Session.slot_id.is_not(None))
    items = sa.select(SessionItem.id).where(SessionItem.session_id.in_(placed))
    there = sa.union(
        sa.select(Session.id.label("session_id"), Session.moderator_id.label("person_id")).where(Session.id.in_(placed)),
        sa.select(SessionPerson.session_id, SessionPerson.person_id)
        .where(SessionPerson.session_id.in_(placed), SessionPerson.is_required),
        sa.select(SessionItem.session_id, SessionItem.presenter_id).where(SessionItem.id.in_(items)),
        sa.select(SessionItem.session_id, ItemPresenter.person_id).join(SessionItem, SessionItem.id == ItemPresenter.item_id)
        .where(ItemPresenter.item_id.in_(items)),
    ).subquery()
    rows = db.session.execute(
        sa.select(Person.name, Organisation.name.label("organisation"), Organisation.id.label("organisation_id"),
                  Session.id, Session.title, in_regions(Session.region_path, paths).label("is_shown"), Slot.starts_at,
                  Session.minutes)
        .join_from(there, Person, Person.id == there.c.person_id)
        .join(Session, Session.id == there.c.session_id).join(Slot, Slot.id == Session.slot_id)
        .join(Membership, sa.and_(Membership.person_id == Person.id, Membership.status == MembershipStatus.CONFIRMED))
        .join(Organisation, Organisation.id == Membership.organisation_id)
    )
    return [Needed(row.name, row.organisation, row.organisation_id, row.id, row.title if row.is_shown else "", row.starts_at,
                   row.minutes) for row in rows]
