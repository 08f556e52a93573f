"""Addresses of the programme: the organisers' draft, its board and releases, and what everybody may see."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from expo.editions.models import Edition, EditionStatus
from expo.kit.config import current_config
from expo.kit.language import _
from expo.kit.web import current_actor
from expo.people.permissions import P
from expo.programme import queries_instance, queries_plan, rules
from expo.programme.actions import root_path
from expo.programme.rules_conflicts import Conflict, conflicts_in
from expo.programme.rules_instance import Draft, Names
from expo.programme.rules_plan import Plan, as_seen_by

bp = Blueprint("programme", __name__)


def scope(edition: Edition) -> tuple[str, ...]:
    """The regions whose sessions the reader may see in the draft."""
    return current_actor().region_paths(P.PROGRAMME_READ, edition.id)


def holds_grid(edition: Edition) -> bool:
    """Whether the reader gives out halls and times now."""
    return is_open(edition) and rules.may_place(current_actor(), edition, root_path())


def is_open(edition: Edition) -> bool:
    """Whether the programme may still change."""
    return edition.status not in {EditionStatus.CLOSED, EditionStatus.ARCHIVED}


def load_seen(edition: Edition) -> tuple[Plan, list[Conflict]]:
    """The whole draft and what is wrong with it, as far as the reader may know."""
    plan = as_seen_by(queries_plan.load_plan(edition.id), scope(edition), veil())
    return plan, conflicts_seen(*load_draft_seen(edition))


def load_draft_seen(edition: Edition) -> tuple[Draft, Names]:
    """The draft as rules see it, with the names that the reader may know."""
    draft = queries_instance.load_draft(edition.id)
    return draft, draft.names.seen_by(scope(edition), veil())


def conflicts_seen(draft: Draft, names: Names) -> list[Conflict]:
    """What is wrong with sessions of the reader's regions."""
    return [c for c in conflicts_in(draft, names) if any(name.is_visible for _number, name in c.sessions)]


def veil() -> str:
    """What a session is called for somebody who may only know that it is there."""
    return _("a session of another region")


def tabs_of(edition: Edition, active: str, conflicts: int | None = None) -> list[dict[str, Any]]:
    """The views of the draft."""
    views = [("sessions", _("Sessions"), "programme.list_sessions"), ("board", _("Board"), "programme.show_board"),
             ("conflicts", _("Conflicts"), "programme.list_conflicts"),
             ("releases", _("Releases"), "programme.list_releases")]
    if is_open(edition) and current_actor().may(P.PROGRAMME_EDIT, edition_id=edition.id):
        views.append(("absences", _("Absences"), "programme.list_absences"))
    if holds_grid(edition):
        views += [("plans", _("Plans"), "programme.list_plans"), ("grid", _("Halls and times"), "programme.edit_grid"), ("rules", _("Rules"), "programme.edit_rules")]
    return [{"label": label, "url": url_for(endpoint, slug=edition.slug), "active": name == active,
             "count": conflicts if name == "conflicts" else None} for name, label, endpoint in views]


def timezone() -> Any:
    """The event's zone."""
    return current_config().timezone
