"""The working draft of an edition, read whole: a handful of statements however many sessions there are."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Industry
from expo.kit.db import db
from expo.people.models import Organisation, Person
from expo.places.models import Hall, Region, RegionKind, Venue
from expo.places.rules import city_path_of
from expo.programme.models import (
    EditionHall,
    ItemPresenter,
    Session,
    SessionHost,
    SessionItem,
    Slot,
)
from expo.programme.rules_content import Named
from expo.programme.rules_plan import Plan, PlanHall, PlanHost, PlanItem, PlanSession, PlanSlot
from expo.projects.models import Project, ProjectStatus


def load_plan(edition_id: int) -> Plan:
    """Halls, slots and sessions of an edition with hosts and running orders."""
    hosts, items = _hosts(edition_id), _items(edition_id)
    rows: Any = db.session.execute(
        sa.select(
            Session.id, Session.code, Session.kind, Session.title, Session.title_en, Session.summary,
            Session.industry_id, Session.region_id, Session.region_path, Session.hall_id, Session.slot_id,
            Session.minutes, Session.expected_audience, Session.language, Session.is_streamed, Session.moderator_id,
            sa.func.coalesce(Person.name, "").label("moderator"), Session.status, Session.lead_minutes,
        )
        .outerjoin(Person, Person.id == Session.moderator_id)
        .where(Session.edition_id == edition_id).order_by(Session.code, Session.id)
    ).mappings()
    return Plan(
        halls=tuple(list_plan_halls(edition_id)), slots=tuple(list_plan_slots(edition_id)),
        sessions=tuple(PlanSession(**row, hosts=tuple(hosts[row["id"]]), items=tuple(items[row["id"]])) for row in rows),
    )


def list_plan_halls(edition_id: int) -> list[PlanHall]:
    """The halls that an edition uses, in its order."""
    rows = db.session.execute(
        sa.select(Hall.id, Hall.name, Hall.name_en, Venue.name, Venue.name_en, Venue.address, Hall.capacity)
        .join(EditionHall, EditionHall.hall_id == Hall.id).join(Venue, Venue.id == Hall.venue_id)
        .where(EditionHall.edition_id == edition_id).order_by(EditionHall.position, EditionHall.id)
    )
    return [PlanHall(*row) for row in rows]


def list_plan_slots(edition_id: int) -> list[PlanSlot]:
    """The time slots of an edition, in order."""
    rows = db.session.execute(
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.edition_id == edition_id).order_by(Slot.starts_at)
    )
    return [PlanSlot(*row) for row in rows]


def list_names_for_content(edition_id: int) -> tuple[list[Named], dict[str, Named]]:
    """(the edition's industries in order, region path of a session → its city) with their English names."""
    industries = [
        (row.id, row.name, row.name_en) for row in db.session.execute(
            sa.select(Industry.id, Industry.name, Industry.name_en)
            .where(Industry.edition_id == edition_id).order_by(Industry.position, Industry.id)
        )
    ]
    paths = db.session.scalars(sa.select(Session.region_path).where(Session.edition_id == edition_id).distinct()).all()
    wanted = {path: city_path_of(path) for path in paths}
    cities = {
        row.path: (row.id, row.name, row.name_en) for row in db.session.execute(
            sa.select(Region.path, Region.id, Region.name, Region.name_en)
            .where(Region.path.in_(set(wanted.values())), Region.kind == RegionKind.CITY)
        )
    }
    return industries, {path: cities[city] for path, city in wanted.items() if city in cities}


def _hosts(edition_id: int) -> dict[int, list[PlanHost]]:
    rows = db.session.execute(
        sa.select(SessionHost.session_id, Organisation.id, Organisation.name, Organisation.name_en)
        .join(Session, Session.id == SessionHost.session_id)
        .join(Organisation, Organisation.id == SessionHost.organisation_id)
        .where(Session.edition_id == edition_id).order_by(SessionHost.session_id, SessionHost.position)
    )
    found: dict[int, list[PlanHost]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(PlanHost(row[1], row[2], row[3]))
    return found


def _items(edition_id: int) -> dict[int, list[PlanItem]]:
    shown_name = sa.case((SessionItem.presenter_name != "", SessionItem.presenter_name),
                         else_=sa.func.coalesce(Person.name, ""))
    rows: Any = db.session.execute(
        sa.select(
            SessionItem.session_id, Project.id, Project.number, Project.title, Project.title_en, Project.owner_name,
            SessionItem.minutes, SessionItem.presenter_id, shown_name,
            Project.status == ProjectStatus.PUBLISHED, SessionItem.pause_after, SessionItem.id,
        )
        .join(Session, Session.id == SessionItem.session_id).join(Project, Project.id == SessionItem.project_id)
        .outerjoin(Person, Person.id == SessionItem.presenter_id)
        .where(Session.edition_id == edition_id)
        .order_by(SessionItem.session_id, SessionItem.position, SessionItem.id)
    )
    others = _other_presenters(edition_id)
    found: dict[int, list[PlanItem]] = defaultdict(list)
    for row in rows:
        session, project, number, title, title_en, owner, minutes, presenter_id, presenter, is_shown, pause, item = row
        names = "、".join(name for name in (presenter, *others.get(item, ())) if name)
        found[session].append(PlanItem(project, number, title, title_en, owner, minutes, presenter_id, names, is_shown, pause))
    return found


def _other_presenters(edition_id: int) -> dict[int, list[str]]:
    """Item → names of those who present it besides the first."""
    found: dict[int, list[str]] = defaultdict(list)
    for number, name in db.session.execute(
            sa.select(ItemPresenter.item_id, Person.name).join(Person, Person.id == ItemPresenter.person_id)
            .join(SessionItem, SessionItem.id == ItemPresenter.item_id).join(Session, Session.id == SessionItem.session_id)
            .where(Session.edition_id == edition_id).order_by(ItemPresenter.id)):
        found[number].append(name)
    return found
