"""Whom the effects of a release concern: exhibitors and presenters, chairs and guests, hosts, and who starred a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db
from expo.people.models import Membership, MembershipStatus, Person
from expo.programme.models import ItemPresenter, Session, SessionHost, SessionItem
from expo.programme.models_needs import SessionPerson
from expo.programme.models_public import ReleaseMessage, Star
from expo.programme.rules_concerned import Effect, told_once
from expo.projects.models import Project

_PIECE = 2000


@dataclass(frozen=True)
class Concerned:
    """Somebody to be told once. ``key`` names them without saying who they are."""

    key: str
    name: str
    email: str
    phone: str
    language: str
    effects: tuple[Effect, ...]


def list_concerned(effects: Iterable[Effect]) -> list[Concerned]:
    """Everybody whom the effects concern and who can be reached, by name. Nine statements, whatever the number."""
    of_session: dict[int, list[Effect]] = defaultdict(list)
    of_project: dict[int, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.project_id is None:
            of_session[effect.session_id].append(effect)
        else:
            of_project[effect.project_id].append(effect)
    mine: dict[int, list[Effect]] = defaultdict(list)
    for project_id, person_id in _people_of_projects(of_project.keys()):
        mine[person_id] += of_project[project_id]
    for session_id, person_id in _people_of_sessions(of_session.keys()):
        mine[person_id] += of_session[session_id]
    found = [
        Concerned(f"person:{p.id}", p.name, p.email or "", p.phone or "", p.language, tuple(told_once(mine[p.id])))
        for p in _people(mine.keys())
    ]
    found += _contacts(of_project)
    return sorted(found, key=lambda one: (one.name, one.key))


def _pieces(numbers: Collection[int]) -> Iterable[list[int]]:
    whole = sorted(numbers)
    return (whole[start:start + _PIECE] for start in range(0, len(whole), _PIECE))


def _people_of_projects(projects: Collection[int]) -> set[tuple[int, int]]:
    """(project, person): the exhibitor and all who present it."""
    found: set[tuple[int, int]] = set()
    for some in _pieces(projects):
        statements: list[Any] = [
            sa.select(Project.id, Project.exhibitor_id).where(Project.id.in_(some), Project.exhibitor_id.is_not(None)),
            sa.select(SessionItem.project_id, SessionItem.presenter_id)
            .where(SessionItem.project_id.in_(some), SessionItem.presenter_id.is_not(None)),
            sa.select(SessionItem.project_id, ItemPresenter.person_id)
            .join(ItemPresenter, ItemPresenter.item_id == SessionItem.id).where(SessionItem.project_id.in_(some)),
        ]
        for statement in statements:
            found |= {(row[0], row[1]) for row in db.session.execute(statement)}
    return found


def _people_of_sessions(sessions: Collection[int]) -> set[tuple[int, int]]:
    """(session, person): its chair, those who should be there, those who speak for its hosts, and its stars."""
    found: set[tuple[int, int]] = set()
    for some in _pieces(sessions):
        statements: list[Any] = [
            sa.select(Session.id, Session.moderator_id).where(Session.id.in_(some), Session.moderator_id.is_not(None)),
            sa.select(SessionPerson.session_id, SessionPerson.person_id).where(SessionPerson.session_id.in_(some)),
            sa.select(SessionHost.session_id, Membership.person_id)
            .join(Membership, Membership.organisation_id == SessionHost.organisation_id)
            .where(SessionHost.session_id.in_(some), Membership.status == MembershipStatus.CONFIRMED,
                   Membership.is_manager),
            sa.select(Star.session_id, Star.person_id).where(Star.session_id.in_(some)),
        ]
        for statement in statements:
            found |= {(row[0], row[1]) for row in db.session.execute(statement)}
    return found


def _people(numbers: Collection[int]) -> list[Any]:
    found: list[Any] = []
    for some in _pieces(numbers):
        found += db.session.execute(
            sa.select(Person.id, Person.name, Person.email, Person.phone, Person.language).where(
                Person.id.in_(some), Person.disabled_at.is_(None), Person.anonymised_at.is_(None),
                sa.or_(Person.email.is_not(None), Person.phone.is_not(None)),
            )
        ).all()
    return found


def _contacts(of_project: dict[int, list[Effect]]) -> list[Concerned]:
    """The contacts of projects that nobody has claimed, each address once."""
    by_address: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for some in _pieces(of_project.keys()):
        rows = db.session.execute(
            sa.select(Project.id, Project.contact_name, Project.contact_email, Project.contact_phone)
            .where(Project.id.in_(some), Project.exhibitor_id.is_(None),
                   sa.or_(Project.contact_email != "", Project.contact_phone != "")).order_by(Project.id)
        )
        for row in rows:
            by_address[row.contact_email or "", "" if row.contact_email else row.contact_phone].append(row)
    return [
        Concerned(f"project:{rows[0].id}", rows[0].contact_name or "", email, phone, "zh_Hans",
                  tuple(told_once(effect for row in rows for effect in of_project[row.id])))
        for (email, phone), rows in by_address.items()
    ]


def list_told(release_id: int) -> set[str]:
    """The keys of those who have been told of a release."""
    return set(db.session.scalars(sa.select(ReleaseMessage.recipient).where(ReleaseMessage.release_id == release_id)))
