"""Papers too large or too many to wait for."""

from __future__ import annotations

from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.db import not_found
from expo.kit.files import store_bytes
from expo.kit.jobs import JobContext, job
from expo.kit.language import _, _n
from expo.kit.refusals import Refused
from expo.people.permissions import P
from expo.people.queries import load_actor
from expo.signings import actions, actions_ceremony, papers
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


@job("signings.freeze_drafts")
def freeze_drafts(ctx: JobContext, edition_id: int, session_id: int) -> dict[str, Any]:
    """Freeze a session's drafts one by one and leave those that lack something; what is frozen is no draft any more,
    and so the job goes on where it was broken off."""
    by = load_actor(ctx.person_id or 0)
    waiting = queries.list_drafts(session_id, by.region_paths(P.SIGNINGS_MANAGE, edition_id))
    left = 0
    for done, signing_id in enumerate(waiting):
        ctx.progress(done, len(waiting), _("Papers are issued."))
        try:
            actions.freeze(signing_id, actions.prepare_issue(signing_id, by), by=by)
        except Refused:
            # Incomplete, or changed by somebody in this moment: its own page says what is missing.
            left += 1
    summary = _n("%(num)s paper issued.", "%(num)s papers issued.", len(waiting) - left)
    if left:
        summary = _("%(done)s %(left)s", done=summary,
                    left=_n("%(num)s draft is not complete yet.", "%(num)s drafts are not complete yet.", left))
    slug = get_edition_by_id(edition_id).slug
    return {"summary": summary, "url": f"/work/{slug}/signings/ceremony?session={session_id}"}
