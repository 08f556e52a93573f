"""Organisations: one's own, and those that organisers look after."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.db import not_found
from expo.kit.language import _, _l
from expo.kit.limits import limiter
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor, redirect_back, signed_in
from expo.people import actions_organisations as actions
from expo.people import queries_account
from expo.people import queries_organisations as queries
from expo.people.forms_organisations import OrganisationForm
from expo.people.models import Organisation, OrganisationKind
from expo.people.permissions import P
from expo.people.rules_organisations import is_organiser_of, may_run
from expo.people.timeline import organisation_timeline
from expo.people.views import bp
from expo.places.queries import city_choices, region_choices


@bp.get("/account/organisations")
@limiter.limit("60/minute")
@signed_in
def my_organisations() -> str:
    q = request.args.get("q", "").strip()[:120]
    return render_template(
        "people/my_organisations.html", memberships=queries_account.list_memberships(current_actor().person_id or 0),
        q=q, found=queries.search_organisations(q),
    )


@bp.post("/account/organisations/<int:organisation_id>/join")
@limiter.limit("20/minute")
@signed_in
def join(organisation_id: int) -> Response:
    actions.ask_to_join(organisation_id, by=current_actor())
    flash(_("You have asked to act for this organisation. You are told as soon as it is confirmed."), "success")
    return redirect(url_for(".my_organisations"), 303)


@bp.route("/account/organisations/new", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@signed_in
def register_organisation() -> str | Response | tuple[str, int]:
    form = OrganisationForm(regions=region_choices(["/"]), name=request.args.get("q"))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.add_organisation(**form.given(), by=current_actor())
            flash(_("The organisation is registered. You act for it as soon as an organiser of its region has "
                    "confirmed you."), "success")
            return redirect(url_for(".my_organisations"), 303)
    return render_template("people/organisation_form.html", form=form, organisation=None,
                           cancel=url_for(".my_organisations"), public=True), form.status


@bp.get("/work/organisations/")
@access(P.ORGANISATIONS_MANAGE)
def list_organisations() -> str:
    paths = current_actor().region_paths(P.ORGANISATIONS_MANAGE)
    listing = Listing.from_request(
        filters=[Filter("kind", _l("Kind"), OrganisationKind.choices()),
                 Filter("city", _l("City"), city_choices(paths)),
                 Filter("requests", _l("Requests"), [("open", _l("With open requests"))])],
        sorts={"newest": _l("Newest first"), "name": _l("By name")},
    )
    page = queries.list_organisations(paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, queries.count_organisations(paths, listing.q, listing.chosen))
    return render_template("people/organisations.html", listing=listing,
                           members=queries.count_members([row.id for row in page.rows]))


@bp.route("/work/organisations/new", methods=["GET", "POST"])
@access(P.ORGANISATIONS_MANAGE)
def add_organisation() -> str | Response | tuple[str, int]:
    form = OrganisationForm(regions=region_choices(current_actor().region_paths(P.ORGANISATIONS_MANAGE)))
    if form.validate_on_submit():
        with form.catching_refusals():
            organisation_id = actions.add_organisation(**form.given(), by=current_actor())
            flash(_("The organisation is registered."), "success")
            return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)
    return render_template("people/organisation_form.html", form=form, organisation=None,
                           cancel=url_for(".list_organisations"), public=False), form.status


def _visible(organisation_id: int) -> tuple[Organisation, bool]:
    """The organisation and whether the reader may change it; hidden from whoever has nothing to do with it."""
    organisation, actor = queries.get_organisation(organisation_id), current_actor()
    may_change = may_run(actor, organisation, queries.find_membership(actor.person_id, organisation_id))
    if not may_change and organisation_id not in actor.organisation_ids:
        raise not_found()
    return organisation, may_change


@bp.get("/work/organisations/<int:organisation_id>")
@signed_in
def show_organisation(organisation_id: int) -> str:
    organisation, may_change = _visible(organisation_id)
    return render_template(
        "people/organisation.html", organisation=organisation, may_change=may_change,
        is_organiser=is_organiser_of(current_actor(), organisation), members=queries.list_members(organisation_id),
        history=organisation_timeline(organisation_id),
    )


@bp.route("/work/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_organisation(organisation_id: int) -> str | Response | tuple[str, int]:
    organisation, may_change = _visible(organisation_id)
    if not may_change:
        raise not_found()
    paths = current_actor().region_paths(P.ORGANISATIONS_MANAGE)
    regions = dict(region_choices(paths)) | {organisation.region_id: str(organisation.region.label)}
    form = OrganisationForm(obj=organisation, regions=regions.items())
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.change_organisation(organisation_id, form.given(), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)
    return render_template("people/organisation_form.html", form=form, organisation=organisation,
                           cancel=url_for(".show_organisation", organisation_id=organisation_id), public=False), form.status


@bp.post("/work/memberships/<int:membership_id>/confirm")
@signed_in
def confirm_member(membership_id: int) -> Response:
    organisation_id = actions.confirm_membership(membership_id, by=current_actor())
    flash(_("Confirmed. They act for the organisation from now on."), "success")
    return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)


@bp.post("/work/memberships/<int:membership_id>/end")
@signed_in
def end_member(membership_id: int) -> Response:
    actions.end_membership(membership_id, by=current_actor())
    flash(_("Ended. They no longer act for the organisation."), "success")
    return redirect_back(url_for(".my_organisations"))


@bp.post("/work/memberships/<int:membership_id>/manager")
@signed_in
def change_manager(membership_id: int) -> Response:
    organisation_id = actions.set_manager(membership_id, request.form.get("is_manager") == "yes", by=current_actor())
    return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)
