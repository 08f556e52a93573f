"""Panels: set up, fill, open, close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from expo.editions.queries import get_edition_by_id
from expo.editions.rules import require_not_archived
from expo.judging import queries, queries_results
from expo.judging.events import PanelClosed
from expo.judging.models import (
    Assignment,
    Criterion,
    Panel,
    PanelMember,
    PanelStatus,
    Submission,
)
from expo.judging.rules import (
    LIFECYCLE,
    SubmissionDraft,
    distribute,
    require_criteria,
    require_preparing,
    require_ready,
    require_times,
    require_unclosed,
    result_of,
    weighted_score,
)
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.people.permissions import P

#: (name, name_en, weight, max_points)
CriterionDraft = tuple[str, str, int, int]


@action
def open_panel_setup(edition_id: int, *, name: str, name_en: str, opens_at: datetime, closes_at: datetime,
                     scores_each: int, criteria: Sequence[CriterionDraft], by: Actor) -> Panel:
    """Make a panel in preparation."""
    by.require(P.JUDGING_MANAGE, edition_id=edition_id)
    require_not_archived(get_edition_by_id(edition_id))
    require_times(opens_at, closes_at)
    panel = Panel(edition_id=edition_id, name=name, name_en=name_en, opens_at=opens_at, closes_at=closes_at,
                  scores_each=scores_each)
    db.session.add(panel)
    db.session.flush()
    _write_criteria(panel.id, criteria)
    return panel


@action
def change_panel(panel_id: int, *, name: str, name_en: str, opens_at: datetime, closes_at: datetime,
                 scores_each: int, criteria: Sequence[CriterionDraft], by: Actor) -> None:
    """Change a panel. Once it is open only its names and times may change: longer, shorter, never its questions."""
    panel = _get_changeable(panel_id, by)
    require_times(opens_at, closes_at)
    known = [(c.name, c.name_en, c.weight, c.max_points) for c in panel.criteria]
    if scores_each != panel.scores_each or list(criteria) != known:
        require_preparing(panel)
        panel.scores_each = scores_each
        for criterion in panel.criteria:
            db.session.delete(criterion)
        db.session.flush()
        _write_criteria(panel_id, criteria)
    panel.name, panel.name_en, panel.opens_at, panel.closes_at = name, name_en, opens_at, closes_at


def _write_criteria(panel_id: int, criteria: Sequence[CriterionDraft]) -> None:
    require_criteria([weight for _name, _name_en, weight, _most in criteria])
    if len({name for name, *_rest in criteria}) < len(criteria):
        raise Refused(_l("Two criteria have the same name."), field="criteria")
    db.session.add_all(
        Criterion(panel_id=panel_id, name=name, name_en=name_en, weight=weight, max_points=most, position=place)
        for place, (name, name_en, weight, most) in enumerate(criteria)
    )


@action
def add_members(panel_id: int, person_ids: Sequence[int], *, by: Actor) -> int:
    """Put reviewers on a panel; returns how many are new."""
    panel = _get_changeable(panel_id, by)
    allowed = queries.list_reviewer_ids(panel.edition_id, clock.today(current_config().timezone))
    if not set(person_ids) <= allowed:
        raise Refused(_l("Only people with the role “Reviewer” can be on a panel."), field="person_ids")
    fresh = sorted(set(person_ids) - set(queries.list_member_ids(panel_id)))
    db.session.add_all(PanelMember(panel_id=panel_id, person_id=person_id) for person_id in fresh)
    return len(fresh)


@action
def remove_member(panel_id: int, person_id: int, *, by: Actor) -> None:
    """Take a reviewer off a panel and give what they have not scored to others; refused once they have scored."""
    panel = _get_changeable(panel_id, by)
    member = queries.find_member(panel_id, person_id)
    if member is None:
        return
    if queries.count_scored_by(panel_id, person_id):
        raise Refused(_l("This reviewer has given scores already. They stay on the panel so that it adds up."))
    for assignment in queries.list_open_assignments(panel_id, person_id):
        for score in assignment.scores:
            db.session.delete(score)
        db.session.flush()
        db.session.delete(assignment)
    db.session.delete(member)
    db.session.flush()
    if panel.status is PanelStatus.OPEN:
        fill_up(panel)


@action
def submit(panel_id: int, drafts: Sequence[SubmissionDraft], *, by: Actor) -> int:
    """Hand records of a higher room to a panel; what it has already stays. Returns how many are new.

    The higher room answers for the right to do so. An open panel assigns them at once.
    """
    panel = queries.get_panel(panel_id, for_update=True)
    require_unclosed(panel)
    known = {kind: queries.list_known_records(panel_id, kind) for kind in {draft.record_type for draft in drafts}}
    fresh = [draft for draft in drafts if draft.record_id not in known[draft.record_type]]
    db.session.add_all(
        Submission(panel_id=panel_id, record_type=d.record_type, record_id=d.record_id, title=d.title,
                   facts=[list(fact) for fact in d.facts], organisation_id=d.organisation_id,
                   region_path=d.region_path)
        for d in fresh
    )
    db.session.flush()
    if panel.status is PanelStatus.OPEN:
        fill_up(panel)
    return len(fresh)


@action
def assign_reviewers(panel_id: int, *, by: Actor) -> tuple[int, int]:
    """Fill up every submission's reviewers by load, without conflicts: (assignments made, submissions still short)."""
    return fill_up(_get_changeable(panel_id, by))


def fill_up(panel: Panel) -> tuple[int, int]:
    """Inside an action: give submissions the reviewers that they lack."""
    tasks, loads = queries.list_tasks(panel.id)
    reviewers = queries.load_reviewers(queries.list_member_ids(panel.id))
    pairs, short = distribute(tasks, reviewers, panel.scores_each, loads)
    if pairs:
        now = clock.now()
        db.session.execute(sa.insert(Assignment), [
            {"submission_id": submission_id, "person_id": person_id, "assigned_at": now}
            for submission_id, person_id in pairs
        ])
    by_person: dict[int, list[int]] = {}
    for submission_id, person_id in pairs:
        by_person.setdefault(person_id, []).append(submission_id)
    for person_id, submission_ids in sorted(by_person.items()):
        record("assigned", "panel", panel.id, {"person_id": [None, person_id], "submissions": [None, submission_ids]})
    return len(pairs), len(short)


@action
def open_panel(panel_id: int, *, by: Actor) -> None:
    """Open a panel now, by hand, and give its submissions their reviewers."""
    _open(_get_changeable(panel_id, by))


def _open(panel: Panel) -> None:
    require_ready(panel.criteria, len(queries.list_member_ids(panel.id)))
    now = clock.now()
    require_times(now, panel.closes_at)
    LIFECYCLE.move(panel, PanelStatus.OPEN)
    panel.opens_at = min(panel.opens_at, now)
    fill_up(panel)


@action
def close_panel(panel_id: int, *, by: Actor) -> None:
    """Close a panel by hand, whatever is missing: its summary has told."""
    _close(_get_changeable(panel_id, by))


def _close(panel: Panel) -> None:
    LIFECYCLE.move(panel, PanelStatus.CLOSED)
    panel.closed_at = clock.now()
    by_submission: dict[int, list[queries_results.GivenScores]] = {}
    for given in queries_results.gather_for_closing(panel.id):
        by_submission.setdefault(given.submission_id, []).append(given)
    results = []
    for submission_id in queries_results.list_submission_ids(panel.id):
        given_here = by_submission.get(submission_id, [])
        result = result_of([weighted_score(given.points, panel.criteria) for given in given_here])
        results.append({"id": submission_id, "result": result})
        # From here on the scores are open, and the chain keeps them in clear.
        record("scored", "submission", submission_id, {
            "result": [None, result], "points": [None, {str(g.person_id): g.points for g in given_here}],
        })
    if results:
        db.session.execute(sa.update(Submission), results)
    db.session.flush()
    announce(PanelClosed(panel.id))


@action
def tick_panels() -> None:
    """By the clock: open what is due and ready, close what is over and complete.

    A panel whose time has run out with scores missing takes no more scores, but waits for its organiser, who sees
    what is missing and gives more time or closes it.
    """
    now = clock.now()
    for panel_id in queries.list_due_ids(PanelStatus.PREPARING, now):
        panel = queries.get_panel(panel_id, for_update=True)
        if panel.closes_at > now and panel.criteria and queries.list_member_ids(panel_id):
            _open(panel)
    for panel_id in queries.list_due_ids(PanelStatus.OPEN, now):
        panel = queries.get_panel(panel_id, for_update=True)
        if queries_results.list_incomplete(panel, limit=1)[0] == 0:
            _close(panel)


def by_the_minute() -> None:
    """Called by the worker's sweep; writes only when a panel is due."""
    now = clock.now()
    if queries.list_due_ids(PanelStatus.PREPARING, now) or queries.list_due_ids(PanelStatus.OPEN, now):
        tick_panels()


def _get_changeable(panel_id: int, by: Actor) -> Panel:
    panel = queries.get_panel(panel_id, for_update=True)
    by.require(P.JUDGING_MANAGE, edition_id=panel.edition_id)
    require_not_archived(panel.edition)
    require_unclosed(panel)
    return panel


