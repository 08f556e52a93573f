"""The database: base class, column types, naming of constraints, and how SQLite is opened.

SQLite is opened in WAL mode and left in charge of nothing: transactions are begun here by hand,
because the driver's own deferred ones fail with "database is locked" as soon as two writers meet.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, MappedColumn
from sqlalchemy.orm import relationship as _relationship

from expo.kit.language import _l
from expo.kit.refusals import NotFound


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware moment, stored in UTC; naive values are refused."""

    impl = sa.DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        """What a cursor of a list turns its text into again."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


#: Column type of region paths such as ``/510000/510100/``: compared byte by byte on every database.
RegionPath = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
Json = sa.JSON().with_variant(JSONB(), "postgresql")
_TEXT_ENUM = sa.Enum(
    enum.Enum,
    native_enum=False,
    create_constraint=True,
    validate_strings=True,
    length=40,
    values_callable=lambda members: [member.value for member in members],
)


class Model(DeclarativeBase):
    """Base of all tables. Constraints are named by rule, so that migrations and errors can name them."""

    registry = sa.orm.registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            date: sa.Date,
            time: sa.Time,
            enum.Enum: _TEXT_ENUM,
            dict[str, Any]: Json,
            list[Any]: Json,
            list[str]: Json,
            list[int]: Json,
        },
    )
    #: ``False`` keeps technical tables (jobs, outbox, sessions) out of the history.
    __history__: ClassVar[bool] = True

    id: Any


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})

M = TypeVar("M", bound=Model)


def relationship(*arguments: Any, **options: Any) -> Any:
    """A relationship that must be loaded by the query that wants it: nothing is fetched behind one's back."""
    options.setdefault("lazy", "raise")
    return _relationship(*arguments, **options)


def enum_type(labels: type[enum.Enum], name: str) -> sa.Enum:
    """A VARCHAR with CHECK for one enum under a chosen constraint name (two such columns in one table)."""
    return sa.Enum(
        labels,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def get_record(model: type[M], key: Any, *, for_update: bool = False, options: Sequence[Any] = ()) -> M:
    """The record with primary key ``key`` or :class:`NotFound`; ``for_update`` locks its row on PostgreSQL."""
    record = find_record(model, key, for_update=for_update, options=options)
    if record is None:
        raise not_found()
    return record


def find_record(model: type[M], key: Any, *, for_update: bool = False, options: Sequence[Any] = ()) -> M | None:
    """The record with primary key ``key`` or ``None``."""
    if key is None:
        return None
    return db.session.get(
        model, key, with_for_update=for_update or None, populate_existing=for_update, options=list(options)
    )


def not_found() -> NotFound:
    """The exception with its usual sentence: what is hidden from a reader looks the same as what is not there."""
    return NotFound(_l("This does not exist, or it is not for you to see."))


def in_regions(path: InstrumentedAttribute[str] | MappedColumn[str] | Any, paths: Iterable[str]) -> sa.ColumnElement[bool]:
    """SQL for "the region path lies at or below one of ``paths``"; no path matches nothing.

    Paths look like ``/510000/510100/`` so that a range over the index finds a whole subtree.
    """
    clauses = [sa.and_(path >= p, path < p[:-1] + "0") for p in paths]  # "0" is the character after "/"
    return sa.or_(sa.false(), *clauses)


@event.listens_for(Engine, "connect")
def _open(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000",
                       "cache_size=-65536", "temp_store=MEMORY", "mmap_size=268435456"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("expo_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@compiles(sa.BigInteger, "sqlite")
def _big_integer(_type: Any, _compiler: Any, **_options: Any) -> str:
    # SQLite numbers rows by itself only in a column of this very type.
    return "INTEGER"
