"""The clips of a replay: the organisers' page, and what a project's page plays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.files import send_stored
from expo.kit.language import _, current_language, said
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.projects.models import Project, ProjectStatus
from expo.projects.slots import page_parts
from expo.streaming import actions_broadcasts, actions_clips, queries_broadcasts
from expo.streaming import queries_clips as queries
from expo.streaming.forms_clips import MoveForm
from expo.streaming.models_clips import Clip, ClipStatus
from expo.streaming.rules_clips import chapters_vtt
from expo.streaming.views import bp
from expo.streaming.views_broadcasts import seen_broadcast
from expo.streaming.views_player import may_see_replay, title_of

_DECISIONS = {"accept": actions_clips.accept_clip, "withdraw": actions_clips.withdraw_clip,
              "exclude": actions_clips.exclude_project, "include": actions_clips.include_project}


@bp.get("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/clips")
@access(P.STREAMING_READ)
def list_clips(slug: str, broadcast_id: int) -> Any:
    """Every project of the session with its clip, in the order of the stage."""
    return _page(slug, broadcast_id, MoveForm(formdata=None))


def _page(slug: str, broadcast_id: int, form: MoveForm, project_id: int | None = None) -> Any:
    edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_READ)
    clips = queries.list_clips(broadcast.id)
    known = {clip.project_id for clip in clips}
    coming = queries.list_projects([n for n in queries.list_session_projects(broadcast) if n not in known])
    region_path, edition_id = actions_broadcasts.place_of(broadcast)
    return render_template(
        "streaming/clips.html", edition=edition, broadcast=broadcast, title=title_of(broadcast), clips=clips, coming=list(coming.values()),
        statuses=ClipStatus, published=ProjectStatus.PUBLISHED, form=form, moved=project_id, said=said, length=_length, exact=_exact,
        is_waiting=any(clip.status is ClipStatus.WANTED for clip in clips),
        may_direct=current_actor().may(P.STREAMING_DIRECT, region_path=region_path, edition_id=edition_id),
    ), form.status


def _length(clip: Clip) -> str:
    """Minutes and seconds."""
    seconds = round(clip.duration_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _exact(moment: datetime) -> str:
    """To the second, by the clock of the hall."""
    return f"{moment.astimezone(current_config().timezone):%H:%M:%S}"


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/clips/cut")
@access(P.STREAMING_DIRECT)
def cut_clips(slug: str, broadcast_id: int) -> BaseResponse:
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    actions_clips.request_clips(broadcast.id, by=current_actor())
    flash(_("The clips are being cut. What was moved, accepted or excluded stays as it is."), "success")
    return redirect(url_for(".list_clips", slug=slug, broadcast_id=broadcast.id))


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/clips/<int:project_id>/move")
@access(P.STREAMING_DIRECT)
def move_cut(slug: str, broadcast_id: int, project_id: int) -> Any:
    """Begin or end some seconds earlier or later, and cut that one again."""
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    form = MoveForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_clips.move_cut(broadcast.id, project_id, form.start.data or 0.0, form.end.data or 0.0, by=current_actor())
            flash(_("This clip is being cut again. Look at it before it is accepted."), "success")
            return redirect(url_for(".list_clips", slug=slug, broadcast_id=broadcast.id, _anchor=f"p{project_id}"))
    return _page(slug, broadcast_id, form, project_id)


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/clips/<int:project_id>/<any(accept, withdraw, exclude, include):what>")
@access(P.STREAMING_DIRECT)
def decide_clip(slug: str, broadcast_id: int, project_id: int, what: str) -> BaseResponse:
    """Accept a clip, take it back, exclude its project or let it in again."""
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    was_released = broadcast.replay_published_at is not None
    _DECISIONS[what](broadcast.id, project_id, by=current_actor())
    flash({"accept": _("The project's page plays this clip now."), "withdraw": _("The clip is no longer shown."),
           "exclude": _("Nothing of this project is shown."), "include": _("The project is no longer excluded. Its clip waits for acceptance once it is cut.")}[what],
          "success")
    if what == "exclude" and was_released and queries_broadcasts.get_broadcast(broadcast_id).replay_published_at is None:
        flash(_("The whole replay was taken back, because this project is in it."), "warning")
    return redirect(url_for(".list_clips", slug=slug, broadcast_id=broadcast_id, _anchor=f"p{project_id}"))


@bp.get("/live/clips/<int:clip_id>.<any(mp4, webp):form>")
@public
def show_clip(clip_id: int, form: str) -> BaseResponse:
    """The video or its picture: for everybody once it is accepted, before that for those who see its broadcast."""
    clip = queries.get_clip(clip_id)
    if not queries.is_shown(clip):
        region_path, edition_id = actions_broadcasts.place_of(clip.broadcast)
        if not current_actor().may(P.STREAMING_READ, region_path=region_path, edition_id=edition_id):
            raise not_found()
    file = clip.file if form == "mp4" else clip.poster
    if file is None:
        raise not_found()
    answer = send_stored(file, size="large" if form == "webp" and "large" in file.variants else None)
    answer.headers.pop("Content-Security-Policy", None)
    # It may be taken back at any moment, so nobody keeps it without asking.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.get("/live/<int:broadcast_id>/chapters.vtt")
@public
def show_chapters(broadcast_id: int) -> Response:
    """Where each project begins in the whole replay, for the player."""
    broadcast = queries_broadcasts.get_broadcast(broadcast_id)
    if broadcast.replay is None or not may_see_replay(broadcast):
        raise not_found()
    chapters = [(begin, end, said(project, "title")) for begin, end, project in queries.list_chapters(broadcast)]
    return Response(chapters_vtt(chapters), mimetype="text/vtt", headers={"Content-Language": current_language()})


def show_clips_of(project: Project) -> str:
    """On a project's page: its own pitch."""
    clips = queries.list_shown_clips(project.id)
    return render_template("streaming/clips_of_project.html", clips=clips, project=project, length=_length) if clips else ""


page_parts.append(show_clips_of)
