"""Ranking and quotas: who gets in, who waits, and why."""

from __future__ import annotations

import random
import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from expo.judging.ranking import Decision, Entry, Outcome, Quotas, Ranked, Why, fill_quotas, rank

KINDS = ("achievement", "technology", "challenge")
entries = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 40)), st.integers(1, 3), st.sampled_from(KINDS)), max_size=60
).map(lambda rows: [Entry(i, score, city, kind) for i, (score, city, kind) in enumerate(rows)])
limits = st.dictionaries(
    st.tuples(st.one_of(st.none(), st.integers(1, 3)), st.one_of(st.none(), st.sampled_from(KINDS))),
    st.integers(0, 12), max_size=12,
)


def cells_of(entry: Entry, quotas: Quotas) -> list[tuple[int | None, str | None]]:
    return [cell for cell, _why in quotas.binding(entry.city, entry.kind)]


def taken(ranked: list[Ranked], decisions: list[Decision], quotas: Quotas, outcome: Outcome, until: int) -> Counter:
    return Counter(
        cell for one, decision in zip(ranked[:until], decisions[:until], strict=True)
        if decision.outcome is outcome for cell in cells_of(one.entry, quotas)
    )


@given(entries, st.randoms())
def test_the_order_of_arrival_never_changes_the_ranking(given_entries: list[Entry], chance: random.Random) -> None:
    shuffled = given_entries[:]
    chance.shuffle(shuffled)
    assert rank(shuffled) == rank(given_entries)
    scores = [one.entry.score for one in rank(given_entries)]
    scored = [s for s in scores if s is not None]
    assert scored == sorted(scored, reverse=True)
    assert scores[len(scored):] == [None] * (len(scores) - len(scored))


@given(entries, limits)
def test_no_limit_is_ever_exceeded(given_entries: list[Entry], given_limits: dict) -> None:
    ranked, quotas = rank(given_entries), Quotas(given_limits)
    decisions = fill_quotas(ranked, quotas)
    full = taken(ranked, decisions, quotas, Outcome.SELECTED, len(ranked))
    assert all(full[cell] <= quotas.limits[cell] for cell in full)


@given(entries, limits)
def test_whoever_stays_out_finds_a_limit_filled_by_better_ones(given_entries: list[Entry], given_limits: dict) -> None:
    ranked, quotas = rank(given_entries), Quotas(given_limits)
    decisions = fill_quotas(ranked, quotas)
    for place, (one, decision) in enumerate(zip(ranked, decisions, strict=True)):
        if decision.outcome is Outcome.SELECTED:
            assert decision.why is Why.INSIDE
            continue
        if one.entry.score is None:
            assert decision.why is Why.NOT_SCORED
            continue
        before = taken(ranked, decisions, quotas, Outcome.SELECTED, place)
        assert any(before[cell] >= quotas.limits[cell] for cell in cells_of(one.entry, quotas))


@given(entries, limits, st.integers(0, 100))
def test_the_reserve_is_never_longer_than_its_share(given_entries: list[Entry], given_limits: dict, percent: int) -> None:
    ranked, quotas = rank(given_entries), Quotas(given_limits)
    decisions = fill_quotas(ranked, quotas, reserve_percent=percent)
    waiting = taken(ranked, decisions, quotas, Outcome.RESERVE, len(ranked))
    assert all(waiting[cell] <= quotas.reserves(percent).limits[cell] for cell in waiting)


@given(entries, limits)
@settings(max_examples=50)
def test_everybody_is_decided_about_exactly_once(given_entries: list[Entry], given_limits: dict) -> None:
    decisions = fill_quotas(rank(given_entries), Quotas(given_limits))
    assert sorted(d.id for d in decisions) == [e.id for e in given_entries]
    assert [d.place for d in decisions] == list(range(1, len(decisions) + 1))


def test_equal_scores_are_decided_by_tie_and_then_by_number_and_said_to_be_tied() -> None:
    ranked = rank([Entry(3, 90, 1, "a", tie=1), Entry(2, 90, 1, "a", tie=1), Entry(1, 90, 1, "a", tie=2),
                   Entry(4, 95, 1, "a")])
    assert [(one.entry.id, one.is_tied) for one in ranked] == [(4, False), (2, True), (3, True), (1, True)]


def test_each_kind_of_limit_says_its_name() -> None:
    def last_why(cell: tuple[int | None, str | None]) -> Why:
        return fill_quotas(rank([Entry(1, 9, 1, "a"), Entry(2, 8, 1, "a")]), Quotas({cell: 1}))[1].why

    assert [last_why(c) for c in ((1, "a"), (1, None), (None, "a"), (None, None))] == [
        Why.CELL_FULL, Why.CITY_FULL, Why.KIND_FULL, Why.TOTAL_FULL
    ]
    assert fill_quotas(rank([Entry(1, 9, 1, "a")]), Quotas(), minimum=10)[0].why is Why.BELOW_MINIMUM


def test_places_taken_by_hand_are_not_given_again() -> None:
    quotas = Quotas.of([(1, "a", 2), (None, None, 2)]).without([(1, "a")])
    decisions = fill_quotas(rank([Entry(1, 9, 1, "a"), Entry(2, 8, 1, "a")]), quotas, reserve_percent=50)
    assert [d.outcome for d in decisions] == [Outcome.SELECTED, Outcome.RESERVE]


def test_fifty_thousand_candidates_are_ranked_and_placed_within_a_second() -> None:
    chance = random.Random(7)
    many = [Entry(i, chance.randrange(10_000), chance.randrange(21), KINDS[i % 3]) for i in range(50_000)]
    quotas = Quotas({(c, k): 30 for c in range(21) for k in KINDS} | {(None, None): 2350})
    decisions = fill_quotas(rank(many), quotas)

    def seconds() -> float:
        started = time.process_time()
        fill_quotas(rank(many), quotas)
        return time.process_time() - started

    assert any(seconds() < 1.0 for _ in range(8))  # Whatever else the machine has to do.
    assert sum(d.outcome is Outcome.SELECTED for d in decisions) == 21 * 3 * 30
