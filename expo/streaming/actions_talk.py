"""Writing in a session's room: thin, because hundreds a second may come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.gathering import Gathering
from expo.kit.language import _l
from expo.kit.push import push
from expo.kit.refusals import Forbidden, Refused
from expo.kit.text import mask_name
from expo.people.permissions import P
from expo.programme.queries import get_released_session
from expo.streaming import queries_talk as queries
from expo.streaming import rules_talk as rules
from expo.streaming.models import Audience
from expo.streaming.models_talk import MessageKind, TalkMessage, TalkStatus
from expo.streaming.queries_broadcasts import find_broadcast

#: Moderators hear of waiting messages at most this often from one process.
_HINT_EVERY_S = 0.5
_hinted: dict[int, float] = {}


@dataclass(frozen=True)
class Written:
    """What came of a message."""

    id: int
    status: TalkStatus
    shown: dict[str, Any]


def topic_of(session_id: int) -> str:
    """Where the audience hears what is said: open to all, or only to those who may watch."""
    broadcast = find_broadcast(session_id)
    return topic_for(session_id, broadcast.audience if broadcast else Audience.PUBLIC)


def topic_for(session_id: int, audience: Audience) -> str:
    return f"public/talk/{session_id}" if audience is Audience.PUBLIC else f"talk/{session_id}"


def desk_topic(session_id: int) -> str:
    """Where moderators hear that something waits or was decided."""
    return f"talk-desk/{session_id}"


def as_shown(message: TalkMessage) -> dict[str, Any]:
    """A message as the audience gets it: nothing of the person but the name that is shown."""
    return {
        "id": message.id, "kind": message.kind.value, "author": message.author, "text": message.text,
        "at": message.at.isoformat(), "official": message.is_official, "votes": message.votes,
        "answer": message.answer, "pinned": message.pinned_at is not None,
    }


def write_message(session_id: int, kind: MessageKind, text: str, *, client_id: str, by: Actor) -> Written:
    """Say or ask something. Sent again with the same ``client_id`` it is the same message."""
    person_id = _writer(by)
    edition, _programme, session = get_released_session(session_id)
    kept = queries.find_by_client_id(client_id, person_id)
    if kept is not None:
        return Written(kept.id, kept.status, as_shown(kept))
    now, text = clock.now(), rules.tidy(text)
    manners = queries.manners_of(session_id)
    is_official = by.may(P.STREAMING_MODERATE, region_path=session.region_path, edition_id=edition.id)
    earlier = queries.list_recent_of(person_id, session_id, now)
    if not is_official:
        rules.require_turn(manners, kind, queries.is_muted(person_id, session_id, edition.id),
                           earlier[0] if earlier else None, now)
    caught = rules.caught_by(text, queries.list_words(edition.id), earlier, now)
    status = rules.first_status(manners.mode, caught, is_official=is_official)
    row: dict[str, Any] = {
        "client_id": client_id, "session_id": session_id, "person_id": person_id, "is_official": is_official,
        "author": by.name if is_official else mask_name(by.name), "kind": kind, "text": text, "caught": caught,
        "status": status, "at": now, "answer": "", "votes": 0,
    }
    stored = _gathered.do(row)
    if any(stored[name] != row[name] for name in ("person_id", "session_id", "text")):
        # Other words came under the same id in this very moment. These were not judged, so they are not said.
        raise Refused(_l("This form was sent already; nothing was done twice."))
    number, status = int(stored["id"]), TalkStatus(stored["status"])
    shown = {"id": number, "kind": kind.value, "author": row["author"], "text": text, "at": now.isoformat(),
             "official": is_official, "votes": 0, "answer": "", "pinned": False}
    if status is TalkStatus.SHOWN:
        push(topic_of(session_id), "message", shown)
    _hint(session_id)
    return Written(number, status, shown)


def _writer(by: Actor) -> int:
    if by.person_id is None:
        raise Forbidden(_l("Sign in to take part in the conversation."))
    return by.person_id


def _store(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stored rows; for a message that another request has stored already, that one."""
    queries.insert_messages(connection, list(rows))
    stored = queries.read_by_client_ids(connection, [row["client_id"] for row in rows])
    return [stored[row["client_id"]] for row in rows]


_gathered: Gathering[dict[str, Any], dict[str, Any]] = Gathering(_store)


def _hint(session_id: int) -> None:
    """A message waits. Of many within half a second moderators hear once; their page asks for the list anyway."""
    now = time.monotonic()
    if now - _hinted.get(session_id, 0.0) >= _HINT_EVERY_S:
        _hinted[session_id] = now
        push(desk_topic(session_id), "waiting")
