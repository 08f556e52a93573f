"""What changed from one release to another: enough to make the other one from the first, and to say it in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.programme.rules_content import Content

SessionContent = dict[str, Any]
_PLACE = ("hall", "starts_at", "ends_at")


class ChangeKind(Labelled):
    NEW = "new", _l("New")
    MOVED = "moved", _l("Moved")
    CANCELLED = "cancelled", _l("Cancelled")
    REINSTATED = "reinstated", _l("Reinstated")
    REMOVED = "removed", _l("Taken out")
    ORDER = "order", _l("Order changed")
    PROJECTS = "projects", _l("Projects changed")
    DETAILS = "details", _l("Details changed")


@dataclass(frozen=True)
class Change:
    """One session before and after; none where it is not in that release."""

    before: SessionContent | None
    after: SessionContent | None

    @property
    def session(self) -> SessionContent:
        """The later state, else what was there."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def kinds(self) -> list[ChangeKind]:
        """Everything that a visitor would call it, the weightiest first."""
        if self.before is None:
            return [ChangeKind.NEW]
        if self.after is None:
            return [ChangeKind.REMOVED]
        return _kinds(self.before, self.after)


def _kinds(before: SessionContent, after: SessionContent) -> list[ChangeKind]:
    found = []
    if before["cancelled"] != after["cancelled"]:
        found.append(ChangeKind.CANCELLED if after["cancelled"] else ChangeKind.REINSTATED)
    if any(before[name] != after[name] for name in _PLACE):
        found.append(ChangeKind.MOVED)
    was, now = ([i["project"] for i in s["items"]] for s in (before, after))
    if sorted(was) != sorted(now):
        found.append(ChangeKind.PROJECTS)
    elif was != now:
        found.append(ChangeKind.ORDER)
    return found or [ChangeKind.DETAILS]


@dataclass(frozen=True)
class Difference:
    """From one content to another. ``frame`` holds changed parts beside the sessions as (before, after)."""

    frame: dict[str, tuple[Any, Any]]
    changes: tuple[Change, ...]
    #: The order of all sessions afterwards.
    order: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        return not self.frame and not self.changes

    def of_kind(self, kind: ChangeKind) -> list[Change]:
        """The changes that are of one kind, among others perhaps."""
        return [change for change in self.changes if kind in change.kinds]

    @property
    def counts(self) -> dict[ChangeKind, int]:
        """Kind → how many sessions; kinds without any are left out."""
        return {kind: n for kind in ChangeKind if (n := len(self.of_kind(kind)))}


def difference(before: Content | None, after: Content) -> Difference:
    """What must change in ``before`` (nothing at all, if none) to make ``after``."""
    before = before or {"sessions": []}
    old = {s["id"]: s for s in before["sessions"]}
    new = {s["id"]: s for s in after["sessions"]}
    changes = [Change(old.get(n), new.get(n)) for n in [*new, *(n for n in old if n not in new)] if old.get(n) != new.get(n)]
    names = {*before, *after} - {"sessions"}
    frame = {name: (before.get(name), after.get(name)) for name in sorted(names) if before.get(name) != after.get(name)}
    return Difference(frame, tuple(changes), tuple(new))


def apply(before: Content | None, change: Difference) -> Content:
    """``before`` with a difference taken over: the other content again."""
    before = before or {"sessions": []}
    sessions = {s["id"]: s for s in before["sessions"]}
    for one in change.changes:
        if one.after is None:
            sessions.pop(one.session["id"], None)
        else:
            sessions[one.after["id"]] = one.after
    content = {**before, **{name: after for name, (_before, after) in change.frame.items()}}
    content["sessions"] = [sessions[number] for number in change.order]
    return content
