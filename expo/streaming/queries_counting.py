"""What the counter of viewers writes: thin, because thousands are written at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from expo.kit.db import db
from expo.streaming.models import Viewing

#: So many rows of five values each fit into one statement on both databases.
_PIECE = 2000


def add_viewings(broadcast_id: int, seconds: Mapping[str, int], now: datetime) -> None:
    """Inside an action: each viewer has watched so many seconds more."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    table: Any = Viewing.__table__
    for piece in _pieces(sorted(seconds.items())):
        statement = insert(table).values([
            {"broadcast_id": broadcast_id, "viewer": viewer, "seconds": more, "first_at": now, "last_at": now} for viewer, more in piece])
        db.session.execute(statement.on_conflict_do_update(
            index_elements=[table.c.broadcast_id, table.c.viewer],
            set_={"seconds": table.c.seconds + statement.excluded.seconds, "last_at": statement.excluded.last_at}))


def _pieces(rows: list[tuple[str, int]]) -> Iterable[list[tuple[str, int]]]:
    return (rows[start:start + _PIECE] for start in range(0, len(rows), _PIECE))
