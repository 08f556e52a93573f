"""What organisers lay beside the picture of a session: slides, an agenda, a call."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.kit.files import StoredFile


class SessionDocument(Model):
    """One document of a session; only what is released is seen by those who may watch."""

    __tablename__ = "session_document"
    __table_args__ = (sa.UniqueConstraint("session_id", "file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    title: Mapped[str] = mapped_column(sa.String(120))
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]

    file: Mapped[StoredFile] = relationship()
