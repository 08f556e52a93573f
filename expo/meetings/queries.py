"""Interests and meetings as their two sides and the organisers see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from expo.kit.access import Actor
from expo.kit.db import db, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.meetings.models import Interest, InterestLevel, InterestStatus, Meeting, MeetingStatus
from expo.meetings.rules import Place
from expo.people.models import Organisation, Person
from expo.places.queries import list_cities as cities_below
from expo.projects.models import Project

_INTEREST = (
    joinedload(Interest.project).options(joinedload(Project.edition), joinedload(Project.exhibitor)), joinedload(Interest.person),
    joinedload(Interest.organisation), joinedload(Interest.consent), joinedload(Interest.answer_consent),
    joinedload(Interest.answered_by), selectinload(Interest.meetings),
)
_MEETING = (
    joinedload(Meeting.project).joinedload(Project.edition),
    joinedload(Meeting.interest).options(
        joinedload(Interest.person), joinedload(Interest.organisation), joinedload(Interest.consent),
        joinedload(Interest.answer_consent), joinedload(Interest.answered_by),
    ),
)
SORTS: dict[str, list[Order]] = {
    "soonest": [Order(Meeting.starts_at), Order(Meeting.id)],
    "newest": [Order(Meeting.id, descending=True)],
}


def find_interest(project_id: int, person_id: int | None) -> Interest | None:
    """What a person wants of a project."""
    return db.session.scalar(
        sa.select(Interest).where(Interest.project_id == project_id, Interest.person_id == person_id).options(*_INTEREST)
    )


def get_interest(interest_id: int, *, for_update: bool = False) -> Interest:
    """One interest with both sides and its meetings."""
    statement = sa.select(Interest).where(Interest.id == interest_id).options(*_INTEREST)
    if for_update:
        statement = statement.with_for_update(of=Interest).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def get_meeting(meeting_id: int, *, for_update: bool = False) -> Meeting:
    """One meeting with both sides."""
    statement = sa.select(Meeting).where(Meeting.id == meeting_id).options(*_MEETING)
    if for_update:
        statement = statement.with_for_update(of=Meeting).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def _of_own_projects(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.or_(Project.exhibitor_id == actor.person_id, Project.organisation_id.in_(actor.organisation_ids))


def list_inbox(actor: Actor, status: InterestStatus | None, cursor: str | None, size: int) -> Page[Interest]:
    """Interests in the actor's projects, newest first; "no, thank you" is not shown to anybody."""
    statement = (
        sa.select(Interest).join(Project, Project.id == Interest.project_id)
        .where(_of_own_projects(actor), Interest.level != InterestLevel.NO)
        .options(contains_eager(Interest.project).joinedload(Project.edition), *_INTEREST[1:])
    )
    if status is not None:
        statement = statement.where(Interest.status == status)
    return keyset_page(statement, [Order(Interest.id, descending=True)], cursor, size)


def count_inbox(actor: Actor) -> dict[str, int]:
    """Interests in the actor's projects by status."""
    counting: Any = (
        sa.select(Interest.status, sa.func.count().label("rows")).join(Project, Project.id == Interest.project_id)
        .where(_of_own_projects(actor), Interest.level != InterestLevel.NO).group_by(Interest.status)
    )
    return {str(row.status.value): int(row.rows) for row in db.session.execute(counting)}


def list_wanted(person_id: int | None) -> list[Interest]:
    """What a visitor has wanted, newest first."""
    return list(db.session.scalars(
        sa.select(Interest).where(Interest.person_id == person_id).order_by(Interest.id.desc()).options(*_INTEREST).limit(200)
    ))


def list_own_meetings(actor: Actor) -> list[Meeting]:
    """All meetings of the actor, on either side, the next one first."""
    return list(db.session.scalars(
        sa.select(Meeting)
        .join(Interest, Interest.id == Meeting.interest_id).join(Project, Project.id == Meeting.project_id)
        .where(sa.or_(Interest.person_id == actor.person_id, _of_own_projects(actor)))
        .order_by(Meeting.starts_at, Meeting.id).options(*_MEETING).limit(500)
    ))


def lock_parties(project_id: int, person_ids: Collection[int]) -> None:
    """Lock both sides of a meeting, always in the same order, so that two agreements cannot pass each other."""
    db.session.execute(sa.select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update())
    db.session.execute(sa.select(Project.id).where(Project.id == project_id).with_for_update())


def find_clash_of_project(project_id: int, place: Place, besides: int | None) -> Meeting | None:
    """An agreed meeting of the project at this time."""
    found: Meeting | None = db.session.scalar(_agreed(place, besides).where(Meeting.project_id == project_id).limit(1))
    return found


def find_clash_of_person(person_id: int, place: Place, besides: int | None) -> Meeting | None:
    """An agreed meeting of the person, as a visitor or for a project they answer for."""
    found: Meeting | None = db.session.scalar(
        _agreed(place, besides)
        .join(Interest, Interest.id == Meeting.interest_id).join(Project, Project.id == Meeting.project_id)
        .where(sa.or_(Interest.person_id == person_id, Project.exhibitor_id == person_id)).limit(1)
    )
    return found


def _agreed(place: Place, besides: int | None) -> Any:
    statement: Any = sa.select(Meeting).where(
        Meeting.status == MeetingStatus.ACCEPTED, Meeting.starts_at < place.ends_at, Meeting.ends_at > place.starts_at
    )
    return statement.where(Meeting.id != besides) if besides is not None else statement


def list_meetings(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str,
                  cursor: str | None, size: int) -> Page[Meeting]:
    """The organisers' list: meetings about projects of their regions."""
    statement = _narrowed(sa.select(Meeting), edition_id, paths, q, chosen).options(
        contains_eager(Meeting.project).joinedload(Project.city),
        contains_eager(Meeting.interest).options(joinedload(Interest.person), joinedload(Interest.organisation)),
    )
    return keyset_page(statement, SORTS[sort], cursor, size)


def count_meetings(edition_id: int, paths: Iterable[str], q: str = "", chosen: Mapping[str, str] | None = None) -> int:
    """How many rows the whole list has."""
    return db.session.scalar(_narrowed(sa.select(sa.func.count(Meeting.id)), edition_id, paths, q, chosen or {})) or 0


def count_by_status(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Meetings in scope by status."""
    counting: Any = sa.select(Meeting.status, sa.func.count(Meeting.id).label("rows"))
    rows = db.session.execute(_narrowed(counting, edition_id, paths, "", {}).group_by(Meeting.status))
    return {str(row.status.value): int(row.rows) for row in rows}


def list_interests(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], cursor: str | None,
                   size: int) -> Page[Interest]:
    """The organisers' list of what visitors want, newest first."""
    statement = _wanted(sa.select(Interest), edition_id, paths, q, chosen).options(
        contains_eager(Interest.project).joinedload(Project.city), joinedload(Interest.person),
        joinedload(Interest.organisation),
    )
    return keyset_page(statement, [Order(Interest.id, descending=True)], cursor, size)


def count_wanted(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> int:
    """How many rows the whole list of interests has."""
    return db.session.scalar(_wanted(sa.select(sa.func.count(Interest.id)), edition_id, paths, q, chosen)) or 0


def _wanted(statement: Any, edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> Any:
    statement = statement.join(Project, Project.id == Interest.project_id).where(
        Project.edition_id == edition_id, in_regions(Project.region_path, paths)
    )
    if q:
        statement = statement.where(search_clause(Project, q))
    for name, column in (("level", Interest.level), ("status", Interest.status)):
        if name in chosen:
            statement = statement.where(column == chosen[name])
    return statement


def count_interests(edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Interests in projects in scope by level."""
    counting: Any = (
        sa.select(Interest.level, sa.func.count(Interest.id).label("rows")).join(Project, Project.id == Interest.project_id)
        .where(Project.edition_id == edition_id, in_regions(Project.region_path, paths)).group_by(Interest.level)
    )
    return {str(row.level.value): int(row.rows) for row in db.session.execute(counting)}


def iterate_meetings(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> Iterator[Meeting]:
    """Everything that the list shows, for an export."""
    statement = _narrowed(sa.select(Meeting), edition_id, paths, q, chosen).order_by(Meeting.starts_at, Meeting.id).options(
        contains_eager(Meeting.project).joinedload(Project.city),
        contains_eager(Meeting.interest).joinedload(Interest.organisation),
    )
    yield from db.session.scalars(statement.execution_options(yield_per=500))


def list_cities(paths: Iterable[str]) -> list[tuple[str, Any]]:
    """Cities in scope as choices."""
    return [(city.path, city.label) for city in cities_below(paths)]


def find_organisation_of(actor: Actor) -> Organisation | None:
    """For whom the actor speaks, where that is clear."""
    if len(actor.organisation_ids) != 1:
        return None
    return db.session.get(Organisation, next(iter(actor.organisation_ids)))


def _narrowed(statement: Any, edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str]) -> Any:
    statement = (
        statement.join(Project, Project.id == Meeting.project_id).join(Interest, Interest.id == Meeting.interest_id)
        .where(Project.edition_id == edition_id, in_regions(Project.region_path, paths))
    )
    if q:
        statement = statement.where(search_clause(Project, q))
    if "status" in chosen:
        statement = statement.where(Meeting.status == chosen["status"])
    if "outcome" in chosen:
        statement = statement.where(Meeting.outcome == chosen["outcome"])
    if "level" in chosen:
        statement = statement.where(Interest.level == chosen["level"])
    if "city" in chosen:
        statement = statement.where(in_regions(Project.region_path, [chosen["city"]]))
    return statement
