"""Gates: the day in figures, and setting gates up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions_gates, queries
from expo.checkin.forms import GateForm
from expo.checkin.models import Gate
from expo.checkin.queries_figures import figures_by_venue
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.push import events_address
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.people.permissions import P

bp = Blueprint("checkin", __name__)

SENTENCES = {"make_gate": _l("Gate made"), "change_gate": _l("Gate changed")}
FIELDS = {"name": _l("Name"), "opens_at": _l("Opens"), "closes_at": _l("Closes"), "capacity": _l("At most inside at once"),
          "again": _l("Whoever comes again"), "kind": _l("What for"), "places": _l("Places for signing up"),
          "needs_live": _l("Demand the moving code on the phone"), "needs_sign_up": _l("Only for people who have signed up")}


@bp.get("/work/<slug>/checkin/")
@access(P.CHECKIN_READ)
def dashboard(slug: str) -> str:
    """The day at the reader's gates: who came in when; every figure opens its rows."""
    edition = get_edition(slug)
    actor = current_actor()
    gates = queries.list_gates(edition.id, actor.region_paths(P.CHECKIN_READ, edition.id))
    today = clock.today(current_config().timezone)
    day = _day(request.args.get("day")) or today
    rows = queries.day_of_gates(edition.id, gates, day)
    hours = sorted({hour for row in rows for hour in row.hours})
    totals = {name: sum(getattr(row, name) for row in rows) for name in ("admitted", "repeated", "refused", "doubles", "inside")}
    return render_template(
        "checkin/dashboard.html", edition=edition, rows=rows, day=day, today=today, venues=figures_by_venue(gates, day),
        hours=list(range(hours[0], hours[-1] + 1)) if hours else [], days=queries.list_days(edition.id), totals=totals,
        may_manage=actor.may(P.CHECKIN_MANAGE, edition_id=edition.id),
        events=events_address(f"checkin/{edition.id}") if day == today else None,
        may_scan={row.gate.id for row in rows
                  if actor.may(P.CHECKIN_SCAN, region_path=row.gate.region_path, edition_id=edition.id)},
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _form(edition: Edition, gate: Gate | None = None) -> GateForm:
    paths = current_actor().region_paths(P.CHECKIN_MANAGE, edition.id)
    zone = current_config().timezone
    form = GateForm(
        obj=gate, venues=[(venue.id, venue.name) for venue in queries.list_venues(paths)],
        sessions=[(one.id, f"{one.code} {one.title}") for one in queries.list_sessions(edition.id, paths)],
        days=[(edition.starts_on + timedelta(days=n)).isoformat() for n in range((edition.ends_on - edition.starts_on).days + 1)],
    )
    if gate is not None and request.method == "GET":
        form.session_id.data = gate.session_id or 0
        form.opens_at.data = gate.opens_at.astimezone(zone) if gate.opens_at else None
        form.closes_at.data = gate.closes_at.astimezone(zone) if gate.closes_at else None
    return form


@bp.route("/work/<slug>/checkin/gates/new", methods=["GET", "POST"])
@access(P.CHECKIN_MANAGE)
def new_gate(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = _form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            gate = actions_gates.make_gate(edition.id, form.entry(), by=current_actor())
            flash(_("The gate “%(name)s” is set up.", name=gate.name), "success")
            return redirect(url_for("checkin.dashboard", slug=slug), 303)
    return render_template("checkin/gate_form.html", form=form, edition=edition, gate=None, history=[]), form.status


@bp.route("/work/<slug>/checkin/gates/<int:gate_id>", methods=["GET", "POST"])
@access(P.CHECKIN_MANAGE)
def change_gate(slug: str, gate_id: int) -> Any:
    edition = get_edition(slug)
    actor = current_actor()
    gate = queries.get_gate(gate_id, edition.id, actor.region_paths(P.CHECKIN_MANAGE, edition.id))
    form = _form(edition, gate)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_gates.change_gate(edition.id, gate_id, form.entry(), by=actor)
            flash(_("The gate was changed."), "success")
            return redirect(url_for("checkin.dashboard", slug=slug), 303)
    history = timeline_of(list_history("gate", gate_id), SENTENCES, FIELDS)
    return render_template("checkin/gate_form.html", form=form, edition=edition, gate=gate, history=history), form.status


@bp.post("/work/<slug>/checkin/gates/<int:gate_id>/remove")
@access(P.CHECKIN_MANAGE)
def remove_gate(slug: str, gate_id: int) -> Response:
    actions_gates.remove_gate(get_edition(slug).id, gate_id, by=current_actor())
    flash(_("The gate was removed."), "success")
    return redirect(url_for("checkin.dashboard", slug=slug), 303)
