"""The steps of a signing's life: clauses, draft, freezing, signature, registration, voiding."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.files import SCAN, receive
from expo.kit.language import _
from expo.kit.web import access, current_actor, signed_in
from expo.people.permissions import P
from expo.pool.fields import shown
from expo.signings import actions, actions_ceremony, clauses
from expo.signings.forms import ReasonForm, RegisterForm, ScanForm, SignedForm, clauses_form
from expo.signings.views import ONE, bp, common, finished, get_visible, place_form
from expo.signings.views_papers import papers_page


def _back(slug: str, signing_id: int) -> BaseResponse:
    return redirect(url_for("signings.show_signing", slug=slug, signing_id=signing_id), 303)


@bp.route(f"{ONE}/clauses", methods=["GET", "POST"])
@signed_in
def edit_clauses(slug: str, signing_id: int) -> Any:
    """The clauses of its kind: a form for those who manage it while the text is open, else to read."""
    signing = get_visible(slug, signing_id, current_actor())
    kind = signing.kind
    form = clauses_form(kind)(data=clauses.texts_of(kind, signing.terms))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.fill_clauses(signing_id, kind, form.texts(), by=current_actor())
            flash(_("The clauses are saved."), "success")
            return redirect(url_for("signings.edit_clauses", slug=slug, signing_id=signing_id), 303)
    values = common(get_visible(slug, signing_id, current_actor()), "clauses")
    return render_template("signings/clauses.html", form=form, parts=clauses.in_parts(kind), shown=shown, **values), form.status


@bp.post(f"{ONE}/draft")
@access(P.SIGNINGS_MANAGE)
def draft(slug: str, signing_id: int) -> BaseResponse:
    get_visible(slug, signing_id, current_actor())
    actions.draft(signing_id, by=current_actor())
    flash(_("Write the clauses now; the parties' members can complete their own data."), "success")
    return redirect(url_for("signings.edit_clauses", slug=slug, signing_id=signing_id), 303)


@bp.post(f"{ONE}/freeze")
@access(P.SIGNINGS_MANAGE)
def freeze(slug: str, signing_id: int) -> BaseResponse:
    get_visible(slug, signing_id, current_actor())
    issue = actions.prepare_issue(signing_id, current_actor())
    version = actions.freeze(signing_id, issue, by=current_actor())
    flash(_("Version %(number)s is issued. Print it for pen and seal.", number=version.number), "success")
    return redirect(url_for("signings.show_papers", slug=slug, signing_id=signing_id), 303)


@bp.post(f"{ONE}/unfreeze")
@access(P.SIGNINGS_MANAGE)
def unfreeze(slug: str, signing_id: int) -> Any:
    get_visible(slug, signing_id, current_actor())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.unfreeze(signing_id, form.reason.data, by=current_actor())
            flash(_("The text is open again. Its last paper is superseded from now on."), "success")
            return _back(slug, signing_id)
    return papers_page(get_visible(slug, signing_id, current_actor()), reopening=form), form.status


@bp.post(f"{ONE}/signed")
@access(P.SIGNINGS_MANAGE)
def mark_signed(slug: str, signing_id: int) -> Any:
    get_visible(slug, signing_id, current_actor())
    form = SignedForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.mark_signed(signing_id, form.signed_on.data, by=current_actor())
    return finished(signing_id, form, _("The signature is noted; the project's follow-up has begun."), slug)


@bp.post(f"{ONE}/scan")
@access(P.SIGNINGS_MANAGE)
def attach_scan(slug: str, signing_id: int) -> Any:
    signing = get_visible(slug, signing_id, current_actor())
    form = ScanForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            received = receive(request.files.get("scan"), SCAN, field="scan")
            actions.attach_scan(signing.id, received, by=current_actor())
            flash(_("The scan is kept."), "success")
            return redirect(url_for("signings.show_papers", slug=slug, signing_id=signing_id), 303)
    return papers_page(get_visible(slug, signing_id, current_actor()), scanning=form), form.status


@bp.post(f"{ONE}/register")
@access(P.SIGNINGS_MANAGE)
def register_contract(slug: str, signing_id: int) -> Any:
    get_visible(slug, signing_id, current_actor())
    form = RegisterForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.register_contract(signing_id, form.registered_number.data, form.technology_fen.data, by=current_actor())
    return finished(signing_id, form, _("The registration is noted."), slug)


@bp.post(f"{ONE}/void")
@access(P.SIGNINGS_MANAGE)
def void(slug: str, signing_id: int) -> Any:
    get_visible(slug, signing_id, current_actor())
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.void(signing_id, form.reason.data, by=current_actor())
    return finished(signing_id, form, _("The agreement is void; its check page says so from now on."), slug)


@bp.post(f"{ONE}/place")
@access(P.SIGNINGS_MANAGE)
def place(slug: str, signing_id: int) -> Any:
    signing = get_visible(slug, signing_id, current_actor())
    form = place_form(signing)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_ceremony.place(signing_id, form.session_id.data, form.batch.data, form.stage_order.data, by=current_actor())
    return finished(signing_id, form, _("The place on the stage is noted."), slug)


