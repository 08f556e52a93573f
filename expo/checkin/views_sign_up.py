"""Signing up for sessions on the page of one's registration."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions_sign_up, queries_sign_up
from expo.checkin.views import bp
from expo.kit.language import _
from expo.kit.limits import by_link, limiter
from expo.kit.web import current_actor, public
from expo.registration.queries import get_by_token


@bp.get("/my/<token>/places")
@public
def my_places(token: str) -> str:
    """What one can sign up for, and what one has."""
    registration = get_by_token(token)
    return render_template("checkin/my_places.html", registration=registration,
                           offers=queries_sign_up.list_offers(registration.edition_id, registration.id))


@bp.post("/my/<token>/places/<int:gate_id>")
@public
@limiter.limit("60/minute", key_func=by_link)
def take_place(token: str, gate_id: int) -> Response:
    actions_sign_up.sign_up(token, gate_id, by=current_actor())
    flash(_("You have a place. Show your badge at the door."), "success")
    return redirect(url_for("checkin.my_places", token=token), 303)


@bp.post("/my/<token>/places/<int:gate_id>/leave")
@public
@limiter.limit("60/minute", key_func=by_link)
def leave_place(token: str, gate_id: int) -> Response:
    actions_sign_up.leave(token, gate_id, by=current_actor())
    flash(_("Your place is free for somebody else."), "success")
    return redirect(url_for("checkin.my_places", token=token), 303)
