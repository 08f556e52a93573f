"""The programme solved from nothing and planned again, beside the bare relaxation of the same questions.

The floor is one call of HiGHS: the linear relaxation of the assigning programme plus that of the placing programme, as
they are handed over. No method that proves an optimum can do with less, and it gives no plan. ``gap`` is what is left
unproven of assigning and placing together; the note says what each step left of its own.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from typing import Any

from expo.programme.solver import place_rows
from expo.programme.solver.assign import Flow
from expo.programme.solver.generator import FULL, REAL, SHARED, TWICE, Size, generate, scaled
from expo.programme.solver.instance import Absence, Instance, Plan
from expo.programme.solver.lp import Options
from expo.programme.solver.place_columns import Question, whole_columns
from expo.programme.solver.replan import lose_hall, replan
from expo.programme.solver.score import Checker, charges
from expo.programme.solver.settings import Rule
from expo.programme.solver.solve import solve
from scripts.measuring import Context, Result, median

#: (name, size, seconds allowed). It ends as soon as the plan is proven; the last steps may take a quarter more.
QUESTIONS = (("12 × 9", REAL, 60.0), ("17 × 6, filled", FULL, 60.0), ("twice", TWICE, 60.0), ("30 % shared presenters", SHARED, 45.0))
#: When somebody asks it to stop, in parts of the time that it took.
STOPS = (0.1, 0.4, 0.7)
#: Enough for a benchmark of an edition that is larger than any that was ever held.
PATIENCE = 60.0


def run(context: Context) -> list[Result]:
    results: list[Result] = []
    for name, size, seconds in QUESTIONS[: 1 if context.is_quick else None]:
        shape = scaled(size, 0.1) if context.is_quick else scaled(size, context.factor) if context.factor > 1 else size
        limit = seconds if context.factor <= 1 else PATIENCE
        results += _solved(context, name, shape, limit)
    return results


def _solved(context: Context, name: str, size: Size, limit: float) -> list[Result]:
    instance = generate(size)
    begin, cpu = time.perf_counter(), time.process_time()
    found = solve(instance, Plan(), options=Options(seconds=limit))
    ours, used = time.perf_counter() - begin, time.process_time() - cpu
    if found is None:
        raise RuntimeError(f"no plan for {name} in {limit:.0f} s")
    paid = charges(instance, found.plan)
    wrong = {c.rule for c in paid} & {Rule.HALL_TWICE, Rule.PERSON_TWICE, Rule.ABSENCE, Rule.UNPLACED, Rule.UNASSIGNED}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = ", ".join(f"{step} {left}" for step, left in found.gaps)
    what = f"{len(instance.projects):,} × {len(instance.sessions)}, {name}"
    results = [Result("schedule", f"assign and place {what}", context.size, context.database, ours, _relaxations(instance), "s",
                      rss_mb=memory, gap=found.gap,
                      note=f"cost {found.cost}, bound {found.bound}, {used:.1f} s of processor; unproven: {steps}; "
                           f"conflicts: {', '.join(sorted(wrong)) or 'none'}")]
    if name == QUESTIONS[0][0]:
        results.append(_stopped(context, instance, ours))
        results += _disturbed(context, instance, found.plan)
        checker = Checker(instance, found.plan)
        times = context.times(lambda: checker.verdicts(instance.sessions[len(instance.sessions) // 2].id), 20)
        results.append(Result("schedule", "verdicts for all cells of a session", context.size, context.database, median(times), None, "s"))
        times = context.times(lambda: charges(instance, found.plan), 5)
        results.append(Result("schedule", "the whole score", context.size, context.database, median(times), None, "s"))
    return results


def _stopped(context: Context, instance: Instance, whole: float) -> Result:
    """From the moment somebody asks until the best so far is there."""
    waits = []
    for part in STOPS:
        until = time.monotonic() + part * whole
        solve(instance, Plan(), options=Options(seconds=PATIENCE, stop=lambda end=until: time.monotonic() >= end))  # type: ignore[misc]
        waits.append(time.monotonic() - until)
    return Result("schedule", "stopped: until the best so far is there", context.size, context.database, max(waits), None, "s",
                  note="the longest of " + ", ".join(f"{wait:.2f}" for wait in waits))


def _relaxations(instance: Instance) -> float:
    flow = Flow(instance, Plan(), [p.id for p in instance.projects])
    flow.build()
    columns = whole_columns(Question(instance, Plan(), [s.id for s in instance.sessions]))
    place_rows.all_of(columns)
    begin = time.perf_counter()
    flow.model.relaxed(Options())
    columns.model.relaxed(Options())
    return time.perf_counter() - begin


def _disturbed(context: Context, instance: Instance, plan: Plan) -> list[Result]:
    """One thing goes wrong at a time."""
    session = instance.session[sorted(plan.places)[len(plan.places) // 2]]
    hall, slot = plan.places[session.id]
    span = instance.span(session, slot)
    day = [(hall, t.id) for t in instance.slots if t.day == instance.slot[slot].day]
    presenter = instance.project[plan.items[session.id][0]].presenters[0]
    questions = {
        "a hall lost for a slot": lose_hall(instance, [(hall, slot)]), "a hall lost for a day": lose_hall(instance, day),
        "a chair away": _away(instance, session.people[0].person, span.start, span.end),
        "a presenter away": _away(instance, presenter, span.start, span.end),
    }
    results = []
    for name, question in questions.items():
        answers: list[Any] = []
        times = context.times(lambda q=question, into=answers: into.append(replan(q, plan)), 5)  # type: ignore[misc]
        last = answers[-1]
        results.append(Result("schedule", f"plan again: {name}", context.size, context.database, median(times), None, "s",
                              gap=last.gap, note=f"{len(last.moved)} sessions and {len(last.reassigned)} projects move"))
    return results


def _away(instance: Instance, person: int, start: int, end: int) -> Instance:
    return replace(instance, absences=(*instance.absences, Absence(person, start, end)))
