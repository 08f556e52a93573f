"""Keyset paging: a page starts after a row, not after a count, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from expo.kit.db import db
from expo.kit.entries import number, writable
from expo.kit.language import _l
from expo.kit.refusals import Refused

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows and the cursors of its neighbours (``None`` at an end)."""

    rows: Sequence[T]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class Order:
    """One sort column; the last one of a list must be unique (the id)."""

    column: Any
    descending: bool = False


def encode_cursor(values: Sequence[Any], backwards: bool = False) -> str:
    """The position of a row as text for a URL."""
    plain = [v.isoformat() if isinstance(v, (datetime, date)) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps([int(backwards), *plain]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, orders: Sequence[Order]) -> tuple[bool, list[Any]]:
    """(backwards, values) of a cursor; :class:`Refused` when it does not fit the order."""
    try:
        backwards, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(values) != len(orders):
            raise ValueError(cursor)
        return bool(backwards), [_typed(v, o.column) for v, o in zip(values, orders, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Refused(_l("This link to a page of the list is damaged. Open the list from its first page.")) from error


def _typed(value: Any, column: Any) -> Any:
    """A value as its column has it. A cursor comes with the address, so anybody may have written it."""
    python_type = column.type.python_type
    if python_type is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if python_type is date:
        return date.fromisoformat(value)
    if issubclass(python_type, Enum):
        return python_type(value)
    if python_type is int and type(value) is int:
        return value if isinstance(column.type, sa.BigInteger) and abs(value) < 2**63 else number(value)
    if python_type is str and isinstance(value, str):
        return writable(value)
    if (python_type is bool and isinstance(value, (bool, int))) or (
        issubclass(python_type, (float, Decimal)) and isinstance(value, (int, float))
    ):
        return value
    raise ValueError(value)


def keyset_page(
    statement: sa.Select[Any], orders: Sequence[Order], cursor: str | None, size: int, *, scalars: bool = True
) -> Page[Any]:
    """The page of ``statement`` after ``cursor``. Sort columns must not be NULL and must be selected or on the entity."""
    backwards, values = decode_cursor(cursor, orders) if cursor else (False, [])
    ordered = [o if not backwards else Order(o.column, not o.descending) for o in orders]
    statement = statement.add_columns(*[o.column.label(f"_sort{i}") for i, o in enumerate(orders)])
    if values:
        statement = statement.where(_after(ordered, values))
    statement = statement.order_by(None).order_by(*[o.column.desc() if o.descending else o.column for o in ordered])
    found = db.session.execute(statement.limit(size + 1)).all()
    more, found = len(found) > size, found[:size]
    if backwards:
        found = found[::-1]
    width = len(orders)
    keys = [tuple(row)[-width:] for row in found]
    rows = [row[0] if scalars else tuple(row)[:-width] for row in found]
    has_next = more if not backwards else bool(values)
    has_previous = bool(values) if not backwards else more
    return Page(
        rows=rows,
        next_cursor=encode_cursor(keys[-1]) if keys and has_next else None,
        previous_cursor=encode_cursor(keys[0], backwards=True) if keys and has_previous else None,
    )


def _after(orders: Sequence[Order], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    if len(orders) > 1 and len({order.descending for order in orders}) == 1:
        # Compared as one row, the columns of an index lead straight to the place; an OR of cases would not.
        row, place = sa.tuple_(*(o.column for o in orders)), tuple(values)
        return row < place if orders[0].descending else row > place
    clauses = []
    for i, order in enumerate(orders):
        equal = [o.column == v for o, v in zip(orders[:i], values[:i], strict=True)]
        beyond = order.column < values[i] if order.descending else order.column > values[i]
        clauses.append(sa.and_(*equal, beyond))
    return sa.or_(*clauses)
