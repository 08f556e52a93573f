"""What forgetting looks for."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit.db import db, find_record
from expo.kit.files import StoredFile
from expo.registration.models import Badge, Registration


def list_badges(registration_id: int) -> list[Badge]:
    """All badges that were issued for a registration."""
    return list(db.session.scalars(sa.select(Badge).where(Badge.registration_id == registration_id)))


def has_named_registration(person_id: int) -> bool:
    """Whether a person has a registration, of any edition, that still says who they are."""
    return db.session.scalar(
        sa.select(Registration.id)
        .where(Registration.person_id == person_id, Registration.anonymised_at.is_(None)).limit(1)
    ) is not None


def find_file(file_id: int) -> StoredFile | None:
    return find_record(StoredFile, file_id)


def count_files(key: str) -> int:
    """How many rows share the same bytes."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile).where(StoredFile.key == key)) or 0


def list_past_editions(today: date) -> list[Edition]:
    """Editions that are over."""
    return list(db.session.scalars(sa.select(Edition).where(Edition.ends_on < today).order_by(Edition.id)))


def list_after(edition_id: int, after: int, most: int) -> list[Registration]:
    """The next registrations that still say who they are, by number."""
    return list(db.session.scalars(
        sa.select(Registration)
        .where(Registration.edition_id == edition_id, Registration.id > after, Registration.anonymised_at.is_(None))
        .order_by(Registration.id).limit(most).with_for_update()
    ))
