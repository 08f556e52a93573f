"""Whose stars, and what they point to in the latest releases."""

from __future__ import annotations

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit.db import db, not_found
from expo.people.models import Person
from expo.programme.models import Session
from expo.programme.models_public import AgendaKey, Star
from expo.programme.queries import find_programme
from expo.programme.rules_content import Programme, ShownSession


def list_starred_ids(person_id: int) -> set[int]:
    """The sessions that somebody has starred, in all editions."""
    return set(db.session.scalars(sa.select(Star.session_id).where(Star.person_id == person_id)))


def is_starred(person_id: int, session_id: int) -> bool:
    """Whether somebody has starred this session."""
    found = sa.select(Star.id).where(Star.person_id == person_id, Star.session_id == session_id)
    return db.session.scalar(found) is not None


def find_star(person_id: int, session_id: int) -> Star | None:
    """One star, for taking it back."""
    return db.session.scalar(sa.select(Star).where(Star.person_id == person_id, Star.session_id == session_id))


def load_agenda(person_id: int) -> list[tuple[Edition, Programme, list[ShownSession]]]:
    """The editions in which somebody has stars, the latest first, with their release and the starred sessions in it.

    The number of statements grows with editions, not with stars.
    """
    rows = db.session.execute(
        sa.select(Edition, Star.session_id).join(Session, Session.edition_id == Edition.id)
        .join(Star, Star.session_id == Session.id).where(Star.person_id == person_id)
        .order_by(Edition.starts_on.desc(), Star.session_id)
    ).all()
    by_edition: dict[int, tuple[Edition, list[int]]] = {}
    for edition, session_id in rows:
        by_edition.setdefault(edition.id, (edition, []))[1].append(session_id)
    found = []
    for edition, numbers in by_edition.values():
        programme = find_programme(edition.id)
        if programme is not None:
            found.append((edition, programme, [programme.by_id[n] for n in numbers if n in programme.by_id]))
    return found


def find_agenda_key(person_id: int) -> AgendaKey | None:
    """Somebody's key, if they have asked for an address."""
    return db.session.get(AgendaKey, person_id, populate_existing=True)


def get_agenda_owner(key: str) -> int:
    """Whose agenda an address shows; :class:`NotFound` for keys that were replaced and people who are gone."""
    person_id = db.session.scalar(
        sa.select(AgendaKey.person_id).join(Person, Person.id == AgendaKey.person_id)
        .where(AgendaKey.key == key, Person.disabled_at.is_(None), Person.anonymised_at.is_(None))
    )
    if person_id is None:
        raise not_found()
    return person_id
