"""Who may watch, and what is true of a broadcast at a moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.streaming.models import Audience, Broadcast, BroadcastStatus

#: How long an address of pictures is good. Players ask for a new one in half that time.
GOOD_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever wants to watch. ``word`` stands in addresses, for counting; ``is_directing``: sees it in the workbench."""

    word: str
    is_registered: bool = False
    is_invited: bool = False
    is_venue: bool = False
    is_directing: bool = False
    is_signed_in: bool = False


def may_watch(audience: Audience, viewer: Viewer) -> bool:
    """Those who direct see everything; a venue sees all but what is for invited persons."""
    if viewer.is_directing or audience is Audience.PUBLIC:
        return True
    if audience is Audience.REGISTERED:
        return viewer.is_registered or viewer.is_venue
    if audience is Audience.INVITED:
        return viewer.is_invited
    return viewer.is_venue


def reason_of(audience: Audience, viewer: Viewer) -> Any:
    """What somebody is told who may not watch, with what to do."""
    if audience is Audience.REGISTERED:
        return (_l("This stream is for registered visitors. Register for the expo first.") if viewer.is_signed_in
                else _l("This stream is for registered visitors. Sign in first."))
    if audience is Audience.INVITED:
        return (_l("This stream is for invited persons, and your account is not among them.") if viewer.is_signed_in
                else _l("This stream is for invited persons. Sign in with the account that was invited."))
    return _l("This stream is shown at the branch venues only.")


class WatchState(Labelled):
    """What stands in the player's place."""

    NONE = "none", _l("No stream")
    REFUSED = "refused", _l("Not for you")
    WAITING = "waiting", _l("Not begun")
    MISSING = "missing", _l("No picture yet")
    LIVE = "live", _l("Live now")
    ENDED = "ended", _l("Stream ended")
    REPLAY = "replay", _l("Replay")


def watch_state(broadcast: Broadcast, starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> WatchState:
    """The truth about a broadcast, rights aside."""
    if broadcast.status is BroadcastStatus.LIVE:
        return WatchState.LIVE
    if broadcast.replay_id is not None and broadcast.replay_published_at is not None:
        return WatchState.REPLAY
    if broadcast.status is BroadcastStatus.NOT_PLANNED:
        return WatchState.NONE
    if broadcast.status is BroadcastStatus.ENDED or (ends_at is not None and at >= ends_at):
        return WatchState.ENDED
    return WatchState.WAITING if starts_at is None or at < starts_at else WatchState.MISSING
