"""Small records for tests: each maker stores one and returns it, with sensible values for what is not given."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from expo.editions.models import Edition, EditionStatus, Industry, Stage, StageKind
from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import Model, db
from expo.kit.text import bigrams
from expo.kit.unit import action
from expo.people.models import (
    Membership,
    MembershipStatus,
    Organisation,
    OrganisationKind,
    Person,
    RoleGrant,
)
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.places.models import Hall, Region, RegionKind, Venue, VenueKind
from expo.pool.models import Ticket
from expo.programme.models import Session, SessionKind, Slot
from expo.projects.models import Project, ProjectStatus
from expo.registration.models import Badge, BadgeKind, Registration, RegistrationStatus
from expo.shortlist.models import Candidate, CandidateStatus

M = TypeVar("M", bound=Model)
_numbers = itertools.count(1)


@action(history=False)
def stored(record: M) -> M:
    """Store one record."""
    db.session.add(record)
    db.session.flush()
    return record


def make_region(kind: RegionKind = RegionKind.PROVINCE, parent: Region | None = None, key: str = "",
                name: str = "") -> Region:
    number = next(_numbers)
    key = key or f"{510000 + number}"
    path = f"{parent.path if parent else '/'}{key}/"
    return stored(Region(kind=kind, key=key, code=None if kind is RegionKind.NODE else key[:6],
                         name=name or f"地区{number}", parent_id=parent.id if parent else None, path=path))


class Places:
    """A province with two cities and three counties: 成都 (青羊, 双流) and 绵阳 (涪城)."""

    def __init__(self) -> None:
        self.province = make_region(RegionKind.PROVINCE, None, "510000", "四川省")
        self.chengdu = make_region(RegionKind.CITY, self.province, "510100", "成都市")
        self.qingyang = make_region(RegionKind.COUNTY, self.chengdu, "510105", "青羊区")
        self.shuangliu = make_region(RegionKind.COUNTY, self.chengdu, "510116", "双流区")
        self.mianyang = make_region(RegionKind.CITY, self.province, "510700", "绵阳市")
        self.fucheng = make_region(RegionKind.COUNTY, self.mianyang, "510703", "涪城区")


def make_person(name: str = "", **values: Any) -> Person:
    number = next(_numbers)
    values.setdefault("phone", f"+86199{number:08d}")
    return stored(Person(name=name or f"张三{number}", **values))


def make_organisation(region: Region, name: str = "", **values: Any) -> Organisation:
    values.setdefault("kind", OrganisationKind.COMPANY)
    return stored(Organisation(name=name or f"演示公司{next(_numbers)}", region_id=region.id,
                               region_path=region.path, **values))


def make_member(organisation: Organisation, name: str = "", *, is_manager: bool = True) -> Actor:
    """A new person who acts for ``organisation``."""
    person = make_person(name)
    stored(Membership(person_id=person.id, organisation_id=organisation.id, is_manager=is_manager,
                      status=MembershipStatus.CONFIRMED))
    return load_actor(person.id)


def grant(person: Person, role: Role, region: Region, edition: Edition | None = None,
          until: date | None = None) -> RoleGrant:
    return stored(RoleGrant(person_id=person.id, role=role, region_id=region.id, region_path=region.path,
                            edition_id=edition.id if edition else None, until=until))


def make_actor(role: Role, region: Region, edition: Edition | None = None, name: str = "") -> Actor:
    """A new person holding ``role`` on ``region``."""
    person = make_person(name)
    grant(person, role, region, edition)
    return load_actor(person.id)


def make_venue(region: Region, name: str = "", kind: VenueKind = VenueKind.MAIN) -> Venue:
    return stored(Venue(kind=kind, name=name or f"会展中心{next(_numbers)}", region_id=region.id,
                        region_path=region.path))


def make_hall(venue: Venue, name: str = "", capacity: int = 200) -> Hall:
    return stored(Hall(venue_id=venue.id, name=name or f"会议厅{next(_numbers)}", capacity=capacity))


def make_edition(slug: str = "2026", status: EditionStatus = EditionStatus.RUNNING, *,
                 open_stages: bool = True, starts_on: date | None = None) -> Edition:
    """An edition whose stages are all open now (or all without dates)."""
    starts_on = starts_on or clock.now().date()
    edition = stored(Edition(slug=slug, number=int(slug[-4:]), name=f"{slug}科创会", status=status,
                             starts_on=starts_on, ends_on=starts_on + timedelta(days=2),
                             closed_at=clock.now() if status is EditionStatus.CLOSED else None))
    if open_stages:
        for kind in StageKind:
            stored(Stage(edition_id=edition.id, kind=kind, opens_at=clock.now() - timedelta(days=10),
                         closes_at=clock.now() + timedelta(days=10)))
    return edition


def make_industry(edition: Edition, name: str = "") -> Industry:
    number = next(_numbers)
    return stored(Industry(edition_id=edition.id, code=f"I{number}", name=name or f"行业{number}"))


def make_ticket(region: Region, title: str = "", **values: Any) -> Ticket:
    number = next(_numbers)
    kind = values.pop("kind", ProjectKind.ACHIEVEMENT)
    title = title or f"新型材料成果{number}"
    return stored(Ticket(number=values.pop("number", f"T{number:06d}"), kind=kind, side=kind.side, title=title,
                         region_id=region.id, region_path=region.path, search_text=bigrams(title), **values))


def make_candidate(edition: Edition, ticket: Ticket, city: Region, **values: Any) -> Candidate:
    values.setdefault("status", CandidateStatus.NOMINATED)
    if values["status"] in {CandidateStatus.DECLINED, CandidateStatus.RETURNED}:
        values.setdefault("reason", "材料不完整")
    return stored(Candidate(edition_id=edition.id, ticket_id=ticket.id, side=ticket.side, kind=ticket.kind,
                            region_id=ticket.region_id, region_path=ticket.region_path, city_id=city.id, **values))


def make_project(edition: Edition, region: Region, city: Region, title: str = "",
                 status: ProjectStatus = ProjectStatus.INVITED, **values: Any) -> Project:
    """A project with a ticket of its own."""
    number = next(_numbers)
    kind = values.pop("kind", ProjectKind.ACHIEVEMENT)
    title = title or f"智能装备项目{number}"
    if "ticket_id" not in values:
        values["ticket_id"] = make_ticket(region, title, kind=kind).id
    now = clock.now()
    if status in {ProjectStatus.ACCEPTED, ProjectStatus.PUBLISHED}:
        values.setdefault("accepted_at", now)
    if status is ProjectStatus.PUBLISHED:
        values.setdefault("published_at", now)
    return stored(Project(number=f"{edition.slug}-{number:05d}", edition_id=edition.id, kind=kind, side=kind.side,
                          title=title, region_id=region.id, region_path=region.path, city_id=city.id,
                          status=status, search_text=bigrams(title), **values))


def make_slot(edition: Edition, hour: int = 9, day: int = 0, minutes: int = 90) -> Slot:
    starts = datetime.combine(edition.starts_on + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=hour - 8)
    return stored(Slot(edition_id=edition.id, starts_at=starts, ends_at=starts + timedelta(minutes=minutes)))


def make_session(edition: Edition, region: Region, title: str = "", **values: Any) -> Session:
    number = next(_numbers)
    values.setdefault("kind", SessionKind.CITY)
    return stored(Session(edition_id=edition.id, code=f"S{number:03d}", title=title or f"专场{number}",
                          region_id=region.id, region_path=region.path, **values))


def make_registration(edition: Edition, name: str = "", kind: BadgeKind = BadgeKind.VISITOR,
                      status: RegistrationStatus = RegistrationStatus.APPROVED, **values: Any) -> Registration:
    number = next(_numbers)
    person = make_person(name)
    values.setdefault("search_text", bigrams(person.name))
    return stored(Registration(edition_id=edition.id, person_id=person.id, token=f"token-{number}", badge_kind=kind,
                               status=status, name=person.name, **values))


def make_badge(registration: Registration, **values: Any) -> Badge:
    return stored(Badge(registration_id=registration.id, edition_id=registration.edition_id,
                        kind=registration.badge_kind, code=f"{next(_numbers):012x}", **values))
