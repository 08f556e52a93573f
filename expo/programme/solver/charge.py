"""One thing that a plan pays for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from expo.programme.solver.instance import Instance
from expo.programme.solver.settings import Rule, Severity


@dataclass(frozen=True, slots=True, order=True)
class Charge:
    """``units`` times the rule's price is ``cost``. What it is about are ids; ``numbers`` are for its sentence."""

    rule: Rule
    sessions: tuple[int, ...]
    projects: tuple[int, ...]
    people: tuple[int, ...]
    hall: int
    slot: int
    units: int
    cost: int
    severity: Severity
    numbers: tuple[tuple[str, int | str], ...] = ()

    @property
    def facts(self) -> dict[str, int | str]:
        return dict(self.numbers)


def charge(instance: Instance, rule: Rule, units: int, *, sessions: Iterable[int] = (), projects: Iterable[int] = (),
           people: Iterable[int] = (), hall: int = 0, slot: int = 0, price: int | None = None, **numbers: int | str
           ) -> list[Charge]:
    """A list with one charge, or with none if there is nothing to pay or the rule is ignored."""
    severity = instance.severities[rule]
    if units <= 0 or severity is Severity.IGNORE:
        return []
    cost = units * instance.prices[rule] if price is None else price
    return [Charge(rule, tuple(sessions), tuple(projects), tuple(people), hall, slot, units, cost, severity,
                   tuple(numbers.items()))]


def up(number: int, step: int) -> int:
    """How many steps it takes to reach a number; none for what is not above zero."""
    return max(0, -(-number // step))
