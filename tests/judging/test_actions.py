"""Panels from setting up to closing, and what stays hidden on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.judging import actions, actions_scoring, queries, queries_results
from expo.judging.events import PanelClosed
from expo.judging.models import Assignment, AssignmentStatus, PanelStatus, Score, Submission
from expo.kit import clock, events
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.models import Membership, MembershipStatus
from expo.people.permissions import Role
from tests.judging.makers import CRITERIA, make_panel
from tests.makers import Places, make_actor, make_edition, make_organisation, stored


def assignments() -> list[Assignment]:
    return list(db.session.scalars(sa.select(Assignment).order_by(Assignment.id)))


def points(panel, first: int, second: int) -> dict[int, int]:
    a, b = queries.list_criteria(panel.id)
    return {a.id: first, b.id: second}


def test_weights_that_do_not_sum_to_a_hundred_are_refused(app: Flask) -> None:
    edition, now = make_edition(), clock.now()
    with pytest.raises(Refused):
        actions.open_panel_setup(edition.id, name="x", name_en="", opens_at=now, closes_at=now + timedelta(days=1),
                                 scores_each=1, criteria=[("a", "", 99, 10)], by=SYSTEM)


def test_only_reviewers_come_onto_a_panel_and_only_managers_put_them_there(app: Flask) -> None:
    places = Places()
    panel = make_panel(make_edition(), opened=False)
    with pytest.raises(Refused):
        actions.add_members(panel.id, [make_actor(Role.GATE_STAFF, places.province).person_id], by=SYSTEM)
    reviewer = make_actor(Role.REVIEWER, places.province)
    with pytest.raises(Forbidden):
        actions.add_members(panel.id, [reviewer.person_id], by=make_actor(Role.ORGANISER, places.chengdu))
    assert actions.add_members(panel.id, [reviewer.person_id], by=make_actor(Role.ORGANISER, places.province)) == 1


def test_opening_assigns_by_load_and_keeps_conflicts_apart(app: Flask) -> None:
    places = Places()
    home = make_actor(Role.REVIEWER, places.province)
    stored(Membership(person_id=home.person_id, organisation_id=make_organisation(places.fucheng).id,
                      status=MembershipStatus.REQUESTED))
    away = make_actor(Role.REVIEWER, places.province)
    make_panel(make_edition(), home, away, regions=(places.mianyang, places.fucheng, places.qingyang, places.chengdu))
    titles = {a.person_id: set() for a in assignments()}
    for one in assignments():
        titles[one.person_id].add(db.session.get_one(Submission, one.submission_id).title)
    assert titles == {away.person_id: {"项目1", "项目2"}, home.person_id: {"项目3", "项目4"}}


def test_the_whole_round_ends_in_weighted_means_and_an_event(app: Flask) -> None:
    places = Places()
    reviewers = [make_actor(Role.REVIEWER, places.province) for _ in range(2)]
    panel = make_panel(make_edition(), *reviewers, regions=(places.qingyang, places.fucheng), each=2)
    given = {1: (7, 5), 2: (8, 6), 3: (10, 10)}
    for number, one in enumerate(assignments(), 1):
        if number in given:
            by = next(r for r in reviewers if r.person_id == one.person_id)
            actions_scoring.give_scores(one.id, points(panel, *given[number]), "好", by=by)
    heard: list[PanelClosed] = []
    events.on(PanelClosed, heard.append)
    try:
        actions.close_panel(panel.id, by=SYSTEM)
    finally:
        events._reactions[PanelClosed].remove(heard.append)
    assert heard == [PanelClosed(panel.id)]
    results = queries_results.list_results(queries.get_panel(panel.id), "thing")
    by_submission: dict[int, list[int]] = {}
    for number, one in enumerate(assignments(), 1):
        if number in given:
            a, b = given[number]
            by_submission.setdefault(one.submission_id, []).append(a * 600 + b * 400)
    expected = {db.session.get_one(Submission, s).record_id: sum(v) // len(v) for s, v in by_submission.items()}
    assert results == expected


def test_scores_are_hidden_until_closing_everywhere_even_in_the_history(app: Flask) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    actions_scoring.give_scores(assignments()[0].id, points(panel, 7, 3), "秘密意见", by=reviewer)
    for read in (lambda p: queries_results.list_results(p, "thing"),
                 lambda p: queries_results.list_ranked(p, ["/"]),
                 lambda p: queries_results.list_assignments_with_scores(p, 1)):
        with pytest.raises(Refused):
            read(queries.get_panel(panel.id))
    rows = db.session.scalars(sa.select(HistoryRow).where(HistoryRow.record_type.in_(["score", "assignment"]))).all()
    assert rows
    assert all("秘密意见" not in str(r.changes) for r in rows)
    assert {str(r.changes.get("points")) for r in rows if r.record_type == "score"} == {"[None, '•••']"}
    actions.close_panel(panel.id, by=SYSTEM)
    opened = db.session.scalar(sa.select(HistoryRow).where(HistoryRow.record_type == "submission",
                                                           HistoryRow.action.endswith(":scored")))
    assert opened is not None
    assert opened.changes["result"] == [None, 5400]


def test_recusing_passes_the_submission_on_and_forgets_the_scores(app: Flask) -> None:
    places = Places()
    one, two = (make_actor(Role.REVIEWER, places.province) for _ in range(2))
    panel = make_panel(make_edition(), one, two, regions=(places.qingyang,))
    first = assignments()[0]
    by, other = (one, two) if first.person_id == one.person_id else (two, one)
    actions_scoring.give_scores(first.id, points(panel, 1, 1), "", by=by)
    with pytest.raises(Refused):
        actions_scoring.recuse(first.id, " ", by=by)
    assert actions_scoring.recuse(first.id, "师生关系", by=by)
    db.session.expire_all()
    assert [(a.person_id, a.status) for a in assignments()] == [
        (by.person_id, AssignmentStatus.RECUSED), (other.person_id, AssignmentStatus.ASSIGNED)
    ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Score)) == 0
    assert not actions_scoring.recuse(assignments()[1].id, "也是", by=other)
    with pytest.raises(Refused):
        actions_scoring.give_scores(first.id, points(panel, 1, 1), "", by=by)


def test_a_reviewer_who_has_since_joined_the_city_cannot_score(app: Flask) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    stored(Membership(person_id=reviewer.person_id, organisation_id=make_organisation(places.chengdu).id,
                      status=MembershipStatus.CONFIRMED))
    with pytest.raises(Forbidden):
        actions_scoring.give_scores(assignments()[0].id, points(panel, 1, 1), "", by=reviewer)


def test_nobody_scores_in_anothers_name_or_after_the_time(app: Flask) -> None:
    places = Places()
    reviewer, other = (make_actor(Role.REVIEWER, places.province) for _ in range(2))
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    one = assignments()[0]
    with pytest.raises(NotFound):
        actions_scoring.give_scores(one.id, points(panel, 1, 1), "", by=other)
    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(Refused):
        actions_scoring.give_scores(one.id, points(panel, 1, 1), "", by=reviewer)
    actions.close_panel(panel.id, by=SYSTEM)
    with pytest.raises(Refused):
        actions_scoring.give_scores(one.id, points(panel, 1, 1), "", by=reviewer)


def test_a_draft_is_kept_but_is_no_score(app: Flask) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    one = assignments()[0]
    first, second = points(panel, 7, 99)
    actions_scoring.keep_draft(one.id, {first: 7, second: 99}, "草稿", by=reviewer)
    kept = queries.get_my_assignment(one.id, reviewer.person_id)
    assert ({s.points for s in kept.scores}, kept.comment, kept.status) == ({7}, "草稿", AssignmentStatus.ASSIGNED)
    assert queries.count_by_panel([panel.id])[panel.id].scored == 0
    actions_scoring.give_scores(one.id, points(panel, 2, 2), "定稿", by=reviewer)
    actions_scoring.keep_draft(one.id, points(panel, 9, 9), "迟到的草稿", by=reviewer)
    kept = queries.get_my_assignment(one.id, reviewer.person_id)
    assert ({s.points for s in kept.scores}, kept.comment) == ({2}, "定稿")


def test_the_clock_opens_what_is_ready_and_closes_what_is_complete(app: Flask) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    edition, now = make_edition(), clock.now()
    panel = actions.open_panel_setup(edition.id, name="夜间", name_en="", opens_at=now + timedelta(hours=1),
                                     closes_at=now + timedelta(hours=2), scores_each=1, criteria=CRITERIA, by=SYSTEM)
    actions.by_the_minute()
    assert queries.get_panel(panel.id).status is PanelStatus.PREPARING
    with clock.frozen(now + timedelta(hours=1)):
        actions.by_the_minute()
        assert queries.get_panel(panel.id).status is PanelStatus.PREPARING, "it has no reviewers"
        actions.add_members(panel.id, [reviewer.person_id], by=SYSTEM)
        actions.by_the_minute()
        assert queries.get_panel(panel.id).status is PanelStatus.OPEN
    drafts = [actions.SubmissionDraft("thing", 1, "项目", places.qingyang.path)]
    actions.submit(panel.id, drafts, by=SYSTEM)
    with clock.frozen(now + timedelta(hours=2)):
        actions.by_the_minute()
        assert queries.get_panel(panel.id).status is PanelStatus.OPEN, "a score is missing"
    with clock.frozen(now + timedelta(hours=1)):
        actions_scoring.give_scores(assignments()[0].id, points(panel, 5, 5), "", by=reviewer)
    with clock.frozen(now + timedelta(hours=2)):
        actions.by_the_minute()
        assert queries.get_panel(panel.id).status is PanelStatus.CLOSED


def test_submitting_twice_changes_nothing_and_a_closed_panel_takes_no_more(app: Flask) -> None:
    places = Places()
    panel = make_panel(make_edition(), make_actor(Role.REVIEWER, places.province), regions=(places.qingyang,))
    draft = actions.SubmissionDraft("thing", 1, "项目", places.qingyang.path)
    assert actions.submit(panel.id, [draft], by=SYSTEM) == 0
    actions.close_panel(panel.id, by=SYSTEM)
    with pytest.raises(Refused):
        actions.submit(panel.id, [draft], by=SYSTEM)


def test_criteria_stand_still_once_the_panel_is_open_and_times_may_move(app: Flask) -> None:
    places = Places()
    panel = make_panel(make_edition(), make_actor(Role.REVIEWER, places.province), regions=(places.qingyang,))
    later = panel.closes_at + timedelta(days=1)
    same = {"name": "材料组", "name_en": "", "opens_at": panel.opens_at, "closes_at": later, "scores_each": 1}
    actions.change_panel(panel.id, **same, criteria=CRITERIA, by=SYSTEM)
    assert queries.get_panel(panel.id).closes_at == later
    with pytest.raises(Refused):
        actions.change_panel(panel.id, **same, criteria=[("别的", "", 100, 10)], by=SYSTEM)


def test_a_member_who_has_not_scored_can_leave_and_the_work_passes_on(app: Flask) -> None:
    places = Places()
    one, two = (make_actor(Role.REVIEWER, places.province) for _ in range(2))
    panel = make_panel(make_edition(), one, two, regions=(places.qingyang, places.fucheng))
    actions.remove_member(panel.id, one.person_id, by=SYSTEM)
    assert {a.person_id for a in assignments()} == {two.person_id}
    assert len(assignments()) == 2
    actions_scoring.give_scores(assignments()[0].id, points(panel, 1, 1), "", by=two)
    with pytest.raises(Refused):
        actions.remove_member(panel.id, two.person_id, by=SYSTEM)
