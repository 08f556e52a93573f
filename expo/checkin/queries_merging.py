"""What hangs on a registration at the gates."""

from __future__ import annotations

import sqlalchemy as sa

from expo.checkin.models import Presence, Scan, ScanKind, ScanResult, SignUp
from expo.kit.db import db


def list_scans(registration_id: int) -> list[Scan]:
    """All scans of one registration that were not taken back, oldest first."""
    return list(db.session.scalars(
        sa.select(Scan).where(Scan.registration_id == registration_id, Scan.result != ScanResult.UNDONE)
        .order_by(Scan.at, Scan.id)
    ))


def list_first_entries(registration_id: int) -> list[Scan]:
    """The entries by which somebody is counted."""
    return list(db.session.scalars(sa.select(Scan).where(
        Scan.registration_id == registration_id, Scan.result == ScanResult.ADMITTED, Scan.kind == ScanKind.ENTRY)))


def list_presence(registration_id: int) -> list[Presence]:
    return list(db.session.scalars(sa.select(Presence).where(Presence.registration_id == registration_id)))


def find_presence(registration_id: int, gate_id: int) -> Presence | None:
    return db.session.scalar(
        sa.select(Presence).where(Presence.registration_id == registration_id, Presence.gate_id == gate_id))


def list_sign_ups(registration_id: int) -> list[SignUp]:
    return list(db.session.scalars(sa.select(SignUp).where(SignUp.registration_id == registration_id)))
