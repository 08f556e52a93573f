"""Branch venues with their screens, and how many have checked in there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.checkin.models import Gate, Scan, ScanResult
from expo.kit.db import db, in_regions, not_found
from expo.places.models import Venue, VenueKind
from expo.streaming.models import VenueScreen


def list_branch_venues(paths: Iterable[str]) -> list[Venue]:
    """Branch venues within the reader's regions."""
    return list(db.session.scalars(
        sa.select(Venue).where(Venue.kind == VenueKind.BRANCH, in_regions(Venue.region_path, paths))
        .options(joinedload(Venue.region)).order_by(Venue.region_path, Venue.name, Venue.id)
    ))


def list_screens(edition_id: int, venue_ids: Collection[int]) -> dict[int, VenueScreen]:
    """Venue → its screen; venues without a code are missing."""
    rows = db.session.scalars(
        sa.select(VenueScreen).where(VenueScreen.edition_id == edition_id, VenueScreen.venue_id.in_(venue_ids))
        .options(joinedload(VenueScreen.picture))
    )
    return {row.venue_id: row for row in rows}


def find_screen_of(edition_id: int, venue_id: int) -> VenueScreen | None:
    return db.session.scalar(
        sa.select(VenueScreen).where(VenueScreen.edition_id == edition_id, VenueScreen.venue_id == venue_id)
        .with_for_update().execution_options(populate_existing=True)
    )


def get_screen_of(edition_id: int, venue_id: int) -> VenueScreen:
    screen = find_screen_of(edition_id, venue_id)
    if screen is None:
        raise not_found()
    return screen


def find_by_code(digest: str) -> VenueScreen | None:
    """The screen that a code belongs to, unless it was revoked."""
    return db.session.scalar(sa.select(VenueScreen).where(VenueScreen.digest == digest, VenueScreen.revoked_at.is_(None)))


def find_open_screen(screen_id: int) -> VenueScreen | None:
    return db.session.scalar(
        sa.select(VenueScreen).where(VenueScreen.id == screen_id, VenueScreen.revoked_at.is_(None))
        .options(joinedload(VenueScreen.picture))
    )


def count_checked_in(edition_id: int, venue_ids: Collection[int], day: date) -> dict[int, int]:
    """Venue → how many different people were admitted there on a day, late check-ins included."""
    rows: Any = db.session.execute(
        sa.select(Gate.venue_id, sa.func.count(sa.distinct(Scan.registration_id)))
        .join(Scan, Scan.gate_id == Gate.id)
        .where(Gate.edition_id == edition_id, Gate.venue_id.in_(venue_ids), Scan.day == day,
               Scan.result == ScanResult.ADMITTED)
        .group_by(Gate.venue_id)
    )
    return dict(tuple(row) for row in rows)
