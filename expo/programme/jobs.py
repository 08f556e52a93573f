"""The solver at work: its plan is kept aside, never put into the draft by itself."""

from __future__ import annotations

import time
from typing import Any

from expo.kit.db import db
from expo.kit.jobs import MAX_ATTEMPTS, JobContext, JobStopped, job
from expo.kit.language import _
from expo.kit.refusals import Refused
from expo.programme import actions_what_if, queries_instance
from expo.programme.actions_what_if import figures_of
from expo.programme.models_planning import WhatIf, WhatIfStatus
from expo.programme.queries_what_if import is_stop_asked
from expo.programme.rules_answers import answer
from expo.programme.rules_demands import sentences_of
from expo.programme.rules_impossible import Impossible, why_not
from expo.programme.rules_instance import Draft, content_of
from expo.programme.rules_solving import Request, require_solvable
from expo.programme.solver.instance import Plan
from expo.programme.solver.lp import Options, Progress

#: How often the page is told; somebody who wants to stop is heard three times as often.
EVERY_S = 0.7
#: A plan that leaves something over is explained if that is found out in so many seconds.
EXPLAINING_S = 15.0


@job("programme.solve")
def solve(ctx: JobContext, *, what_if: int) -> dict[str, Any]:
    """Compute one plan. Killed and run again it starts anew, and the same seed leads to the same plan."""
    kept = db.session.get(WhatIf, what_if)
    if kept is None or kept.status is not WhatIfStatus.COMPUTING:
        return {}
    edition_id, asked = kept.edition_id, Request.from_json(kept.request)
    watch = _Watch(ctx, what_if, asked.seconds)
    try:
        draft = asked.disturbance.applied_to(queries_instance.load_draft(edition_id))
        require_solvable(draft.instance)
        found = answer(draft, asked, Options(asked.seconds, 1, asked.seed, watch.is_stopped, watch.tell))
    except Refused as refusal:
        actions_what_if.fail(what_if, [str(refusal)])
        raise
    except Exception:
        # The last attempt says so on the plan's page; before it the job is simply run again.
        if ctx.attempt >= MAX_ATTEMPTS:
            actions_what_if.fail(what_if, [_("Something went wrong on our side. It has been noted; please tell your administrator.")])
        raise
    if found.plan is None:
        actions_what_if.fail(what_if, [str(reason) for reason in found.reasons])
        raise Refused(found.reasons[0])
    content = content_of(found.plan, draft.instance.session)
    figures = {**figures_of(draft, draft.with_content(content)), **found.figures, "seconds": round(watch.seconds, 2)}
    impossible = _explained(draft, asked, found.plan, watch)
    actions_what_if.finish(what_if, content, figures | {"impossible": impossible.as_json()})
    summary = _("%(moved)s sessions and %(projects)s projects would move.", moved=figures["moved"], projects=figures["reassigned"])
    reasons = " ".join(str(sentence) for sentence in sentences_of(impossible, draft))
    return {"summary": " ".join([summary, _("Not everything is possible: %(reasons)s", reasons=reasons)] if reasons else [summary])}


def _explained(draft: Draft, asked: Request, plan: Plan, watch: _Watch) -> Impossible:
    """What stands in each other's way; nothing for somebody who wants the best so far at once."""
    if watch.stop:
        return Impossible()
    until = time.monotonic() + EXPLAINING_S
    return why_not(draft, asked, plan, Options(EXPLAINING_S, 1, asked.seed,
                                               lambda: watch.is_stopped() or time.monotonic() > until))


class _Watch:
    """Tells how far the solver is, and hears when it shall stop; both now and then only."""

    def __init__(self, ctx: JobContext, what_if: int, seconds: int) -> None:
        self.ctx, self.what_if, self.limit = ctx, what_if, seconds
        self.since = self.told = self.heard = time.monotonic()
        self.stop = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since

    def is_stopped(self) -> bool:
        if not self.stop and time.monotonic() - self.heard >= EVERY_S / 3:
            self.heard = time.monotonic()
            self.stop = is_stop_asked(self.what_if)
        return self.stop

    def tell(self, progress: Progress) -> None:
        if time.monotonic() - self.told < EVERY_S:
            return
        self.told = time.monotonic()
        gap = progress.gap
        actions_what_if.note_progress(self.what_if, {
            "stage": progress.stage, "best": progress.best, "bound": progress.bound, "gap": gap, "seconds": round(self.seconds, 1)})
        message = _("no plan yet") if gap is None else _("gap %(gap)s %%", gap=f"{gap * 100:.2f}")
        try:
            self.ctx.progress(min(int(self.seconds), self.limit), self.limit, message)
        except JobStopped:
            # Stopped on the page of jobs: here that means to keep the best so far, too.
            self.stop = True
