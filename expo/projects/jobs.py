"""Long work about projects: invitations by the thousand, covers that the program draws."""

from __future__ import annotations

from typing import Any

from expo.kit.access import SYSTEM
from expo.kit.covers import draw_cover
from expo.kit.files import store_picture
from expo.kit.jobs import JobContext, job
from expo.kit.language import _
from expo.projects import queries
from expo.projects.actions_invite import INVITATIONS, send_invitation
from expo.projects.actions_review import COVERS, set_drawn_cover

_BATCH = 100


@job(INVITATIONS)
def send_invitations(ctx: JobContext, edition_id: int) -> dict[str, Any]:
    """Send what has not been sent; run again, it goes on where it stopped."""
    sent = 0
    while waiting := queries.list_uninvited(edition_id, _BATCH):
        for project_id in waiting:
            send_invitation(project_id, by=SYSTEM)
            sent += 1
        ctx.progress(sent, sent + len(queries.list_uninvited(edition_id, _BATCH)))
    return {"summary": _("%(count)s invitations sent.", count=sent)}


@job(COVERS)
def draw_covers(ctx: JobContext, edition_id: int) -> dict[str, Any]:
    """Draw a cover for each published project without pictures; the drawing itself holds up nobody."""
    drawn = 0
    while waiting := queries.list_uncovered(edition_id, _BATCH):
        for project_id, number in waiting:
            received = store_picture(draw_cover(number), f"{number}.webp")
            set_drawn_cover(project_id, received, by=SYSTEM)
            drawn += 1
            ctx.progress(drawn, drawn + len(waiting))
    return {"summary": _("%(count)s covers drawn.", count=drawn)}
