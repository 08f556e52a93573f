"""A record's history as sentences: which action it was, who did it, and what became of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from expo.kit.access import SYSTEM
from expo.kit.history import HIDDEN, HistoryRow
from expo.kit.language import _, _l
from expo.kit.words import Labelled

_VERBS: dict[str, Any] = {"created": _l("Created"), "changed": _l("Changed"), "deleted": _l("Deleted")}


@dataclass(frozen=True)
class Line:
    """One entry of ``ui/timeline.html``."""

    what: Any
    who: str
    at: datetime
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)
    note: str | None = None
    url: str | None = None
    tone: str | None = None
    #: Only the day is known: no time of day is shown.
    is_day: bool = False


def timeline_of(rows: Iterable[HistoryRow], sentences: Mapping[str, Any],
                fields: Mapping[str, Any | tuple[Any, type[Labelled]]]) -> list[Line]:
    """``sentences`` names actions by their function ("endorse_candidates") or by what they recorded ("unmasked"),
    ``fields`` the columns worth showing.

    A field's value is its label, or (label, enumeration) where the stored word has a label of its own.
    """
    return [_line(row, sentences, fields) for row in rows]


def _line(row: HistoryRow, sentences: Mapping[str, Any], fields: Mapping[str, Any]) -> Line:
    function, _colon, verb = row.action.partition(".")[2].partition(":")
    changes = [_change(fields[name], change) for name, change in row.changes.items()
               if name in fields and isinstance(change, list) and len(change) == 2]
    what = sentences.get(function) or sentences.get(verb) or _VERBS.get(verb, verb)
    who = _("the system") if row.person_id is None and row.actor == SYSTEM.name else row.actor
    return Line(what=what, who=who, at=row.at, changes=changes)


def _change(label: Any, change: list[Any]) -> tuple[Any, Any, Any]:
    words = None
    if isinstance(label, tuple):
        label, words = label
    return label, _shown(change[0], words), _shown(change[1], words)


def _shown(value: Any, words: type[Labelled] | None) -> Any:
    if value is None or value == HIDDEN:
        return value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if words is not None and value in {member.value for member in words}:
        return words(value).label
    return value
