"""Words that every room of an edition uses: kinds and sides of projects."""

from __future__ import annotations

from expo.kit.language import _l
from expo.kit.words import Labelled


class Side(Labelled):
    SUPPLY = "supply", _l("Supply side")
    DEMAND = "demand", _l("Demand side")


class ProjectKind(Labelled):
    ACHIEVEMENT = "achievement", _l("Achievement")
    TECHNOLOGY = "technology", _l("High technology")
    RESEARCH_PROJECT = "research_project", _l("Research project")
    FINANCE_PRODUCT = "finance_product", _l("Finance product")
    CHALLENGE = "challenge", _l("Challenge")

    @property
    def side(self) -> Side:
        """Challenges ask, everything else offers."""
        return Side.DEMAND if self is ProjectKind.CHALLENGE else Side.SUPPLY
