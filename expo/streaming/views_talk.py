"""The conversation beside a session's picture: what everybody reads, and what somebody signed in says."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.entries import writable
from expo.kit.language import _l
from expo.kit.limits import limiter
from expo.kit.memo import keep_page
from expo.kit.push import events_address
from expo.kit.refusals import Forbidden, Refused
from expo.kit.web import current_actor, public, signed_in
from expo.people.permissions import P
from expo.programme.queries import get_released_session
from expo.programme.rules_content import ShownSession
from expo.programme.slots import session_parts
from expo.streaming import actions_moderating as moderating
from expo.streaming import actions_talk as actions
from expo.streaming import queries_talk as queries
from expo.streaming import rules_watching
from expo.streaming.models import Audience, Broadcast
from expo.streaming.models_talk import MessageKind, TalkMode
from expo.streaming.queries_broadcasts import find_broadcast
from expo.streaming.queries_clips import pieces_of
from expo.streaming.rules_media import recorded_at
from expo.streaming.views import bp
from expo.streaming.views_player import viewer_of

_LATEST = 80
#: What everybody asks when a page opens is made anew this often; later news come by themselves.
_SECONDS = 2


def show_talk(session: ShownSession) -> str:
    """Beside the picture: messages, questions, a poll, applause. Reads as a sentence without JavaScript."""
    if session.is_cancelled:
        return ""
    broadcast = find_broadcast(session.id)
    audience = broadcast.audience if broadcast else Audience.PUBLIC
    if broadcast is not None and not _may_read(broadcast):
        return ""
    topic = actions.topic_for(session.id, audience)
    manners = queries.manners_of(session.id)
    return render_template(
        "streaming/talk.html", session=session, manners=manners, is_closed=manners.mode is TalkMode.CLOSED,
        events=events_address(topic, public=audience is Audience.PUBLIC),
        desk=_desk_of(session),
    )


def _desk_of(session: ShownSession) -> str | None:
    """The moderators' page of this conversation, for moderators."""
    actor = current_actor()
    if actor.is_anonymous or not actor.may(P.STREAMING_MODERATE, region_path=session.region_path):
        return None
    edition, _programme, _session = get_released_session(session.id)
    return url_for("streaming.moderate", slug=edition.slug, session_id=session.id)


session_parts.append(show_talk)


def _person() -> str:
    """Limits count each person: a whole hall stands behind one address."""
    return f"person/{current_actor().person_id}"


def _may_read(broadcast: Broadcast) -> bool:
    return broadcast.audience is Audience.PUBLIC or rules_watching.may_watch(broadcast.audience, viewer_of(broadcast, ""))


@bp.get("/sessions/<int:session_id>/talk.json")
@public
def show_talk_data(session_id: int) -> Response:
    """The latest of the conversation, for a page that opens or comes back."""
    edition, _programme, session = get_released_session(session_id)
    broadcast = find_broadcast(session_id)
    if broadcast is not None and broadcast.audience is not Audience.PUBLIC:
        if not _may_read(broadcast):
            raise Forbidden(rules_watching.reason_of(broadcast.audience, viewer_of(broadcast, "")))
    else:
        keep_page(f"edition/{edition.id}", seconds=_SECONDS)
    manners, room = queries.manners_of(session.id), queries.find_room(session.id)
    pinned, poll = queries.find_pinned(session_id), queries.find_poll(session_id)
    return jsonify(
        mode=manners.mode.value, takes_questions=manners.takes_questions, applause=room.applause if room else 0,
        messages=[actions.as_shown(m) for m in queries.list_shown(session_id, MessageKind.CHAT, _LATEST)],
        questions=[actions.as_shown(m) for m in queries.list_shown(session_id, MessageKind.QUESTION, _LATEST)],
        pinned=actions.as_shown(pinned) if pinned else None,
        poll=moderating.poll_as_shown(poll, queries.count_votes([poll.id]).get(poll.id, {})) if poll else None,
    )


@bp.get("/sessions/<int:session_id>/danmaku.json")
@public
def show_danmaku(session_id: int) -> Response:
    """What was said while the session was recorded, by the seconds of its replay."""
    edition, _programme, _session = get_released_session(session_id)
    broadcast = find_broadcast(session_id)
    if broadcast is None or broadcast.replay_starts_at is None or broadcast.ended_at is None or not _may_read(broadcast):
        return jsonify(messages=[])
    if broadcast.audience is Audience.PUBLIC:
        keep_page(f"edition/{edition.id}", seconds=60)
    pieces = pieces_of(broadcast.id)
    said = ((recorded_at(pieces, at), text) for at, text in queries.list_timed(session_id, broadcast.replay_starts_at, broadcast.ended_at))
    return jsonify(messages=[[round(at.total_seconds(), 1), text] for at, text in said if at is not None])


@bp.post("/sessions/<int:session_id>/talk")
@signed_in
@limiter.limit("60/minute", key_func=_person)
def write_message(session_id: int) -> Response:
    """Say or ask something."""
    sent = _sent()
    kind = MessageKind.QUESTION if sent.get("kind") == "question" else MessageKind.CHAT
    text, client_id = sent.get("text"), sent.get("client_id")
    if not isinstance(text, str) or not isinstance(client_id, str) or not 8 <= len(client_id) <= 40:
        raise Refused(_l("Write something first."))
    _require_reading(session_id)
    written = actions.write_message(session_id, kind, writable(text), client_id=writable(client_id), by=current_actor())
    return jsonify(status=written.status.value, message=written.shown)


@bp.post("/sessions/<int:session_id>/talk/<int:message_id>/vote")
@signed_in
@limiter.limit("60/minute", key_func=_person)
def vote_question(session_id: int, message_id: int) -> Response:
    _require_reading(session_id)
    return jsonify(votes=moderating.vote_question(session_id, message_id, by=current_actor()))


@bp.post("/sessions/<int:session_id>/polls/<int:poll_id>/vote")
@signed_in
@limiter.limit("60/minute", key_func=_person)
def vote_poll(session_id: int, poll_id: int) -> Response:
    choice = _sent().get("choice")
    _require_reading(session_id)
    return jsonify(moderating.vote_poll(session_id, poll_id, choice if type(choice) is int else -1, by=current_actor()))


@bp.post("/sessions/<int:session_id>/applause")
@signed_in
@limiter.limit("60/minute", key_func=_person)
def applaud(session_id: int) -> Response:
    """Some taps at once: pages gather them for a second or two."""
    times = _sent().get("times")
    _require_reading(session_id)
    return jsonify(n=moderating.applaud(session_id, times if type(times) is int else 1))


def _require_reading(session_id: int) -> None:
    broadcast = find_broadcast(session_id)
    if broadcast is not None and not _may_read(broadcast):
        raise Forbidden(rules_watching.reason_of(broadcast.audience, viewer_of(broadcast, "")))


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


