"""A worker that is really killed (SIGKILL) in the middle of its work: the next one finishes it, nothing lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.editions.models import EditionStatus
from expo.followup import actions_closing
from expo.followup import queries as followup_queries
from expo.followup.models import Case
from expo.kit import clock, history
from expo.kit.db import db
from expo.kit.jobs import STALE, Job, JobStatus
from expo.people.permissions import Role
from expo.pool import actions_imports, queries_imports
from expo.pool.models import Ticket
from expo.pool.models_imports import ImportStatus
from tests.makers import Places, make_actor, make_edition, make_project
from tests.pool.importing import checked, sheet

PATIENCE_S = 180


@contextmanager
def worker(app: Flask) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process on the test's own database."""
    config = app.extensions["expo_config"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")} | {
        "EXPO_HOME": str(config.home), "EXPO_DATABASE_URL": config.database_url, "EXPO_SECRET_KEY": config.secret_key,
    }
    # Behind the test in the queue for the processor: else a busy machine lets it finish before it is killed.
    process = subprocess.Popen(["nice", "-n", "5", sys.executable, "-m", "scripts.worker"], env=environment, start_new_session=True,
                               cwd=Path(__file__).parent.parent)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(what: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        db.session.rollback()
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.005)


def count(model: type[Ticket | Case]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def let_the_lease_run_out() -> None:
    """What two minutes do: nobody has heard of the killed worker's jobs, new and old."""
    with db.engine.begin() as connection:
        long_ago = clock.now() - STALE - timedelta(seconds=1)
        connection.execute(sa.update(Job).where(Job.status == JobStatus.RUNNING).values(beat_at=long_ago))
        connection.execute(sa.update(Job).values(created_at=long_ago))
    db.session.rollback()


def job_is_done() -> bool:
    db.session.rollback()
    return db.session.scalar(sa.select(Job.status).order_by(Job.id.desc()).limit(1)) is JobStatus.DONE


def kill_in_the_middle(app: Flask, has_begun: Callable[[], object]) -> None:
    let_the_lease_run_out()
    with worker(app) as process:
        wait_until(has_begun, process)
        os.killpg(process.pid, signal.SIGKILL)
    assert not job_is_done(), "It was killed too late for this test to say anything."


def finish(app: Flask) -> None:
    let_the_lease_run_out()
    with worker(app) as process:
        wait_until(job_is_done, process)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_an_import_killed_twice_has_every_row_once(app: Flask, places: Places) -> None:
    by = make_actor(Role.ORGANISER, places.province)
    rows = [[f"K-{n}", f"第{n}个题目", "说明" * 200, "甲公司", "成都市", "成果"] for n in range(12_000)]
    found = checked(sheet(rows), by)
    actions_imports.confirm_import(found.id, by=by)
    kill_in_the_middle(app, lambda: count(Ticket) > 0)
    before = count(Ticket)
    kill_in_the_middle(app, lambda: count(Ticket) in range(before + 1, len(rows) + 1))
    finish(app)
    done = queries_imports.get_import(found.id)
    assert (done.status, done.stored["new"], count(Ticket)) == (ImportStatus.DONE, len(rows), len(rows))
    assert history.verify() == []


def test_a_closing_that_is_killed_gives_every_project_one_case(app: Flask, places: Places) -> None:
    edition = make_edition("2025", EditionStatus.RUNNING, starts_on=clock.now().date() - timedelta(days=5))
    make_actor(Role.CARETAKER, places.qingyang)
    for _ in range(200):
        make_project(edition, places.qingyang, places.chengdu)
    actions_closing.start_closing(edition.id, by=make_actor(Role.ORGANISER, places.province))
    kill_in_the_middle(app, lambda: count(Case) > 0)
    assert count(Case) < 200
    finish(app)
    assert followup_queries.count_ledger(edition.id) == (200, 0, 0)
    assert count(Case) == 200
    assert history.verify() == []
