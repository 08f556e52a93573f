"""An edition to plan, for the benchmark's jobs about the programme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from expo.kit.config import load_config
from expo.kit.db import db
from scripts.bench_jobs.pages import PROJECTS, _insert, _insert_programme
from scripts.measuring import Context


@contextmanager
def planned_edition(context: Context, name: str) -> Iterator[Flask]:
    """The app with the demonstration's edition 2026 in a database of this name; the quick size takes the bare one of the job "pages"."""
    from expo import create_app
    from expo.desk.preparing import load_demonstration

    environment = {"EXPO_HOME": str(context.folder / "home"), "EXPO_DATABASE_URL": context.database_url(name),
                   "EXPO_SECRET_KEY": "b" * 40}
    app = create_app(load_config(environment), {"WTF_CSRF_ENABLED": False})
    with app.app_context():
        db.create_all()
        if context.is_quick:
            with db.engine.begin() as connection:
                _insert(connection, context.scaled(PROJECTS))
                _insert_programme(connection, context.scaled(PROJECTS))
        else:
            load_demonstration()
        yield app
        db.session.remove()
        db.engine.dispose()
