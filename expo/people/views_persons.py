"""Persons and their roles, as administrators and organisers see them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.people import actions_administration as actions
from expo.people import queries_account, queries_persons, queries_rights
from expo.people.actions_roles import grant_role, revoke_role
from expo.people.forms_roles import DisableForm, GrantForm, PersonForm
from expo.people.models import Person
from expo.people.permissions import P, Role
from expo.people.rules_roles import may_grant
from expo.people.timeline import person_timeline
from expo.people.views import bp
from expo.places.queries import load_tree

STATES = [("active", _l("Switched on")), ("disabled", _l("Switched off")), ("locked", _l("Locked"))]


@bp.get("/work/people/")
@access(P.PEOPLE_READ)
def list_persons() -> str:
    paths = current_actor().region_paths(P.PEOPLE_READ)
    listing = Listing.from_request(
        filters=[Filter("role", _l("Role"), Role.choices()), Filter("state", _l("State"), STATES)],
        sorts={"newest": _l("Newest first"), "name": _l("By name")},
    )
    page = queries_persons.list_persons(paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, queries_persons.count_persons(paths, listing.q, listing.chosen))
    return render_template("people/persons.html", listing=listing,
                           roles=queries_persons.roles_by_person([row.id for row in page.rows]))


@bp.route("/work/people/new", methods=["GET", "POST"])
@access(P.PEOPLE_MANAGE)
def add_person() -> str | Response | tuple[str, int]:
    form = PersonForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            person_id = actions.add_person(form.values["name"], form.values["address"], by=current_actor())
            flash(_("The account is there. They were told how to sign in."), "success")
            return redirect(url_for(".show_person", person_id=person_id), 303)
    return render_template("people/person_form.html", form=form), form.status


def _visible(person_id: int) -> Person:
    return queries_persons.get_visible_person(person_id, current_actor().region_paths(P.PEOPLE_READ))


def _person_page(person: Person, form: GrantForm, unmasked: bool = False) -> str:
    actor = current_actor()
    grants = queries_rights.list_grants_with_reasons(person.id)
    return render_template(
        "people/person.html", person=person, form=form, unmasked=unmasked, grants=grants,
        edition_names=dict(queries_rights.list_edition_names()), rights=queries_rights.rights_of(grants),
        revocable={g.id for g in grants if g.person_id != actor.person_id
                   and may_grant(actor, g.role, g.region_path, g.edition_id)},
        memberships=queries_account.list_memberships(person.id), history=person_timeline(person.id),
        disable_form=DisableForm(), may_manage=queries_persons.is_within(person.id, actor.region_paths(P.PEOPLE_MANAGE)),
    )


def _grant_form() -> GrantForm:
    """The roles that the reader may grant somewhere, on the regions where they may grant at all."""
    actor = current_actor()
    roles = [
        role for role in Role
        if any(may_grant(actor, role, grant.region_path, grant.edition_id) for grant in actor.grants)
    ]
    return GrantForm(roles=roles, regions=[(region.id, label) for region, label in _grantable_regions()],
                     editions=queries_rights.list_edition_names())


def _grantable_regions() -> list[tuple[Any, str]]:
    tree = load_tree()
    return [(region, tree.label(region)) for region in tree.below(current_actor().region_paths(P.ROLES_GRANT))]


@bp.get("/work/people/<int:person_id>")
@access(P.PEOPLE_READ)
def show_person(person_id: int) -> str:
    return _person_page(_visible(person_id), _grant_form())


@bp.post("/work/people/<int:person_id>/contact")
@access(P.PEOPLE_UNMASK)
def unmask_person(person_id: int) -> str:
    """Phone and e-mail in clear, this once; who looked is written down."""
    return _person_page(actions.note_unmasking(person_id, by=current_actor()), _grant_form(), unmasked=True)


@bp.post("/work/people/<int:person_id>/grants")
@access(P.ROLES_GRANT)
def grant(person_id: int) -> str | Response | tuple[str, int]:
    form = _grant_form()
    if form.validate_on_submit():
        with form.catching_refusals():
            grant_role(person_id, **form.given(), by=current_actor())
            flash(_("The role is granted and holds at once."), "success")
            return redirect(url_for(".show_person", person_id=person_id), 303)
    return _person_page(_visible(person_id), form), form.status


@bp.post("/work/people/grants/<int:grant_id>/revoke")
@access(P.ROLES_GRANT)
def revoke(grant_id: int) -> Response:
    person_id = revoke_role(grant_id, by=current_actor())
    flash(_("The role is revoked from now on."), "success")
    return redirect(url_for(".show_person", person_id=person_id), 303)


@bp.post("/work/people/<int:person_id>/disable")
@access(P.PEOPLE_MANAGE)
def disable(person_id: int) -> str | Response | tuple[str, int]:
    form = DisableForm()
    if form.validate_on_submit():
        actions.disable_account(person_id, form.values["reason"], by=current_actor())
        flash(_("The account is switched off and signed out everywhere."), "success")
    else:
        flash(_("Say why the account is switched off."), "danger")
    return redirect(url_for(".show_person", person_id=person_id), 303)


@bp.post("/work/people/<int:person_id>/enable")
@access(P.PEOPLE_MANAGE)
def enable(person_id: int) -> Response:
    actions.enable_account(person_id, by=current_actor())
    flash(_("The account is switched on."), "success")
    return redirect(url_for(".show_person", person_id=person_id), 303)


@bp.post("/work/people/<int:person_id>/sign-out")
@access(P.PEOPLE_MANAGE)
def sign_person_out(person_id: int) -> Response:
    actions.sign_out_everywhere(person_id, by=current_actor())
    flash(_("The account is signed out everywhere."), "success")
    return redirect(url_for(".show_person", person_id=person_id), 303)


@bp.post("/work/people/<int:person_id>/second-factor")
@access(P.PEOPLE_MANAGE)
def remove_second_factor(person_id: int) -> Response:
    actions.take_second_factor(person_id, by=current_actor())
    flash(_("The second factor is taken away; they set it up anew when they sign in next."), "success")
    return redirect(url_for(".show_person", person_id=person_id), 303)


@bp.get("/work/rights")
@access(P.ROLES_READ)
def rights() -> str:
    """Who may do what, and why."""
    actor, tree = current_actor(), load_tree()
    paths = actor.region_paths(P.ROLES_READ)
    asked = request.args.get("permission", "")
    permission = P(asked) if asked in {p.value for p in P} else None
    region = tree.by_id.get(request.args.get("region", 0, type=int))
    if region is not None and not region.path.startswith(paths):
        region = None
    editions = queries_rights.list_edition_names()
    edition_id = request.args.get("edition", 0, type=int) or None
    holders = queries_rights.list_holders(permission, region, edition_id, paths) if permission else []
    return render_template(
        "people/rights.html", permission=permission, permissions=list(P), region=region, edition_id=edition_id,
        regions=[(r.id, tree.label(r)) for r in tree.below(paths)], holders=holders,
        limit=queries_rights.MOST_HOLDERS, edition_names=dict(editions),
    )
