"""What all parts of the demonstration share: its chance, its clock, and quick ways to store many rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from expo.desk.demo.words import GIVEN, SURNAMES
from expo.kit.db import Model, db

#: The moment the demonstration shows: the second day of the expo, half past ten.
SHOWN_AT = time(10, 30)
DAY = timedelta(days=1)


@dataclass
class Demo:
    """The demonstration while it is being made. ``ids`` keeps what later parts need from earlier ones."""

    now: datetime
    zone: ZoneInfo
    rng: Random = field(default_factory=lambda: Random(20261121))
    kept: dict[str, Any] = field(default_factory=dict)
    numbers: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of the event's zone."""
        return datetime.combine(day, time(hour, minute), self.zone)

    def ago(self, days: float) -> datetime:
        """A moment some days before the one that is shown."""
        return self.now - timedelta(days=days)

    def put(self, model: type[Model], rows: Sequence[dict[str, Any]]) -> list[int]:
        """Store many rows under numbers of our own choosing; returns the numbers."""
        if not rows:
            return []
        table: Any = model.__table__
        first = self.numbers[table.name] + 1
        self.numbers[table.name] += len(rows)
        self.rows[table.name] += len(rows)
        names = set().union(*(row.keys() for row in rows)) & set(table.c.keys())
        full = [{"id": first + i} | {name: row.get(name, _default(table.c[name])) for name in names}
                for i, row in enumerate(rows)]
        for start in range(0, len(full), 5000):
            db.session.execute(sa.insert(table), full[start:start + 5000])
        return list(range(first, first + len(rows)))

    def put_plain(self, model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
        """Store many rows of a table that has no numbers of its own."""
        table: Any = model.__table__
        self.rows[table.name] += len(rows)
        names = {column.name for column in table.c if column.default is not None}.union(*rows)
        full = [{name: row.get(name, _default(table.c[name])) for name in names} for row in rows]
        db.session.execute(sa.insert(table), full)

    def name(self) -> str:
        """A made-up name of a person."""
        return self.rng.choice(SURNAMES) + self.rng.choice(GIVEN)

    def phone(self) -> str:
        """The next number of the range that is given to nobody."""
        self.numbers["phone"] += 1
        return f"+861990000{self.numbers['phone']:04d}" if self.numbers["phone"] < 10000 else (
            f"+86199{self.numbers['phone']:08d}"
        )

    def shares(self, weights: dict[Any, float], total: int) -> dict[Any, int]:
        """``total`` things in proportion to ``weights``, by largest remainder."""
        whole = sum(weights.values())
        exact = {key: total * weight / whole for key, weight in weights.items()}
        given = {key: int(value) for key, value in exact.items()}
        for key in sorted(exact, key=lambda k: exact[k] - given[k], reverse=True)[: total - sum(given.values())]:
            given[key] += 1
        return given


def _default(column: sa.Column[Any]) -> Any:
    default = column.default
    if default is None:
        return None
    if default.is_callable:
        return default.arg(None)  # type: ignore[attr-defined]  # a callable default has its function there
    return default.arg  # type: ignore[attr-defined]  # a scalar default has its value there


def set_sequences(_demo: Demo) -> None:
    """On PostgreSQL let the numbering go on after the rows that were stored with numbers."""
    if db.engine.dialect.name != "postgresql":
        return
    for table in db.metadata.sorted_tables:
        if "id" in table.c and isinstance(table.c.id.type, sa.Integer):
            db.session.execute(
                sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608  # our own names
                        f"(SELECT coalesce(max(id), 1) FROM \"{table.name}\"))")
            )
