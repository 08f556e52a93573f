"""What the shortlist tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListFinalised:
    """The public notice is over and these candidates stand on the final list: each becomes a project."""

    edition_id: int
    candidate_ids: tuple[int, ...]
