"""Recorded pieces become one video that can be looked at: the replay of a broadcast."""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.files import store_stream
from expo.kit.jobs import JobContext, job, start_job
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.streaming import actions_broadcasts, queries_broadcasts, queries_channels
from expo.streaming.media import server
from expo.streaming.media.workshop import workshop
from expo.streaming.models import Recording

log = logging.getLogger("expo.media")
#: Pieces of a stream that ended come in within this time.
SETTLED = timedelta(seconds=90)


@action
def request_replay(broadcast_id: int, *, by: Actor) -> None:
    """Have the replay made, or made anew."""
    broadcast = actions_broadcasts.get_directed(broadcast_id, by)
    if not queries_channels.list_pieces(broadcast.id):
        raise Refused(_l("Nothing was recorded of this stream."))
    start_job("streaming.replay", {"broadcast_id": broadcast.id}, by=by, title=_l("Replay of a stream"))


def make_due_replays() -> None:
    """Once a minute: streams that ended a while ago and have recorded pieces but no replay yet."""
    for broadcast in queries_broadcasts.list_without_replay(clock.now() - SETTLED):
        _start(broadcast.id)


@action
def _start(broadcast_id: int) -> None:
    broadcast = queries_broadcasts.get_broadcast(broadcast_id, for_update=True)
    if broadcast.replay_starts_at is None:
        # Its moment is noted at once, so that the next minute does not begin the same work.
        broadcast.replay_starts_at = queries_channels.list_pieces(broadcast.id)[0].started_at
        start_job("streaming.replay", {"broadcast_id": broadcast.id}, by=SYSTEM, title=_l("Replay of a stream"))


@job("streaming.replay")
def make_replay(ctx: JobContext, broadcast_id: int) -> dict[str, Any]:
    """Join the pieces without encoding them anew and put the index first, so that players can jump at once."""
    pieces = queries_channels.list_pieces(broadcast_id)
    folder = server.recordings_folder(current_config())
    present = [piece for piece in pieces if (folder / piece.path).is_file()]
    if not present:
        raise Refused(_l("Nothing was recorded of this stream."))
    db.session.remove()
    with workshop(current_config()) as place:
        made = join_pieces(present, folder, place, lambda n: ctx.progress(n, len(present) + 1))
        with made.open("rb") as stream:
            received = store_stream(stream, f"replay-{broadcast_id}.mp4", "video/mp4", purpose="replay")
    lost = {piece.path for piece in pieces} - {piece.path for piece in present}
    actions_broadcasts.keep_replay(broadcast_id, received, present[0].started_at, lost)
    return {"summary": str(_l("The replay is ready."))}


def join_pieces(pieces: Sequence[Recording], folder: Path, workshop: Path, tell: Any = lambda _n: None) -> Path:
    """One MP4 of all pieces. Gaps between them are left out; a piece of another form is fitted to the first."""
    form = _form(folder / pieces[0].path)
    parts: list[Path] = []
    for number, piece in enumerate(pieces):
        tell(number)
        source, part = folder / piece.path, workshop / f"{number}.ts"
        same = _form(source) == form
        video = ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb"] if same and form[0] == "h264" else _encoded(form)
        _run(["-fflags", "+genpts", "-i", str(source), *([] if form[0] else ["-vn"]), *(video if form[0] else []),
              "-c:a", "aac", "-b:a", "128k", "-ar", "44100", "-ac", "2", "-f", "mpegts", str(part)])
        parts.append(part)
    listed = workshop / "parts.txt"
    listed.write_text("".join(f"file '{part}'\n" for part in parts))
    whole = workshop / "whole.mp4"
    _run(["-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", "-bsf:a", "aac_adtstoasc", "-movflags", "+faststart", str(whole)])
    return whole


def _encoded(form: tuple[str, int, int]) -> list[str]:
    _codec, width, height = form
    return ["-vf", f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23"]


def _form(path: Path) -> tuple[str, int, int]:
    """Codec and size of the picture; an empty codec when there is only sound."""
    said = subprocess.run(  # noqa: S603  # no shell
        ["ffprobe", "-loglevel", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name,width,height", "-of", "json", str(path)],  # noqa: S607
        capture_output=True, text=True, timeout=60, check=False,
    )
    streams = json.loads(said.stdout or "{}").get("streams", [])
    return (streams[0]["codec_name"], streams[0]["width"], streams[0]["height"]) if streams else ("", 0, 0)


def _run(arguments: list[str]) -> None:
    done = subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", *arguments],  # noqa: S603, S607  # no shell
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg failed: {done.stderr[-500:]}")
