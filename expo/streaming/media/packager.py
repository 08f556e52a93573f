"""Makes HLS of one source: one ffmpeg for each channel that is on, replaced whenever its source changes.

Each broadcast has a folder with a ``src`` rung (the sender's own picture, not encoded anew) and often a ``low`` one.
A rung has ``live.m3u8``, the last minute, written by ffmpeg, and ``dvr.m3u8``, all since the beginning, which
:class:`Archive` lengthens. After a change of source ffmpeg goes on with the same lists behind a discontinuity mark, so
players never notice that it was another process.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TextIO

#: How many segments of a second the live list holds, so how far a player may fall behind and still go on.
LIVE_SEGMENTS = 30
#: Mean change between two seconds below which a picture stands still, mean loudness below which nothing is heard.
STILL_CHANGE, SILENT_DB = 0.02, -60.0
LOW_HEIGHT, FALLBACK_HEIGHT = 360, 540
_AUDIO = ("-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-ac", "2")
_LEVEL = re.compile(r"lavfi\.(?:signalstats\.(YAVG|YDIF)|astats\.Overall\.(RMS)_level)=(\S+)")


class SourceKind(StrEnum):
    SENDER = "sender"
    FILLER = "filler"


@dataclass(frozen=True)
class Source:
    """What a channel shows. A change of any field means another ffmpeg."""

    kind: SourceKind
    #: RTMP address of a sender; picture file of a filler, or of what stands for the picture of a mere sound.
    address: str
    has_video: bool = True
    has_audio: bool = True
    #: Its keyframes are too far apart, or it is no H.264: encoded anew.
    is_encoded: bool = False
    still: str = ""
    #: Its picture was announced and not found at first sight: the next keyframe may be many seconds away.
    is_slow: bool = False


@dataclass(frozen=True)
class Plan:
    """Where and how a source is shown."""

    source: Source
    folder: Path
    has_low: bool
    #: An interpreter's sound in the place of the sender's own: its address, and its language as the rung's name.
    voice: str = ""
    language: str = ""

    @property
    def rungs(self) -> list[str]:
        return [self.language] if self.language else ["src", "low"][:1 + self.has_low]


@dataclass
class Levels:
    """What the last seconds looked and sounded like: one value a second, from the small decoded picture."""

    brightness: deque[float] = field(default_factory=lambda: deque(maxlen=60))
    movement: deque[float] = field(default_factory=lambda: deque(maxlen=60))
    loudness: deque[float] = field(default_factory=lambda: deque(maxlen=60))

    def moves(self) -> bool:
        """Whether something was seen moving or heard in the last seconds."""
        return max([*self.movement][-5:], default=0) > STILL_CHANGE or max([*self.loudness][-5:], default=-100) > SILENT_DB


def command(plan: Plan) -> list[str]:
    """The whole ffmpeg command. Pure."""
    source = plan.source
    arguments = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-fflags", "+genpts"]
    if plan.voice:
        heard = replace(source, has_audio=True)
        return [*arguments, *_sender_inputs(heard, decodes_all=True), *_sender_inputs(replace(heard, address=plan.voice), decodes_all=True),
                "-map", "0:v:0", "-map", "1:a:0", "-c:v:0", "copy", *_AUDIO, *_hls(plan)]
    arguments += _filler_inputs(source) if source.kind is SourceKind.FILLER else _sender_inputs(source, plan.has_low)
    video = "1:v:0" if source.kind is SourceKind.SENDER and not source.has_video else "0:v:0"
    audio = "1:a:0" if source.kind is SourceKind.FILLER or not source.has_audio else "0:a:0"
    graph, rungs = _picture_graph(plan, video)
    if source.kind is SourceKind.SENDER:
        graph.append(_sound_meter(audio))
    arguments += ["-filter_complex", ";".join(graph)] if graph else []
    for number, (stream, options) in enumerate(rungs):
        arguments += ["-map", stream, "-map", audio]
        arguments += [item.replace("#", str(number)) for item in options]
    arguments += [*_AUDIO, *_hls(plan)]
    if source.kind is SourceKind.SENDER:
        arguments += ["-map", "[seen]", "-map", "[heard]", "-c:v", "rawvideo", "-c:a", "pcm_s16le", "-f", "null", "-"]
    return arguments


def _hls(plan: Plan) -> list[str]:
    names = " ".join(f"v:{n},a:{n},name:{name}" for n, name in enumerate(plan.rungs))
    return [
        "-shortest", "-max_muxing_queue_size", "1024", "-f", "hls", "-hls_time", "1", "-hls_list_size", str(LIVE_SEGMENTS),
        "-hls_flags", "append_list+discont_start+independent_segments+program_date_time+temp_file+omit_endlist",
        "-hls_segment_filename", str(plan.folder / "%v" / "%d.ts"), "-var_stream_map", names,
        str(plan.folder / "%v" / "live.m3u8"),
    ]


def _filler_inputs(source: Source) -> list[str]:
    return ["-re", "-loop", "1", "-framerate", "5", "-i", source.address,
            "-re", "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo"]


def _sender_inputs(source: Source, decodes_all: bool) -> list[str]:
    # Where nothing is encoded, looking at keyframes alone is enough to see whether the picture is alive.
    sparing = [] if decodes_all or source.is_encoded or not source.has_video else ["-skip_frame", "nokey"]
    patience = "15000000" if source.is_slow else "1500000"
    found = [*sparing, "-probesize", "5000000", "-analyzeduration", patience, "-rw_timeout", "8000000", "-i", source.address]
    if not source.has_video:
        found += ["-re", "-loop", "1", "-framerate", "5", "-i", source.still]
    elif not source.has_audio:
        found += ["-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo"]
    return found


def _picture_graph(plan: Plan, video: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Filters, and for each rung the stream that it shows with its encoder."""
    source = plan.source
    is_still = source.kind is SourceKind.FILLER or not source.has_video
    if is_still:
        rungs = [("[full]", _encoder("600k", 5))] + ([("[low]", _encoder("200k", 5))] if plan.has_low else [])
        return _stills(video, plan.has_low, meter=source.kind is SourceKind.SENDER), rungs
    wanted = (["full"] if source.is_encoded else []) + (["low"] if plan.has_low else [])
    heights = {"full": FALLBACK_HEIGHT, "low": LOW_HEIGHT}
    graph = [f"[{video}]split={len(wanted) + 1}" + "".join(f"[{n}0]" for n in wanted) + "[seen0]"]
    graph += [f"[{n}0]{_fit(heights[n])},format=yuv420p[{n}]" for n in wanted]
    graph.append(f"[seen0]fps=1,scale=160:-2,{_METER}[seen]")
    rungs = [("[full]", _encoder("1500k", 0))] if source.is_encoded else [(video, ["-c:v:#", "copy"])]
    if plan.has_low:
        rungs.append(("[low]", _encoder("600k", 0)))
    return graph, rungs


_METER = ("signalstats,metadata=print:key=lavfi.signalstats.YAVG:file='pipe\\:1':direct=1,"
          "metadata=print:key=lavfi.signalstats.YDIF:file='pipe\\:1':direct=1")


def _stills(video: str, has_low: bool, *, meter: bool) -> list[str]:
    parts = ["full0"] + (["low0"] if has_low else []) + (["seen0"] if meter else [])
    graph = [f"[{video}]split={len(parts)}" + "".join(f"[{p}]" for p in parts)]
    graph.append("[full0]scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2,format=yuv420p[full]")
    if has_low:
        graph.append("[low0]scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:(ow-iw)/2:(oh-ih)/2,format=yuv420p[low]")
    if meter:
        graph.append("[seen0]fps=1,scale=160:-2[seen]")  # A still of our own stands still on purpose: nothing to measure.
    return graph


def _sound_meter(audio: str) -> str:
    return (f"[{audio}]aresample=8000,aformat=channel_layouts=mono,asetnsamples=8000,astats=metadata=1:reset=1,"
            "ametadata=print:key=lavfi.astats.Overall.RMS_level:file='pipe\\:1':direct=1[heard]")


def _fit(height: int) -> str:
    """Scale the shorter side, so that a phone held upright keeps its form; never larger than it is."""
    return (f"scale=w='if(gt(iw,ih),-2,trunc(min(iw,{height})/2)*2)'"
            f":h='if(gt(iw,ih),trunc(min(ih,{height})/2)*2,-2)'")


def _encoder(rate: str, frames: int) -> list[str]:
    keyframes = ["-g:v:#", str(frames)] if frames else ["-force_key_frames:v:#", "expr:gte(t,n_forced)"]
    return ["-c:v:#", "libx264", "-preset:v:#", "veryfast", "-tune:v:#", "zerolatency", "-profile:v:#", "main",
            "-b:v:#", rate, "-maxrate:v:#", rate, "-bufsize:v:#", rate, "-sc_threshold:v:#", "0", *keyframes]


def lacking(last_words: Iterable[str]) -> frozenset[str]:
    """Which stream an ffmpeg missed that ended at once: "v" for the picture, "a" for the sound."""
    said = " ".join(last_words)
    return frozenset(kind for kind in "va" if f"Stream specifier ':{kind}:0'" in said)


def draw_still(segment: Path, target: Path) -> None:
    """Begin to draw a picture of a segment's first frame; it takes the place of the one before when it is whole."""
    subprocess.Popen(  # noqa: S603  # no shell, our own words
        ["ffmpeg", "-nostdin", "-y", "-loglevel", "quiet", "-i", str(segment), "-frames:v", "1", "-vf", "scale=960:-2",  # noqa: S607
         "-f", "image2", "-update", "1", "-atomic_writing", "1", str(target)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


class Packager:
    """One running ffmpeg with what it says of itself."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.levels = Levels()
        self.started = time.monotonic()
        self.last_words: deque[str] = deque(maxlen=20)
        for rung in plan.rungs:
            (plan.folder / rung).mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(  # noqa: S603  # no shell, our own words
            command(plan), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace",
        )
        for stream, take in ((self._process.stdout, self._measure), (self._process.stderr, self.last_words.append)):
            threading.Thread(target=self._read, args=(stream, take), daemon=True).start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """End it; what it has written stays."""
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @staticmethod
    def _read(stream: TextIO, take: Callable[[str], None]) -> None:
        for line in stream:
            take(line.rstrip())

    def _measure(self, line: str) -> None:
        found = _LEVEL.match(line)
        if found is None:
            return
        name = found[1] or found[2]
        value = float(found[3]) if found[3] not in {"-inf", "inf", "nan"} else -100.0
        {"YAVG": self.levels.brightness, "YDIF": self.levels.movement, "RMS": self.levels.loudness}[name].append(value)
