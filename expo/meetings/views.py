"""Addresses of interests and meetings for their two sides; organisers' lists are in views_organiser."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.config import current_config
from expo.kit.language import _
from expo.kit.refusals import Refused
from expo.kit.web import current_actor, redirect_back, signed_in
from expo.meetings import actions, messages, queries, rules
from expo.meetings.forms import AnswerForm, InterestForm, PlaceForm, ReasonForm, ResultForm
from expo.meetings.models import Interest, InterestLevel, InterestStatus, MeetingOutcome, MeetingStatus
from expo.meetings.papers import calendar_of
from expo.projects import queries as project_queries

bp = Blueprint("meetings", __name__)
_PAGE_SIZE = 25


@bp.route("/projects/<number>/interest", methods=["GET", "POST"])
@signed_in
def express_interest(number: str) -> Any:
    """A visitor says what they want of a project."""
    project = project_queries.get_project(number)
    rules.require_wanting(project, current_actor())
    before = queries.find_interest(project.id, current_actor().person_id)
    form = InterestForm(data=_as_typed(before))
    if form.validate_on_submit():
        with form.catching_refusals():
            level = InterestLevel(form.level.data)
            interest = actions.express_interest(project.id, level, form.message.data or "",
                                                shares_contact=form.share_contact.data, by=current_actor())
            if level is InterestLevel.NO:
                flash(_("Noted. This project's side is not told."), "success")
                return redirect(url_for("projects.show_project", number=number), 303)
            flash(_("Sent. You are told as soon as there is an answer."), "success")
            return redirect(url_for("meetings.show_interest", interest_id=interest.id), 303)
    return render_template("meetings/express.html", project=project, form=form, before=before), form.status


def _as_typed(before: Interest | None) -> dict[str, Any]:
    if before is None:
        return {}
    return {"level": before.level.value, "message": before.message, "share_contact": rules.living(before.consent)}


@bp.get("/work/exhibitor/interests")
@signed_in
def list_inbox() -> str:
    """Who wants to talk about my projects."""
    asked = request.args.get("status", "")
    status = InterestStatus(asked) if asked in set(InterestStatus) else None
    page = queries.list_inbox(current_actor(), status, request.args.get("cursor"), _PAGE_SIZE)
    counts = queries.count_inbox(current_actor())
    tabs = [{"label": _("All"), "url": url_for("meetings.list_inbox"), "active": status is None,
             "count": sum(counts.values())}]
    tabs += [{"label": one.label, "url": url_for("meetings.list_inbox", status=one.value), "active": one is status,
              "count": counts.get(one.value, 0)} for one in InterestStatus]
    return render_template("meetings/inbox.html", page=page, tabs=tabs, status=asked, contact=rules.visitor_contact)


@bp.get("/work/meetings/")
@signed_in
def list_own() -> str:
    """My meetings on both sides, and what I wanted."""
    actor = current_actor()
    meetings = queries.list_own_meetings(actor)
    waiting = [m for m in meetings if m.status in {MeetingStatus.PROPOSED, MeetingStatus.ACCEPTED}]
    return render_template("meetings/own.html", waiting=waiting, past=[m for m in meetings if m not in waiting],
                           wanted=queries.list_wanted(actor.person_id), counts=queries.count_inbox(actor))


@bp.get("/work/meetings/calendar.ics")
@signed_in
def download_calendar() -> Response:
    """All agreed meetings for one's own calendar."""
    meetings = [m for m in queries.list_own_meetings(current_actor()) if m.status is MeetingStatus.ACCEPTED]
    text = calendar_of([messages.entry_of(m, m.project, m.interest_id) for m in meetings], current_config().site_name)
    return Response(text, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="meetings.ics"'})


@bp.get("/work/meetings/interests/<int:interest_id>")
@signed_in
def show_interest(interest_id: int) -> str:
    """One talk, as each of its two sides sees it."""
    return _talk(interest_id)[0]


def _talk(interest_id: int, **forms: Any) -> tuple[str, int]:
    interest = queries.get_interest(interest_id)
    party = rules.require_party(interest, interest.project, current_actor())
    other = rules.visitor_contact(interest) if party is rules.Party.EXHIBITOR else rules.exhibitor_contact(interest)
    own_consent = interest.consent if party is rules.Party.VISITOR else interest.answer_consent
    shown = {"answer_form": AnswerForm, "place_form": PlaceForm, "result_form": ResultForm}
    forms = {name: forms.get(name) or make(formdata=None) for name, make in shown.items()}
    return render_template(
        "meetings/talk.html", interest=interest, project=interest.project, party=party.value, other=other,
        shares=rules.living(own_consent), proposer_of=rules.proposer_of, **forms,
    ), max(form.status for form in forms.values())


@bp.post("/work/meetings/interests/<int:interest_id>/<any(accept, decline):said>")
@signed_in
def answer_interest(interest_id: int, said: str) -> Any:
    form = AnswerForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.answer_interest(interest_id, accepted=said == "accept", answer=form.answer.data or "",
                                    shares_contact=form.share_contact.data, by=current_actor())
            flash(_("Your answer was sent."), "success")
            return _to_talk(interest_id)
    return _talk(interest_id, answer_form=form)


@bp.post("/work/meetings/interests/<int:interest_id>/withdraw")
@signed_in
def withdraw_interest(interest_id: int) -> BaseResponse:
    actions.withdraw_interest(interest_id, by=current_actor())
    flash(_("Withdrawn. Your contact is hidden from the other side."), "success")
    return _to_talk(interest_id)


@bp.post("/work/meetings/interests/<int:interest_id>/hide-contact")
@signed_in
def hide_contact(interest_id: int) -> BaseResponse:
    actions.hide_contact(interest_id, by=current_actor())
    flash(_("Your contact is hidden from the other side."), "success")
    return _to_talk(interest_id)


@bp.post("/work/meetings/interests/<int:interest_id>/propose")
@signed_in
def propose_meeting(interest_id: int) -> Any:
    form = PlaceForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.propose_meeting(interest_id, form.as_place(), by=current_actor())
            flash(_("Proposed. The other side accepts it or proposes another time."), "success")
            return _to_talk(interest_id)
    return _talk(interest_id, place_form=form)


@bp.post("/work/meetings/<int:meeting_id>/another")
@signed_in
def propose_another(meeting_id: int) -> Any:
    form = PlaceForm()
    interest_id = queries.get_meeting(meeting_id).interest_id
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.propose_another(meeting_id, form.as_place(), by=current_actor())
            flash(_("Proposed. The other side accepts it or proposes another time."), "success")
            return _to_talk(interest_id)
    return _talk(interest_id, place_form=form)


@bp.post("/work/meetings/<int:meeting_id>/accept")
@signed_in
def accept_meeting(meeting_id: int) -> BaseResponse:
    meeting = actions.accept_meeting(meeting_id, by=current_actor())
    flash(_("Agreed. Both sides get the calendar entry by mail."), "success")
    return _to_talk(meeting.interest_id)


@bp.post("/work/meetings/<int:meeting_id>/cancel")
@signed_in
def cancel_meeting(meeting_id: int) -> BaseResponse:
    form = ReasonForm()
    form.validate_on_submit()
    actions.cancel_meeting(meeting_id, form.reason.data, by=current_actor())
    flash(_("Cancelled. Both sides are told."), "success")
    return redirect_back(url_for("meetings.list_own"))


@bp.post("/work/meetings/<int:meeting_id>/result")
@signed_in
def note_result(meeting_id: int) -> BaseResponse:
    form = ResultForm()
    if not form.validate_on_submit():
        raise Refused(_("Say what came of it."))
    held = form.result.data != "no_show"
    actions.note_result(meeting_id, held=held, outcome=MeetingOutcome(form.result.data) if held else None,
                        note=form.note.data or "", amount_fen=_fen(form.amount.data), by=current_actor())
    flash(_("Noted."), "success")
    return redirect_back(url_for("meetings.list_own"))


def _fen(text: str | None) -> int | None:
    if not text:
        return None
    try:
        amount = Decimal(text.replace(",", "").replace("万元", "").strip())
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= 100_000_000:
        raise Refused(_("“%(text)s” is no amount in 10,000 yuan.", text=text), "amount")
    return int((amount * 1_000_000).to_integral_value())


def _to_talk(interest_id: int) -> BaseResponse:
    return redirect(url_for("meetings.show_interest", interest_id=interest_id), 303)
