"""Targets of a simulcast."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, not_found
from expo.streaming.models import Channel
from expo.streaming.models_simulcast import SimulcastTarget


def list_targets(channel_id: int) -> list[SimulcastTarget]:
    return list(db.session.scalars(
        sa.select(SimulcastTarget).where(SimulcastTarget.channel_id == channel_id).order_by(SimulcastTarget.id)
    ))


def list_targets_on() -> list[SimulcastTarget]:
    """All that are switched on, of open channels: what the studio looks after."""
    return list(db.session.scalars(
        sa.select(SimulcastTarget).join(Channel, SimulcastTarget.channel_id == Channel.id)
        .where(SimulcastTarget.is_on, Channel.closed_at.is_(None)).order_by(SimulcastTarget.id)
    ))


def find_target(target_id: int, *, for_update: bool = False) -> SimulcastTarget | None:
    """A target with its channel; the reader's rights are not looked at."""
    statement = (sa.select(SimulcastTarget).where(SimulcastTarget.id == target_id)
                 .options(joinedload(SimulcastTarget.channel)).execution_options(populate_existing=True))
    return db.session.scalar(statement.with_for_update(of=SimulcastTarget) if for_update else statement)


def get_target(target_id: int, *, for_update: bool = False) -> SimulcastTarget:
    """The same; there must be one."""
    target = find_target(target_id, for_update=for_update)
    if target is None:
        raise not_found()
    return target
