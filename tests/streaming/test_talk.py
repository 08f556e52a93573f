"""The conversation beside a session: filtered, held, moderated by several, never shown before its release."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.kit import clock, memo
from expo.kit.access import ANONYMOUS, Actor
from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.programme.models import Session
from expo.streaming import actions_moderating as moderating
from expo.streaming import actions_talk as talk
from expo.streaming import queries_talk as queries
from expo.streaming.models import Audience, Broadcast, Channel, Recording
from expo.streaming.models_talk import Caught, MessageKind, PollStatus, TalkMessage, TalkMode, TalkStatus
from expo.streaming.rules_talk import (
    LIFECYCLE,
    Earlier,
    Manners,
    caught_by,
    first_status,
    plain,
    require_turn,
    tidy,
)
from tests.conftest import Browser
from tests.makers import make_actor, make_person, stored
from tests.programme.plans import Programme
from tests.together import together

NOW = clock.now()


@pytest.mark.parametrize(("text", "caught"), [
    ("这个项目很好", Caught.NOTHING), ("加 微-信 领 奖", Caught.WORD), ("ＷＥＩＸＩＮ领奖", Caught.NOTHING), ("看 http://x.example", Caught.LINK),
    ("买药到 abc.top", Caught.LINK), ("写信 a@b.cn", Caught.LINK), ("同样的话!", Caught.REPEATED), ("版本 2.0 发布", Caught.NOTHING),
])
def test_filters_catch_words_links_and_repetition_however_they_are_dressed(text: str, caught: Caught) -> None:
    recent = [Earlier("同样 的话", NOW - timedelta(minutes=1))]
    assert caught_by(text, ["微信", "weixin0"], recent, NOW) is caught


def test_full_width_letters_hide_no_word() -> None:
    assert caught_by("ＷＥＩ·ＸＩＮ", ["weixin"], [], NOW) is Caught.WORD


@given(st.text(max_size=320))
def test_a_tidy_message_is_one_line_without_control_characters(text: str) -> None:
    try:
        kept = tidy(text)
    except Refused:
        return
    assert kept == tidy(kept)
    assert "\n" not in kept
    assert 0 < len(kept) <= 300
    assert plain(kept) == plain(plain(kept))


def test_a_book_is_not_even_read() -> None:
    with pytest.raises(Refused):
        tidy(" " * 3001 + "好")
    assert tidy(" " * 2000 + "好") == "好"


@pytest.mark.parametrize("mode", list(TalkMode))
@pytest.mark.parametrize("caught", list(Caught))
def test_only_an_open_room_shows_at_once_and_only_what_no_filter_caught(mode: TalkMode, caught: Caught) -> None:
    at_once = first_status(mode, caught, is_official=False) is TalkStatus.SHOWN
    assert at_once is (mode is TalkMode.OPEN and caught is Caught.NOTHING)
    assert first_status(mode, caught, is_official=True) is TalkStatus.SHOWN


@pytest.mark.parametrize("before", list(TalkStatus))
@pytest.mark.parametrize("after", list(TalkStatus))
def test_every_decision_can_be_undone_and_nothing_is_decided_twice(before: TalkStatus, after: TalkStatus) -> None:
    assert LIFECYCLE.allows(before, after) is (before is not after and (before, after) != (TalkStatus.HELD, TalkStatus.HELD))


def test_one_waits_between_two_messages_and_a_muted_person_for_ever() -> None:
    just_now = Earlier("x", NOW - timedelta(seconds=2))
    with pytest.raises(Refused):
        require_turn(Manners(slow_s=5), MessageKind.CHAT, False, just_now, NOW)
    require_turn(Manners(slow_s=1), MessageKind.CHAT, False, just_now, NOW)
    with pytest.raises(Refused):
        require_turn(Manners(), MessageKind.CHAT, True, None, NOW)
    with pytest.raises(Refused):
        require_turn(Manners(takes_questions=False), MessageKind.QUESTION, False, None, NOW)
    with pytest.raises(Refused):
        require_turn(Manners(mode=TalkMode.CLOSED), MessageKind.CHAT, False, None, NOW)


class Room:
    """A released session with a moderator of its city and of another one."""

    def __init__(self) -> None:
        self.programme = Programme()
        session: Session = self.programme.place(self.programme.session("人工智能专场"))
        self.programme.release()
        self.id = session.id
        places = self.programme.places
        self.moderator = make_actor(Role.MODERATOR, places.chengdu, name="审核员")
        self.second = make_actor(Role.MODERATOR, places.province, name="省审核员")
        self.stranger = make_actor(Role.MODERATOR, places.mianyang, name="别市审核员")
        self.base = f"/work/{self.programme.edition.slug}/streaming/talk/{self.id}"

    def visitor(self, name: str = "张观众") -> Actor:
        return load_actor(make_person(name).id)

    def say(self, text: str = "请问价格？", *, by: Actor | None = None, kind: MessageKind = MessageKind.CHAT) -> talk.Written:
        return talk.write_message(self.id, kind, text, client_id=uuid4().hex, by=by or self.visitor())

    def set(self, mode: TalkMode, slow_s: int = 0) -> None:
        moderating.set_room(self.id, mode, True, slow_s, by=self.moderator)

    def public(self, client: Browser) -> Any:
        memo.forget_pages()  # A page that opens may be two seconds behind; those that are open hear at once.
        return client.get(f"/sessions/{self.id}/talk.json").json


@pytest.fixture
def room(app: Flask) -> Room:
    return Room()


def test_in_a_held_room_nothing_is_public_before_a_moderator_releases_it(room: Room, client: Browser) -> None:
    written = room.say("等待审核的话")
    assert written.status is TalkStatus.HELD
    assert room.public(client)["messages"] == []
    moderating.decide_messages(room.id, [written.id], TalkStatus.SHOWN, by=room.moderator)
    (shown,) = room.public(client)["messages"]
    assert (shown["text"], shown["author"]) == ("等待审核的话", "张**")
    moderating.decide_messages(room.id, [written.id], TalkStatus.DECLINED, by=room.second)
    assert room.public(client)["messages"] == []


def test_an_open_room_shows_at_once_and_holds_what_a_filter_caught(room: Room, client: Browser) -> None:
    room.set(TalkMode.OPEN)
    moderating.set_words(room.id, ["加微信"], by=room.second)
    assert room.say("很精彩").status is TalkStatus.SHOWN
    assert room.say("加 微 信").status is TalkStatus.HELD
    assert [m["text"] for m in room.public(client)["messages"]] == ["很精彩"]


def test_a_message_sent_twice_is_one(room: Room) -> None:
    by, number = room.visitor(), uuid4().hex
    first, second = (talk.write_message(room.id, MessageKind.CHAT, "一次", client_id=number, by=by) for _ in range(2))
    assert first.id == second.id
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TalkMessage)) == 1


def test_a_burst_is_held_and_released_without_loss(app: Flask, room: Room, client: Browser) -> None:
    room.set(TalkMode.HOLD)  # Without a pause between the messages of one person.
    writers = [room.visitor(f"观众{n}") for n in range(8)]
    for _ in range(3):
        answers = together(app, [partial(talk.write_message, room.id, MessageKind.CHAT, uuid4().hex, client_id=uuid4().hex,
                                         by=by) for by in writers])
        assert all(isinstance(answer, talk.Written) for answer in answers), answers
    waiting = db.session.scalar(sa.select(sa.func.count()).select_from(TalkMessage))
    assert waiting == 24
    assert moderating.release_held(room.id, by=room.moderator) == waiting
    assert len(room.public(client)["messages"]) == waiting


def test_two_moderators_who_decide_the_same_do_it_once(app: Flask, room: Room) -> None:
    number = room.say().id
    answers = together(app, [partial(moderating.decide_messages, room.id, [number], TalkStatus.SHOWN, by=by)
                             for by in (room.moderator, room.second)])
    assert sorted(answers) == [0, 1]


def test_a_muted_author_is_taken_down_and_silent_until_let_in_again(room: Room, client: Browser) -> None:
    room.set(TalkMode.OPEN)
    by = room.visitor()
    written = room.say("乱说", by=by)
    moderating.mute_author(room.id, written.id, False, by=room.moderator)
    assert room.public(client)["messages"] == []
    with pytest.raises(Refused):
        room.say("还要说", by=by)
    (mute,) = queries.list_mutes(room.id, room.programme.edition.id)
    moderating.lift_mute(room.id, mute.id, by=room.second)
    assert room.say("好好说", by=by).status is TalkStatus.SHOWN


def test_a_question_is_voted_for_once_each_and_answered_below(room: Room, client: Browser) -> None:
    asked = room.say("何时量产？", kind=MessageKind.QUESTION)
    fan = room.visitor("李观众")
    with pytest.raises(NotFound):
        moderating.vote_question(room.id, asked.id, by=fan)  # Not shown yet.
    moderating.decide_messages(room.id, [asked.id], TalkStatus.SHOWN, by=room.moderator)
    assert [moderating.vote_question(room.id, asked.id, by=fan) for _ in range(2)] == [1, 1]
    moderating.answer_question(room.id, asked.id, "明年二季度。", by=room.moderator)
    (shown,) = room.public(client)["questions"]
    assert (shown["votes"], shown["answer"]) == (1, "明年二季度。")


def test_one_message_stands_at_the_top_and_only_while_it_is_shown(room: Room, client: Browser) -> None:
    first, second = room.say("甲").id, room.say("乙").id
    with pytest.raises(Refused):
        moderating.pin_message(room.id, first, True, by=room.moderator)
    moderating.release_held(room.id, by=room.moderator)
    for number in (first, second):
        moderating.pin_message(room.id, number, True, by=room.moderator)
    assert room.public(client)["pinned"]["text"] == "乙"
    moderating.decide_messages(room.id, [second], TalkStatus.DECLINED, by=room.moderator)
    assert room.public(client)["pinned"] is None


def test_a_poll_counts_each_person_once_and_only_while_it_is_open(room: Room, client: Browser) -> None:
    poll = moderating.make_poll(room.id, "最看好哪项？", ["甲", "乙"], by=room.moderator)
    number, by = poll.id, room.visitor()
    assert room.public(client)["poll"] is None
    with pytest.raises(NotFound):
        moderating.vote_poll(room.id, number, 0, by=by)
    moderating.turn_poll(room.id, number, PollStatus.OPEN, by=room.moderator)
    moderating.vote_poll(room.id, number, 0, by=by)
    assert moderating.vote_poll(room.id, number, 1, by=by)["votes"] == [0, 1]
    with pytest.raises(Refused):
        moderating.vote_poll(room.id, number, 7, by=by)
    other = moderating.make_poll(room.id, "下一题", ["甲", "乙"], by=room.moderator).id
    moderating.turn_poll(room.id, other, PollStatus.OPEN, by=room.moderator)
    with pytest.raises(Refused):
        moderating.vote_poll(room.id, number, 0, by=by)


@pytest.mark.parametrize("choices", [["一个"], [], ["同", "同"], [str(n) for n in range(9)]])
def test_a_poll_needs_two_to_eight_choices(room: Room, choices: list[str]) -> None:
    with pytest.raises(Refused):
        moderating.make_poll(room.id, "问", choices, by=room.moderator)


def test_moderators_of_another_city_and_the_audience_decide_nothing(room: Room, client: Browser) -> None:
    number = room.say().id
    for by in (room.stranger, room.visitor()):
        with pytest.raises(NotFound):
            moderating.decide_messages(room.id, [number], TalkStatus.SHOWN, by=by)
    assert client.sign_in(room.stranger).get(room.base).status_code == 404
    assert client.sign_in(room.visitor()).get(room.base).status_code == 403
    with pytest.raises(Forbidden):
        moderating.set_words(room.id, ["词"], by=room.moderator)


def test_without_an_account_one_reads_and_does_not_write(room: Room, client: Browser) -> None:
    with pytest.raises(Forbidden):
        talk.write_message(room.id, MessageKind.CHAT, "匿名", client_id=uuid4().hex, by=ANONYMOUS)
    assert client.post(f"/sessions/{room.id}/talk", json={"text": "匿名", "client_id": uuid4().hex}).status_code in {302, 401}
    assert client.get(f"/sessions/{room.id}").status_code == 200


def test_the_conversation_of_an_invited_audience_is_theirs_alone(room: Room, client: Browser) -> None:
    room.set(TalkMode.OPEN)
    room.say("内部讨论")
    broadcast = db.session.scalar(sa.select(Broadcast).where(Broadcast.session_id == room.id))
    with db.engine.begin() as connection:
        if broadcast is None:
            connection.execute(sa.insert(Broadcast).values(session_id=room.id, status="planned", audience=Audience.INVITED, room="r1"))
        else:
            connection.execute(sa.update(Broadcast).where(Broadcast.session_id == room.id).values(audience=Audience.INVITED))
    db.session.rollback()
    assert client.get(f"/sessions/{room.id}/talk.json").status_code == 403
    assert "data-events" not in client.get(f"/sessions/{room.id}").text.partition('id="talk"')[2]
    client.sign_in(room.visitor())
    assert client.post(f"/sessions/{room.id}/talk", json={"text": "混入", "client_id": uuid4().hex}).status_code == 403


def test_everything_that_was_said_can_be_taken_home_by_moderators(room: Room, client: Browser) -> None:
    room.say("=1+1")
    text = client.sign_in(room.moderator).get(f"{room.base}/messages.csv").data.decode("utf-8-sig")
    assert "'=1+1" in text
    assert client.sign_in(room.stranger).get(f"{room.base}/messages.csv").status_code == 404


@pytest.mark.parametrize("tab", ["held", "shown", "questions", "declined", "room", "nonsense"])
def test_the_moderators_page_asks_the_same_number_of_questions_for_one_message_and_three(
    room: Room, client: Browser, count_queries: Any, tab: str,
) -> None:
    client.sign_in(room.moderator)

    def counted() -> int:
        client.get(f"{room.base}?tab={tab}")
        with count_queries() as count:
            assert client.get(f"{room.base}?tab={tab}").status_code == 200
        return int(count())

    room.say("一")
    one = counted()
    room.say("二")
    room.say("三")
    assert counted() == one


def test_the_page_of_a_session_holds_the_conversation_once(room: Room, client: Browser) -> None:
    assert client.get(f"/sessions/{room.id}").text.count('data-controller="talk"') == 1


def test_applause_is_counted_in_handfuls(room: Room, client: Browser) -> None:
    client.sign_in(room.visitor())
    assert client.post(f"/sessions/{room.id}/applause", json={"times": 3}).json == {"n": 3}
    assert client.post(f"/sessions/{room.id}/applause", json={"times": 99999}).json == {"n": 23}


def test_a_replay_brings_what_was_said_at_its_second(room: Room, client: Browser) -> None:
    room.set(TalkMode.OPEN)
    said = room.say("正中此刻")
    db.session.rollback()
    at = db.session.get_one(TalkMessage, said.id).at
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Broadcast).where(Broadcast.session_id == room.id))
    begins = at - timedelta(seconds=90)
    channel = stored(Channel(edition_id=room.programme.edition.id, name="一厅", region_path=room.programme.places.chengdu.path))
    broadcast = stored(Broadcast(session_id=room.id, status="ended", started_at=begins, ended_at=at + timedelta(hours=1), replay_starts_at=begins,
                                 room="r2", channel_id=channel.id))

    def record(name: str, since: float, seconds: float) -> None:
        stored(Recording(channel_id=channel.id, broadcast_id=broadcast.id, path=name, started_at=begins + timedelta(seconds=since),
                         ended_at=begins + timedelta(seconds=since + seconds), duration_ms=int(seconds * 1000)))

    def shown() -> Any:
        memo.forget_pages()
        return client.get(f"/sessions/{room.id}/danmaku.json").json

    record("1.flv", 0, 20)
    assert shown() == {"messages": []}  # Said while nothing was recorded: there is no picture that it could run over.
    record("2.flv", 80, 60)
    assert shown() == {"messages": [[30.0, "正中此刻"]]}  # The minute without pictures is not in the replay.


def test_a_whole_hall_behind_one_address_talks_and_one_person_cannot_flood(app: Flask, room: Room, client: Browser) -> None:
    room.set(TalkMode.OPEN)
    app.config["LIMITS_IN_TEST"] = True

    def say(by: Actor) -> int:
        client.sign_in(by)
        sent = {"kind": "chat", "text": f"你好{uuid4().hex[:6]}", "client_id": uuid4().hex}
        return int(client.post(f"/sessions/{room.id}/talk", json=sent, environ_base={"REMOTE_ADDR": "10.9.8.7"}).status_code)

    visitors = [room.visitor(f"观众{n}") for n in range(3)]
    try:
        # Sixty a minute; where the minute ends in the midst it is up to twice that.
        assert next(count for count in range(130) if say(visitors[0]) == 429) >= 60
        assert [say(one) for one in visitors[1:]] == [200, 200]
    finally:
        app.config["LIMITS_IN_TEST"] = False
