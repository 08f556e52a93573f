"""Papers too large to wait for."""

from __future__ import annotations

from typing import Any

from expo.kit.db import not_found
from expo.kit.files import store_bytes
from expo.kit.jobs import JobContext, job
from expo.kit.language import _, _n
from expo.people.permissions import P
from expo.people.queries import load_actor
from expo.signings import actions_ceremony, papers
from expo.signings import queries_ceremony as queries


@job("signings.print_batches")
def print_batches(ctx: JobContext, edition_id: int, session_id: int) -> dict[str, Any]:
    """The order of a whole ceremony on paper, with the rights that its starter has now."""
    by = load_actor(ctx.person_id or 0)
    session = queries.find_session(edition_id, session_id)
    placed = queries.list_placed(session_id, by.region_paths(P.SIGNINGS_READ, edition_id))
    if session is None or not placed:
        raise not_found()
    pdf = papers.batch_list_pdf(session, placed)
    made = store_bytes(pdf, f"{session.code}-{_('Batch list')}.pdf", papers.PDF, "batch_list")
    return {"file_id": actions_ceremony.keep_batch_list(made, by=by),
            "summary": _n("%(num)s agreement", "%(num)s agreements", len(placed))}
