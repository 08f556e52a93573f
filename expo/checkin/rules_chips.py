"""The number of a chip as USB and NFC readers type it: decimal or hexadecimal, with or without strokes between bytes."""

from __future__ import annotations

import re

_STROKES = re.compile(r"[\s:.\-]")
_NUMBER = re.compile(r"[0-9A-F]{6,32}")


def chip_number(text: str) -> str | None:
    """One number however it was typed; ``None`` for whatever is no chip's. Of any text, of any length."""
    if len(text) > 100:
        return None
    plain = _STROKES.sub("", text).upper()
    return plain if _NUMBER.fullmatch(plain) else None
