"""Handing tickets over: a summary first, then the deed; and the caretakers with their loads."""

from __future__ import annotations

import json

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import _, _n
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor, safe_target
from expo.people.permissions import P
from expo.pool import actions_assign, pages, queries, queries_caretakers, rules
from expo.pool.forms import AssignForm
from expo.pool.models import Ticket
from expo.pool.queries_caretakers import Caretaker
from expo.pool.views import bp


@bp.post("/assign")
@access(P.POOL_ASSIGN)
def assign_many() -> str | Response:
    """How many tickets, which, and who has them now: shown before anything changes."""
    tickets = _chosen_tickets()
    if not tickets:
        flash(_("Choose at least one ticket."), "warning")
        return redirect(url_for("pool.list_tickets"))
    form = AssignForm(None)
    form.expected.data = json.dumps({ticket.id: ticket.caretaker_id for ticket in tickets})
    return _summary(form, tickets)


@bp.post("/assign/confirm")
@access(P.POOL_ASSIGN)
def confirm_assign() -> tuple[str, int] | Response:
    """Hand them over."""
    tickets = _chosen_tickets()
    form = AssignForm()
    form.caretaker_id.choices = [(c.id, c.name) for c in _serving(tickets)]
    if form.validate_on_submit():
        with form.catching_refusals():
            done = actions_assign.bulk_assign(
                [t.id for t in tickets], form.caretaker_id.data, _expected(form), by=current_actor()
            )
            flash(_n("%(num)s ticket assigned.", "%(num)s tickets assigned.", len(done)), "success")
            return redirect(safe_target(request.form.get("next"), url_for("pool.list_tickets")), 303)
        tickets = queries.list_tickets_by_ids([t.id for t in tickets])
        form.expected.data = json.dumps({ticket.id: ticket.caretaker_id for ticket in tickets})
    return _summary(form, tickets), form.status


@bp.get("/caretakers")
@access(P.POOL_ASSIGN)
def list_caretakers() -> str:
    """Who takes care in one's regions, and how much each carries."""
    q = request.args.get("q", "").strip()
    caretakers = queries_caretakers.list_caretakers(
        current_actor().region_paths(P.POOL_ASSIGN), clock.today(current_config().timezone), names=q
    )
    return render_template("pool/caretakers.html", caretakers=caretakers, q=q)


def _chosen_tickets() -> list[Ticket]:
    ids = request.form.getlist("ids", type=int)
    if len(ids) > rules.MOST_AT_ONCE:
        raise Refused(_("At most %(limit)s tickets can be assigned in one step.", limit=rules.MOST_AT_ONCE))
    return queries.list_tickets_by_ids(ids, rules.scope_of(current_actor(), P.POOL_ASSIGN))


def _expected(form: AssignForm) -> dict[int, int | None]:
    try:
        return {int(key): value for key, value in json.loads(form.expected.data or "{}").items()}
    except (ValueError, AttributeError):
        raise Refused(_("The summary could not be read. Choose the tickets again.")) from None


def _serving(tickets: list[Ticket]) -> list[Caretaker]:
    """Caretakers who serve the regions of all chosen tickets, the least loaded first."""
    paths = {ticket.region_path for ticket in tickets}
    found = queries_caretakers.list_caretakers(paths, clock.today(current_config().timezone))
    return [caretaker for caretaker in found if all(caretaker.serves(path) for path in paths)]


def _summary(form: AssignForm, tickets: list[Ticket]) -> str:
    serving = _serving(tickets)
    form.caretaker_id.choices = [
        (c.id, _("%(name)s (%(regions)s): %(open)s open, %(overdue)s overdue", name=c.name,
                 regions=_(", ").join(c.region_names), open=c.open, overdue=c.overdue)
         + (_(" · external") if c.is_external else ""))
        for c in serving
    ]
    back = safe_target(request.form.get("next") or request.referrer, url_for("pool.list_tickets"))
    return render_template("pool/assign.html", form=form, tickets=tickets, serving=serving, back=back,
                           summary=pages.summary_of(tickets))
