"""Pure rules: lifecycle, what others see, time slots."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from expo.kit.refusals import Refused
from expo.programme import rules
from expo.programme.models import SessionStatus
from expo.programme.rules_plan import as_seen_by
from expo.programme.rules_slots import read_times, slots_of, without_existing
from tests.programme.plans import a_plan, a_session, an_item

ALLOWED = {
    (SessionStatus.DRAFT, SessionStatus.PUBLISHED), (SessionStatus.DRAFT, SessionStatus.CANCELLED),
    (SessionStatus.PUBLISHED, SessionStatus.DRAFT), (SessionStatus.PUBLISHED, SessionStatus.CANCELLED),
    (SessionStatus.CANCELLED, SessionStatus.DRAFT),
}


@pytest.mark.parametrize(("now", "then"), list(product(SessionStatus, SessionStatus)))
def test_a_session_moves_only_as_its_lifecycle_allows(now: SessionStatus, then: SessionStatus) -> None:
    assert rules.LIFECYCLE.allows(now, then) is ((now, then) in ALLOWED)


def test_others_see_of_a_session_only_that_the_place_is_taken() -> None:
    own, other = a_session(1, 1, 1), a_session(2, 2, 1, region_path="/510000/510700/", items=(an_item(9, presenter=3),))
    seen = as_seen_by(a_plan(own, other), ["/510000/510100/"], "他市专场")
    assert seen.session[1] == own
    hidden = seen.session[2]
    assert (hidden.title, hidden.items[0].title, hidden.is_visible) == ("他市专场", "", False)
    assert (hidden.hall_id, hidden.slot_id) == (2, 1)


def test_times_are_read_as_people_write_them() -> None:
    assert [f"{t:%H:%M}" for t in read_times("15:30, 9:00、13：30 9:00")] == ["09:00", "13:30", "15:30"]


@pytest.mark.parametrize("text", ["", "9", "25:00", "10:60", "morning", "10-11"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_times(text)
    assert refused.value.field == "times"


def test_slots_are_made_in_the_events_zone() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    [slot] = slots_of([date(2026, 11, 20)], read_times("10:00"), 90, zone)
    assert slot == (datetime(2026, 11, 20, 2, 0, tzinfo=UTC), datetime(2026, 11, 20, 3, 30, tzinfo=UTC))


def test_a_pattern_whose_slots_overlap_is_refused() -> None:
    with pytest.raises(Refused):
        slots_of([date(2026, 11, 20)], read_times("10:00 11:00"), 90, ZoneInfo("Asia/Shanghai"))


def test_a_pattern_made_twice_adds_nothing() -> None:
    slots = slots_of([date(2026, 11, 20)], read_times("10:00 14:00"), 90, ZoneInfo("Asia/Shanghai"))
    assert without_existing(slots, slots[:1]) == (slots[1:], 1)
