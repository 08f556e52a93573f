"""The kinds' own fields: what texts they understand."""

from __future__ import annotations

import pytest

from expo.editions.words import ProjectKind
from expo.pool.fields import (
    FIELDS,
    BadValue,
    FieldType,
    all_fields,
    missing_fields,
    parse,
    parse_fields,
    shown,
    typed,
)


def test_names_of_fields_are_unique_over_all_kinds() -> None:
    assert len(all_fields()) == sum(len(fields) for fields in FIELDS.values())
    assert set(FIELDS) == set(ProjectKind)


@pytest.mark.parametrize(("text", "fen"), [
    ("120", 120_000_000), ("120万元", 120_000_000), ("1.2亿元", 12_000_000_000), ("3,000 元", 300_000),
    ("约50万", 50_000_000), ("１２", 12_000_000), ("0.5", 500_000),
])
def test_amounts_are_understood_as_people_write_them(text: str, fen: int) -> None:
    assert parse(all_fields()["price"], text) == fen


@pytest.mark.parametrize(("name", "text"), [
    ("price", "很多"), ("price", "-3"), ("price", "1e99"), ("deadline", "2026-02-30"), ("deadline", "明年"),
    ("term", "1.5"), ("maturity", "快好了"), ("price_open", "也许"), ("rate", "nan"),
])
def test_what_is_no_value_is_refused_with_a_reason(name: str, text: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse(all_fields()[name], text)
    assert text in str(caught.value)


@pytest.mark.parametrize(("name", "text", "value"), [
    ("deadline", "2026年3月5日", "2026-03-05"), ("deadline", "2026/3/5", "2026-03-05"), ("term", "36个月", 36),
    ("rate", "3.45%", "3.45"), ("mode", "技术转让", "transfer"), ("mode", "licence", "licence"), ("price_open", "面议", True),
    ("maturity", "中试", "pilot"), ("product", "信贷", "loan"),
])
def test_dates_choices_and_rates_are_understood(name: str, text: str, value: object) -> None:
    assert parse(all_fields()[name], text) == value


def test_what_a_form_shows_is_understood_again() -> None:
    values = {"price": 123_450_000, "term": 36, "rate": "3.45", "deadline": "2026-03-05", "mode": "equity", "price_open": True}
    for name, value in values.items():
        assert parse(all_fields()[name], typed(all_fields()[name], value)) == value


def test_only_the_kinds_own_fields_are_taken_and_all_errors_told() -> None:
    values, errors = parse_fields(ProjectKind.CHALLENGE, {"budget": "viel", "deadline": "morgen", "price": "12"})
    assert values == {}
    assert set(errors) == {"budget", "deadline"}


def test_a_period_must_not_end_before_it_begins() -> None:
    _, errors = parse_fields(ProjectKind.RESEARCH_PROJECT, {"period_from": "2026-05-01", "period_until": "2026-04-01"})
    assert set(errors) == {"period_until"}


def test_missing_facts_are_named_before_publication() -> None:
    names = [field.name for field in missing_fields(ProjectKind.CHALLENGE, {"problem": "铁水脱硫"})]
    assert names == ["indicator"]


def test_amounts_are_shown_with_their_unit() -> None:
    assert shown(all_fields()["price"], 123_450_000).startswith("123.45 ")
    assert shown(all_fields()["price"], 120_000_000).startswith("120 ")
    assert shown(all_fields()["price"], 1_000_000_000_000).startswith("1,000,000 ")
    assert all(field.unit for field in all_fields().values() if field.type is FieldType.MONEY)
