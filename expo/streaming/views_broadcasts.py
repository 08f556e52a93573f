"""One broadcast for those who direct: begin and end it, say who may watch, its replay, captions, and who watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.files import PICTURE, file_url, receive
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.push import events_address
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.streaming import actions_broadcasts, actions_captions, jobs, queries_channels
from expo.streaming import queries_broadcasts as queries
from expo.streaming.forms import (
    AudienceForm,
    BroadcastForm,
    CaptionForm,
    DocumentForm,
    PosterForm,
)
from expo.streaming.models import Audience, Broadcast, BroadcastStatus
from expo.streaming.queries_documents import list_documents
from expo.streaming.views import bp
from expo.streaming.views_player import player_box, times_of, title_of
from expo.streaming.words import LANGUAGES

SENTENCES = {
    "decide_broadcast": _l("Stream decided"), "plan_released": _l("Planned with the programme"), "open_broadcast": _l("Stream set up"),
    "begin_broadcast": _l("Begun by hand"), "end_broadcast": _l("Ended by hand"), "follow_the_clock": _l("Begun or ended by the clock"),
    "set_audience": _l("Viewers changed"), "set_poster": _l("Poster changed"), "publish_replay": _l("Replay released or taken back"),
    "keep_replay": _l("Replay made"), "set_captions": _l("Captions changed"),
}
FIELDS: dict[str, Any] = {"status": (_l("Status"), BroadcastStatus), "audience": (_l("Who may watch"), Audience),
                          "embed_hosts": _l("Other sites that may show it")}


@bp.get("/work/<slug>/streaming/broadcasts/<int:broadcast_id>")
@access(P.STREAMING_READ)
def show_work_broadcast(slug: str, broadcast_id: int) -> Any:
    edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_READ)
    starts_at, ends_at = times_of(broadcast)
    region_path, edition_id = actions_broadcasts.place_of(broadcast)
    views, seconds = queries.views_of(broadcast.id)
    points = queries.list_audience(broadcast.id)
    return render_template(
        "streaming/work_broadcast.html", edition=edition, broadcast=broadcast, title=title_of(broadcast), starts_at=starts_at,
        ends_at=ends_at, statuses=BroadcastStatus, audiences=Audience, box=player_box(broadcast), views=views, points=points,
        average=seconds // views if views else 0, tracks=queries.list_caption_tracks(broadcast.id), spoken=LANGUAGES, file_url=file_url,
        invited=queries.list_invited(broadcast.id), audience_form=AudienceForm(formdata=None, obj=broadcast), poster_form=PosterForm(formdata=None),
        document_form=DocumentForm(formdata=None), documents=list_documents(broadcast.session_id) if broadcast.session_id else [],
        caption_form=CaptionForm(formdata=None), pieces=queries_channels.list_pieces(broadcast.id), now_at=clock.now(),
        public_url=_public_address(broadcast), embed_address=current_config().public_url + url_for(".show_embedded", broadcast_id=broadcast.id),
        history=timeline_of(list_history("broadcast", broadcast.id), SENTENCES, FIELDS), recent=clock.now() - timedelta(minutes=3),
        may_direct=current_actor().may(P.STREAMING_DIRECT, region_path=region_path, edition_id=edition_id),
        events=events_address(f"public/broadcast/{broadcast.id}", public=True),
    )


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/<any(begin, end, publish, retract, make):what>")
@access(P.STREAMING_DIRECT)
def direct_broadcast(slug: str, broadcast_id: int, what: str) -> BaseResponse:
    """Begin or end it, release its replay or take it back, or have the replay made anew."""
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    actor = current_actor()
    if what == "begin":
        actions_broadcasts.begin_broadcast(broadcast.id, by=actor)
        flash(_("The stream is live."), "success")
    elif what == "end":
        actions_broadcasts.end_broadcast(broadcast.id, by=actor)
        flash(_("The stream has ended."), "success")
    elif what == "make":
        jobs.request_replay(broadcast.id, by=actor)
        flash(_("The replay is being made from the recorded pieces."), "success")
    else:
        actions_broadcasts.publish_replay(broadcast.id, by=actor, is_published=what == "publish")
        flash(_("The replay is released.") if what == "publish" else _("The replay is taken back."), "success")
    return redirect(_address(slug, broadcast))


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/audience")
@access(P.STREAMING_DIRECT)
def set_audience(slug: str, broadcast_id: int) -> BaseResponse:
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    form = AudienceForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            persons, unknown = queries.find_persons((form.phones.data or "").split())
            actions_broadcasts.set_audience(broadcast.id, Audience(form.audience.data), by=current_actor(),
                                            embed_hosts=form.embed_hosts.data or "", person_ids=persons)
            if unknown:
                flash(_("Nobody has an account with: %(phones)s", phones=", ".join(unknown[:10])), "warning")
            flash(_("Saved."), "success")
    _tell_errors(form)
    return redirect(_address(slug, broadcast))


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/invited/<int:person_id>/remove")
@access(P.STREAMING_DIRECT)
def withdraw_invitation(slug: str, broadcast_id: int, person_id: int) -> BaseResponse:
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    actions_broadcasts.withdraw_invitation(broadcast.id, person_id, by=current_actor())
    flash(_("Saved."), "success")
    return redirect(_address(slug, broadcast))


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/poster/upload")
@access(P.STREAMING_DIRECT)
def set_poster(slug: str, broadcast_id: int) -> BaseResponse:
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    form = PosterForm()
    if form.validate_on_submit():
        received = receive(form.picture.data, PICTURE, field="picture") if form.picture.data else None
        actions_broadcasts.set_poster(broadcast.id, received, by=current_actor())
        flash(_("Saved."), "success")
    return redirect(_address(slug, broadcast))


@bp.post("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/captions/upload")
@access(P.STREAMING_DIRECT)
def set_captions(slug: str, broadcast_id: int) -> BaseResponse:
    """Captions of the replay as a file; the same language again takes the place of the one before."""
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    form = CaptionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_captions.set_captions(broadcast.id, form.language.data, form.file.data.stream.read(2_000_001), by=current_actor())
            flash(_("Saved."), "success")
    _tell_errors(form)
    return redirect(_address(slug, broadcast))


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/broadcasts/new", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def open_broadcast(slug: str, channel_id: int) -> Any:
    """A stream of its own, without a session of the programme."""
    edition = get_edition(slug)
    channel = queries_channels.get_channel(channel_id, current_actor(), P.STREAMING_DIRECT, edition.id)
    form = BroadcastForm()
    if form.validate_on_submit():
        assert form.starts_at.data is not None
        assert form.ends_at.data is not None
        with form.catching_refusals():
            broadcast = actions_broadcasts.open_broadcast(
                channel.id, form.title.data or "", form.starts_at.data, form.ends_at.data, title_en=form.title_en.data or "",
                audience=Audience(form.audience.data), by=current_actor())
            flash(_("The stream is set up. It begins by itself at its time, once somebody sends."), "success")
            return redirect(_address(slug, broadcast))
    return render_template("streaming/broadcast_form.html", edition=edition, channel=channel, form=form), form.status


def seen_broadcast(slug: str, broadcast_id: int, permission: P) -> tuple[Edition, Broadcast]:
    """A broadcast of this edition within the actor's regions; others do not exist."""
    edition = get_edition(slug)
    broadcast = queries.get_broadcast(broadcast_id)
    region_path, edition_id = actions_broadcasts.place_of(broadcast)
    if edition_id != edition.id or not current_actor().may(permission, region_path=region_path, edition_id=edition_id):
        raise not_found()
    return edition, broadcast


def _public_address(broadcast: Broadcast) -> str:
    if broadcast.session_id is not None:
        return url_for("programme.show_session", session_id=broadcast.session_id)
    return url_for(".show_broadcast", broadcast_id=broadcast.id)


def _tell_errors(form: Any) -> None:
    sentence = form.refusal or next((str(e) for errors in form.errors.values() for e in errors), "")
    if sentence:
        flash(sentence, "danger")


def _address(slug: str, broadcast: Broadcast) -> str:
    return url_for(".show_work_broadcast", slug=slug, broadcast_id=broadcast.id)
