"""The stage managers' channels: what comes in, who sends, keys for senders, videos on a schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.files import PICTURE, VIDEO, file_url, receive
from expo.kit.forms import ActionForm
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.push import events_address
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.streaming import (
    actions_channels,
    actions_senders,
    films,
    queries_broadcasts,
    queries_simulcast,
    rules_keys,
    rules_watching,
)
from expo.streaming import queries_channels as queries
from expo.streaming.forms import ChannelForm, FillerForm, KeyForm, VideoForm
from expo.streaming.media.signing import pictures_prefix
from expo.streaming.models import Channel, ChannelSource, KeyRole, StreamKey
from expo.streaming.models_simulcast import TargetState
from expo.streaming.views import bp
from expo.streaming.views_player import title_of

SENTENCES = {
    "create_channel": _l("Channel made"), "create_hall_channels": _l("Channel made"), "change_channel": _l("Channel changed"),
    "set_filler": _l("Filler picture changed"), "close_channel": _l("Channel closed"), "reopen_channel": _l("Channel opened again"),
}
FIELDS: dict[str, Any] = {"name": _l("Name"), "source": (_l("Where pictures come from"), ChannelSource),
                          "external_url": _l("Address at the other site"), "is_recorded": _l("Record what is live")}


@bp.get("/work/<slug>/streaming/channels/")
@access(P.STREAMING_READ)
def list_channels(slug: str) -> str:
    """All channels of the reader's regions: what is on, who sends, what is wrong."""
    edition = get_edition(slug)
    actor = current_actor()
    channels = queries.list_channels(edition.id, actor.region_paths(P.STREAMING_READ, edition.id))
    ids = [channel.id for channel in channels]
    live = {b.channel_id: b for b in queries.list_live(edition.id)}
    ingests: dict[int, list[Any]] = {}
    for ingest in queries.list_open_ingests(ids):
        ingests.setdefault(ingest.channel_id, []).append(ingest)
    may_direct = actor.may(P.STREAMING_DIRECT, edition_id=edition.id)
    return render_template(
        "streaming/channels.html", edition=edition, channels=channels, live=live, ingests=ingests,
        warnings=queries.list_open_warnings(ids), titles={b.id: title_of(b) for b in live.values()},
        viewers=queries_broadcasts.present_viewers([b.id for b in live.values()], clock.now() - queries_broadcasts.RECENT),
        may_direct=may_direct, halls_without=len(queries.list_halls_without_channel(edition.id)) if may_direct else 0,
        has_media=bool(current_config().media.control), sources=ChannelSource,
        events=events_address(*[f"channel/{number}" for number in ids][:40]) if ids else "",
    )


@bp.post("/work/<slug>/streaming/channels/of-halls")
@access(P.STREAMING_DIRECT)
def create_hall_channels(slug: str) -> BaseResponse:
    edition = get_edition(slug)
    made = actions_channels.create_hall_channels(edition.id, by=current_actor())
    flash(_("%(n)s channels were made.", n=made), "success")
    return redirect(url_for(".list_channels", slug=slug))


@bp.route("/work/<slug>/streaming/channels/new", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def create_channel(slug: str) -> Any:
    edition = get_edition(slug)
    form = ChannelForm(halls=[(h.id, h.label) for h in queries.list_halls_without_channel(edition.id)])
    if form.validate_on_submit():
        with form.catching_refusals():
            channel = actions_channels.create_channel(edition.id, hall_id=form.hall_id.data or None, by=current_actor(), **form.given())
            flash(_("The channel is there. Its keys stand below."), "success")
            return redirect(_address(slug, channel))
    return render_template("streaming/channel_form.html", edition=edition, form=form, channel=None), form.status


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/edit", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def change_channel(slug: str, channel_id: int) -> Any:
    edition, channel = _directed(slug, channel_id)
    form = ChannelForm(obj=channel, halls=[(channel.hall.id, channel.hall.label)] if channel.hall else [])
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_channels.change_channel(channel.id, is_recorded=bool(form.is_recorded.data), by=current_actor(), **form.given())
            flash(_("Saved."), "success")
            return redirect(_address(slug, channel))
    return render_template("streaming/channel_form.html", edition=edition, form=form, channel=channel), form.status


@bp.get("/work/<slug>/streaming/channels/<int:channel_id>")
@access(P.STREAMING_READ)
def show_channel(slug: str, channel_id: int) -> str:
    """One channel: its picture, its senders, its keys, its videos, its recordings."""
    return _page(slug, channel_id)


def _page(slug: str, channel_id: int, shown: tuple[StreamKey, str] | None = None) -> str:
    edition = get_edition(slug)
    actor = current_actor()
    channel = queries.get_channel(channel_id, actor, P.STREAMING_READ, edition.id)
    ingests = queries.list_open_ingests([channel.id])
    live = next((b for b in queries.list_live(edition.id) if b.channel_id == channel.id), None)
    return render_template(
        "streaming/channel.html", edition=edition, channel=channel, ingests=ingests, live=live,
        title=title_of(live) if live else "", past=queries.list_past_ingests(channel.id), roles=KeyRole, shown=shown,
        warnings=queries.list_open_warnings([channel.id]).get(channel.id, []), now_at=clock.now(), sources=ChannelSource,
        usable={k.id for k in channel.keys if rules_keys.is_usable(k, channel, clock.now())},
        file_url=file_url, recordings=queries.list_recordings(channel.id), scheduled=queries.list_scheduled(channel.id),
        targets=queries_simulcast.list_targets(channel.id), target_states=TargetState,
        own=[(b, title_of(b)) for b in queries_broadcasts.list_of_channel(channel.id)],
        media=current_config().media, key_form=KeyForm(formdata=None), filler_form=FillerForm(formdata=None),
        events=events_address(f"channel/{channel.id}"), history=timeline_of(list_history("channel", channel.id), SENTENCES, FIELDS),
        may_direct=actor.may(P.STREAMING_DIRECT, region_path=channel.region_path, edition_id=edition.id),
    )


@bp.get("/work/<slug>/streaming/channels/<int:channel_id>/preview")
@access(P.STREAMING_READ)
def show_preview(slug: str, channel_id: int) -> Response:
    """The player's ticket for what comes in, live or not; not counted as a viewer."""
    edition = get_edition(slug)
    channel = queries.get_channel(channel_id, current_actor(), P.STREAMING_READ, edition.id)
    live = next((b for b in queries.list_live(edition.id) if b.channel_id == channel.id), None)
    has_picture = live is not None or bool(queries.list_open_ingests([channel.id])) or channel.id in queries_broadcasts.list_due_files(clock.now())
    told: dict[str, Any] = {"state": "live" if has_picture and channel.source is ChannelSource.OWN else "none", "now": clock.now().isoformat()}
    if told["state"] == "live":
        until = clock.real_now() + rules_watching.GOOD_FOR
        prefix = pictures_prefix(current_config(), (live.room if live else None) or channel.room, f"d{current_actor().person_id}", until)
        told |= {"hls": prefix + "index.m3u8", "dvr": prefix + "dvr.m3u8", "prefix": prefix, "captions": [],
                 "renew_in": int(rules_watching.GOOD_FOR.total_seconds() // 2),
                 "begins": live.started_at.isoformat() if live and live.started_at else None}
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/keys")
@access(P.STREAMING_DIRECT)
def issue_key(slug: str, channel_id: int) -> Any:
    """One more key; it is shown at once."""
    _edition, channel = _directed(slug, channel_id)
    form = KeyForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            key = actions_channels.issue_key(channel.id, KeyRole(form.role.data), language=form.language.data or "",
                                             expires_at=form.expires_at.data, by=current_actor())
            return _page(slug, channel_id, (key, actions_channels.show_key(key.id, by=current_actor())))
    flash(form.refusal or next((str(e) for errors in form.errors.values() for e in errors), ""), "danger")
    return redirect(_address(slug, channel))


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/keys/<int:key_id>/<any(show, rotate, revoke):what>")
@access(P.STREAMING_DIRECT)
def change_key(slug: str, channel_id: int, key_id: int, what: str) -> Any:
    """Show a key, put a new one in its place, or revoke it, live or not."""
    _edition, channel = _directed(slug, channel_id)
    actor = current_actor()
    if what == "revoke":
        actions_channels.revoke_key(key_id, by=actor)
        flash(_("The key is dead, and whoever sent with it was cut off."), "success")
        return redirect(_address(slug, channel))
    key = actions_channels.rotate_key(key_id, by=actor) if what == "rotate" else queries.get_key(key_id)
    return _page(slug, channel_id, (key, actions_channels.show_key(key.id, by=actor)))


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/senders/<int:ingest_id>")
@access(P.STREAMING_DIRECT)
def prefer_sender(slug: str, channel_id: int, ingest_id: int) -> BaseResponse:
    """Put this sender on air."""
    _edition, channel = _directed(slug, channel_id)
    actions_senders.prefer_sender(ingest_id, by=current_actor())
    flash(_("This sender is on air now."), "success")
    return redirect(_address(slug, channel))


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/<any(close, reopen):what>")
@access(P.STREAMING_DIRECT)
def close_channel(slug: str, channel_id: int, what: str) -> BaseResponse:
    _edition, channel = _directed(slug, channel_id)
    if what == "close":
        actions_channels.close_channel(channel.id, by=current_actor())
    else:
        actions_channels.reopen_channel(channel.id, by=current_actor())
    flash(_("Saved."), "success")
    return redirect(_address(slug, channel))


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/filler/upload")
@access(P.STREAMING_DIRECT)
def set_filler(slug: str, channel_id: int) -> BaseResponse:
    """A picture for while nobody sends; without a file the drawn one comes back."""
    _edition, channel = _directed(slug, channel_id)
    form = FillerForm()
    if form.validate_on_submit():
        received = receive(form.picture.data, PICTURE, field="picture") if form.picture.data else None
        actions_channels.set_filler(channel.id, received, by=current_actor())
        flash(_("Saved."), "success")
    return redirect(_address(slug, channel))


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/videos/upload", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def schedule_video(slug: str, channel_id: int) -> Any:
    """A video that goes on air by itself."""
    edition, channel = _directed(slug, channel_id)
    form = VideoForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            received = receive(form.video.data, VIDEO, field="video")
            length = films.length_of(received.key, field="video")
            starts_at = form.starts_at.data
            assert starts_at is not None
            is_repeated = bool(form.is_repeated.data and form.ends_at.data)
            ends_at = form.ends_at.data if is_repeated and form.ends_at.data else starts_at + length + timedelta(seconds=2)
            actions_channels.schedule_file(channel.id, received, starts_at, ends_at, by=current_actor(), is_repeated=is_repeated)
            flash(_("The video goes on air by itself when its time comes and nobody else sends."), "success")
            return redirect(_address(slug, channel))
    return render_template("streaming/video_form.html", edition=edition, channel=channel, form=form), form.status


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/videos/<int:scheduled_id>/remove")
@access(P.STREAMING_DIRECT)
def unschedule_video(slug: str, channel_id: int, scheduled_id: int) -> BaseResponse:
    _edition, channel = _directed(slug, channel_id)
    if ActionForm().validate_on_submit():
        actions_channels.unschedule_file(scheduled_id, by=current_actor())
        flash(_("Saved."), "success")
    return redirect(_address(slug, channel))


def _directed(slug: str, channel_id: int) -> tuple[Edition, Channel]:
    edition = get_edition(slug)
    return edition, queries.get_channel(channel_id, current_actor(), P.STREAMING_DIRECT, edition.id)


def _address(slug: str, channel: Channel) -> str:
    return url_for(".show_channel", slug=slug, channel_id=channel.id)
