"""Cases as they are read: one, a list, one's own, and what still lacks one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.editions.models import Edition, EditionStatus
from expo.followup.models import Case, CaseEntry, CaseOutcome, CaseStatus
from expo.followup.rules import Helper
from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.people.models import Person, RoleGrant
from expo.people.permissions import Role
from expo.projects.models import Project
from expo.signings.models import Signing, SigningStatus

_ROW = (joinedload(Case.project), joinedload(Case.owner), joinedload(Case.city), joinedload(Case.region))
_OPEN = [s for s in CaseStatus if s is not CaseStatus.SETTLED]


def get_case(case_id: int, *, for_update: bool = False) -> Case:
    """One case with its project, ticket and entries."""
    if for_update:
        get_record(Case, case_id, for_update=True)
    case = db.session.scalar(
        sa.select(Case).where(Case.id == case_id).options(
            *_ROW, joinedload(Case.ticket), joinedload(Case.edition),
            selectinload(Case.entries).joinedload(CaseEntry.by),
        ).execution_options(populate_existing=True)
    )
    if case is None:
        raise not_found()
    return case


def find_case_of_project(project_id: int) -> Case | None:
    """The case of a project, if it has one."""
    return db.session.scalar(sa.select(Case).where(Case.project_id == project_id).options(*_ROW))


def list_cases_of_ticket(ticket_id: int) -> list[Case]:
    """Cases that a ticket carries, newest edition first."""
    return list(db.session.scalars(
        sa.select(Case).where(Case.ticket_id == ticket_id).options(*_ROW, joinedload(Case.edition))
        .order_by(Case.id.desc())
    ))


def list_cases(edition_id: int, paths: Sequence[str], q: str, chosen: dict[str, str], sort: str, cursor: str | None,
               size: int, today: date) -> Page[Case]:
    """An edition's cases in some regions."""
    statement = _chosen(sa.select(Case), edition_id, paths, q, chosen, today).options(*_ROW)
    at_rest = sa.case((Case.status == CaseStatus.SETTLED, 1), else_=0)
    urgent = sa.func.coalesce(Case.next_due_on, Case.due_on, type_=sa.Date)
    orders = {"due": [Order(at_rest), Order(urgent), Order(Case.id)], "newest": [Order(Case.id, descending=True)]}
    return keyset_page(statement, orders.get(sort, orders["due"]), cursor, size)


def count_cases(edition_id: int, paths: Sequence[str], q: str, chosen: dict[str, str], today: date) -> int:
    """How many :func:`list_cases` has in all."""
    return db.session.scalar(
        _chosen(sa.select(sa.func.count()).select_from(Case), edition_id, paths, q, chosen, today)
    ) or 0


def iterate_cases(edition_id: int, paths: Sequence[str], q: str, chosen: dict[str, str],
                  today: date) -> Iterator[Case]:
    """The same rows for an export, in batches."""
    cursor: str | None = None
    while True:
        page = list_cases(edition_id, paths, q, chosen, "due", cursor, 500, today)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _chosen(statement: sa.Select[Any], edition_id: int, paths: Sequence[str], q: str, chosen: dict[str, str],
            today: date) -> sa.Select[Any]:
    statement = statement.where(Case.edition_id == edition_id, in_regions(Case.region_path, paths))
    if q:
        statement = statement.join(Project, Project.id == Case.project_id).where(search_clause(Project, q))
    if value := chosen.get("status"):
        statement = statement.where(Case.status == CaseStatus(value))
    if value := chosen.get("outcome"):
        statement = statement.where(Case.outcome == CaseOutcome(value))
    if value := chosen.get("city"):
        statement = statement.where(Case.city_id == int(value))
    if value := chosen.get("signed"):
        signed = sa.exists().where(Signing.project_id == Case.project_id,
                                   Signing.status.in_([SigningStatus.SIGNED, SigningStatus.REGISTERED]))
        statement = statement.where(signed if value == "yes" else ~signed)
    if value := chosen.get("told"):
        statement = statement.where(Case.responded_on.is_not(None) if value == "yes" else Case.responded_on.is_(None))
    if chosen.get("due") == "overdue":
        statement = statement.where(overdue_clause(today))
    if value := chosen.get("level"):
        statement = statement.where(Case.escalation >= int(value), Case.status.in_(_OPEN))
    return statement


def overdue_clause(today: date) -> sa.ColumnElement[bool]:
    """SQL for ``rules.is_overdue``."""
    waiting = Case.status.in_([CaseStatus.UNASSIGNED, CaseStatus.ASSIGNED])
    return sa.or_(
        sa.and_(waiting, Case.due_on < today),
        sa.and_(Case.status.in_([CaseStatus.RESPONDED, CaseStatus.PROGRESSING]), Case.next_due_on < today),
    )


def list_own_cases(person_id: int, limit: int = 200) -> list[Case]:
    """A person's open cases over all editions, the most urgent first."""
    return list(db.session.scalars(
        sa.select(Case).where(Case.owner_id == person_id, Case.status.in_(_OPEN)).options(*_ROW, joinedload(Case.edition))
        .order_by(sa.func.coalesce(Case.next_due_on, Case.due_on), Case.id).limit(limit)
    ))


def count_own(person_id: int, today: date) -> tuple[int, int]:
    """A person's open cases, and how many of them are late."""
    row = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((overdue_clause(today), 1), else_=0)), 0))
        .where(Case.owner_id == person_id, Case.status.in_(_OPEN))
    ).one()
    return row[0], row[1]


def list_projects_without_case(edition_id: int, limit: int = 500) -> list[Project]:
    """Projects of an edition that nobody follows up yet: the next ones to be opened."""
    return list(db.session.scalars(
        sa.select(Project).where(Project.edition_id == edition_id, ~sa.exists().where(Case.project_id == Project.id))
        .order_by(Project.id).limit(limit)
    ))


def count_ledger(edition_id: int) -> tuple[int, int, int]:
    """(projects, those without a case, cases without an owner): what must be 0 before an edition is archived."""
    projects = db.session.scalar(
        sa.select(sa.func.count()).select_from(Project).where(Project.edition_id == edition_id)
    ) or 0
    lacking = db.session.scalar(
        sa.select(sa.func.count()).select_from(Project)
        .where(Project.edition_id == edition_id, ~sa.exists().where(Case.project_id == Project.id))
    ) or 0
    ownerless = db.session.scalar(
        sa.select(sa.func.count()).select_from(Case).where(Case.edition_id == edition_id, Case.owner_id.is_(None))
    ) or 0
    return projects, lacking, ownerless


def list_late_cases(on: date, limit: int = 500) -> list[Case]:
    """Cases without a response whose deadline has passed and which could still be escalated."""
    return list(db.session.scalars(
        sa.select(Case).where(
            Case.status.in_([CaseStatus.UNASSIGNED, CaseStatus.ASSIGNED]), Case.due_on < on, Case.escalation < 3
        ).options(*_ROW).order_by(Case.id).limit(limit)
    ))


def count_open_cases() -> dict[int, int]:
    """Open cases by owner."""
    rows = db.session.execute(
        sa.select(Case.owner_id, sa.func.count()).where(Case.owner_id.is_not(None), Case.status.in_(_OPEN))
        .group_by(Case.owner_id)
    )
    return {owner: count for owner, count in rows if owner is not None}


def list_organisers(on: date) -> list[Helper]:
    """Everybody who organises a region on a day, with the cases they carry."""
    loads = count_open_cases()
    paths: dict[int, list[str]] = {}
    rows = db.session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.region_path)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.ORGANISER, RoleGrant.ended_at.is_(None), Person.disabled_at.is_(None),
               sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on))
    )
    for person_id, path in rows:
        paths.setdefault(person_id, []).append(path)
    return [Helper(person_id, tuple(held), loads.get(person_id, 0)) for person_id, held in sorted(paths.items())]


def list_people(person_ids: Sequence[int]) -> list[Person]:
    """People by number, in the order of their names."""
    return list(db.session.scalars(sa.select(Person).where(Person.id.in_(list(person_ids))).order_by(Person.name)))


def find_next_edition(after: date) -> Edition | None:
    """The edition in preparation that follows a day: where a project may return."""
    return db.session.scalar(
        sa.select(Edition).where(Edition.starts_on > after, Edition.status.in_([EditionStatus.PREPARING,
                                                                                EditionStatus.RUNNING]))
        .order_by(Edition.starts_on).limit(1)
    )


def get_edition(edition_id: int, *, for_update: bool = False) -> Edition:
    """The edition with this number."""
    return get_record(Edition, edition_id, for_update=for_update)


def get_project(project_id: int) -> Project:
    """The project with this number."""
    return get_record(Project, project_id, for_update=True)


def rates(edition_id: int, paths: Sequence[str] = ("/",)) -> dict[int, tuple[int, int, int]]:
    """Per city: (cases, responded, settled); response rate and settled rate are two figures."""
    rows = db.session.execute(
        sa.select(Case.city_id, sa.func.count(),
                  sa.func.sum(sa.case((Case.responded_on.is_not(None), 1), else_=0)),
                  sa.func.sum(sa.case((Case.status == CaseStatus.SETTLED, 1), else_=0)))
        .where(Case.edition_id == edition_id, in_regions(Case.region_path, paths)).group_by(Case.city_id)
    )
    return {city: (cases, responded, settled) for city, cases, responded, settled in rows}
