"""A replay is cut into one clip for each project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.files import storage, store_picture, store_stream
from expo.kit.jobs import JobContext, job
from expo.kit.language import _n
from expo.streaming import actions_clips, queries_broadcasts
from expo.streaming.actions_clips import Order
from expo.streaming.media import cutting
from expo.streaming.media.workshop import workshop


@job(actions_clips.JOB)
def cut_clips(ctx: JobContext, broadcast_id: int) -> dict[str, Any]:
    """Cut what is still to be cut. Each clip is kept by itself, so a run after a kill goes on with the next one."""
    made = cut_orders(broadcast_id, ctx.progress, between=db.session.remove)
    return {"summary": str(_n("%(num)s clip was cut.", "%(num)s clips were cut.", made))}


def cut_orders(broadcast_id: int, tell: Callable[[int, int], None] = lambda _number, _all: None, *,
               between: Callable[[], None] = lambda: None) -> int:
    """Plan and cut; returns how many clips were made. ``between``: lets go of the database before the long work."""
    orders = actions_clips.plan_clips(broadcast_id)
    replay = queries_broadcasts.get_broadcast(broadcast_id).replay
    if replay is None or not orders:
        return 0
    address = storage().address(replay.key, seconds=6 * 3600)
    source = address.url or str(storage().path(replay.key))  # type: ignore[attr-defined]  # a folder has paths
    between()
    made = 0
    for number, order in enumerate(orders):
        tell(number, len(orders))
        made += _cut_one(source, order)
    return made


def _cut_one(source: str, order: Order) -> bool:
    begin = cutting.first_keyframe(source, order.begin, order.end)
    if begin is None:
        actions_clips.keep_clip(order, None, None, 0, 0)
        return False
    with workshop(current_config()) as place:
        video, picture = place / "clip.mp4", place / "poster.jpg"
        seconds = cutting.cut(source, begin, order.end, video)
        # The picture is taken a little in, where the first words are over.
        has_picture = cutting.poster(video, min(3.0, seconds / 3), picture)
        with video.open("rb") as stream:
            kept = store_stream(stream, f"clip-{order.project_id}.mp4", "video/mp4", purpose="clip")
        poster = store_picture(picture.read_bytes(), f"clip-{order.project_id}.jpg") if has_picture else None
    return actions_clips.keep_clip(order, kept, poster, begin, seconds)
