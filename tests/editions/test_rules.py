"""What an edition's clock and set-up allow: rules without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from expo.editions.gbt4754 import classification, covers, split_codes, unknown_codes
from expo.editions.models import EditionStatus, Stage, StageKind
from expo.editions.rules import (
    LIFECYCLE,
    is_open,
    require_dates,
    require_open,
    require_slug,
    require_stage_order,
)
from expo.editions.rules_copying import Setup, StageDates, shifted
from expo.kit.refusals import Refused

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STAGE = Stage(edition_id=1, kind=StageKind.NOMINATION, opens_at=NOON, closes_at=NOON + timedelta(days=1))
ALLOWED = {
    (EditionStatus.PREPARING, EditionStatus.RUNNING), (EditionStatus.RUNNING, EditionStatus.CLOSED),
    (EditionStatus.CLOSED, EditionStatus.ARCHIVED),
}


@pytest.mark.parametrize("then", list(EditionStatus))
@pytest.mark.parametrize("now", list(EditionStatus))
def test_an_edition_moves_only_along_its_life(now: EditionStatus, then: EditionStatus) -> None:
    assert LIFECYCLE.allows(now, then) == ((now, then) in ALLOWED)


@pytest.mark.parametrize(("minutes", "expected"), [(-1, False), (0, True), (1439, True), (1440, False)])
def test_a_stage_is_open_from_its_opening_until_just_before_its_closing(minutes: int, expected: bool) -> None:
    assert is_open(STAGE, NOON + timedelta(minutes=minutes)) is expected


@pytest.mark.parametrize("stage", [None, STAGE])
def test_a_closed_stage_refuses_and_says_when(stage: Stage | None) -> None:
    with pytest.raises(Refused) as refused:
        require_open(stage, StageKind.NOMINATION, NOON - timedelta(days=2))
    assert ("2026-06-01" in str(refused.value)) is (stage is not None)


@pytest.mark.parametrize("slug", ["", "abcd", "2026 ", "2026/x", "26", "2026A", "2026" + "a" * 17])
def test_a_slug_that_is_no_address_part_is_refused(slug: str) -> None:
    with pytest.raises(Refused):
        require_slug(slug)


def test_dates_in_the_wrong_order_blame_the_last_day() -> None:
    with pytest.raises(Refused) as refused:
        require_dates(date(2026, 6, 2), date(2026, 6, 1))
    assert refused.value.field == "ends_on"


@pytest.mark.parametrize(("opens", "closes", "blamed"), [
    (NOON, None, "closes_nomination"), (None, NOON, "opens_nomination"), (NOON, NOON, "closes_nomination"),
])
def test_a_half_dated_stage_blames_the_missing_moment(opens: datetime, closes: datetime, blamed: str) -> None:
    with pytest.raises(Refused) as refused:
        require_stage_order(opens, closes, StageKind.NOMINATION)
    assert refused.value.field == blamed


def test_the_standard_has_20_sections_and_97_divisions() -> None:
    codes = classification()
    assert (sum(not d.parent for d in codes.values()), sum(bool(d.parent) for d in codes.values())) == (20, 97)
    assert codes["C"].name == "制造业"


def test_codes_are_read_as_people_type_them() -> None:
    assert split_codes(" C35、39, i65；c C") == ["35", "39", "65", "C"]
    assert unknown_codes(["35", "C", "98", "Z"]) == ["98", "Z"]


@pytest.mark.parametrize(("code", "expected"), [("C3562", True), ("35", True), ("C", False), ("6510", True), ("01", False)])
def test_a_class_lies_in_the_sections_and_divisions_it_belongs_to(code: str, expected: bool) -> None:
    assert covers(["35", "I"], code) is expected


def test_copied_dates_move_by_the_difference_of_the_first_days() -> None:
    setup = Setup(
        starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 3), venue_id=7, theme="主题", theme_en="", response_days=30,
        stages=(StageDates(StageKind.REVIEW, NOON, NOON + timedelta(hours=5)),), industries=(), quotas=(), targets=(),
    )
    moved = shifted(setup, date(2027, 5, 31))
    assert (moved.starts_on, moved.ends_on) == (date(2027, 5, 31), date(2027, 6, 2))
    assert moved.stages[0].opens_at == NOON + timedelta(days=364)
    assert (moved.venue_id, moved.theme, moved.response_days) == (7, "主题", 30)
