"""What somebody has done on the board, so that they can take it back and do it again, also after a reload."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model


class BoardStep(Model):
    """One move of one person. ``move`` is what comes next: taking it back, or doing it again once it is undone."""

    __tablename__ = "board_step"
    __history__ = False
    __table_args__ = (sa.Index("ix_board_step_person_id_edition_id", "person_id", "edition_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    #: The session that it was about first; a word of its kind says what was done.
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)
    did: Mapped[str] = mapped_column(sa.String(20))
    move: Mapped[dict[str, Any]] = mapped_column(Json)
    #: Session → its version once the step was done (or undone); a text, as JSON has no other keys.
    after: Mapped[dict[str, Any]] = mapped_column(Json)
    #: Session → the version that it had before: what it looked like then is what it looks like when this is taken back.
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    is_undone: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
