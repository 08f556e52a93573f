"""Messages, questions, polls and mutes of a session's room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import joinedload

from expo.kit.db import db, get_record, not_found
from expo.streaming.models_talk import (
    MessageKind,
    Poll,
    PollStatus,
    PollVote,
    TalkMessage,
    TalkMute,
    TalkRoom,
    TalkStatus,
    TalkVote,
    TalkWord,
)
from expo.streaming.rules_talk import REPEATED_WITHIN, Earlier, Manners


def manners_of(session_id: int) -> Manners:
    """How one may talk in a session."""
    row = db.session.execute(
        sa.select(TalkRoom.mode, TalkRoom.takes_questions, TalkRoom.slow_s).where(TalkRoom.session_id == session_id)
    ).first()
    return Manners(*row) if row else Manners()


def find_room(session_id: int, *, for_update: bool = False) -> TalkRoom | None:
    """A room's settings, if anybody has made some."""
    return db.session.get(TalkRoom, session_id, with_for_update=for_update or None, populate_existing=True)


def is_muted(person_id: int, session_id: int, edition_id: int) -> bool:
    """Whether somebody may not write here, or nowhere in the edition."""
    found = sa.select(TalkMute.id).where(
        TalkMute.edition_id == edition_id, TalkMute.person_id == person_id, TalkMute.lifted_at.is_(None),
        sa.or_(TalkMute.session_id.is_(None), TalkMute.session_id == session_id),
    ).limit(1)
    return db.session.scalar(found) is not None


def list_recent_of(person_id: int, session_id: int, now: datetime) -> list[Earlier]:
    """What somebody wrote here lately, the latest first."""
    rows = db.session.execute(
        sa.select(TalkMessage.text, TalkMessage.at)
        .where(TalkMessage.person_id == person_id, TalkMessage.session_id == session_id,
               TalkMessage.at > now - REPEATED_WITHIN)
        .order_by(TalkMessage.id.desc()).limit(10)
    )
    return [Earlier(*row) for row in rows]


def list_words(edition_id: int) -> list[str]:
    """The words that hold a message, in order."""
    return list(db.session.scalars(sa.select(TalkWord.word).where(TalkWord.edition_id == edition_id).order_by(TalkWord.word)))


def find_word(edition_id: int, word: str) -> TalkWord | None:
    """One of them."""
    return db.session.scalar(sa.select(TalkWord).where(TalkWord.edition_id == edition_id, TalkWord.word == word))


def insert_messages(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Store messages unless their client id is there already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    table: Any = TalkMessage.__table__
    connection.execute(insert(table).values(rows).on_conflict_do_nothing())


def read_by_client_ids(connection: Connection, client_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Client id → the stored message: what it became, and whose words it holds."""
    c: Any = TalkMessage.__table__.c
    rows = connection.execute(
        sa.select(c.client_id, c.id, c.status, c.person_id, c.session_id, c.text).where(c.client_id.in_(client_ids)))
    return {row["client_id"]: dict(row) for row in rows.mappings()}


def find_by_client_id(client_id: str, person_id: int) -> TalkMessage | None:
    """What the same browser has sent before."""
    return db.session.scalar(
        sa.select(TalkMessage).where(TalkMessage.client_id == client_id, TalkMessage.person_id == person_id)
    )


def list_shown(session_id: int, kind: MessageKind, limit: int) -> list[TalkMessage]:
    """The latest messages that everybody may read, the oldest first; questions by votes."""
    order: list[Any] = [TalkMessage.id.desc()]
    if kind is MessageKind.QUESTION:
        order = [TalkMessage.votes.desc(), TalkMessage.id.desc()]
    found = db.session.scalars(
        sa.select(TalkMessage)
        .where(TalkMessage.session_id == session_id, TalkMessage.status == TalkStatus.SHOWN, TalkMessage.kind == kind)
        .order_by(*order).limit(limit)
    ).all()
    return list(found) if kind is MessageKind.QUESTION else list(reversed(found))


def find_pinned(session_id: int) -> TalkMessage | None:
    """The message at the top."""
    return db.session.scalar(
        sa.select(TalkMessage)
        .where(TalkMessage.session_id == session_id, TalkMessage.status == TalkStatus.SHOWN, TalkMessage.pinned_at.is_not(None))
        .order_by(TalkMessage.pinned_at.desc()).limit(1)
    )


def list_pinned_for_update(session_id: int) -> list[TalkMessage]:
    """All that are pinned, locked."""
    return list(db.session.scalars(
        sa.select(TalkMessage).where(TalkMessage.session_id == session_id, TalkMessage.pinned_at.is_not(None))
        .with_for_update().execution_options(populate_existing=True)
    ))


def get_message(session_id: int, message_id: int) -> TalkMessage:
    """One message of this room, locked."""
    message = get_record(TalkMessage, message_id, for_update=True)
    if message.session_id != session_id:
        raise not_found()
    return message


def list_for_update(session_id: int, message_ids: Collection[int]) -> list[TalkMessage]:
    """These messages of this room, locked, in order."""
    return list(db.session.scalars(
        sa.select(TalkMessage).where(TalkMessage.session_id == session_id, TalkMessage.id.in_(message_ids))
        .order_by(TalkMessage.id).with_for_update().execution_options(populate_existing=True)
    ))


def list_held_ids(session_id: int) -> list[int]:
    """All messages that wait and that no filter has caught, the oldest first."""
    return list(db.session.scalars(
        sa.select(TalkMessage.id).where(TalkMessage.session_id == session_id, TalkMessage.status == TalkStatus.HELD,
                                        TalkMessage.caught == "").order_by(TalkMessage.id).limit(2000)
    ))


def list_for_moderators(session_id: int, status: TalkStatus, kind: MessageKind | None, limit: int) -> list[TalkMessage]:
    """What moderators see: waiting ones the oldest first, others the latest first."""
    statement = sa.select(TalkMessage).options(joinedload(TalkMessage.person)).where(
        TalkMessage.session_id == session_id, TalkMessage.status == status)
    if kind is not None:
        statement = statement.where(TalkMessage.kind == kind)
    order = TalkMessage.id if status is TalkStatus.HELD else TalkMessage.id.desc()
    return list(db.session.scalars(statement.order_by(order).limit(limit)))


def count_messages(session_ids: Collection[int]) -> dict[int, Counter[TalkStatus]]:
    """Session → status → messages."""
    found: dict[int, Counter[TalkStatus]] = {}
    for session_id, status, number in db.session.execute(
        sa.select(TalkMessage.session_id, TalkMessage.status, sa.func.count())
        .where(TalkMessage.session_id.in_(session_ids)).group_by(TalkMessage.session_id, TalkMessage.status)
    ):
        found.setdefault(session_id, Counter())[status] = number
    return found


def iterate_messages(session_id: int) -> Iterator[Any]:
    """All messages of a room for its export, in order."""
    statement = sa.select(
        TalkMessage.at, TalkMessage.kind, TalkMessage.author, TalkMessage.text, TalkMessage.status, TalkMessage.caught,
        TalkMessage.votes, TalkMessage.answer,
    ).where(TalkMessage.session_id == session_id).order_by(TalkMessage.id).execution_options(yield_per=500)
    yield from db.session.execute(statement)


def list_timed(session_id: int, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Shown messages of a time, for running over a replay."""
    rows = db.session.execute(
        sa.select(TalkMessage.at, TalkMessage.text)
        .where(TalkMessage.session_id == session_id, TalkMessage.status == TalkStatus.SHOWN,
               TalkMessage.kind == MessageKind.CHAT, TalkMessage.at.between(since, until))
        .order_by(TalkMessage.id).limit(5000)
    )
    return [(row[0], row[1]) for row in rows]


def has_voted(message_id: int, person_id: int) -> bool:
    """Whether somebody has asked for this question's answer."""
    return db.session.get(TalkVote, (message_id, person_id)) is not None


def list_mutes(session_id: int, edition_id: int) -> list[TalkMute]:
    """Who may not write here."""
    return list(db.session.scalars(
        sa.select(TalkMute).options(joinedload(TalkMute.person)).where(
            TalkMute.edition_id == edition_id, TalkMute.lifted_at.is_(None),
            sa.or_(TalkMute.session_id.is_(None), TalkMute.session_id == session_id),
        ).order_by(TalkMute.id.desc())
    ))


def find_poll(session_id: int, poll_id: int | None = None) -> Poll | None:
    """One poll, or the latest that everybody may see."""
    statement = sa.select(Poll).where(Poll.session_id == session_id)
    if poll_id is not None:
        statement = statement.where(Poll.id == poll_id)
    else:
        statement = statement.where(Poll.status != PollStatus.DRAFT)
    return db.session.scalar(statement.order_by((Poll.status == PollStatus.OPEN).desc(), Poll.id.desc()).limit(1))


def find_open_poll(session_id: int) -> Poll | None:
    """The poll that runs."""
    return db.session.scalar(sa.select(Poll).where(Poll.session_id == session_id, Poll.status == PollStatus.OPEN))


def list_polls(session_id: int) -> list[Poll]:
    """All polls of a session, the latest first."""
    return list(db.session.scalars(sa.select(Poll).where(Poll.session_id == session_id).order_by(Poll.id.desc())))


def count_votes(poll_ids: Collection[int]) -> dict[int, Counter[int]]:
    """Poll → choice → votes."""
    found: dict[int, Counter[int]] = {}
    for poll_id, choice, number in db.session.execute(
        sa.select(PollVote.poll_id, PollVote.choice, sa.func.count())
        .where(PollVote.poll_id.in_(poll_ids)).group_by(PollVote.poll_id, PollVote.choice)
    ):
        found.setdefault(poll_id, Counter())[choice] = number
    return found


def find_vote(poll_id: int, person_id: int) -> PollVote | None:
    """Somebody's choice."""
    return db.session.get(PollVote, (poll_id, person_id))
