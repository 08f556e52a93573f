"""An empty database that was migrated is the one that the models describe: constraints, indexes and all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from expo.kit.config import load_config
from expo.kit.db import db
from tests import postgres

HOW_TO_MEND = 'Models and migrations disagree. Make one: flask db migrate -m "What it does" --rev-id 000N'


def database(tmp_path: Path, name: str) -> str:
    return postgres.new_database(name) if postgres.wanted() else f"sqlite:///{tmp_path / name}.db"


def described(engine: sa.Engine) -> set[str]:
    """Every table, column, constraint, index and trigger as the database itself tells it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
            return {f"{name}: {part}" for name, sql in rows for part in _parts(sql) if "alembic" not in name}
        found = set()
        for statement in (
            "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default,"
            " character_maximum_length FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace",
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        ):
            found |= {" ".join(map(str, row)) for row in connection.exec_driver_sql(statement)}
        return {line for line in found if "alembic" not in line}


def _parts(sql: str) -> list[str]:
    """The definitions of a table one by one: their order in it is of no account."""
    # A column that was added says DEFAULT ('') where one that was made with its table says DEFAULT ''.
    text = re.sub(r"DEFAULT \(('[^']*'|\w+)\)", r"DEFAULT \1", re.sub(r"\s+", " ", sql.replace('"', "")).strip())
    return [part.strip(" ,()") for part in re.split(r"(?:, |\( ?)(?=[a-z_]+ [A-Z]|CONSTRAINT)", text)]


@pytest.fixture
def bare_app(_app: Flask, tmp_path: Path) -> Flask:
    """The site on an empty database of its own, without any table."""
    from expo import create_app

    config = load_config({
        "EXPO_HOME": str(tmp_path), "EXPO_DATABASE_URL": database(tmp_path, "migrated"), "EXPO_SECRET_KEY": "m" * 40,
    })
    return create_app(config, {"TESTING": True})


@pytest.mark.database
def test_a_migrated_database_equals_one_made_from_the_models(bare_app: Flask, tmp_path: Path) -> None:
    with bare_app.app_context():
        upgrade()
        migrated = described(db.engine)
        db.engine.dispose()
        engine = sa.create_engine(database(tmp_path, "described"))
        db.metadata.create_all(engine)
        wanted = described(engine)
        engine.dispose()
    assert sorted(migrated - wanted) == sorted(wanted - migrated) == [], HOW_TO_MEND


@pytest.mark.database
def test_migrating_again_changes_nothing(bare_app: Flask) -> None:
    with bare_app.app_context():
        upgrade()
        before = described(db.engine)
        upgrade()
        assert described(db.engine) == before
        db.engine.dispose()
