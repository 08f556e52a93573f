"""What a stage manager is warned of, judged from one value a second of brightness, movement and loudness. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from expo.streaming.media.packager import SILENT_DB, STILL_CHANGE, Levels
from expo.streaming.models import WarningKind

#: What the studio judges itself, all at once; other kinds are set where they are noticed.
WATCHED = frozenset({WarningKind.NO_SENDER, WarningKind.NO_SOUND, WarningKind.BLACK, WarningKind.FROZEN,
                     WarningKind.LONG_GOP, WarningKind.DISK})
#: Mean luma below which a picture is black.
BLACK_LUMA = 20.0
#: For how many seconds it must be so. A slide may stand for a while, a speaker pauses.
BLACK_S, STILL_S, SILENT_S = 4, 30, 10


def warnings_of(levels: Levels, *, has_sender: bool, is_live: bool, has_picture: bool) -> frozenset[WarningKind]:
    """What is wrong with a channel at this moment."""
    if not has_sender:
        return frozenset({WarningKind.NO_SENDER}) if is_live else frozenset()
    found: set[WarningKind] = set()
    if has_picture and _all_below(levels.brightness, BLACK_LUMA, BLACK_S):
        found.add(WarningKind.BLACK)
    elif has_picture and _all_below(levels.movement, STILL_CHANGE, STILL_S):
        found.add(WarningKind.FROZEN)
    if _all_below(levels.loudness, SILENT_DB, SILENT_S):
        found.add(WarningKind.NO_SOUND)
    return frozenset(found)


def _all_below(values: Sequence[float], limit: float, seconds: int) -> bool:
    last = list(values)[-seconds:]
    return len(last) == seconds and max(last) < limit
