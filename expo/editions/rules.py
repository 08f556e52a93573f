"""What an edition's clock allows."""

from __future__ import annotations

from datetime import datetime

from expo.editions.models import Edition, EditionStatus, Stage, StageKind
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused

LIFECYCLE = Lifecycle(
    {
        EditionStatus.PREPARING: {EditionStatus.RUNNING},
        EditionStatus.RUNNING: {EditionStatus.CLOSED},
        EditionStatus.CLOSED: {EditionStatus.ARCHIVED},
        EditionStatus.ARCHIVED: set(),
    }
)


def is_open(stage: Stage | None, at: datetime) -> bool:
    """Whether a stage is open at a moment; one without dates is closed."""
    return stage is not None and stage.opens_at <= at < stage.closes_at


def require_open(stage: Stage | None, kind: StageKind, at: datetime) -> None:
    """Raise :class:`Refused`, naming the dates, unless the stage is open."""
    if stage is None:
        raise Refused(_l("“%(stage)s” has no dates in this edition yet, so it is closed.", stage=kind.label))
    if at < stage.opens_at:
        raise Refused(_l("“%(stage)s” opens on %(date)s.", stage=kind.label, date=f"{stage.opens_at:%Y-%m-%d}"))
    if at >= stage.closes_at:
        raise Refused(_l("“%(stage)s” closed on %(date)s.", stage=kind.label, date=f"{stage.closes_at:%Y-%m-%d}"))


def require_not_archived(edition: Edition) -> None:
    """An archived edition is only read."""
    if edition.status is EditionStatus.ARCHIVED:
        raise Refused(_l("This edition is archived; nothing in it can be changed."))
