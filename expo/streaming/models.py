"""What the streaming site knows of a session."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.db import Model
from expo.kit.language import _l
from expo.kit.words import Labelled


class BroadcastStatus(Labelled):
    PLANNED = "planned", _l("Stream planned")
    NOT_PLANNED = "not_planned", _l("No stream planned")


class Broadcast(Model):
    """The stream of one session. Without a row nobody has decided about it yet, so there is none."""

    __tablename__ = "broadcast"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), unique=True)
    status: Mapped[BroadcastStatus] = mapped_column(default=BroadcastStatus.PLANNED)
