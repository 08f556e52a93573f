"""Editions and their frame, as read by every room above."""

from __future__ import annotations

import sqlalchemy as sa

from expo.editions.models import Edition, EditionStatus, Industry, Stage, StageKind
from expo.kit.db import db, not_found


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
