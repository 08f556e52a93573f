"""The question of the halls alone, in numbers: how many sessions of a kind go into which hall.

Sessions of one host that cost the same in every hall are of a kind; only how many of them a hall takes matters. A host
pays a fee for each hall that it uses. A session of several hosts counts for that one of them which holds the most, so
that fees are never more than what the rule counts: what is proven of the kinds is proven of the sessions.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt

from expo.programme.solver.instance import Instance, Session
from expo.programme.solver.place_columns import Question
from expo.programme.solver.settings import Rule

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Take = tuple[tuple[int, int], ...]
"""What a hall takes: (kind, how many) in the order of kinds."""


@dataclass(frozen=True)
class Kinds:
    """Arrays by kind k, hall h and host g; a hall that a kind must not have costs infinity."""

    halls: tuple[int, ...]
    #: h → sessions that it can still take.
    room: Counts
    #: k → its sessions.
    members: tuple[tuple[int, ...], ...]
    #: k, h → what one of them costs there.
    cost: Numbers
    #: k → its host.
    host: Counts
    #: g, h → what the host pays for using the hall.
    fee: Numbers
    #: What one session without a hall costs.
    nowhere: float
    #: What is paid in any case.
    constant: float

    @cached_property
    def count(self) -> Counts:
        return np.array([len(m) for m in self.members], dtype=np.int64)

    @cached_property
    def kinds_of(self) -> list[Counts]:
        """g → its kinds."""
        return [np.flatnonzero(self.host == g) for g in range(len(self.fee))]

    @cached_property
    def step(self) -> float:
        """All costs are multiples of it, so two plans that differ in cost differ by it at least."""
        finite = self.cost[np.isfinite(self.cost)]
        numbers = {round(x) for x in [*finite.ravel(), *self.fee.ravel(), self.nowhere]}
        return float(max(1, reduce(math.gcd, numbers, 0)))

    def price(self, hall: int, take: Take) -> float:
        """What a hall's sessions cost there, with the fees of their hosts."""
        fees = sum(self.fee[g, hall] for g in {int(self.host[k]) for k, _ in take})
        return float(fees + sum(self.cost[k, hall] * count for k, count in take))

    def hall_of(self, takes: Mapping[int, Take]) -> dict[int, int]:
        """Session → its hall, when halls take these kinds; those of a kind in the order of their numbers."""
        waiting = {k: list(m) for k, m in enumerate(self.members)}
        return {waiting[k].pop(0): self.halls[h] for h, take in sorted(takes.items()) for k, count in take for _ in range(count)}


def kinds_of(question: Question) -> Kinds:
    """The free sessions by kind; what is fixed takes room, and has paid its host's fee for its hall."""
    instance = question.instance
    halls = tuple(hall.id for hall in instance.halls)
    number = {hall: h for h, hall in enumerate(halls)}
    owner, price = _owners(instance)
    hosts = sorted({owner[s.id] for s in instance.sessions})
    fee = np.repeat(np.array([[price.get(host, 0)] for host in hosts], dtype=np.float64), len(halls), axis=1)
    room = np.array([_room(question, hall) for hall in halls], dtype=np.int64)
    nowhere = instance.prices[Rule.UNPLACED] // 2
    constant, taken = -float(fee[:, 0].sum()) if halls else 0.0, Counter[int]()
    found: dict[tuple[int, tuple[float, ...]], list[int]] = defaultdict(list)
    for session in instance.sessions:
        g, costs = hosts.index(owner[session.id]), question.halls[session.id]
        if session.id in question.free:
            found[g, tuple(float(costs.get(hall, math.inf)) for hall in halls)].append(session.id)
        elif costs:
            (hall, cost), = costs.items()
            constant += cost + fee[g, number[hall]]
            fee[g, number[hall]] = 0
            taken[number[hall]] += 1
        else:
            constant += nowhere
    return Kinds(
        halls, np.maximum(room - np.array([taken[h] for h in range(len(halls))], dtype=np.int64), 0), tuple(map(tuple, found.values())),
        np.array([costs for _, costs in found], dtype=np.float64).reshape(len(found), len(halls)),
        np.array([g for g, _ in found], dtype=np.int64), fee, float(nowhere), constant)


def _owners(instance: Instance) -> tuple[dict[int, int], dict[int, int]]:
    """(session → the host it counts for, host → what it pays for a hall). Hosts of the same sessions are one."""
    held: dict[int, list[int]] = defaultdict(list)
    for session in instance.sessions:
        for host in session.hosts:
            held[host].append(session.id)
    same: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for host, sessions in sorted(held.items()):
        same[tuple(sessions)].append(host)
    size = {hosts[0]: len(sessions) for sessions, hosts in same.items()}
    price = {hosts[0]: instance.prices[Rule.HALL_STABILITY] * len(hosts) for hosts in same.values()}
    return {s.id: _largest(s, size) for s in instance.sessions}, price


def _largest(session: Session, size: Mapping[int, int]) -> int:
    """The host of most sessions; a session without a host belongs to nobody, who pays nothing."""
    return min((host for host in session.hosts if host in size), key=lambda host: (-size[host], host), default=-1)


def _room(question: Question, hall: int) -> int:
    """How many sessions a hall can take at most, one after the other: as many of the shortest as its slots allow."""
    shortest = min((s.minutes for s in question.instance.sessions), default=0)
    count, until = 0, -math.inf
    for slot in sorted(question.instance.slots, key=lambda t: t.start):
        if (hall, slot.id) in question.usable and slot.start >= until:
            count, until = count + 1, slot.start + shortest
    return count
