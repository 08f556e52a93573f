"""The moderators' pages, made for a phone: what waits, what is shown, questions, polls, who is muted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.language import _, _n
from expo.kit.push import events_address
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.programme.queries import find_programme, get_released_session
from expo.programme.rules_content import ShownSession
from expo.streaming import actions_moderating as actions
from expo.streaming import queries_talk as queries
from expo.streaming.actions_talk import desk_topic
from expo.streaming.forms_talk import PollForm, RoomForm, WordsForm
from expo.streaming.models_talk import MessageKind, PollStatus, TalkMode, TalkStatus
from expo.streaming.views import bp

_MOST = 100
_BASE = "/work/<slug>/streaming/talk/<int:session_id>"


@bp.get("/work/<slug>/streaming/talk/")
@access(P.STREAMING_MODERATE)
def list_talks(slug: str) -> str:
    """The sessions of a day whose conversations one moderates, those on now first, with what waits in each."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.STREAMING_MODERATE, edition.id)
    programme = find_programme(edition.id)
    sessions = [s for s in programme.sessions if s.region_path.startswith(paths) and not s.is_cancelled] if programme else []
    counts = queries.count_messages([s.id for s in sessions])
    now = clock.now()
    sessions.sort(key=lambda s: (-counts.get(s.id, Counter())[TalkStatus.HELD], s.status_at(now) != "on", abs(s.starts_at - now)))
    return render_template("streaming/talks.html", edition=edition, sessions=sessions[:60], counts=counts, now_at=now,
                           statuses=TalkStatus, total=len(sessions))


def _own(slug: str, session_id: int) -> tuple[Edition, ShownSession]:
    edition = get_edition(slug)
    of, _programme, session = get_released_session(session_id)
    actions.require_moderating(session_id, current_actor())
    if of.id != edition.id:
        raise not_found()
    return edition, session


@bp.get(_BASE)
@access(P.STREAMING_MODERATE)
def moderate(slug: str, session_id: int) -> str:
    """One room. The list is asked for again whenever something waits or a colleague has decided."""
    edition, session = _own(slug, session_id)
    tab = request.args.get("tab", "held")
    kinds: dict[str, tuple[TalkStatus, MessageKind | None]] = {
        "held": (TalkStatus.HELD, None), "shown": (TalkStatus.SHOWN, MessageKind.CHAT),
        "questions": (TalkStatus.SHOWN, MessageKind.QUESTION), "declined": (TalkStatus.DECLINED, None),
    }
    counts = queries.count_messages([session_id]).get(session_id, Counter())
    manners = queries.manners_of(session_id)
    polls = queries.list_polls(session_id) if tab == "room" else []
    return render_template(
        "streaming/moderate.html", edition=edition, session=session, tab=tab, counts=counts, statuses=TalkStatus,
        rows=queries.list_for_moderators(session_id, *kinds[tab], _MOST) if tab in kinds else [],
        mutes=queries.list_mutes(session_id, edition.id) if tab == "room" else [],
        events=events_address(desk_topic(session_id)), manners=manners, polls=polls,
        votes=queries.count_votes([poll.id for poll in polls]), poll_statuses=PollStatus, poll_form=PollForm(),
        room_form=RoomForm(data={"mode": manners.mode, "takes_questions": manners.takes_questions, "slow_s": manners.slow_s}),
        may_set_words=actions.may_set_words(edition.id, current_actor()),
        words_form=WordsForm(data={"words": "\n".join(queries.list_words(edition.id))}) if tab == "room" else None,
    )


def _done(slug: str, session_id: int, tab: str | None = None) -> Response:
    address = url_for(".moderate", slug=slug, session_id=session_id, tab=tab or request.args.get("tab") or None)
    return redirect(address, 303) if tab else redirect_back(address)


@bp.post(f"{_BASE}/messages/<any(shown, declined, held):status>")
@access(P.STREAMING_MODERATE)
def decide_messages(slug: str, session_id: int, status: str) -> Response:
    """One message, those that are ticked, or (``all``) everything that waits and no filter has caught."""
    _own(slug, session_id)
    if request.form.get("all"):
        number = actions.release_held(session_id, by=current_actor())
    else:
        number = actions.decide_messages(session_id, request.form.getlist("ids", type=int), TalkStatus(status),
                                         by=current_actor())
    flash(_n("%(num)s message: %(what)s", "%(num)s messages: %(what)s", number, what=TalkStatus(status).label), "success")
    return _done(slug, session_id)


@bp.post(f"{_BASE}/messages/<int:message_id>/<any(pin, unpin, mute, ban):what>")
@access(P.STREAMING_MODERATE)
def act_on_message(slug: str, session_id: int, message_id: int, what: str) -> Response:
    _own(slug, session_id)
    if what in {"pin", "unpin"}:
        actions.pin_message(session_id, message_id, what == "pin", by=current_actor())
    else:
        actions.mute_author(session_id, message_id, what == "ban", by=current_actor())
        flash(_("The author cannot write any more. Lift it under “Room”."), "success")
    return _done(slug, session_id)


@bp.post(f"{_BASE}/messages/<int:message_id>/answer")
@access(P.STREAMING_MODERATE)
def answer_question(slug: str, session_id: int, message_id: int) -> Response:
    _own(slug, session_id)
    actions.answer_question(session_id, message_id, request.form.get("answer", ""), by=current_actor())
    flash(_("The answer stands below the question."), "success")
    return _done(slug, session_id)


@bp.post(f"{_BASE}/mutes/<int:mute_id>/lift")
@access(P.STREAMING_MODERATE)
def lift_mute(slug: str, session_id: int, mute_id: int) -> Response:
    _own(slug, session_id)
    actions.lift_mute(session_id, mute_id, by=current_actor())
    return _done(slug, session_id, "room")


@bp.post(f"{_BASE}/room")
@access(P.STREAMING_MODERATE)
def set_room(slug: str, session_id: int) -> Response:
    _own(slug, session_id)
    form = RoomForm()
    if form.validate_on_submit():
        actions.set_room(session_id, TalkMode(form.mode.data), bool(form.takes_questions.data), form.slow_s.data or 0,
                         by=current_actor())
        flash(_("The room is set."), "success")
    else:
        flash(" ".join(str(text) for texts in form.errors.values() for text in texts), "danger")
    return _done(slug, session_id, "room")


@bp.post(f"{_BASE}/words")
@access(P.STREAMING_MODERATE)
def set_words(slug: str, session_id: int) -> Response:
    _own(slug, session_id)
    form = WordsForm()
    if form.validate_on_submit():
        number = actions.set_words(session_id, (form.words.data or "").splitlines(), by=current_actor())
        flash(_n("%(num)s word holds messages.", "%(num)s words hold messages.", number), "success")
    return _done(slug, session_id, "room")


@bp.post(f"{_BASE}/polls")
@access(P.STREAMING_MODERATE)
def make_poll(slug: str, session_id: int) -> Response:
    _own(slug, session_id)
    form = PollForm()
    if form.validate_on_submit():
        actions.make_poll(session_id, form.question.data or "", (form.choices.data or "").splitlines(), by=current_actor())
        flash(_("The poll is prepared. Open it when its moment comes."), "success")
    return _done(slug, session_id, "room")


@bp.post(f"{_BASE}/polls/<int:poll_id>/<any(open, closed):status>")
@access(P.STREAMING_MODERATE)
def turn_poll(slug: str, session_id: int, poll_id: int, status: str) -> Response:
    _own(slug, session_id)
    actions.turn_poll(session_id, poll_id, PollStatus(status), by=current_actor())
    return _done(slug, session_id, "room")


@bp.get(f"{_BASE}/messages.<any(csv, xlsx):kind>")
@access(P.STREAMING_MODERATE)
def export_messages(slug: str, session_id: int, kind: str) -> Any:
    """Everything that was said, with what was decided."""
    _edition, session = _own(slug, session_id)
    rows = ([at, str(what.label), author, text, str(status.label), str(caught.label), votes, answer]
            for at, what, author, text, status, caught, votes, answer in queries.iterate_messages(session_id))
    head = [_("Time"), _("Kind"), _("Author"), _("Text"), _("State"), _("Filter"), _("Votes"), _("Answer")]
    return sheet_response(kind, f"messages-{session.code}", head, rows, title=session.code)
