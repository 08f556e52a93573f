"""Panels as organisers and auditors see them; scores never before the panel has closed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition
from expo.judging import actions, queries, queries_results
from expo.judging.forms import MembersForm, panel_form
from expo.judging.models import Panel, PanelStatus
from expo.judging.timeline import panel_timeline
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.exports import sheet_response
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l, _n
from expo.kit.listing import Filter, Listing
from expo.kit.sheets import OutColumn
from expo.kit.web import access, current_actor
from expo.people.permissions import P

bp = Blueprint("judging", __name__)


@bp.get("/work/<slug>/judging/")
@access(P.JUDGING_READ)
def list_panels(slug: str) -> str:
    edition = get_edition(slug)
    current_actor().require(P.JUDGING_READ, edition_id=edition.id)
    panels = queries.list_panels(edition.id)
    return render_template("judging/list.html", edition=edition, panels=panels, may_manage=_may_manage(edition.id),
                           counts=queries.count_by_panel([panel.id for panel in panels]))


@bp.route("/work/<slug>/judging/new", methods=["GET", "POST"])
@access(P.JUDGING_MANAGE)
def new_panel(slug: str) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    form = panel_form()
    if form.validate_on_submit():
        with form.catching_refusals():
            panel = actions.open_panel_setup(edition.id, **_panel_values(form), by=current_actor())
            flash(_("The panel is in preparation. Add its reviewers next."), "success")
            return redirect(url_for(".show_panel", slug=slug, panel_id=panel.id))
    return render_template("judging/form.html", edition=edition, form=form, panel=None), form.status


@bp.route("/work/<slug>/judging/<int:panel_id>/edit", methods=["GET", "POST"])
@access(P.JUDGING_MANAGE)
def edit_panel(slug: str, panel_id: int) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    panel = queries.get_panel(panel_id, edition.id)
    form = panel_form(panel)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.change_panel(panel_id, **_panel_values(form), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))
    return render_template("judging/form.html", edition=edition, form=form, panel=panel), form.status


def _panel_values(form: ActionForm) -> dict[str, Any]:
    return {
        "name": form.name.data, "name_en": form.name_en.data or "", "opens_at": form.opens_at.data,
        "closes_at": form.closes_at.data, "scores_each": form.scores_each.data, "criteria": form.criteria,
    }


@bp.get("/work/<slug>/judging/<int:panel_id>/")
@access(P.JUDGING_READ)
def show_panel(slug: str, panel_id: int) -> str:
    panel, paths = _get(slug, panel_id)
    listing = _listing()
    state = listing.chosen.get("state")
    listing.show(
        queries.page_submissions(panel, paths, listing.q, state, listing.cursor, listing.size),
        queries.count_submissions(panel, paths, listing.q, state),
    )
    return render_template(
        "judging/show.html", edition=panel.edition, panel=panel, listing=listing,
        counts=queries.count_by_panel([panel_id])[panel_id], progress=queries.list_progress(panel_id),
        may_manage=_may_manage(panel.edition_id), lines=panel_timeline(panel_id),
    )


def _listing() -> Listing:
    return Listing.from_request(filters=[Filter("state", _l("Scores"), [
        ("short", _l("Too few reviewers")), ("incomplete", _l("Scores missing")), ("complete", _l("All scores given")),
    ])])


@bp.get("/work/<slug>/judging/<int:panel_id>/results.xlsx")
@access(P.JUDGING_READ)
def export_results(slug: str, panel_id: int) -> Response:
    panel, paths = _get(slug, panel_id)
    rows = queries_results.list_ranked(panel, paths)
    columns: list[OutColumn | str] = [_("Rank"), OutColumn(_("Title"), 60), OutColumn(_("Result"), number_format="0.00"), _("Scores given")]
    return sheet_response("xlsx", f"panel-{panel_id}", columns, (
        (place, one.title, None if one.result is None else one.result / 100, scored)
        for place, (one, scored) in enumerate(rows, 1)
    ), title=panel.name)


@bp.get("/work/<slug>/judging/<int:panel_id>/submissions/<int:submission_id>")
@access(P.JUDGING_READ)
def show_submission(slug: str, panel_id: int, submission_id: int) -> str:
    panel, paths = _get(slug, panel_id)
    submission = queries.get_submission(submission_id, panel_id, paths)
    given = []
    if panel.status is PanelStatus.CLOSED:
        given = queries_results.list_assignments_with_scores(panel, submission_id)
    return render_template("judging/submission.html", edition=panel.edition, panel=panel, submission=submission,
                           given=given)


@bp.route("/work/<slug>/judging/<int:panel_id>/members", methods=["GET", "POST"])
@access(P.JUDGING_MANAGE)
def add_members(slug: str, panel_id: int) -> str | BaseResponse | tuple[str, int]:
    panel, _paths = _get(slug, panel_id)
    people = queries.list_possible_members(panel, clock.today(current_config().timezone))
    form = MembersForm()
    form.person_ids.choices = [(person.id, person.name) for person in people]
    if form.validate_on_submit():
        with form.catching_refusals():
            number = actions.add_members(panel_id, form.person_ids.data or [], by=current_actor())
            flash(_n("%(num)s reviewer was added.", "%(num)s reviewers were added.", number), "success")
            return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))
    return render_template("judging/members.html", edition=panel.edition, panel=panel, form=form,
                           people=people), form.status


@bp.post("/work/<slug>/judging/<int:panel_id>/members/<int:person_id>/remove")
@access(P.JUDGING_MANAGE)
def remove_member(slug: str, panel_id: int, person_id: int) -> BaseResponse:
    _get(slug, panel_id, checked=True)
    actions.remove_member(panel_id, person_id, by=current_actor())
    flash(_("The reviewer is off the panel; what they had not scored was given to others."), "success")
    return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))


@bp.post("/work/<slug>/judging/<int:panel_id>/assign")
@access(P.JUDGING_MANAGE)
def assign_reviewers(slug: str, panel_id: int) -> BaseResponse:
    _get(slug, panel_id, checked=True)
    made, short = actions.assign_reviewers(panel_id, by=current_actor())
    flash(_("%(made)s assignments made.", made=made), "success")
    if short:
        flash(_("%(n)s submissions have too few reviewers without a conflict. Add reviewers from elsewhere.", n=short),
              "warning")
    return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))


@bp.post("/work/<slug>/judging/<int:panel_id>/open")
@access(P.JUDGING_MANAGE)
def open_panel(slug: str, panel_id: int) -> BaseResponse:
    _get(slug, panel_id, checked=True)
    actions.open_panel(panel_id, by=current_actor())
    flash(_("The panel is open and its submissions are assigned."), "success")
    return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))


@bp.route("/work/<slug>/judging/<int:panel_id>/close", methods=["GET", "POST"])
@access(P.JUDGING_MANAGE)
def close_panel(slug: str, panel_id: int) -> str | BaseResponse:
    panel, _paths = _get(slug, panel_id)
    if ActionForm().validate_on_submit():
        actions.close_panel(panel_id, by=current_actor())
        flash(_("The panel is closed and its results are computed."), "success")
        return redirect(url_for(".show_panel", slug=slug, panel_id=panel_id))
    total, rows = queries_results.list_incomplete(panel)
    return render_template("judging/close.html", edition=panel.edition, panel=panel, total=total, rows=rows,
                           counts=queries.count_by_panel([panel_id])[panel_id])


def _get(slug: str, panel_id: int, *, checked: bool = False) -> tuple[Panel, tuple[str, ...]]:
    """The panel and the regions whose submissions the reader may see; a button's POST is checked for its tokens."""
    if checked and not ActionForm().validate_on_submit():
        abort(400)
    edition = get_edition(slug)
    current_actor().require(P.JUDGING_READ, edition_id=edition.id)
    return queries.get_panel(panel_id, edition.id), current_actor().region_paths(P.JUDGING_READ, edition.id)


def _may_manage(edition_id: int) -> bool:
    return current_actor().may(P.JUDGING_MANAGE, edition_id=edition_id)
