"""Adding up counted rows: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from expo.editions.words import ProjectKind
from expo.statistics.words import Step

#: City and kind → number of rows.
Cells = Counter[tuple[int, ProjectKind]]


@dataclass(frozen=True)
class Funnel:
    """The counted rows of one edition, by step, city and kind."""

    cells: Mapping[Step, Cells]
    signed_fen: Mapping[int, int] = field(default_factory=dict)

    def total(self, step: Step) -> int:
        """All rows of a step."""
        return self.cells[step].total()

    def of_city(self, step: Step, city_id: int) -> int:
        """Rows of one city."""
        return sum(n for (city, _kind), n in self.cells[step].items() if city == city_id)

    def of_kind(self, step: Step, kind: ProjectKind) -> int:
        """Rows of one kind."""
        return sum(n for (_city, each), n in self.cells[step].items() if each is kind)

    @property
    def money_fen(self) -> int:
        """The amount of all signed agreements."""
        return sum(self.signed_fen.values())


def share(part: int, whole: int) -> float:
    """Percent with one decimal; 0 of nothing is 0."""
    return round(part * 100 / whole, 1) if whole else 0.0
