"""My data: reading, taking away, erasing; who comes along; the badge on the home screen. Reached by the private link."""

from __future__ import annotations

import json

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.language import _
from expo.kit.limits import by_link, limiter
from expo.kit.web import public
from expo.registration import actions_companions, actions_forgetting, queries
from expo.registration.forms import CompanionForm, EraseForm
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.queries_data import list_data
from expo.registration.queries_kinds import get_policy
from expo.registration.views import bp


def _holder(registration: Registration) -> Actor:
    return Actor(person_id=registration.person_id, name="")


@bp.get("/my/<token>/data")
@public
def my_data(token: str) -> str:
    """All that is kept about somebody, to be read."""
    registration = queries.get_by_token(token)
    return render_template("registration/my_data.html", registration=registration, parts=list_data(registration),
                           form=EraseForm(formdata=None))


@bp.get("/my/<token>/data.json")
@public
@limiter.limit("20/minute", key_func=by_link)
def my_data_file(token: str) -> Response:
    """The same as a file for programs."""
    registration = queries.get_by_token(token)
    content = {"made_at": clock.now().isoformat(), "site": current_config().site_name,
               **{part.name: part.plain() for part in list_data(registration)}}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    name = f"expo-{registration.edition.slug}-{registration.id}.json"
    return FlaskResponse(text, mimetype="application/json", headers={"Content-Disposition": f"attachment; filename={name}"})


@bp.post("/my/<token>/erase")
@public
@limiter.limit("5/minute", key_func=by_link)
def erase_my(token: str) -> str | Response | tuple[str, int]:
    """Forget me. The link is dead afterwards, so the answer is a page of its own."""
    registration = queries.get_by_token(token)
    form = EraseForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_forgetting.erase_own(token, by=_holder(registration))
            return redirect(url_for("registration.erased", slug=registration.edition.slug), 303)
    return render_template("registration/my_data.html", registration=registration, parts=list_data(registration),
                           form=form), form.status


@bp.get("/expo/<slug>/register/erased")
@public
def erased(slug: str) -> str:
    """It is done."""
    return render_template("registration/erased.html")


@bp.route("/my/<token>/companions", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", key_func=by_link, methods=["POST"])
def my_companions(token: str) -> str | Response | tuple[str, int]:
    """Who comes along, each with a badge of their own on this phone."""
    registration = queries.get_by_token(token)
    policy = get_policy(registration.edition_id, registration.badge_kind)
    form = CompanionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            found = actions_companions.bring_along(token, form.name.data or "", form.birth_year.data, form.agreed.data,
                                                   by=_holder(registration))
            flash(_("%(name)s comes along. The badge is here on your phone.", name=found.name), "success")
            return redirect(url_for("registration.my_companions", token=token), 303)
    companions = queries.list_companions(registration.id)
    standing = sum(one.status is not RegistrationStatus.CANCELLED for one in companions)
    return render_template("registration/my_companions.html", registration=registration, form=form, policy=policy,
                           companions=companions, left=policy.companions - standing), form.status


@bp.post("/my/<token>/companions/<int:registration_id>/cancel")
@public
def leave_behind(token: str, registration_id: int) -> Response:
    found = actions_companions.leave_behind(token, registration_id, by=_holder(queries.get_by_token(token)))
    flash(_("%(name)s does not come along; the badge is no longer valid.", name=found.name), "success")
    return redirect(url_for("registration.my_companions", token=token), 303)


@bp.get("/my/<token>/app.webmanifest")
@public
def my_manifest(token: str) -> Response:
    """What a phone needs to put the badge onto its home screen."""
    registration = queries.get_by_token(token)
    start = url_for("registration.my", token=token)
    response: Response = jsonify(
        id=start, start_url=start, scope=f"{start}", display="standalone", lang="zh-Hans", theme_color="#0b6574",
        background_color="#ffffff", name=_("Badge %(edition)s", edition=registration.edition.name),
        short_name=_("My badge"),
        icons=[{"src": url_for("static", filename=f"img/badge-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
                "purpose": "any maskable"} for size in (192, 512)],
    )
    response.mimetype = "application/manifest+json"
    return response

