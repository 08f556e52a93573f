"""All segments of a broadcast since its beginning, as a list that grows: what players load to go back in time.

ffmpeg keeps a list of the last half minute only, because every viewer loads it every second. Whoever goes back loads
this one once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from expo.streaming.media.server import STILL

_HEAD = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-INDEPENDENT-SEGMENTS\n"
#: Longer segments mean keyframes too far apart to be cut at every second.
LONG_S = 3.5
_TARGET = 12
_EMPTY = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{next}\n#EXT-X-INDEPENDENT-SEGMENTS\n"
_BREAK = "#EXT-X-DISCONTINUITY\n"
_WRITTEN = re.compile(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)")
_DURATION = re.compile(r"#EXTINF:([\d.]+)")
_MASTER = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH={full},NAME="src"
src/{name}.m3u8
"""
_LOW = """#EXT-X-STREAM-INF:BANDWIDTH=760000,RESOLUTION=640x360,NAME="low"
low/{name}.m3u8
"""


@dataclass
class _Rung:
    folder: Path
    last: str = ""
    read: float = field(default=0.0)


class Archive:
    """The rungs that are being lengthened."""

    def __init__(self) -> None:
        self._rungs: dict[Path, _Rung] = {}

    def follow(self, folder: Path, has_low: bool, bandwidth: int = 3_000_000) -> None:
        """Lengthen the lists of a broadcast from now on; the lists of rungs are written."""
        for name in ["src", "low"][:1 + has_low]:
            if folder / name not in self._rungs:
                self._rungs[folder / name] = _Rung(folder / name, _last_name(folder / name / "dvr.m3u8"))
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("live", "dvr"):
            text = _MASTER.format(name=name, full=bandwidth) + (_LOW.format(name=name) if has_low else "")
            _replace(folder / ("index.m3u8" if name == "live" else "dvr.m3u8"), text)

    def follow_voice(self, folder: Path, language: str, bandwidth: int = 3_000_000) -> None:
        """The same for a rung with an interpreter's sound, which has a list of rungs of its own."""
        if folder / language not in self._rungs:
            self._rungs[folder / language] = _Rung(folder / language, _last_name(folder / language / "dvr.m3u8"))
        for name in ("live", "dvr"):
            text = _MASTER.format(name=name, full=bandwidth).replace("src", language)
            _replace(folder / (f"{language}.m3u8" if name == "live" else f"{language}_dvr.m3u8"), text)

    def forget_voice(self, folder: Path, language: str) -> None:
        """Nobody interprets into this language any more; players go back to the sound of the hall."""
        self._rungs.pop(folder / language, None)
        for name in (f"{language}.m3u8", f"{language}_dvr.m3u8"):
            (folder / name).unlink(missing_ok=True)

    def forget(self, folder: Path) -> None:
        for rung in [rung for rung in self._rungs if rung.parent == folder]:
            del self._rungs[rung]

    @staticmethod
    def leave_out(folder: Path, since: datetime, until: datetime | None) -> int:
        """Remove a time from all rungs, files and lists: every segment that holds a moment of it. Returns how many.

        Nobody may be writing the live lists meanwhile. One that held a part of that time begins anew at its next
        number: whatever made it goes on from there.
        """
        removed = 0
        for rung in {path.parent for path in folder.glob("*/*.m3u8")}:
            gone: set[str] = set()
            for name in ("dvr.m3u8", "live.m3u8"):
                path = rung / name
                if not path.exists():
                    continue
                text = path.read_text()
                entries = read_entries(text)
                inside = [place for place, (begin, end) in enumerate(_spans(entries)) if end > since and (until is None or begin < until)]
                gone |= {entries[place][0] for place in inside}
                if inside and name == "dvr.m3u8":
                    _replace(path, _HEAD.format(longest=_TARGET) + _without(entries, inside))
                elif inside:
                    _replace(path, _EMPTY.format(next=_sequence(text) + len(entries)))
            for name in gone:
                (rung / name).unlink(missing_ok=True)
            removed += len(gone)
        if removed:
            (folder / STILL).unlink(missing_ok=True)
        return removed

    def lengthen(self) -> None:
        """Append what ffmpeg has written since the last time."""
        for rung in self._rungs.values():
            live = rung.folder / "live.m3u8"
            try:
                changed = live.stat().st_mtime
                if changed == rung.read:
                    continue
                entries = read_entries(live.read_text())
            except FileNotFoundError:
                continue
            rung.read = changed
            names = [name for name, _ in entries]
            fresh = entries[names.index(rung.last) + 1:] if rung.last in names else entries
            if not fresh:
                continue
            path = rung.folder / "dvr.m3u8"
            with path.open("a") as file:  # One write, so that nobody ever reads half an entry.
                head = _HEAD.format(longest=_TARGET) if file.tell() == 0 else ""
                file.write(head + "".join(text for _, text in fresh))
            rung.last = fresh[-1][0]


def read_entries(playlist: str) -> list[tuple[str, str]]:
    """Each segment of a list with all the lines that belong to it."""
    found: list[tuple[str, str]] = []
    lines: list[str] = []
    for line in playlist.splitlines():
        if line.startswith(("#EXTINF", "#EXT-X-PROGRAM", "#EXT-X-DISCONTINUITY")) and not line.startswith("#EXT-X-DISCONTINUITY-S"):
            lines.append(line)
        elif line and not line.startswith("#"):
            found.append((line, "\n".join([*lines, line]) + "\n"))
            lines = []
    return found


def _spans(entries: list[tuple[str, str]]) -> Iterator[tuple[datetime, datetime]]:
    """When each segment begins and ends, by the clock of this machine; one that does not say follows the one before."""
    end = datetime.min.replace(tzinfo=UTC)
    for _name, lines in entries:
        said, length = _WRITTEN.search(lines), _DURATION.search(lines)
        begin = datetime.fromisoformat(said[1]) if said else end
        end = begin + timedelta(seconds=float(length[1]) if length else 0)
        yield begin, end


def _without(entries: list[tuple[str, str]], places: Collection[int]) -> str:
    """The entries besides these, with a mark wherever some were left out."""
    kept: list[str] = []
    is_cut = False
    for place, (_name, lines) in enumerate(entries):
        if place in places:
            is_cut = True
            continue
        kept.append(_BREAK + lines if is_cut and _BREAK not in lines else lines)
        is_cut = False
    return "".join(kept)


def _sequence(playlist: str) -> int:
    found = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)
    return int(found[1]) if found else 0


def newest_segment(folder: Path) -> Path | None:
    """The last segment of the sender's own rung."""
    try:
        entries = read_entries((folder / "src" / "live.m3u8").read_text())
    except FileNotFoundError:
        return None
    return folder / "src" / entries[-1][0] if entries else None


def longest_segment(folder: Path) -> float:
    """Seconds of the longest segment among the last ones of the sender's own rung."""
    try:
        text = (folder / "src" / "live.m3u8").read_text()
    except FileNotFoundError:
        return 0.0
    return max((float(one) for one in _DURATION.findall(text)[-5:]), default=0.0)


def _last_name(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 400))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line for line in reversed(lines) if line and not line.startswith("#")), "")


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)
