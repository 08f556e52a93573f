"""Sessions of the draft: lists, one by one, locked for a decision, and what may be put into them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.people.models import Membership, MembershipStatus, Organisation, Person, RoleGrant
from expo.people.permissions import Role
from expo.places.models import Hall, Venue
from expo.programme.models import (
    EditionHall,
    ItemPresenter,
    Session,
    SessionHost,
    SessionItem,
    SessionStatus,
    Slot,
)
from expo.projects.models import Project, ProjectStatus

#: Sessions without a time come last.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_STARTS: Any = sa.func.coalesce(Slot.starts_at, sa.literal(_NEVER, Slot.starts_at.type))
SORTS: dict[str, list[Order]] = {
    "code": [Order(Session.code), Order(Session.id)],
    "time": [Order(_STARTS), Order(Session.code), Order(Session.id)],
    "audience": [Order(Session.expected_audience, descending=True), Order(Session.id)],
}
_PLACE = (joinedload(Session.region), joinedload(Session.industry), joinedload(Session.hall), joinedload(Session.slot))


def list_sessions(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str,
                  cursor: str | None, size: int, zone: ZoneInfo) -> Page[Session]:
    """One page of the sessions in these regions."""
    statement = _narrowed(sa.select(Session), edition_id, paths, q, chosen, zone).options(*_PLACE)
    return keyset_page(statement, SORTS[sort], cursor, size)


def count_sessions(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], zone: ZoneInfo) -> int:
    """How many sessions are found."""
    return db.session.scalar(
        _narrowed(sa.select(sa.func.count()).select_from(Session), edition_id, paths, q, chosen, zone)
    ) or 0


def list_for_export(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str],
                    zone: ZoneInfo) -> list[Session]:
    """All sessions that are found, by code, with hosts."""
    return list(db.session.scalars(
        _narrowed(sa.select(Session), edition_id, paths, q, chosen, zone).order_by(Session.code)
        .options(*_PLACE, joinedload(Session.moderator),
                 selectinload(Session.hosts).joinedload(SessionHost.organisation))
    ))


def count_facets(edition_id: int, paths: Iterable[str]) -> dict[str, dict[str, int]]:
    """Counts for the pills: how many sessions there are of each status and kind, and without a place."""
    rows = db.session.execute(
        sa.select(Session.status, Session.kind, Session.slot_id.is_(None).label("waiting"), sa.func.count().label("n"))
        .where(Session.edition_id == edition_id, in_regions(Session.region_path, paths))
        .group_by(Session.status, Session.kind, Session.slot_id.is_(None))
    )
    facets: dict[str, dict[str, int]] = {"status": {}, "kind": {}, "placed": {"no": 0, "yes": 0}}
    for row in rows:
        facets["status"][row.status] = facets["status"].get(row.status, 0) + row.n
        facets["kind"][row.kind] = facets["kind"].get(row.kind, 0) + row.n
        if row.status is not SessionStatus.CANCELLED:
            facets["placed"]["no" if row.waiting else "yes"] += row.n
    return facets


def count_items(session_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Session → (projects, minutes) of its running order."""
    rows = db.session.execute(
        sa.select(SessionItem.session_id, sa.func.count(), sa.func.sum(SessionItem.minutes + SessionItem.pause_after))
        .where(SessionItem.session_id.in_(session_ids)).group_by(SessionItem.session_id)
    )
    return {session_id: (int(number), int(minutes)) for session_id, number, minutes in rows}


def _narrowed(statement: sa.Select[Any], edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str],
              zone: ZoneInfo) -> sa.Select[Any]:
    statement = statement.outerjoin(Slot, Slot.id == Session.slot_id).where(
        Session.edition_id == edition_id, in_regions(Session.region_path, paths)
    )
    for word in q.split():
        like = f"%{word.replace('%', '').replace('_', '')}%"
        statement = statement.where(
            sa.or_(Session.title.ilike(like), Session.title_en.ilike(like), Session.code.ilike(like))
        )
    for name, value in chosen.items():
        statement = statement.where(_clause(name, value, zone))
    return statement


def _clause(name: str, value: str, zone: ZoneInfo) -> sa.ColumnElement[bool]:
    if name == "placed":
        waiting = sa.and_(Session.slot_id.is_(None), Session.status != SessionStatus.CANCELLED)
        return waiting if value == "no" else Session.slot_id.is_not(None)
    if name == "region":
        return in_regions(Session.region_path, [value])
    if name == "day":
        starts = datetime.combine(date.fromisoformat(value), time(), zone)
        return sa.and_(Slot.starts_at >= starts, Slot.starts_at < starts + timedelta(days=1))
    if name in {"hall", "industry"}:
        column = Session.hall_id if name == "hall" else Session.industry_id
        return column == int(value)
    return Session.kind == value if name == "kind" else Session.status == value


def get_session(edition_id: int, session_id: int, paths: Iterable[str]) -> Session:
    """A session in these regions with everything that its page shows."""
    session = db.session.scalar(
        sa.select(Session)
        .where(Session.id == session_id, Session.edition_id == edition_id, in_regions(Session.region_path, paths))
        .options(*_PLACE, joinedload(Session.edition), joinedload(Session.moderator),
                 selectinload(Session.hosts).joinedload(SessionHost.organisation), _items())
    )
    if session is None:
        raise not_found()
    return session


def _items() -> Any:
    items = selectinload(Session.items)
    return items.options(joinedload(SessionItem.presenter),
                         selectinload(SessionItem.others).joinedload(ItemPresenter.person), joinedload(SessionItem.project).load_only(
        Project.number, Project.title, Project.status, Project.exhibitor_id, Project.organisation_id,
        Project.owner_name, Project.edition_id, Project.region_path,
    ))


def get_for_update(session_id: int) -> Session:
    """A session, locked, with its hosts and running order."""
    session = db.session.scalar(
        sa.select(Session).where(Session.id == session_id)
        .options(joinedload(Session.edition), selectinload(Session.hosts), selectinload(Session.items))
        .with_for_update(of=Session).execution_options(populate_existing=True)
    )
    if session is None:
        raise not_found()
    return session


def list_all_for_update(edition_id: int) -> list[Session]:
    """All sessions of an edition, locked: for placing many and for a release."""
    return list(db.session.scalars(
        sa.select(Session).where(Session.edition_id == edition_id).order_by(Session.id)
        .with_for_update(of=Session).execution_options(populate_existing=True)
    ))


def find_occupant(hall_id: int, slot_id: int) -> Session | None:
    """Who has this place."""
    return db.session.scalar(sa.select(Session).where(Session.hall_id == hall_id, Session.slot_id == slot_id))


def find_session_by_code(edition_id: int, code: str) -> Session | None:
    return db.session.scalar(sa.select(Session).where(Session.edition_id == edition_id, Session.code == code))


def last_code(edition_id: int) -> str | None:
    """The highest code given so far."""
    return db.session.scalar(sa.select(sa.func.max(Session.code)).where(Session.edition_id == edition_id))


def is_hall_of(edition_id: int, hall_id: int) -> bool:
    """Whether the edition uses this hall."""
    return db.session.scalar(
        sa.select(EditionHall.id).where(EditionHall.edition_id == edition_id, EditionHall.hall_id == hall_id)
    ) is not None


def find_slot(edition_id: int, slot_id: int) -> Slot | None:
    """A time slot of this edition."""
    return db.session.scalar(sa.select(Slot).where(Slot.id == slot_id, Slot.edition_id == edition_id))


def list_titles(edition_id: int) -> list[tuple[int, str, str]]:
    """(number, code, title) of all sessions that are held, by code."""
    rows = db.session.execute(sa.select(Session.id, Session.code, Session.title).where(
        Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED).order_by(Session.code))
    return [(row.id, row.code, row.title) for row in rows]


def find_hall(hall_id: int) -> Hall | None:
    return db.session.get(Hall, hall_id)


def list_edition_halls(edition_id: int) -> list[EditionHall]:
    """The edition's halls in its order, with halls and venues."""
    return list(db.session.scalars(
        sa.select(EditionHall).where(EditionHall.edition_id == edition_id)
        .order_by(EditionHall.position, EditionHall.id)
        .options(joinedload(EditionHall.hall).joinedload(Hall.venue))
    ))


def list_halls() -> list[Hall]:
    """Every hall there is, by venue."""
    return list(db.session.scalars(
        sa.select(Hall).join(Venue).order_by(Venue.kind.desc(), Venue.region_path, Venue.id, Hall.position, Hall.id)
        .options(joinedload(Hall.venue))
    ))


def count_sessions_by(edition_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """(hall → sessions, slot → sessions) of an edition."""
    rows = db.session.execute(
        sa.select(Session.hall_id, Session.slot_id)
        .where(Session.edition_id == edition_id, Session.slot_id.is_not(None))
    ).all()
    halls: dict[int, int] = {}
    slots: dict[int, int] = {}
    for hall_id, slot_id in rows:
        if hall_id is None or slot_id is None:
            continue
        halls[hall_id] = halls.get(hall_id, 0) + 1
        slots[slot_id] = slots.get(slot_id, 0) + 1
    return halls, slots


def list_slots(edition_id: int) -> list[Slot]:
    return list(db.session.scalars(sa.select(Slot).where(Slot.edition_id == edition_id).order_by(Slot.starts_at)))


def search_projects(edition_id: int, paths: Iterable[str], q: str, limit: int = 20) -> list[Project]:
    """Published projects of these regions that contain all words, or bear the number."""
    statement = sa.select(Project).where(
        Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED,
        in_regions(Project.region_path, paths),
    )
    found = search_clause(Project, q)
    return list(db.session.scalars(
        statement.where(sa.or_(Project.number == q.strip(), found)).order_by(Project.number).limit(limit)
        .options(joinedload(Project.city))
    ))


def find_sessions_showing(edition_id: int, project_ids: Collection[int]) -> dict[int, list[Session]]:
    """Project → sessions of the draft that have it in their running order."""
    rows = db.session.execute(
        sa.select(SessionItem.project_id, Session)
        .join(Session, Session.id == SessionItem.session_id)
        .where(Session.edition_id == edition_id, SessionItem.project_id.in_(project_ids),
               Session.status != SessionStatus.CANCELLED)
        .order_by(Session.code)
    )
    found: dict[int, list[Session]] = {}
    for project_id, session in rows:
        found.setdefault(project_id, []).append(session)
    return found


def list_projects(edition_id: int, ids: Collection[int], paths: Iterable[str]) -> list[Project]:
    """Published projects of these regions by id."""
    return list(db.session.scalars(
        sa.select(Project).where(
            Project.edition_id == edition_id, Project.id.in_(ids), Project.status == ProjectStatus.PUBLISHED,
            in_regions(Project.region_path, paths),
        ).order_by(Project.number)
    ))


def list_projects_of_items(items: Mapping[int, SessionItem]) -> dict[int, Project]:
    """The projects of running-order items by number."""
    wanted = {item.project_id for item in items.values()}
    return {project.id: project for project in db.session.scalars(sa.select(Project).where(Project.id.in_(wanted)))}


def list_members(organisation_ids: Collection[int]) -> dict[int, list[Person]]:
    """Organisation → the persons who act for it: who may present its projects."""
    rows = db.session.execute(
        sa.select(Membership.organisation_id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id.in_(organisation_ids), Membership.status == MembershipStatus.CONFIRMED,
               Person.disabled_at.is_(None))
        .order_by(Person.name)
    )
    found: dict[int, list[Person]] = {}
    for organisation_id, person in rows:
        found.setdefault(organisation_id, []).append(person)
    return found


def list_persons(ids: Collection[int]) -> dict[int, Person]:
    """Persons by number."""
    return {p.id: p for p in db.session.scalars(sa.select(Person).where(Person.id.in_(ids)))}


def list_moderators(edition_id: int) -> list[Person]:
    """Who may moderate: stage managers and moderators of this edition."""
    held = sa.select(RoleGrant.person_id).where(
        RoleGrant.role.in_([Role.STAGE_MANAGER, Role.MODERATOR]), RoleGrant.ended_at.is_(None),
        sa.or_(RoleGrant.edition_id.is_(None), RoleGrant.edition_id == edition_id),
    )
    return list(db.session.scalars(
        sa.select(Person).where(Person.id.in_(held), Person.disabled_at.is_(None)).order_by(Person.name)
    ))


def find_organisations(names: Collection[str]) -> dict[str, list[Organisation]]:
    """Name → the organisations that bear exactly this name."""
    found: dict[str, list[Organisation]] = {}
    for one in db.session.scalars(sa.select(Organisation).where(Organisation.name.in_(names)).order_by(Organisation.id)):
        found.setdefault(one.name, []).append(one)
    return found
