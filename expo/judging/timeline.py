"""What happened to a panel, in sentences. Scores are never part of it."""

from __future__ import annotations

from typing import Any

from expo.judging.models import PanelStatus
from expo.kit.history import list_history
from expo.kit.language import _l
from expo.kit.timeline import Line, timeline_of

SENTENCES: dict[str, Any] = {
    "open_panel_setup": _l("Panel made"),
    "change_panel": _l("Panel changed"),
    "open_panel": _l("Panel opened"),
    "close_panel": _l("Panel closed, results computed"),
    "tick_panels": _l("Panel moved by the clock"),
    "assign_reviewers": _l("Submissions assigned to a reviewer"),
    "recuse": _l("A recused submission passed to another reviewer"),
    "remove_member": _l("Submissions of a removed reviewer passed on"),
}
FIELDS: dict[str, Any] = {
    "status": (_l("Status"), PanelStatus), "name": _l("Name"), "opens_at": _l("Opens"), "closes_at": _l("Closes"),
    "scores_each": _l("Reviewers for each submission"), "submissions": _l("Submissions"),
}


def panel_timeline(panel_id: int) -> list[Line]:
    """The panel's history, newest first; long lists of submissions shown as their number."""
    rows = list_history("panel", panel_id, limit=40)
    for line in (lines := timeline_of(rows, SENTENCES, FIELDS)):
        line.changes[:] = [(label, _short(before), _short(after)) for label, before, after in line.changes]
    return lines


def _short(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value
