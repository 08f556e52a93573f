"""Fixtures: the app on a fresh database per test, a signed-in client, and counting queries.

``EXPO_TEST_DATABASE=postgresql`` runs the same tests on PostgreSQL (see ``tests/postgres.py``); SQLite otherwise.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import expect

from expo import create_app
from expo.checkin.queries_doors import forget_doors
from expo.kit import jobs, memo, outbox
from expo.kit.access import Actor
from expo.kit.config import load_config
from expo.kit.db import db
from expo.people.actions_sessions import start_session
from tests import postgres
from tests.browsing import chromium, opened, site
from tests.postgres import pytest_collection_modifyitems, pytest_configure, pytest_unconfigure

# pytest finds its hooks and fixtures here.
__all__ = ["chromium", "opened", "pytest_collection_modifyitems", "pytest_configure", "pytest_unconfigure", "site"]

# However busy the machine is: a page is waited for, and an example may take its time. Examples are the same in each run.
expect.set_options(timeout=30_000)
settings.register_profile("patient", settings.default, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def _database_url(_home: Path) -> str:
    if postgres.wanted():
        return postgres.new_database("expo")
    return f"sqlite:///{_home / 'test.db'}"


@pytest.fixture(scope="session")
def _app(_home: Path, _database_url: str) -> Iterator[Flask]:
    config = load_config({
        "EXPO_HOME": str(_home), "EXPO_DATABASE_URL": _database_url, "EXPO_SECRET_KEY": "t" * 40,
        "EXPO_PUBLIC_URL": "http://localhost",
    })
    app = create_app(config, {"TESTING": True, "WTF_CSRF_ENABLED": False})
    with app.app_context():
        db.create_all()
        if config.is_sqlite:
            raw = db.engine.raw_connection()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
            db.engine.dispose()
            shutil.copy(_home / "test.db", _home / "empty.db")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(_app: Flask, _home: Path) -> Iterator[Flask]:
    """The app, its database and its folders empty, inside an application context."""
    with _app.app_context():
        for folder in ("files", "mail", "media"):
            shutil.rmtree(_home / folder, ignore_errors=True)
        _empty_database(_home)
        memo.forget_pages()
        forget_doors()
        yield _app
        db.session.remove()


def _empty_database(home: Path) -> None:
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        for path in home.glob("test.db*"):
            path.unlink()
        shutil.copy(home / "empty.db", home / "test.db")
        return
    postgres.empty(db.engine, db.metadata)


class Browser(FlaskClient):
    """A test client that can sign in without typing a password."""

    def sign_in(self, person: Actor | int) -> Browser:
        """Become ``person`` (an actor or a person's id)."""
        person_id = person.person_id if isinstance(person, Actor) else person
        assert person_id is not None
        token = start_session(person_id, second_factor=True)
        with self.session_transaction() as cookie:
            cookie["sign_in"] = token
        return self


@pytest.fixture
def client(app: Flask) -> Browser:
    """A visitor's browser; ``client.sign_in(actor)`` makes it somebody's."""
    app.test_client_class = Browser
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


@pytest.fixture
def work_off(app: Flask) -> Callable[[], None]:
    """Carry out everything that waits: jobs, then messages."""

    def run() -> None:
        for _round in range(5):
            for number in jobs.list_waiting():
                jobs.run_job(number)
        for number in outbox.list_due():
            outbox.deliver(number)
        db.session.remove()

    return run


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], object]:
    """``with count_queries() as count: …; count()`` is the number of statements sent."""

    @contextmanager
    def counting() -> Iterator[Callable[[], int]]:
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            # What kept pages are good for is looked up once a second (kit.memo), whichever request that falls into.
            if not statement.startswith(("BEGIN", "PRAGMA")) and "FROM page_version" not in statement:
                sent.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield lambda: len(sent)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)

    return counting
