"""Panels, members, submissions and assignments. Scores of others are read only in ``queries_results``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from expo.judging.models import (
    Assignment,
    AssignmentStatus,
    Criterion,
    Panel,
    PanelMember,
    PanelStatus,
    Submission,
)
from expo.judging.rules import Reviewer, Task
from expo.kit.db import db, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.people.models import Membership, MembershipStatus, Organisation, Person, RoleGrant
from expo.people.permissions import Role

#: Roles that make their region the holder's home: who works for a region must not score what comes from it.
_HOME_ROLES = (Role.ORGANISER, Role.HOST, Role.CARETAKER, Role.EXTERNAL_CARETAKER)


@dataclass(frozen=True)
class Counts:
    """How far a panel is, without saying anything about the scores."""

    submissions: int = 0
    members: int = 0
    assigned: int = 0
    scored: int = 0
    recused: int = 0


@dataclass(frozen=True)
class Progress:
    """How far one reviewer is."""

    person: Person
    assigned: int
    scored: int
    recused: int


@dataclass(frozen=True)
class SubmissionRow:
    """A submission in a list with the number of its reviewers and of the scores given."""

    submission: Submission
    reviewers: int
    scored: int


def get_panel(panel_id: int, edition_id: int | None = None, *, for_update: bool = False) -> Panel:
    """A panel (of this edition, if given) with its criteria."""
    statement = sa.select(Panel).where(Panel.id == panel_id).options(
        sa.orm.selectinload(Panel.criteria), sa.orm.joinedload(Panel.edition, innerjoin=True)
    )
    if edition_id is not None:
        statement = statement.where(Panel.edition_id == edition_id)
    if for_update:
        statement = statement.with_for_update(of=Panel).execution_options(populate_existing=True)
    panel = db.session.scalar(statement)
    if panel is None:
        raise not_found()
    return panel


def list_panels(edition_id: int) -> list[Panel]:
    """The edition's panels, the latest first."""
    return list(db.session.scalars(
        sa.select(Panel).where(Panel.edition_id == edition_id).order_by(Panel.opens_at.desc(), Panel.id.desc())
    ))


def list_unclosed_panels(edition_id: int) -> list[Panel]:
    """Panels that still take submissions."""
    return list(db.session.scalars(
        sa.select(Panel).where(Panel.edition_id == edition_id, Panel.status != PanelStatus.CLOSED)
        .order_by(Panel.opens_at, Panel.id)
    ))


def list_due_ids(status: PanelStatus, at: datetime) -> list[int]:
    """Panels whose clock has struck: to be opened, or to be closed."""
    moment = Panel.opens_at if status is PanelStatus.PREPARING else Panel.closes_at
    return list(db.session.scalars(sa.select(Panel.id).where(Panel.status == status, moment <= at)))


def count_by_panel(panel_ids: Sequence[int]) -> dict[int, Counts]:
    """How far each panel is."""
    found: dict[int, dict[str, int]] = {panel_id: {} for panel_id in panel_ids}
    counts = (
        sa.select(Submission.panel_id, sa.literal("submissions"), sa.func.count()).group_by(Submission.panel_id),
        sa.select(PanelMember.panel_id, sa.literal("members"), sa.func.count()).group_by(PanelMember.panel_id),
        sa.select(Submission.panel_id, sa.cast(Assignment.status, sa.String), sa.func.count())
        .join(Assignment, Assignment.submission_id == Submission.id)
        .group_by(Submission.panel_id, Assignment.status),
    )
    for statement, column in zip(counts, (Submission.panel_id, PanelMember.panel_id, Submission.panel_id), strict=True):
        for panel_id, what, number in db.session.execute(statement.where(column.in_(panel_ids))):
            found[panel_id][str(what)] = number
    return {panel_id: Counts(**numbers) for panel_id, numbers in found.items()}


def list_progress(panel_id: int) -> list[Progress]:
    """Every member of a panel and how far they are."""
    mine = (
        sa.select(
            Assignment.person_id,
            *[sa.func.sum(sa.case((Assignment.status == status, 1), else_=0)).label(status.value)
              for status in AssignmentStatus],
        )
        .join(Submission, Submission.id == Assignment.submission_id)
        .where(Submission.panel_id == panel_id).group_by(Assignment.person_id).subquery()
    )
    rows = db.session.execute(
        sa.select(Person, mine.c.assigned, mine.c.scored, mine.c.recused)
        .join(PanelMember, PanelMember.person_id == Person.id)
        .outerjoin(mine, mine.c.person_id == Person.id)
        .where(PanelMember.panel_id == panel_id).order_by(Person.name, Person.id)
    )
    return [Progress(person, (a or 0) + (s or 0), s or 0, r or 0) for person, a, s, r in rows]


def list_member_ids(panel_id: int) -> list[int]:
    """The persons on a panel."""
    return list(db.session.scalars(
        sa.select(PanelMember.person_id).where(PanelMember.panel_id == panel_id).order_by(PanelMember.person_id)
    ))


def find_member(panel_id: int, person_id: int) -> PanelMember | None:
    """A person's membership of a panel."""
    return db.session.scalar(
        sa.select(PanelMember).where(PanelMember.panel_id == panel_id, PanelMember.person_id == person_id)
    )


def list_possible_members(panel: Panel, on: date) -> list[Person]:
    """Reviewers of this edition who are not on the panel."""
    on_panel = sa.select(PanelMember.person_id).where(PanelMember.panel_id == panel.id)
    return list(db.session.scalars(
        sa.select(Person).where(
            Person.id.in_(_reviewer_ids(panel.edition_id, on)), Person.id.not_in(on_panel), Person.disabled_at.is_(None)
        ).order_by(Person.name, Person.id)
    ))


def list_reviewer_ids(edition_id: int, on: date) -> set[int]:
    """Everybody who holds the reviewer's role for this edition."""
    return set(db.session.scalars(_reviewer_ids(edition_id, on)))


def _reviewer_ids(edition_id: int, on: date) -> sa.Select[int]:
    return sa.select(RoleGrant.person_id).where(
        RoleGrant.role == Role.REVIEWER, RoleGrant.ended_at.is_(None),
        sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on),
        sa.or_(RoleGrant.edition_id.is_(None), RoleGrant.edition_id == edition_id),
    )


def load_reviewers(person_ids: Iterable[int]) -> list[Reviewer]:
    """Persons with their organisations (claimed ones too: a claim is a tie) and the regions they are at home in."""
    wanted = sorted(set(person_ids))
    organisations: dict[int, set[int]] = {person_id: set() for person_id in wanted}
    homes: dict[int, set[str]] = {person_id: set() for person_id in wanted}
    for person_id, organisation_id, path in db.session.execute(
        sa.select(Membership.person_id, Organisation.id, Organisation.region_path)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(wanted), Membership.status != MembershipStatus.ENDED)
    ):
        organisations[person_id].add(organisation_id)
        homes[person_id].add(path)
    for person_id, path in db.session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.region_path)
        .where(RoleGrant.person_id.in_(wanted), RoleGrant.role.in_(_HOME_ROLES), RoleGrant.ended_at.is_(None))
    ):
        homes[person_id].add(path)
    return [Reviewer(p, frozenset(organisations[p]), frozenset(homes[p])) for p in wanted]


def list_tasks(panel_id: int) -> tuple[list[Task], dict[int, int]]:
    """All submissions of a panel as tasks, and how many each person scores in it."""
    known: dict[int, set[int]] = {}
    active: dict[int, int] = {}
    loads: dict[int, int] = {}
    for submission_id, person_id, status in db.session.execute(
        sa.select(Assignment.submission_id, Assignment.person_id, Assignment.status)
        .join(Submission, Submission.id == Assignment.submission_id).where(Submission.panel_id == panel_id)
    ):
        known.setdefault(submission_id, set()).add(person_id)
        if status is not AssignmentStatus.RECUSED:
            active[submission_id] = active.get(submission_id, 0) + 1
            loads[person_id] = loads.get(person_id, 0) + 1
    rows = db.session.execute(
        sa.select(Submission.id, Submission.organisation_id, Submission.region_path)
        .where(Submission.panel_id == panel_id).order_by(Submission.id)
    )
    return [Task(number, organisation, path, frozenset(known.get(number, ())), active.get(number, 0))
            for number, organisation, path in rows], loads


def list_known_records(panel_id: int, record_type: str) -> set[int]:
    """Records of a type that a panel has already."""
    return set(db.session.scalars(
        sa.select(Submission.record_id).where(Submission.panel_id == panel_id, Submission.record_type == record_type)
    ))


def page_submissions(panel: Panel, paths: Iterable[str], q: str, state: str | None, cursor: str | None,
                     size: int) -> Page[SubmissionRow]:
    """Submissions with their number of reviewers and of given scores; results only of a closed panel."""
    statement = _submissions(panel, paths, q, state)
    orders = [Order(Submission.id)]
    if panel.status is PanelStatus.CLOSED:
        orders = [Order(sa.func.coalesce(Submission.result, -1), descending=True), Order(Submission.id)]
    page = keyset_page(statement, orders, cursor, size, scalars=False)
    return Page([SubmissionRow(*row) for row in page.rows], page.next_cursor, page.previous_cursor)


def count_submissions(panel: Panel, paths: Iterable[str], q: str, state: str | None) -> int:
    """How many the list has."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(_submissions(panel, paths, q, state).subquery())
    ) or 0


def _submissions(panel: Panel, paths: Iterable[str], q: str, state: str | None) -> Any:
    def number(*where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        return (sa.select(sa.func.count()).select_from(Assignment)
                .where(Assignment.submission_id == Submission.id, *where)
                .correlate(Submission).scalar_subquery())

    reviewers = number(Assignment.status != AssignmentStatus.RECUSED)
    scored = number(Assignment.status == AssignmentStatus.SCORED)
    statement = sa.select(Submission, reviewers.label("reviewers"), scored.label("scored")).where(
        Submission.panel_id == panel.id, in_regions(Submission.region_path, paths)
    )
    if q:
        statement = statement.where(Submission.title.contains(q, autoescape=True))
    if state == "short":
        statement = statement.where(reviewers < panel.scores_each)
    elif state == "incomplete":
        statement = statement.where(scored < panel.scores_each)
    elif state == "complete":
        statement = statement.where(scored >= panel.scores_each)
    return statement


def get_submission(submission_id: int, panel_id: int, paths: Iterable[str]) -> Submission:
    """A submission with its assignments and their persons, without their scores."""
    found = db.session.scalar(
        sa.select(Submission)
        .where(Submission.id == submission_id, Submission.panel_id == panel_id,
               in_regions(Submission.region_path, paths))
        .options(sa.orm.selectinload(Submission.assignments).joinedload(Assignment.person))
    )
    if found is None:
        raise not_found()
    return found


def list_my_assignments(person_id: int) -> list[Assignment]:
    """Everything a reviewer was given in panels that have begun, with panel and edition: what is open first."""
    return list(db.session.scalars(
        sa.select(Assignment)
        .join(Submission, Submission.id == Assignment.submission_id).join(Panel, Panel.id == Submission.panel_id)
        .where(Assignment.person_id == person_id, Panel.status != PanelStatus.PREPARING)
        .options(sa.orm.contains_eager(Assignment.submission).contains_eager(Submission.panel)
                 .joinedload(Panel.edition))
        .order_by(sa.case((Panel.status == PanelStatus.OPEN, 0), else_=1), Panel.closes_at.desc(), Panel.id,
                  sa.case((Assignment.status == AssignmentStatus.ASSIGNED, 0), else_=1), Assignment.id)
    ))


def get_my_assignment(assignment_id: int, person_id: int | None, *, for_update: bool = False) -> Assignment:
    """One's own assignment with its submission, panel, criteria and one's own scores; nobody else's."""
    statement = sa.select(Assignment).where(
        Assignment.id == assignment_id, Assignment.person_id == person_id
    ).options(
        sa.orm.joinedload(Assignment.submission, innerjoin=True).joinedload(Submission.panel, innerjoin=True)
        .options(sa.orm.selectinload(Panel.criteria), sa.orm.joinedload(Panel.edition, innerjoin=True)),
        sa.orm.selectinload(Assignment.scores),
    )
    if for_update:
        statement = statement.with_for_update(of=Assignment).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None or found.submission.panel.status is PanelStatus.PREPARING:
        raise not_found()
    return found


def find_next_assignment(assignment: Assignment) -> int | None:
    """The reviewer's next unscored submission of the same panel, going round."""
    return db.session.scalar(
        sa.select(Assignment.id).join(Submission, Submission.id == Assignment.submission_id)
        .where(Assignment.person_id == assignment.person_id, Assignment.status == AssignmentStatus.ASSIGNED,
               Submission.panel_id == assignment.submission.panel_id, Assignment.id != assignment.id)
        .order_by(sa.case((Assignment.id > assignment.id, 0), else_=1), Assignment.id).limit(1)
    )


def list_open_assignments(panel_id: int, person_id: int) -> list[Assignment]:
    """A member's assignments that are neither scored nor recused."""
    return list(db.session.scalars(
        sa.select(Assignment).join(Submission, Submission.id == Assignment.submission_id)
        .where(Submission.panel_id == panel_id, Assignment.person_id == person_id,
               Assignment.status == AssignmentStatus.ASSIGNED)
        .options(sa.orm.selectinload(Assignment.scores))
    ))


def count_scored_by(panel_id: int, person_id: int) -> int:
    """How many submissions of a panel a person has scored."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Assignment).join(Submission, Submission.id == Assignment.submission_id)
        .where(Submission.panel_id == panel_id, Assignment.person_id == person_id,
               Assignment.status == AssignmentStatus.SCORED)
    ) or 0


def list_criteria(panel_id: int) -> list[Criterion]:
    """A panel's criteria in their order."""
    return list(db.session.scalars(
        sa.select(Criterion).where(Criterion.panel_id == panel_id).order_by(Criterion.position, Criterion.id)
    ))
