"""The suite on PostgreSQL: EXPO_TEST_DATABASE=postgresql starts a cluster and gives each worker a database.

A pytest plugin (named in tests/conftest.py) for the cluster, and two functions for the fixtures there.
EXPO_TEST_POSTGRES may name a server that runs already; it must be one where databases may be made and dropped.
"""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from scripts.cluster import Cluster

_cluster: Cluster | None = None


def wanted() -> bool:
    """Whether this run of the suite is the one on PostgreSQL."""
    return os.environ.get("EXPO_TEST_DATABASE", "sqlite") == "postgresql"


def pytest_configure(config: pytest.Config) -> None:
    """Before xdist starts its workers, which find the cluster in their environment."""
    global _cluster
    chosen = os.environ.get("EXPO_TEST_DATABASE", "sqlite")
    if chosen not in {"sqlite", "postgresql"}:
        raise pytest.UsageError(f"EXPO_TEST_DATABASE is {chosen!r}, but it must be sqlite or postgresql.")
    if wanted() and not os.environ.get("EXPO_TEST_POSTGRES"):
        _cluster = Cluster().start()
        os.environ["EXPO_TEST_POSTGRES"] = _cluster.url()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches the database runs: the rest has run on SQLite already."""
    if wanted():
        touching = [
            item for item in items
            if "app" in getattr(item, "fixturenames", ()) or item.get_closest_marker("database")
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in touching])
        items[:] = touching


def pytest_unconfigure() -> None:
    global _cluster
    if _cluster is not None:
        os.environ.pop("EXPO_TEST_POSTGRES", None)
        _cluster.stop()
        _cluster = None


def new_database(name: str) -> str:
    """Makes an empty database for this worker, in place of one of that name, and returns its address."""
    server = sa.make_url(os.environ["EXPO_TEST_POSTGRES"])
    name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def empty(engine: sa.Engine, metadata: sa.MetaData) -> None:
    """Takes every row out and starts the numbering anew: a few milliseconds, where TRUNCATE takes hundreds."""
    tables = metadata.sorted_tables
    filled = sa.union_all(
        *[sa.select(sa.literal(number), sa.exists(sa.select(1).select_from(t))) for number, t in enumerate(tables)]
    )
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # Order and triggers do not matter.
        for number, has_rows in connection.execute(filled).all():
            if has_rows:
                connection.execute(tables[number].delete())
        connection.execute(
            sa.text("SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
                    " WHERE last_value IS NOT NULL")
        )
