"""One's own agenda: starred sessions, what clashes, and a calendar address that follows the releases."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import _, said
from expo.kit.limits import limiter
from expo.kit.web import current_actor, public, redirect_back, signed_in
from expo.programme import actions_agenda, queries_agenda
from expo.programme.papers_calendar import calendar_of
from expo.programme.rules_agenda import appointments
from expo.programme.views import bp


@bp.get("/me/agenda")
@signed_in
def show_agenda() -> str:
    """The sessions that one has starred, by edition and day."""
    person_id = current_actor().person_id or 0
    key = queries_agenda.find_agenda_key(person_id)
    return render_template(
        "programme/agenda.html", said=said, now_at=clock.now(), address=_address(key.key) if key else None,
        editions=[(edition, appointments(sessions))
                  for edition, _programme, sessions in queries_agenda.load_agenda(person_id)],
    )


def _address(key: str) -> str:
    return f"{current_config().public_url}/agenda/{key}.ics"


@bp.post("/sessions/<int:session_id>/star")
@signed_in
def star(session_id: int) -> BaseResponse:
    actions_agenda.star_session(session_id, by=current_actor())
    flash(_("The session is on your agenda."), "success")
    return redirect_back(url_for(".show_session", session_id=session_id))


@bp.post("/sessions/<int:session_id>/unstar")
@signed_in
def unstar(session_id: int) -> BaseResponse:
    actions_agenda.unstar_session(session_id, by=current_actor())
    flash(_("The session is off your agenda."), "success")
    return redirect_back(url_for(".show_agenda"))


@bp.post("/me/agenda/address")
@signed_in
def renew_address() -> BaseResponse:
    """Make the address, or a new one in place of one that too many people know."""
    actions_agenda.renew_agenda_key(by=current_actor())
    flash(_("This address is your agenda for calendar programs. Earlier ones no longer work."), "success")
    return redirect(url_for(".show_agenda"))


@bp.get("/agenda/<key>.ics")
@public
@limiter.limit("120 per hour")
def show_agenda_calendar(key: str) -> Response:
    """Somebody's agenda for a calendar program: the latest release's times, nothing about the person."""
    person_id = queries_agenda.get_agenda_owner(key)
    config = current_config()
    text = calendar_of(
        [(programme, sessions) for _edition, programme, sessions in queries_agenda.load_agenda(person_id)],
        name=_("%(site)s: my agenda", site=config.site_name), public_url=config.public_url, address=_address(key),
    )
    return Response(text, mimetype="text/calendar", headers={"Content-Disposition": "inline; filename=agenda.ics"})
