"""One search over the rooms, each within what its reader may see there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit.access import Actor
from expo.kit.db import db, in_regions
from expo.kit.language import _l
from expo.kit.search import search_clause
from expo.people.models import Organisation
from expo.people.permissions import P
from expo.pool.models import Ticket
from expo.pool.rules import scope_of
from expo.programme.models import Session
from expo.projects.models import Project, ProjectStatus
from expo.registration.models import Registration
from expo.signings.models import Signing

#: Rows shown of each room; the rest is behind "all".
FEW = 6


@dataclass(frozen=True)
class Hit:
    """One thing found."""

    title: str
    note: str
    endpoint: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Hits:
    """What one room has to offer, and the page with all of it."""

    label: Any
    rows: list[Hit]
    endpoint: str
    arguments: dict[str, Any]


def search_all(actor: Actor, edition: Edition | None, q: str) -> list[Hits]:
    """The first few hits of every room; rooms without any are left out."""
    found = [search(actor, edition, q) for search in _ROOMS]
    return [hits for hits in found if hits is not None and hits.rows]


def _like(column: Any, q: str) -> sa.ColumnElement[bool]:
    """Contains ``q``; for short tables without a text index."""
    return column.icontains(q, autoescape=True)  # type: ignore[no-any-return]  # a column's method is untyped here


def _tickets(actor: Actor, _edition: Edition | None, q: str) -> Hits | None:
    scope = scope_of(actor)
    visible = in_regions(Ticket.region_path, scope.paths)
    if scope.caretaker_id is not None:
        visible = sa.or_(visible, Ticket.caretaker_id == scope.caretaker_id)
    elif not scope.paths:
        return None
    rows = db.session.execute(
        sa.select(Ticket.id, Ticket.title, Ticket.number, Ticket.owner_name)
        .where(visible, sa.or_(search_clause(Ticket, q), Ticket.number == q)).order_by(Ticket.id.desc()).limit(FEW)
    )
    return Hits(_l("Tickets"), [Hit(r.title, f"{r.number} {r.owner_name}", "pool.show_ticket", {"ticket_id": r.id}) for r in rows],
                "pool.list_tickets", {"q": q})


def _projects(actor: Actor, edition: Edition | None, q: str) -> Hits | None:
    shown = Project.status == ProjectStatus.PUBLISHED
    visible = sa.or_(shown, in_regions(Project.region_path, actor.region_paths(P.PROJECTS_READ)))
    rows = db.session.execute(
        sa.select(Project.number, Project.title, Project.owner_name)
        .where(visible, sa.or_(search_clause(Project, q), Project.number == q)).order_by(Project.id.desc()).limit(FEW)
    )
    hits = [Hit(r.title, f"{r.number} {r.owner_name}", "projects.show_project", {"number": r.number}) for r in rows]
    return Hits(_l("Projects"), hits, "projects.show_hall", {"slug": edition.slug, "q": q}) if edition else None


def _sessions(actor: Actor, edition: Edition | None, q: str) -> Hits | None:
    if edition is None or not actor.may(P.PROGRAMME_READ):
        return None
    rows = db.session.execute(
        sa.select(Session.id, Session.title, Session.code)
        .where(Session.edition_id == edition.id, _like(Session.title, q)).order_by(Session.id).limit(FEW)
    )
    return Hits(_l("Sessions"), [Hit(r.title, r.code, "programme.show_session", {"session_id": r.id}) for r in rows],
                "programme.list_sessions", {"slug": edition.slug, "q": q})


def _registrations(actor: Actor, edition: Edition | None, q: str) -> Hits | None:
    if edition is None or not actor.may(P.REGISTRATION_READ):
        return None
    rows = db.session.execute(
        sa.select(Registration.id, Registration.name, Registration.organisation_name)
        .where(Registration.edition_id == edition.id, search_clause(Registration, q),
               in_regions(Registration.region_path, actor.region_paths(P.REGISTRATION_READ, edition.id)))
        .order_by(Registration.id).limit(FEW)
    )
    hits = [Hit(r.name, r.organisation_name, "registration.show", {"slug": edition.slug, "registration_id": r.id}) for r in rows]
    return Hits(_l("Registrations"), hits, "registration.list_registrations", {"slug": edition.slug, "q": q})


def _signings(actor: Actor, edition: Edition | None, q: str) -> Hits | None:
    if edition is None or not actor.may(P.SIGNINGS_READ):
        return None
    rows = db.session.execute(
        sa.select(Signing.id, Signing.title, Signing.serial)
        .where(sa.or_(_like(Signing.title, q), _like(Signing.serial, q)), Signing.edition_id == edition.id,
               in_regions(Signing.region_path, actor.region_paths(P.SIGNINGS_READ, edition.id)))
        .order_by(Signing.id).limit(FEW)
    )
    hits = [Hit(r.title, r.serial, "signings.show_signing", {"slug": edition.slug, "signing_id": r.id}) for r in rows]
    return Hits(_l("Agreements"), hits, "signings.list_signings", {"slug": edition.slug, "q": q})


def _organisations(actor: Actor, _edition: Edition | None, q: str) -> Hits | None:
    if not actor.may(P.ORGANISATIONS_MANAGE):
        return None
    rows = db.session.execute(
        sa.select(Organisation.id, Organisation.name, Organisation.credit_code)
        .where(_like(Organisation.name, q), in_regions(Organisation.region_path, actor.region_paths(P.ORGANISATIONS_MANAGE)))
        .order_by(Organisation.name).limit(FEW)
    )
    hits = [Hit(r.name, r.credit_code or "", "people.show_organisation", {"organisation_id": r.id}) for r in rows]
    return Hits(_l("Organisations"), hits, "people.list_organisations", {"q": q})


_ROOMS: tuple[Callable[[Actor, Edition | None, str], Hits | None], ...] = (
    _tickets, _projects, _sessions, _registrations, _signings, _organisations,
)
