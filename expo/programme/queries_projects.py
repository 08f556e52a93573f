"""Projects that no session of the draft shows as its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, in_regions
from expo.kit.search import search_clause
from expo.places.models import Region
from expo.programme.models import Session, SessionItem, SessionStatus
from expo.programme.rules_instance import SHOWS_AGAIN
from expo.projects.models import Project, ProjectStatus

#: Published ones can be shown at once; accepted ones are about to be published, so a place should be kept for them.
STATUSES = (ProjectStatus.PUBLISHED, ProjectStatus.ACCEPTED)


@dataclass(frozen=True)
class Waiting:
    """Projects without a session: the first ones of those that are wanted, and how many there are."""

    projects: tuple[Project, ...]
    found: int
    total: int
    #: Changes with which they are.
    mark: str


def list_waiting_projects(edition_id: int, paths: Iterable[str], q: str = "", city: int | None = None,
                          industry: int | None = None, limit: int = 50) -> Waiting:
    """Projects of these regions that wait for a session, by number."""
    paths = tuple(paths)
    wanted = _waiting(edition_id, paths)
    for word in q.split():
        wanted.append(sa.or_(Project.number == word, search_clause(Project, word),
                             Project.city.has(Region.name.contains(word, autoescape=True))))
    wanted += [column == value for column, value in ((Project.city_id, city), (Project.industry_id, industry)) if value]
    projects = db.session.scalars(
        sa.select(Project).where(*wanted).order_by(Project.status.desc(), Project.number).limit(limit)
        .options(joinedload(Project.city), joinedload(Project.industry)))
    found = db.session.scalar(sa.select(sa.func.count()).select_from(Project).where(*wanted)) or 0
    total, mark = _mark(edition_id, paths)
    return Waiting(tuple(projects), found, total, mark)


def waiting_mark(edition_id: int, paths: Iterable[str]) -> str:
    """Changes whenever other projects wait than before."""
    return _mark(edition_id, tuple(paths))[1]


def _mark(edition_id: int, paths: tuple[str, ...]) -> tuple[int, str]:
    row = db.session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Project.id), 0))
                             .where(*_waiting(edition_id, paths))).one()
    return int(row[0]), f"{row[0]}-{row[1]}"


def find_waiting_project(edition_id: int, paths: Iterable[str], project_id: int) -> Project | None:
    """One of them."""
    return db.session.scalar(sa.select(Project).where(Project.id == project_id, *_waiting(edition_id, tuple(paths))))


def find_home(edition_id: int, project_ids: Iterable[int]) -> Session | None:
    """A session that shows one of these projects as its own; the opening shows them besides."""
    return db.session.scalar(
        sa.select(Session).join(SessionItem, SessionItem.session_id == Session.id)
        .where(SessionItem.project_id.in_(list(project_ids)), *_held(edition_id)).order_by(Session.code).limit(1))


def _held(edition_id: int) -> tuple[Any, ...]:
    return Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED, Session.kind.not_in(SHOWS_AGAIN)


def _waiting(edition_id: int, paths: tuple[str, ...]) -> list[Any]:
    # Not correlated: the database gathers what is shown once, not once for each project.
    shown = sa.select(SessionItem.project_id).join(Session, Session.id == SessionItem.session_id).where(*_held(edition_id))
    return [Project.edition_id == edition_id, Project.status.in_(STATUSES), in_regions(Project.region_path, paths),
            Project.id.not_in(shown)]
