"""The pool's list, its tickets, and the pages of the views beside it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.kit.language import _
from expo.kit.pages import context
from expo.kit.web import current_actor, signed_in
from expo.people.permissions import P
from expo.places.queries import region_groups
from expo.pool import actions, queries, queries_list, rules
from expo.pool.forms import TicketForm
from expo.pool.models import Ticket
from expo.pool.views_filters import list_state

bp = Blueprint("pool", __name__, url_prefix="/work/pool")


@bp.get("/")
@signed_in
def list_tickets() -> str:
    """The organisers' list; caretakers see their own tickets in it."""
    actor = current_actor()
    rules.require_may(actor.may(P.POOL_READ) or actor.may(P.POOL_SERVE))
    listing, chosen = list_state(rules.scope_of(actor))
    count = queries_list.count_tickets(chosen)
    page = queries_list.list_tickets(chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, count.number, at_least=count.at_least)
    return render_template("pool/list.html", listing=listing, may_export=rules.may_export(actor),
                           may_unmask=actor.may(P.PEOPLE_UNMASK), today=chosen.today)


def _open_regions() -> dict[str, list[tuple[int, str]]]:
    actor = current_actor()
    return region_groups(actor.region_paths(P.POOL_MANAGE) or actor.region_paths(P.POOL_SERVE))


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def new_ticket() -> tuple[str, int] | Response:
    """Open a ticket; what looks like the same thing is shown before it is stored."""
    actor = current_actor()
    rules.require_may(rules.may_open_somewhere(actor))
    form = TicketForm(_open_regions())
    likely = []
    if form.validate_on_submit():
        with form.catching_refusals():
            if not form.not_duplicate.data:
                likely = queries.find_likely_duplicates(form.title.data or "", form.owner_name.data or "", rules.scope_of(actor))
            if not likely:
                ticket = actions.open_ticket(**form.ticket_values(), fields=form.own_values(), by=actor)
                flash(_("Ticket %(number)s is open.", number=ticket.number), "success")
                return redirect(url_for("pool.show_ticket", ticket_id=ticket.id), 303)
    status = 409 if likely else form.status
    return render_template("pool/ticket_form.html", form=form, ticket=None, likely=likely), status


@bp.route("/tickets/<int:ticket_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_ticket(ticket_id: int) -> tuple[str, int] | Response:
    """Correct a ticket."""
    actor = current_actor()
    ticket = queries.get_ticket(ticket_id, rules.scope_of(actor))
    rules.require_may(rules.may_serve(actor, ticket.region_path, ticket.caretaker_id))
    rules.require_open(ticket)
    regions = region_groups([ticket.region_path, *actor.region_paths(P.POOL_MANAGE)])
    form = TicketForm(regions, ticket)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.edit_ticket(ticket_id, **form.ticket_values(), fields=form.own_values(), by=actor)
            flash(_("Saved."), "success")
            return redirect(url_for("pool.show_ticket", ticket_id=ticket_id), 303)
        ticket = queries.get_ticket(ticket_id)
    return render_template("pool/ticket_form.html", form=form, ticket=ticket, likely=[]), form.status


@bp.get("/numbers/<path:number>")
@signed_in
def show_number(number: str) -> Response:
    """A ticket by its number: the address that other systems know."""
    ticket = queries.get_ticket(number, rules.scope_of(current_actor()))
    return redirect(url_for("pool.show_ticket", ticket_id=ticket.id))


def _pool_industries() -> list[str]:
    return queries_list.list_values(Ticket.industry)


context["pool_industries"] = _pool_industries
