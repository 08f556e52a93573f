"""The player's place on a session's page, what is on now, and the stage managers' list."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.queries import find_present_edition, get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.files import file_url
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.memo import keep_page
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.programme.queries import find_programme
from expo.programme.rules_content import NowAndNext, Programme, ShownSession, now_and_next
from expo.streaming import actions, queries_broadcasts
from expo.streaming.models import Broadcast, BroadcastStatus
from expo.streaming.queries_tiles import Streams, load_streams
from expo.streaming.rules_watching import WatchState, watch_state

bp = Blueprint("streaming", __name__)
#: This page says "now", so it is rendered anew this often.
_SECONDS_OF_NOW = 20


@bp.get("/live")
@public
def show_live() -> str:
    """What is live now with its viewers, what begins next, and what can be watched again."""
    edition = find_present_edition()
    programme = find_programme(edition.id) if edition else None
    now = clock.now()
    current = now_and_next(programme.sessions, now) if programme else NowAndNext((), ())
    if edition is not None:
        keep_page(f"edition/{edition.id}", seconds=_SECONDS_OF_NOW)
    streams = load_streams(edition.id, programme, now) if edition else Streams([], [], {}, set())
    broadcasts = queries_broadcasts.list_broadcasts([s.id for s in (*current.now, *current.next)])
    own = queries_broadcasts.list_own_broadcasts(edition.id, [BroadcastStatus.PLANNED]) if edition else []
    return render_template(
        "streaming/live.html", edition=edition, programme=programme, current=current, now_at=now, streams=streams,
        states=_states([*current.now, *current.next], broadcasts, now), kinds=WatchState, file_url=file_url,
        own=[b for b in own if b.ends_at and b.ends_at > now], live_sessions={b.session_id for b, _ in streams.live},
        watched=sum(streams.viewers.values()),
    )


def _states(sessions: list[ShownSession], broadcasts: dict[int, Broadcast], now: datetime) -> dict[int, WatchState]:
    return {s.id: watch_state(b, s.starts_at, s.ends_at, now) if (b := broadcasts.get(s.id)) else WatchState.NONE for s in sessions}


@bp.get("/work/<slug>/streaming/")
@access(P.STREAMING_READ)
def list_broadcasts(slug: str) -> str:
    """A day's released sessions with the state of their streams, within the reader's regions."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.STREAMING_READ, edition.id)
    programme = find_programme(edition.id)
    sessions = [s for s in programme.sessions if s.region_path.startswith(paths)] if programme else []
    day = _day(programme)
    of_day = [s for s in sessions if s.day == day]
    now = clock.now()
    broadcasts = queries_broadcasts.list_broadcasts([s.id for s in of_day])
    states = _states(of_day, broadcasts, now)
    listing = Listing.from_request(filters=[
        Filter("hall", _l("Hall"), [(str(h.id), h.label) for h in (programme.halls if programme else ())]),
        Filter("state", _l("Stream"), WatchState.choices(), Counter(str(state) for state in states.values())),
    ])
    rows = [s for s in of_day if listing.chosen.get("hall") in {None, str(s.hall.id)}
            and listing.chosen.get("state") in {None, str(states[s.id])} and listing.q.casefold() in s.title.casefold()]
    listing.total = len(rows)
    return render_template(
        "streaming/list.html", edition=edition, programme=programme, listing=listing, rows=rows, states=states, broadcasts=broadcasts,
        kinds=WatchState, day=day, now_at=now, planned=BroadcastStatus.PLANNED, dropped=BroadcastStatus.NOT_PLANNED,
        may_direct={s.id for s in rows if s.ends_at > now and not s.is_cancelled and actor.may(
            P.STREAMING_DIRECT, region_path=s.region_path, edition_id=edition.id)},
    )


def _day(programme: Programme | None) -> date | None:
    """The day in the address, else today, else the first one."""
    days: tuple[Any, ...] = programme.days if programme else ()
    today = clock.today(current_config().timezone)
    asked = next((day for day in days if day.isoformat() == request.args.get("day")), None)
    return asked or (today if today in days else next(iter(days), None))


@bp.post("/work/<slug>/streaming/<int:session_id>/<any(planned, not_planned):what>")
@access(P.STREAMING_DIRECT)
def decide(slug: str, session_id: int, what: str) -> Response:
    """Plan a stream, or say that there will be none."""
    get_edition(slug)
    actions.decide_broadcast(session_id, BroadcastStatus(what), by=current_actor())
    flash(_("The session's page says so now."), "success")
    return redirect(url_for(".list_broadcasts", slug=slug, day=request.form.get("day") or None))
