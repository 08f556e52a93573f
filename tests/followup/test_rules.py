"""Who owns a case and when it is late: pure rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from expo.followup.models import CaseOutcome, CaseStatus
from expo.followup.rules import (
    LIFECYCLE,
    Helper,
    choose_owner,
    escalation_due,
    require_dated,
    require_reason,
)
from expo.kit.refusals import Refused

COUNTY = "/51/5101/510105/"
DUE = date(2026, 1, 31)


def test_the_least_loaded_caretaker_of_the_region_gets_the_case() -> None:
    busy, free = Helper(1, ("/51/5101/",), 9), Helper(2, (COUNTY,), 3)
    elsewhere = Helper(3, ("/51/5107/",), 0)
    assert choose_owner([busy, free, elsewhere], [], COUNTY) == 2


def test_equal_loads_always_choose_the_same_owner() -> None:
    helpers = [Helper(7, (COUNTY,), 1), Helper(4, (COUNTY,), 1)]
    assert {choose_owner(order, [], COUNTY) for order in (helpers, helpers[::-1])} == {4}


def test_without_a_caretaker_the_nearest_organiser_answers() -> None:
    organisers = [Helper(1, ("/51/",)), Helper(2, ("/51/5101/",)), Helper(3, ("/51/5107/",))]
    assert choose_owner([], organisers, COUNTY) == 2
    assert choose_owner([], organisers[:1], COUNTY) == 1
    assert choose_owner([], organisers[2:], COUNTY) is None


@pytest.mark.parametrize(("late", "level"), [(0, 0), (1, 1), (15, 1), (16, 2), (31, 3), (400, 3)])
def test_a_late_case_climbs_from_county_to_city_to_province(late: int, level: int) -> None:
    assert escalation_due(DUE, DUE + timedelta(days=late)) == level


def test_a_result_is_dated_between_opening_and_today() -> None:
    require_dated(DUE, DUE, DUE)
    for wrong in (DUE + timedelta(days=1), DUE - timedelta(days=1)):
        with pytest.raises(Refused):
            require_dated(wrong, DUE, DUE)


def test_ending_a_case_needs_its_reason() -> None:
    require_reason(CaseOutcome.LANDED, None)
    with pytest.raises(Refused):
        require_reason(CaseOutcome.ENDED, None)


ALLOWED = {("unassigned", "assigned"), ("assigned", "responded"), ("responded", "progressing"), ("responded", "settled"),
           ("progressing", "settled"), ("settled", "progressing")}


@pytest.mark.parametrize("before", CaseStatus)
@pytest.mark.parametrize("after", CaseStatus)
def test_a_case_moves_only_as_its_lifecycle_says(before: CaseStatus, after: CaseStatus) -> None:
    assert LIFECYCLE.allows(before, after) == ((before.value, after.value) in ALLOWED)
