"""What somebody might try who means no good: with addresses, words and links that were given out for something else."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from expo.kit import clock
from expo.kit.access import ANONYMOUS, SYSTEM
from expo.kit.db import db
from expo.kit.files import StoredFile, storage, store_picture
from expo.kit.push import sign
from expo.kit.refusals import NotFound, Refused
from expo.people.actions_administration import disable_account
from expo.people.permissions import Role
from expo.places.models import VenueKind
from expo.streaming import actions_channels, actions_senders, actions_talk, actions_venues
from expo.streaming import queries_talk as queries
from expo.streaming.media.signing import pictures_prefix
from expo.streaming.models import Audience, Broadcast, ChannelSource, VenueScreen
from expo.streaming.models_talk import MessageKind, TalkMode
from expo.streaming.rules_external import require_address
from expo.streaming.rules_tickets import StudioTicket, seal_ticket
from tests.conftest import Browser
from tests.makers import make_actor, make_venue
from tests.programme.plans import Programme
from tests.streaming.test_media_pages import SECRET, a_broadcast, a_channel, programme, ticket
from tests.streaming.test_talk import Room, room

__all__ = ["programme", "room"]  # Fixtures.

EDGE = Path(__file__).resolve().parents[2] / "scripts" / "edge"
_ROOM, _OTHER = "0123456789abcdef", "fedcba9876543210"


def _judged_by_edge(prefix: str, cookie: str, secret: str) -> bool:
    """What the edge makes of an address: its own pattern, and its own order of what is signed."""
    text = (EDGE / "hls.conf.template").read_text(encoding="utf-8")
    pattern = re.search(r'location ~ "(\^/hls/.+)" \{', text)
    signed = re.search(r'secure_link_md5 "(.+) @SECRET@"', text)
    assert pattern
    assert signed
    found = re.fullmatch(pattern[1].strip("^$").replace("(?<", "(?P<"), f"{prefix}index.m3u8")
    if found is None:
        return False
    values = found.groupdict() | {"hls_bound": cookie if found["hls_kind"] == "b" else ""}
    return sign(secret, re.sub(r"\$(\w+)", lambda name: values[name[1]], signed[1])) == values["hls_sign"]


def test_the_edge_takes_an_address_of_pictures_for_its_own_viewer_and_cookie(programme: Programme, app: Flask) -> None:
    config, until = app.extensions["expo_config"], clock.real_now()
    bound = pictures_prefix(config, _ROOM, "p12", until, "c" * 32)
    assert _judged_by_edge(bound, "c" * 32, config.media.secret)
    assert not _judged_by_edge(bound, "d" * 32, config.media.secret)
    assert not _judged_by_edge(bound.replace("/p12/", "/p13/"), "c" * 32, config.media.secret)
    assert _judged_by_edge(pictures_prefix(config, _ROOM, "a0", until), "", config.media.secret)


def test_a_right_to_one_picture_cannot_be_cut_elsewhere_into_a_right_to_another(programme: Programme, app: Flask) -> None:
    config, until = app.extensions["expo_config"], clock.real_now()
    cookie = f"{_OTHER}{'x' * 16}"  # Chosen by the viewer, so it may hold the name of a room.
    prefix = pictures_prefix(config, _ROOM, "p12", until, cookie)
    assert not _judged_by_edge(prefix.replace(f"/p12/{_ROOM}/", f"/p12{_ROOM}/{_OTHER}/"), cookie[16:], config.media.secret)


@pytest.mark.parametrize("cookie", ["x" * 31, "é" * 32, "x" * 16 + "../" * 5 + "x", "x" * 33])
def test_a_viewers_cookie_that_is_not_of_ours_is_replaced(programme: Programme, client: Browser, cookie: str) -> None:
    broadcast = a_broadcast(programme, a_channel(programme))
    client.set_cookie("viewer", cookie)
    assert re.fullmatch(r"a[0-9a-f]{16}", ticket(client, broadcast)["hls"].split("/")[5])


def test_words_under_the_id_of_other_words_are_never_said_in_their_place(
    room: Room, monkeypatch: pytest.MonkeyPatch,
) -> None:
    room.set(TalkMode.OPEN)
    said: list[object] = []
    monkeypatch.setattr(actions_talk, "push", lambda *words: said.append(words))
    # Both come in the same moment: the second one's look for its id finds nothing yet.
    monkeypatch.setattr(queries, "find_by_client_id", lambda *_: None)
    by, number = room.visitor(), uuid4().hex
    actions_talk.write_message(room.id, MessageKind.CHAT, "很好", client_id=number, by=by)
    said.clear()
    for text, writer in (("看 http://x.example", by), ("很好", room.visitor("李观众"))):
        with pytest.raises(Refused):
            actions_talk.write_message(room.id, MessageKind.CHAT, text, client_id=number, by=writer)
    assert said == []
    again = actions_talk.write_message(room.id, MessageKind.CHAT, "很好", client_id=number, by=by)
    assert again.shown["text"] == "很好"


def test_a_venues_own_page_is_not_kept_for_others(programme: Programme, client: Browser, app: Flask) -> None:
    session = programme.place(programme.session("人工智能专场"))
    programme.release()
    number = session.id
    venue = make_venue(programme.places.qingyang, kind=VenueKind.BRANCH)
    _screen, code = actions_venues.issue_code(programme.edition.id, venue.id, by=programme.province)
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Broadcast).where(Broadcast.session_id == number))
        connection.execute(sa.insert(Broadcast).values(session_id=number, status="planned", audience=Audience.VENUES, room="r1"))
    screen = app.test_client()
    screen.post("/venue/", data={"code": code})
    assert 'data-controller="talk"' in screen.get(f"/sessions/{number}").text
    assert 'data-controller="talk"' not in client.get(f"/sessions/{number}").text


def test_a_venue_shows_its_room_as_it_is_and_no_older_picture_is_kept(programme: Programme) -> None:
    venue = make_venue(programme.places.qingyang, kind=VenueKind.BRANCH)
    screen, _code = actions_venues.issue_code(programme.edition.id, venue.id, by=programme.province)
    number = screen.id
    for shade in ("red", "blue"):
        picture = BytesIO()
        Image.new("RGB", (320, 200), shade).save(picture, "PNG")
        actions_venues.show_room(number, store_picture(picture.getvalue(), "room.png"), by=SYSTEM)
    kept = db.session.query(StoredFile).filter_by(name="room.webp").one()
    assert db.session.get(VenueScreen, number).picture_id == kept.id
    assert storage().exists(kept.key)


@pytest.mark.parametrize("host", ["a.cn;script-src", "a.cn; script-src *", "a.cn'unsafe-inline'", "localhost", "10.0.0.1", "a.cn:x"])
def test_a_foreign_hosts_name_says_nothing_else_to_the_pages_policy(host: str) -> None:
    with pytest.raises(Refused):
        require_address(ChannelSource.HLS, f"https://{host}/live.m3u8")


def test_a_link_for_presenting_ends_with_its_makers_account(programme: Programme, client: Browser, app: Flask) -> None:
    channel = a_channel(programme)
    manager = make_actor(Role.STAGE_MANAGER, programme.places.province)
    path = f"/present/{seal_ticket(app.extensions['expo_config'].secret_key, StudioTicket(channel.id, manager.person_id or 0, clock.real_now() + timedelta(hours=1)))}"
    assert client.get(path).status_code == 200
    disable_account(manager.person_id or 0, "离职", by=make_actor(Role.ADMINISTRATOR, programme.places.province))
    assert client.get(path).status_code == 404


def test_a_closed_channel_takes_no_pictures_from_a_browser_with_a_link(programme: Programme) -> None:
    channel = a_channel(programme)
    manager = make_actor(Role.STAGE_MANAGER, programme.places.province)
    number = channel.id
    actions_channels.close_channel(number, by=programme.province)
    with pytest.raises(NotFound):
        actions_senders.accept_browser(number, 7, by=manager)
    with pytest.raises(NotFound):
        actions_senders.accept_browser(number, 8, by=ANONYMOUS)


def test_a_word_that_is_no_plain_text_is_refused_like_any_wrong_one(programme: Programme, client: Browser) -> None:
    answer = client.post("/media/publish", headers=SECRET | {"X-Media-Secret": "schlüssel"})
    assert answer.status_code == 403
