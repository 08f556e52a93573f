"""Badges as papers: one at the desk, many by a job."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration import actions_desk, queries
from expo.registration.models import Badge, BadgeStatus, Registration
from expo.registration.papers_badges import badges_pdf, heading_of, paper_of
from expo.registration.views import bp


def make_badges(edition: Edition, badges: Sequence[tuple[Badge, Registration]]) -> bytes:
    """The PDF of some badges."""
    return badges_pdf(heading_of(edition), [paper_of(badge, holder, edition) for badge, holder in badges])


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF that opens in the browser, whose print dialog is the desk's."""
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}"})


@bp.post("/work/<slug>/registration/<int:registration_id>/print")
@access(P.BADGES_PRINT)
def print_badge(slug: str, registration_id: int) -> Response:
    """Print one badge; the print is noted, and admits nobody."""
    edition = get_edition(slug)
    actor = current_actor()
    actor.require(P.BADGES_PRINT, edition_id=edition.id)
    registration = queries.get_registration(registration_id, edition.id)
    badge = next((b for b in registration.badges if b.status is BadgeStatus.VALID), None)
    if badge is None:
        raise Refused(_l("There is no valid badge to print."))
    content = make_badges(edition, [(badge, registration)])
    actions_desk.note_prints([badge.id], by=actor)
    return pdf_response(content, f"badge-{registration.id}.pdf")


@bp.post("/work/<slug>/registration/print")
@access(P.BADGES_PRINT)
def print_badges(slug: str) -> BaseResponse:
    """Have the badges of the list made: of the chosen rows, or of all rows as the list is narrowed down."""
    edition = get_edition(slug)
    chosen = {name: request.form[name] for name in ("kind", "status", "city", "printed") if request.form.get(name)}
    job = actions_desk.start_print(edition.id, request.form.get("q", ""), chosen, request.form.getlist("ids", type=int),
                                   by=current_actor())
    return redirect(url_for("kit.show_job", job_id=job.id), 303)
