"""The same form sent twice is done once: each form carries a token that the action spends in its transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, db


class RequestOnce(Model):
    """A spent token."""

    __tablename__ = "request_once"
    __history__ = False

    token: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


def spend(session: Any, token: str) -> bool:
    """Spend ``token`` inside the running transaction; ``False`` when it was spent before."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # What was stored is asked back: PostgreSQL's driver gives no row count for this statement.
    statement = insert(RequestOnce).values(token=token, at=clock.now()).on_conflict_do_nothing()
    return session.execute(statement.returning(RequestOnce.token)).first() is not None


def forget_old_tokens(older_than: timedelta = timedelta(days=2)) -> None:
    """Tokens of pages that nobody can still have open; called by the daily sweep inside an action."""
    db.session.execute(sa.delete(RequestOnce).where(RequestOnce.at < clock.now() - older_than))
