"""Seat plans of an edition's halls."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l, _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration import actions_desk, actions_seats, queries_seats, rules
from expo.registration.forms_seats import BlockForm, PlanForm, SeatForm
from expo.registration.models import BadgeKind
from expo.registration.models_seats import SeatPlan
from expo.registration.rules_seats import gaps_of
from expo.registration.views import bp, region_choices

BASE = "/work/<slug>/registration/seats"
COLUMNS = (_l("Seat row"), _l("Seat number"), _l("No."), _l("Full name"), _l("Organisation"), _l("Position"), _l("Kind of badge"),
           _l("Name of the block"))


def _edition(slug: str) -> Edition:
    edition = get_edition(slug)
    rules.require_whole(current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))
    return edition


def _halls() -> list[tuple[int, str]]:
    return [(hall.id, f"{hall.venue.label} · {hall.label}") for hall in queries_seats.list_halls()]


@bp.get(f"{BASE}/")
@access(P.REGISTRATION_MANAGE)
def list_plans(slug: str) -> str:
    edition = _edition(slug)
    return render_template("registration/seat_plans.html", edition=edition, plans=queries_seats.list_plans(edition.id))


@bp.route(f"{BASE}/new", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def draw_plan(slug: str) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    form = PlanForm(halls=_halls())
    if form.validate_on_submit():
        with form.catching_refusals():
            plan = actions_seats.draw_plan(edition.id, form.drawn(), by=current_actor())
            return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan.id), 303)
    return render_template("registration/seat_plan_form.html", edition=edition, form=form, plan=None), form.status


@bp.route(f"{BASE}/<int:plan_id>/change", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def change_plan(slug: str, plan_id: int) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    plan = queries_seats.get_plan(edition.id, plan_id)
    form = PlanForm(halls=_halls(), data={
        "hall_id": plan.hall_id, "name": plan.name, "row_count": plan.row_count, "row_length": plan.row_length,
        "aisles": "、".join(map(str, plan.aisles)), "gaps": "、".join(f"{row}-{number}" for row, number in plan.gaps)})
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_seats.change_plan(edition.id, plan_id, form.drawn(), by=current_actor())
            return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)
    return render_template("registration/seat_plan_form.html", edition=edition, form=form, plan=plan), form.status


@bp.get(f"{BASE}/<int:plan_id>")
@access(P.REGISTRATION_MANAGE)
def show_plan(slug: str, plan_id: int) -> str:
    edition = _edition(slug)
    plan = queries_seats.get_plan(edition.id, plan_id)
    return _plan_page(edition, plan, BlockForm(formdata=None, regions=region_choices()), SeatForm(formdata=None))


def _plan_page(edition: Edition, plan: SeatPlan, block_form: BlockForm, seat_form: SeatForm) -> str:
    seats = queries_seats.list_seats(plan.id)
    shades = {(row, number): place % 8 for place, block in enumerate(plan.blocks)
              for row in range(block.first_row, block.last_row + 1) for number in range(block.first_seat, block.last_seat + 1)}
    return render_template(
        "registration/seat_plan.html", edition=edition, plan=plan, gaps=gaps_of(plan), shades=shades, block_form=block_form,
        seat_form=seat_form, seats={(seat.row_number, seat.seat_number): seat for seat in seats},
        unseated=queries_seats.list_unseated(plan), kinds=BadgeKind, total=plan.row_count * plan.row_length - len(gaps_of(plan)))


@bp.post(f"{BASE}/<int:plan_id>/blocks")
@access(P.REGISTRATION_MANAGE)
def set_block(slug: str, plan_id: int) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    form = BlockForm(regions=region_choices())
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_seats.set_block(edition.id, plan_id, form.described(), by=current_actor())
            return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)
    plan = queries_seats.get_plan(edition.id, plan_id)
    return _plan_page(edition, plan, form, SeatForm(formdata=None)), form.status


@bp.post(f"{BASE}/<int:plan_id>/blocks/<int:block_id>/remove")
@access(P.REGISTRATION_MANAGE)
def remove_block(slug: str, plan_id: int, block_id: int) -> Response:
    actions_seats.remove_block(_edition(slug).id, plan_id, block_id, by=current_actor())
    flash(_("The block is gone; who sits there stays."), "success")
    return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)


@bp.post(f"{BASE}/<int:plan_id>/fill")
@access(P.REGISTRATION_MANAGE)
def seat_everybody(slug: str, plan_id: int) -> Response:
    placed = actions_seats.seat_everybody(_edition(slug).id, plan_id, by=current_actor())
    flash(_n("%(num)s person has a seat now.", "%(num)s people have a seat now.", len(placed.seats)), "success")
    if placed.left:
        flash(_("Without a seat, because their block is full: %(blocks)s",
                blocks="、".join(f"{name} {number}" for name, number in placed.left.items())), "warning")
    return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)


@bp.post(f"{BASE}/<int:plan_id>/seats")
@access(P.REGISTRATION_MANAGE)
def seat_one(slug: str, plan_id: int) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    form = SeatForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            place = int(form.row_number.data or 0), int(form.seat_number.data or 0)
            found = actions_seats.seat_one(edition.id, plan_id, int(form.registration_id.data or 0), place, by=current_actor())
            flash(_("%(name)s sits in row %(row)s, seat %(seat)s.", name=found.name, row=place[0], seat=place[1]), "success")
            return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)
    plan = queries_seats.get_plan(edition.id, plan_id)
    return _plan_page(edition, plan, BlockForm(formdata=None, regions=region_choices()), form), form.status


@bp.post(f"{BASE}/<int:plan_id>/seats/<int:seat_id>/free")
@access(P.REGISTRATION_MANAGE)
def free_seat(slug: str, plan_id: int, seat_id: int) -> Response:
    actions_seats.free_seat(_edition(slug).id, plan_id, seat_id, by=current_actor())
    flash(_("The seat is free."), "success")
    return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)


@bp.post(f"{BASE}/<int:plan_id>/badges")
@access(P.REGISTRATION_MANAGE)
def print_seats(slug: str, plan_id: int) -> Response:
    on = request.form.get("on") == "yes"
    actions_seats.print_seats_of(_edition(slug).id, plan_id if on else None, by=current_actor())
    flash(_("These seats stand on the badges now.") if on else _("No seats stand on badges now."), "success")
    return redirect(url_for("registration.show_plan", slug=slug, plan_id=plan_id), 303)


@bp.get(f"{BASE}/<int:plan_id>/export.<any(csv, xlsx):form>")
@access(P.REGISTRATION_MANAGE)
def export_plan(slug: str, plan_id: int, form: str) -> FlaskResponse:
    """Who sits where, row by row: for the ushers."""
    edition = _edition(slug)
    plan = queries_seats.get_plan(edition.id, plan_id)
    seats = queries_seats.list_seats(plan.id)
    actions_desk.note_export(edition.id, len(seats), {"what": "seats"}, by=current_actor())
    rows: list[list[Any]] = [
        [seat.row_number, seat.seat_number, seat.registration.id, seat.registration.name, seat.registration.organisation_name,
         seat.registration.job_title, str(seat.registration.badge_kind.label), _block_name(plan, seat.row_number, seat.seat_number)]
        for seat in seats
    ]
    return sheet_response(form, f"seats-{edition.slug}-{plan.id}", COLUMNS, rows, title=plan.name)


def _block_name(plan: SeatPlan, row: int, number: int) -> str:
    return next((block.name for block in plan.blocks
                 if block.first_row <= row <= block.last_row and block.first_seat <= number <= block.last_seat), "")
