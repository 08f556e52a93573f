"""One ticket: what it says, its service so far, and what can be done with it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.forms import ActionForm
from expo.kit.history import list_history
from expo.kit.language import _
from expo.kit.web import current_actor, redirect_back, signed_in
from expo.people.permissions import P
from expo.pool import actions, pages, queries, queries_caretakers, queries_imports, rules
from expo.pool.fields import missing_fields, shown_fields
from expo.pool.forms import CloseForm, PlanForm, ReopenForm, VisitForm
from expo.pool.models import Ticket, TicketStatus
from expo.pool.slots import ticket_parts
from expo.pool.views import bp


@bp.get("/tickets/<int:ticket_id>")
@signed_in
def show_ticket(ticket_id: int) -> str:
    """The ticket's page."""
    return _page(_get(ticket_id))


@bp.post("/tickets/<int:ticket_id>/visits")
@signed_in
def record_visit(ticket_id: int) -> tuple[str, int] | Response:
    """Write down a visit."""
    form = VisitForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.record_visit(ticket_id, **form.values, by=current_actor())
            flash(_("The visit is recorded."), "success")
            return redirect_back(url_for("pool.show_ticket", ticket_id=ticket_id))
    return _page(_get(ticket_id), visit_form=form), form.status


@bp.post("/tickets/<int:ticket_id>/plan")
@signed_in
def write_plan(ticket_id: int) -> tuple[str, int] | Response:
    """Write the plan of service."""
    form = PlanForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.write_plan(ticket_id, form.plan.data, by=current_actor())
            flash(_("The plan is saved."), "success")
            return redirect(url_for("pool.show_ticket", ticket_id=ticket_id), 303)
    return _page(_get(ticket_id), plan_form=form), form.status


@bp.post("/tickets/<int:ticket_id>/close")
@signed_in
def close_ticket(ticket_id: int) -> tuple[str, int] | Response:
    """End the service with an outcome."""
    form = CloseForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.close_ticket(ticket_id, form.outcome.data, form.outcome_note.data, by=current_actor())
            flash(_("The ticket is closed."), "success")
            return redirect(url_for("pool.show_ticket", ticket_id=ticket_id), 303)
    return _page(_get(ticket_id), close_form=form), form.status


@bp.post("/tickets/<int:ticket_id>/reopen")
@signed_in
def reopen_ticket(ticket_id: int) -> tuple[str, int] | Response:
    """Serve a closed ticket again."""
    form = ReopenForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.reopen_ticket(ticket_id, form.reason.data, by=current_actor())
            flash(_("The ticket is open again."), "success")
            return redirect(url_for("pool.show_ticket", ticket_id=ticket_id), 303)
    return _page(_get(ticket_id), reopen_form=form), form.status


@bp.post("/tickets/<int:ticket_id>/contact")
@signed_in
def unmask_contact(ticket_id: int) -> tuple[str, int] | Response:
    """Show the contact once, and write down who looked."""
    if not ActionForm().validate_on_submit():
        return redirect_back()
    clear = actions.unmask_contact(ticket_id, by=current_actor())
    return _page(_get(ticket_id), clear=clear), 200


def _get(ticket_id: int) -> Ticket:
    return queries.get_ticket(ticket_id, rules.scope_of(current_actor()))


def _page(ticket: Ticket, clear: dict[str, str] | None = None, **forms: Any) -> str:
    actor = current_actor()
    visits = queries.list_visits(ticket.id)
    history = list_history("ticket", ticket.id)
    people = queries_caretakers.names_of(pages.ids_in(history, "caretaker_id"))
    regions = queries_imports.region_names(pages.ids_in(history, "region_id"))
    today = clock.today(current_config().timezone)
    serves = rules.may_serve(actor, ticket.region_path, ticket.caretaker_id)
    is_open = ticket.status is TicketStatus.OPEN
    made = {
        "visit_form": VisitForm(None, data={"stage": ticket.stage, "visited_on": today}),
        "plan_form": PlanForm(None, data={"plan": ticket.plan}),
        "close_form": CloseForm(None), "reopen_form": ReopenForm(None),
    }
    return render_template(
        "pool/ticket.html", ticket=ticket, visits=visits, stages=pages.stage_path(ticket, visits),
        facts_of_kind=shown_fields(ticket.kind, ticket.fields), missing=missing_fields(ticket.kind, ticket.fields),
        parts=ticket_parts.of(ticket), contact=pages.contact(ticket, clear), is_clear=clear is not None, today=today,
        history=pages.timeline(history, people, regions), may_serve=serves and is_open,
        may_reopen=serves and not is_open,
        may_assign=is_open and actor.may(P.POOL_ASSIGN, region_path=ticket.region_path),
        may_unmask=rules.may_unmask(actor, ticket.region_path, ticket.caretaker_id), **made | forms,
    )
