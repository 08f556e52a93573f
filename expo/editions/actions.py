"""Setting up editions and moving them through their life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from expo.editions import queries
from expo.editions.models import (
    Edition,
    EditionStatus,
    Industry,
    Quota,
    Stage,
    StageKind,
    Target,
    TargetFigure,
)
from expo.editions.rules import (
    LIFECYCLE,
    require_dates,
    require_manager,
    require_not_archived,
    require_slug,
    require_stage_order,
    require_startable,
)
from expo.editions.rules_copying import Setup, shifted
from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record

GridKey = tuple[int | None, str | None]


@action
def open_edition(*, slug: str, number: int, name: str, starts_on: date, ends_on: date, by: Actor,
                 **details: Any) -> Edition:
    """Make a new edition in preparation. ``details``: name_en, theme, theme_en, venue_id, response_days."""
    require_manager(by, None)
    return _add(slug=slug, number=number, name=name, starts_on=starts_on, ends_on=ends_on, **details)


@action
def copy_edition(source_id: int, *, slug: str, number: int, name: str, name_en: str, starts_on: date,
                 by: Actor) -> Edition:
    """Make a new edition from the set-up of an earlier one: dates shifted, everything else as it was."""
    require_manager(by, None)
    setup = shifted(queries.load_setup(queries.get_edition_by_id(source_id)), starts_on)
    edition = _add(
        slug=slug, number=number, name=name, name_en=name_en, starts_on=starts_on, ends_on=setup.ends_on,
        theme=setup.theme, theme_en=setup.theme_en, venue_id=setup.venue_id, response_days=setup.response_days,
        copied_from_id=source_id,
    )
    _add_setup(edition.id, setup)
    return edition


def _add(*, slug: str, number: int, starts_on: date, ends_on: date, **details: Any) -> Edition:
    require_slug(slug)
    require_dates(starts_on, ends_on)
    if queries.find_edition(slug) is not None:
        raise Refused(_l("Another edition has this address part already."), field="slug")
    if queries.find_edition_by_number(number) is not None:
        raise Refused(_l("Another edition has this number already."), field="number")
    edition = Edition(slug=slug, number=number, starts_on=starts_on, ends_on=ends_on, **details)
    db.session.add(edition)
    db.session.flush()
    return edition


def _add_setup(edition_id: int, setup: Setup) -> None:
    db.session.add_all([
        *(Stage(edition_id=edition_id, kind=s.kind, opens_at=s.opens_at, closes_at=s.closes_at)
          for s in setup.stages),
        *(Industry(edition_id=edition_id, code=i.code, name=i.name, name_en=i.name_en,
                   gbt_codes=list(i.gbt_codes), position=place) for place, i in enumerate(setup.industries)),
        *(Quota(edition_id=edition_id, region_id=region, kind=kind, places=n) for region, kind, n in setup.quotas),
        *(Target(edition_id=edition_id, figure=figure, region_id=region, value=n)
          for figure, region, n in setup.targets),
    ])


@action
def change_edition(edition_id: int, *, by: Actor, **values: Any) -> None:
    """Change names, theme, dates, venue or the days within which owners are told."""
    edition = _get_changeable(edition_id, by)
    require_dates(values.get("starts_on", edition.starts_on), values.get("ends_on", edition.ends_on))
    for name, value in values.items():
        setattr(edition, name, value)


@action
def set_stages(edition_id: int, dates: Mapping[StageKind, tuple[datetime | None, datetime | None]], *,
               by: Actor) -> None:
    """Give stages their dates; a stage without both dates is closed for good."""
    edition = _get_changeable(edition_id, by)
    known = {stage.kind: stage for stage in queries.list_stages(edition_id)}
    for kind, (opens_at, closes_at) in dates.items():
        require_stage_order(opens_at, closes_at, kind)
        stage = known.get(kind)
        if opens_at is None or closes_at is None:
            if stage is not None:
                db.session.delete(stage)
        elif stage is None:
            db.session.add(Stage(edition_id=edition.id, kind=kind, opens_at=opens_at, closes_at=closes_at))
        else:
            stage.opens_at, stage.closes_at = opens_at, closes_at
    _note(edition_id, "stages", len(known), sum(a is not None for a, _b in dates.values()))


@action
def set_quotas(edition_id: int, grid: Mapping[GridKey, int | None], *, by: Actor) -> None:
    """Write the grid of (city or all) × (kind or all): an empty field limits nothing, 0 takes nobody."""
    _get_changeable(edition_id, by)
    known: dict[GridKey, Quota] = {(q.region_id, q.kind): q for q in queries.list_quotas(edition_id)}
    before = _cells_sum({key: quota.places for key, quota in known.items()})
    for key, places in grid.items():
        quota = known.get(key)
        if places is None:
            if quota is not None:
                db.session.delete(quota)
        elif quota is None:
            region_id, kind = key
            db.session.add(Quota(edition_id=edition_id, region_id=region_id,
                                 kind=ProjectKind(kind) if kind else None, places=places))
        else:
            quota.places = places
    _note(edition_id, "quotas", before, _cells_sum(grid))


def _cells_sum(grid: Mapping[GridKey, int | None]) -> int:
    return sum(places or 0 for (region, kind), places in grid.items() if region is not None and kind is not None)


@action
def set_targets(edition_id: int, grid: Mapping[GridKey, int | None], *, by: Actor) -> None:
    """Write the grid of (city or the whole) × figure; an empty field sets no target."""
    _get_changeable(edition_id, by)
    known: dict[GridKey, Target] = {(t.region_id, t.figure): t for t in queries.list_targets(edition_id)}
    for key, value in grid.items():
        target = known.get(key)
        if value is None:
            if target is not None:
                db.session.delete(target)
        elif target is None:
            region_id, figure = key
            db.session.add(Target(edition_id=edition_id, region_id=region_id,
                                  figure=TargetFigure(str(figure)), value=value))
        else:
            target.value = value
    _note(edition_id, "targets", len(known), sum(value is not None for value in grid.values()))


@action
def start_edition(edition_id: int, *, by: Actor) -> None:
    """From preparation to running: from now on the public site is about this edition."""
    edition = _get_changeable(edition_id, by)
    require_startable(queries.list_stages(edition_id), len(queries.list_industries(edition_id)))
    LIFECYCLE.move(edition, EditionStatus.RUNNING)


@action
def mark_closed(edition_id: int, *, by: Actor) -> None:
    """Move to closed; called by follow-up once every project has its case (it also answers for the right)."""
    edition = queries.get_edition_by_id(edition_id, for_update=True)
    LIFECYCLE.move(edition, EditionStatus.CLOSED)
    edition.closed_at = clock.now()


@action
def mark_archived(edition_id: int, *, by: Actor) -> None:
    """Move to archived; called by follow-up once no project lacks an owner."""
    LIFECYCLE.move(queries.get_edition_by_id(edition_id, for_update=True), EditionStatus.ARCHIVED)


def _get_changeable(edition_id: int, by: Actor) -> Edition:
    require_manager(by, edition_id)
    edition = queries.get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    return edition


def _note(edition_id: int, what: str, before: int, after: int) -> None:
    # The rows log themselves; the edition's own timeline says in one line that its frame was changed.
    record("noted", "edition", edition_id, {what: [before, after]})
