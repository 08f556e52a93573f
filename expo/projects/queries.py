"""Projects one by one, and what an action about them must know."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.access import Actor
from expo.kit.db import db, in_regions, not_found
from expo.people.models import Membership, MembershipStatus, Organisation, Person
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.shortlist.models import Candidate

_PAGE = (
    joinedload(Project.edition), joinedload(Project.city), joinedload(Project.region), joinedload(Project.industry),
    joinedload(Project.organisation), joinedload(Project.cover), joinedload(Project.exhibitor),
    joinedload(Project.accepted_by), joinedload(Project.ticket),
    selectinload(Project.files).joinedload(ProjectFile.file),
)
#: Statements with long lists of numbers are cut into pieces: SQLite takes some thousands at most.
_PIECE = 500


def find_project(number: str) -> Project | None:
    """The project at this address with everything that a page about it shows."""
    return db.session.scalar(sa.select(Project).where(Project.number == number).options(*_PAGE))


def get_project(number: str) -> Project:
    """The project at this address; :class:`NotFound` if there is none."""
    project = find_project(number)
    if project is None:
        raise not_found()
    return project


def get_project_by_id(project_id: int) -> Project:
    """The project with this id with everything that a page about it shows."""
    project = db.session.scalar(sa.select(Project).where(Project.id == project_id).options(*_PAGE))
    if project is None:
        raise not_found()
    return project


def get_for_update(project_id: int) -> Project:
    """A project, locked, with its edition and files: what every decision about it starts from."""
    project = db.session.scalar(
        sa.select(Project).where(Project.id == project_id)
        .options(joinedload(Project.edition), joinedload(Project.exhibitor),
                 selectinload(Project.files).joinedload(ProjectFile.file))
        .with_for_update(of=Project).execution_options(populate_existing=True)
    )
    if project is None:
        raise not_found()
    return project


def list_for_update(edition_id: int, ids: Iterable[int], paths: Iterable[str]) -> list[Project]:
    """Projects of an edition within these regions, locked, with files; those out of sight are left out."""
    paths, wanted = tuple(paths), sorted(set(ids))
    found: list[Project] = []
    for start in range(0, len(wanted), _PIECE):
        found += db.session.scalars(
            sa.select(Project)
            .where(Project.id.in_(wanted[start:start + _PIECE]), Project.edition_id == edition_id,
                   in_regions(Project.region_path, paths))
            .order_by(Project.id)
            .options(joinedload(Project.exhibitor), selectinload(Project.files).joinedload(ProjectFile.file))
            .with_for_update(of=Project).execution_options(populate_existing=True)
        )
    return found


def list_chosen(edition_id: int, ids: Iterable[int], paths: Iterable[str]) -> list[Project]:
    """Projects of an edition within these regions, by id: for a summary before many are changed."""
    paths, wanted = tuple(paths), sorted(set(ids))
    found: list[Project] = []
    for start in range(0, len(wanted), _PIECE):
        found += db.session.scalars(
            sa.select(Project)
            .where(Project.id.in_(wanted[start:start + _PIECE]), Project.edition_id == edition_id,
                   in_regions(Project.region_path, paths))
            .order_by(Project.number).options(joinedload(Project.city))
        )
    return found


def last_number(edition_id: int) -> str | None:
    """The highest number given in an edition; asked under the edition's lock."""
    return db.session.scalar(sa.select(sa.func.max(Project.number)).where(Project.edition_id == edition_id))


def list_candidates_without_project(edition_id: int, candidate_ids: Collection[int]) -> list[Candidate]:
    """Those candidates that are no project yet, with their tickets, in the order of their numbers."""
    wanted = sorted(set(candidate_ids))
    found: list[Candidate] = []
    for start in range(0, len(wanted), _PIECE):
        found += db.session.scalars(
            sa.select(Candidate)
            .outerjoin(Project, (Project.edition_id == edition_id) & (Project.ticket_id == Candidate.ticket_id))
            .where(Candidate.id.in_(wanted[start:start + _PIECE]), Candidate.edition_id == edition_id,
                   Project.id.is_(None))
            .order_by(Candidate.id)
            .options(joinedload(Candidate.ticket))
        )
    return found


@dataclass(frozen=True)
class Answerable:
    """Who may answer for projects: confirmed phones, confirmed addresses, managers of organisations."""

    by_phone: dict[str, int]
    by_email: dict[str, int]
    by_organisation: dict[int, int]

    def match(self, phone: str, email: str, organisation_id: int | None) -> int | None:
        """The person behind a ticket's contact, else the first manager of its organisation."""
        return (self.by_phone.get(phone) or self.by_email.get(email)
                or (self.by_organisation.get(organisation_id) if organisation_id is not None else None))


def find_answerable(phones: Collection[str], emails: Collection[str], organisation_ids: Collection[int]) -> Answerable:
    """Persons by what was confirmed to be theirs: an address that anybody could have typed in gives no rights."""
    return Answerable(
        _people(Person.phone, Person.phone_confirmed_at, phones),
        _people(Person.email, Person.email_confirmed_at, emails),
        _managers(organisation_ids),
    )


def _people(column: sa.orm.InstrumentedAttribute[str | None], confirmed: sa.orm.InstrumentedAttribute[object],
            values: Collection[str]) -> dict[str, int]:
    wanted = sorted({v for v in values if v})
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _PIECE):
        rows = db.session.execute(
            sa.select(column, Person.id)
            .where(column.in_(wanted[start:start + _PIECE]), confirmed.is_not(None), Person.disabled_at.is_(None))
        )
        found |= {str(value): int(person_id) for value, person_id in rows}
    return found


def _managers(organisation_ids: Collection[int]) -> dict[int, int]:
    wanted = sorted(set(organisation_ids))
    found: dict[int, int] = {}
    for start in range(0, len(wanted), _PIECE):
        rows = db.session.execute(
            sa.select(Membership.organisation_id, sa.func.min(Membership.person_id))
            .where(Membership.organisation_id.in_(wanted[start:start + _PIECE]), Membership.is_manager.is_(True),
                   Membership.status == MembershipStatus.CONFIRMED)
            .group_by(Membership.organisation_id)
        )
        found |= {int(organisation_id): int(person_id) for organisation_id, person_id in rows}
    return found


def list_uninvited(edition_id: int, limit: int) -> list[int]:
    """Projects whose invitation has not been sent although there is an address to send it to."""
    return list(db.session.scalars(
        sa.select(Project.id)
        .where(Project.edition_id == edition_id, Project.invitation_sent_at.is_(None),
               Project.status == ProjectStatus.INVITED,
               (Project.contact_phone != "") | (Project.contact_email != ""))
        .order_by(Project.id).limit(limit)
    ))


def list_uncovered(edition_id: int, limit: int) -> list[tuple[int, str]]:
    """Published projects without any picture: (id, number)."""
    rows = db.session.execute(
        sa.select(Project.id, Project.number)
        .where(Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED, Project.cover_id.is_(None))
        .order_by(Project.id).limit(limit)
    )
    return [(row.id, row.number) for row in rows]


def list_own(actor: Actor) -> list[Project]:
    """All projects that the actor answers for or whose organisation they act for: newest edition and open work first."""
    return list(db.session.scalars(
        sa.select(Project)
        .where((Project.exhibitor_id == actor.person_id) | Project.organisation_id.in_(actor.organisation_ids))
        .order_by(Project.edition_id.desc(), Project.status.not_in([ProjectStatus.INVITED, ProjectStatus.CONFIRMED]), Project.id)
        .options(joinedload(Project.edition), joinedload(Project.city), joinedload(Project.cover),
                 joinedload(Project.organisation))
        .limit(200)
    ))


def roles_of(project: Project) -> set[FileRole]:
    """Which kinds of files a loaded project has."""
    return {one.role for one in project.files}


def find_organisation_named(name: str) -> Organisation | None:
    """The organisation with exactly this name, if there is only one."""
    found = list(db.session.scalars(sa.select(Organisation).where(Organisation.name == name).limit(2)))
    return found[0] if len(found) == 1 else None
