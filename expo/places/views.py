"""Pages of venues and halls, and of the tree of regions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.kit.db import not_found
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.places import actions, queries
from expo.places import actions_venues as venues
from expo.places import queries_venues as found
from expo.places.forms import HallForm, RegionForm, VenueForm, ZoneForm
from expo.places.models import RegionKind, VenueKind
from expo.places.permissions import PLACES_MANAGE
from expo.places.timeline import venue_timeline

bp = Blueprint("places", __name__)


def _paths() -> tuple[str, ...]:
    return current_actor().region_paths(PLACES_MANAGE)


@bp.get("/work/venues/")
@access(PLACES_MANAGE)
def list_venues() -> str:
    paths = _paths()
    listing = Listing.from_request(filters=[
        Filter("kind", _l("Kind"), VenueKind.choices()), Filter("city", _l("City"), queries.city_choices(paths)),
    ])
    page = found.list_venues(paths, listing.q, listing.chosen, listing.cursor, listing.size)
    listing.show(page, found.count_venues(paths, listing.q, listing.chosen))
    return render_template("places/venues.html", listing=listing, halls=found.sum_halls([v.id for v in page.rows]))


@bp.route("/work/venues/new", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def add_venue() -> str | Response | tuple[str, int]:
    form = VenueForm(regions=queries.region_choices(_paths()))
    if form.validate_on_submit():
        with form.catching_refusals():
            venue_id = venues.add_venue(form.given(), by=current_actor())
            flash(_("The venue is entered. Give it its halls next."), "success")
            return redirect(url_for(".show_venue", venue_id=venue_id), 303)
    return render_template("places/venue_form.html", form=form, venue=None), form.status


@bp.get("/work/venues/<int:venue_id>")
@access(PLACES_MANAGE)
def show_venue(venue_id: int) -> str:
    venue = found.get_venue(venue_id, _paths())
    return render_template("places/venue.html", venue=venue, history=venue_timeline(venue_id))


@bp.route("/work/venues/<int:venue_id>/edit", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def edit_venue(venue_id: int) -> str | Response | tuple[str, int]:
    venue = found.get_venue(venue_id, _paths())
    form = VenueForm(obj=venue, regions=queries.region_choices(_paths()))
    if form.validate_on_submit():
        with form.catching_refusals():
            venues.change_venue(venue_id, form.given(), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_venue", venue_id=venue_id), 303)
    return render_template("places/venue_form.html", form=form, venue=venue), form.status


@bp.post("/work/venues/<int:venue_id>/remove")
@access(PLACES_MANAGE)
def remove_venue(venue_id: int) -> Response:
    found.get_venue(venue_id, _paths())
    venues.remove_venue(venue_id, by=current_actor())
    flash(_("The venue is removed."), "success")
    return redirect(url_for(".list_venues"), 303)


@bp.route("/work/venues/<int:venue_id>/halls/new", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def add_hall(venue_id: int) -> str | Response | tuple[str, int]:
    venue, form = found.get_venue(venue_id, _paths()), HallForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            venues.add_hall(venue_id, form.given(), by=current_actor())
            flash(_("The hall is entered."), "success")
            return redirect(url_for(".show_venue", venue_id=venue_id), 303)
    return render_template("places/hall_form.html", form=form, venue=venue, hall=None), form.status


@bp.route("/work/halls/<int:hall_id>/edit", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def edit_hall(hall_id: int) -> str | Response | tuple[str, int]:
    hall = found.get_hall(hall_id, _paths())
    venue, form = hall.venue, HallForm(obj=hall)
    if form.validate_on_submit():
        with form.catching_refusals():
            venues.change_hall(hall_id, form.given(), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_venue", venue_id=venue.id), 303)
    return render_template("places/hall_form.html", form=form, venue=venue, hall=hall), form.status


@bp.post("/work/halls/<int:hall_id>/remove")
@access(PLACES_MANAGE)
def remove_hall(hall_id: int) -> Response:
    found.get_hall(hall_id, _paths())
    venue_id = venues.remove_hall(hall_id, by=current_actor())
    flash(_("The hall is removed."), "success")
    return redirect(url_for(".show_venue", venue_id=venue_id), 303)


@bp.get("/work/regions/")
@access(PLACES_MANAGE)
def list_regions() -> str:
    tree = queries.load_tree()
    regions = tree.below(_paths())
    kinds = {kind: sum(region.kind is kind for region in regions) for kind in RegionKind}
    return render_template("places/regions.html", regions=regions, kinds=kinds, tree=tree,
                           venues=found.count_venues_by_region())


@bp.route("/work/regions/new", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def add_zone() -> str | Response | tuple[str, int]:
    tree = queries.load_tree()
    choices = [(r.id, tree.label(r)) for r in tree.below(_paths()) if r.kind in {RegionKind.CITY, RegionKind.COUNTY}]
    form = ZoneForm(regions=choices)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.add_zone(form.values["parent_id"], form.values["name"], form.values["name_en"] or "", by=current_actor())
            flash(_("The zone is in the tree. Roles can be granted on it and tickets filed under it."), "success")
            return redirect(url_for(".list_regions"), 303)
    return render_template("places/region_form.html", form=form, region=None), form.status


@bp.route("/work/regions/<int:region_id>/edit", methods=["GET", "POST"])
@access(PLACES_MANAGE)
def edit_region(region_id: int) -> str | Response | tuple[str, int]:
    region = queries.get_region(region_id)
    if not region.path.startswith(_paths()) or region.kind is not RegionKind.NODE:
        raise not_found()
    form = RegionForm(obj=region)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.rename_region(region_id, form.values["name"], form.values["name_en"] or "", by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".list_regions"), 303)
    return render_template("places/region_form.html", form=form, region=region), form.status
