"""Everything that points at a person, found from the tables themselves: a new room need not be remembered here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from expo.kit.db import Model, db
from expo.people.models import Person


def person_columns() -> list[sa.Column[Any]]:
    """All columns that hold a person's number, but those of persons themselves."""
    return [
        column for table in Model.metadata.sorted_tables if table.name != Person.__tablename__
        for column in table.columns if any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys)
    ]


def count_references(person_id: int) -> dict[str, int]:
    """How many rows of each table point at a person."""
    found: dict[str, int] = {}
    for column in person_columns():
        number = db.session.scalar(sa.select(sa.func.count()).select_from(column.table).where(column == person_id)) or 0
        if number:
            found[column.table.name] = found.get(column.table.name, 0) + number
    return found


def list_keys(column: sa.Column[Any], person_id: int) -> list[tuple[Any, ...]]:
    """The primary keys of the rows in which a column holds this person."""
    keys = list(column.table.primary_key.columns)
    return [tuple(row) for row in db.session.execute(sa.select(*keys).where(column == person_id))]
