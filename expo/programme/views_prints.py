"""The programme to take away: as a sheet, as printed pages, as signs for the doors, and as a part of other sites."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.exports import KINDS, sheet_chunks
from expo.kit.files import file_url
from expo.kit.language import _l, said
from expo.kit.memo import keep_page
from expo.kit.refusals import NotFound, Refused
from expo.kit.storage import content_disposition
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.programme import actions_prints, queries
from expo.programme.papers_programme import make_door_signs, rows_for_sheet, sheet_columns
from expo.programme.rules_content import now_and_next
from expo.programme.views import bp, timezone
from expo.programme.views_public import keep_until_release, selected_sessions

#: More signs than these are a job: each takes a fifth of a second.
_MOST_SIGNS = 12


@bp.get("/expo/<slug>/programme.<any(xlsx, csv):kind>")
@public
def show_sheet(slug: str, kind: str) -> BaseResponse:
    """The release as a sheet, a row for each project's turn, whole or by the filters of the page."""
    edition, _programme, chosen = selected_sessions(slug)
    keep_page(f"edition/{edition.id}")
    content = b"".join(sheet_chunks(kind, sheet_columns(), rows_for_sheet(chosen), title=said(edition, "name")))
    return Response(content, mimetype=KINDS[kind], headers={
        "Content-Disposition": content_disposition(f"programme-{edition.slug}.{kind}")})


@bp.get("/expo/<slug>/programme.pdf")
@public
def show_paper(slug: str) -> BaseResponse:
    """The printed programme, one page for each day and hall; made once for each release."""
    edition = get_edition(slug)
    paper = queries.find_latest_paper(edition.id)
    if paper is None:
        if queries.find_programme(edition.id) is None:
            raise not_found()
        raise NotFound(_l("The printed programme is just being made. Please try again in a minute."))
    return redirect(file_url(paper))


@bp.get("/work/<slug>/programme/door-signs.pdf")
@access(P.PROGRAMME_READ)
def print_door_signs(slug: str) -> Response:
    """Signs for the doors of a few released sessions: of one, or of what the filters of the programme leave."""
    edition, _programme, chosen = selected_sessions(slug)
    alive = [session for session in chosen if not session.is_cancelled]
    if not alive:
        raise not_found()
    if len(alive) > _MOST_SIGNS:
        raise Refused(_l("These are %(n)s signs. Print a day's signs from the release's page, or choose a session or a hall.",
                         n=len(alive)))
    return Response(make_door_signs(edition, alive), mimetype="application/pdf", headers={
        "Content-Disposition": content_disposition(f"door-signs-{edition.slug}.pdf", inline=True)})


@bp.post("/work/<slug>/programme/door-signs/<day>")
@access(P.PROGRAMME_READ)
def start_door_signs(slug: str, day: str) -> BaseResponse:
    """The signs for a whole day: a job, whose file waits among one's jobs."""
    started = actions_prints.start_door_signs(get_edition(slug).id, day, by=current_actor())
    return redirect(url_for("kit.show_job", job_id=started.id), 303)


@bp.get("/expo/<slug>/programme/widget")
@public
def show_widget(slug: str) -> Response:
    """What is on now and next, or a day, to be framed by any other site: nothing here acts in a visitor's name."""
    edition = get_edition(slug)
    programme = queries.find_programme(edition.id)
    keep_until_release(edition)
    now, today = clock.now(), clock.today(timezone())
    day = _day(programme.days if programme else (), today)
    sessions = [s for s in programme.sessions if s.day == day] if programme else []
    city, hall = request.args.get("city", type=int), request.args.get("hall", type=int)
    shown = [s for s in sessions if (city is None or (s.city and s.city.id == city)) and (hall is None or s.hall.id == hall)]
    page = Response(render_template(
        "programme/widget.html", edition=edition, said=said, day=day, sessions=shown, now_at=now,
        days=programme.days if programme else (), current=now_and_next(shown, now),
        public_url=current_config().public_url,
    ))
    # This one page may stand in a frame anywhere: it takes no input and knows no visitor.
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")
    page.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return page


def _day(days: tuple[date, ...], today: date) -> date | None:
    """The day in the address, else today, else the first one."""
    asked = next((day for day in days if day.isoformat() == request.args.get("day")), None)
    return asked or (today if today in days else next(iter(days), None))
