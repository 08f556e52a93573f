"""Ranking and quotas: pure functions from scores to who gets in, who waits, and why.

A limit may be given for a city and kind, for a city, for a kind, and for all together; what has no limit is free.
Places are given in order of rank: whoever does not get in finds a limit that better ones have filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: (city, kind); ``None`` stands for "all".
Cell = tuple[int | None, str | None]


class Outcome(StrEnum):
    SELECTED = "selected"
    RESERVE = "reserve"
    OUT = "out"


class Why(StrEnum):
    """What stood in the way; ``INSIDE`` of those who got in."""

    INSIDE = "inside"
    CELL_FULL = "cell_full"
    CITY_FULL = "city_full"
    KIND_FULL = "kind_full"
    TOTAL_FULL = "total_full"
    BELOW_MINIMUM = "below_minimum"
    NOT_SCORED = "not_scored"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be ranked. ``score`` in hundredths; ``tie`` decides between equal scores (smaller first)."""

    id: int
    score: int | None
    city: int | None
    kind: str
    tie: Any = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry with its place, 1 first; ``is_tied`` when another one has the same score."""

    entry: Entry
    place: int
    is_tied: bool


@dataclass(frozen=True)
class Quotas:
    """Limits by cell; a cell with 0 takes nobody, a cell that is missing does not limit."""

    limits: Mapping[Cell, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[int | None, str | None, int]]) -> Quotas:
        """From (city, kind, places) as they are stored."""
        return cls({(city, kind): places for city, kind, places in rows})

    def binding(self, city: int | None, kind: str) -> list[tuple[Cell, Why]]:
        """The cells that limit an entry, narrowest first."""
        cells: list[tuple[Cell, Why]] = [
            ((city, kind), Why.CELL_FULL), ((city, None), Why.CITY_FULL),
            ((None, kind), Why.KIND_FULL), ((None, None), Why.TOTAL_FULL),
        ]
        return [(cell, why) for cell, why in dict(cells).items() if cell in self.limits]

    def without(self, taken: Iterable[tuple[int | None, str]]) -> Quotas:
        """What is left when the given (city, kind) places are taken already; never below nothing."""
        left = dict(self.limits)
        for city, kind in taken:
            for cell, _why in self.binding(city, kind):
                left[cell] = max(0, left[cell] - 1)
        return Quotas(left)

    def reserves(self, percent: int) -> Quotas:
        """How many wait in reserve behind each limit: ``percent`` of its places, rounded up."""
        return Quotas({cell: -(-places * percent // 100) for cell, places in self.limits.items()})


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules propose for one entry."""

    id: int
    place: int
    outcome: Outcome
    why: Why


def rank(entries: Iterable[Entry]) -> list[Ranked]:
    """Best score first, those without a score last; equal scores by ``tie``, then by id: always the same order."""
    ordered = sorted(entries, key=lambda e: (e.score is None, -(e.score or 0), e.tie, e.id))
    scores = [entry.score for entry in ordered]
    return [
        Ranked(entry, place, entry.score is not None and entry.score in _neighbours(scores, place - 1))
        for place, entry in enumerate(ordered, 1)
    ]


def _neighbours(scores: Sequence[int | None], index: int) -> Iterator[int | None]:
    if index > 0:
        yield scores[index - 1]
    if index + 1 < len(scores):
        yield scores[index + 1]


def fill_quotas(
    ranked: Sequence[Ranked], quotas: Quotas, *, reserve_percent: int = 20, minimum: int | None = None
) -> list[Decision]:
    """Walk the ranking once: in while every limit has room, then in reserve while its reserve has room, else out."""
    places, reserves = _Room(quotas), _Room(quotas.reserves(reserve_percent))
    return [_decide(one, places, reserves, minimum) for one in ranked]


def _decide(one: Ranked, places: _Room, reserves: _Room, minimum: int | None) -> Decision:
    entry = one.entry
    if entry.score is None:
        return Decision(entry.id, one.place, Outcome.OUT, Why.NOT_SCORED)
    if minimum is not None and entry.score < minimum:
        return Decision(entry.id, one.place, Outcome.OUT, Why.BELOW_MINIMUM)
    full = places.take(entry.city, entry.kind)
    if full is None:
        return Decision(entry.id, one.place, Outcome.SELECTED, Why.INSIDE)
    waiting = reserves.take(entry.city, entry.kind) is None
    return Decision(entry.id, one.place, Outcome.RESERVE if waiting else Outcome.OUT, full)


class _Room:
    """Places that are left, counted down; the cells of a (city, kind) are looked up once."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._left = dict(quotas.limits)
        self._cells: dict[tuple[int | None, str], list[tuple[Cell, Why]]] = {}

    def take(self, city: int | None, kind: str) -> Why | None:
        """Take a place and return ``None``, or say which limit is full and take nothing."""
        cells = self._cells.get((city, kind))
        if cells is None:
            cells = self._cells[(city, kind)] = self._quotas.binding(city, kind)
        for cell, why in cells:
            if self._left[cell] <= 0:
                return why
        for cell, _why in cells:
            self._left[cell] -= 1
        return None
