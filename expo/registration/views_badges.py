"""Badges as papers: one at the desk, many by a job; runs with their index, and the log of prints."""

from __future__ import annotations

from enum import StrEnum

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.files import send_stored
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration import actions_badges, queries, queries_badges
from expo.registration.forms_badges import PrintForm
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_badges import BadgeRun
from expo.registration.papers_printing import one_badge_pdf
from expo.registration.views import bp

NARROWING = ("kind", "status", "city", "printed", "zone", "place")


def _is_known(name: str, said: str) -> bool:
    """Whether a filter has such a choice; a list leaves unknown ones out of account in the same way."""
    choices: dict[str, type[StrEnum]] = {"kind": BadgeKind, "status": RegistrationStatus}
    return name not in choices or said in set(choices[name])


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF that opens in the browser, whose print dialog is the desk's."""
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}"})


def valid_badge(registration: Registration) -> Badge:
    """The badge that opens gates; refused when there is none."""
    badge = next((b for b in registration.badges if b.status is BadgeStatus.VALID), None)
    if badge is None:
        raise Refused(_l("There is no valid badge to print."))
    return badge


def _edition(slug: str) -> Edition:
    edition = get_edition(slug)
    current_actor().require(P.BADGES_PRINT, edition_id=edition.id)
    return edition


@bp.post("/work/<slug>/registration/<int:registration_id>/print")
@access(P.BADGES_PRINT)
def print_badge(slug: str, registration_id: int) -> Response:
    """Print one badge; the print is noted, and admits nobody. From the second one on the badge says so."""
    edition = _edition(slug)
    registration = queries.get_registration(registration_id, edition.id)
    badge = valid_badge(registration)
    content = one_badge_pdf(edition, badge, registration, nth=badge.prints + 1)
    actions_badges.note_print(edition.id, badge.id, by=current_actor())
    return pdf_response(content, f"badge-{registration.id}.pdf")


@bp.post("/work/<slug>/registration/print")
@access(P.BADGES_PRINT)
def print_badges(slug: str) -> BaseResponse | str:
    """Have the badges of the list made: of the chosen rows, or of all rows as the list is narrowed down."""
    edition = _edition(slug)
    actor = current_actor()
    chosen = {name: said for name in NARROWING if (said := request.form.get(name)) and _is_known(name, said)}
    q, ids = request.form.get("q", ""), request.form.getlist("ids", type=int)
    form = PrintForm(formdata=request.form if "order" in request.form else None)
    if "order" in request.form and form.validate_on_submit():
        job = actions_badges.start_run(edition.id, q, chosen, ids, form.order.data, form.paper.data, by=actor)
        return redirect(url_for("kit.show_job", job_id=job.id), 303)
    number, again = queries_badges.count_to_print(edition.id, actor.region_paths(P.BADGES_PRINT, edition.id), q, chosen, ids)
    return render_template("registration/badge_print.html", edition=edition, form=form, chosen=chosen, q=q, ids=ids,
                           number=number, again=again, desks=queries_badges.list_desks(edition.id))


@bp.get("/work/<slug>/badges/")
@access(P.BADGES_PRINT)
def list_runs(slug: str) -> str:
    """What went to the printer: runs with their papers, and the log of single prints."""
    edition = _edition(slug)
    return render_template("registration/badge_runs.html", edition=edition, runs=queries_badges.list_runs(edition.id),
                           prints=queries_badges.list_prints(edition.id, single=True))


@bp.get("/work/<slug>/badges/<int:run_id>")
@access(P.BADGES_PRINT)
def show_run(slug: str, run_id: int) -> str:
    """One run: its papers, what does not fit, whose photo is missing."""
    edition = _edition(slug)
    return render_template("registration/badge_run.html", edition=edition, run=_own_run(edition, run_id))


@bp.get("/work/<slug>/badges/<int:run_id>/<any(badges, index):what>.pdf")
@access(P.BADGES_PRINT)
def run_paper(slug: str, run_id: int, what: str) -> BaseResponse:
    """The badges of a run, or its index sheet."""
    run = _own_run(_edition(slug), run_id)
    return send_stored(run.file if what == "badges" else run.index)


def _own_run(edition: Edition, run_id: int) -> BadgeRun:
    """A run holds the badges of its maker's regions: it is open to its maker and to who serves the whole province."""
    run, actor = queries_badges.get_run(edition.id, run_id), current_actor()
    whole = any(path.count("/") <= 2 for path in actor.region_paths(P.BADGES_PRINT, edition.id))
    if run.by_id != actor.person_id and not whole:
        raise not_found()
    return run
