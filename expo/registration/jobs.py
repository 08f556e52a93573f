"""Many badges as one PDF."""

from __future__ import annotations

from typing import Any

from expo.kit.files import store_bytes
from expo.kit.jobs import JobContext, job
from expo.kit.language import _
from expo.kit.refusals import Refused
from expo.people.queries import load_actor
from expo.registration.actions_desk import keep_print
from expo.registration.papers_badges import badges_pdf, desk_order, heading_of, joined, paper_of, unprintable
from expo.registration.queries import get_edition, list_badges_to_print

CHUNK = 2000


@job("registration.print_badges")
def print_badges(ctx: JobContext, edition_id: int, paths: list[str], q: str, chosen: dict[str, str], ids: list[int]
                 ) -> dict[str, Any]:
    """The badges of a list, by organisation and name; printing is noted with each and admits nobody."""
    if "file_id" in ctx.checkpoint:
        return _result(ctx.checkpoint)
    edition = get_edition(edition_id)
    heading = heading_of(edition)
    found = list_badges_to_print(edition_id, paths, q, chosen, ids)
    if not found:
        raise Refused(_("None of these registrations has a valid badge. Approve them first."))
    papers = sorted((paper_of(badge, badge.registration, edition) for badge in found), key=desk_order)
    parts = []
    for start in range(0, len(papers), CHUNK):
        parts.append(badges_pdf(heading, papers[start:start + CHUNK]))
        ctx.progress(min(start + CHUNK, len(papers)), len(papers), _("Badges laid out"))
    received = store_bytes(joined(parts), f"badges-{edition.slug}.pdf", "application/pdf", "badges")
    by = load_actor(ctx.person_id or 0)
    kept = keep_print(ctx.job_id, received, [badge.id for badge in found], unprintable(papers), by=by)
    return _result(kept)


def _result(kept: dict[str, Any]) -> dict[str, Any]:
    summary = _("%(n)s badges, by organisation and name.", n=kept["badges"])
    if kept["boxes"]:
        names = "、".join(f"{name}（{characters}）" for name, characters in kept["boxes"][:20])
        summary += " " + _("Characters that no font has, shown as question marks: %(names)s", names=names)
    return {"file_id": kept["file_id"], "summary": summary}
