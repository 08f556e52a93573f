"""The board: a day's halls and slots, and sessions without a place."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_places, queries_instance
from expo.programme import queries_sessions as drafts
from expo.programme.forms import read_place
from expo.programme.rules_board import Offers, board_of, free_places
from expo.programme.rules_conflicts import conflicts_in, conflicts_of, of_session
from expo.programme.rules_plan import days_of
from expo.programme.solver.score import Checker
from expo.programme.views import (
    bp,
    holds_grid,
    load_draft_seen,
    load_seen,
    scope,
    tabs_of,
    timezone,
)


@bp.get("/work/<slug>/programme/board")
@access(P.PROGRAMME_READ)
def show_board(slug: str) -> str:
    """One day of the grid. With ``pick`` the free places are on offer for that session."""
    edition = get_edition(slug)
    plan, conflicts = load_seen(edition)
    days = days_of(plan.slots, timezone())
    day = _chosen(days)
    may_place = holds_grid(edition)
    picked = plan.session.get(request.args.get("pick", 0, int)) if may_place else None
    if picked is not None and (picked.is_cancelled or not picked.is_visible):
        picked = None
    rows = board_of(plan, day, timezone(), conflicts, _offers(edition, picked.id) if picked else None)
    return render_template(
        "programme/board.html", edition=edition, plan=plan, rows=rows, days=days, day=day, picked=picked,
        may_place=may_place, conflicts=conflicts, tabs=tabs_of(edition, "board", len(conflicts)),
        waiting=[s for s in plan.unplaced if s.is_visible], free=free_places(plan, days, timezone()),
    )


def _offers(edition: Edition, session_id: int) -> Offers:
    """(hall, slot) → what would be wrong with the session there."""
    draft, names = load_draft_seen(edition)
    verdicts = Checker(draft.instance, draft.plan).verdicts(session_id)
    return {place: conflicts_of(charges, names) for place, charges in verdicts.items()}


def _chosen(days: list[date]) -> date | None:
    """The day in the address, else today, else the first one."""
    asked = request.args.get("day")
    for day in days:
        if day.isoformat() == asked:
            return day
    today = clock.today(timezone())
    return today if today in days else next(iter(days), None)


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/place")
@access(P.PROGRAMME_EDIT)
def place_session(slug: str, session_id: int) -> Response:
    """Give a session a place, or take it off the board (an empty place)."""
    edition = get_edition(slug)
    drafts.get_session(edition.id, session_id, scope(edition))
    place, expected = read_place(request.form.get("place")), read_place(request.form.get("expected"))
    if place is None:
        session = actions_places.unplace_session(session_id, expected=expected, by=current_actor())
        flash(_("“%(title)s” waits for a place.", title=session.title), "success")
    else:
        session = actions_places.place_session(session_id, *place, expected=expected, by=current_actor())
        flash(_("“%(title)s” is placed.", title=session.title), "success")
        _warn_of_conflicts(edition.id, session_id)
    return redirect(url_for(".show_board", slug=slug, day=request.form.get("day") or None))


def _warn_of_conflicts(edition_id: int, session_id: int) -> None:
    """Say at once what is wrong with the new place."""
    for conflict in of_session(conflicts_in(queries_instance.load_draft(edition_id)), session_id):
        if conflict.is_of_place:
            flash(str(conflict.sentence), "danger" if conflict.blocks_release else "warning")
