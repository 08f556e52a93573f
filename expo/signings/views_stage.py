"""The order of a ceremony: its batches on the programme's pages, and putting them in order."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition, get_edition_by_id
from expo.kit.db import not_found
from expo.kit.forms import ActionForm
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme.models import Session
from expo.programme.slots import edition_parts, order_parts
from expo.signings import actions_ceremony, rules
from expo.signings import queries_ceremony as queries
from expo.signings.views import bp
from expo.signings.views_ceremony import CEREMONY

#: So many agreements of a batch are named on the programme's pages; the ceremony's page has them all.
MOST_NAMED = 10


@bp.route(f"{CEREMONY}/<int:session_id>/batch-<int:batch>/order", methods=["GET", "POST"])
@access(P.SIGNINGS_MANAGE)
def order_batch(slug: str, session_id: int, batch: int) -> Any:
    """A batch put in order by dragging or by buttons; agreements may go to another batch."""
    edition = get_edition(slug)
    paths = _paths(P.SIGNINGS_MANAGE, edition.id)
    session = queries.find_session(edition.id, session_id)
    rows = [s for s in queries.list_placed(session_id, paths, batch) if s.status in queries.MOVABLE] if session else []
    if session is None or not rows:
        raise not_found()
    form = ActionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            turns = [(number, request.form.get(f"batch-{number}", batch, int)) for number in request.form.getlist("order", int)]
            moved = actions_ceremony.order_batch(edition.id, session_id, batch, turns, by=current_actor())
            flash(_n("The order is kept; %(num)s agreement went to another batch.",
                     "The order is kept; %(num)s agreements went to other batches.", moved) if moved else _("The order is kept."), "success")
            return redirect(url_for("signings.show_ceremony", slug=slug, session=session_id, batch=batch), 303)
    last = max((b.number for b in queries.list_batches(session_id, paths)), default=batch)
    return render_template("signings/order.html", edition=edition, session=session, batch=batch, rows=rows, form=form,
                           last=last, parties_of=rules.parties_of,
                           clashes=queries.list_clashes(edition.id, _paths(P.SIGNINGS_READ, edition.id), session_id, batch)), form.status


@bp.post(f"{CEREMONY}/<int:session_id>/batch-<int:batch>/<any(earlier, later):way>")
@access(P.SIGNINGS_MANAGE)
def move_batch(slug: str, session_id: int, batch: int, way: str) -> Response:
    """A batch changes its turn with the one before or behind it."""
    edition = get_edition(slug)
    other = batch - 1 if way == "earlier" else batch + 1
    actions_ceremony.swap_batches(edition.id, session_id, batch, other, by=current_actor())
    flash(_("Batch %(number)s is batch %(other)s now.", number=batch, other=other), "success")
    return redirect(url_for("signings.show_ceremony", slug=slug, session=session_id, batch=other), 303)


def _paths(permission: P, edition_id: int) -> tuple[str, ...]:
    return current_actor().region_paths(permission, edition_id)


def show_batches_of(session: Session) -> str:
    """In a session's running order: its batches with their times, and who signs in which order."""
    if not current_actor().may(P.SIGNINGS_READ, edition_id=session.edition_id):
        return ""
    paths = _paths(P.SIGNINGS_READ, session.edition_id)
    placed = queries.list_placed(session.id, paths)
    stage = next((one for one in queries.load_stages(session.edition_id) if one.session_id == session.id), None)
    if not placed or stage is None:
        return ""
    batches: dict[int, list[Any]] = {}
    for signing in placed:
        batches.setdefault(signing.batch or 0, []).append(signing)
    return render_template(
        "signings/batches.html", edition=get_edition_by_id(session.edition_id), session=session, stage=stage, most=MOST_NAMED,
        batches=batches, parties_of=rules.parties_of, clashes=queries.list_clashes(session.edition_id, paths, session.id))


def show_clashes_of(edition: Edition) -> str:
    """On the page of conflicts: who would sign twice at once."""
    if not current_actor().may(P.SIGNINGS_READ, edition_id=edition.id):
        return ""
    found = queries.list_clashes(edition.id, _paths(P.SIGNINGS_READ, edition.id))
    return render_template("signings/clashes.html", edition=edition, clashes=found) if found else ""


order_parts.append(show_batches_of)
edition_parts.append(show_clashes_of)
