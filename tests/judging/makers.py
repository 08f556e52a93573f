"""Panels for tests."""

from __future__ import annotations

from datetime import timedelta

from expo.editions.models import Edition
from expo.judging import actions
from expo.judging.models import Panel
from expo.judging.rules import SubmissionDraft
from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.places.models import Region

CRITERIA = [("新颖性", "Novelty", 60, 10), ("成熟度", "Maturity", 40, 10)]


def make_panel(edition: Edition, *members: Actor, regions: tuple[Region, ...] = (), each: int = 1,
               opened: bool = True) -> Panel:
    """A panel with one submission for each region, open for a day."""
    now = clock.now()
    panel = actions.open_panel_setup(
        edition.id, name="材料组", name_en="Materials", opens_at=now, closes_at=now + timedelta(days=1),
        scores_each=each, criteria=CRITERIA, by=SYSTEM,
    )
    actions.submit(panel.id, [
        SubmissionDraft("thing", n, f"项目{n}", region.path, None, (("简介", "很好"),)) for n, region in enumerate(regions, 1)
    ], by=SYSTEM)
    if members:
        actions.add_members(panel.id, [m.person_id for m in members if m.person_id], by=SYSTEM)
    if opened:
        actions.open_panel(panel.id, by=SYSTEM)
    return panel
