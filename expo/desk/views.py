"""The public home page, one's own pages, each role's landing page, search, and a ticket's whole timeline."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.desk import (
    queries_home,
    queries_landing,
    queries_mine,
    queries_search,
    queries_tasks,
    queries_timeline,
)
from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage
from expo.editions.rules import is_open
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.files import file_url
from expo.kit.language import said
from expo.kit.memo import keep_page
from expo.kit.pages import from_context
from expo.kit.web import current_actor, public, signed_in
from expo.people.permissions import P, Role
from expo.pool.queries import get_ticket
from expo.pool.rules import scope_of
from expo.programme.queries import find_programme, sessions_now_and_next
from expo.programme.queries_agenda import list_starred_ids
from expo.statistics.queries import count_funnel
from expo.statistics.words import Step
from expo.streaming.queries_tiles import load_streams

bp = Blueprint("desk", __name__)
#: Home shows what is on now; kept pages are renewed this often for it.
HOME_SECONDS = 30
HOME_REPLAYS = 4


def current_edition() -> Edition | None:
    """The edition one works in."""
    edition: Edition | None = from_context("current_edition")
    return edition


@bp.get("/")
@public
def home() -> str:
    """What is on now and next stands first; then the figures, the hall, the cities and how it all goes round."""
    edition = current_edition()
    if edition is None:
        return render_template("desk/home_empty.html")
    keep_page(f"edition/{edition.id}", seconds=HOME_SECONDS)
    now = clock.now()
    moments = sessions_now_and_next(edition.id, now)
    today = clock.today(current_config().timezone)
    return render_template(
        "desk/home.html", edition=edition, said=said, day_number=_day_number(edition, today), file_url=file_url, moments=moments,
        figures=queries_home.count_home(edition), projects=queries_home.list_newest_projects(edition.id),
        streams=load_streams(edition.id, find_programme(edition.id), now, replays=HOME_REPLAYS), now_at=now,
        industries=queries_home.count_by_industry(edition.id), cities=queries_home.count_by_city(edition.id),
        registration_open=is_open(find_stage(edition.id, StageKind.REGISTRATION), now),
    )


def _day_number(edition: Edition, today: date) -> int | None:
    """1 on the expo's first day; None before it and afterwards."""
    return (today - edition.starts_on).days + 1 if edition.starts_on <= today <= edition.ends_on else None


@bp.get("/me")
@signed_in
def mine() -> str:
    """One's badge, meetings and projects: what somebody at the expo needs on the phone."""
    actor = current_actor()
    person_id = actor.person_id or 0
    edition = current_edition()
    stage = find_stage(edition.id, StageKind.REGISTRATION) if edition else None
    return render_template(
        "desk/mine.html", said=said, registrations=queries_mine.list_own_registrations(person_id),
        meetings=queries_mine.list_own_meetings(person_id),
        projects=queries_mine.list_own_projects(person_id, actor.organisation_ids),
        stars=len(list_starred_ids(person_id)), registration_open=is_open(stage, clock.now()), has_work=bool(actor.grants),
    )


@bp.get("/work/")
@signed_in
def landing() -> str:
    """What there is to do now, for the roles that one has."""
    actor, edition = current_actor(), current_edition()
    now, today = clock.now(), clock.today(current_config().timezone)
    asked = queries_tasks.Asked(actor, edition, today)
    tasks = [{"label": w.task.label, "number": w.number, "urgent": w.task.urgent, "url": _task_url(w.task, asked)}
             for w in queries_tasks.list_waiting(asked)]
    roles = sorted({Role(grant.role) for grant in actor.grants}, key=list(Role).index)
    stage = find_stage(edition.id, StageKind.REGISTRATION) if edition else None
    return render_template(
        "desk/landing.html", tasks=tasks, roles=roles, edition=edition, said=said, bars=_funnel(actor, edition), today=today,
        part=queries_landing.load_landing(actor, roles, edition, now, today), registration_open=is_open(stage, now),
        moments=sessions_now_and_next(edition.id, now) if edition else None,
    )


def _funnel(actor: Actor, edition: Edition | None) -> list[dict[str, Any]]:
    """How far the edition has come, for those who may read figures: each bar opens its rows."""
    if edition is None or not actor.may(P.STATISTICS_READ):
        return []
    funnel = count_funnel(edition, actor.region_paths(P.STATISTICS_READ, edition.id))
    return [{"label": step.label, "value": funnel.total(step),
             "url": url_for("statistics.list_rows", slug=edition.slug, step=step.value)} for step in Step]


def _task_url(task: queries_tasks.Task, asked: queries_tasks.Asked) -> str:
    values: dict[str, Any] = dict(task.arguments)
    if task.in_edition and asked.edition:
        values["slug"] = asked.edition.slug
    return url_for(task.endpoint, **values)


@bp.get("/work/search")
@signed_in
def search() -> str:
    """Tickets, projects, sessions, registrations, agreements, organisations: what one may see of each."""
    q = request.args.get("q", "").strip()[:100]
    hits = queries_search.search_all(current_actor(), current_edition(), q) if q else []
    return render_template("desk/search.html", q=q, hits=hits)


@bp.get("/work/timeline/<int:ticket_id>")
@signed_in
def timeline(ticket_id: int) -> str:
    """A ticket's whole way: visits, candidacies, projects, sessions, meetings, agreements, follow-up, over all editions."""
    ticket = get_ticket(ticket_id, scope_of(current_actor()))
    return render_template("desk/timeline.html", ticket=ticket, lines=queries_timeline.list_timeline(ticket))


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """Search engines may read the public site, not the workbench."""
    return current_app.response_class("User-agent: *\nDisallow: /work/\nDisallow: /my/\nDisallow: /b/\n", mimetype="text/plain")
