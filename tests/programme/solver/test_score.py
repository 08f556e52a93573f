"""The checker against the rules written a second time, and the board's question against the whole score."""

from __future__ import annotations

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from expo.programme.solver.generator import generate, scattered
from expo.programme.solver.instance import Instance, Plan
from expo.programme.solver.score import Checker, by_rule, charges, project_verdict, total, verdict, verdicts
from expo.programme.solver.settings import Rule, Severity
from tests.programme.solver.brute import lists, places
from tests.programme.solver.small import instances, price


def at_random(instance: Instance, seed: int) -> Plan:
    chance = random.Random(seed)
    cells = [(h.id, t.id) for h in instance.halls for t in instance.slots]
    placed = {s.id: chance.choice(cells) for s in instance.sessions if chance.random() < 0.8}
    items: dict[int, tuple[int, ...]] = {}
    for project in instance.projects:
        for session in chance.sample(instance.sessions, chance.choice([0, 1, 1, 1, 2]) % (len(instance.sessions) + 1)):
            items[session.id] = (*items.get(session.id, ()), project.id)
    return Plan(placed, items)


@settings(max_examples=60, deadline=None)
@given(instances(), st.integers(0, 9))
def test_the_checker_counts_what_the_rules_say(instance: Instance, seed: int) -> None:
    plan = at_random(instance, seed)
    found = charges(instance, plan)
    units = {rule: sum(c.units for c in found if c.rule is rule) for rule in Rule}
    expected = places(instance, plan) + lists(instance, plan)
    looked_at = [r for r in Rule if instance.severities[r] is not Severity.IGNORE]
    assert {r: units[r] for r in looked_at} == {r: expected[r] for r in looked_at}
    assert not [c for c in found if instance.severities[c.rule] is Severity.IGNORE]
    soft = [c for c in found if c.severity is not Severity.BLOCK]
    assert total(soft) == sum(c.units * (price(instance, c.rule) or 0) for c in soft)
    assert sum(by_rule(found).values()) == total(found)


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(0, 9))
def test_a_verdict_is_the_difference_that_a_placing_makes(instance: Instance, seed: int) -> None:
    plan = at_random(instance, seed)
    for session in instance.session:
        without = total(charges(instance, plan.at(session, None))) - instance.prices[Rule.UNPLACED]
        for place, found in verdicts(instance, plan, session).items():
            assert total(found) == total(charges(instance, plan.at(session, place))) - without
            assert verdict(instance, plan, session, *place) == found


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(0, 9))
def test_a_verdict_on_a_project_is_the_difference_that_it_makes(instance: Instance, seed: int) -> None:
    plan = at_random(instance, seed)
    for project in list(instance.project)[:2]:
        bare = Plan(plan.places, {s: tuple(p for p in items if p != project) for s, items in plan.items.items()})
        before = charges(instance, bare)
        for session in instance.session:
            after = charges(instance, bare.with_items(session, (*bare.items.get(session, ()), project)))
            # A quota that a project helps to fill is a gain, and no charge; a wish that becomes a need changes its rule.
            apart = {Rule.UNASSIGNED, Rule.KIND_QUOTA, Rule.LEADERS}
            more = total(c for c in after if c.rule not in apart) - total(c for c in before if c.rule not in apart)
            paid = project_verdict(instance, plan, project, session)
            assert total(c for c in paid if c.rule not in apart) == more


def test_a_placing_that_has_been_deleted_counts_as_none() -> None:
    instance = generate()
    found = charges(instance, Plan({1: (999, instance.slots[0].id), 2: (1, 998), 999_999: (1, 101)}, {12345: (1, 2)}))
    assert {1, 2} <= {c.sessions[0] for c in found if c.rule is Rule.UNPLACED}


def test_all_cells_of_a_dragged_session_are_judged_in_time() -> None:
    instance = generate()
    checker = Checker(instance, scattered(instance))
    checker.verdicts(1)

    def seconds() -> float:
        begin = time.process_time()
        for session in range(1, 21):
            assert len(checker.verdicts(session)) == 108
        return (time.process_time() - begin) / 20

    assert any(seconds() < 0.030 for _ in range(8))  # Whatever else the machine has to do.
