"""What the audience says and asks beside a session's picture, and what moderators do with it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person


class TalkMode(Labelled):
    HOLD = "hold", _l("Shown after release")
    OPEN = "open", _l("Shown at once, filtered")
    CLOSED = "closed", _l("Closed")


class MessageKind(Labelled):
    CHAT = "chat", _l("Message")
    QUESTION = "question", _l("Question")


class TalkStatus(Labelled):
    HELD = "held", _l("Waiting")
    SHOWN = "shown", _l("Shown")
    DECLINED = "declined", _l("Declined")


class Caught(Labelled):
    """Why a filter has held a message."""

    NOTHING = "", _l("—")
    WORD = "word", _l("Blocked word")
    LINK = "link", _l("Link")
    REPEATED = "repeated", _l("Repeated")


class PollStatus(Labelled):
    DRAFT = "draft", _l("Prepared")
    OPEN = "open", _l("Open")
    CLOSED = "closed", _l("Closed")


class TalkRoom(Model):
    """How the audience of one session may talk. Without a row the room is held, with questions."""

    __tablename__ = "talk_room"

    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    region_path: Mapped[str] = mapped_column(RegionPath)
    mode: Mapped[TalkMode] = mapped_column(default=TalkMode.HOLD)
    takes_questions: Mapped[bool] = mapped_column(default=True)
    #: Seconds that one person waits between two messages.
    slow_s: Mapped[int] = mapped_column(default=5)
    applause: Mapped[int] = mapped_column(default=0, info={"derived": True})


class TalkMessage(Model):
    """One message or question. Its own row is its log; decisions about it are in the history."""

    __tablename__ = "talk_message"
    __table_args__ = (
        sa.Index("ix_talk_message_session_status", "session_id", "status", "id"),
        sa.Index("ix_talk_message_person", "person_id", "session_id", "id"),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    # Made by the browser, so that a message sent twice is one.
    client_id: Mapped[str] = mapped_column(sa.String(40), unique=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    # As it is shown: masked for the audience, whole for the expo's own people.
    author: Mapped[str] = mapped_column(sa.String(80), info={"personal": True})
    is_official: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[MessageKind]
    text: Mapped[str] = mapped_column(sa.String(300))
    status: Mapped[TalkStatus]
    caught: Mapped[Caught] = mapped_column(default=Caught.NOTHING)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")
    answered_at: Mapped[datetime | None]
    votes: Mapped[int] = mapped_column(default=0, info={"derived": True})

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class TalkVote(Model):
    """Somebody wants a question answered, too."""

    __tablename__ = "talk_vote"
    __history__ = False

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("talk_message.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)


class TalkMute(Model):
    """Somebody may not write: in one session, or (without one) in the whole edition; until lifted."""

    __tablename__ = "talk_mute"
    __table_args__ = (sa.Index("ix_talk_mute_edition_person", "edition_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    lifted_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class TalkWord(Model):
    """A word that holds a message for a moderator, in all rooms of an edition."""

    __tablename__ = "talk_word"
    __table_args__ = (sa.UniqueConstraint("edition_id", "word"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    word: Mapped[str] = mapped_column(sa.String(40))


class Poll(Model):
    """A question with choices for the audience of a session; one is open at a time."""

    __tablename__ = "poll"
    __table_args__ = (
        sa.Index("uq_poll_open", "session_id", unique=True, sqlite_where=sa.text("status = 'open'"),
                 postgresql_where=sa.text("status = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)
    question: Mapped[str] = mapped_column(sa.String(200))
    choices: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[PollStatus] = mapped_column(default=PollStatus.DRAFT)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class PollVote(Model):
    """One person's choice, by its place; it may be changed while the poll is open."""

    __tablename__ = "poll_vote"
    __history__ = False

    poll_id: Mapped[int] = mapped_column(sa.ForeignKey("poll.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    choice: Mapped[int]
