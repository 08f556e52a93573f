"""What public pages show of streams: those that are live with their viewers, and those that can be watched again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from expo.kit.config import current_config
from expo.programme.rules_content import Programme, ShownSession
from expo.streaming.media import server
from expo.streaming.models import Audience, Broadcast
from expo.streaming.queries_broadcasts import RECENT, list_replays, present_viewers
from expo.streaming.queries_channels import list_live

Tile = tuple[Broadcast, ShownSession | None]


@dataclass(frozen=True, slots=True)
class Streams:
    """Each broadcast with its released session. ``viewers``: how many by broadcast; ``stills``: those of which a
    picture of this minute may be shown to everybody."""

    live: list[Tile]
    replays: list[Tile]
    viewers: dict[int, int]
    stills: set[int]


def load_streams(edition_id: int, programme: Programme | None, now: datetime, *, replays: int = 24) -> Streams:
    """An edition's live streams and its latest replays, ``replays`` of them at most."""
    shown = programme.by_id if programme else {}
    live = list_live(edition_id)
    config = current_config()
    return Streams(
        [(b, shown.get(b.session_id or 0)) for b in live],
        [(b, shown.get(b.session_id or 0)) for b in list_replays(edition_id, replays)] if replays else [],
        present_viewers([b.id for b in live], now - RECENT),
        {b.id for b in live if b.audience is Audience.PUBLIC and b.room and server.still_of(config, b.room)},
    )
