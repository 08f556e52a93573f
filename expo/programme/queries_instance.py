"""An edition's draft as the solver sees it, in a fixed number of statements however large it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from expo.editions.models import Industry
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import current_language
from expo.people.models import Organisation, Person
from expo.places.models import Hall, Region, RegionKind, Venue
from expo.places.rules import city_path_of
from expo.programme.models import (
    EditionHall,
    Equipment,
    ItemPresenter,
    Session,
    SessionHost,
    SessionItem,
    SessionLanguage,
    SessionStatus,
    Slot,
)
from expo.programme.models_grid import (
    OTHER_VENUE_MINUTES,
    SAME_VENUE_MINUTES,
    CityZone,
    ClosedPlace,
    GridSettings,
    Walk,
)
from expo.programme.models_needs import (
    SessionAfter,
    SessionBranch,
    SessionPerson,
    SessionQuota,
)
from expo.programme.models_planning import Absence, RuleSetting
from expo.programme.queries_draft import draft_version
from expo.programme.rules_instance import (
    SHOWS_AGAIN,
    USUAL_MINUTES,
    WEIGHTS,
    WITHOUT_PROJECTS,
    Draft,
    Names,
    SessionName,
    SlotTimes,
    minute_of,
    opening_spans,
    solver_slot,
    zone_minutes,
)
from expo.programme.solver import instance as solver
from expo.programme.solver.settings import Rule, Setting, Severity
from expo.projects.models import Project, ProjectStatus


def load_draft(edition_id: int) -> Draft:
    """The working draft with everything that rules ask for."""
    zone = current_config().timezone
    seen = _Seen()
    slots = _slots(edition_id)
    items = _items(edition_id, seen)
    sessions, places = _sessions(edition_id, items, seen, zone)
    halls = _halls(edition_id, slots, seen, zone)
    ways = db.session.scalar(sa.select(GridSettings).where(GridSettings.edition_id == edition_id))
    instance = solver.Instance(
        halls=halls, slots=tuple(solver_slot(n, t.starts_at, t.ends_at, zone) for n, t in slots.items()),
        sessions=tuple(sessions), projects=_projects(edition_id, items, seen), absences=_absences(edition_id, seen),
        closed=frozenset((row.hall_id, row.slot_id) for row in db.session.execute(
            sa.select(ClosedPlace.hall_id, ClosedPlace.slot_id).where(ClosedPlace.edition_id == edition_id))),
        walks={(row.one_id, row.other_id): row.minutes for row in db.session.execute(
            sa.select(Walk.one_id, Walk.other_id, Walk.minutes).where(Walk.edition_id == edition_id))},
        same_venue_minutes=ways.same_venue_minutes if ways else SAME_VENUE_MINUTES,
        other_venue_minutes=ways.other_venue_minutes if ways else OTHER_VENUE_MINUTES,
        rules=load_settings(edition_id),
    )
    instance = replace(instance, zone_minutes=zone_minutes(halls, (s.zone for s in sessions), instance))
    plan = solver.Plan({s: p for s, p in places.items() if p[0] in instance.hall and p[1] in instance.slot},
                       {s.id: tuple(row.project for row in items.get(s.id, ())) for s in sessions})
    names = Names(seen.sessions, seen.halls, slots, seen.projects, seen.persons, seen.regions, _industries(edition_id),
                  seen.hosts, seen.venues)
    return Draft(edition_id, draft_version(edition_id), instance, plan, names, seen.hidden)


def load_settings(edition_id: int) -> dict[Rule, Setting]:
    """The rules that the edition has set otherwise than usual. A rule that the program no longer knows is left out."""
    known = {rule.value: rule for rule in Rule}
    return {
        known[row.rule]: Setting(Severity(row.severity), row.weight) for row in db.session.execute(
            sa.select(RuleSetting.rule, RuleSetting.severity, RuleSetting.weight).where(RuleSetting.edition_id == edition_id))
        if row.rule in known
    }


@dataclass
class _Seen:
    """Names gathered on the way."""

    sessions: dict[int, SessionName] = field(default_factory=dict)
    halls: dict[int, str] = field(default_factory=dict)
    projects: dict[int, str] = field(default_factory=dict)
    persons: dict[int, str] = field(default_factory=dict)
    regions: dict[int, str] = field(default_factory=dict)
    hosts: dict[int, str] = field(default_factory=dict)
    venues: dict[int, str] = field(default_factory=dict)
    hidden: dict[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Item:
    project: int
    minutes: int
    pause: int
    presenters: tuple[int, ...]
    is_pinned: bool


def _said(name: str, name_en: str) -> str:
    return name_en or name if current_language() == "en" else name


def _slots(edition_id: int) -> dict[int, SlotTimes]:
    return {row.id: SlotTimes(row.starts_at, row.ends_at) for row in db.session.execute(
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.edition_id == edition_id).order_by(Slot.starts_at))}


def _halls(edition_id: int, slots: dict[int, SlotTimes], seen: _Seen, zone: ZoneInfo) -> tuple[solver.Hall, ...]:
    rows = db.session.execute(
        sa.select(EditionHall.opens_at, EditionHall.closes_at, EditionHall.changeover_minutes, EditionHall.zone,
                  EditionHall.equipment, Hall.id, Hall.name, Hall.name_en, Hall.capacity, Hall.venue_id,
                  Hall.has_streaming, Hall.has_interpreting)
        .join(Hall, Hall.id == EditionHall.hall_id)
        .where(EditionHall.edition_id == edition_id).order_by(EditionHall.position, EditionHall.id)
    )
    halls = []
    for row in rows:
        seen.halls[row.id] = _said(row.name, row.name_en)
        own = {Equipment.STREAM.value: row.has_streaming, Equipment.INTERPRETING.value: row.has_interpreting}
        halls.append(solver.Hall(
            row.id, row.capacity, row.venue_id, row.zone,
            frozenset(row.equipment) | {name for name, has in own.items() if has},
            opening_spans(row.opens_at, row.closes_at, slots.values(), zone), row.changeover_minutes,
        ))
    return tuple(halls)


def _items(edition_id: int, seen: _Seen) -> dict[int, list[_Item]]:
    others: dict[int, list[int]] = defaultdict(list)
    for item_id, person_id, name in db.session.execute(
            sa.select(ItemPresenter.item_id, Person.id, Person.name).join(Person, Person.id == ItemPresenter.person_id)
            .join(SessionItem, SessionItem.id == ItemPresenter.item_id).join(Session, Session.id == SessionItem.session_id)
            .where(Session.edition_id == edition_id).order_by(ItemPresenter.id)):
        others[item_id].append(person_id)
        seen.persons[person_id] = name
    found: dict[int, list[_Item]] = defaultdict(list)
    hidden: dict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionItem.id, SessionItem.session_id, SessionItem.project_id, SessionItem.minutes,
                      SessionItem.pause_after, SessionItem.is_pinned, SessionItem.presenter_id, Person.name,
                      Project.title, Project.number, (Project.status == ProjectStatus.PUBLISHED).label("is_shown"))
            .join(Session, Session.id == SessionItem.session_id).join(Project, Project.id == SessionItem.project_id)
            .outerjoin(Person, Person.id == SessionItem.presenter_id).where(Session.edition_id == edition_id)
            .order_by(SessionItem.session_id, SessionItem.position, SessionItem.id)):
        people = ([row.presenter_id] if row.presenter_id else []) + others.get(row.id, [])
        if row.presenter_id:
            seen.persons[row.presenter_id] = row.name
        if not row.is_shown:
            hidden[row.session_id].append(row.title or row.number)
        found[row.session_id].append(_Item(row.project_id, row.minutes, row.pause_after, tuple(dict.fromkeys(people)),
                                           row.is_pinned))
    seen.hidden.update({session: tuple(titles) for session, titles in hidden.items()})
    return found


def _sessions(edition_id: int, items: dict[int, list[_Item]], seen: _Seen,
              zone: ZoneInfo) -> tuple[list[solver.Session], dict[int, solver.Place]]:
    hosts, people, after = _hosts(edition_id, seen), _people(edition_id, seen), _after(edition_id)
    quotas, branches = _quotas(edition_id), _branches(edition_id, seen)
    cities, zones = _regions(edition_id, seen)
    rows = db.session.execute(
        sa.select(
            Session.id, Session.code, Session.kind, Session.title, Session.title_en, Session.region_id,
            Session.region_path, Session.industry_id, Session.minutes, Session.expected_audience, Session.language,
            Session.is_streamed, Session.needs, Session.allowed_days, Session.pinned_hall_id, Session.pinned_slot_id,
            Session.pinned_day, Session.most_items, Session.lead_minutes, Session.batches, Session.batch_minutes,
            Session.moderator_id, Session.hall_id, Session.slot_id, Session.version, Person.name.label("moderator"),
        )
        .outerjoin(Person, Person.id == Session.moderator_id)
        .where(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED)
        .order_by(Session.code, Session.id)
    )
    sessions: list[solver.Session] = []
    places: dict[int, solver.Place] = {}
    for row in rows:
        city = cities.get(city_path_of(row.region_path))
        seen.sessions[row.id] = SessionName(row.code, _said(row.title, row.title_en), row.region_path, row.version)
        if row.hall_id and row.slot_id:
            places[row.id] = (row.hall_id, row.slot_id)
        there = {person.person: person for person in people.get(row.id, ())}
        if row.moderator_id:
            seen.persons[row.moderator_id] = row.moderator
            there.setdefault(row.moderator_id, solver.Attendance(row.moderator_id))
        own = items.get(row.id, [])
        sessions.append(solver.Session(
            id=row.id, kind=row.kind.value, minutes=row.minutes, audience=row.expected_audience, region=city,
            zone=zones.get(row.region_id) or zones.get(city or 0, ""), hosts=tuple(hosts.get(row.id, ())),
            industry=row.industry_id, needs=_needs(row), people=tuple(there.values()), after=tuple(after.get(row.id, ())),
            days=frozenset(date.fromisoformat(d).toordinal() for d in row.allowed_days) or None,
            branches=frozenset(branches.get(row.id, ())),
            pin=solver.Pin(row.pinned_hall_id, row.pinned_slot_id, row.pinned_day.toordinal() if row.pinned_day else None),
            overhead=row.lead_minutes + sum(item.pause for item in own) + row.batches * row.batch_minutes,
            most_items=row.most_items, quotas=tuple(quotas.get(row.id, ())),
            takes_projects=row.kind not in WITHOUT_PROJECTS or bool(own), is_showcase=row.kind in SHOWS_AGAIN,
        ))
    return sessions, places


def _needs(row: Any) -> frozenset[str]:
    needs = set(row.needs)
    if row.is_streamed:
        needs.add(Equipment.STREAM.value)
    if row.language is SessionLanguage.BOTH:
        needs.add(Equipment.INTERPRETING.value)
    return frozenset(needs)


def _projects(edition_id: int, items: dict[int, list[_Item]], seen: _Seen) -> tuple[solver.Project, ...]:
    """Published projects, and whatever stands in a running order."""
    facts: dict[int, _Item] = {}
    pins: dict[int, int] = {}
    for session_id, rows in items.items():
        for item in rows:
            facts[item.project] = item
            if item.is_pinned:
                pins[item.project] = session_id
    shown = sa.select(SessionItem.project_id).join(Session).where(Session.edition_id == edition_id)
    found = []
    for row in db.session.execute(
            sa.select(Project.id, Project.kind, Project.title, Project.number, Project.city_id, Project.industry_id,
                      Project.exhibitor_id, Person.name)
            .outerjoin(Person, Person.id == Project.exhibitor_id)
            .where(Project.edition_id == edition_id,
                   sa.or_(Project.status == ProjectStatus.PUBLISHED, Project.id.in_(shown)))
            .order_by(Project.number)):
        fact = facts.get(row.id)
        presenters = fact.presenters if fact else ((row.exhibitor_id,) if row.exhibitor_id else ())
        if row.exhibitor_id and not fact:
            seen.persons[row.exhibitor_id] = row.name
        seen.projects[row.id] = row.title or row.number
        found.append(solver.Project(row.id, row.kind.value, row.city_id, row.industry_id,
                                    fact.minutes if fact else USUAL_MINUTES, presenters, pin=pins.get(row.id)))
    return tuple(found)


def _hosts(edition_id: int, seen: _Seen) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionHost.session_id, Organisation.id, Organisation.name, Organisation.name_en)
            .join(Session, Session.id == SessionHost.session_id)
            .join(Organisation, Organisation.id == SessionHost.organisation_id)
            .where(Session.edition_id == edition_id).order_by(SessionHost.session_id, SessionHost.position)):
        found[row.session_id].append(row.id)
        seen.hosts[row.id] = _said(row.name, row.name_en)
    return found


def _people(edition_id: int, seen: _Seen) -> dict[int, list[solver.Attendance]]:
    found: dict[int, list[solver.Attendance]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionPerson.session_id, SessionPerson.role, SessionPerson.is_required, Person.id, Person.name)
            .join(Session, Session.id == SessionPerson.session_id).join(Person, Person.id == SessionPerson.person_id)
            .where(Session.edition_id == edition_id).order_by(SessionPerson.session_id, SessionPerson.position)):
        found[row.session_id].append(solver.Attendance(row.id, WEIGHTS[row.role], row.is_required))
        seen.persons[row.id] = row.name
    return found


def _after(edition_id: int) -> dict[int, list[int]]:
    earlier = sa.orm.aliased(Session)
    found: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionAfter.session_id, SessionAfter.earlier_id)
            .join(Session, Session.id == SessionAfter.session_id).join(earlier, earlier.id == SessionAfter.earlier_id)
            .where(Session.edition_id == edition_id, earlier.status != SessionStatus.CANCELLED)
            .order_by(SessionAfter.id)):
        found[row.session_id].append(row.earlier_id)
    return found


def _quotas(edition_id: int) -> dict[int, list[solver.Quota]]:
    found: dict[int, list[solver.Quota]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionQuota.session_id, SessionQuota.kind, SessionQuota.least, SessionQuota.most)
            .join(Session, Session.id == SessionQuota.session_id).where(Session.edition_id == edition_id)
            .order_by(SessionQuota.id)):
        found[row.session_id].append(solver.Quota(row.kind.value, row.least, row.most))
    return found


def _branches(edition_id: int, seen: _Seen) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(
            sa.select(SessionBranch.session_id, Venue.id, Venue.name, Venue.name_en)
            .join(Session, Session.id == SessionBranch.session_id).join(Venue, Venue.id == SessionBranch.venue_id)
            .where(Session.edition_id == edition_id).order_by(SessionBranch.id)):
        found[row.session_id].append(row.id)
        seen.venues[row.id] = _said(row.name, row.name_en)
    return found


def _regions(edition_id: int, seen: _Seen) -> tuple[dict[str, int], dict[int, str]]:
    """(path → city, region → its zone)."""
    cities: dict[str, int] = {}
    for row in db.session.execute(sa.select(Region.id, Region.path, Region.name, Region.name_en)
                                  .where(Region.kind == RegionKind.CITY)):
        cities[row.path] = row.id
        seen.regions[row.id] = _said(row.name, row.name_en)
    zones = {row.region_id: row.zone for row in db.session.execute(
        sa.select(CityZone.region_id, CityZone.zone).where(CityZone.edition_id == edition_id))}
    return cities, zones


def _absences(edition_id: int, seen: _Seen) -> tuple[solver.Absence, ...]:
    found = []
    for row in db.session.execute(
            sa.select(Absence.person_id, Absence.starts_at, Absence.ends_at, Person.name)
            .join(Person, Person.id == Absence.person_id).where(Absence.edition_id == edition_id)
            .order_by(Absence.starts_at, Absence.id)):
        seen.persons[row.person_id] = row.name
        found.append(solver.Absence(row.person_id, minute_of(row.starts_at), minute_of(row.ends_at)))
    return tuple(found)


def _industries(edition_id: int) -> dict[int, str]:
    return {row.id: _said(row.name, row.name_en) for row in db.session.execute(
        sa.select(Industry.id, Industry.name, Industry.name_en).where(Industry.edition_id == edition_id))}
