"""Who may score what, and what scores add up to: rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.judging.models import AssignmentStatus, Criterion, Panel, PanelStatus
from expo.judging.rules import (
    ASSIGNMENTS,
    LIFECYCLE,
    Conflict,
    Reviewer,
    Task,
    conflict_of,
    distribute,
    is_scoring_open,
    require_criteria,
    require_points,
    require_scoring_open,
    result_of,
    weighted_score,
)
from expo.kit.refusals import Refused

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CHENGDU, QINGYANG, MIANYANG, PROVINCE = "/510000/510100/", "/510000/510100/510105/", "/510000/510700/", "/510000/"
CRITERIA = [Criterion(id=1, name="新颖", weight=60, max_points=10), Criterion(id=2, name="成熟", weight=40, max_points=5)]


@pytest.mark.parametrize("then", list(PanelStatus))
@pytest.mark.parametrize("now", list(PanelStatus))
def test_a_panel_opens_once_and_closes_once(now: PanelStatus, then: PanelStatus) -> None:
    allowed = {(PanelStatus.PREPARING, PanelStatus.OPEN), (PanelStatus.OPEN, PanelStatus.CLOSED)}
    assert LIFECYCLE.allows(now, then) == ((now, then) in allowed)


@pytest.mark.parametrize("then", list(AssignmentStatus))
@pytest.mark.parametrize("now", list(AssignmentStatus))
def test_an_assignment_never_returns_from_recusal(now: AssignmentStatus, then: AssignmentStatus) -> None:
    allowed = {
        (AssignmentStatus.ASSIGNED, AssignmentStatus.SCORED), (AssignmentStatus.ASSIGNED, AssignmentStatus.RECUSED),
        (AssignmentStatus.SCORED, AssignmentStatus.SCORED), (AssignmentStatus.SCORED, AssignmentStatus.RECUSED),
    }
    assert ASSIGNMENTS.allows(now, then) == ((now, then) in allowed)


@pytest.mark.parametrize(("homes", "organisations", "path", "organisation", "expected"), [
    ((), {7}, QINGYANG, 7, Conflict.ORGANISATION),
    ((QINGYANG,), set(), QINGYANG, 8, Conflict.REGION),
    ((QINGYANG,), set(), "/510000/510100/510116/", None, Conflict.REGION),
    ((CHENGDU,), set(), QINGYANG, None, Conflict.REGION),
    ((CHENGDU,), {7}, MIANYANG, 8, None),
    ((PROVINCE,), set(), QINGYANG, None, None),
    ((PROVINCE,), set(), PROVINCE, None, Conflict.REGION),
    ((), set(), QINGYANG, None, None),
])
def test_nobody_scores_for_the_own_organisation_or_city(homes, organisations, path, organisation, expected) -> None:
    reviewer = Reviewer(1, frozenset(organisations), frozenset(homes))
    assert conflict_of(reviewer, Task(1, organisation, path)) is expected


reviewers_ = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([CHENGDU, MIANYANG, PROVINCE])), min_size=1, max_size=8)
tasks_ = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 4)), st.sampled_from([QINGYANG, MIANYANG])), max_size=25)


@given(reviewers_, tasks_, st.integers(1, 3))
def test_distribution_is_free_of_conflicts_even_and_as_full_as_possible(people, submissions, each) -> None:
    reviewers = [Reviewer(i, frozenset({org}), frozenset({home})) for i, (org, home) in enumerate(people)]
    tasks = [Task(i, org, path) for i, (org, path) in enumerate(submissions)]
    pairs, short = distribute(tasks, reviewers, each, {})
    assert len(set(pairs)) == len(pairs)
    for task in tasks:
        mine = [r for t, r in pairs if t == task.id]
        assert all(conflict_of(reviewers[r], task) is None for r in mine)
        free = sum(conflict_of(r, task) is None for r in reviewers)
        assert len(mine) == min(each, free)
        assert (task.id in short) == (free < each)


def test_without_conflicts_everybody_gets_the_same_load() -> None:
    reviewers = [Reviewer(i) for i in range(7)]
    pairs, short = distribute([Task(i, None, QINGYANG) for i in range(70)], reviewers, 3, {})
    assert {sum(r == i for _t, r in pairs) for i in range(7)} == {30}
    assert short == []


def test_who_recused_is_not_asked_again_and_fresh_reviewers_catch_up() -> None:
    task = Task(1, None, QINGYANG, known_to=frozenset({0, 1}), active=1)
    assert distribute([task], [Reviewer(0), Reviewer(1), Reviewer(2), Reviewer(3)], 2, {2: 9, 3: 2}) == ([(1, 3)], [])


def test_weights_must_sum_to_a_hundred() -> None:
    require_criteria([60, 40])
    for weights in ([], [60], [60, 41]):
        with pytest.raises(Refused):
            require_criteria(weights)


def test_the_result_is_the_weighted_mean_in_hundredths_rounded_half_up() -> None:
    assert weighted_score({1: 10, 2: 5}, CRITERIA) == 100
    assert weighted_score({1: 7, 2: 3}, CRITERIA) == 42 + 24
    assert result_of([weighted_score({1: 7, 2: 3}, CRITERIA), weighted_score({1: 8, 2: 3}, CRITERIA)]) == 6900
    assert result_of([Fraction(66), Fraction(66), Fraction(67)]) == 6633
    assert result_of([Fraction(1, 200)]) == 1
    assert result_of([]) is None


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5)), min_size=1, max_size=9))
def test_a_result_lies_between_the_lowest_and_the_highest_score(given_points) -> None:
    scores = [weighted_score({1: a, 2: b}, CRITERIA) for a, b in given_points]
    result = result_of(scores)
    assert result is not None
    assert min(scores) * 100 - 1 <= result <= max(scores) * 100 + 1


@pytest.mark.parametrize("points", [{1: 3}, {1: 3, 2: None}, {1: 11, 2: 0}, {1: -1, 2: 0}])
def test_points_that_are_missing_or_out_of_range_are_refused(points) -> None:
    with pytest.raises(Refused) as refused:
        require_points(points, CRITERIA)
    assert str(refused.value.field).startswith("points_")


@pytest.mark.parametrize(("status", "minutes", "expected"), [
    (PanelStatus.OPEN, 0, True), (PanelStatus.OPEN, -1, False), (PanelStatus.OPEN, 60, False),
    (PanelStatus.PREPARING, 0, False), (PanelStatus.CLOSED, 0, False),
])
def test_scores_are_taken_only_while_open_by_hand_and_by_clock(status, minutes, expected) -> None:
    panel = Panel(status=status, opens_at=NOON, closes_at=NOON + timedelta(hours=1))
    at = NOON + timedelta(minutes=minutes)
    assert is_scoring_open(panel, at) is expected
    if not expected:
        with pytest.raises(Refused):
            require_scoring_open(panel, at)
