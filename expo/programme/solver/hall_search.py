"""The best halls for sessions: what patterns prove, and a plan that meets it.

A plan is dived for (the pattern that is wanted most is taken, and the rest asked again), then bettered by asking anew for
a few halls at a time. What is left between the plan and the bound is closed by branching on how many halls, and which,
a host uses.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from expo.programme.solver.hall_kinds import Kinds, Take
from expo.programme.solver.hall_master import Branch, Master, Part, Relaxed
from expo.programme.solver.lp import EXACT, Model, Options

#: Halls that are asked for anew together, at first; how often in vain before it is more of them.
FEW_HALLS, PATIENCE = 4, 12
#: Neighbourhoods that are tried for each branching, and branchings for each further dive.
TRIES, DIVES = 2, 4


@dataclass(frozen=True)
class Halls:
    """``cost`` is of the kinds, none if nothing was found; no other choice of halls costs less than ``bound``."""

    hall_of: dict[int, int]
    cost: int | None
    bound: int

    @property
    def is_optimal(self) -> bool:
        return self.cost == self.bound


@dataclass
class Fill:
    """Halls with what they take; ``cost`` without what is paid in any case."""

    takes: dict[int, Take]
    cost: float


@dataclass(order=True)
class _Open:
    bound: float
    number: int
    part: Part = field(compare=False)
    relaxed: Relaxed = field(compare=False)


class HallSearch:
    """``tell`` hears of each better bound."""

    def __init__(self, kinds: Kinds, options: Options, tell: Callable[[int], None] | None = None) -> None:
        self.kinds, self.options, self.tell = kinds, options, tell
        self.until = 0.0
        self.master = Master(kinds, lambda: self.is_over)
        self.chance = random.Random(options.seed)  # noqa: S311
        self.best: Fill | None = None
        self.bound = -np.inf
        self.size, self.in_vain = FEW_HALLS, 0
        self.heap: list[_Open] = []
        #: The least bound of parts that were closed with an answer that costs more.
        self.doubt = np.inf
        self.nodes = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until or self.options.is_stopped

    @property
    def cutoff(self) -> float:
        """Only what costs less than this is of use."""
        return np.inf if self.best is None else self.best.cost - self.kinds.step + 2 * EXACT

    @property
    def is_proven(self) -> bool:
        return self.best is not None and self.bound > self.best.cost - self.kinds.step + _noise(self.best.cost)

    def go_on(self, seconds: float) -> Halls:
        """Search for some time more, or until it is proven."""
        self.until = time.monotonic() + seconds
        if not self.heap or self.heap[0].relaxed.is_cut_short:
            everything = Part(self.kinds.count, self.kinds.room > 0)
            root = self.master.relaxed(everything)
            assert root is not None
            self._raise(root.bound)
            self.heap = [_Open(root.bound, 0, everything, root)]
        if self.best is None and not self.is_over:
            self._consider(self._dived(self.heap[0].part, self.heap[0].relaxed))
        self._branch(self.heap)
        if self.best is None:
            return Halls({}, None, self._whole(self.bound))
        cost = round(self.best.cost + self.kinds.constant)
        return Halls(self.kinds.hall_of(self.best.takes), cost, cost if self.is_proven else min(cost, self._whole(self.bound)))

    def _whole(self, bound: float) -> int:
        """The least cost that is not below a bound and can be."""
        steps = np.ceil((bound - _noise(bound)) / self.kinds.step) if np.isfinite(bound) else 0
        return max(0, round(steps * self.kinds.step + self.kinds.constant))

    def _raise(self, bound: float) -> None:
        if bound > self.bound:
            self.bound = bound
            if self.tell:
                self.tell(self._whole(bound))

    def _consider(self, fill: Fill | None) -> None:
        if fill is not None and (self.best is None or fill.cost < self.best.cost - EXACT):
            self.best = fill

    def _branch(self, heap: list[_Open]) -> None:
        """Best bound first; between two branchings a few neighbourhoods of the best plan."""
        while heap and not self.is_proven and not self.is_over:
            for _ in range(TRIES):
                self._better_some_halls()
            node = heap[0]
            self._raise(node.bound)
            if self.is_proven:
                return
            found = [(part, self.master.relaxed(part, self.cutoff)) for part in self._parts(node)]
            if self.is_over:
                # Cut short they may know too little: the node stays open.
                return
            heapq.heappop(heap)
            for part, relaxed in found:
                if relaxed is not None:
                    self.nodes += 1
                    heapq.heappush(heap, _Open(max(node.bound, relaxed.bound), self.nodes, part, relaxed))
                    if self.nodes % DIVES == 1:
                        self._consider(self._dived(part, relaxed))
        if not heap and self.best is not None:
            self._raise(min(self.best.cost, self.doubt))

    def _parts(self, node: _Open) -> list[Part]:
        """Two parts that share nothing but exclude the relaxed answer; none if it is whole, which is then remembered."""
        used = self.master.used(node.relaxed.shares)
        totals = used.sum(axis=1)
        away = np.abs(totals - np.round(totals))
        host = int(np.argmax(away)) if len(away) else 0
        halls: tuple[int, ...] = tuple(range(used.shape[1]))
        if not len(away) or away[host] < EXACT * 10:
            apart = np.abs(used - np.round(used))
            host, hall = (int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape)) if apart.size else (0, 0)
            if not apart.size or apart[host, hall] < EXACT * 10:
                fill = self._assigned(used > 0.5, node.part)
                self._consider(fill)
                if fill is None or fill.cost - self.kinds.step + _noise(fill.cost) > node.bound:
                    self.doubt = min(self.doubt, node.bound)
                return []
            halls = (hall,)
        number = int(np.floor(used[host, list(halls)].sum()))
        return [node.part.under(Branch(host, halls, number, is_least=False)),
                node.part.under(Branch(host, halls, number + 1, is_least=True))]

    def _dived(self, part: Part, relaxed: Relaxed | None, cutoff: float | None = None) -> Fill | None:
        """Take what is wanted most, ask again for the rest; none if that does not lead below the cutoff."""
        cutoff = self.cutoff if cutoff is None else cutoff
        count, halls, takes, cost = part.count.copy(), part.halls.copy(), dict[int, Take](), 0.0
        while relaxed is not None and relaxed.shares and not self.is_over:
            shares = sorted(relaxed.shares.items(), key=lambda item: (-item[1], item[0]))
            for pattern in [p for p, share in shares if share > 1 - EXACT] or [shares[0][0]]:
                hall, take = self.master.patterns[pattern]
                # Patterns together may hold a kind more often than there are sessions of it.
                fitting = tuple((k, min(n, int(count[k]))) for k, n in take if count[k])
                for kind, number in fitting:
                    count[kind] -= number
                takes[hall], halls[hall] = fitting, False
                cost += self.kinds.price(hall, fitting)
            if not count.any() or not halls.any():
                relaxed = None
                break
            relaxed = self.master.relaxed(Part(count.copy(), halls.copy()), cutoff - cost)
            if relaxed is None:
                return None
        cost += self.kinds.nowhere * int(count.sum())
        return Fill(takes, cost) if cost < cutoff - EXACT and not self.is_over else None

    def _better_some_halls(self) -> None:
        """Ask anew for the halls of a host that uses several, and for others by chance."""
        if self.best is None or self.is_proven or self.is_over:
            return
        kinds, takes = self.kinds, self.best.takes
        used: dict[int, set[int]] = {}
        for hall, take in takes.items():
            for kind, _ in take:
                used.setdefault(int(kinds.host[kind]), set()).add(hall)
        several = [host for host, halls in sorted(used.items()) if len(halls) > 1]
        chosen = set(sorted(used[self.chance.choice(several)])[: self.size - 1]) if several else set[int]()
        usable = [int(h) for h in np.flatnonzero(kinds.room > 0)]
        others = [h for h in usable if h not in chosen]
        chosen |= set(self.chance.sample(others, min(len(others), max(0, self.size - len(chosen)))))
        part, now = self._part_of(chosen)
        cutoff = now - kinds.step + 2 * EXACT
        fill = self._dived(part, self.master.relaxed(part, cutoff), cutoff)
        if fill is None:
            self.in_vain += 1
            if self.in_vain > PATIENCE:
                self.size, self.in_vain = min(self.size + 1, len(usable)), 0
            return
        self.in_vain = 0
        rest = {h: take for h, take in takes.items() if h not in chosen}
        self._consider(Fill(rest | fill.takes, self.best.cost - now + fill.cost))

    def _part_of(self, halls: set[int]) -> tuple[Part, float]:
        """(some halls with what they hold now, and all that is without a hall, what that costs now)."""
        assert self.best is not None
        kinds, count, cost = self.kinds, self.kinds.count.copy(), 0.0
        for hall, take in self.best.takes.items():
            if hall in halls:
                cost += kinds.price(hall, take)
                continue
            for kind, number in take:
                count[kind] -= number
        held = sum(number for take in self.best.takes.values() for _, number in take)
        cost += kinds.nowhere * (int(kinds.count.sum()) - held)
        return Part(count, np.array([h in halls for h in range(len(kinds.halls))])), cost

    def _assigned(self, used: npt.NDArray[np.bool_], part: Part) -> Fill | None:
        """The best way to put kinds into halls that their hosts use: a flow, whose relaxation is whole."""
        kinds, model = self.kinds, Model()
        columns: dict[tuple[int, int], int] = {}
        for k, number in enumerate(part.count):
            for h in map(int, np.flatnonzero(used[kinds.host[k]])):
                if np.isfinite(kinds.cost[k, h]):
                    columns[k, h] = model.column(float(kinds.cost[k, h]), 0.0, float(number))
            left_out = model.column(kinds.nowhere, 0.0, float(number))
            model.row([*(c for (kind, _), c in columns.items() if kind == k), left_out], float(number), float(number))
        for h in map(int, np.flatnonzero(part.halls)):
            model.row([c for (_, hall), c in columns.items() if hall == h], float(kinds.room[h]))
        found = model.relaxed(self.options)
        if found is None:
            return None
        takes: dict[int, Take] = {}
        for (k, h), column in columns.items():
            if number := round(found.values[column]):
                takes[h] = (*takes.get(h, ()), (k, number))
        held = sum(number for take in takes.values() for _, number in take)
        cost = sum(kinds.price(h, take) for h, take in takes.items()) + kinds.nowhere * (int(part.count.sum()) - held)
        return Fill(takes, cost)


def _noise(bound: float) -> float:
    """What a bound may be wrong by, since it is a sum of fractions."""
    return EXACT * max(1.0, abs(bound))
