"""How Alembic meets the database: the app's own connection, one transaction, the same on SQLite and PostgreSQL.

A new migration after a change of models:  flask db migrate -m "What it does" --rev-id 0002  (then read it).
tests/kit/test_migrations.py tells when models and migrations disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate import comparators, renderers
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


class RestoreSearchTriggers(ops.MigrateOperation):
    """After a searchable table was copied: SQLite dropped its triggers with the old one."""

    def __init__(self, table: str) -> None:
        self.table = table


@renderers.dispatch_for(RestoreSearchTriggers)
def _render_triggers(_context: AutogenContext, operation: RestoreSearchTriggers) -> str:
    return f"list(map(op.execute, trigger_ddl({operation.table!r}, op.get_bind().dialect.name)))"


class ReplaceChecks(ops.MigrateOperation):
    """CHECK constraints of a table that were added, changed or dropped (text ``None``); Alembic compares none of them."""

    def __init__(self, table: str, checks: dict[str, str | None], stored: list[str]) -> None:
        self.table, self.checks, self.stored = table, checks, stored


@renderers.dispatch_for(ReplaceChecks)
def _render_checks(_context: AutogenContext, operation: ReplaceChecks) -> list[str]:
    lines = [f"with op.batch_alter_table({operation.table!r}) as batch_op:"]
    for name, text in operation.checks.items():
        if name in operation.stored:
            lines.append(f"    batch_op.drop_constraint(batch_op.f({name!r}), type_='check')")
        if text is not None:
            lines.append(f"    batch_op.create_check_constraint(batch_op.f({name!r}), {text!r})")
    return ["\n".join(lines)]


@comparators.dispatch_for("table")
def _compare_checks(context: AutogenContext, found: ops.ModifyTableOps, _schema: str | None, name: str | None, stored: Any,
                    wanted: Any) -> None:
    if stored is None or wanted is None or context.dialect is None or context.dialect.name != "sqlite":
        return  # PostgreSQL tells a CHECK in words of its own: generate migrations on SQLite.
    preparer = context.dialect.identifier_preparer
    said = context.dialect.statement_compiler(context.dialect, None)
    with_column = {preparer.format_constraint(check) for check in wanted.constraints
                   if isinstance(check, sa.CheckConstraint) and check._type_bound}
    have = {check["name"]: _plain(check["sqltext"]) for check in context.inspector.get_check_constraints(name)}
    want = {
        preparer.format_constraint(check): said.process(check.sqltext, include_table=False, literal_binds=True)
        for check in wanted.constraints if isinstance(check, sa.CheckConstraint)
    }
    changed: dict[str, str | None] = {key: None for key in have if key not in want}
    # The CHECK of a new column's choices comes with the column.
    changed |= {key: text for key, text in want.items() if have.get(key) != _plain(text) and (key in have or key not in with_column)}
    if changed:
        _changed_checks.append(ReplaceChecks(str(name), changed, list(have)))


_changed_checks: list[ReplaceChecks] = []


def _plain(text: str) -> str:
    return re.sub(r"[\s\"]+", "", text)


def _render_type(kind: str, thing: Any, _context: AutogenContext) -> str | bool:
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(thing, sa.JSON):
        return "Json"
    if kind == "server_default" and isinstance(argument := getattr(thing, "arg", thing), (sa.True_, sa.False_)):
        return f"sa.{argument}()"  # Each database has words of its own for it.
    return False


def _add_search_indexes(_context: Any, _revision: Any, directives: list[ops.MigrationScript]) -> None:
    for script in directives:
        operations = script.upgrade_ops
        if operations is None:
            continue
        operations.ops += _changed_checks
        touched = {getattr(operation, "table_name", None) for operation in operations.ops
                   if isinstance(operation, ops.ModifyTableOps)} | {one.table for one in _changed_checks}
        operations.ops += [RestoreSearchTriggers(name) for name, table in sorted(db.metadata.tables.items())
                           if name in touched and "search_text" in table.columns]
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
