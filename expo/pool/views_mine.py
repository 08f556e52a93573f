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
    due = queries_mine.list_due(person_id, today)
    visiting = request.args.get("visit", type=int)
    visited = next((t for t in (*due.overdue, *due.today, *due.week) if t.id == visiting), None)
    return render_template(
        "pool/mine.html", due=due, page=page, chosen=chosen, counts=queries_mine.count_mine(person_id, today),
        stages=list(TicketStage), visiting=visited.id if visited else None,
        visit_form=VisitForm(None, data={"stage": visited.stage, "visited_on": today}) if visited else None,
    )
