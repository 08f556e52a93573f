"""The pieces of a replay: one for each project that was on the stage."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.db import Model, relationship
from expo.kit.files import StoredFile
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.projects.models import Project
from expo.streaming.models import Broadcast


class ClipStatus(Labelled):
    WANTED = "wanted", _l("To be cut")
    MISSING = "missing", _l("Not in the recording")
    CUT = "cut", _l("Waits for acceptance")
    PUBLISHED = "published", _l("Accepted and shown")
    WITHDRAWN = "withdrawn", _l("No longer shown")
    EXCLUDED = "excluded", _l("Excluded")


class Clip(Model):
    """One project's time on the stage, cut out of a replay. An excluded project has a row without a video, also before
    anything was recorded."""

    __tablename__ = "clip"
    __table_args__ = (
        sa.UniqueConstraint("broadcast_id", "project_id"),
        sa.CheckConstraint("(status IN ('cut', 'published', 'withdrawn')) = (file_id IS NOT NULL)", name="file"),
        sa.CheckConstraint("status <> 'published' OR accepted_at IS NOT NULL", name="accepted"),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="span"),
        sa.CheckConstraint("status = 'excluded' OR starts_at IS NOT NULL", name="cued"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(sa.ForeignKey("broadcast.id"))
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), index=True)
    status: Mapped[ClipStatus] = mapped_column(default=ClipStatus.WANTED)
    # What it should show, by the clock of the hall: the cues' times until an organiser moves them.
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    # Moved by hand: cues do not change it any more.
    is_moved: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    poster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # The replay that it was cut from: another one is reason to cut again.
    cut_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # Where it begins in that replay (the first keyframe of its time), and how long it is.
    begins_ms: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]

    broadcast: Mapped[Broadcast] = relationship()
    project: Mapped[Project] = relationship()
    file: Mapped[StoredFile | None] = relationship(foreign_keys=[file_id])
    poster: Mapped[StoredFile | None] = relationship(foreign_keys=[poster_id])
