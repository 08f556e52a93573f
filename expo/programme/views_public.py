"""What everybody may open: the programme by day and hall, sessions, calendar and data. All from the latest release."""

from __future__ import annotations

import json
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.files import file_url
from expo.kit.language import _l, said
from expo.kit.listing import Filter, Listing
from expo.kit.memo import keep_page
from expo.kit.web import current_actor, public
from expo.programme import queries, queries_agenda
from expo.programme.models import SessionKind
from expo.programme.papers_calendar import calendar_of
from expo.programme.rules_content import Programme, ShownSession, now_and_next
from expo.programme.rules_selection import count_values, matching_items, select_sessions
from expo.programme.slots import session_parts
from expo.programme.views import bp, timezone
from expo.projects.models import Project
from expo.projects.slots import page_parts

#: Pages that say "now" are rendered anew this often, the others only with a release.
_SECONDS_OF_NOW = 20


def keep_until_release(edition: Edition) -> None:
    """Keep the page until the next release; on expo days only for moments, because it says what is on now."""
    today = clock.today(timezone())
    is_on = edition.starts_on <= today <= edition.ends_on
    keep_page(f"edition/{edition.id}", seconds=_SECONDS_OF_NOW if is_on else 600)


def _listing(programme: Programme | None) -> Listing:
    halls = programme.halls if programme else ()
    days = programme.days if programme else ()
    listing = Listing.from_request(filters=[
        Filter("day", _l("Day"), [(day.isoformat(), day) for day in days], {}),
        Filter("hall", _l("Hall"), [(str(hall.id), hall.label) for hall in halls], {}),
        Filter("city", _l("City"), [(str(n.id), n.label) for n in (programme.cities if programme else ())], {}),
        Filter("industry", _l("Industry"), [(str(n.id), n.label) for n in (programme.industries if programme else ())], {}),
        Filter("kind", _l("Kind"), SessionKind.choices(), {}),
        Filter("stream", _l("Live"), [("yes", _l("Streamed live"))], {}),
    ])
    for one in listing.filters if programme else ():
        counts = count_values(programme.sessions if programme else (), listing.q, listing.chosen, one.name)
        for option in one.options:
            option.count = counts[option.value]
        one.options = [option for option in one.options if option.count or option.active]
    return listing


@bp.get("/expo/<slug>/programme")
@public
def show_programme(slug: str) -> str:
    """A day of the programme as a list or by hall; words and filters search all days."""
    edition = get_edition(slug)
    programme = queries.find_programme(edition.id)
    keep_until_release(edition)
    now, today = clock.now(), clock.today(timezone())
    listing = _listing(programme)
    sessions = select_sessions(programme.sessions, listing.q, listing.chosen) if programme else []
    day = _day_shown(listing, programme, today)
    shown = [s for s in sessions if day is None or s.day == day]
    return render_template(
        "programme/programme.html", edition=edition, programme=programme, listing=listing, said=said, now_at=now,
        today=today, day=day, sessions=shown, groups=_by_time(shown), view=_view(), found=len(sessions),
        current=now_and_next(programme.sessions, now) if programme else None,
        days=[(d, sum(s.day == d for s in sessions)) for d in (programme.days if programme else ())],
        hits={s.id: matching_items(s, listing.q) for s in shown} if listing.q else {},
        table=_by_hall(programme, shown) if programme and _view() == "halls" else None,
    )


def _view() -> str:
    return "halls" if request.args.get("view") == "halls" else "list"


def _day_shown(listing: Listing, programme: Programme | None, today: date) -> date | None:
    """The chosen day; a search looks through all days, otherwise today or the first day is shown."""
    if programme is None or not programme.days:
        return None
    if "day" in listing.chosen:
        return date.fromisoformat(listing.chosen["day"])
    if listing.is_filtered:
        return None
    return today if today in programme.days else programme.days[0]


def _by_time(sessions: list[ShownSession]) -> list[tuple[datetime, datetime, list[ShownSession]]]:
    """Sessions that begin together, with the latest end among them."""
    groups = [(starts, list(group)) for starts, group in groupby(sessions, key=lambda s: s.starts_at)]
    return [(starts, max(s.ends_at for s in group), group) for starts, group in groups]


def _by_hall(programme: Programme, sessions: list[ShownSession]) -> dict[str, Any]:
    """The sessions as a table: times of beginning by hall."""
    cells: dict[tuple[datetime, int], list[ShownSession]] = {}
    for session in sessions:
        cells.setdefault((session.starts_at, session.hall.id), []).append(session)
    used = {session.hall.id for session in sessions}
    return {"halls": [hall for hall in programme.halls if hall.id in used],
            "times": sorted({session.starts_at for session in sessions}), "cells": cells}


@bp.get("/sessions/<int:session_id>")
@public
def show_session(session_id: int) -> str:
    """A released session: time, place, player, hosts and running order. The address stays when the expo is over."""
    edition, programme, session = queries.get_released_session(session_id)
    keep_until_release(edition)
    now = clock.now()
    projects = queries.list_shown_numbers([item.project_id for item in session.items])
    beside = [s for s in programme.sessions if s.starts_at == session.starts_at and s.id != session.id and not s.is_cancelled]
    return render_template(
        "programme/session.html", edition=edition, programme=programme, session=session, said=said, now_at=now,
        status=session.status_at(now), projects=projects, cover_url=_cover_url, parts=session_parts.of(session),
        beside=beside[:6], address=f"{current_config().public_url}/sessions/{session.id}",
        is_starred=_is_starred(session.id),
        places=[(item, "live" if not session.is_cancelled and item.is_on(now) else None) for item in session.items],
    )


def _is_starred(session_id: int) -> bool:
    person_id = current_actor().person_id
    return person_id is not None and queries_agenda.is_starred(person_id, session_id)


def _cover_url(project: Project) -> str | None:
    """A small cover, if everybody may see it."""
    return file_url(project.cover, "thumb") if project.cover and project.cover.is_public else None


@bp.get("/expo/<slug>/programme.ics")
@public
def show_calendar(slug: str) -> BaseResponse:
    """The programme, whole or by the filters of the page (or ``session=``), for calendar programs."""
    edition, programme, chosen = selected_sessions(slug)
    keep_page(f"edition/{edition.id}")
    config = current_config()
    address = config.public_url + request.full_path.rstrip("?")
    text = calendar_of([(programme, chosen)], name=said(edition, "name"), public_url=config.public_url, address=address)
    name = f"programme-{edition.slug}.ics"
    return Response(text, mimetype="text/calendar", headers={"Content-Disposition": f"inline; filename={name}"})


@bp.get("/expo/<slug>/programme.json")
@public
def show_data(slug: str) -> BaseResponse:
    """The release as data, whole or by the filters of the page."""
    edition, programme, chosen = selected_sessions(slug)
    keep_page(f"edition/{edition.id}")
    return Response(_as_json(programme, chosen, edition.slug), mimetype="application/json")


def selected_sessions(slug: str) -> tuple[Edition, Programme, list[ShownSession]]:
    """The edition, its release, and the sessions that the filters in the address leave (``session=`` is one more)."""
    edition = get_edition(slug)
    programme = queries.find_programme(edition.id)
    if programme is None:
        raise not_found()
    listing = _listing(programme)
    chosen = dict(listing.chosen)
    if number := request.args.get("session", ""):
        chosen["session"] = number
    return edition, programme, select_sessions(programme.sessions, listing.q, chosen)


def _as_json(programme: Programme, sessions: list[ShownSession], slug: str) -> str:
    return json.dumps({
        "edition": slug, "release": programme.number, "name": programme.name,
        "released_at": programme.released_at.isoformat(), "sessions": [_data(session) for session in sessions],
    }, ensure_ascii=False)


def _data(s: ShownSession) -> dict[str, Any]:
    return {
        "id": s.id, "code": s.code, "kind": s.kind.value, "title": s.title, "title_en": s.title_en,
        "starts_at": s.starts_at.isoformat(), "ends_at": s.ends_at.isoformat(), "cancelled": s.is_cancelled,
        "hall": {"id": s.hall.id, "name": s.hall.name, "name_en": s.hall.name_en, "venue": s.hall.venue},
        "city": s.city.name if s.city else None, "industry": s.industry.name if s.industry else None,
        "language": s.language.value, "hosts": [host.name for host in s.hosts],
        "projects": [{"number": i.number, "title": i.title, "title_en": i.title_en, "minutes": i.minutes,
                      "presenter": i.presenter} for i in s.items],
    }


def show_sessions_of(project: Project) -> str:
    """On a project's page: where and when it is shown."""
    shown = queries.list_sessions_of_projects([project.id]).get(project.id)
    return render_template("programme/of_project.html", shown=shown, now_at=clock.now()) if shown else ""


page_parts.append(show_sessions_of)
