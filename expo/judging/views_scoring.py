"""The reviewer's desk: what I have to score, one page per submission."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.judging import actions_scoring, queries
from expo.judging.forms import RecuseForm, scoring_form
from expo.judging.models import AssignmentStatus
from expo.judging.rules import is_scoring_open
from expo.judging.views import bp
from expo.kit import clock
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P


@bp.get("/work/judging/")
@access(P.JUDGING_SCORE)
def list_mine() -> str:
    person_id = current_actor().person_id
    groups: dict[int, list[object]] = {}
    done: dict[int, int] = {}
    for assignment in queries.list_my_assignments(person_id) if person_id is not None else []:
        panel = assignment.submission.panel
        groups.setdefault(panel.id, []).append(assignment)
        done[panel.id] = done.get(panel.id, 0) + (assignment.status is not AssignmentStatus.ASSIGNED)
    return render_template("judging/mine.html", groups=list(groups.values()), done=done, is_open=is_scoring_open)


@bp.route("/work/judging/<int:assignment_id>", methods=["GET", "POST"])
@access(P.JUDGING_SCORE)
def score(assignment_id: int) -> str | Response | tuple[str, int]:
    assignment = queries.get_my_assignment(assignment_id, current_actor().person_id)
    form = scoring_form(assignment)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_scoring.give_scores(assignment_id, form.points, form.comment.data or "", by=current_actor())
            return _on_to_next(assignment_id)
    panel = assignment.submission.panel
    return render_template(
        "judging/score.html", assignment=assignment, submission=assignment.submission, panel=panel, form=form,
        is_open=is_scoring_open(panel, clock.now()), next_id=queries.find_next_assignment(assignment),
        recuse_form=RecuseForm(),
    ), form.status


def _on_to_next(assignment_id: int) -> Response:
    scored = queries.get_my_assignment(assignment_id, current_actor().person_id)
    following = queries.find_next_assignment(scored)
    if following is None:
        flash(_("Scored. That was the last one of this panel: thank you."), "success")
        return redirect(url_for(".list_mine"))
    flash(_("Scored. Here is the next one."), "success")
    return redirect(url_for(".score", assignment_id=following))


@bp.post("/work/judging/<int:assignment_id>/draft")
@access(P.JUDGING_SCORE)
def keep_draft(assignment_id: int) -> tuple[str, int]:
    """Sent by static/js/scoring.js while the reviewer types; what is not a number yet is left out."""
    assignment = queries.get_my_assignment(assignment_id, current_actor().person_id)
    form = scoring_form(assignment, strict=False)
    form.validate()
    if set(form.errors) - {name for name in form.errors if name and name.startswith("points_")}:
        return "", 422
    points = {c: n for c, n in form.points.items() if not form[f"points_{c}"].errors}
    actions_scoring.keep_draft(assignment_id, points, form.comment.data or "", by=current_actor())
    return "", 204


@bp.post("/work/judging/<int:assignment_id>/recuse")
@access(P.JUDGING_SCORE)
def recuse(assignment_id: int) -> Response:
    form = RecuseForm()
    if not form.validate_on_submit():
        flash(_("The reason is too long; 200 characters are enough."), "danger")
        return redirect(url_for(".score", assignment_id=assignment_id))
    found = actions_scoring.recuse(assignment_id, form.reason.data or "", by=current_actor())
    flash(_("You have stepped back; another reviewer got it.") if found
          else _("You have stepped back; the organisers will find another reviewer."), "success")
    return redirect(url_for(".list_mine"))
