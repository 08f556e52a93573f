"""Which halls and which times an edition has."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.places.models import Hall, Venue, VenueKind
from expo.programme import actions, actions_places, rules_slots
from expo.programme import queries_sessions as drafts
from expo.programme.forms import HallsForm, SlotsForm
from expo.programme.models import Slot
from expo.programme.views import bp, tabs_of, timezone


@bp.get("/work/<slug>/programme/grid")
@access(P.PROGRAMME_EDIT)
def edit_grid(slug: str) -> str:
    """Halls and slots of an edition on one page."""
    edition = get_edition(slug)
    actions.require_grid(edition, current_actor())
    return _page(edition, _halls_form(edition), _slots_form(edition))


def _page(edition: Edition, halls: HallsForm, slots: SlotsForm) -> str:
    used_halls, used_slots = drafts.count_sessions_by(edition.id)
    return render_template(
        "programme/grid.html", edition=edition, halls=halls, slots=slots, tabs=tabs_of(edition, "grid"),
        **_by_venue(edition, set(halls.halls.data or ())), present=_by_day(edition), used_halls=used_halls,
        used_slots=used_slots,
    )


def _by_venue(edition: Edition, chosen: set[int]) -> dict[str, list[tuple[Venue, list[Hall]]]]:
    """Venues with their halls: near are the edition's own and those in use, far all the branch venues there may be."""
    groups = [(halls[0].venue, halls) for halls in
              (list(group) for _venue, group in groupby(drafts.list_halls(), lambda hall: hall.venue_id))]
    near = [(venue, halls) for venue, halls in groups
            if venue.id == edition.venue_id or any(hall.id in chosen for hall in halls)]
    near = near or [one for one in groups if one[0].kind is VenueKind.MAIN]
    return {"near": near, "far": [one for one in groups if one not in near]}


def _by_day(edition: Edition) -> list[tuple[date, list[Slot]]]:
    slots = drafts.list_slots(edition.id)
    return [(day, list(group)) for day, group in groupby(slots, lambda s: s.starts_at.astimezone(timezone()).date())]


def _halls_form(edition: Edition, **values: Any) -> HallsForm:
    form = HallsForm(halls=[(hall.id, hall.label) for hall in drafts.list_halls()], **values)
    if not form.is_submitted() or request.endpoint != "programme.set_halls":
        form.halls.data = [one.hall_id for one in drafts.list_edition_halls(edition.id)]
    return form


def _slots_form(edition: Edition) -> SlotsForm:
    days = rules_slots.days_between(edition.starts_on, edition.ends_on)
    form = SlotsForm(days=[(day.isoformat(), format_date(day, "full")) for day in days])
    if not form.is_submitted() or request.endpoint != "programme.add_slots":
        form.days.data = [day.isoformat() for day in days]
    return form


@bp.post("/work/<slug>/programme/grid/halls")
@access(P.PROGRAMME_EDIT)
def set_halls(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = _halls_form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            number = actions_places.set_halls(edition.id, form.in_order, by=current_actor())
            flash(_n("The edition uses %(num)s hall.", "The edition uses %(num)s halls.", number), "success")
            return redirect(url_for(".edit_grid", slug=slug))
    return _page(edition, form, _slots_form(edition)), form.status


@bp.post("/work/<slug>/programme/grid/slots")
@access(P.PROGRAMME_EDIT)
def add_slots(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = _slots_form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            days = [day for day in rules_slots.days_between(edition.starts_on, edition.ends_on)
                    if day.isoformat() in (form.days.data or ())]
            wanted = rules_slots.slots_of(days, rules_slots.read_times(form.times.data or ""), form.minutes.data or 0,
                                          timezone())
            added, left_out = actions_places.add_slots(edition.id, wanted, by=current_actor())
            flash(_n("%(num)s time slot added.", "%(num)s time slots added.", added), "success")
            if left_out:
                flash(_("%(number)s were left out because they overlap slots that are there.", number=left_out), "warning")
            return redirect(url_for(".edit_grid", slug=slug))
    return _page(edition, _halls_form(edition), form), form.status


@bp.post("/work/<slug>/programme/grid/slots/<int:slot_id>/remove")
@access(P.PROGRAMME_EDIT)
def remove_slot(slug: str, slot_id: int) -> Response:
    actions_places.remove_slot(get_edition(slug).id, slot_id, by=current_actor())
    flash(_("The time slot is removed."), "success")
    return redirect_back(url_for(".edit_grid", slug=slug))
