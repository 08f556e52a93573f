"""Verifying the log takes minutes on a large one: it runs as a job."""

from __future__ import annotations

from typing import Any

from expo.kit import history
from expo.kit.access import Actor
from expo.kit.jobs import Job, JobContext, job, start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P


@action
def start_verification(*, by: Actor) -> Job:
    """Begin to verify every chain of the log."""
    by.require(P.HISTORY_READ)
    return start_job("people.verify_history", {}, by=by, title=_("Verify the log"))


@job("people.verify_history")
def verify_history(ctx: JobContext) -> dict[str, Any]:
    """Walk every chain; the first break of each is named, and the job counts as failed."""
    breaks = history.verify()
    if breaks:
        named = "; ".join(f"{b.stream} {b.number}: {b.why}" for b in breaks)
        raise Refused(_l("The log was tampered with or damaged: %(breaks)s", breaks=named))
    return {"summary": str(_("Every chain holds: no row was changed, removed or inserted."))}
