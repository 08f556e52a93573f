"""My registration: reached by the private link, without an account."""

from __future__ import annotations

import base64

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.language import _
from expo.kit.limits import by_link, limiter
from expo.kit.qr import qr_png
from expo.kit.web import public
from expo.people.models import ConsentPurpose
from expo.registration import actions, queries, rules
from expo.registration.forms import AgainForm
from expo.registration.forms_change import change_form, is_complete
from expo.registration.models import BadgeStatus, Registration, RegistrationStatus
from expo.registration.papers_calendar import calendar_of
from expo.registration.papers_printing import one_badge_pdf
from expo.registration.queries_consents import list_consents, outdated
from expo.registration.queries_keys import badge_address
from expo.registration.queries_kinds import get_policy, list_fields, list_wordings
from expo.registration.queries_places import count_before
from expo.registration.rules_fields import said_answers
from expo.registration.views import bp, region_choices
from expo.registration.views_badges import pdf_response, valid_badge
from expo.registration.views_live import live_values
from expo.registration.words import CONSENT_TEXTS


def _holder(registration: Registration) -> Actor:
    """Whoever holds the link acts as the person it was sent to."""
    return Actor(person_id=registration.person_id, name="")


def _back(token: str) -> Response:
    return redirect(url_for("registration.my", token=token), 303)


@bp.get("/my/<token>")
@public
def my(token: str) -> str | Response:
    """The badge on the phone, and what one may do about it."""
    registration = queries.get_by_token(token)
    if registration.merged_into_id is not None and (kept := queries.find_registration(registration.merged_into_id)):
        # The organiser has found that both are one person: the old link leads to what goes on.
        return redirect(url_for("registration.my", token=kept.token))
    badge = next((b for b in registration.badges if b.status is BadgeStatus.VALID), None)
    code = None
    if badge is not None:
        picture = qr_png(badge_address(badge, registration.edition), scale=1)
        code = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    consents = list_consents(registration)
    return render_template(
        "registration/my.html", registration=registration, edition=registration.edition, code=code, badge=badge,
        live=live_values(badge, registration.edition), consents=consents, texts=list_wordings(registration.edition_id),
        again_form=AgainForm(), purposes=ConsentPurpose,
        holding={c.purpose for c in consents if c.withdrawn_at is None},
        outdated=outdated(consents, registration.edition_id), before=_waiting_before(registration),
        answers=said_answers(list_fields(registration.edition_id, registration.badge_kind), registration.answers),
        may_change=rules.LIFECYCLE.allows(registration.status, rules.S.CANCELLED),
    )


def _waiting_before(registration: Registration) -> int:
    return count_before(registration) if registration.status is RegistrationStatus.WAITING else 0


@bp.route("/my/<token>/change", methods=["GET", "POST"])
@public
def change_my(token: str) -> str | Response | tuple[str, int]:
    """Correct one's own fields."""
    registration = queries.get_by_token(token)
    fields, today = list_fields(registration.edition_id, registration.badge_kind), clock.today(current_config().timezone)
    policy = get_policy(registration.edition_id, registration.badge_kind)
    form = change_form(registration, fields, policy, region_choices(), today)
    if form.validate_on_submit() and is_complete(form, fields, registration, today):
        with form.catching_refusals():
            actions.change_own(token, form.entry(registration), by=_holder(registration))
            flash(_("Your registration was changed."), "success")
            return _back(token)
    return render_template("registration/my_change.html", form=form, fields=fields, registration=registration), form.status


@bp.post("/my/<token>/cancel")
@public
def cancel_my(token: str) -> Response:
    actions.cancel_own(token, by=_holder(queries.get_by_token(token)))
    flash(_("Your registration was cancelled; the badge is no longer valid."), "success")
    return _back(token)


@bp.post("/my/<token>/again")
@public
@limiter.limit("10/minute", key_func=by_link)
def register_again(token: str) -> Response:
    form = AgainForm()
    given = {ConsentPurpose.REGISTRATION} if form.consent_registration.data else set()
    actions.register_again(token, given, by=_holder(queries.get_by_token(token)))
    flash(_("Welcome back: you are registered again."), "success")
    return _back(token)


def _purpose(name: str) -> ConsentPurpose:
    if name not in {purpose.value for purpose in CONSENT_TEXTS}:
        raise not_found()
    return ConsentPurpose(name)


@bp.post("/my/<token>/consents/<purpose>/withdraw")
@public
def withdraw_consent(token: str, purpose: str) -> Response:
    actions.withdraw_own_consent(token, _purpose(purpose), by=_holder(queries.get_by_token(token)))
    flash(_("The consent ended today."), "success")
    return _back(token)


@bp.post("/my/<token>/consents/<purpose>/give")
@public
def give_consent(token: str, purpose: str) -> Response:
    actions.give_own_consent(token, _purpose(purpose), by=_holder(queries.get_by_token(token)))
    flash(_("Thank you; the consent was noted."), "success")
    return _back(token)


@bp.get("/my/<token>/calendar.ics")
@public
def my_calendar(token: str) -> Response:
    """The expo's days for the phone's calendar."""
    registration = queries.get_by_token(token)
    edition = registration.edition
    return FlaskResponse(calendar_of(edition), mimetype="text/calendar",
                         headers={"Content-Disposition": f"attachment; filename=expo-{edition.slug}.ics"})


@bp.get("/my/<token>/badge.pdf")
@public
@limiter.limit("20/minute", key_func=by_link)
def my_paper(token: str) -> Response:
    """The badge to print at home. That is no print of the desk's and is not counted."""
    registration = queries.get_by_token(token)
    content = one_badge_pdf(registration.edition, valid_badge(registration), registration)
    return pdf_response(content, "badge.pdf")

