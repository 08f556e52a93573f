"""What may be said of a session's stream, and who directs it. Pure."""

from __future__ import annotations

from datetime import datetime

from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.people.permissions import P
from expo.programme.rules_content import ShownSession
from expo.streaming.models import BroadcastStatus

LIFECYCLE = Lifecycle(
    {
        BroadcastStatus.PLANNED: {BroadcastStatus.NOT_PLANNED, BroadcastStatus.LIVE, BroadcastStatus.ENDED},
        BroadcastStatus.NOT_PLANNED: {BroadcastStatus.PLANNED},
        BroadcastStatus.LIVE: {BroadcastStatus.ENDED},
        # Ended too early, by hand or by the clock: it goes on.
        BroadcastStatus.ENDED: {BroadcastStatus.LIVE},
    }
)


def require_directing(actor: Actor, session: ShownSession, edition_id: int) -> None:
    """A session of another region looks the same as none at all."""
    if not actor.may(P.STREAMING_DIRECT, region_path=session.region_path, edition_id=edition_id):
        raise not_found()


def require_ahead(session: ShownSession, at: datetime) -> None:
    """Whether there was a stream of what is over is history, not a plan."""
    if session.is_cancelled:
        raise Refused(_l("“%(title)s” is cancelled; there is nothing to stream.", title=session.label))
    if at >= session.ends_at:
        raise Refused(_l("“%(title)s” is over; its stream cannot be planned any more.", title=session.label))
