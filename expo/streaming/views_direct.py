"""Directing a session: the stage manager's taps, the speaker's countdown, the lower third for the picture, what is on now."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, render_template, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.language import _
from expo.kit.memo import keep_page
from expo.kit.push import events_address
from expo.kit.web import access, current_actor, public, redirect_back
from expo.people.permissions import P
from expo.programme.queries import get_released_session, list_shown_numbers
from expo.programme.rules_content import ShownSession
from expo.programme.slots import session_parts
from expo.streaming import (
    actions_clips,
    views_player,  # noqa: F401  # The picture stands before the card, in the order of joining.
)
from expo.streaming import actions_cues as actions
from expo.streaming import queries_cues as queries
from expo.streaming.models_cues import CueKind
from expo.streaming.queries_broadcasts import find_broadcast
from expo.streaming.queries_clips import list_excluded
from expo.streaming.rules_cues import Phase
from expo.streaming.views import bp

_BASE = "/work/<slug>/streaming/stage/<int:session_id>"
#: Whoever opens a page asks for the course; it is made anew this often for all who come.
_SECONDS = 2


def _own(slug: str, session_id: int) -> tuple[Edition, ShownSession]:
    edition = get_edition(slug)
    edition_id, session = actions.require_directing(session_id, current_actor())
    if edition_id != edition.id:
        raise not_found()
    return edition, session


@bp.get(_BASE)
@access(P.STREAMING_DIRECT)
def direct(slug: str, session_id: int) -> str:
    """The stage manager's page, for a phone in the wings and for a desk."""
    edition, session = _own(slug, session_id)
    course, last = queries.load_course(session), queries.find_last(session_id)
    now, broadcast = clock.now(), find_broadcast(session_id)
    return render_template(
        "streaming/direct.html", edition=edition, session=session, course=course, phases=Phase, kinds=CueKind,
        last=last, seen=last.id if last else 0, cues=queries.list_cues(session_id, 12), expected=course.expected(now),
        items={item.project_id: item for item in session.items}, spans={span.project_id: span for span in course.spans},
        state=actions.as_shown(session, course), events=events_address(actions.cue_topic(session_id), public=True),
        screens=_screens(session_id), now_at=now, broadcast=broadcast, excluded=list_excluded(broadcast.id) if broadcast else [],
    )


@bp.post(f"{_BASE}/<any(start, skip, break, resume, end):kind>")
@access(P.STREAMING_DIRECT)
def tap(slug: str, session_id: int, kind: str) -> BaseResponse:
    """One tap."""
    _own(slug, session_id)
    actions.tap(session_id, CueKind(kind), request.form.get("project", type=int), seen=request.form.get("seen", type=int),
                by=current_actor())
    return redirect_back(url_for(".direct", slug=slug, session_id=session_id))


@bp.post(f"{_BASE}/projects/<int:project_id>/<any(exclude, include):what>")
@access(P.STREAMING_DIRECT)
def cover(slug: str, session_id: int, project_id: int, what: str) -> BaseResponse:
    """Nothing of a project is shown: while it is on the stage its picture is covered at once. Or it may be seen after all."""
    _own(slug, session_id)
    broadcast = find_broadcast(session_id)
    if broadcast is None:
        raise not_found()
    if what == "exclude":
        actions_clips.exclude_project(broadcast.id, project_id, by=current_actor())
        flash(_("Nothing of this project is shown. While it is on the stage viewers see a notice."), "success")
    else:
        actions_clips.include_project(broadcast.id, project_id, by=current_actor())
        flash(_("The project is shown again."), "success")
    return redirect_back(url_for(".direct", slug=slug, session_id=session_id))


@bp.post(f"{_BASE}/undo")
@access(P.STREAMING_DIRECT)
def take_back(slug: str, session_id: int) -> BaseResponse:
    _own(slug, session_id)
    actions.take_back(session_id, seen=request.form.get("seen", type=int), by=current_actor())
    flash(_("The last tap was taken back."), "success")
    return redirect_back(url_for(".direct", slug=slug, session_id=session_id))


@bp.get("/sessions/<int:session_id>/cues.json")
@public
def show_cues(session_id: int) -> Response:
    """Where a session stands, for pages and screens that open or come back."""
    edition, _programme, session = get_released_session(session_id)
    keep_page(f"edition/{edition.id}", seconds=_SECONDS)
    return jsonify(actions.as_shown(session, queries.load_course(session)))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_config().secret_key, salt="stage-screen")


def _screens(session_id: int) -> list[tuple[Any, str]]:
    """The addresses that a monitor and OBS open without signing in: they show what is public anyway, and nothing acts."""
    signed = _signer().dumps(session_id)
    public_url = current_config().public_url
    return [(label, public_url + url_for(".show_stage_screen", which=which, signed=signed)) for which, label in (
        ("countdown", _("Countdown for the speakers' monitor")), ("lower-third", _("Lower third for OBS (transparent)")))]


@bp.get("/screen/stage/<any(countdown, 'lower-third'):which>/<signed>")
@public
def show_stage_screen(which: str, signed: str) -> str:
    """The big countdown, or the strip over the picture. Both live by events and survive a lost network."""
    try:
        session_id = int(_signer().loads(signed))
    except (BadData, TypeError, ValueError):
        raise not_found() from None
    _edition, _programme, session = get_released_session(session_id)
    return render_template(
        f"streaming/screen_{'countdown' if which == 'countdown' else 'lower_third'}.html", session=session,
        state=actions.as_shown(session, queries.load_course(session)),
        events=events_address(actions.cue_topic(session_id), public=True),
    )


def show_on_now(session: ShownSession) -> str:
    """Beside the picture: the project that is on, with its page and a way to meet, and what comes next."""
    if session.is_cancelled or not session.items:
        return ""
    course = queries.load_course(session)
    if course.phase is Phase.WAITING and not course.spans:
        hidden = True
    else:
        hidden = course.now is None and course.next is None
    shown = list_shown_numbers([course.now.project_id]) if course.now else {}
    return render_template(
        "streaming/on_now.html", session=session, state=actions.as_shown(session, course), hidden=hidden,
        project=shown.get(course.now.project_id) if course.now else None,
        events=events_address(actions.cue_topic(session.id), public=True),
    )


session_parts.append(show_on_now)
