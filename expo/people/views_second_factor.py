"""Setting up the second factor, its recovery codes, and switching it off."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from expo.kit.config import current_config
from expo.kit.language import _
from expo.kit.limits import limiter
from expo.kit.qr import qr_svg
from expo.kit.web import current_actor, signed_in
from expo.people.actions_account import drop_second_factor, renew_recovery_codes, set_second_factor
from expo.people.forms import CodeForm
from expo.people.rules_second_factor import enrolment_address, new_secret, seal, unseal
from expo.people.views import bp, next_target
from expo.people.views_account import own_person

_OFFERED = "offered_second_factor"


def _offered_secret() -> str:
    """The secret this browser was shown; sealed in the cookie until the first code proves that it was taken over."""
    key = current_config().secret_key
    secret = unseal(session.get(_OFFERED, ""), key) or new_secret()
    if _OFFERED not in session or unseal(session[_OFFERED], key) != secret:
        session[_OFFERED] = seal(secret, key)
    return secret


@bp.route("/account/second-factor", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@signed_in
def set_up_second_factor() -> str | Response | tuple[str, int]:
    person = own_person()
    if person.totp_secret:
        return redirect(url_for(".security"))
    secret, form = _offered_secret(), CodeForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            codes = set_second_factor(secret, form.values["code"], by=current_actor())
            session.pop(_OFFERED, None)
            return render_template("people/recovery_codes.html", codes=codes, next=next_target())
    address = enrolment_address(secret, person.email or person.phone or person.name, current_config().site_name)
    picture = Markup(qr_svg(address, size=200, label=_("QR code for the authenticator app")))  # noqa: S704  # drawn here
    return render_template("people/second_factor.html", form=form, secret=secret, picture=picture,
                           next=next_target()), form.status


@bp.post("/account/second-factor/recovery-codes")
@signed_in
def new_recovery_codes() -> str:
    return render_template("people/recovery_codes.html", codes=renew_recovery_codes(by=current_actor()), next="")


@bp.post("/account/second-factor/off")
@signed_in
def second_factor_off() -> Response:
    drop_second_factor(by=current_actor())
    flash(_("The second factor is switched off."), "success")
    return redirect(url_for(".security"), 303)
