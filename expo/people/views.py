"""Signing in and out, and who is behind a request."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from expo.kit import clock
from expo.kit.access import ANONYMOUS, Actor
from expo.kit.config import current_config
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.limits import limiter
from expo.kit.pages import context
from expo.kit.web import actor_loader, current_actor, public, safe_target, signed_in
from expo.people import queries
from expo.people.actions_first import become_first
from expo.people.actions_sessions import NOTED_EVERY, end_session, note_use, token_hash
from expo.people.actions_sign_in import (
    Outcome,
    Visit,
    sign_in_as_demo,
    sign_in_by_password,
    sign_in_by_second_factor,
)
from expo.people.forms import SecondFactorForm, SignInForm, SignUpForm
from expo.people.queries_sign_in import find_link
from expo.people.rules_second_factor import needs_second_factor
from expo.people.rules_sign_in import SECOND_STEP_LIFE

bp = Blueprint("people", __name__)
COOKIE_KEY = "sign_in"
#: Where somebody may go who must set up the second factor first.
_WITHOUT_SECOND_FACTOR = {"people.set_up_second_factor", "people.sign_out", "kit.healthz", "static"}


def _actor_of_request() -> Actor:
    token = session.get(COOKIE_KEY)
    if not token:
        return ANONYMOUS
    found = queries.find_signed_in(token_hash(token))
    if found is None:
        session.pop(COOKIE_KEY, None)
        return ANONYMOUS
    if found.seen_at < clock.now() - NOTED_EVERY:
        note_use(found.session_id)
    g.second_factor_missing = not found.is_proven and needs_second_factor(
        {grant.role for grant in found.actor.grants}, demo=current_config().demo, synthetic=found.is_synthetic
    )
    return found.actor


def _working_region() -> str:
    return queries.find_working_region(current_actor())


actor_loader[:] = [_actor_of_request]
context["working_region"] = _working_region


@bp.before_app_request
def lead_to_second_factor() -> Response | None:
    """Whoever needs a second factor sets it up before anything else is shown or done."""
    if not g.get("second_factor_missing") or request.endpoint in _WITHOUT_SECOND_FACTOR:
        return None
    if request.method != "GET":
        abort(403)
    return redirect(url_for("people.set_up_second_factor", next=request.full_path.rstrip("?")))


def visit() -> Visit:
    """From where this request comes."""
    return Visit(request.remote_addr or "", request.user_agent.string)


def next_target() -> str:
    """Where the reader wanted to go."""
    return safe_target(request.values.get("next"), "")


def enter(outcome: Outcome, target: str = "") -> Response:
    """Put the new session into the cookie and go where the reader wanted to; or ask for the second factor first."""
    language = session.get("language") or outcome.language
    session.clear()
    session["language"] = language
    if outcome.token is None:
        session["second_step"] = {"person_id": outcome.person_id, "at": clock.now().isoformat(), "next": target}
        return redirect(url_for(".second_step"), 303)
    session[COOKIE_KEY] = outcome.token
    return redirect(target or _landing(outcome.person_id), 303)


def _landing(person_id: int) -> str:
    actor = queries.load_actor(person_id)
    return "/work/" if actor.grants or actor.organisation_ids else "/"


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def sign_in() -> str | Response | tuple[str, int]:
    form = SignInForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            return enter(sign_in_by_password(form.values["address"], form.values["password"], visit()), next_target())
    accounts = queries.list_demo_accounts() if current_config().demo else []
    return render_template("people/sign_in.html", form=form, next=next_target(), accounts=accounts), form.status


@bp.post("/sign-in/demo/<int:person_id>")
@limiter.limit("30/minute")
@public
def sign_in_demo(person_id: int) -> Response:
    return enter(sign_in_as_demo(person_id, visit()), next_target())


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
@public
def second_step() -> str | Response | tuple[str, int]:
    step = session.get("second_step")
    if step is None or datetime.fromisoformat(step["at"]) < clock.now() - SECOND_STEP_LIFE:
        flash(_("That took too long. Sign in again."), "warning")
        return redirect(url_for(".sign_in"))
    form = SecondFactorForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            return enter(sign_in_by_second_factor(step["person_id"], form.values["code"], visit()), step["next"])
    return render_template("people/second_step.html", form=form), form.status


@bp.post("/sign-out")
@signed_in
def sign_out() -> Response:
    ActionForm().validate()
    session_id = current_actor().session_id
    if session_id is not None:
        end_session(session_id)
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    flash(_("You are signed out."), "success")
    return redirect("/", 303)


@bp.route("/first-administrator/<token>", methods=["GET", "POST"])
@limiter.limit("20/minute")
@public
def first_administrator(token: str) -> str | Response | tuple[str, int]:
    """The one-time link that the start of a new site prints."""
    link = find_link(token_hash(token))
    form = SignUpForm(address=link.address if link else None)
    if link is not None and form.validate_on_submit():
        with form.catching_refusals():
            return enter(become_first(token, form.values["name"], form.values["address"], form.values["password"], visit()),
                         url_for(".set_up_second_factor"))
    return render_template("people/first_administrator.html", form=form, link=link), form.status if link else 404
