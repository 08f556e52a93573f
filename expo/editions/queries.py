"""Editions and their frame, as read by every room above."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from expo.editions.models import Edition, EditionStatus, Industry, Quota, Stage, StageKind, Target
from expo.editions.rules_copying import Setup, setup_of
from expo.kit.db import db, get_record, not_found
from expo.places.models import Region, RegionKind, Venue, VenueKind


def get_edition(slug: str) -> Edition:
    """The edition at this part of an address, with its stages."""
    edition = find_edition(slug)
    if edition is None:
        raise not_found()
    return edition


def find_edition(slug: str) -> Edition | None:
    """The edition with this slug, with its stages and venue."""
    return db.session.scalar(
        sa.select(Edition)
        .where(Edition.slug == slug)
        .options(sa.orm.selectinload(Edition.stages), sa.orm.joinedload(Edition.venue))
    )


def find_edition_by_number(number: int) -> Edition | None:
    """The edition that is counted as this one."""
    return db.session.scalar(sa.select(Edition).where(Edition.number == number))


def load_setup(edition: Edition) -> Setup:
    """An edition's whole frame as plain values."""
    return setup_of(edition, list_stages(edition.id), list_industries(edition.id), list_quotas(edition.id),
                    list_targets(edition.id))


def list_editions() -> list[Edition]:
    """All editions, newest first."""
    return list(db.session.scalars(sa.select(Edition).order_by(Edition.starts_on.desc())))


def find_present_edition() -> Edition | None:
    """The edition that the public site is about: the running one, else the latest that is not in preparation."""
    rank = sa.case(
        (Edition.status == EditionStatus.RUNNING, 0),
        (Edition.status == EditionStatus.CLOSED, 1),
        (Edition.status == EditionStatus.ARCHIVED, 2),
        else_=3,
    )
    return db.session.scalar(
        sa.select(Edition)
        .order_by(rank, Edition.starts_on.desc())
        .limit(1)
        .options(sa.orm.selectinload(Edition.stages), sa.orm.joinedload(Edition.venue))
    )


def find_stage(edition_id: int, kind: StageKind) -> Stage | None:
    """When something is open in an edition."""
    return db.session.scalar(sa.select(Stage).where(Stage.edition_id == edition_id, Stage.kind == kind))


def list_industries(edition_id: int) -> list[Industry]:
    """The edition's industry list in its order."""
    return list(
        db.session.scalars(
            sa.select(Industry).where(Industry.edition_id == edition_id).order_by(Industry.position, Industry.id)
        )
    )


def get_edition_by_id(edition_id: int, *, for_update: bool = False) -> Edition:
    """The edition with this number; locked where a decision about it follows."""
    return get_record(Edition, edition_id, for_update=for_update)


def list_stages(edition_id: int) -> list[Stage]:
    """The edition's stages that have dates, in the order in which they open."""
    return list(db.session.scalars(
        sa.select(Stage).where(Stage.edition_id == edition_id).order_by(Stage.opens_at, Stage.id)
    ))


def list_quotas(edition_id: int) -> list[Quota]:
    """How many projects the edition takes, by city and kind; no city or no kind means "all of them"."""
    return list(db.session.scalars(
        sa.select(Quota).where(Quota.edition_id == edition_id).order_by(Quota.region_id, Quota.kind)
    ))


def list_targets(edition_id: int) -> list[Target]:
    """What the edition wants to reach, with regions, the whole first."""
    return list(db.session.scalars(
        sa.select(Target).where(Target.edition_id == edition_id)
        .order_by(Target.figure, Target.region_id).options(sa.orm.joinedload(Target.region))
    ))


def list_cities() -> list[Region]:
    """The regions that quotas and targets are given to: all cities, in the order of their codes."""
    return list(db.session.scalars(sa.select(Region).where(Region.kind == RegionKind.CITY).order_by(Region.key)))


def list_venues() -> list[Venue]:
    """Places where an edition may be held."""
    return list(db.session.scalars(
        sa.select(Venue).where(Venue.kind == VenueKind.MAIN).order_by(Venue.region_path, Venue.name)
    ))


def list_quota_sums(edition_ids: list[int]) -> dict[int, int]:
    """The sum of the quotas by city and kind, for each edition that has any."""
    rows = db.session.execute(
        sa.select(Quota.edition_id, sa.func.sum(Quota.places))
        .where(Quota.edition_id.in_(edition_ids), Quota.region_id.is_not(None), Quota.kind.is_not(None))
        .group_by(Quota.edition_id)
    )
    return {edition_id: int(places) for edition_id, places in rows}


def list_open_stages(at: datetime) -> dict[int, list[Stage]]:
    """Everything that is open at a moment, by edition."""
    found: dict[int, list[Stage]] = {}
    for stage in db.session.scalars(
        sa.select(Stage).where(Stage.opens_at <= at, Stage.closes_at > at).order_by(Stage.closes_at)
    ):
        found.setdefault(stage.edition_id, []).append(stage)
    return found


def list_open_editions(kind: StageKind, at: datetime) -> list[Edition]:
    """The editions in which a stage is open at a moment, the next one first."""
    return list(
        db.session.scalars(
            sa.select(Edition).join(Stage, Stage.edition_id == Edition.id)
            .where(Stage.kind == kind, Stage.opens_at <= at, Stage.closes_at > at).order_by(Edition.starts_on)
        )
    )
