"""What the jobs of the benchmark share: their surroundings, their results, and how times are taken."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from scripts.cluster import DURABLE, Cluster

SIZES = {"quick": 0.02, "1x": 1.0, "3x": 3.0, "10x": 10.0}


@dataclass(frozen=True)
class Result:
    """One line of the table. ``ours`` and ``floor`` are in ``unit``; a rate is better high, a time better low."""

    job: str
    variant: str
    size: str
    database: str
    ours: float
    floor: float | None
    unit: str
    p50_ms: float | None = None
    p99_ms: float | None = None
    rss_mb: float | None = None
    gap: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the floor, so that 1 is as good as the floor, whichever way the unit counts."""
        if not self.floor or not self.ours:
            return None
        return self.ours / self.floor if self.unit.endswith("/s") else self.floor / self.ours


class Context:
    """The surroundings of a run: how large, on which database, and a folder that is gone afterwards."""

    def __init__(self, size: str, database: str, minutes: float = 30.0) -> None:
        self.size, self.database, self.minutes = size, database, minutes
        self.factor = SIZES[size]
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="expo-bench-")))
        self._cluster: Cluster | None = None

    def close(self) -> None:
        self._stack.close()

    @property
    def is_quick(self) -> bool:
        return self.size == "quick"

    def scaled(self, number: int) -> int:
        return max(1, round(number * self.factor))

    def database_url(self, name: str) -> str:
        """The address of a new, empty database; PostgreSQL's waits for the disk as a real one does."""
        if self.database == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        if self._cluster is None:
            self._cluster = self._stack.enter_context(Cluster(DURABLE))
        engine = sa.create_engine(self._cluster.url(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        return self._cluster.url(name)

    def times(self, work: Callable[[], object], repeat: int) -> list[float]:
        """Seconds that each of ``repeat`` runs takes; one when the size is quick."""
        taken = []
        for _ in range(1 if self.is_quick else repeat):
            begin = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begin)
        return taken


def median(values: list[float]) -> float:
    return statistics.median(values)


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that ``percent`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100).__int__() - 1))]


def memory_mb(process_id: int) -> float:
    """What a process and its descendants hold, pages that they share counted once (Linux's proportional set)."""
    family, parents = {process_id}, _parents()
    grown = True
    while grown:
        children = {child for child, parent in parents.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return sum(_proportional_kb(member) for member in family) / 1024


def _parents() -> dict[int, int]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue  # It ended while we looked.
            found[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    return found


def _proportional_kb(process_id: int) -> int:
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{process_id}/{name}").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1])
    return 0
