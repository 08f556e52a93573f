"""Halls by patterns: a hall takes one pattern, a selection of kinds that fits, and patterns together hold every session.

There are far too many patterns to write down, so the relaxation begins with none and asks the knapsack of every hall for
the one that its prices still lack (column generation). It knows what half sessions and half halls hide, and so bounds
the cost within a unit or two; whatever the prices, they give a bound of their own, so it may be cut short at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from expo.programme.solver.hall_kinds import Counts, Kinds, Numbers, Take
from expo.programme.solver.hall_prices import Offer, best_offers
from expo.programme.solver.lp import EXACT

INFINITE = highspy.kHighsInf
#: The part of the best prices so far in those that are asked next: without it they swing.
CALM = 0.3


@dataclass(frozen=True)
class Branch:
    """How many of some halls a host uses: at least, or at most, a number."""

    host: int
    halls: tuple[int, ...]
    number: int
    is_least: bool


@dataclass(frozen=True)
class Part:
    """A part of the question: how many of each kind are to be held in which halls, under which branches."""

    count: Counts
    halls: npt.NDArray[np.bool_]
    branches: tuple[Branch, ...] = ()

    def under(self, branch: Branch) -> Part:
        return replace(self, branches=(*self.branches, branch))


@dataclass(frozen=True)
class Relaxed:
    """``shares``: pattern → how much of it is taken. Cut short, more patterns might make them cheaper."""

    bound: float
    shares: dict[int, float]
    is_cut_short: bool = False


class Master:
    """The patterns that are known, in one linear programme that is bent to each part in turn."""

    def __init__(self, kinds: Kinds, is_over: Callable[[], bool]) -> None:
        self.kinds, self.is_over = kinds, is_over
        self.number = {}  # type: dict[tuple[int, Take], int]
        self.patterns: list[tuple[int, Take]] = []
        self.costs: list[float] = []
        self.amounts = np.zeros((256, len(kinds.members)), dtype=np.int64)
        self.hosts = np.zeros((256, len(kinds.fee)), dtype=bool)
        self.at = np.zeros(256, dtype=np.int64)
        self.first = len(kinds.members) + 1
        """The columns before it: each kind left out, and branches that cannot be met."""
        self.fixed_rows = len(kinds.members) + len(kinds.halls)
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        for kind in range(len(kinds.members)):
            self.highs.addRow(float(kinds.count[kind]), INFINITE, 0, [], [])
        for _ in kinds.halls:
            self.highs.addRow(-INFINITE, 1.0, 0, [], [])
        for kind in range(len(kinds.members)):
            self.highs.addCol(kinds.nowhere, 0.0, INFINITE, 1, np.array([kind]), np.ones(1))
        self.highs.addCol(10 * kinds.nowhere * (1 + len(kinds.halls)), 0.0, INFINITE, 0, [], [])

    def relaxed(self, part: Part, cutoff: float = INFINITE) -> Relaxed | None:
        """The relaxation of a part, or None if it cannot cost less than ``cutoff``. Cut short, its bound still holds."""
        self._bend(part)
        bound, prices, is_cut_short = -INFINITE, None, False
        while True:
            self.highs.run()
            info = self.highs.getInfo()
            now = np.asarray(self.highs.getSolution().row_dual)
            added = 0
            for asked in (now,) if prices is None else (CALM * prices + (1 - CALM) * now, now):
                earned, fee, more = self._prices(asked, part)
                offers = best_offers(self.kinds, earned, fee, part.count, part.halls)
                found = float(part.count @ earned) + more + sum(min(0.0, offer.value) for offer in offers)
                if found > bound:
                    bound, prices = found, asked
                added = self._take_up(offers, part)
                if added:
                    break
            if bound > cutoff + EXACT * max(1.0, abs(cutoff)):
                return None
            is_done = not added or info.objective_function_value - bound < EXACT
            is_cut_short = not is_done and self.is_over()
            if is_done or is_cut_short:
                break
        values = np.asarray(self.highs.getSolution().col_value)[self.first:]
        return Relaxed(bound, {int(p): float(values[p]) for p in np.flatnonzero(values > EXACT)}, is_cut_short)

    def used(self, shares: dict[int, float]) -> Numbers:
        """g, h → how much of the hall's patterns hold the host."""
        found = np.zeros(self.kinds.fee.shape)
        for pattern, share in shares.items():
            found[self.hosts[pattern], self.at[pattern]] += share
        return found

    def pattern(self, hall: int, take: Take) -> int:
        """The number of a pattern, which is made known if it is new."""
        if (hall, take) in self.number:
            return self.number[hall, take]
        new = len(self.patterns)
        if new == len(self.at):
            self.amounts, self.hosts = (np.vstack([a, np.zeros_like(a)]) for a in (self.amounts, self.hosts))
            self.at = np.concatenate([self.at, np.zeros_like(self.at)])
        self.number[hall, take] = new
        self.patterns.append((hall, take))
        self.costs.append(self.kinds.price(hall, take))
        self.at[new] = hall
        for kind, count in take:
            self.amounts[new, kind] = count
            self.hosts[new, self.kinds.host[kind]] = True
        kinds = len(self.kinds.members)
        rows = [*(kind for kind, _ in take), kinds + hall]
        values = [*(float(count) for _, count in take), 1.0]
        for row, branch in enumerate(self.branches, self.fixed_rows):
            if hall in branch.halls and self.hosts[new, branch.host]:
                rows.append(row)
                values.append(1.0)
        self.highs.addCol(self.costs[new], 0.0, INFINITE, len(rows), np.array(rows), np.array(values))
        return new

    branches: tuple[Branch, ...] = ()

    def _take_up(self, offers: list[Offer], part: Part) -> int:
        """Make the offers known that are new; how many."""
        before = len(self.patterns)
        for offer in offers:
            if offer.take and offer.value < -EXACT:
                self.pattern(offer.hall, offer.take)
        return len(self.patterns) - before

    def _prices(self, duals: Numbers, part: Part) -> tuple[Numbers, Numbers, float]:
        """(what a session of each kind earns, what hosts pay for halls with what branches add, what branches add at all).

        The price of a hall itself is left out: it is part of the bound by the best offer of that hall.
        """
        fee, more = self.kinds.fee.copy(), 0.0
        for dual, branch in zip(duals[self.fixed_rows:], part.branches, strict=True):
            fee[branch.host, list(branch.halls)] -= dual
            more += float(dual) * branch.number
            if not branch.number:
                fee[branch.host, list(branch.halls)] = np.inf
        return np.asarray(duals[: len(self.kinds.members)]), fee, more

    def _bend(self, part: Part) -> None:
        """Bounds of rows and columns, and rows of branches, for a part."""
        known, kinds = len(self.patterns), len(self.kinds.members)
        if self.highs.getNumRow() > self.fixed_rows:
            self.highs.deleteRows(self.highs.getNumRow() - self.fixed_rows, np.arange(self.fixed_rows, self.highs.getNumRow(), dtype=np.int32))
        self.branches = part.branches
        amounts, hosts, at = self.amounts[:known], self.hosts[:known], self.at[:known]
        fits = part.halls[at] & (amounts <= part.count).all(axis=1)
        for branch in part.branches:
            held = hosts[:, branch.host] & np.isin(at, branch.halls)
            if not branch.number:
                fits &= ~held
            columns = np.flatnonzero(held) + self.first
            lower, upper = (float(branch.number), INFINITE) if branch.is_least else (-INFINITE, float(branch.number))
            values = np.ones(len(columns))
            if branch.is_least:
                columns, values = np.append(columns, self.first - 1), np.append(values, float(branch.number))
            self.highs.addRow(lower, upper, len(columns), columns.astype(np.int32), values)
        for kind in range(kinds):
            self.highs.changeRowBounds(kind, float(part.count[kind]), INFINITE)
        for hall, is_open in enumerate(part.halls):
            self.highs.changeRowBounds(kinds + hall, -INFINITE, float(is_open))
        if known:
            self.highs.changeColsBounds(known, np.arange(self.first, self.first + known, dtype=np.int32), np.zeros(known),
                                        np.where(fits, INFINITE, 0.0))
