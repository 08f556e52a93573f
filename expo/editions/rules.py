"""What an edition's clock allows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from expo.editions.gbt4754 import unknown_codes
from expo.editions.models import Edition, EditionStatus, Stage, StageKind
from expo.kit.access import Actor
from expo.kit.language import _, _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import P

LIFECYCLE = Lifecycle(
    {
        EditionStatus.PREPARING: {EditionStatus.RUNNING},
        EditionStatus.RUNNING: {EditionStatus.CLOSED},
        EditionStatus.CLOSED: {EditionStatus.ARCHIVED},
        EditionStatus.ARCHIVED: set(),
    }
)


def is_open(stage: Stage | None, at: datetime) -> bool:
    """Whether a stage is open at a moment; one without dates is closed."""
    return stage is not None and stage.opens_at <= at < stage.closes_at


def require_open(stage: Stage | None, kind: StageKind, at: datetime) -> None:
    """Raise :class:`Refused`, naming the dates, unless the stage is open."""
    if stage is None:
        raise Refused(_l("“%(stage)s” has no dates in this edition yet, so it is closed.", stage=kind.label))
    if at < stage.opens_at:
        raise Refused(_l("“%(stage)s” opens on %(date)s.", stage=kind.label, date=f"{stage.opens_at:%Y-%m-%d}"))
    if at >= stage.closes_at:
        raise Refused(_l("“%(stage)s” closed on %(date)s.", stage=kind.label, date=f"{stage.closes_at:%Y-%m-%d}"))


def require_not_archived(edition: Edition) -> None:
    """An archived edition is only read."""
    if edition.status is EditionStatus.ARCHIVED:
        raise Refused(_l("This edition is archived; nothing in it can be changed."))


SLUG = re.compile(r"[0-9]{4}[a-z0-9-]{0,16}")


def require_manager(by: Actor, edition_id: int | None) -> None:
    """Editions belong to the whole province: rights on a part of it, or on another edition, do not do.

    Without an edition (a new one is made) the right must hold for all of them.
    """
    paths = by.region_paths(P.EDITIONS_MANAGE, edition_id if edition_id is not None else 0)
    if not any(path.count("/") <= 2 for path in paths):
        raise Forbidden(_l("Only the province's organisers and administrators set up editions."))


def require_slug(slug: str) -> None:
    """A slug stands in addresses: the year, then small letters, digits and hyphens."""
    if not SLUG.fullmatch(slug):
        raise Refused(
            _l("The address part starts with the year, such as 2026; small letters, digits and hyphens may follow."),
            field="slug",
        )


def require_dates(starts_on: date, ends_on: date) -> None:
    """The last day is not before the first, and an expo does not take more than a month."""
    if ends_on < starts_on:
        raise Refused(_l("The last day lies before the first one."), field="ends_on")
    if ends_on - starts_on > timedelta(days=31):
        raise Refused(_l("An edition takes at most 31 days. Check both dates."), field="ends_on")


def require_stage_order(opens_at: datetime | None, closes_at: datetime | None, kind: StageKind) -> None:
    """A stage has both dates or none, and closes after it opens."""
    if (opens_at is None) != (closes_at is None):
        missing = "opens" if opens_at is None else "closes"
        raise Refused(_l("“%(stage)s” needs both its opening and its closing, or neither.", stage=kind.label),
                      field=f"{missing}_{kind.value}")
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise Refused(_l("“%(stage)s” must close after it opens.", stage=kind.label), field=f"closes_{kind.value}")


def require_startable(stages: Iterable[Stage], industries: int) -> None:
    """Before an edition runs, its call has dates and its industry list is written."""
    if not any(stage.kind is StageKind.NOMINATION for stage in stages):
        raise Refused(_l("Give the nomination stage its dates first."))
    if not industries:
        raise Refused(_l("Write the industry list first: projects are sorted by it."))


def require_known_codes(codes: list[str]) -> None:
    """Industries are mapped to sections and divisions that the standard has."""
    unknown = unknown_codes(codes)
    if unknown:
        raise Refused(
            _l("GB/T 4754-2017 has no section or division %(codes)s. Write letters (A to T) or two digits.",
               codes=_(", ").join(unknown)),
            field="gbt_codes",
        )
