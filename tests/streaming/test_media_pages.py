"""The pages around the pictures: keys, what the media server asks, tickets, embedding, venues, captions; who may what."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import Media
from expo.kit.db import db, get_record
from expo.kit.files import StoredFile, store_bytes
from expo.kit.history import HistoryRow
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.places.models import VenueKind
from expo.registration.models import RegistrationStatus
from expo.streaming import (
    actions_broadcasts,
    actions_captions,
    actions_channels,
    actions_counting,
    actions_senders,
    actions_venues,
    queries_broadcasts,
    queries_channels,
)
from expo.streaming.media import server
from expo.streaming.models import (
    Audience,
    Broadcast,
    BroadcastStatus,
    Channel,
    ChannelSource,
    ChannelWarning,
    EndReason,
    Ingest,
    KeyRole,
    StreamKey,
    VenueScreen,
    Viewing,
    WarningKind,
)
from expo.streaming.studio_counting import Counter
from expo.streaming.studio_recording import Recorder
from tests.conftest import Browser
from tests.makers import make_actor, make_edition, make_registration, make_venue
from tests.programme.plans import Programme
from tests.streaming.test_streaming import enable_streaming

SECRET = {"X-Media-Secret": "m" * 20, "X-Media-Run": "run1"}


@pytest.fixture
def programme(app: Flask) -> Any:
    made = Programme()
    enable_streaming(made)
    before = app.extensions["expo_config"]
    # Where there is no folder of pictures at all, a stream is taken to have some.
    shutil.rmtree(server.pictures_folder(before), ignore_errors=True)
    app.extensions["expo_config"] = replace(before, media=Media(
        sender_url="rtmp://live.example.cn/ingest", inner_url="rtmp://127.0.0.1:1/live", secret="m" * 20))
    yield made
    app.extensions["expo_config"] = before


def a_channel(programme: Programme, name: str = "临时频道", **values: Any) -> Channel:
    return actions_channels.create_channel(programme.edition.id, name, by=programme.province, **values)


def key_of(channel: Channel, role: KeyRole = KeyRole.MAIN) -> StreamKey:
    found = db.session.scalar(sa.select(StreamKey).where(StreamKey.channel_id == channel.id, StreamKey.role == role, StreamKey.revoked_at.is_(None)))
    assert found
    return found


def a_broadcast(programme: Programme, channel: Channel, *, live: bool = True, **values: Any) -> Broadcast:
    made = actions_broadcasts.open_broadcast(channel.id, "开放日直播", clock.now(), clock.now() + timedelta(hours=1), by=programme.province, **values)
    return actions_broadcasts.begin_broadcast(made.id, by=programme.province) if live else made


def publish(client: Browser, key: str, client_id: int = 5, run: str = "run1") -> Any:
    return client.post("/media/publish", data={"name": key, "clientid": client_id, "addr": "1.2.3.4", "app": "ingest"},
                       headers=SECRET | {"X-Media-Run": run})


def warnings(channel: Channel) -> set[WarningKind]:
    return {w.kind for w in db.session.scalars(sa.select(ChannelWarning).where(ChannelWarning.channel_id == channel.id, ChannelWarning.ended_at.is_(None)))}


# --- Keys and the media server -------------------------------------------------------------------------------------


def test_a_good_key_is_answered_with_an_address_that_does_not_hold_it(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    text = actions_channels.text_of(key_of(channel))
    answer = publish(client, text)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"rtmp://127.0.0.1:1/live/{channel.room}-1"
    assert text.replace("-", "") not in answer.headers["Location"]
    assert client.post("/media/publish_done", data={"clientid": 5, "name": text}, headers=SECRET).status_code == 204
    ingest = db.session.scalar(sa.select(Ingest))
    assert ingest
    assert ingest.end_reason is EndReason.STOPPED


@pytest.mark.parametrize("fault", ["wrong", "revoked", "old", "closed"])
def test_a_wrong_revoked_or_old_key_and_a_closed_channel_let_nobody_in(programme: Programme, client: Browser, fault: str) -> None:
    channel = a_channel(programme)
    key = key_of(channel)
    text = actions_channels.text_of(key)
    if fault == "revoked":
        actions_channels.revoke_key(key.id, by=programme.province)
    elif fault == "closed":
        actions_channels.close_channel(channel.id, by=programme.province)
    elif fault == "old":
        key = actions_channels.issue_key(channel.id, KeyRole.MAIN, expires_at=clock.now() + timedelta(minutes=1), by=programme.province)
        text = actions_channels.text_of(key)
    later = clock.now() + timedelta(minutes=2)
    with clock.frozen(later):
        assert publish(client, "xxxx-xxxx" if fault == "wrong" else text).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ingest)) == 0


def test_nobody_but_the_media_server_is_listened_to(programme: Programme, client: Browser) -> None:
    text = actions_channels.text_of(key_of(a_channel(programme)))
    for headers in ({}, {"X-Media-Secret": "wrong"}):
        for path in ("publish", "publish_done", "record_done"):
            assert client.post(f"/media/{path}", data={"name": text, "clientid": 1}, headers=headers).status_code == 403


def test_a_second_sender_with_the_same_key_is_refused_and_told_of_until_the_first_ends(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    text = actions_channels.text_of(key_of(channel))
    assert publish(client, text, 5).status_code == 302
    assert publish(client, text, 6).status_code == 403
    assert warnings(channel) == {WarningKind.SECOND_SENDER}
    actions_senders.end_sender(6, "run1")  # The media server also reports the end of the one that was refused.
    assert publish(client, text, 7).status_code == 403
    actions_senders.end_sender(5, "run1")
    assert warnings(channel) == set()
    assert publish(client, text, 8).status_code == 302


def test_after_a_restart_of_the_media_server_a_sender_finds_its_place_free(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    text = actions_channels.text_of(key_of(channel))
    assert publish(client, text, 5, "run1").status_code == 302
    assert publish(client, text, 5, "run2").status_code == 302
    reasons = list(db.session.scalars(sa.select(Ingest.end_reason).order_by(Ingest.id)))
    assert reasons == [EndReason.LOST, None]


def test_what_is_gone_from_the_media_server_is_closed_and_what_has_just_come_is_not(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    publish(client, actions_channels.text_of(key_of(channel)), 5)
    assert actions_senders.end_lost_senders("run1", frozenset(), set()) == 0
    with clock.frozen(clock.now() + timedelta(seconds=10)):
        assert actions_senders.end_lost_senders("run1", frozenset({5}), set()) == 0
        assert actions_senders.end_lost_senders("run1", frozenset({9}), set()) == 1


def test_a_rotated_key_ends_its_sender_and_the_new_one_works(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    old = key_of(channel)
    text = actions_channels.text_of(old)
    publish(client, text)
    fresh = actions_channels.rotate_key(old.id, by=programme.province)
    assert db.session.scalar(sa.select(Ingest.end_reason)) is EndReason.REVOKED
    assert publish(client, text, 6).status_code == 403
    assert publish(client, actions_channels.text_of(fresh), 7).status_code == 302


def test_keys_are_shown_only_when_asked_for_and_that_is_written_down(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    key = key_of(channel)
    text = actions_channels.text_of(key)
    client.sign_in(programme.province)
    base = f"/work/2026/streaming/channels/{channel.id}"
    assert text not in client.get(base).text
    shown = client.post(f"{base}/keys/{key.id}/show").text
    assert text in shown
    assert "rtmp://live.example.cn/ingest" in shown
    rows = list(db.session.scalars(sa.select(HistoryRow).where(HistoryRow.record_type == "stream_key")))
    assert any(row.action.endswith(":shown") for row in rows)
    assert all(text not in str(row.changes) for row in rows)


def test_only_those_who_direct_in_this_region_touch_a_channel(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    key = key_of(channel)
    for stranger in (make_actor(Role.STAGE_MANAGER, programme.places.mianyang), make_actor(Role.STAGE_MANAGER, programme.places.province, make_edition("2027")),
                     programme.chengdu):
        for deed in (lambda by: actions_channels.revoke_key(key.id, by=by), lambda by: actions_channels.close_channel(channel.id, by=by),
                     lambda by: actions_senders.accept_browser(channel.id, 1, by=by), lambda by: actions_channels.show_key(key.id, by=by)):
            with pytest.raises(NotFound):
                deed(stranger)
    manager = make_actor(Role.STAGE_MANAGER, programme.places.province)
    assert actions_channels.close_channel(channel.id, by=manager).closed_at
    gate = make_actor(Role.GATE_STAFF, programme.places.province)
    assert client.sign_in(gate).get("/work/2026/streaming/channels/").status_code == 403
    client.sign_in(make_actor(Role.AUDITOR, programme.places.province))
    assert client.get(f"/work/2026/streaming/channels/{channel.id}").status_code == 200
    assert client.post(f"/work/2026/streaming/channels/{channel.id}/close").status_code == 403


def test_a_channel_is_made_for_every_hall_once(programme: Programme) -> None:
    assert actions_channels.create_hall_channels(programme.edition.id, by=programme.province) == 2
    assert actions_channels.create_hall_channels(programme.edition.id, by=programme.province) == 0
    with pytest.raises(Refused):
        a_channel(programme, hall_id=programme.halls[0].id)


def test_the_channel_lists_ask_the_same_number_of_questions_for_one_and_three(programme: Programme, client: Browser, count_queries: Any) -> None:
    client.sign_in(programme.province)
    addresses = ("/work/2026/streaming/channels/", "/work/2026/streaming/venues", "/live")

    def add(n: int) -> None:
        channel = a_channel(programme, f"频道{n}")
        a_broadcast(programme, channel)
        publish(client, actions_channels.text_of(key_of(channel)), n)
        actions_venues.issue_code(programme.edition.id, make_venue(programme.places.qingyang, kind=VenueKind.BRANCH).id, by=programme.province)

    def counted() -> list[int]:
        found = []
        for address in addresses:
            client.get(address)
            with count_queries() as count:
                assert client.get(address).status_code == 200
            found.append(count())
        return found

    add(1)
    one = counted()
    add(2)
    add(3)
    assert counted() == one


# --- Broadcasts and tickets ----------------------------------------------------------------------------------------


def ticket(client: Browser, broadcast: Broadcast) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/live/{broadcast.id}/ticket").get_json()
    return found


def test_a_public_stream_gives_every_visitor_an_address_of_their_own(programme: Programme, app: Flask) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    first, second = (ticket(app.test_client(), broadcast) for _ in range(2))  # type: ignore[arg-type]  # the fixture's class
    assert first["state"] == "live"
    assert first["hls"].startswith("/hls/o/")
    assert first["hls"].split("/")[5] != second["hls"].split("/")[5]
    assert broadcast.room
    assert f"/{broadcast.room}/" in first["hls"]


def test_a_stream_for_registered_visitors_asks_for_signing_in_then_for_registration(programme: Programme, client: Browser) -> None:
    broadcast = a_broadcast(programme, a_channel(programme), audience=Audience.REGISTERED)
    told = ticket(client, broadcast)
    assert (told["state"], bool(told["sign_in"])) == ("refused", True)
    assert "hls" not in told
    waiting = make_registration(programme.edition, status=RegistrationStatus.SUBMITTED)
    client.sign_in(load_actor(waiting.person_id))
    assert ticket(client, broadcast)["sign_in"] is None
    approved = make_registration(programme.edition)
    client.sign_in(load_actor(approved.person_id))
    told = ticket(client, broadcast)
    assert told["hls"].startswith("/hls/b/")
    assert f"/p{approved.person_id}/" in told["hls"]


def test_a_cdn_gets_what_everybody_may_watch_and_the_site_keeps_the_rest(programme: Programme, client: Browser, app: Flask) -> None:
    config = app.extensions["expo_config"]
    app.extensions["expo_config"] = replace(config, media=replace(config.media, hls_url="https://cdn.example.cn"))
    broadcast = a_broadcast(programme, a_channel(programme))
    assert ticket(client, broadcast)["hls"].startswith("https://cdn.example.cn/hls/o/")
    actions_broadcasts.set_audience(broadcast.id, Audience.INVITED, by=programme.province)
    client.sign_in(programme.province)
    assert ticket(client, broadcast)["hls"].startswith("/hls/b/")


def test_an_invitation_opens_a_stream_and_can_be_withdrawn(programme: Programme, client: Browser) -> None:
    broadcast = a_broadcast(programme, a_channel(programme), audience=Audience.INVITED)
    guest = make_actor(Role.GATE_STAFF, programme.places.province)
    assert guest.person_id
    client.sign_in(guest)
    assert ticket(client, broadcast)["state"] == "refused"
    actions_broadcasts.set_audience(broadcast.id, Audience.INVITED, person_ids=[guest.person_id], by=programme.province)
    assert ticket(client, broadcast)["state"] == "live"
    actions_broadcasts.withdraw_invitation(broadcast.id, guest.person_id, by=programme.province)
    assert ticket(client, broadcast)["state"] == "refused"


def test_only_one_stream_is_live_on_a_channel_and_each_has_a_folder_of_its_own(programme: Programme) -> None:
    channel = a_channel(programme)
    first = a_broadcast(programme, channel)
    second = a_broadcast(programme, channel)
    assert second.status is BroadcastStatus.LIVE
    assert get_record(Broadcast, first.id).status is BroadcastStatus.ENDED
    assert len({first.room, second.room, channel.room}) == 3


def test_a_player_of_another_site_is_framed_and_nothing_else_is(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme, source=ChannelSource.PLAYER, external_url="https://player.bilibili.com/player.html?bvid=1")
    broadcast = a_broadcast(programme, channel)
    assert ticket(client, broadcast)["player"] == channel.external_url
    policy = client.get(f"/live/{broadcast.id}").headers["Content-Security-Policy"]
    assert "frame-src https://player.bilibili.com" in policy
    assert "frame-ancestors 'self';" in policy


def test_other_sites_embed_only_what_is_public_and_only_when_listed(programme: Programme, client: Browser) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    assert client.get(f"/embed/{broadcast.id}").status_code == 404
    actions_broadcasts.set_audience(broadcast.id, Audience.PUBLIC, embed_hosts="www.example.cn", by=programme.province)
    assert "frame-ancestors 'self' https://www.example.cn;" in client.get(f"/embed/{broadcast.id}").headers["Content-Security-Policy"]
    with pytest.raises(Refused):
        actions_broadcasts.set_audience(broadcast.id, Audience.REGISTERED, embed_hosts="www.example.cn", by=programme.province)
    actions_broadcasts.set_audience(broadcast.id, Audience.REGISTERED, by=programme.province)
    assert client.get(f"/embed/{broadcast.id}").status_code == 404


@pytest.mark.parametrize("page", ["/live", "/"])
def test_home_and_live_show_what_is_live_with_its_viewers_and_what_can_be_seen_again(
    programme: Programme, client: Browser, page: str,
) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    assert broadcast.room
    actions_counting.keep_audience({broadcast.room: actions_counting.Watched(1234, 0, {"a1": 30, "p2": 60})})
    text = client.get(page).text
    assert "开放日直播" in text
    assert "1,234" in text
    actions_broadcasts.end_broadcast(broadcast.id, by=programme.province)
    with pytest.raises(Refused):
        actions_broadcasts.publish_replay(broadcast.id, by=programme.province)
    with_replay(broadcast.id)
    assert "开放日直播" not in client.get(page).text
    assert client.get(f"/live/{broadcast.id}/replay.mp4").status_code == 404
    actions_broadcasts.publish_replay(broadcast.id, by=programme.province)
    assert "精彩回放" in client.get(page).text
    assert client.get(f"/live/{broadcast.id}/replay.mp4").data == b"mp4"
    assert ticket(client, broadcast)["replay"].endswith("replay.mp4")


@action(history=False)
def with_replay(broadcast_id: int) -> None:
    kept = store_bytes(b"mp4", "replay.mp4", "video/mp4")
    file = StoredFile(key=kept.key, sha256=kept.sha256, size=kept.size, name="replay.mp4", media_type="video/mp4", purpose="replay", variants={})
    db.session.add(file)
    db.session.flush()
    broadcast = get_record(Broadcast, broadcast_id)
    broadcast.replay_id, broadcast.replay_starts_at = file.id, clock.now()


def test_a_stream_for_everybody_shows_what_was_on_some_seconds_ago_and_a_closed_one_does_not(
    programme: Programme, client: Browser, app: Flask, tmp_path: Path,
) -> None:
    app.extensions["expo_config"] = replace(app.extensions["expo_config"], home=tmp_path)
    broadcast = a_broadcast(programme, a_channel(programme))
    folder = server.pictures_folder(app.extensions["expo_config"]) / (broadcast.room or "")
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "live.m3u8").touch()
    assert ticket(client, broadcast)["poster"] is None
    (folder / server.STILL).write_bytes(b"jpeg")
    address = ticket(client, broadcast)["poster"]
    assert client.get(address).data == b"jpeg"
    assert address.partition("?")[0] in client.get("/live").text
    assert f'poster="{address.partition("?")[0]}' in client.get(f"/live/{broadcast.id}").text
    actions_broadcasts.set_audience(broadcast.id, Audience.INVITED, by=programme.province)
    client.sign_in(programme.province)
    assert ticket(client, broadcast)["poster"] is None
    assert client.get(address).status_code == 404


def test_viewers_are_counted_in_batches_and_add_up(programme: Programme) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    assert broadcast.room
    for most in (5, 3):
        actions_counting.keep_audience({broadcast.room: actions_counting.Watched(most, 1, {"p7": 30, "v1": 60}), "0" * 16: actions_counting.Watched(1, 0, {"a": 1})})
    point = queries_broadcasts.list_audience(broadcast.id)[0]
    assert (point.viewers, point.venues) == (5, 1)
    assert queries_broadcasts.views_of(broadcast.id) == (2, 180)
    assert db.session.get_one(Viewing, (broadcast.id, "p7")).seconds == 60
    assert get_record(Broadcast, broadcast.id).peak_viewers == 5


def test_viewers_are_counted_from_the_lists_that_they_load(programme: Programme, tmp_path: Path) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    log, now = tmp_path / "hls.log", time.time()
    log.write_text("what was there before is not counted anew\n")
    counter = Counter(log)
    with log.open("a") as file:
        for second in range(5):
            for viewer in ("a1", "p2", "v3", "d4"):  # The last one directs and is no viewer.
                file.write(f"{now - second:.3f} {broadcast.room} {viewer}\n")
        file.write(f"{now - 300:.3f} {broadcast.room} a5\nnot a line\n{now:.3f} {broadcast.room}")
    counter.count()
    counter.write()
    point = queries_broadcasts.list_audience(broadcast.id)[0]
    assert (point.viewers, point.venues) == (3, 1)
    assert queries_broadcasts.views_of(broadcast.id) == (4, 16)


def test_a_clock_that_is_set_back_leaves_nobody_who_has_gone_among_the_viewers(programme: Programme, tmp_path: Path) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    log, now = tmp_path / "hls.log", time.time()
    log.touch()
    counter = Counter(log)
    with log.open("a") as file:
        for viewer in ("a1", "a2"):  # Seen an hour ahead of what the clock says now.
            file.write(f"{now + 3600:.3f} {broadcast.room} {viewer}\n")
        file.write(f"{now:.3f} {broadcast.room} a2\n")
    counter.count()
    counter.write()
    assert queries_broadcasts.list_audience(broadcast.id)[0].viewers == 1


def test_a_clock_that_is_set_back_leaves_no_lost_sender_in_its_place(programme: Programme, client: Browser) -> None:
    channel = a_channel(programme)
    text = actions_channels.text_of(key_of(channel))
    publish(client, text, 5)
    with clock.frozen(clock.now() - timedelta(hours=1)):
        assert actions_senders.end_lost_senders("run1", frozenset({5}), set()) == 0
        assert actions_senders.end_lost_senders("run1", frozenset({9}), set()) == 1
        assert publish(client, text, 6).status_code == 302


def test_when_the_disk_is_nearly_full_nothing_is_recorded(tmp_path: Path, app: Flask) -> None:
    """The media server's door leads nowhere here, so any order to it would raise."""
    snapshot = server.Snapshot("1", frozenset(), {"room-1": server.Sender("room-1", video="H264")})
    config = replace(app.extensions["expo_config"], home=tmp_path)
    server.recordings_folder(config).mkdir(parents=True)
    full = Recorder(replace(config, media=Media(control="unix:/nowhere", disk_mb=10**9)))
    with pytest.raises(server.MediaServerError):  # What a studio before this one may have begun is ended …
        full.follow({"room-1": 1}, snapshot)
    full.follow({"room-1": 1}, snapshot)  # … and nothing is begun.
    assert full.is_disk_full
    with pytest.raises(server.MediaServerError):
        Recorder(replace(config, media=Media(control="unix:/nowhere", disk_mb=0))).follow({"room-1": 1}, snapshot)


# --- Captions ------------------------------------------------------------------------------------------------------


def test_captions_are_typed_while_live_and_uploaded_for_the_replay(programme: Programme, client: Browser) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    client.sign_in(programme.province)
    address = f"/work/2026/streaming/broadcasts/{broadcast.id}/captioning"
    assert client.post(address, data={"text": " 各位  来宾 ", "language": "zh"}, headers={"X-Requested-With": "fetch"}).status_code == 204
    assert [line.text for line in queries_broadcasts.list_caption_lines(broadcast.id)] == ["各位 来宾"]
    actions_broadcasts.end_broadcast(broadcast.id, by=programme.province)
    assert client.post(address, data={"text": "x", "language": "zh"}, headers={"X-Requested-With": "fetch"}).status_code == 409
    for wrong in (b"no captions", b"WEBVTT\n\nnothing", "WEBVTT\n\n00:01.000 --> 00:02.000\n字".encode("gbk")):
        with pytest.raises(Refused):
            actions_captions.set_captions(broadcast.id, "zh", wrong, by=programme.province)
    actions_captions.set_captions(broadcast.id, "zh", "WEBVTT\n\n00:01.000 --> 00:02.000\n各位来宾".encode(), by=programme.province)
    assert "各位来宾" in client.get(f"/live/{broadcast.id}/captions-zh.vtt").text


# --- Presenting ----------------------------------------------------------------------------------------------------


def test_a_link_for_a_speaker_opens_the_presenting_page_as_long_as_its_maker_has_the_right(
    programme: Programme, client: Browser, app: Flask,
) -> None:
    app.extensions["expo_config"] = replace(app.extensions["expo_config"], media=replace(app.extensions["expo_config"].media, control="unix:/nowhere"))
    channel = a_channel(programme)
    manager = make_actor(Role.STAGE_MANAGER, programme.places.province)
    client.sign_in(manager)
    text = client.post(f"/work/2026/streaming/channels/{channel.id}/present").text
    path = text.partition('value="http://localhost/present/')[2].partition('"')[0]
    assert path
    guest = app.test_client()
    assert "开始推流" in guest.get(f"/present/{path}").text
    assert guest.get(f"/present/{path[:-3]}xxx").status_code == 409
    actions_channels.close_channel(channel.id, by=programme.province)
    end_grants(manager)
    assert guest.get(f"/present/{path}").status_code == 404


@action(history=False)
def end_grants(actor: Actor) -> None:
    from expo.people.models import RoleGrant

    for grant in db.session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == actor.person_id)):
        db.session.delete(grant)


# --- Branch venues -------------------------------------------------------------------------------------------------


def test_a_venue_signs_in_with_its_code_raises_a_hand_and_is_signed_out_by_a_new_code(programme: Programme, client: Browser, app: Flask) -> None:
    venue = make_venue(programme.places.qingyang, "青羊分会场", kind=VenueKind.BRANCH)
    _screen, code = actions_venues.issue_code(programme.edition.id, venue.id, by=programme.province)
    broadcast = a_broadcast(programme, a_channel(programme), audience=Audience.VENUES)
    assert ticket(client, broadcast)["state"] == "refused"
    assert client.post("/venue/", data={"code": "wrong"}).status_code == 422
    assert client.post("/venue/", data={"code": code.upper()}).status_code == 302
    screen = client.get("/venue/screen").text
    assert "青羊分会场" in screen
    assert 'data-autostart="yes"' in screen
    assert f"/v{venue.id}/" in ticket(client, broadcast)["hls"]
    client.post("/venue/up", data={"question": "能否介绍中试条件？"})
    organiser = app.test_client().__class__(app)
    assert isinstance(organiser, Browser)
    organiser.sign_in(programme.province)
    wall = organiser.get("/work/2026/streaming/venues").text
    assert "能否介绍中试条件？" in wall
    organiser.post(f"/work/2026/streaming/venues/{venue.id}/answer")
    assert db.session.scalar(sa.select(VenueScreen.hand_up_at)) is None
    actions_venues.issue_code(programme.edition.id, venue.id, by=programme.province)
    assert client.get("/venue/screen").status_code == 302
    assert ticket(client, broadcast)["state"] == "refused"


def test_codes_of_venues_are_given_out_by_those_who_direct_there(programme: Programme) -> None:
    venue = make_venue(programme.places.qingyang, kind=VenueKind.BRANCH)
    main = make_venue(programme.places.qingyang)
    for stranger in (programme.chengdu, make_actor(Role.STAGE_MANAGER, programme.places.mianyang)):
        with pytest.raises(NotFound):
            actions_venues.issue_code(programme.edition.id, venue.id, by=stranger)
    with pytest.raises(Refused):
        actions_venues.issue_code(programme.edition.id, main.id, by=programme.province)
    manager = make_actor(Role.STAGE_MANAGER, programme.places.qingyang)
    assert actions_venues.issue_code(programme.edition.id, venue.id, by=manager)[1]


def test_the_clock_begins_a_sessions_stream_on_its_halls_channel(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("直播专场", is_streamed=True))
    programme.release()
    actions_channels.create_hall_channels(programme.edition.id, by=programme.province)
    channel = queries_channels.find_channel_of_hall(programme.edition.id, programme.halls[0].id)
    assert channel
    start = programme.slots[0].starts_at
    with clock.frozen(start):
        actions_broadcasts.follow_the_clock({channel.id: None})
        assert queries_broadcasts.list_broadcasts([session.id])[session.id].status is BroadcastStatus.PLANNED
        actions_broadcasts.follow_the_clock({channel.id: start})
        broadcast = queries_broadcasts.list_broadcasts([session.id])[session.id]
        assert (broadcast.status, broadcast.channel_id) == (BroadcastStatus.LIVE, channel.id)
        assert 'data-controller="player"' in client.get(f"/sessions/{session.id}").text
    with clock.frozen(programme.slots[0].ends_at + timedelta(minutes=3)):
        actions_broadcasts.follow_the_clock({channel.id: None})
    db.session.remove()
    assert get_record(Broadcast, broadcast.id).status is BroadcastStatus.ENDED
