"""The working draft's version: one number per edition that every change raises."""

from __future__ import annotations

import sqlalchemy as sa

from expo.kit.db import db
from expo.programme.models_planning import WorkingDraft


def draft_version(edition_id: int) -> int:
    """The version of the draft now; 0 before its first change."""
    return db.session.scalar(sa.select(WorkingDraft.version).where(WorkingDraft.edition_id == edition_id)) or 0


def find_draft_for_update(edition_id: int) -> WorkingDraft | None:
    """The draft's row, locked."""
    return db.session.scalar(
        sa.select(WorkingDraft).where(WorkingDraft.edition_id == edition_id)
        .with_for_update().execution_options(populate_existing=True)
    )
