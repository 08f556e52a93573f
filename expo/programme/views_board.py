"""The board: a day's halls and slots, sessions without a place, what is wrong, and the simple automatic fill."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.forms import ActionForm
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions, actions_places, queries_plan
from expo.programme import queries_sessions as drafts
from expo.programme.forms import read_place
from expo.programme.rules_board import board_of, free_places
from expo.programme.rules_conflicts import OF_CONTENT, Severity, conflicts_in, of_session
from expo.programme.rules_filling import fill
from expo.programme.rules_plan import days_of
from expo.programme.views import bp, holds_grid, load_seen, scope, tabs_of, timezone


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
    rows = board_of(plan, day, timezone(), conflicts, picked)
    return render_template(
        "programme/board.html", edition=edition, plan=plan, rows=rows, days=days, day=day, picked=picked,
        may_place=may_place, conflicts=conflicts, severity=Severity, tabs=tabs_of(edition, "board", len(conflicts)),
        waiting=[s for s in plan.unplaced if s.is_visible], free=free_places(plan, days, timezone()),
    )


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
    for conflict in of_session(conflicts_in(queries_plan.load_plan(edition_id)), session_id):
        if conflict.kind not in OF_CONTENT:
            flash(str(conflict.sentence), "danger" if conflict.severity is Severity.BLOCKS else "warning")


@bp.get("/work/<slug>/programme/conflicts")
@access(P.PROGRAMME_READ)
def list_conflicts(slug: str) -> str:
    """Everything that is wrong with the draft, and what has no place yet."""
    edition = get_edition(slug)
    plan, conflicts = load_seen(edition)
    return render_template(
        "programme/conflicts.html", edition=edition, conflicts=conflicts, severity=Severity, plan=plan,
        waiting=[s for s in plan.unplaced if s.is_visible], tabs=tabs_of(edition, "conflicts", len(conflicts)),
    )


@bp.route("/work/<slug>/programme/fill", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def fill_board(slug: str) -> str | Response | tuple[str, int]:
    """What the automatic fill would place, and taking exactly that over."""
    edition = get_edition(slug)
    actions.require_grid(edition, current_actor())
    form = ActionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            filling = actions_places.take_over_filling(edition.id, request.form.get("fingerprint", ""), by=current_actor())
            placed = len(filling.placements)
            flash(_n("%(num)s session placed.", "%(num)s sessions placed.", placed), "success")
            return redirect(url_for(".show_board", slug=slug))
    plan = queries_plan.load_plan(edition.id)
    return render_template("programme/fill.html", edition=edition, plan=plan, filling=fill(plan), form=form,
                           tabs=tabs_of(edition, "board")), form.status
