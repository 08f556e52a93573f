"""Why something is where it is: what it pays there, and what it would pay elsewhere. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from expo.kit.db import not_found
from expo.programme.rules_conflicts import forbidden
from expo.programme.rules_instance import Draft
from expo.programme.solver import score_items
from expo.programme.solver.charge import Charge
from expo.programme.solver.instance import Place
from expo.programme.solver.score import Checker, total
from expo.programme.solver.settings import Rule

#: So many of the best other places are named.
MOST_NAMED = 6
#: Sessions that fit a project by theme, city and room, for which its presenters are asked too.
LOOKED_AT = 8


@dataclass(frozen=True)
class Option:
    """A place for a session, or a session for a project: what it would pay there."""

    where: Place | int
    charges: tuple[Charge, ...]
    #: Compared with where it is now (or with being nowhere).
    difference: int
    #: Sessions that stand there already.
    taken_by: tuple[int, ...] = ()

    @property
    def is_blocked(self) -> bool:
        return bool(forbidden(self.charges))


@dataclass(frozen=True)
class Explained:
    """What a session or a project pays, and its options from the cheapest to the dearest."""

    here: Place | int | None
    charges: tuple[Charge, ...]
    cost: int
    options: tuple[Option, ...] = field(default=())

    @property
    def best(self) -> list[Option]:
        """The cheapest other places that are allowed."""
        return [option for option in self.options if not option.is_blocked and option.where != self.here][:MOST_NAMED]

    @property
    def obstacles(self) -> list[tuple[Rule, int]]:
        """Rules that forbid places, with how many each forbids, the greatest first."""
        counted = Counter(rule for option in self.options for rule in {c.rule for c in forbidden(option.charges)})
        return counted.most_common()

    @property
    def smallest_conflict(self) -> tuple[Rule, ...]:
        """The fewest rules that together forbid every place; empty where a place is allowed.

        Without any one of them there would be a place.
        """
        forbidding = [frozenset(c.rule for c in forbidden(option.charges)) for option in self.options]
        if not forbidding or not all(forbidding):
            return ()
        rules = sorted(set().union(*forbidding), key=list(Rule).index)
        for size in range(1, len(rules) + 1):
            for chosen in combinations(rules, size):
                if all(not found.isdisjoint(chosen) for found in forbidding):
                    return chosen
        return ()

    def option(self, where: Place | int) -> Option | None:
        return next((option for option in self.options if option.where == where), None)


def explain_session(draft: Draft, session_id: int) -> Explained:
    """A session's place, and all others."""
    instance, plan = draft.instance, draft.plan
    if session_id not in instance.session:
        raise not_found()
    checker = Checker(instance, plan)
    verdicts = checker.verdicts(session_id)
    here = checker.places.get(session_id)
    charges = tuple(verdicts[here]) if here else tuple(
        c for c in checker.charges() if c.rule is Rule.UNPLACED and c.sessions == (session_id,))
    cost = total(charges)
    options = [Option(place, tuple(found), total(found) - cost, _takers(draft, session_id, found))
               for place, found in verdicts.items()]
    return Explained(here, charges, cost, tuple(sorted(options, key=lambda o: (o.is_blocked, o.difference, o.where))))


def _takers(draft: Draft, session_id: int, charges: Iterable[Charge]) -> tuple[int, ...]:
    return tuple(other for c in charges if c.rule is Rule.HALL_TWICE for other in c.sessions if other != session_id)


def explain_project(draft: Draft, project_id: int, wanted: int | None = None) -> Explained:
    """A project's session, and the most likely others; ``wanted`` is looked at in any case."""
    instance, plan = draft.instance, draft.plan
    if project_id not in instance.project:
        raise not_found()
    checker = Checker(instance, plan)
    shown = score_items.homes_of(instance, plan.items).get(project_id, [])
    here = shown[0] if shown else None
    charges = tuple(checker.project_verdict(project_id, here) if here else
                    (c for c in checker.charges() if c.rule is Rule.UNASSIGNED and c.projects == (project_id,)))
    cost = total(charges)
    others = dict.fromkeys(_likely(draft, project_id))
    if wanted is not None and wanted in instance.session:
        others[wanted] = None
    options = []
    for session in others:
        found = checker.project_verdict(project_id, session)
        options.append(Option(session, tuple(found), total(found) - cost))
    return Explained(here, charges, cost, tuple(sorted(options, key=lambda o: (o.is_blocked, o.difference, str(o.where)))))


def _likely(draft: Draft, project_id: int) -> list[int]:
    """Sessions that fit best by theme, city and the room that is left."""
    instance, plan = draft.instance, draft.plan
    project = instance.project[project_id]
    prices: list[tuple[int, int]] = []
    for session in instance.sessions:
        if session.is_filled:
            items = tuple(i for i in plan.items.get(session.id, ()) if i != project_id)
            fit = score_items.fit(instance, project, session)
            more = total(score_items.of_list(instance, session, (*items, project_id))) - total(
                score_items.of_list(instance, session, items))
            prices.append((total(fit) + more, session.id))
    return [session for _price, session in sorted(prices)[:LOOKED_AT]]
