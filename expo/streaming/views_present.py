"""Presenting from the browser, by those who direct or by a speaker with a link; and typing captions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, render_template, request, url_for

from expo.editions.models import Edition
from expo.editions.queries import get_edition, get_edition_by_id
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.limits import limiter
from expo.kit.push import events_address
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.people.queries import load_actor
from expo.streaming import actions_broadcasts, actions_captions, queries_channels
from expo.streaming import queries_broadcasts as queries
from expo.streaming.models import Channel, ChannelSource
from expo.streaming.rules_tickets import StudioTicket, open_ticket, seal_ticket
from expo.streaming.views import bp
from expo.streaming.views_player import player_box, title_of
from expo.streaming.words import LANGUAGE_CHOICES

_GOOD_FOR, _GUEST_GOOD_FOR = timedelta(hours=12), timedelta(hours=24)


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/present", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def present(slug: str, channel_id: int) -> Any:
    """The presenting page; a POST makes a link for a speaker who has no account."""
    edition = get_edition(slug)
    actor = current_actor()
    channel = queries_channels.get_channel(channel_id, actor, P.STREAMING_DIRECT, edition.id)
    if channel.source is not ChannelSource.OWN or channel.closed_at is not None or not current_config().media.control:
        raise not_found()
    link = ""
    if ActionForm().validate_on_submit():
        link = current_config().public_url + url_for(".present_as_guest", token=_sealed(channel, actor.person_id, _GUEST_GOOD_FOR, guest=True))
        flash(_("The link is good for 24 hours. Whoever has it can send pictures into this channel."), "success")
    return _page(edition, channel, _sealed(channel, actor.person_id, _GOOD_FOR), link=link)


@bp.get("/present/<token>")
@public
@limiter.limit("60/minute")
def present_as_guest(token: str) -> Any:
    """The same for a speaker with a link; whoever made it must still have the right."""
    ticket = open_ticket(current_config().secret_key, token, clock.real_now())
    channel = queries_channels.get_channel(ticket.channel_id, load_actor(ticket.person_id), P.STREAMING_DIRECT)
    if channel.closed_at is not None:
        raise not_found()
    return _page(get_edition_by_id(channel.edition_id), channel, token, is_guest=True)


def _sealed(channel: Channel, person_id: int | None, good_for: timedelta, *, guest: bool = False) -> str:
    assert person_id is not None
    ticket = StudioTicket(channel.id, person_id, clock.real_now() + good_for, guest)
    return seal_ticket(current_config().secret_key, ticket)


def _page(edition: Edition, channel: Channel, ticket: str, *, is_guest: bool = False, link: str = "") -> str:
    return render_template("streaming/present.html", edition=edition, channel=channel, ticket=ticket, is_guest=is_guest, link=link)


@bp.route("/work/<slug>/streaming/broadcasts/<int:broadcast_id>/captioning", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def show_captioning(slug: str, broadcast_id: int) -> Any:
    """The captioner's page: the picture, a line to type, what was said last."""
    edition = get_edition(slug)
    broadcast = queries.get_broadcast(broadcast_id)
    region_path, edition_id = actions_broadcasts.place_of(broadcast)
    if edition_id != edition.id or not current_actor().may(P.STREAMING_DIRECT, region_path=region_path, edition_id=edition_id):
        raise not_found()
    chosen = request.values.get("language", "zh")
    refusal = ""
    if ActionForm().validate_on_submit():
        try:
            actions_captions.type_caption(broadcast.id, chosen, request.form.get("text", ""), by=current_actor())
        except Refused as error:
            refusal = str(error)
        if request.headers.get("X-Requested-With") == "fetch":
            return ({"refusal": refusal}, 409) if refusal else ("", 204)
    return render_template(
        "streaming/captioning.html", edition=edition, broadcast=broadcast, title=title_of(broadcast), box=player_box(broadcast),
        lines=queries.list_caption_lines(broadcast.id, latest=12), spoken=LANGUAGE_CHOICES, chosen=chosen, refusal=refusal,
        events=events_address(f"public/broadcast/{broadcast.id}", public=True),
    )
