"""What other rooms want to know about signings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SigningSigned:
    """An agreement was signed; ``project_id`` is ``None`` for one between organisations alone."""

    signing_id: int
    project_id: int | None
