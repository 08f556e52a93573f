"""The stage manager's taps: what happened on the stage, and when. The course of a session is made from them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person


class CueKind(Labelled):
    START = "start", _l("Begins")
    SKIP = "skip", _l("Skipped")
    BREAK = "break", _l("Pause")
    RESUME = "resume", _l("On again")
    END = "end", _l("Session over")


class Cue(Model):
    """One tap. ``project_id`` is the project that begins or is skipped; the others concern the session.

    A tap is never changed: whoever tapped wrongly takes it back, and it stays here with the time of that.
    """

    __tablename__ = "cue"
    __table_args__ = (
        sa.CheckConstraint("(kind IN ('start', 'skip')) = (project_id IS NOT NULL)", name="project"),
        sa.Index("ix_cue_session_id_at", "session_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    kind: Mapped[CueKind]
    project_id: Mapped[int | None] = mapped_column(sa.ForeignKey("project.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]

    by: Mapped[Person | None] = relationship()
