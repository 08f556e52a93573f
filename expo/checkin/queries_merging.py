"""What hangs on a registration at the gates."""

from __future__ import annotations

import sqlalchemy as sa

from expo.checkin.models import Scan, ScanKind, ScanResult, SignUp
from expo.kit.db import db

MOVED = (ScanResult.ADMITTED, ScanResult.READMITTED, ScanResult.DOUBLE)


def list_scans(registration_id: int) -> list[Scan]:
    """Comings and goings of one registration that were not taken back, oldest first; refusals stay where they are."""
    return list(db.session.scalars(
        sa.select(Scan).where(Scan.registration_id == registration_id, Scan.result.in_(MOVED))
        .order_by(Scan.at, Scan.id)
    ))


def list_first_entries(registration_id: int) -> list[Scan]:
    """The entries by which somebody is counted."""
    return list(db.session.scalars(sa.select(Scan).where(
        Scan.registration_id == registration_id, Scan.result == ScanResult.ADMITTED, Scan.kind == ScanKind.ENTRY)))


def list_sign_ups(registration_id: int) -> list[SignUp]:
    return list(db.session.scalars(sa.select(SignUp).where(SignUp.registration_id == registration_id)))
