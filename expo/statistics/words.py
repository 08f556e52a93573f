"""The steps of the funnel, in order."""

from __future__ import annotations

from expo.kit.language import _l
from expo.kit.words import Labelled


class Step(Labelled):
    """How far tickets and projects have come. Each step counts stored rows; none is typed in."""

    COLLECTED = "collected", _l("Collected")
    NOMINATED = "nominated", _l("Nominated")
    SELECTED = "selected", _l("Selected")
    SHOWN = "shown", _l("Shown")
    MET = "met", _l("Met")
    SIGNED = "signed", _l("Signed")
    RESPONDED = "responded", _l("Responded")
    SETTLED = "settled", _l("Settled")

    @property
    def of_projects(self) -> bool:
        """Whether its rows are projects; the steps before are tickets and candidates."""
        return self not in {Step.COLLECTED, Step.NOMINATED, Step.SELECTED}
