"""Lifecycles as tables: which status may follow which, and one way to move."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.words import Labelled

S = TypeVar("S", bound=Labelled)


class Lifecycle(Generic[S]):
    """A table of allowed moves. Every status must have a row, an end state an empty one."""

    def __init__(self, moves: Mapping[S, Collection[S]], attribute: str = "status") -> None:
        states = set(type(next(iter(moves))))
        if set(moves) != states:
            raise ValueError(f"a lifecycle needs a row for each of {sorted(states)}")
        self.moves = {state: frozenset(targets) for state, targets in moves.items()}
        self.attribute = attribute

    def allows(self, current: S, target: S) -> bool:
        """Whether ``target`` may follow ``current``."""
        return target in self.moves[current]

    def require(self, current: S, target: S) -> None:
        """Raise :class:`Refused` unless ``target`` may follow ``current``."""
        if not self.allows(current, target):
            raise Refused(
                _l(
                    "This is not possible: it is “%(now)s” and cannot become “%(then)s”. "
                    "Reload the page to see its present state.",
                    now=current.label,
                    then=target.label,
                )
            )

    def move(self, record: Any, target: S) -> None:
        """Move ``record`` to ``target`` or raise :class:`Refused`."""
        self.require(getattr(record, self.attribute), target)
        setattr(record, self.attribute, target)
