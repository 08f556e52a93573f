"""Counting rows, and finding the rows behind a count: both use the same conditions, so they cannot disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Edition, Stage, StageKind
from expo.editions.words import ProjectKind
from expo.followup.models import Case, CaseStatus
from expo.kit.db import db, in_regions
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.meetings.models import Meeting, MeetingStatus
from expo.people.models import Person
from expo.places.models import Region
from expo.pool.models import Ticket
from expo.programme.models import Session, SessionItem
from expo.projects.models import Project, ProjectStatus
from expo.shortlist.models import Candidate, CandidateStatus
from expo.signings.models import Signing, SigningStatus
from expo.statistics.rules import Funnel
from expo.statistics.words import Step

#: A city's path has two keys of six characters: "/510000/510100/".
CITY_PATH_LENGTH = 15
_SIGNED = [SigningStatus.SIGNED, SigningStatus.REGISTERED]


def find_previous(edition: Edition) -> Edition | None:
    """The edition before this one: the year to compare with."""
    return db.session.scalar(
        sa.select(Edition).where(Edition.starts_on < edition.starts_on).order_by(Edition.starts_on.desc()).limit(1)
    )


def _collected(edition: Edition) -> sa.ColumnElement[bool]:
    """Tickets that came in between the end of the last call and the end of this one."""
    end = _nomination_ends(edition)
    previous = find_previous(edition)
    begin = _nomination_ends(previous) if previous else None
    clauses = [Ticket.created_at < end] if end is not None else []
    if begin is not None:
        clauses.append(Ticket.created_at >= begin)
    return sa.and_(sa.true(), *clauses)


def _nomination_ends(edition: Edition) -> Any:
    return db.session.scalar(
        sa.select(Stage.closes_at).where(Stage.edition_id == edition.id, Stage.kind == StageKind.NOMINATION)
    )


def condition(step: Step, edition: Edition) -> sa.ColumnElement[bool]:
    """What makes a row count for a step: on tickets, on candidates, or on projects (see ``Step.of_projects``)."""
    if step is Step.COLLECTED:
        return _collected(edition)
    if step is Step.NOMINATED:
        return Candidate.edition_id == edition.id
    if step is Step.SELECTED:
        return sa.and_(Candidate.edition_id == edition.id, Candidate.status == CandidateStatus.SELECTED)
    mine = Project.edition_id == edition.id
    if step is Step.SHOWN:
        return sa.and_(mine, Project.status == ProjectStatus.PUBLISHED)
    if step is Step.MET:
        return sa.and_(mine, sa.exists().where(Meeting.project_id == Project.id, Meeting.status == MeetingStatus.HELD))
    if step is Step.SIGNED:
        return sa.and_(mine, sa.exists().where(Signing.project_id == Project.id, Signing.status.in_(_SIGNED)))
    if step is Step.RESPONDED:
        return sa.and_(mine, sa.exists().where(Case.project_id == Project.id, Case.responded_on.is_not(None)))
    return sa.and_(mine, sa.exists().where(Case.project_id == Project.id, Case.status == CaseStatus.SETTLED))


def count_funnel(edition: Edition, paths: Sequence[str]) -> Funnel:
    """All figures of an edition within some regions."""
    cities = {path: number for number, path in db.session.execute(
        sa.select(Region.id, Region.path).where(sa.func.length(Region.path) <= CITY_PATH_LENGTH)
    )}
    cells: dict[Step, Counter[tuple[int, ProjectKind]]] = {}
    for step in Step:
        if step is Step.COLLECTED:
            city_path = sa.func.substr(Ticket.region_path, 1, CITY_PATH_LENGTH)
            rows = db.session.execute(
                sa.select(city_path, Ticket.kind, sa.func.count())
                .where(condition(step, edition), in_regions(Ticket.region_path, paths)).group_by(city_path, Ticket.kind)
            )
            counted: Counter[tuple[int, ProjectKind]] = Counter()
            for path, kind, number in rows:
                counted[cities.get(path, 0), kind] += number
            cells[step] = counted
            continue
        model: Any = Project if step.of_projects else Candidate
        found = db.session.execute(
            sa.select(model.city_id, model.kind, sa.func.count())
            .where(condition(step, edition), in_regions(model.region_path, paths)).group_by(model.city_id, model.kind)
        )
        cells[step] = Counter({(city, kind): number for city, kind, number in found})
    return Funnel(cells, _signed_money(edition, paths))


def _signed_money(edition: Edition, paths: Sequence[str]) -> dict[int, int]:
    """City path's number → amount of its signed agreements in fen."""
    city_path = sa.func.substr(Signing.region_path, 1, CITY_PATH_LENGTH)
    rows = db.session.execute(
        sa.select(Region.id, sa.func.sum(Signing.amount_fen))
        .join(Region, Region.path == city_path)
        .where(Signing.edition_id == edition.id, Signing.status.in_(_SIGNED), in_regions(Signing.region_path, paths))
        .group_by(Region.id)
    )
    return {city: int(amount or 0) for city, amount in rows}


@dataclass(frozen=True)
class Row:
    """One row behind a figure."""

    number: str
    title: str
    kind: ProjectKind
    region: str
    owner: str
    project_number: str | None
    ticket_id: int | None


def list_rows(step: Step, edition: Edition, paths: Sequence[str], city_path: str | None, kind: ProjectKind | None,
              q: str, cursor: str | None, size: int) -> Page[Row]:
    """The rows that a figure counts."""
    statement, ident = _rows(step, edition, paths, city_path, kind, q)
    page = keyset_page(statement, [Order(ident)], cursor, size, scalars=False)
    return Page([Row(*row) for row in page.rows], page.next_cursor, page.previous_cursor)


def count_rows(step: Step, edition: Edition, paths: Sequence[str], city_path: str | None, kind: ProjectKind | None,
               q: str) -> int:
    """How many they are."""
    statement, _ident = _rows(step, edition, paths, city_path, kind, q)
    return db.session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0


def iterate_rows(step: Step, edition: Edition, paths: Sequence[str], city_path: str | None,
                 kind: ProjectKind | None, q: str) -> Iterator[Row]:
    """All of them, in batches, for an export."""
    cursor: str | None = None
    while True:
        page = list_rows(step, edition, paths, city_path, kind, q, cursor, 1000)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _rows(step: Step, edition: Edition, paths: Sequence[str], city_path: str | None, kind: ProjectKind | None,
          q: str) -> tuple[sa.Select[Any], Any]:
    none = sa.null()
    if step.of_projects:
        base: Any = Project
        statement: Any = sa.select(Project.number, Project.title, Project.kind, Region.name, Project.owner_name,
                              Project.number.label("project_number"), Project.ticket_id).join(
                                  Region, Region.id == Project.region_id)
        text: Any = Project
    else:
        base = Ticket if step is Step.COLLECTED else Candidate
        statement = sa.select(Ticket.number, Ticket.title, Ticket.kind, Region.name, Ticket.owner_name,
                              none.label("project_number"), Ticket.id.label("ticket_id")).join(
                                  Region, Region.id == Ticket.region_id)
        if base is Candidate:
            statement = statement.join(Candidate, Candidate.ticket_id == Ticket.id)
        text = Ticket
    statement = statement.where(condition(step, edition), in_regions(base.region_path, paths))
    if city_path:
        statement = statement.where(in_regions(base.region_path, [city_path]))
    if kind:
        statement = statement.where(base.kind == kind)
    if q:
        statement = statement.where(search_clause(text, q))
    return statement, base.id


@dataclass(frozen=True)
class LedgerRow:
    """Where one project is (一个项目都不落下)."""

    number: str
    title: str
    kind: ProjectKind
    city: str
    status: ProjectStatus
    session: str | None
    meetings: int
    signing: str | None
    case_id: int | None
    case_status: CaseStatus | None
    owner: str | None
    outcome: Any


def list_ledger(edition: Edition, paths: Sequence[str], chosen: dict[str, str], q: str, cursor: str | None,
                size: int) -> Page[LedgerRow]:
    """Every project of an edition with its whereabouts."""
    page = keyset_page(_ledger(edition, paths, chosen, q), [Order(Project.id)], cursor, size, scalars=False)
    return Page([LedgerRow(*row) for row in page.rows], page.next_cursor, page.previous_cursor)


def iterate_ledger(edition: Edition, paths: Sequence[str], chosen: dict[str, str], q: str) -> Iterator[LedgerRow]:
    """The whole ledger, in batches."""
    cursor: str | None = None
    while True:
        page = list_ledger(edition, paths, chosen, q, cursor, 1000)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def count_ledger_rows(edition: Edition, paths: Sequence[str], chosen: dict[str, str], q: str) -> int:
    """How many projects the ledger shows."""
    statement = _chosen(sa.select(sa.func.count()).select_from(Project).outerjoin(Case, Case.project_id == Project.id),
                        edition, paths, chosen, q)
    return db.session.scalar(statement) or 0


def _ledger(edition: Edition, paths: Sequence[str], chosen: dict[str, str], q: str) -> sa.Select[Any]:
    session = (
        sa.select(Session.title).join(SessionItem, SessionItem.session_id == Session.id)
        .where(SessionItem.project_id == Project.id).limit(1).correlate(Project).scalar_subquery()
    )
    meetings = (
        sa.select(sa.func.count()).select_from(Meeting)
        .where(Meeting.project_id == Project.id, Meeting.status == MeetingStatus.HELD).correlate(Project).scalar_subquery()
    )
    signing = (
        sa.select(Signing.serial).where(Signing.project_id == Project.id, Signing.status.in_(_SIGNED))
        .order_by(Signing.id).limit(1).correlate(Project).scalar_subquery()
    )
    city = sa.orm.aliased(Region)
    statement = (
        sa.select(Project.number, Project.title, Project.kind, city.name, Project.status, session, meetings, signing,
                  Case.id, Case.status, Person.name, Case.outcome)
        .join(city, city.id == Project.city_id)
        .outerjoin(Case, Case.project_id == Project.id)
        .outerjoin(Person, Person.id == Case.owner_id)
    )
    return _chosen(statement, edition, paths, chosen, q)


def _chosen(statement: sa.Select[Any], edition: Edition, paths: Sequence[str], chosen: dict[str, str],
            q: str) -> sa.Select[Any]:
    statement = statement.where(Project.edition_id == edition.id, in_regions(Project.region_path, paths))
    if value := chosen.get("city"):
        statement = statement.where(Project.city_id == int(value))
    if value := chosen.get("kind"):
        statement = statement.where(Project.kind == ProjectKind(value))
    if value := chosen.get("reached"):
        statement = statement.where(condition(Step(value), edition))
    if value := chosen.get("missing"):
        statement = statement.where(~condition(Step(value), edition))
    if chosen.get("case") == "none":
        statement = statement.where(Case.id.is_(None))
    if q:
        statement = statement.where(search_clause(Project, q))
    return statement
