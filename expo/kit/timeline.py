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

#: What an action's name ends with, in a word; rooms say more about their own records.
_VERBS: dict[str, Any] = {
    "created": _l("Created"), "changed": _l("Changed"), "deleted": _l("Deleted"),
    "added": _l("Added"), "assigned": _l("Assigned"), "disabled": _l("Switched off"), "ended_session": _l("Signed out of a browser"),
    "ended_sessions": _l("Signed out of browsers"), "erased": _l("Personal data erased"), "exported": _l("Exported"),
    "finished": _l("Finished"), "forgotten": _l("Personal data erased"), "halls": _l("Halls chosen"), "hosts": _l("Hosts changed"),
    "imported": _l("Imported"), "issued": _l("Issued as a paper"), "late": _l("Checked in late"), "left": _l("Place given back"),
    "link_sent": _l("Link sent"), "linked": _l("Scans linked into the log"), "loaded": _l("Demonstration loaded"),
    "locked": _l("Locked after failures to sign in"), "made_recovery_codes": _l("Made recovery codes"), "merged": _l("Merged"),
    "moved": _l("Moved"), "needs": _l("Needs changed"), "noted": _l("Changed"), "order": _l("Order changed"),
    "party": _l("Party changed"), "planned": _l("Taken over from a plan"), "printed": _l("Printed"), "proposed": _l("Decision proposed"),
    "put_back": _l("Put back"), "reason": _l("Reason given"), "reopened": _l("Opened again"),
    "reset_password": _l("New password by a code"), "scanned": _l("Scan uploaded"), "scored": _l("Scored"),
    "seated": _l("Seated"), "seats_printed": _l("Seats printed"), "sent_again": _l("Sent again"), "shown": _l("Shown in clear"),
    "signed_in": _l("Signed in"), "signed_up": _l("Place reserved"), "stop": _l("Stopped"), "stored": _l("Rows stored"),
    "taken": _l("Paper downloaded"), "taken_offline": _l("Taken offline"), "taken_out": _l("Taken out"),
    "taken_over": _l("Plan taken over"), "tell": _l("Persons told"), "undone": _l("Undone"), "unmasked": _l("Contact data shown"),
    "used_recovery_code": _l("Used a recovery code"),
}


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


def verb_of(action: str) -> Any:
    """What an action did, in a word: "Exported" of "pool.start_export:exported"; its own name where none is known."""
    verb = action.partition(":")[2]
    return _VERBS.get(verb, verb or action)


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
    what = sentences.get(function) or sentences.get(verb) or verb_of(row.action)
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
