"""What visitors and those concerned keep of releases: starred sessions, calendar keys, messages sent, papers printed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model


class Star(Model):
    """Somebody wants to go to a session."""

    __tablename__ = "star"
    __history__ = False
    __table_args__ = (sa.UniqueConstraint("person_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class AgendaKey(Model):
    """The secret part of the address under which a calendar program follows somebody's agenda; a new one ends the old."""

    __tablename__ = "agenda_key"
    __history__ = False

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, info={"personal": True})


class ReleaseMessage(Model):
    """Somebody has been told what a release means for them; the row keeps a repeated job from telling it twice."""

    __tablename__ = "release_message"
    __history__ = False
    __table_args__ = (sa.UniqueConstraint("release_id", "recipient"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(sa.ForeignKey("release.id"))
    # "person:7", or "project:12" for the contact of a project that nobody has claimed yet.
    recipient: Mapped[str] = mapped_column(sa.String(40))
    sessions: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)


class ReleasePaper(Model):
    """The printed programme of a release; made once, because a release never changes."""

    __tablename__ = "release_paper"
    __history__ = False

    release_id: Mapped[int] = mapped_column(sa.ForeignKey("release.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
