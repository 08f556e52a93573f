"""How Alembic meets the database: the app's own connection, one transaction, the same on SQLite and PostgreSQL.

A new migration after a change of models:  flask db migrate -m "What it does" --rev-id 0002  (then read it).
tests/kit/test_migrations.py tells when models and migrations disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from sqlalchemy.engine import Connection

from expo.kit.db import UtcDateTime, db


class SearchIndex(ops.MigrateOperation):
    """The full-text index of a table: unknown to Alembic, so it is written into the migration by hand."""

    def __init__(self, table: str) -> None:
        self.table = table


@renderers.dispatch_for(SearchIndex)
def _render_search_index(_context: AutogenContext, operation: SearchIndex) -> str:
    return f"list(map(op.execute, index_ddl({operation.table!r}, op.get_bind().dialect.name)))"


def _render_type(kind: str, thing: Any, _context: AutogenContext) -> str | bool:
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(thing, sa.JSON):
        return "Json"
    return False


def _add_search_indexes(_context: Any, _revision: Any, directives: list[ops.MigrationScript]) -> None:
    for script in directives:
        operations = script.upgrade_ops
        if operations is None:
            continue
        for operation in list(operations.ops):
            if isinstance(operation, ops.CreateTableOp) and any(
                isinstance(column, sa.Column) and column.name == "search_text" for column in operation.columns
            ):
                operations.ops.append(SearchIndex(operation.table_name))


def _is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """Leaves out what the search index keeps for itself."""
    owner = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return not ("_search" in (name or "") or "_search" in (owner or ""))


def _tell(step: Any, **_: Any) -> None:
    print(f"The database is brought to version {step.up_revision_id}.", flush=True)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        transactional_ddl=True,  # On SQLite too: a migration that fails leaves the database as it was.
        render_as_batch=True,
        compare_type=True,
        include_object=_is_ours,
        render_item=_render_type,
        process_revision_directives=_add_search_indexes,
        on_version_apply=_tell,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            _check_foreign_keys(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def _check_foreign_keys(broken: Iterable[Any]) -> None:
    if rows := list(broken):
        raise RuntimeError(f"The migration would leave {len(rows)} rows that name missing ones, first {rows[0]}.")


def run() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            _migrate(connection)
            return
        # A table is changed by copying it and dropping the old one, which must not reach the rows that name it.
        # Outside of a transaction, or SQLite does not hear it.
        raw = connection.connection.dbapi_connection
        assert raw
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            _migrate(connection)
        finally:
            connection.rollback()
            raw.execute("PRAGMA foreign_keys = ON")


run()
