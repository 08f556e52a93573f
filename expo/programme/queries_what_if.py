"""Drafts that are kept aside."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from expo.kit.db import db, not_found
from expo.programme.models import ItemPresenter, Session, SessionItem, SessionStatus
from expo.programme.models_planning import WhatIf, WhatIfStatus
from expo.projects.models import Project, ProjectStatus


def list_what_ifs(edition_id: int, limit: int = 60) -> list[WhatIf]:
    """The newest ones that were not thrown away, without their contents."""
    return list(db.session.scalars(
        sa.select(WhatIf).where(WhatIf.edition_id == edition_id, WhatIf.status != WhatIfStatus.DISCARDED)
        .order_by(WhatIf.made_at.desc(), WhatIf.id.desc()).limit(limit)
        .options(defer(WhatIf.content, raiseload=True), joinedload(WhatIf.made_by))
    ))


def get_what_if(edition_id: int, what_if_id: int, *, for_update: bool = False) -> WhatIf:
    """One of this edition, with its content."""
    statement = sa.select(WhatIf).where(WhatIf.id == what_if_id, WhatIf.edition_id == edition_id)
    if for_update:
        statement = statement.with_for_update(of=WhatIf).execution_options(populate_existing=True)
    else:
        statement = statement.options(joinedload(WhatIf.made_by))
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def is_stop_asked(what_if_id: int) -> bool:
    """Whether somebody wants the best so far; read anew each time."""
    stop = db.session.scalar(sa.select(WhatIf.stop_asked).where(WhatIf.id == what_if_id))
    # The answer must not come from the snapshot of an hour ago.
    db.session.rollback()
    return bool(stop)


def count_computing(edition_id: int) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(WhatIf).where(
        WhatIf.edition_id == edition_id, WhatIf.status == WhatIfStatus.COMPUTING)) or 0


def list_items_for_update(edition_id: int) -> list[SessionItem]:
    """All items of the edition's sessions that are held, in their order."""
    return list(db.session.scalars(
        sa.select(SessionItem).join(Session, Session.id == SessionItem.session_id)
        .where(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED)
        .order_by(SessionItem.session_id, SessionItem.position, SessionItem.id)
        .execution_options(populate_existing=True)
    ))


def list_presenters_of(item_ids: Collection[int]) -> list[ItemPresenter]:
    return list(db.session.scalars(sa.select(ItemPresenter).where(ItemPresenter.item_id.in_(item_ids))))


def find_exhibitors(edition_id: int) -> dict[int, int | None]:
    """Published project → its exhibitor, who presents it unless somebody else is named."""
    rows = db.session.execute(sa.select(Project.id, Project.exhibitor_id).where(
        Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED))
    return {row.id: row.exhibitor_id for row in rows}
