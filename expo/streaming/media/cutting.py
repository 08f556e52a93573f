"""A piece cut out of a video without encoding it anew."""

from __future__ import annotations

import subprocess
from pathlib import Path


def first_keyframe(source: str, begin: float, end: float) -> float | None:
    """The first moment from ``begin`` on at which a cut may begin: nothing from before it is in the piece."""
    if not _has_picture(source):
        return begin
    for reach in (min(20.0, end - begin), end - begin):
        said = _ask(["-select_streams", "v:0", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0",
                     "-read_intervals", f"{begin:.3f}%{begin + reach:.3f}", source])
        for line in said.splitlines():
            at, _, flags = line.strip(",").partition(",")
            if flags.startswith("K") and at != "N/A" and begin - 0.001 <= float(at) < end:
                return float(at)
    return None


def cut(source: str, begin: float, end: float, to: Path) -> float:
    """Copy what lies between a keyframe and a moment, without a frame from ``end`` on; how many seconds it has become."""
    # A little behind the keyframe, so that rounding cannot lead to the one before it.
    start = begin + 0.004
    length = max(0.1, _stop_before(source, end) - start - 0.002)
    _run(["-ss", f"{start:.3f}", "-i", source, "-t", f"{length:.3f}", "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy",
          "-avoid_negative_ts", "make_zero", "-movflags", "+faststart", str(to)])
    return float(_ask(["-show_entries", "format=duration", "-of", "csv=p=0", str(to)]).strip() or 0)


def _stop_before(source: str, end: float) -> float:
    """Copying stops by the order of decoding, in which frames from after ``end`` can come before it: the first such."""
    said = _ask(["-select_streams", "v:0", "-show_entries", "packet=pts_time,dts_time", "-of", "csv=p=0",
                 "-read_intervals", f"{max(0.0, end - 3):.3f}%{end + 3:.3f}", source])
    stops = [end]
    for line in said.splitlines():
        shown, _, decoded = line.strip(",").partition(",")
        if "N/A" not in (shown, decoded) and shown and decoded and float(shown) >= end - 0.001:
            stops.append(float(decoded))
    return min(stops)


def poster(source: Path, at: float, to: Path) -> bool:
    """One picture of it; none when there is only sound."""
    if not _has_picture(str(source)):
        return False
    _run(["-ss", f"{at:.3f}", "-i", str(source), "-frames:v", "1", "-q:v", "3", str(to)])
    return to.is_file()


def _has_picture(source: str) -> bool:
    return bool(_ask(["-select_streams", "v:0", "-show_entries", "stream=codec_type", "-of", "csv=p=0", source]).strip())


def _ask(arguments: list[str]) -> str:
    done = subprocess.run(["ffprobe", "-loglevel", "error", *arguments], capture_output=True, text=True, timeout=600, check=False)  # noqa: S603, S607
    if done.returncode:
        raise RuntimeError(f"ffprobe failed: {done.stderr[-500:]}")
    return done.stdout


def _run(arguments: list[str]) -> None:
    done = subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", *arguments],  # noqa: S603, S607  # no shell
                          capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg failed: {done.stderr[-500:]}")
