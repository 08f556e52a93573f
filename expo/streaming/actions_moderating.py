"""What moderators do: release, decline, pin, answer, mute, set the room, run polls. Everything can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.push import push
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.places.queries import find_province
from expo.programme.queries import get_released_session
from expo.streaming import queries_talk as queries
from expo.streaming import rules_talk as rules
from expo.streaming.actions_talk import as_shown, desk_topic, topic_of
from expo.streaming.models_talk import (
    Poll,
    PollStatus,
    PollVote,
    TalkMessage,
    TalkMode,
    TalkMute,
    TalkRoom,
    TalkStatus,
    TalkVote,
    TalkWord,
)

#: A push carries so many messages at most.
_PIECE = 100


def require_moderating(session_id: int, by: Actor) -> tuple[int, str]:
    """(edition, region path) of a session whose room this person moderates; another region's does not exist."""
    edition, _programme, session = get_released_session(session_id)
    if not by.may(P.STREAMING_MODERATE, region_path=session.region_path, edition_id=edition.id):
        raise not_found()
    return edition.id, session.region_path


@action
def decide_messages(session_id: int, message_ids: Sequence[int], status: TalkStatus, *, by: Actor) -> int:
    """Show, decline or hold messages; those that a colleague has decided the same way are left alone. Returns how many."""
    require_moderating(session_id, by)
    changed = []
    for message in queries.list_for_update(session_id, message_ids):
        if message.status is status:
            continue
        rules.LIFECYCLE.move(message, status)
        message.decided_by_id, message.decided_at = by.person_id, clock.now()
        if status is not TalkStatus.SHOWN:
            message.pinned_at = None
        changed.append(message)
    _tell(session_id, status, changed)
    return len(changed)


@action
def release_held(session_id: int, *, by: Actor) -> int:
    """Show all that waits and that no filter has caught."""
    require_moderating(session_id, by)
    return decide_messages(session_id, queries.list_held_ids(session_id), TalkStatus.SHOWN, by=by)


def _tell(session_id: int, status: TalkStatus, changed: list[TalkMessage]) -> None:
    topic = topic_of(session_id)
    for start in range(0, len(changed), _PIECE):
        piece = changed[start:start + _PIECE]
        if status is TalkStatus.SHOWN:
            push(topic, "messages", {"messages": [as_shown(message) for message in piece]})
        else:
            push(topic, "gone", {"ids": [message.id for message in piece]})
    if changed:
        push(desk_topic(session_id), "decided")


@action
def pin_message(session_id: int, message_id: int, is_pinned: bool, *, by: Actor) -> None:
    """Put one shown message to the top, in place of another one, or take it down."""
    require_moderating(session_id, by)
    for earlier in queries.list_pinned_for_update(session_id):
        earlier.pinned_at = None
    message = queries.get_message(session_id, message_id)
    if is_pinned:
        if message.status is not TalkStatus.SHOWN:
            raise Refused(_l("Show the message before you pin it."))
        message.pinned_at = clock.now()
    push(topic_of(session_id), "pinned", {"message": as_shown(message) if is_pinned else None})
    push(desk_topic(session_id), "decided")


@action
def answer_question(session_id: int, message_id: int, answer: str, *, by: Actor) -> None:
    """Write the answer below a question; it is shown with it. An empty answer takes it back."""
    require_moderating(session_id, by)
    message = queries.get_message(session_id, message_id)
    message.answer = " ".join(answer.split())[:1000]
    message.answered_at = clock.now() if message.answer else None
    if message.answer and message.status is not TalkStatus.SHOWN:
        rules.LIFECYCLE.move(message, TalkStatus.SHOWN)
        message.decided_by_id, message.decided_at = by.person_id, clock.now()
    _tell(session_id, TalkStatus.SHOWN, [message])


@action
def mute_author(session_id: int, message_id: int, everywhere: bool, *, by: Actor) -> None:
    """The author may not write here any more, or nowhere in this edition; what is shown of them is taken down."""
    edition_id, _path = require_moderating(session_id, by)
    message = queries.get_message(session_id, message_id)
    if message.is_official:
        raise Refused(_l("A moderator cannot be muted."))
    if not queries.is_muted(message.person_id, session_id, edition_id) or everywhere:
        db.session.add(TalkMute(edition_id=edition_id, session_id=None if everywhere else session_id,
                                person_id=message.person_id, by_id=by.person_id))
    decide_messages(session_id, [message_id], TalkStatus.DECLINED, by=by)
    push(desk_topic(session_id), "decided")


@action
def lift_mute(session_id: int, mute_id: int, *, by: Actor) -> None:
    """Let somebody write again."""
    edition_id, _path = require_moderating(session_id, by)
    mute = get_record(TalkMute, mute_id, for_update=True)
    if mute.edition_id != edition_id or mute.session_id not in {None, session_id}:
        raise not_found()
    mute.lifted_at = mute.lifted_at or clock.now()
    push(desk_topic(session_id), "decided")


@action
def set_room(session_id: int, mode: TalkMode, takes_questions: bool, slow_s: int, *, by: Actor) -> None:
    """How the audience of this session may talk."""
    edition_id, region_path = require_moderating(session_id, by)
    room = queries.find_room(session_id, for_update=True)
    if room is None:
        room = TalkRoom(session_id=session_id, edition_id=edition_id, region_path=region_path)
        db.session.add(room)
    room.mode, room.takes_questions, room.slow_s = mode, takes_questions, slow_s
    push(topic_of(session_id), "room", {"mode": mode.value, "questions": takes_questions})
    push(desk_topic(session_id), "decided")


def may_set_words(edition_id: int, by: Actor) -> bool:
    """Whether somebody moderates the whole edition."""
    province = find_province()
    return by.may(P.STREAMING_MODERATE, region_path=province.path if province else "/", edition_id=edition_id)


@action
def set_words(session_id: int, words: Sequence[str], *, by: Actor) -> int:
    """The words that hold a message, for all rooms of the edition: for those who moderate the whole of it."""
    edition_id, _path = require_moderating(session_id, by)
    if not may_set_words(edition_id, by):
        raise Forbidden(_l("The words hold messages in all sessions, so only those who moderate the whole edition set them."))
    wanted = {word.strip()[:40] for word in words if len(rules.plain(word)) > 1}
    for word in set(queries.list_words(edition_id)) - wanted:
        db.session.delete(queries.find_word(edition_id, word))
    for word in wanted - set(queries.list_words(edition_id)):
        db.session.add(TalkWord(edition_id=edition_id, word=word))
    return len(wanted)


@action
def vote_question(session_id: int, message_id: int, *, by: Actor) -> int:
    """Want a question's answer, too; once each. Returns the votes."""
    if by.person_id is None:
        raise Refused(_l("Sign in to take part in the conversation."))
    get_released_session(session_id)
    message = queries.get_message(session_id, message_id)
    if message.status is not TalkStatus.SHOWN:
        raise not_found()
    if not queries.has_voted(message_id, by.person_id):
        db.session.add(TalkVote(message_id=message_id, person_id=by.person_id))
        message.votes += 1
        push(topic_of(session_id), "votes", {"id": message_id, "votes": message.votes})
    return message.votes


@action(history=False)
def applaud(session_id: int, times: int) -> int:
    """Applause, counted in handfuls; returns all of it."""
    edition, _programme, session = get_released_session(session_id)
    room = queries.find_room(session_id, for_update=True)
    if room is None:
        room = TalkRoom(session_id=session_id, edition_id=edition.id, region_path=session.region_path, applause=0)
        db.session.add(room)
    if room.mode is TalkMode.CLOSED:
        return room.applause
    room.applause += max(1, min(times, 20))
    push(topic_of(session_id), "applause", {"n": room.applause})
    return room.applause


@action
def make_poll(session_id: int, question: str, choices: Sequence[str], *, by: Actor) -> Poll:
    """Prepare a poll; nobody sees it before it is opened."""
    require_moderating(session_id, by)
    poll = Poll(session_id=session_id, question=" ".join(question.split())[:200],
                choices=rules.require_choices(question, choices))
    db.session.add(poll)
    return poll


@action
def turn_poll(session_id: int, poll_id: int, status: PollStatus, *, by: Actor) -> None:
    """Open or close a poll; opening one closes the one that runs."""
    require_moderating(session_id, by)
    poll = get_record(Poll, poll_id, for_update=True)
    if poll.session_id != session_id:
        raise not_found()
    running = queries.find_open_poll(session_id)
    if status is PollStatus.OPEN and running is not None and running.id != poll.id:
        rules.POLLS.move(running, PollStatus.CLOSED)
        db.session.flush()
    rules.POLLS.move(poll, status)
    push(topic_of(session_id), "poll", poll_as_shown(poll, {}))
    push(desk_topic(session_id), "decided")


def poll_as_shown(poll: Poll, votes: dict[int, int]) -> dict[str, Any]:
    """A poll with its votes by choice."""
    return {"id": poll.id, "question": poll.question, "choices": poll.choices, "is_open": poll.status is PollStatus.OPEN,
            "votes": [votes.get(place, 0) for place in range(len(poll.choices))]}


@action(history=False)
def vote_poll(session_id: int, poll_id: int, choice: int, *, by: Actor) -> dict[str, Any]:
    """Choose; while the poll is open one may choose again."""
    if by.person_id is None:
        raise Refused(_l("Sign in to take part in the conversation."))
    poll = get_record(Poll, poll_id, for_update=True)
    if poll.session_id != session_id or poll.status is PollStatus.DRAFT:
        raise not_found()
    if poll.status is not PollStatus.OPEN:
        raise Refused(_l("This poll is closed."))
    if not 0 <= choice < len(poll.choices):
        raise Refused(_l("Choose one of the answers."))
    vote = queries.find_vote(poll_id, by.person_id)
    if vote is None:
        db.session.add(PollVote(poll_id=poll_id, person_id=by.person_id, choice=choice))
    else:
        vote.choice = choice
    db.session.flush()
    shown = poll_as_shown(poll, queries.count_votes([poll_id]).get(poll_id, {}))
    push(topic_of(session_id), "poll", shown)
    return shown
