"""When the store fails: nothing that was answered is lost, nothing counts twice, and devices are told to go offline."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from expo.checkin import actions
from expo.checkin.models import Scan
from expo.kit import unit
from expo.kit.db import db
from scripts.bench_jobs.checkin import fill
from scripts.stack import PYTHON, ROOT, free_port
from tests import postgres
from tests.checkin.conftest import attendee, code_of, new_id

BADGES, CLIENTS = 400, 8
only_sqlite = pytest.mark.skipif(postgres.wanted(), reason="this is about SQLite's file")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions._gathered, "_patience_s", 0.3)
    monkeypatch.setattr("expo.kit.gathering._LOCKED_MS", 100)


def sent(scanner: Any, code: str) -> dict[str, Any]:
    return {"client_id": new_id(), "list": scanner.gate_id, "code": code}


@only_sqlite
def test_a_database_locked_by_another_program_is_answered_503_and_the_repeat_counts_once(edition, scanner, impatient):
    body = sent(scanner, code_of(attendee(edition)))
    other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = scanner.post("scan", **body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    other.execute("ROLLBACK")
    other.close()
    assert scanner.post("scan", **body).get_json()["result"] == "admitted"
    assert scanner.post("scan", **body).get_json()["result"] == "admitted"
    assert db.session.query(Scan).count() == 1


@only_sqlite
def test_while_somebody_holds_the_lock_devices_are_not_kept_waiting(app, edition, scanner, impatient):
    texts = [code_of(attendee(edition, f"来宾{n}")) for n in range(3)]
    path = unit._lock_path()
    assert path is not None
    answers: list[int] = []

    def ask(text: str) -> None:
        answer = app.test_client().post("/api/checkin/scan", json=sent(scanner, text), headers=scanner.headers)
        answers.append(answer.status_code)

    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 120
        while len(answers) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert answers == [503, 503]  # While the lock is held.
        fcntl.flock(held, fcntl.LOCK_UN)
    for thread in threads:
        thread.join()
    assert answers[2:] == [200]  # Who was first in line is served as soon as the lock is free.


@only_sqlite
def test_a_full_disk_is_answered_503_and_what_was_there_stays(edition, scanner, impatient):
    first = scanner.scan(code_of(attendee(edition)))
    person = code_of(attendee(edition, "李四"))

    def full(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")  # SQLite keeps the pages that there are and takes no more.

    filler = "x" * 200
    sa.event.listen(db.engine, "checkout", full)
    try:
        codes = set()
        for _ in range(400):
            answer = scanner.post("scan", client_id=new_id(), list=scanner.gate_id, code=filler)
            codes.add(answer.status_code)
            if answer.status_code == 503:
                break
        assert codes <= {200, 503}
        assert 503 in codes
    finally:
        sa.event.remove(db.engine, "checkout", full)
        db.engine.dispose()
    assert first["result"] == "admitted"
    assert scanner.scan(person)["result"] == "admitted"
    assert db.session.query(Scan).filter_by(result="admitted").count() == 2


class Server:
    """gunicorn with two workers, in a process group that is killed as a power cut would."""

    def __init__(self, home: Path, port: int, **settings: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")}
        self.port = port
        self.process = subprocess.Popen(
            [PYTHON, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread",
             "--threads", "8", "--keep-alive", "60", "--log-level", "error", "--no-control-socket", "--preload"],
            cwd=ROOT, env=clean | {"EXPO_HOME": str(home)} | settings, stdin=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + 120
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError("The server did not start.")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/api/checkin/openapi.json")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        if server.process.poll() is None:
            server.kill()


@only_sqlite
@pytest.mark.journey
def test_whoever_was_answered_admitted_is_there_after_a_kill_in_the_middle_of_a_burst(tmp_path, servers):
    site = fill({"EXPO_HOME": str(tmp_path)}, BADGES)
    bodies = [{"client_id": uuid4().hex, "list": site.gate, "code": code} for code in site.codes]
    answered: dict[str, dict[str, Any]] = {}
    statuses: set[int] = set()

    def burst(port: int, waiting: list[dict[str, Any]], stop_after: int | None, server: Server) -> None:
        work, guard = iter(waiting), threading.Lock()

        def device() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            body = None
            while True:
                with guard:
                    body = body or next(work, None)
                if body is None:
                    return
                try:
                    connection.request("POST", "/api/checkin/scan", json.dumps(body), site.headers)
                    reply = connection.getresponse()
                    told = json.loads(reply.read())
                except (OSError, http.client.HTTPException, ValueError):
                    return  # The server is gone.
                statuses.add(reply.status)
                if reply.status == 503:  # A busy machine's disk: the same again, as a device does.
                    time.sleep(0.1)
                    continue
                with guard:
                    answered[body["client_id"]] = told
                    body = None
                    if stop_after is not None and len(answered) == stop_after:
                        server.kill()

        threads = [threading.Thread(target=device) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    port = free_port()
    servers.append(Server(tmp_path, port))
    burst(port, bodies, BADGES // 2, servers[-1])
    before = dict(answered)
    assert BADGES // 2 <= len(before) < BADGES
    rows = sqlite3.connect(tmp_path / "expo.db").execute("SELECT client_id FROM scan WHERE result = 'admitted'").fetchall()
    assert {one for one, told in before.items() if told["result"] == "admitted"} <= {row[0] for row in rows}

    servers.append(Server(tmp_path, port))
    # Everything is sent again, what was answered, too: a device cannot know what has arrived.
    burst(port, bodies, None, servers[-1])
    assert statuses <= {200, 503}
    assert len(answered) == BADGES
    assert {told["result"] for told in answered.values()} == {"admitted"}
    assert {one: answered[one]["at"] for one in before} == {one: told["at"] for one, told in before.items()}
    stored = sqlite3.connect(tmp_path / "expo.db").execute(
        "SELECT count(*), count(DISTINCT registration_id), count(DISTINCT client_id) FROM scan").fetchone()
    assert stored == (BADGES, BADGES, BADGES)
