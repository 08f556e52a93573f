"""Parties: added from the directory or by name, completed, ordered; and an exhibitor's own signings."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.language import _
from expo.kit.web import access, current_actor, signed_in
from expo.people.permissions import P
from expo.signings import actions_parties as actions
from expo.signings import queries, rules
from expo.signings.forms import AddPartyForm, PartyForm
from expo.signings.models import PartyRole
from expo.signings.views import ONE, bp, common, get_visible

PARTY = f"{ONE}/parties/<int:party_id>"


def _back(slug: str, signing_id: int) -> BaseResponse:
    return redirect(url_for("signings.show_signing", slug=slug, signing_id=signing_id) + "#parties", 303)


@bp.get("/work/exhibitor/signings")
@signed_in
def list_own() -> str:
    """The agreements of the organisations that one acts for."""
    actor = current_actor()
    return render_template("signings/own.html", signings=queries.list_own(actor), parties_of=rules.parties_of,
                           own_ids=actor.organisation_ids)


@bp.route(f"{ONE}/parties/new", methods=["GET", "POST"])
@access(P.SIGNINGS_MANAGE)
def add_party(slug: str, signing_id: int) -> Any:
    """Look for an organisation, or write down a name."""
    signing = get_visible(slug, signing_id, current_actor())
    form = AddPartyForm(role=_asked_role())
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.add_party(signing_id, form.role.data, name=form.name.data or "", by=current_actor())
            flash(_("Added. Complete the data that the paper needs."), "success")
            return _back(slug, signing_id)
    q = request.args.get("q", "").strip()[:80]
    return render_template("signings/party_new.html", form=form, q=q, role=_asked_role(),
                           organisations=queries.list_organisations(q) if q else [], **common(signing, "record")), form.status


def _asked_role() -> PartyRole:
    return PartyRole.WITNESS if request.args.get("role") == PartyRole.WITNESS.value else PartyRole.PARTY


@bp.post(f"{ONE}/parties/organisation")
@access(P.SIGNINGS_MANAGE)
def add_organisation(slug: str, signing_id: int) -> BaseResponse:
    """Add an organisation from the directory."""
    get_visible(slug, signing_id, current_actor())
    role = PartyRole.WITNESS if request.form.get("role") == PartyRole.WITNESS.value else PartyRole.PARTY
    actions.add_party(signing_id, role, organisation_id=request.form.get("organisation_id", 0, int), by=current_actor())
    flash(_("Added. Complete the data that the paper needs."), "success")
    return _back(slug, signing_id)


@bp.route(PARTY, methods=["GET", "POST"])
@signed_in
def edit_party(slug: str, signing_id: int, party_id: int) -> Any:
    """A party's data: by organisers, and by its members while it is drafted."""
    actor = current_actor()
    signing = get_visible(slug, signing_id, actor)
    party = actions.get_party(signing, party_id)
    rules.require_fill(actor, signing, party)
    own = party.organisation_id is not None and party.organisation_id in actor.organisation_ids
    form = PartyForm(obj=party, abroad=rules.is_abroad(party.credit_code))
    if request.method == "GET" and not own:
        form.contact.data = ""
    if not rules.may_manage(actor, signing):
        del form.name
    if form.validate_on_submit():
        with form.catching_refusals():
            values = {name: value for name, value in form.values.items() if name != "abroad"}
            actions.edit_party(signing_id, party_id, values, abroad=form.abroad.data, by=actor)
            flash(_("The party's data are saved."), "success")
            return _back(slug, signing_id)
    q = request.args.get("q", "").strip()[:80]
    values = common(get_visible(slug, signing_id, actor), "record")
    return render_template("signings/party.html", form=form, party=party, q=q, has_contact=bool(party.contact) and not own,
                           organisations=queries.list_organisations(q) if q and values["manages"] else [], **values), form.status


@bp.post(f"{PARTY}/organisation")
@access(P.SIGNINGS_MANAGE)
def take_over(slug: str, signing_id: int, party_id: int) -> BaseResponse:
    """Fill the party with the organisation as it stands in the directory."""
    get_visible(slug, signing_id, current_actor())
    actions.take_over(signing_id, party_id, request.form.get("organisation_id", 0, int), by=current_actor())
    flash(_("Taken over from the directory."), "success")
    return redirect(url_for("signings.edit_party", slug=slug, signing_id=signing_id, party_id=party_id), 303)


@bp.post(f"{PARTY}/up")
@access(P.SIGNINGS_MANAGE)
def move_up(slug: str, signing_id: int, party_id: int) -> BaseResponse:
    get_visible(slug, signing_id, current_actor())
    actions.move_up(signing_id, party_id, by=current_actor())
    return _back(slug, signing_id)


@bp.post(f"{PARTY}/remove")
@access(P.SIGNINGS_MANAGE)
def remove_party(slug: str, signing_id: int, party_id: int) -> BaseResponse:
    get_visible(slug, signing_id, current_actor())
    actions.remove_party(signing_id, party_id, by=current_actor())
    flash(_("Removed from the agreement."), "success")
    return _back(slug, signing_id)
