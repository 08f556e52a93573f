"""Long work of the shortlist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from expo.kit.db import db
from expo.kit.jobs import JobContext, job
from expo.kit.language import _n
from expo.shortlist.actions_telling import tell_batch
from expo.shortlist.queries_deciding import count_untold


@job("shortlist.tell")
def tell(ctx: JobContext, edition_id: int, released_at: str) -> dict[str, Any]:
    """Write to everybody concerned by one release; run again it goes on where it stopped."""
    moment = datetime.fromisoformat(released_at)
    left, done = count_untold(edition_id, moment), 0
    db.session.rollback()
    while number := tell_batch(edition_id, moment):
        done += number
        ctx.progress(done, max(left, done))
    return {"summary": _n("%(num)s candidate's people were told.", "The people of %(num)s candidates were told.", done)}
