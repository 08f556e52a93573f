"""Yesterday's streams of the demonstration: recorded by turns, cut into the projects' clips, watched and talked about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from expo.desk.demo.films import draw_poster, make_film
from expo.desk.demo.making import Demo
from expo.desk.demo.talking import talk_about
from expo.kit.access import SYSTEM
from expo.kit.db import db, get_record
from expo.kit.files import keep_file, store_bytes, store_picture
from expo.meetings.models import Interest, InterestLevel, InterestStatus
from expo.meetings.queries import find_interest
from expo.people.models import Consent, ConsentPurpose
from expo.people.queries import load_actor
from expo.programme.rules_content import ShownItem, ShownSession
from expo.streaming.actions_clips import accept_clip
from expo.streaming.jobs_clips import cut_orders
from expo.streaming.models import AudiencePoint, Broadcast, BroadcastStatus, Recording, Viewing
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.queries_broadcasts import list_broadcasts
from expo.streaming.queries_channels import find_channel_of_hall
from expo.streaming.queries_clips import list_clips

#: So many projects of a session have a clip, each so many seconds long: the film is small, and the first start quick.
PITCHES, SECONDS = 5, 10
RETURNING = 1.4
VENUES = 7


def make_replay(demo: Demo, edition: int, session: ShownSession, peak: int) -> None:
    """A stream that is over, with its replay released."""
    channel = find_channel_of_hall(edition, session.hall.id)
    found = list_broadcasts([session.id]).get(session.id)
    if channel is None or found is None:
        return
    pitched = session.items[:PITCHES]
    slides = [f"{item.number}　{item.title}" for item in pitched] or [session.title, "演示画面，非真实直播"]
    film = keep_file(store_bytes(make_film(session.title, slides, SECONDS), f"演示回放-{session.code}.mp4", "video/mp4", purpose="replay"), by=SYSTEM)
    broadcast = get_record(Broadcast, found.id)
    broadcast.channel_id, broadcast.status = channel.id, BroadcastStatus.ENDED
    broadcast.started_at, broadcast.ended_at = session.starts_at, session.ends_at
    broadcast.replay_id, broadcast.replay_starts_at = film.id, session.starts_at
    broadcast.replay_published_at = session.ends_at + timedelta(minutes=20)
    broadcast.peak_viewers = peak
    poster = store_picture(draw_poster(session.title, f"{session.starts_at.astimezone(demo.zone):%m月%d日} 精彩回放"), f"{session.code}.webp")
    broadcast.poster_id = keep_file(poster, is_public=True, by=SYSTEM).id
    # Of each turn the first seconds were recorded.
    db.session.add_all([
        Recording(channel_id=channel.id, broadcast_id=broadcast.id, path=f"{session.code}-{place}.flv", started_at=at,
                  ended_at=at + timedelta(seconds=SECONDS), duration_ms=SECONDS * 1000)
        for place, at in enumerate([item.starts_at for item in pitched] or [session.starts_at, session.starts_at + timedelta(minutes=4)])
    ])
    db.session.flush()
    _taps(demo, session, pitched)
    _watch(demo, broadcast, session, peak)
    talk_about(demo, session)
    if pitched:
        _clips(demo, broadcast.id)
        _want(demo, session, pitched)


def _taps(demo: Demo, session: ShownSession, pitched: Sequence[ShownItem]) -> None:
    """The stage manager tapped for the first projects, then there was a pause to the end."""
    if not pitched:
        return
    over = pitched[-1].starts_at + timedelta(minutes=pitched[-1].minutes)
    taps: list[tuple[CueKind, int | None, datetime]] = [(CueKind.START, item.project_id, item.starts_at) for item in pitched]
    taps += [(CueKind.BREAK, None, over), (CueKind.END, None, session.ends_at)]
    demo.put(Cue, [{"session_id": session.id, "kind": kind, "project_id": project, "at": at, "by_id": demo.kept["accounts"]["stage"]}
                   for kind, project, at in taps])


def _clips(demo: Demo, broadcast_id: int) -> None:
    """Cut as the job cuts them; all but one have been looked at and accepted."""
    cut_orders(broadcast_id)
    by = load_actor(demo.kept["accounts"]["stage"])
    for clip in [one for one in list_clips(broadcast_id) if one.file_id is not None][:-1]:
        accept_clip(broadcast_id, clip.project_id, by=by)


def _watch(demo: Demo, broadcast: Broadcast, session: ShownSession, peak: int) -> None:
    length = int((session.ends_at - session.starts_at).total_seconds() // 60)
    # Whoever watched at the same time is fewer than whoever watched at all.
    curve = [{"broadcast_id": broadcast.id, "minute": session.starts_at + timedelta(minutes=m), "venues": VENUES,
              "viewers": round(peak * math.sin(math.pi * (m + 3) / (length + 6)) ** 0.6 * (1 - 0.06 * demo.rng.random()))} for m in range(length)]
    curve[length // 2]["viewers"] = peak
    registered = demo.rng.sample([row["person_id"] for _number, _badge, row in demo.kept["attendees"]], peak // 4)
    viewers = [f"p{number}" for number in registered] + [f"a{number:016x}" for number in range(round(peak * RETURNING) - len(registered))]
    people = [_viewing(demo, broadcast, viewer, session, demo.rng.randint(1, length) * 60) for viewer in viewers]
    people += [_viewing(demo, broadcast, f"v{venue}", session, length * 60) for venue in list(demo.kept["branches"].values())[:VENUES]]
    demo.put_plain(AudiencePoint, curve)
    demo.put_plain(Viewing, people)


def _viewing(demo: Demo, broadcast: Broadcast, viewer: str, session: ShownSession, seconds: int) -> dict[str, Any]:
    left = (session.ends_at - session.starts_at).total_seconds() - seconds
    first: datetime = session.starts_at + timedelta(seconds=demo.rng.randint(0, max(0, int(left))))
    return {"broadcast_id": broadcast.id, "viewer": viewer, "seconds": seconds, "first_at": first,
            "last_at": first + timedelta(seconds=seconds)}


def _want(demo: Demo, session: ShownSession, pitched: Sequence[ShownItem]) -> None:
    """While a project was on, some viewers said that they want to talk with it."""
    visitors = [row["person_id"] for _number, _badge, row in demo.kept["attendees"]]
    pairs = [(item, person) for item in pitched for person in sorted(set(demo.rng.sample(visitors, demo.rng.randint(2, 6))))
             if find_interest(item.project_id, person) is None]
    moments = [item.starts_at + timedelta(seconds=demo.rng.randint(30, 600)) for item, _person in pairs]
    consents = demo.put(Consent, [
        {"person_id": person, "purpose": ConsentPurpose.CONTACT_EXCHANGE, "version": "2026-01", "about": f"project/{item.project_id}",
         "given_at": at} for (item, person), at in zip(pairs, moments, strict=True)])
    demo.put(Interest, [
        {"project_id": item.project_id, "person_id": person, "consent_id": consent, "created_at": at, "level": InterestLevel.WOULD,
         "message": "看了直播推介，希望进一步了解。", "status": InterestStatus.OPEN}
        for (item, person), consent, at in zip(pairs, consents, moments, strict=True)])
