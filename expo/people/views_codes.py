"""Signing up, signing in and setting a new password by one-time codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from expo.kit.language import _, current_language
from expo.kit.limits import limiter
from expo.kit.web import public
from expo.people import actions_codes as codes
from expo.people.forms import AddressForm, CodeForm, NewPasswordForm, SignUpForm
from expo.people.rules_sign_in import normal_address
from expo.people.views import bp, enter, next_target, visit

_WAITING = "code"


def remember_code(code_id: int, address: str) -> None:
    """Keep in the cookie which code this browser waits for."""
    session[_WAITING] = {"id": code_id, "address": normal_address(address), "next": next_target()}


def waiting_code() -> dict[str, object]:
    """Which code this browser waits for; empty if none."""
    found: dict[str, object] = session.get(_WAITING, {})
    return found


@bp.route("/sign-up", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@public
def sign_up() -> str | Response | tuple[str, int]:
    form = SignUpForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            code_id = codes.start_sign_up(form.values["name"], form.values["address"], form.values["password"], current_language())
            remember_code(code_id, form.values["address"])
            return redirect(url_for(".confirm_sign_up"), 303)
    return render_template("people/sign_up.html", form=form, next=next_target()), form.status


@bp.route("/sign-up/code", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def confirm_sign_up() -> str | Response | tuple[str, int]:
    waiting, form = waiting_code(), CodeForm()
    if not waiting:
        return redirect(url_for(".sign_up"))
    if form.validate_on_submit():
        with form.catching_refusals():
            answer = enter(codes.sign_up(int(str(waiting["id"])), form.values["code"], visit()), str(waiting["next"]))
            flash(_("Welcome. Your account is ready."), "success")
            return answer
    return render_template("people/enter_code.html", form=form, address=waiting["address"],
                           back=url_for(".sign_up")), form.status


@bp.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@public
def ask_code() -> str | Response | tuple[str, int]:
    form = AddressForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            remember_code(codes.ask_code(codes.SIGN_IN, form.values["address"]), form.values["address"])
            return redirect(url_for(".enter_code"), 303)
    return render_template("people/ask_code.html", form=form, next=next_target(), password=False), form.status


@bp.route("/sign-in/code/enter", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def enter_code() -> str | Response | tuple[str, int]:
    waiting, form = waiting_code(), CodeForm()
    if not waiting:
        return redirect(url_for(".ask_code"))
    if form.validate_on_submit():
        with form.catching_refusals():
            outcome = codes.sign_in_by_code(int(str(waiting["id"])), form.values["code"], visit())
            return enter(outcome, str(waiting["next"]))
    return render_template("people/enter_code.html", form=form, address=waiting["address"],
                           back=url_for(".ask_code")), form.status


@bp.route("/password", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@public
def forgotten_password() -> str | Response | tuple[str, int]:
    form = AddressForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            remember_code(codes.ask_code(codes.RESET, form.values["address"]), form.values["address"])
            return redirect(url_for(".new_password"), 303)
    return render_template("people/ask_code.html", form=form, next=next_target(), password=True), form.status


@bp.route("/password/new", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def new_password() -> str | Response | tuple[str, int]:
    waiting, form = waiting_code(), NewPasswordForm()
    if not waiting:
        return redirect(url_for(".forgotten_password"))
    if form.validate_on_submit():
        with form.catching_refusals():
            codes.reset_password(int(str(waiting["id"])), form.values["code"], form.values["password"], visit())
            session.pop(_WAITING, None)
            flash(_("Your new password holds from now on. All browsers were signed out; sign in again."), "success")
            return redirect(url_for(".sign_in", next=waiting["next"] or None), 303)
    return render_template("people/new_password.html", form=form, address=waiting["address"]), form.status
