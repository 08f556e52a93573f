"""Deciding which sessions are streamed."""

from __future__ import annotations

from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.memo import renew_pages
from expo.kit.unit import action
from expo.programme.events import ProgrammeReleased
from expo.programme.queries import find_programme, get_released_session
from expo.streaming import queries, rules
from expo.streaming.models import Broadcast, BroadcastStatus


@action
def decide_broadcast(session_id: int, status: BroadcastStatus, *, by: Actor) -> Broadcast:
    """Plan a session's stream, or say that there will be none. Deciding the same again is refused by the lifecycle."""
    edition, _programme, session = get_released_session(session_id)
    rules.require_directing(by, session, edition.id)
    rules.require_ahead(session, clock.now())
    # Two first decisions about one session wait for each other here: there is no row of its own to lock yet.
    get_edition_by_id(edition.id, for_update=True)
    broadcast = queries.find_for_update(session_id)
    if broadcast is None:
        broadcast = Broadcast(session_id=session_id, status=status)
        db.session.add(broadcast)
    else:
        rules.LIFECYCLE.move(broadcast, status)
    renew_pages(f"edition/{edition.id}")
    return broadcast


@action
def plan_released(event: ProgrammeReleased) -> None:
    """Sessions that the programme wants streamed get a broadcast, unless somebody has decided about them before."""
    programme = find_programme(event.edition_id)
    assert programme is not None  # It has just been released.
    wanted = [s.id for s in programme.sessions if s.is_streamed and not s.is_cancelled]
    known = queries.list_statuses(wanted)
    db.session.add_all([Broadcast(session_id=number) for number in wanted if number not in known])
