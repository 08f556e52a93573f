"""Live pictures of the demonstration: channels, a film that is on now, what the stage manager has tapped, venues."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.desk.demo.films import make_film
from expo.desk.demo.making import Demo
from expo.desk.demo.replays import make_replay
from expo.desk.demo.talking import ask_and_hold
from expo.kit.access import SYSTEM
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.files import keep_file, store_bytes
from expo.programme.queries import find_programme
from expo.programme.rules_content import ShownSession
from expo.streaming import rules_keys
from expo.streaming.actions_channels import create_hall_channels
from expo.streaming.models import ScheduledFile, VenueScreen
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.queries_channels import find_channel_of_hall

REPLAYS, SCREENS = 3, 12
SLIDE_S = 5


def make_streams(demo: Demo) -> None:
    """A hall's stream is on, as soon as the site has a media server; others can be watched again."""
    edition = demo.kept["editions"]["this"]
    create_hall_channels(edition, by=SYSTEM)
    programme = find_programme(edition)
    assert programme is not None
    streamed = [s for s in programme.sessions if s.is_streamed and not s.is_cancelled]
    now_on = [s for s in streamed if s.starts_at <= demo.now < s.ends_at]
    over = [s for s in streamed if s.ends_at < demo.now]
    if not now_on or not over:
        return
    slides = ["第二天 · 正在直播", *[item.title for item in now_on[0].items[:3]], "演示画面，非真实直播"]
    film = keep_file(store_bytes(make_film(now_on[0].title, slides, SLIDE_S), "演示直播.mp4", "video/mp4", purpose="video"), by=SYSTEM)
    channel = find_channel_of_hall(edition, now_on[0].hall.id)
    assert channel is not None
    db.session.add(ScheduledFile(channel_id=channel.id, file_id=film.id, starts_at=demo.now - timedelta(minutes=5),
                                 ends_at=demo.now + timedelta(days=2), is_repeated=True))
    _screens(demo, edition)
    _taps(demo, now_on[0])
    ask_and_hold(demo, now_on[0])
    for place, session in enumerate(sorted(over, key=lambda s: (s.starts_at, len(s.items)))[-REPLAYS:]):
        make_replay(demo, edition, session, peak=480 + 210 * place)


def _taps(demo: Demo, session: ShownSession) -> None:
    """The stage manager has started each project at its time, the first a minute late."""
    begun = [item for item in session.items if item.starts_at + timedelta(minutes=1) < demo.now]
    demo.put(Cue, [{"session_id": session.id, "kind": CueKind.START, "project_id": item.project_id,
                    "at": item.starts_at + timedelta(minutes=1), "by_id": demo.kept["accounts"]["stage"]} for item in begun])


def _screens(demo: Demo, edition: int) -> None:
    """Some branch venues have a code; one of them has a hand up."""
    secret = current_config().secret_key
    rows: list[dict[str, Any]] = []
    for number, venue in enumerate(list(demo.kept["branches"].values())[:SCREENS]):
        salt = f"demo-{number}"
        text = rules_keys.key_text(secret, "venue-code", salt, 16)
        rows.append({"edition_id": edition, "venue_id": venue, "salt": salt, "digest": rules_keys.digest_of(text),
                     "seen_at": demo.now - timedelta(seconds=demo.rng.randint(5, 80)),
                     "hand_up_at": demo.now - timedelta(minutes=2) if number == 1 else None,
                     "question": "中试基地是否对外地企业开放？" if number == 1 else ""})
    demo.put(VenueScreen, rows)
