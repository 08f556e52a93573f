"""What meetings tell the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MeetingHeld:
    """Two sides have met."""

    meeting_id: int
    project_id: int


@dataclass(frozen=True)
class IntentStated:
    """A meeting ended with the intent to sign; the amount is in fen, if one was named."""

    meeting_id: int
    project_id: int
    amount_fen: int | None
