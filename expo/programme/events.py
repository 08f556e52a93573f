"""What the programme tells the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProgrammeReleased:
    """A new state of the programme is public."""

    edition_id: int
    release_id: int
