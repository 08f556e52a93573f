"""Delegations, as organisers set them up."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.editions.queries import get_edition
from expo.kit.config import current_config
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.listing import Listing
from expo.kit.text import mask_phone
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.places.queries import load_tree
from expo.registration import actions_delegations as actions
from expo.registration import queries_delegations as queries
from expo.registration.forms_delegations import DelegationForm
from expo.registration.models import BadgeKind
from expo.registration.views import bp

BASE = "/work/<slug>/delegations"
SENTENCES = {"open_delegation": _l("Delegation opened"), "change_delegation": _l("Delegation changed"),
             "end_delegation": _l("Delegation ended"), "send_address": _l("Address sent to the contact person")}


def _regions(edition_id: int) -> list[tuple[int, str]]:
    tree = load_tree()
    paths = current_actor().region_paths(P.REGISTRATION_MANAGE, edition_id)
    return [(region.id, tree.label(region)) for region in tree.below(paths)]


@bp.get(f"{BASE}/")
@access(P.REGISTRATION_READ)
def list_delegations(slug: str) -> str:
    """All delegations of the reader's regions."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.REGISTRATION_READ, edition.id)
    listing = Listing.from_request()
    page = queries.list_delegations(edition.id, paths, listing.q, listing.cursor, listing.size)
    listing.show(page, queries.count_delegations(edition.id, paths, listing.q))
    return render_template("registration/delegations.html", edition=edition, listing=listing,
                           members=queries.count_members([one.id for one in page.rows]), kinds=BadgeKind,
                           may_manage=actor.may(P.REGISTRATION_MANAGE, edition_id=edition.id))


@bp.route(f"{BASE}/new", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def open_delegation(slug: str) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    form = DelegationForm(regions=_regions(edition.id))
    if form.validate_on_submit():
        with form.catching_refusals():
            made = actions.open_delegation(edition.id, form.described(), by=current_actor())
            flash(_("The delegation is open; its contact person was told where to register people."), "success")
            return redirect(url_for("registration.show_delegation", slug=slug, delegation_id=made.id), 303)
    return render_template("registration/delegation_form.html", edition=edition, form=form, delegation=None), form.status


@bp.get(f"{BASE}/<int:delegation_id>")
@access(P.REGISTRATION_READ)
def show_delegation(slug: str, delegation_id: int) -> str:
    """One delegation with its members. Only who manages it sees the address of its page."""
    edition = get_edition(slug)
    actor = current_actor()
    found = queries.get_delegation(delegation_id, edition.id, actor.region_paths(P.REGISTRATION_READ, edition.id))
    may_manage = actor.may(P.REGISTRATION_MANAGE, edition_id=edition.id, region_path=found.region_path)
    return render_template(
        "registration/delegation.html", edition=edition, delegation=found, members=queries.list_members(found.id),
        kinds=[BadgeKind(kind) for kind in found.badge_kinds], may_manage=may_manage, masked=mask_phone(found.contact_phone),
        address=f"{current_config().public_url}/delegation/{found.token}" if may_manage and not found.ended_at else "",
        history=timeline_of(list_history("delegation", found.id), SENTENCES, {}))


@bp.route(f"{BASE}/<int:delegation_id>/change", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def change_delegation(slug: str, delegation_id: int) -> str | Response | tuple[str, int]:
    edition = get_edition(slug)
    found = queries.get_delegation(delegation_id, edition.id,
                                   current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))
    form = DelegationForm(obj=found, regions=_regions(edition.id))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.change_delegation(edition.id, delegation_id, form.described(), by=current_actor())
            flash(_("The delegation was changed."), "success")
            return redirect(url_for("registration.show_delegation", slug=slug, delegation_id=delegation_id), 303)
    return render_template("registration/delegation_form.html", edition=edition, form=form, delegation=found), form.status


@bp.post(f"{BASE}/<int:delegation_id>/end")
@access(P.REGISTRATION_MANAGE)
def end_delegation(slug: str, delegation_id: int) -> Response:
    actions.end_delegation(get_edition(slug).id, delegation_id, by=current_actor())
    flash(_("The delegation's page is closed; its members stay registered."), "success")
    return redirect(url_for("registration.show_delegation", slug=slug, delegation_id=delegation_id), 303)


@bp.post(f"{BASE}/<int:delegation_id>/send")
@access(P.REGISTRATION_MANAGE)
def send_address(slug: str, delegation_id: int) -> Response:
    actions.send_address(get_edition(slug).id, delegation_id, by=current_actor())
    flash(_("The address is on its way to the contact person."), "success")
    return redirect(url_for("registration.show_delegation", slug=slug, delegation_id=delegation_id), 303)
