"""Uploaded videos, looked into by ffprobe before they are taken."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta

from expo.kit.files import storage
from expo.kit.language import _l
from expo.kit.refusals import Refused


def length_of(key: str, *, field: str | None = None) -> timedelta:
    """How long a stored video plays; raises :class:`Refused` when nothing in it can be played."""
    address = storage().address(key, seconds=600)
    path = address.url or str(storage().path(key))  # type: ignore[attr-defined]  # a folder has paths
    said = subprocess.run(  # noqa: S603  # no shell
        ["ffprobe", "-loglevel", "error", "-show_entries", "format=duration:stream=codec_type", "-of", "json", path],  # noqa: S607
        capture_output=True, text=True, timeout=60, check=False,
    )
    try:
        found = json.loads(said.stdout)
        seconds = float(found["format"]["duration"])
        is_video = any(stream["codec_type"] == "video" for stream in found["streams"])
    except (KeyError, ValueError):
        seconds, is_video = 0.0, False
    if not is_video or seconds <= 0:
        raise Refused(_l("This video cannot be played. Save it as MP4 (H.264) and try again."), field)
    return timedelta(seconds=seconds)
