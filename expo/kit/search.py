"""Search in Chinese without a word segmenter: text is kept as character bigrams and indexed by the database.

A searchable table has a ``search_text`` column (filled by its actions with ``bigrams(...)``) and registers itself
with :func:`searchable`. SQLite gets an FTS5 table kept in step by triggers, PostgreSQL a stored column
of words with a GIN index.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import DDL, event

from expo.kit.db import Model, db
from expo.kit.text import fts5_match, tsquery


def searchable(model: type[Model]) -> None:
    """Give ``model`` (with columns ``id`` and ``search_text``) a full-text index, whenever its table is created."""
    table: Any = model.__table__
    for dialect in ("sqlite", "postgresql"):
        for statement in index_ddl(table.name, dialect):
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # untyped there
            event.listen(table, "after_create", ddl)


def index_ddl(table: str, dialect: str) -> list[str]:
    """The statements that make the index of ``table``; migrations run the same ones.

    An empty text is not indexed: a large import stores its rows first and their words afterwards.
    """
    if dialect == "postgresql":
        # A stored column: without it every row that is looked at would be cut into words again.
        return [
            f"ALTER TABLE {table} ADD COLUMN words_search tsvector "
            f"GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, coalesce(search_text, ''))) STORED",
            f"CREATE INDEX ix_{table}_search ON {table} USING gin (words_search)",
        ]
    return [
        f"CREATE VIRTUAL TABLE {table}_search USING fts5(search_text, content='{table}', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 0', columnsize=0)",
        *_triggers(table),
    ]


def trigger_ddl(table: str, dialect: str) -> list[str]:
    """The statements that put back what SQLite forgets of the index when a migration copies ``table``."""
    if dialect == "postgresql":
        return []
    dropped = [f"DROP TRIGGER IF EXISTS {table}_search_{event}" for event in ("insert", "delete", "update")]
    return [*dropped, *_triggers(table)]


def _triggers(table: str) -> list[str]:
    fts, text = f"{table}_search", "search_text"
    put = f"INSERT INTO {fts}(rowid, {text}) VALUES (new.id, new.{text})"  # noqa: S608  # names of our own tables
    take = f"INSERT INTO {fts}({fts}, rowid, {text}) VALUES ('delete', old.id, old.{text})"  # noqa: S608  # the same
    return [
        f"CREATE TRIGGER {fts}_insert AFTER INSERT ON {table} WHEN new.{text} <> '' BEGIN {put}; END",
        f"CREATE TRIGGER {fts}_delete AFTER DELETE ON {table} WHEN old.{text} <> '' BEGIN {take}; END",
        f"CREATE TRIGGER {fts}_update AFTER UPDATE OF {text} ON {table} WHEN old.{text} IS NOT new.{text} BEGIN "
        f"INSERT INTO {fts}({fts}, rowid, {text}) SELECT 'delete', old.id, old.{text} WHERE old.{text} <> ''; "
        f"INSERT INTO {fts}(rowid, {text}) SELECT new.id, new.{text} WHERE new.{text} <> ''; END",
    ]


def search_clause(model: type[Model], q: str) -> sa.ColumnElement[bool]:
    """SQL for "the record's text contains every word of ``q``"; an empty ``q`` matches everything."""
    table: Any = model.__table__
    if db.engine.dialect.name == "postgresql":
        if not (query := tsquery(q)):
            return sa.true()
        simple: Any = sa.literal_column("'simple'::regconfig")
        words: Any = sa.literal_column(f"{table.name}.words_search")
        holds: sa.ColumnElement[bool] = words.op("@@", is_comparison=True)(sa.func.to_tsquery(simple, query))
        return holds
    if not (query := fts5_match(q)):
        return sa.true()
    name = f"{table.name}_search"
    index = sa.table(name, sa.column("rowid", sa.Integer))
    found = sa.select(index.c.rowid).where(sa.literal_column(name).op("MATCH", is_comparison=True)(query))
    matching: sa.ColumnElement[bool] = table.c.id.in_(found)
    return matching
