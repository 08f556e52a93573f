"""A caretaker's workbench: what is due, the tickets by stage, a visit in two clicks."""

from __future__ import annotations

from flask import render_template, request

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.pool import queries_mine
from expo.pool.forms import VisitForm
from expo.pool.models import TicketStage
from expo.pool.views import bp


@bp.get("/mine")
@access(P.POOL_SERVE)
def mine() -> str:
    """My tickets."""
    today = clock.today(current_config().timezone)
    person_id = current_actor().person_id or 0
    stage = request.args.get("stage", "")
    chosen = TicketStage(stage) if stage in set(TicketStage) else None
    page = queries_mine.list_mine(person_id, chosen, request.args.get("cursor"))
    return render_template(
        "pool/mine.html", today=today, due=queries_mine.list_due(person_id, today), page=page, chosen=chosen,
        counts=queries_mine.count_mine(person_id, today), stages=list(TicketStage),
        visit_form=lambda ticket: VisitForm(None, data={"stage": ticket.stage, "visited_on": today}),
    )
