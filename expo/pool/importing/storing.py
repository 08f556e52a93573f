"""Many new tickets at once, by the quickest way each database has. Runs inside an action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db
from expo.pool.importing.cleaning import Cleaned

_COLUMNS = (
    "number", "side", "kind", "title", "industry", "region_id", "region_path", "owner_name", "contact_name",
    "contact_phone", "contact_email", "stage", "status", "next_step", "source", "import_digest", "synthetic",
    "created_at", "updated_at", "outcome_note", "plan", "fields", "description", "search_text",
)
_PLACES = f"({', '.join('?' * len(_COLUMNS))})"
#: Rows in one statement of SQLite, which keeps a way back out of each: row by row that is half of the time.
_AT_ONCE = 1_000


def insert_tickets(rows: Sequence[Cleaned]) -> None:
    """Store new tickets; they become searchable by :func:`expo.pool.actions_imports.index_batch`."""
    if not rows:
        return
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        copy = f"COPY ticket ({', '.join(_COLUMNS)}) FROM STDIN"
        cursor: Any = connection.connection.cursor()
        with cursor.copy(copy) as target:
            for row in _tuples(rows, now=clock.now(), synthetic=False):
                target.write_row(row)
        return
    now = clock.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    values = list(_tuples(rows, now=now, synthetic=0))
    for start in range(0, len(values), _AT_ONCE):
        some = values[start:start + _AT_ONCE]
        places = ", ".join([_PLACES] * len(some))
        statement = f"INSERT INTO ticket ({', '.join(_COLUMNS)}) VALUES {places}"  # noqa: S608  # Our own column names.
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def _tuples(rows: Sequence[Cleaned], now: Any, synthetic: Any) -> Iterable[tuple[Any, ...]]:
    zone = current_config().timezone
    as_text = isinstance(now, str)
    mornings = {day: _morning(day, zone, as_text) for day in {r.created_on for r in rows} if day}
    for r in rows:
        created = mornings.get(r.created_on, now)
        yield (
            r.number, r.kind.side.value, r.kind.value, r.title, r.industry, r.region_id, r.region_path, r.owner_name,
            r.contact_name, r.contact_phone, r.contact_email, r.stage.value, "open", "", r.source, r.digest, synthetic,
            created, now, "", "", r.fields, r.description, "",
        )


def _morning(day: str, zone: ZoneInfo, as_text: bool) -> Any:
    """The beginning of a day where the expo is."""
    moment = datetime.combine(date.fromisoformat(day), time(), zone).astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if as_text else moment
