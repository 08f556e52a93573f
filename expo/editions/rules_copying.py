"""What is taken over from last year's edition, and to which days it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from expo.editions.models import Edition, Industry, Quota, Stage, StageKind, Target, TargetFigure
from expo.editions.words import ProjectKind


@dataclass(frozen=True)
class StageDates:
    kind: StageKind
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class IndustryEntry:
    code: str
    name: str
    name_en: str
    gbt_codes: tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """Everything of an edition's frame that the next one starts from."""

    starts_on: date
    ends_on: date
    venue_id: int | None
    theme: str
    theme_en: str
    response_days: int
    stages: tuple[StageDates, ...]
    industries: tuple[IndustryEntry, ...]
    quotas: tuple[tuple[int | None, ProjectKind | None, int], ...]
    targets: tuple[tuple[TargetFigure, int | None, int], ...]


def setup_of(edition: Edition, stages: list[Stage], industries: list[Industry], quotas: list[Quota],
             targets: list[Target]) -> Setup:
    """The frame of an edition as plain values."""
    return Setup(
        starts_on=edition.starts_on, ends_on=edition.ends_on, venue_id=edition.venue_id, theme=edition.theme,
        theme_en=edition.theme_en, response_days=edition.response_days,
        stages=tuple(StageDates(s.kind, s.opens_at, s.closes_at) for s in stages),
        industries=tuple(IndustryEntry(i.code, i.name, i.name_en, tuple(i.gbt_codes)) for i in industries),
        quotas=tuple((q.region_id, q.kind, q.places) for q in quotas),
        targets=tuple((t.figure, t.region_id, t.value) for t in targets),
    )


def shifted(setup: Setup, starts_on: date) -> Setup:
    """The same frame with every date moved by the difference of the first days; all else stays."""
    by: timedelta = starts_on - setup.starts_on
    return replace(
        setup, starts_on=starts_on, ends_on=setup.ends_on + by,
        stages=tuple(replace(s, opens_at=s.opens_at + by, closes_at=s.closes_at + by) for s in setup.stages),
    )
