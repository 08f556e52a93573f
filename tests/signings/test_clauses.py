"""The table of clauses: complete for each kind, and strict about what is typed."""

from __future__ import annotations

import pytest

from expo.pool.fields import BadValue, FieldType
from expo.signings import clauses
from expo.signings import papers_articles as words
from expo.signings.clauses import CLAUSES, applies, missing, parse_instalments, parse_terms
from expo.signings.models import AgreementKind
from tests.signings.making import texts_for


@pytest.mark.parametrize("kind", AgreementKind)
def test_each_kind_has_its_own_clauses_with_names_that_do_not_repeat(kind: AgreementKind) -> None:
    names = [clause.name for clause in CLAUSES[kind]]
    assert len(names) == len(set(names)) > 8
    assert {"subject", "confidentiality", "dispute", "copies"} <= set(names)
    for clause in CLAUSES[kind]:
        assert clause.part in clauses.PARTS
        assert all(choice.words for choice in clause.choices), "a choice needs its words on paper"
        if clause.when:
            other = clauses.clause_of(kind, clause.when[0])
            assert names.index(other.name) < names.index(clause.name)
            assert clause.when[1] <= {choice.value for choice in other.choices}


@pytest.mark.parametrize("kind", AgreementKind)
def test_complete_texts_lack_nothing_and_empty_ones_everything_required(kind: AgreementKind) -> None:
    values, errors = parse_terms(kind, texts_for(kind))
    assert errors == {}
    assert missing(kind, values) == []
    lacking = {clause.name for clause in missing(kind, {})}
    assert lacking == {c.name for c in CLAUSES[kind] if c.required and c.when is None}


@pytest.mark.parametrize("kind", sorted(clauses.CONTRACTS))
@pytest.mark.parametrize(("manner", "wanted"), [
    ("lump", {"pay_when"}), ("instalments", {"instalments"}),
    ("royalty", {"royalty_base", "royalty_rate", "royalty_period", "accounts"}),
    ("entrance", {"entrance_fee", "royalty_base", "royalty_rate", "royalty_period", "accounts"}),
])
def test_each_manner_of_payment_asks_for_its_own_fields(kind: AgreementKind, manner: str, wanted: set[str]) -> None:
    lacking = {c.name for c in missing(kind, {"payment": manner})}
    assert {c.name for c in clauses.PAYMENT if c.when} & lacking == wanted


def test_clauses_that_do_not_apply_are_not_kept() -> None:
    values, _errors = parse_terms(AgreementKind.DEVELOPMENT, texts_for(AgreementKind.DEVELOPMENT, mode="joint"))
    assert "division" in values
    assert "materials" not in values
    assert not applies(clauses.clause_of(AgreementKind.DEVELOPMENT, "materials"), values)


def test_a_licence_that_ends_before_it_begins_is_refused() -> None:
    texts = texts_for(AgreementKind.LICENCE, period_from="2027-01-01", period_until="2026-01-01")
    assert set(parse_terms(AgreementKind.LICENCE, texts)[1]) == {"period_until"}


def test_a_price_shown_for_less_than_15_days_is_refused() -> None:
    short = texts_for(AgreementKind.TRANSFER, notice_until="2026-10-15")
    assert set(parse_terms(AgreementKind.TRANSFER, short)[1]) == {"notice_until"}
    enough = texts_for(AgreementKind.TRANSFER, notice_until="2026-10-16")
    assert parse_terms(AgreementKind.TRANSFER, enough)[1] == {}


@pytest.mark.parametrize(("name", "text"), [("royalty_rate", "0"), ("royalty_rate", "120"), ("entrance_fee", "很多"),
                                            ("until", "2027-02-30"), ("copies", "0"), ("payment", "金条")])
def test_what_cannot_be_is_told_at_its_clause(name: str, text: str) -> None:
    texts = texts_for(AgreementKind.SERVICE, payment="entrance") | {name: text}
    assert name in parse_terms(AgreementKind.SERVICE, texts)[1]


@pytest.mark.parametrize(("text", "wanted"), [
    ("60 生效后10日内\n40万元；验收后", [(60_000_000, "生效后10日内"), (40_000_000, "验收后")]),
    ("1,200 终验后", [(1_200_000_000, "终验后")]),
    ("5000元：签字时", [(500_000, "签字时")]),
])
def test_instalments_are_read_line_by_line(text: str, wanted: list[tuple[int, str]]) -> None:
    assert [(i.amount_fen, i.due) for i in parse_instalments(text)] == wanted


@pytest.mark.parametrize("text", ["验收后60", "60", "60 生效\n终验后付清"])
def test_an_instalment_without_amount_or_time_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_instalments(text)


def test_only_a_public_seller_must_say_how_the_price_was_found() -> None:
    assert clauses.needs_pricing(AgreementKind.TRANSFER, {}, True)
    assert not clauses.needs_pricing(AgreementKind.TRANSFER, {}, False)
    assert not clauses.needs_pricing(AgreementKind.TRANSFER, {"pricing": "auction"}, True)
    assert not clauses.needs_pricing(AgreementKind.SERVICE, {}, True)


@pytest.mark.parametrize("kind", AgreementKind)
def test_every_filled_clause_stands_on_the_paper(kind: AgreementKind) -> None:
    texts = {c.name: f"条款{c.name}的内容" if c.type in {FieldType.TEXT, FieldType.LONG_TEXT} else t
             for c, t in zip(CLAUSES[kind], (texts_for(kind)[c.name] for c in CLAUSES[kind]), strict=True)}
    texts["instalments"] = "120 终验后"
    values, errors = parse_terms(kind, texts)
    assert errors == {}
    printed = "\n".join(line for _heading, lines in words.articles(kind, values, 120_000_000, [("甲方", "王芳")]) for line in lines)
    for clause in CLAUSES[kind]:
        if clause.type in {FieldType.TEXT, FieldType.LONG_TEXT} and clause.name in values and clause.name != "place":
            assert values[clause.name] in printed, clause.name


@pytest.mark.parametrize(("number", "word"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一")])
def test_articles_are_counted_in_chinese(number: int, word: str) -> None:
    assert words.numeral(number) == word
