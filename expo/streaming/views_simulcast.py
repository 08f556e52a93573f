"""Other sites to which a channel is sent on: kept, switched on and off by those who direct it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.streaming import actions_simulcast, queries_channels, queries_simulcast
from expo.streaming.forms_simulcast import TargetForm
from expo.streaming.models import Channel
from expo.streaming.models_simulcast import SimulcastTarget
from expo.streaming.views import bp


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/targets/new", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def add_target(slug: str, channel_id: int) -> Any:
    channel = _directed(slug, channel_id)
    form = TargetForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_simulcast.add_target(channel.id, form.name.data or "", form.server.data or "", form.key.data or "", by=current_actor())
            flash(_("The target is kept. Switch it on when it should be sent to."), "success")
            return redirect(_address(slug, channel_id))
    return _form_page(slug, channel, form, None)


@bp.route("/work/<slug>/streaming/channels/<int:channel_id>/targets/<int:target_id>/edit", methods=["GET", "POST"])
@access(P.STREAMING_DIRECT)
def change_target(slug: str, channel_id: int, target_id: int) -> Any:
    channel = _directed(slug, channel_id)
    target = _target(channel, target_id)
    form = TargetForm(obj=target, has_key=True)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_simulcast.change_target(target.id, form.name.data or "", form.server.data or "", key=form.key.data or "", by=current_actor())
            flash(_("Saved."), "success")
            return redirect(_address(slug, channel_id))
    return _form_page(slug, channel, form, target)


@bp.post("/work/<slug>/streaming/channels/<int:channel_id>/targets/<int:target_id>/<any(start, stop, remove):what>")
@access(P.STREAMING_DIRECT)
def switch_target(slug: str, channel_id: int, target_id: int, what: str) -> BaseResponse:
    target = _target(_directed(slug, channel_id), target_id)
    if ActionForm().validate_on_submit():
        if what == "remove":
            actions_simulcast.remove_target(target.id, by=current_actor())
        else:
            actions_simulcast.switch_target(target.id, is_on=what == "start", by=current_actor())
        flash(_("Saved."), "success")
    return redirect(_address(slug, channel_id))


def _form_page(slug: str, channel: Channel, form: TargetForm, target: SimulcastTarget | None) -> Any:
    return render_template("streaming/target_form.html", edition=get_edition(slug), channel=channel, form=form, target=target), form.status


def _directed(slug: str, channel_id: int) -> Channel:
    return queries_channels.get_channel(channel_id, current_actor(), P.STREAMING_DIRECT, get_edition(slug).id)


def _target(channel: Channel, target_id: int) -> SimulcastTarget:
    target = queries_simulcast.get_target(target_id)
    if target.channel_id != channel.id:
        raise not_found()
    return target


def _address(slug: str, channel_id: int) -> str:
    return url_for(".show_channel", slug=slug, channel_id=channel_id) + "#simulcast"
