"""What a reviewer does: score, keep a draft, recuse."""

from __future__ import annotations

from collections.abc import Mapping

from expo.judging import queries
from expo.judging.actions import fill_up
from expo.judging.models import Assignment, AssignmentStatus, Score
from expo.judging.rules import ASSIGNMENTS, conflict_of, require_points, require_scoring_open
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import action
from expo.people.permissions import P


@action
def give_scores(assignment_id: int, points: Mapping[int, int | None], comment: str, *, by: Actor) -> None:
    """Score a submission on every criterion, or put one's score right while the panel is open."""
    assignment = _get_open(assignment_id, by)
    checked = require_points(points, assignment.submission.panel.criteria)
    conflict = conflict_of(queries.load_reviewers([assignment.person_id])[0], assignment.submission)
    if conflict is not None:
        raise Forbidden(_l("You must not score this: %(why)s. Recuse yourself.", why=conflict.label))
    ASSIGNMENTS.move(assignment, AssignmentStatus.SCORED)
    assignment.scored_at, assignment.comment = clock.now(), comment
    _write(assignment, checked)


@action(history=False)
def keep_draft(assignment_id: int, points: Mapping[int, int | None], comment: str, *, by: Actor) -> None:
    """Keep what a reviewer has typed so far; a score that was given is not touched by a draft."""
    assignment = _get_open(assignment_id, by)
    if assignment.status is not AssignmentStatus.ASSIGNED:
        return
    most = {c.id: c.max_points for c in assignment.submission.panel.criteria}
    assignment.comment = comment
    _write(assignment, {c: n for c, n in points.items() if n is not None and 0 <= n <= most.get(c, -1)})


def _write(assignment: Assignment, points: Mapping[int, int]) -> None:
    known = {score.criterion_id: score for score in assignment.scores}
    for criterion_id, number in points.items():
        if criterion_id in known:
            known[criterion_id].points = number
        else:
            db.session.add(Score(assignment_id=assignment.id, criterion_id=criterion_id, points=number))


@action
def recuse(assignment_id: int, reason: str, *, by: Actor) -> bool:
    """Step back from a submission with a reason; somebody else gets it. Says whether somebody could be found."""
    if not reason.strip():
        raise Refused(_l("Say why you step back; the organisers see this reason."), field="reason")
    assignment = _get_open(assignment_id, by)
    ASSIGNMENTS.move(assignment, AssignmentStatus.RECUSED)
    assignment.recusal_reason, assignment.scored_at, assignment.comment = reason.strip()[:200], None, ""
    for score in assignment.scores:
        db.session.delete(score)
    db.session.flush()
    made, _short = fill_up(assignment.submission.panel)
    return made > 0


def _get_open(assignment_id: int, by: Actor) -> Assignment:
    assignment = queries.get_my_assignment(assignment_id, by.person_id, for_update=True)
    by.require(P.JUDGING_SCORE, edition_id=assignment.submission.panel.edition_id)
    require_scoring_open(assignment.submission.panel, clock.now())
    return assignment
