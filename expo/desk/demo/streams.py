"""Live pictures of the demonstration: channels, a film that is on now, replays of yesterday with their viewers, venues."""

from __future__ import annotations

import math
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image, ImageDraw, ImageFont

from expo.desk.demo.making import Demo
from expo.kit.access import SYSTEM
from expo.kit.config import ROOT, current_config
from expo.kit.db import db, get_record
from expo.kit.files import StoredFile, keep_file, store_bytes
from expo.programme.queries import find_programme
from expo.programme.rules_content import ShownSession
from expo.streaming import rules_keys
from expo.streaming.actions_channels import create_hall_channels
from expo.streaming.models import (
    AudiencePoint,
    Broadcast,
    BroadcastStatus,
    ScheduledFile,
    VenueScreen,
    Viewing,
)
from expo.streaming.queries_broadcasts import list_broadcasts
from expo.streaming.queries_channels import find_channel_of_hall

REPLAYS, SCREENS = 3, 12
SLIDE_S, SIZE = 5, (640, 360)
_FONT = ROOT / "static/vendor/noto-sans-sc/NotoSansSC-Bold.ttf"
_GROUNDS = ("#063841", "#084f5b", "#14252f", "#0b6574")


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
    film = keep_file(store_bytes(_film(now_on[0]), "演示直播.mp4", "video/mp4", purpose="video"), by=SYSTEM)
    channel = find_channel_of_hall(edition, now_on[0].hall.id)
    assert channel is not None
    db.session.add(ScheduledFile(channel_id=channel.id, file_id=film.id, starts_at=demo.now - timedelta(minutes=5),
                                 ends_at=demo.now + timedelta(days=2), is_repeated=True))
    for number, session in enumerate(over[-REPLAYS:]):
        _replay(demo, edition, session, film, peak=900 - 210 * number)
    _screens(demo, edition)


def _replay(demo: Demo, edition: int, session: ShownSession, film: StoredFile, peak: int) -> None:
    channel = find_channel_of_hall(edition, session.hall.id)
    found = list_broadcasts([session.id]).get(session.id)
    if channel is None or found is None:
        return
    broadcast = get_record(Broadcast, found.id)
    broadcast.channel_id, broadcast.status = channel.id, BroadcastStatus.ENDED
    broadcast.started_at, broadcast.ended_at = session.starts_at, session.ends_at
    broadcast.replay_id, broadcast.replay_starts_at = film.id, session.starts_at
    broadcast.replay_published_at = session.ends_at + timedelta(minutes=20)
    broadcast.peak_viewers = peak
    db.session.flush()
    length = int((session.ends_at - session.starts_at).total_seconds() // 60)
    curve = [{"broadcast_id": broadcast.id, "minute": session.starts_at + timedelta(minutes=m), "venues": 21,
              "viewers": round(peak * math.sin(math.pi * (m + 3) / (length + 6)) ** 0.6)} for m in range(length)]
    people = [{"broadcast_id": broadcast.id, "viewer": f"a{number:016x}", "seconds": demo.rng.randint(60, length * 60),
               "first_at": session.starts_at, "last_at": session.ends_at} for number in range(peak)]
    for model, rows in ((AudiencePoint, curve), (Viewing, people)):
        table: Any = model.__table__
        db.session.execute(sa.insert(table), rows)
        demo.rows[table.name] += len(rows)


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


def _film(session: ShownSession) -> bytes:
    """Some slides with a bar that runs and a soft tone: small, and nothing that would be taken for a fault."""
    texts = ["第二天 · 正在直播", *[item.title[:22] for item in session.items[:3]], "演示画面，非真实直播"]
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            _slide(session.title, text, number).save(Path(folder) / f"{number}.png")
        target = Path(folder) / "film.mp4"
        subprocess.run(  # noqa: S603  # no shell
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-framerate", f"1/{SLIDE_S}", "-i", f"{folder}/%d.png", "-f", "lavfi", "-i",  # noqa: S607
             "aevalsrc=0.04*sin(2*PI*220*t)*(0.6+0.4*sin(2*PI*0.5*t)):s=44100", "-filter_complex",
             f"[0:v]fps=10[slides];color=0x7fc0c9:s=80x4:r=10[bar];[slides][bar]overlay=x='mod(t*64,{SIZE[0]})':y={SIZE[1] - 12}[out]",
             "-map", "[out]", "-map", "1:a", "-t", str(SLIDE_S * len(texts)), "-c:v", "libx264", "-preset", "veryfast", "-g", "10",
             "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", str(target)], check=True)
        return target.read_bytes()


def _slide(title: str, text: str, number: int) -> Image.Image:
    picture = Image.new("RGB", SIZE, _GROUNDS[number % len(_GROUNDS)])
    draw = ImageDraw.Draw(picture)
    draw.text((40, 70), title[:24], fill="#b8eaef", font=_font(20))
    draw.text((40, 150), text, fill="#ffffff", font=_font(28))
    return picture


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(str(_FONT), size) if _FONT.exists() else ImageFont.load_default(size)
