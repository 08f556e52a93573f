"""A thin coat over HiGHS: columns and rows are collected in plain lists, handed over at once, solved, read back."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

#: All costs are whole numbers: two plans differ by one at least, so a smaller gap proves the optimum.
LESS_THAN_ONE = 0.999
EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a solver has come. ``best`` is none until something was found; ``gap`` is a share of ``best``."""

    stage: str
    best: int | None
    bound: int
    seconds: float

    @property
    def gap(self) -> float | None:
        if self.best is None:
            return None
        return max(0, self.best - self.bound) / max(1, abs(self.best))


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve. ``stop`` is asked several times a second; what is found until then is kept.

    The same seed gives the same answer as long as no limit of time is hit. Plans that differ by less than a ``unit`` are
    as good as each other: with no more than that unproven the search ends.
    """

    seconds: float = 60.0
    threads: int = 1
    seed: int = 0
    stop: Callable[[], bool] | None = None
    progress: Callable[[Progress], None] | None = None
    unit: int = 1

    def left(self, since: float) -> Options:
        """The same with the time that is left of it."""
        rest = max(0.1, self.seconds - (time.monotonic() - since))
        return replace(self, seconds=rest)

    @property
    def is_stopped(self) -> bool:
        return self.stop is not None and self.stop()


DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Answer:
    """``values`` is none if nothing was found. ``is_optimal``: proven, within less than one unit of cost."""

    values: Any
    cost: float
    bound: float
    is_optimal: bool
    is_infeasible: bool
    nodes: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Values and reduced costs of the columns, duals of the rows, when no column has to be whole."""

    values: Any
    reduced: Any
    duals: Any


@dataclass
class Model:
    """A mixed-integer programme under construction; columns are known by their number."""

    costs: array[float] = field(default_factory=lambda: array("d"))
    lower: array[float] = field(default_factory=lambda: array("d"))
    upper: array[float] = field(default_factory=lambda: array("d"))
    whole: array[int] = field(default_factory=lambda: array("b"))
    row_lower: array[float] = field(default_factory=lambda: array("d"))
    row_upper: array[float] = field(default_factory=lambda: array("d"))
    starts: array[int] = field(default_factory=lambda: array("i", [0]))
    indices: array[int] = field(default_factory=lambda: array("i"))
    coefficients: array[float] = field(default_factory=lambda: array("d"))

    def column(self, cost: float = 0.0, lower: float = 0.0, upper: float = 1.0, *, whole: bool = False) -> int:
        self.costs.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, columns: Iterable[int], upper: float = highspy.kHighsInf, lower: float = -highspy.kHighsInf,
            weights: Iterable[float] | None = None) -> int:
        """``lower`` ≤ Σ weight · column ≤ ``upper``; weights are 1 unless given. A column occurs once."""
        before = len(self.indices)
        self.indices.extend(columns)
        if weights is None:
            self.coefficients.extend([1.0] * (len(self.indices) - before))
        else:
            self.coefficients.extend(weights)
        self.starts.append(len(self.indices))
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        return len(self.row_lower) - 1

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows)"""
        return len(self.costs), len(self.row_lower)

    @property
    def step(self) -> int:
        """All costs are whole numbers, and multiples of it: so far apart at least are two plans of different cost."""
        return math.gcd(*{round(cost) for cost in self.costs}) or 1

    def solve(self, options: Options, stage: str, offset: int = 0, start: dict[int, float] | None = None, *,
              steps: int = 1) -> Answer:
        """The best values found. ``offset`` is added to the costs that are reported; ``start`` is a solution to begin with;
        ``steps``: how near to the best is enough, 1 for nothing but the best."""
        if not self.costs:
            return Answer(np.zeros(0), 0.0, 0.0, True, any(lower > 0 for lower in self.row_lower), 0)
        highs = self.handed_over(options)
        highs.setOptionValue("mip_rel_gap", 0.0)
        step = self.step
        highs.setOptionValue("mip_abs_gap", steps * step - 1 + LESS_THAN_ONE)
        if start:
            columns = np.fromiter(start, dtype=np.int32, count=len(start))
            highs.setSolution(len(start), columns, np.fromiter(start.values(), dtype=np.float64, count=len(start)))
        _watch(highs, options, stage, offset)
        highs.solve()
        return _answer(highs, step if any(self.whole) else 0, steps == 1)

    def relaxed(self, options: Options) -> Relaxation | None:
        """None if it was stopped."""
        if not self.costs:
            return Relaxation(np.zeros(0), np.zeros(0), np.zeros(len(self.row_lower)))
        highs = self.handed_over(options, relax=True)
        _watch(highs, replace(options, progress=None), "", 0)
        highs.solve()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = highs.getSolution()
        return Relaxation(*map(np.asarray, (solution.col_value, solution.col_dual, solution.row_dual)))

    def handed_over(self, options: Options, *, relax: bool = False) -> Any:
        """HiGHS with this programme inside, ready to run."""
        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", options.threads)
        highs.setOptionValue("random_seed", options.seed % 2**31)
        highs.setOptionValue("time_limit", options.seconds)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.size
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = map(np.asarray, (self.costs, self.lower, self.upper))
        lp.row_lower_, lp.row_upper_ = np.asarray(self.row_lower), np.asarray(self.row_upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.asarray(self.starts)
        lp.a_matrix_.index_ = np.asarray(self.indices)
        lp.a_matrix_.value_ = np.asarray(self.coefficients)
        if any(self.whole) and not relax:
            lp.integrality_ = [_KIND[flag] for flag in self.whole]
        highs.passModel(lp)
        return highs


_KIND = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
_TOLD_EVERY = 0.25


def _watch(highs: Any, options: Options, stage: str, offset: int) -> None:
    """Ask from within whether to stop, and tell how far it has come."""
    if options.stop is None and options.progress is None:
        return
    begin = time.monotonic()
    told = [0.0]

    def look(event: Any) -> None:
        if options.is_stopped:
            event.interrupt()
        now = time.monotonic()
        if options.progress and now - told[0] >= _TOLD_EVERY:
            told[0] = now
            best, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
            options.progress(Progress(stage, None if abs(best) > 1e15 else round(best) + offset,
                                      (0 if abs(bound) > 1e15 else _ceil(bound)) + offset, now - begin))

    def halt(event: Any) -> None:
        if options.is_stopped:
            event.interrupt()

    highs.cbMipInterrupt.subscribe(look)
    highs.cbSimplexInterrupt.subscribe(halt)


def _ceil(bound: float) -> int:
    return int(np.ceil(bound - EXACT * max(1.0, abs(bound))))


def _answer(highs: Any, step: int, is_exact: bool) -> Answer:
    """``step``: what two whole answers differ by at least; none if nothing has to be whole."""
    info, status = highs.getInfo(), highs.getModelStatus()
    known = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(highs.getSolution().col_value) if known else None
    optimal = status == highspy.HighsModelStatus.kOptimal and is_exact
    cost = info.objective_function_value if known else float("inf")
    bound = cost
    if step and not (optimal and known):
        found = info.mip_dual_bound
        bound = step * math.ceil((found - EXACT * max(1.0, abs(found))) / step) if math.isfinite(found) else found
    return Answer(values, cost, bound, optimal, status == highspy.HighsModelStatus.kInfeasible,
                  int(info.mip_node_count) if step else 0)
