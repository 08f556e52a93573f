"""Viewers, as the studio has counted them, written in batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import action
from expo.streaming import queries_broadcasts as queries
from expo.streaming.models import AudiencePoint
from expo.streaming.queries_counting import add_viewings


@dataclass(frozen=True, slots=True)
class Watched:
    """A minute of one broadcast: most viewers at once, venues among them, and each viewer's seconds."""

    viewers: int
    venues: int
    seconds: Mapping[str, int]


@action(history=False)
def keep_audience(batch: Mapping[str, Watched]) -> None:
    """``batch``: folder of pictures → what was counted. Folders of no broadcast (previews) are left out."""
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    for room, watched in batch.items():
        broadcast = queries.find_broadcast_of_room(room)
        if broadcast is None:
            continue
        point = queries.find_point(broadcast.id, minute)
        if point is None:
            point = AudiencePoint(broadcast_id=broadcast.id, minute=minute, viewers=0, venues=0)
            db.session.add(point)
        point.viewers, point.venues = max(point.viewers, watched.viewers), max(point.venues, watched.venues)
        broadcast.peak_viewers = max(broadcast.peak_viewers, watched.viewers)
        add_viewings(broadcast.id, watched.seconds, now)
