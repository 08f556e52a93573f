"""What may happen to candidates: rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from expo.editions.models import Industry, Stage, StageKind
from expo.kit.refusals import Refused
from expo.pool.models import Ticket, TicketOutcome
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Notice
from expo.shortlist.rules import (
    BECOMES,
    LIFECYCLE,
    city_path,
    digest_of,
    find_industry,
    require_completion_open,
    require_decidable,
    require_finalisable,
    require_nominable,
    require_noticed,
    require_second_person,
    require_unchanged,
    version_of,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
S = CandidateStatus
ALLOWED = {
    (S.NOMINATED, S.ENDORSED), (S.NOMINATED, S.RETURNED), (S.NOMINATED, S.DECLINED),
    (S.ENDORSED, S.UNDER_REVIEW), (S.ENDORSED, S.RETURNED), (S.ENDORSED, S.DECLINED),
    (S.UNDER_REVIEW, S.SELECTED), (S.UNDER_REVIEW, S.RESERVE), (S.UNDER_REVIEW, S.DECLINED),
    (S.UNDER_REVIEW, S.RETURNED), (S.RESERVE, S.SELECTED), (S.RESERVE, S.DECLINED), (S.SELECTED, S.DECLINED),
    (S.RETURNED, S.NOMINATED), (S.RETURNED, S.DECLINED),
}


@pytest.mark.parametrize("then", list(S))
@pytest.mark.parametrize("now", list(S))
def test_a_candidate_moves_only_along_its_life(now: S, then: S) -> None:
    assert LIFECYCLE.allows(now, then) == ((now, then) in ALLOWED)
    candidate = Candidate(status=now)
    if (now, then) in ALLOWED:
        LIFECYCLE.move(candidate, then)
        assert candidate.status is then
    else:
        with pytest.raises(Refused):
            LIFECYCLE.move(candidate, then)


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("reason", ["", "  ", "理由"])
def test_a_decision_fits_the_status_and_a_hard_one_says_why(status: S, decision: Decision, reason: str) -> None:
    allowed = (status, BECOMES[decision]) in ALLOWED
    said = bool(reason.strip()) or decision not in {Decision.DECLINED, Decision.RETURNED}
    if allowed and said:
        require_decidable(Candidate(status=status), decision, reason)
        return
    with pytest.raises(Refused) as refused:
        require_decidable(Candidate(status=status), decision, reason)
    assert (refused.value.field == "reason") == allowed


def test_whoever_decided_everything_does_not_release_it() -> None:
    mine, others = Candidate(decided_by_id=1), Candidate(decided_by_id=2)
    require_second_person([mine, others], 1)
    for candidates, person in (([mine], 1), ([], 1), ([others], None)):
        with pytest.raises(Refused):
            require_second_person(candidates, person)


def test_who_decides_on_what_has_changed_meanwhile_is_told() -> None:
    candidate = Candidate(status=S.UNDER_REVIEW)
    seen = version_of(candidate)
    require_unchanged(candidate, seen)
    candidate.pending_decision, candidate.decided_by_id = Decision.SELECTED, 7
    with pytest.raises(Refused):
        require_unchanged(candidate, seen)


def test_the_mark_of_a_summary_does_not_depend_on_the_order_but_on_every_decision() -> None:
    some = [(1, Decision.SELECTED), (2, Decision.DECLINED)]
    assert digest_of(some) == digest_of(reversed(some))
    assert digest_of(some) != digest_of([(1, Decision.SELECTED), (2, Decision.RESERVE)])


@pytest.mark.parametrize("outcome", [None, *TicketOutcome])
def test_duplicates_and_withdrawn_tickets_are_not_nominated(outcome: TicketOutcome | None) -> None:
    ticket = Ticket(number="T1", outcome=outcome)
    if outcome in {TicketOutcome.DUPLICATE, TicketOutcome.WITHDRAWN}:
        with pytest.raises(Refused):
            require_nominable(ticket)
    else:
        require_nominable(ticket)


@pytest.mark.parametrize(("minutes", "final", "expected"), [(-1, None, False), (0, None, True), (60, None, False), (5, NOON, False)])
def test_objections_are_taken_between_opening_and_closing(minutes, final, expected) -> None:
    notice = Notice(opens_at=NOON, closes_at=NOON + timedelta(hours=1), finalised_at=final)
    if expected:
        require_noticed(notice, NOON + timedelta(minutes=minutes))
    else:
        with pytest.raises(Refused):
            require_noticed(notice, NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(("final", "unanswered", "pending", "minutes", "expected"), [
    (None, 0, 0, 60, True), (None, 0, 0, 59, False), (None, 1, 0, 60, False), (None, 0, 1, 60, False),
    (NOON, 0, 0, 60, False),
])
def test_a_list_is_final_after_its_time_with_everything_answered(final, unanswered, pending, minutes, expected) -> None:
    notice = Notice(opens_at=NOON, closes_at=NOON + timedelta(hours=1), finalised_at=final)
    at = NOON + timedelta(minutes=minutes)
    if expected:
        require_finalisable(notice, unanswered, pending, at)
    else:
        with pytest.raises(Refused):
            require_finalisable(notice, unanswered, pending, at)


def test_handing_in_again_needs_an_open_stage_before_the_expo() -> None:
    def stage(kind: StageKind) -> Stage:
        return Stage(kind=kind, opens_at=NOON, closes_at=NOON + timedelta(days=1))

    require_completion_open([stage(StageKind.REVIEW)], NOON)
    for stages, at in (([stage(StageKind.NOTICE)], NOON), ([stage(StageKind.NOMINATION)], NOON - timedelta(days=1))):
        with pytest.raises(Refused):
            require_completion_open(stages, at)


def test_an_industry_is_found_by_name_code_or_national_class() -> None:
    one = Industry(code="material", name="新材料", name_en="Materials", gbt_codes=["26"])
    two = Industry(code="info", name="电子信息", name_en="", gbt_codes=["39", "I"])
    for text, expected in (("新材料", one), ("info", two), ("C2614", one), ("6510", two), ("01", None), ("", None)):
        assert find_industry(text, [one, two]) is expected


@pytest.mark.parametrize(("path", "expected"), [
    ("/510000/510100/510105/", "/510000/510100/"), ("/510000/510100/", "/510000/510100/"), ("/510000/", "/510000/"),
])
def test_a_ticket_counts_against_its_citys_quota(path: str, expected: str) -> None:
    assert city_path(path) == expected
