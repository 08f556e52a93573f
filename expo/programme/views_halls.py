"""What halls offer, when they are closed, how far they lie apart, and which zone is whose."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_datetime
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.forms import ActionForm, Form
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.places.queries import list_cities
from expo.programme import actions, actions_grid, queries_grid
from expo.programme import queries_sessions as drafts
from expo.programme.forms_grid import (
    CityZoneForm,
    CloseForm,
    WalkForm,
    WaysForm,
    read_hall_details,
)
from expo.programme.models import Equipment
from expo.programme.models_grid import OTHER_VENUE_MINUTES, SAME_VENUE_MINUTES
from expo.programme.views import bp, tabs_of


@bp.get("/work/<slug>/programme/halls")
@access(P.PROGRAMME_EDIT)
def edit_halls(slug: str) -> str:
    """Everything on one page, each part with its own form."""
    edition = get_edition(slug)
    actions.require_grid(edition, current_actor())
    return _page(edition)


def _page(edition: Edition, **sent: Form) -> str:
    halls = drafts.list_edition_halls(edition.id)
    forms = _forms(edition) | sent
    return render_template(
        "programme/halls.html", edition=edition, halls=halls, **forms,
        closed=queries_grid.list_closed(edition.id), walks=queries_grid.list_walks(edition.id),
        zones=queries_grid.list_city_zones(edition.id), tabs=tabs_of(edition, "grid"),
        known_zones=sorted({one.zone for one in halls if one.zone}),
        equipment=[one for one in Equipment if one not in {Equipment.STREAM, Equipment.INTERPRETING}],
    )


def _forms(edition: Edition) -> dict[str, Any]:
    """The forms as they look before anybody has sent one."""
    ways = queries_grid.find_grid_settings(edition.id)
    return {
        "details": ActionForm(formdata=None), "close": _close_form(edition, formdata=None),
        "walk": WalkForm(formdata=None, halls=_hall_choices(edition)),
        "zone": CityZoneForm(formdata=None, regions=[(city.id, city.label) for city in list_cities()]),
        "ways": WaysForm(formdata=None, data={
            "same_venue_minutes": ways.same_venue_minutes if ways else SAME_VENUE_MINUTES,
            "other_venue_minutes": ways.other_venue_minutes if ways else OTHER_VENUE_MINUTES}),
    }


def _hall_choices(edition: Edition) -> list[tuple[int, Any]]:
    return [(one.hall_id, one.hall.label) for one in drafts.list_edition_halls(edition.id)]


def _close_form(edition: Edition, **options: Any) -> CloseForm:
    slots = [(slot.id, format_datetime(slot.starts_at, "M-d HH:mm")) for slot in drafts.list_slots(edition.id)]
    return CloseForm(halls=_hall_choices(edition), slots=slots, **options)


def _saved(slug: str, message: str) -> Response:
    flash(message, "success")
    return redirect(url_for(".edit_halls", slug=slug))


@bp.post("/work/<slug>/programme/halls/details")
@access(P.PROGRAMME_EDIT)
def set_hall_details(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = ActionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            numbers = [one.hall_id for one in drafts.list_edition_halls(edition.id)]
            actions_grid.set_hall_details(edition.id, read_hall_details(request.form, numbers), by=current_actor())
            return _saved(slug, _("The halls are saved."))
    return _page(edition, details=form), form.status


@bp.post("/work/<slug>/programme/halls/close")
@access(P.PROGRAMME_EDIT)
def close_places(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = _close_form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            there = actions_grid.close_places(edition.id, form.halls.data or [], form.slots.data or [], form.reason.data or "",
                                              by=current_actor())
            if there:
                flash(_n("%(num)s session stands there and stays until you move it or plan again.",
                         "%(num)s sessions stand there and stay until you move them or plan again.", len(there)), "warning")
            return _saved(slug, _("The halls are closed at these times."))
    return _page(edition, close=form), form.status


@bp.post("/work/<slug>/programme/halls/open/<int:closed_id>")
@access(P.PROGRAMME_EDIT)
def open_place(slug: str, closed_id: int) -> Response:
    if ActionForm().validate_on_submit():
        actions_grid.open_place(get_edition(slug).id, closed_id, by=current_actor())
        flash(_("The hall can be used again at that time."), "success")
    return redirect_back(url_for(".edit_halls", slug=slug))


@bp.post("/work/<slug>/programme/halls/ways")
@access(P.PROGRAMME_EDIT)
def set_ways(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = WaysForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_grid.set_ways(edition.id, form.same_venue_minutes.data or 0, form.other_venue_minutes.data or 0,
                                  by=current_actor())
            return _saved(slug, _("The ways are saved."))
    return _page(edition, ways=form), form.status


@bp.post("/work/<slug>/programme/halls/walks")
@access(P.PROGRAMME_EDIT)
def set_walk(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = WalkForm(halls=_hall_choices(edition))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_grid.set_walk(edition.id, form.one_id.data, form.other_id.data, form.minutes.data, by=current_actor())
            return _saved(slug, _("The ways are saved."))
    return _page(edition, walk=form), form.status


@bp.post("/work/<slug>/programme/halls/zones")
@access(P.PROGRAMME_EDIT)
def set_city_zone(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = CityZoneForm(regions=[(city.id, city.label) for city in list_cities()])
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_grid.set_city_zone(edition.id, form.region_id.data, form.zone.data or "", by=current_actor())
            return _saved(slug, _("The zones are saved."))
    return _page(edition, zone=form), form.status
