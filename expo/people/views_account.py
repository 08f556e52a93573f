"""One's own account: data, addresses, password, browsers, consents."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from expo.kit.db import get_record
from expo.kit.language import _
from expo.kit.limits import limiter
from expo.kit.web import current_actor, signed_in
from expo.people import actions_codes as codes
from expo.people import queries_account, queries_sign_in
from expo.people.actions_account import change_account, change_password
from expo.people.actions_consents import withdraw_consent
from expo.people.actions_sessions import end_own_session, end_sessions
from expo.people.forms import AccountForm, ChangePasswordForm, CodeForm, NewAddressForm
from expo.people.models import Person
from expo.people.rules_sign_in import browser_name, normal_address
from expo.people.views import bp, visit


def own_person() -> Person:
    """The record of whoever is signed in."""
    return get_record(Person, current_actor().person_id)


@bp.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> str | Response | tuple[str, int]:
    person = own_person()
    form = AccountForm(obj=person)
    if form.validate_on_submit():
        with form.catching_refusals():
            change_account(form.values["name"], form.values["language"], by=current_actor())
            session["language"] = form.values["language"]
            flash(_("Saved."), "success")
            return redirect(url_for(".account"), 303)
    return render_template("people/account.html", form=form, person=person), form.status


@bp.route("/account/address", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@signed_in
def new_address() -> str | Response | tuple[str, int]:
    """Another e-mail address or phone number for one's account."""
    form = NewAddressForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            address = normal_address(form.values["address"])
            code_id = codes.ask_code(codes.CONFIRM, address, person_id=current_actor().person_id)
            session["new_address"] = {"id": code_id, "address": address}
            return redirect(url_for(".confirm_address"), 303)
    return render_template("people/new_address.html", form=form), form.status


@bp.route("/account/address/confirm", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@signed_in
def confirm_address() -> str | Response | tuple[str, int]:
    waiting, form = session.get("new_address"), CodeForm()
    if waiting is None:
        return redirect(url_for(".new_address"))
    if form.validate_on_submit():
        with form.catching_refusals():
            codes.confirm_address(waiting["id"], form.values["code"], visit(), by=current_actor())
            session.pop("new_address", None)
            flash(_("The address is confirmed. You can sign in with it from now on."), "success")
            return redirect(url_for(".account"), 303)
    return render_template("people/enter_code.html", form=form, address=waiting["address"],
                           back=url_for(".new_address")), form.status


@bp.route("/account/security", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@signed_in
def security() -> str | Response | tuple[str, int]:
    """Password, second factor and browsers."""
    person, actor = own_person(), current_actor()
    form = ChangePasswordForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            change_password(form.values["current"] or "", form.values["password"], visit(), by=actor)
            flash(_("Your new password holds from now on; your other browsers were signed out."), "success")
            return redirect(url_for(".security"), 303)
    return render_template(
        "people/security.html", form=form, person=person, sessions=queries_sign_in.list_sessions(person.id),
        browser_name=browser_name, recovery_codes=queries_sign_in.count_recovery_codes(person.id),
    ), form.status


@bp.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session_of_mine(session_id: int) -> Response:
    end_own_session(session_id, by=current_actor())
    flash(_("That browser is signed out."), "success")
    return redirect(url_for(".security"), 303)


@bp.post("/account/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    actor = current_actor()
    end_sessions(actor.person_id or 0, keep=actor.session_id, by=actor)
    flash(_("All your other browsers are signed out."), "success")
    return redirect(url_for(".security"), 303)


@bp.get("/account/consents")
@signed_in
def consents() -> str:
    return render_template("people/consents.html",
                           consents=queries_account.list_consents(current_actor().person_id or 0))


@bp.post("/account/consents/<int:consent_id>/withdraw")
@signed_in
def withdraw(consent_id: int) -> Response:
    withdraw_consent(consent_id, by=current_actor())
    flash(_("Your consent is withdrawn. What rested on it ends from now on."), "success")
    return redirect(url_for(".consents"), 303)
