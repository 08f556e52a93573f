"""What judging tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PanelClosed:
    """A panel's scores are final and its results computed."""

    panel_id: int
