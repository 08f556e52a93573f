"""Sending a channel on to other sites: who may, which addresses, where the key stands, what ffmpeg's words mean."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.config import Media
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.refusals import NotFound, Refused
from expo.people.permissions import Role
from expo.streaming import actions_channels, actions_simulcast, queries_simulcast
from expo.streaming.media.relay import Relay, command, fault_of
from expo.streaming.models import Channel, ChannelSource
from expo.streaming.models_simulcast import SimulcastTarget, TargetFault, TargetState
from expo.streaming.rules_simulcast import (
    MOST_TARGETS,
    app_of,
    is_open_to,
    pause_after,
    require_key,
    require_server,
)
from tests.conftest import Browser
from tests.makers import make_actor
from tests.programme.plans import Programme
from tests.streaming.test_streaming import enable_streaming

SERVER, KEY = "rtmp://push.example.cn/live", "stream-7?secret=abc&time=1"


@pytest.fixture
def programme(app: Flask) -> Any:
    made = Programme()
    enable_streaming(made)
    before = app.extensions["expo_config"]
    app.extensions["expo_config"] = replace(before, media=Media(control="unix:/nowhere", secret="m" * 20))
    yield made
    app.extensions["expo_config"] = before


@pytest.fixture
def channel(programme: Programme) -> Channel:
    return actions_channels.create_channel(programme.edition.id, "临时频道", by=programme.province)


@pytest.fixture
def target(programme: Programme, channel: Channel) -> SimulcastTarget:
    return actions_simulcast.add_target(channel.id, "省电视台", SERVER, KEY, by=programme.province)


def page_of(channel: Channel) -> str:
    return f"/work/2026/streaming/channels/{channel.id}"


# --- Keys ----------------------------------------------------------------------------------------------------------


def test_a_key_is_kept_sealed_and_stands_on_no_page_and_in_no_history(programme: Programme, channel: Channel, client: Browser) -> None:
    client.sign_in(programme.province)
    answer = client.post(f"{page_of(channel)}/targets/new", data={"name": "省电视台", "server": SERVER + "/", "key": KEY}, follow_redirects=True)
    assert "省电视台" in answer.text
    target = queries_simulcast.list_targets(channel.id)[0]
    assert (target.server, actions_simulcast.key_of(target)) == (SERVER, KEY)
    assert "secret=abc" not in target.sealed_key
    edit = client.get(f"{page_of(channel)}/targets/{target.id}/edit").text
    rows = list(db.session.scalars(sa.select(HistoryRow).where(HistoryRow.record_type == "simulcast_target")))
    assert rows
    for text in (answer.text, edit, *(str(row.changes) for row in rows)):
        assert "secret=abc" not in text
        assert target.sealed_key not in text


def test_the_key_stays_when_nothing_is_entered_and_stands_in_no_list_of_processes(programme: Programme, target: SimulcastTarget) -> None:
    changed = actions_simulcast.change_target(target.id, "卫视", SERVER, by=programme.province)
    assert actions_simulcast.key_of(changed) == KEY
    assert actions_simulcast.key_of(actions_simulcast.change_target(target.id, "卫视", SERVER, key="new", by=programme.province)) == "new"
    assert not any(KEY in word for word in command("rtmp://127.0.0.1:1/live/room-1", SERVER, 9))


@pytest.mark.parametrize("server", ["rtmp://evil.example/app", SERVER.replace("rtmp://", "rtmps://"), "rtmp://push.example.cn:1936/app"])
def test_a_key_that_was_entered_for_one_server_is_sent_to_no_other(programme: Programme, target: SimulcastTarget, server: str) -> None:
    with pytest.raises(Refused) as refused:
        actions_simulcast.change_target(target.id, "卫视", server, by=programme.province)
    assert refused.value.field == "key"
    changed = actions_simulcast.change_target(target.id, "卫视", server, key="new", by=programme.province)
    assert actions_simulcast.key_of(changed) == "new"


def test_a_key_that_cannot_be_opened_any_more_is_told_of(programme: Programme, app: Flask, target: SimulcastTarget) -> None:
    before = app.extensions["expo_config"]
    app.extensions["expo_config"] = replace(before, secret_key="z" * 40)
    assert actions_simulcast.key_of(target) is None
    app.extensions["expo_config"] = before


# --- Who and what --------------------------------------------------------------------------------------------------


def test_only_those_who_direct_a_channel_send_it_on(programme: Programme, channel: Channel, target: SimulcastTarget, client: Browser) -> None:
    stranger = make_actor(Role.STAGE_MANAGER, programme.places.mianyang)
    for deed in (lambda: actions_simulcast.add_target(channel.id, "甲", SERVER, KEY, by=stranger),
                 lambda: actions_simulcast.change_target(target.id, "甲", SERVER, by=stranger),
                 lambda: actions_simulcast.switch_target(target.id, is_on=True, by=stranger),
                 lambda: actions_simulcast.remove_target(target.id, by=stranger)):
        with pytest.raises(NotFound):
            deed()
    client.sign_in(make_actor(Role.AUDITOR, programme.places.province))
    assert "省电视台" in client.get(page_of(channel)).text
    assert client.post(f"{page_of(channel)}/targets/{target.id}/start").status_code == 403
    client.sign_in(make_actor(Role.STAGE_MANAGER, programme.places.province))
    client.post(f"{page_of(channel)}/targets/{target.id}/start")
    assert [(t.id, t.state) for t in queries_simulcast.list_targets_on()] == [(target.id, TargetState.WAITING)]


def test_a_target_is_reached_through_its_own_channel_only(programme: Programme, target: SimulcastTarget, client: Browser) -> None:
    other = actions_channels.create_channel(programme.edition.id, "另一频道", by=programme.province)
    client.sign_in(programme.province)
    assert client.get(f"{page_of(other)}/targets/{target.id}/edit").status_code == 404


def test_what_the_studio_sees_is_shown_and_ends_with_the_switch(programme: Programme, channel: Channel, target: SimulcastTarget, client: Browser) -> None:
    client.sign_in(programme.province)
    actions_simulcast.switch_target(target.id, is_on=True, by=programme.province)
    actions_simulcast.note_target(target.id, TargetState.FAILED, TargetFault.REFUSED, 3)
    text = client.get(page_of(channel)).text
    assert "对方平台拒绝" in text
    assert "已尝试 3 次" in text
    actions_simulcast.switch_target(target.id, is_on=False, by=programme.province)
    actions_simulcast.note_target(target.id, TargetState.SENDING)  # Seen by the studio a moment before.
    assert queries_simulcast.get_target(target.id).state is TargetState.OFF
    actions_simulcast.remove_target(target.id, by=programme.province)
    assert queries_simulcast.list_targets(channel.id) == []


def test_what_the_studio_sees_of_a_target_that_is_gone_is_nothing(target: SimulcastTarget, programme: Programme) -> None:
    actions_simulcast.remove_target(target.id, by=programme.province)
    actions_simulcast.note_target(target.id, TargetState.WAITING)
    assert queries_simulcast.list_targets(target.channel_id) == []


def test_a_name_that_no_site_can_have_is_said_to_be_unknown() -> None:
    relay = Relay("rtmp://inner/live/room-1", "rtmp://live..example.cn/app", KEY, lambda _host, _found: True)
    until = time.monotonic() + 30
    while relay.is_running and time.monotonic() < until:
        time.sleep(0.01)
    assert (relay.is_running, relay.fault) == (False, TargetFault.UNKNOWN)


def test_a_closed_channel_is_sent_nowhere(programme: Programme, channel: Channel, target: SimulcastTarget) -> None:
    actions_simulcast.switch_target(target.id, is_on=True, by=programme.province)
    actions_channels.close_channel(channel.id, by=programme.province)
    assert queries_simulcast.list_targets_on() == []


def test_a_channel_has_few_targets_and_one_of_another_site_none(programme: Programme, channel: Channel) -> None:
    for number in range(MOST_TARGETS):
        actions_simulcast.add_target(channel.id, str(number), SERVER, KEY, by=programme.province)
    with pytest.raises(Refused):
        actions_simulcast.add_target(channel.id, "一个太多", SERVER, KEY, by=programme.province)
    foreign = actions_channels.create_channel(programme.edition.id, "外站", by=programme.province, source=ChannelSource.HLS,
                                              external_url="https://live.example.cn/a.m3u8")
    with pytest.raises(Refused):
        actions_simulcast.add_target(foreign.id, "甲", SERVER, KEY, by=programme.province)


# --- Rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [
    "http://push.example.cn/live", "rtmp://push.example.cn", "rtmp:///live", "rtmp://push.example.cn/live?key=1", "rtmp://a:b@push.example.cn/live",
    "push.example.cn/live", "rtmp://push.example.cn:port/live", "rtmp://push.example.cn/li ve", "",
])
def test_an_address_that_is_no_rtmp_server_is_refused_by_its_field(address: str) -> None:
    with pytest.raises(Refused) as refused:
        require_server(address)
    assert refused.value.field == "server"


def test_an_address_has_one_form_and_its_path_is_the_application() -> None:
    assert require_server(" RTMPS://Push.Example.cn:1936/app/live/ ") == "rtmps://push.example.cn:1936/app/live"
    assert app_of("rtmps://push.example.cn:1936/app/live") == "app/live"


@pytest.mark.parametrize("key", ["", "two words", "a\nrtmp_app=x", "键", "x" * 501])
def test_a_key_holds_nothing_that_could_be_another_option(key: str) -> None:
    with pytest.raises(Refused):
        require_key(key)


def test_pictures_go_to_public_addresses_and_to_named_hosts_of_the_own_network_alone() -> None:
    assert is_open_to("push.example.cn", ["8.8.8.8", "2400:3200::1"], ())
    for inner in ("127.0.0.1", "10.1.2.3", "192.168.1.9", "169.254.169.254", "::1", "fe80::1%eth0", "0.0.0.0",
                  "224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:10.0.0.1"):
        assert not is_open_to("push.example.cn", ["8.8.8.8", inner], ())
        assert is_open_to("tv.lan", [inner], {"tv.lan"})


def test_a_failed_target_is_tried_again_ever_more_rarely_and_never_given_up() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 5, 6, 100)] == [2, 4, 8, 32, 60, 60]


@pytest.mark.parametrize(("words", "code", "has_sent", "fault"), [
    ("[tcp] Failed to resolve hostname x: Name or service not known [rtmp] Cannot open connection tcp://x", 1, False, TargetFault.UNKNOWN),
    ("[tcp] Connection refused [rtmp] Cannot open connection tcp://x", 1, False, TargetFault.UNREACHABLE),
    ("[tls] IO error: Connection timed out", 1, False, TargetFault.UNREACHABLE),
    (f"{SERVER}: Input/output error", 1, False, TargetFault.REFUSED),
    ("av_interleaved_write_frame(): Broken pipe", 1, True, TargetFault.LOST),
    ("rtmp://inner/live/room-1: Input/output error", 1, False, None), ("", 0, True, None),
])
def test_what_ffmpeg_says_becomes_a_reason(words: str, code: int, has_sent: bool, fault: TargetFault | None) -> None:
    assert fault_of(words, "rtmp://inner/live/room-1", code=code, has_sent=has_sent) is fault
