"""The workbench's navigation: one table, in the order of the loop. An entry shows to those who may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for

from expo.editions.views import current_edition
from expo.kit.language import _l
from expo.kit.pages import context
from expo.kit.web import current_actor
from expo.people.permissions import P


@dataclass(frozen=True)
class Entry:
    """A link of the workbench; ``permission`` None is for everybody who has signed in."""

    label: Any
    endpoint: str
    icon: str
    permission: str | None = None
    in_edition: bool = False


@dataclass(frozen=True)
class Group:
    label: Any
    entries: tuple[Entry, ...]


NAVIGATION: tuple[Group, ...] = (
    Group(_l("Service"), (
        Entry(_l("My tickets"), "pool.mine", "person-check", P.POOL_SERVE),
        Entry(_l("Tickets"), "pool.list_tickets", "ticket-perforated", P.POOL_READ),
        Entry(_l("My cases"), "followup.my_cases", "inbox", P.FOLLOWUP_SERVE),
    )),
    Group(_l("Selection"), (
        Entry(_l("Shortlist"), "shortlist.list_candidates", "funnel", P.SHORTLIST_READ, in_edition=True),
        Entry(_l("Expert review"), "judging.list_panels", "clipboard-check", P.JUDGING_READ, in_edition=True),
        Entry(_l("My reviews"), "judging.list_mine", "card-checklist", P.JUDGING_SCORE),
    )),
    Group(_l("Expo"), (
        Entry(_l("Projects"), "projects.list_projects", "grid", P.PROJECTS_READ, in_edition=True),
        Entry(_l("Programme"), "programme.list_sessions", "calendar3", P.PROGRAMME_READ, in_edition=True),
        Entry(_l("Registrations"), "registration.list_registrations", "person-badge", P.REGISTRATION_READ, in_edition=True),
        Entry(_l("Desk"), "registration.desk", "printer", P.BADGES_PRINT, in_edition=True),
        Entry(_l("Check-in"), "checkin.dashboard", "upc-scan", P.CHECKIN_READ, in_edition=True),
        Entry(_l("Meetings"), "meetings.list_meetings", "chat-dots", P.MEETINGS_READ, in_edition=True),
        Entry(_l("Signings"), "signings.list_signings", "pen", P.SIGNINGS_READ, in_edition=True),
        Entry(_l("Streams"), "streaming.list_broadcasts", "broadcast", P.STREAMING_READ, in_edition=True),
        Entry(_l("Conversations"), "streaming.list_talks", "chat-square-dots", P.STREAMING_MODERATE, in_edition=True),
    )),
    Group(_l("Afterwards"), (
        Entry(_l("Follow-up"), "followup.list_cases", "arrow-repeat", P.FOLLOWUP_READ, in_edition=True),
        Entry(_l("Figures"), "statistics.show_figures", "bar-chart-line", P.STATISTICS_READ, in_edition=True),
        Entry(_l("Ledger of all projects"), "statistics.show_ledger", "list-check", P.STATISTICS_READ, in_edition=True),
    )),
    Group(_l("My expo"), (
        Entry(_l("My projects"), "projects.list_own", "box-seam"),
        Entry(_l("My meetings"), "meetings.list_own", "calendar-check"),
        Entry(_l("My agreements"), "signings.list_own", "pen"),
    )),
    Group(_l("Frame"), (
        Entry(_l("Editions"), "editions.list_editions", "calendar3", P.EDITIONS_READ),
        Entry(_l("Venues and halls"), "places.list_venues", "geo-alt", P.PLACES_MANAGE),
        Entry(_l("Regions and zones"), "places.list_regions", "diagram-3", P.PLACES_MANAGE),
        Entry(_l("Organisations"), "people.list_organisations", "building", P.ORGANISATIONS_MANAGE),
        Entry(_l("Persons"), "people.list_persons", "people", P.PEOPLE_READ),
        Entry(_l("Who may do what"), "people.rights", "shield-check", P.ROLES_READ),
        Entry(_l("Jobs and messages"), "kit.show_site", "envelope-exclamation", P.JOBS_MANAGE),
        Entry(_l("Audit log"), "people.history", "journal-text", P.HISTORY_READ),
    )),
)


def _navigation() -> list[dict[str, Any]]:
    actor = current_actor()
    if actor.is_anonymous or not request.path.startswith("/work"):
        return []
    edition = current_edition()
    groups: list[dict[str, Any]] = []
    for group in NAVIGATION:
        items = []
        for entry in group.entries:
            if entry.permission and not actor.may(entry.permission):
                continue
            if entry.in_edition and edition is None:
                continue
            values: dict[str, Any] = {"slug": edition.slug} if entry.in_edition and edition else {}
            items.append({"label": entry.label, "url": url_for(entry.endpoint, **values), "icon": entry.icon,
                          "in_edition": entry.in_edition, "active": False})
        if items:
            groups.append({"label": group.label, "items": items})
    _mark_active([item for group in groups for item in group["items"]])
    return groups


def _mark_active(items: list[dict[str, Any]]) -> None:
    """The entry whose address leads furthest towards this page is the one that one is in."""
    around = [item for item in items if f"{request.path}/".startswith(item["url"].rstrip("/") + "/")]
    if around:
        max(around, key=lambda item: len(item["url"]))["active"] = True


def init_navigation(app: Flask) -> None:
    """Offer the navigation to every template."""
    context["navigation"] = _navigation


__all__ = ["NAVIGATION", "Entry", "Group", "_l", "init_navigation"]
