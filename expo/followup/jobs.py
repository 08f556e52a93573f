"""Opening the cases of a whole edition in batches; killed in the middle, it goes on where it was."""

from __future__ import annotations

from typing import Any

from expo.editions.models import EditionStatus
from expo.followup import queries
from expo.followup.actions import open_cases
from expo.followup.actions_closing import finish_closing
from expo.kit.access import SYSTEM
from expo.kit.jobs import JobContext, job
from expo.kit.language import _

BATCH = 50


@job("followup.close_edition")
def close_edition(ctx: JobContext, edition_id: int) -> dict[str, Any]:
    """Every project gets its case exactly once, however often this runs."""
    while waiting := queries.list_projects_without_case(edition_id, BATCH):
        open_cases([project.id for project in waiting], by=SYSTEM)
        projects, lacking, _ownerless = queries.count_ledger(edition_id)
        ctx.progress(projects - lacking, projects)
    if queries.get_edition(edition_id).status is EditionStatus.RUNNING:
        finish_closing(edition_id, by=SYSTEM)
    projects, _lacking, ownerless = queries.count_ledger(edition_id)
    return {"summary": _("%(n)s cases, %(ownerless)s of them without an owner.", n=projects, ownerless=ownerless)}
