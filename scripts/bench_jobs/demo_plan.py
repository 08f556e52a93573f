"""The demonstration's edition solved from nothing: every session off the grid, every project out of its list, the question
put to the solver as an organiser puts it (assign and place everything, a minute at most).

Beside it stands the same edition as the demonstration has it, arranged by hand. The quick size takes the bare edition of
the job "pages".
"""

from __future__ import annotations

import time
from dataclasses import replace

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit.db import db
from expo.programme.rules_instance import Draft
from scripts.measuring import Context, Result
from scripts.planned_edition import planned_edition

SECONDS = 60


def run(context: Context) -> list[Result]:
    from expo.programme.queries_instance import load_draft

    with planned_edition(context, "demo_plan"):
        draft = load_draft(db.session.scalars(sa.select(Edition.id).where(Edition.slug == "2026")).one())
    return [_solved(context, draft)]


def _solved(context: Context, draft: Draft) -> Result:
    from expo.programme.rules_answers import answer
    from expo.programme.rules_compare import score_of
    from expo.programme.rules_solving import Request, What
    from expo.programme.solver.instance import Plan
    from expo.programme.solver.lp import Options

    begin, cpu = time.perf_counter(), time.process_time()
    found = answer(replace(draft, plan=Plan()), Request(What.BOTH, seconds=SECONDS), Options(5 if context.is_quick else SECONDS))
    took, used = time.perf_counter() - begin, time.process_time() - cpu
    if found.plan is None:
        raise RuntimeError(f"no plan: {found.reasons}")
    now, before = score_of(draft, found.plan), score_of(draft, draft.plan)
    what = f"{len(draft.instance.projects):,} × {len(draft.instance.sessions)}, the demonstration from nothing"
    return Result("schedule", what, context.size, context.database, took, None, "s", gap=found.figures["gap"],
                  note=f"cost {now.total} (by hand {before.total}), blocking {now.blocking} ({before.blocking}), unplaced "
                       f"{now.unplaced} ({before.unplaced}), unassigned {now.unassigned} ({before.unassigned}), "
                       f"{used:.1f} s of processor")
