"""Scores and results. Everything here is hidden until the panel has closed: the functions themselves refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from expo.judging.models import Assignment, AssignmentStatus, Panel, PanelStatus, Score, Submission
from expo.kit.db import db, in_regions
from expo.kit.language import _l
from expo.kit.refusals import Refused


@dataclass(frozen=True)
class GivenScores:
    """What one reviewer gave to one submission: points by criterion."""

    submission_id: int
    person_id: int
    points: dict[int, int]


def require_closed(panel: Panel) -> None:
    """Scores are hidden from everybody until the panel closes."""
    if panel.status is not PanelStatus.CLOSED:
        raise Refused(_l("Scores are hidden from everybody until the panel closes."))


def list_results(panel: Panel, record_type: str) -> dict[int, int | None]:
    """The result of every record of a type, in hundredths of a point."""
    require_closed(panel)
    rows = db.session.execute(
        sa.select(Submission.record_id, Submission.result)
        .where(Submission.panel_id == panel.id, Submission.record_type == record_type)
    )
    return {int(record_id): result for record_id, result in rows}


def list_assignments_with_scores(panel: Panel, submission_id: int) -> list[Assignment]:
    """Who gave what to a submission."""
    require_closed(panel)
    return list(db.session.scalars(
        sa.select(Assignment)
        .join(Submission, Submission.id == Assignment.submission_id)
        .where(Assignment.submission_id == submission_id, Submission.panel_id == panel.id)
        .options(sa.orm.selectinload(Assignment.scores), sa.orm.joinedload(Assignment.person))
        .order_by(Assignment.id)
    ))


def list_ranked(panel: Panel, paths: Iterable[str]) -> list[tuple[Submission, int]]:
    """All submissions with the number of scores, best first; for the export."""
    require_closed(panel)
    scored = (
        sa.select(sa.func.count()).select_from(Assignment)
        .where(Assignment.submission_id == Submission.id, Assignment.status == AssignmentStatus.SCORED)
        .correlate(Submission).scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Submission, scored).where(Submission.panel_id == panel.id, in_regions(Submission.region_path, paths))
        .order_by(sa.func.coalesce(Submission.result, -1).desc(), Submission.id)
    )
    return [(submission, number) for submission, number in rows]


def gather_for_closing(panel_id: int) -> list[GivenScores]:
    """All given scores of a panel; only its closing reads them while it is open."""
    found: dict[int, GivenScores] = {}
    rows = db.session.execute(
        sa.select(Assignment.id, Assignment.submission_id, Assignment.person_id, Score.criterion_id, Score.points)
        .join(Score, Score.assignment_id == Assignment.id)
        .join(Submission, Submission.id == Assignment.submission_id)
        .where(Submission.panel_id == panel_id, Assignment.status == AssignmentStatus.SCORED)
        .order_by(Assignment.id)
    )
    for assignment_id, submission_id, person_id, criterion_id, points in rows:
        given = found.setdefault(assignment_id, GivenScores(submission_id, person_id, {}))
        given.points[criterion_id] = points
    return list(found.values())


def list_submission_ids(panel_id: int) -> list[int]:
    """All submissions of a panel."""
    return list(db.session.scalars(sa.select(Submission.id).where(Submission.panel_id == panel_id)))


def list_incomplete(panel: Panel, limit: int = 200) -> tuple[int, list[tuple[Submission, int]]]:
    """How many submissions have fewer scores than the panel wants, and the first of them with their numbers."""
    scored = (
        sa.select(sa.func.count()).select_from(Assignment)
        .where(Assignment.submission_id == Submission.id, Assignment.status == AssignmentStatus.SCORED)
        .correlate(Submission).scalar_subquery()
    )
    few = sa.select(Submission, scored).where(Submission.panel_id == panel.id, scored < panel.scores_each)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(few.with_only_columns(Submission.id).subquery())) or 0
    return total, [(s, n) for s, n in db.session.execute(few.order_by(scored, Submission.id).limit(limit))]
