"""Other sites to which a channel's pictures are sent on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.streaming.models import Channel


class TargetState(Labelled):
    OFF = "off", _l("Off")
    WAITING = "waiting", _l("Waits for pictures")
    SENDING = "sending", _l("Being sent")
    FAILED = "failed", _l("Fails, is tried again")


class TargetFault(Labelled):
    """Why nothing arrives at a target."""

    UNKNOWN = "unknown", _l("There is no site of this name.")
    UNREACHABLE = "unreachable", _l("Nobody answers at this address.")
    REFUSED = "refused", _l("The other site refuses. The key is wrong or old, or somebody sends with it already.")
    LOST = "lost", _l("The connection broke.")
    INNER = "inner", _l("This address lies in the site's own network, which the settings do not allow.")
    KEY = "key", _l("The site's secret has changed since. Enter the key again.")


class SimulcastTarget(Model):
    """Where a channel is sent on to, with what the studio last saw of it."""

    __tablename__ = "simulcast_target"
    __table_args__ = (
        sa.CheckConstraint("(state = 'failed') = (fault IS NOT NULL)", name="fault"),
        sa.CheckConstraint("is_on OR state = 'off'", name="off"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    server: Mapped[str] = mapped_column(sa.String(300))
    # The other site's key, sealed with this site's secret. Marked personal, so that the history keeps not even that.
    sealed_key: Mapped[str] = mapped_column(sa.String(1000), info={"personal": True})
    is_on: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[TargetState] = mapped_column(default=TargetState.OFF, info={"derived": True})
    fault: Mapped[TargetFault | None] = mapped_column(info={"derived": True})
    # How often in a row it has failed.
    tries: Mapped[int] = mapped_column(default=0, info={"derived": True})
    # Since when it is in this state.
    changed_at: Mapped[datetime | None] = mapped_column(info={"derived": True})

    channel: Mapped[Channel] = relationship()
