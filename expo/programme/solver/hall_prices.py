"""The best that one hall could take, when every session in it earns a price: a knapsack with fees, for all halls at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expo.programme.solver.hall_kinds import Counts, Kinds, Numbers, Take


@dataclass(frozen=True)
class Offer:
    """``value``: cost less prices; what cannot be below it is a bound."""

    hall: int
    value: float
    take: Take


def best_offers(kinds: Kinds, earned: Numbers, fee: Numbers, count: Counts, halls: npt.NDArray[np.bool_]) -> list[Offer]:
    """For each of the halls the cheapest selection out of ``count`` sessions of each kind.

    A host's sessions enter in the order of what they cost less what they earn, so how many of them is all there is to
    choose; then hosts are added one after the other to the best for each number of sessions.
    """
    chosen = np.flatnonzero(halls)
    most = int(kinds.room[chosen].max(initial=0))
    best = np.full((len(chosen), most + 1), np.inf)
    best[:, 0] = 0.0
    trail: list[tuple[Counts, Counts, npt.NDArray[np.int64]]] = []
    for g, of_host in enumerate(kinds.kinds_of):
        items = np.repeat(of_host, count[of_host])
        reduced = (kinds.cost[np.ix_(items, chosen)] - earned[items][:, None]).T
        order = np.argsort(reduced, axis=1, kind="stable")[:, :most]
        values = np.cumsum(np.take_along_axis(reduced, order, 1), axis=1) + fee[g, chosen][:, None]
        new, taken = best.copy(), np.zeros(best.shape, dtype=np.int64)
        for number in range(1, values.shape[1] + 1):
            offered = best[:, : most + 1 - number] + values[:, number - 1 : number]
            better = offered < new[:, number:] - 1e-11
            new[:, number:][better] = offered[better]
            taken[:, number:][better] = number
        best = new
        trail.append((items, order, taken))
    return [_read(kinds, int(h), row, best, trail) for row, h in enumerate(chosen)]


def _read(kinds: Kinds, hall: int, row: int, best: Numbers, trail: list[tuple[Counts, Counts, npt.NDArray[np.int64]]]) -> Offer:
    left = int(np.argmin(best[row, : kinds.room[hall] + 1]))
    value, take = float(best[row, left]), dict[int, int]()
    for items, order, taken in reversed(trail):
        number = int(taken[row, left])
        for place in order[row, :number]:
            kind = int(items[place])
            take[kind] = take.get(kind, 0) + 1
        left -= number
    return Offer(hall, value, tuple(sorted(take.items())))
