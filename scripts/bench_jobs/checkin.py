"""Check-ins through the real HTTP address, with all rules and the stored log, beside a handler that only inserts.

Both run under the same gunicorn with the same durability and are asked by the same 16 clients; a twentieth of the
scans are repeats. Afterwards the table is counted: nobody may have been admitted twice.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from scripts.measuring import Context, Result, memory_mb, percentile
from scripts.stack import PYTHON, ROOT, free_port

BADGES, CLIENTS, WORKERS, THREADS = 20_000, 16, 2, 8

FLOOR = """
import fcntl, os, threading
import sqlalchemy as sa
from flask import Flask, request

app = Flask(__name__)
url = sa.make_url(os.environ["FLOOR_DATABASE"])
engine = sa.create_engine(url, pool_size=8)
is_sqlite = url.get_backend_name() == "sqlite"
lock = threading.Lock()
insert = sa.text("INSERT INTO scan (client_id, gate_id, badge, day) VALUES (:client_id, :list, :code, '2026-11-21') "
                 "ON CONFLICT DO NOTHING RETURNING id")

if is_sqlite:
    @sa.event.listens_for(engine, "connect")
    def opened(connection, _record):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

@app.post("/api/checkin/scan")
def scan():
    sent = request.get_json()
    if not is_sqlite:
        with engine.begin() as connection:
            first = connection.execute(insert, sent).first()
    else:
        with lock, open(url.database + ".lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with engine.begin() as connection:
                first = connection.execute(insert, sent).first()
    return {"result": "admitted" if first else "repeated"}
"""


@dataclass(frozen=True)
class Site:
    """What the clients need."""

    gate: int
    codes: list[str]
    headers: dict[str, str]
    edition: int = 0
    # The one-time code of a second device.
    spare: str = ""


def run(context: Context) -> list[Result]:
    count = context.scaled(BADGES)
    home = context.folder / "checkin-home"
    url = context.database_url("checkin")
    environment = {"EXPO_HOME": str(home)} | ({"EXPO_DATABASE_URL": url} if context.database == "postgresql" else {})
    if context.database == "sqlite":
        url = f"sqlite:///{home / 'expo.db'}"
    site = fill(environment, count)
    with served("wsgi:app", environment, str(ROOT)) as (port, process_id):
        seconds, times, results = _burst(port, site)
        memory = memory_mb(process_id)
    _prove(url, results, len(set(site.codes)))
    floor_url = context.database_url("floor")
    make_floor(context, floor_url)
    with served("floor:app", {"FLOOR_DATABASE": floor_url}, str(context.folder)) as (port, _process_id):
        floor_seconds, floor_times, _results = _burst(port, site)
    return [Result(
        "checkin", f"{CLIENTS} clients, {count:,} badges", context.size, context.database, len(times) / seconds,
        len(floor_times) / floor_seconds, "scans/s", p50_ms=percentile(times, 50) * 1000, p99_ms=percentile(times, 99) * 1000,
        rss_mb=memory, note=f"no badge admitted twice; floor p99 {percentile(floor_times, 99) * 1000:.0f} ms",
    )]


def fill(environment: dict[str, str], count: int) -> Site:
    """A database with an edition, a check-in point, an enrolled device and badges, made by the app's own models."""
    from expo import create_app
    from expo.checkin.actions_devices import DeviceEntry, enrol, make_device
    from expo.checkin.models import Gate
    from expo.kit.config import load_config
    from expo.kit.db import db
    from expo.people.models import Person
    from expo.people.permissions import Role
    from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
    from expo.registration.queries_keys import badge_address
    from tests.makers import make_actor, make_edition, make_region, make_venue, stored

    app = create_app(load_config(environment))
    with app.app_context():
        db.create_all()
        province = make_region(name="四川省")
        city = make_region(parent=province, name="成都市")
        edition = make_edition("2026")
        gate = stored(Gate(edition_id=edition.id, name="A", venue_id=make_venue(city).id, region_path=city.path))
        numbers = range(1000, 1000 + count)
        with db.engine.connect().execution_options(expo_write=True) as connection, connection.begin():
            connection.execute(sa.insert(Person), [
                {"id": n, "name": f"来宾{n}", "phone": f"+86139{n:08d}", "language": "zh_Hans"} for n in numbers])
            connection.execute(sa.insert(Registration), [
                {"id": n, "edition_id": edition.id, "person_id": n, "token": f"t{n}", "badge_kind": BadgeKind.VISITOR,
                 "status": RegistrationStatus.APPROVED, "name": f"来宾{n}", "organisation_name": "演示科技有限公司",
                 "region_path": city.path} for n in numbers])
            connection.execute(sa.insert(Badge), [
                {"id": n, "registration_id": n, "edition_id": edition.id, "kind": BadgeKind.VISITOR,
                 "code": f"{n:012x}", "status": BadgeStatus.VALID} for n in numbers])
        codes = [badge_address(Badge(kind=BadgeKind.VISITOR, code=f"{n:012x}", signed=""), edition) for n in numbers]
        _device, secret = make_device(edition.id, DeviceEntry("A1", gate.id), by=make_actor(Role.ORGANISER, city))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {enrol(secret, 'zh_Hans').token}"}
        _device, spare = make_device(edition.id, DeviceEntry("A2", gate.id), by=make_actor(Role.ORGANISER, city, name="另一位"))
        found = Site(gate.id, codes, headers, edition.id, spare)
        db.session.remove()
        db.engine.dispose()
    return found


@contextmanager
def served(application: str, environment: dict[str, str], folder: str) -> Iterator[tuple[int, int]]:
    """The application under gunicorn as scripts/web.py has it: loaded once, so that all workers are there at once."""
    port = free_port()
    command = [PYTHON, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
               "--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "60", "--log-level", "error",
               "--no-control-socket", "--preload"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")}
    with subprocess.Popen([*map(str, command)], cwd=folder, env=clean | environment, stdin=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            yield port, process.pid
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/nothing-here")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start; its words stand above.")


def _burst(port: int, site: Site) -> tuple[float, list[float], list[dict[str, Any]]]:
    """All badges once and every twentieth a second time, by clients that ask again as soon as they are answered."""
    work = iter([*site.codes, *site.codes[::20]])
    guard = threading.Lock()
    started: list[float] = []
    all_connected = threading.Barrier(CLIENTS, action=lambda: started.append(time.perf_counter()))

    def client(_number: int) -> list[tuple[float, dict[str, Any]]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/nothing-here")
        connection.getresponse().read()
        all_connected.wait(60)
        answered: list[tuple[float, dict[str, Any]]] = []
        while True:
            with guard:
                code = next(work, None)
            if code is None:
                return answered
            body = json.dumps({"client_id": uuid4().hex, "list": site.gate, "code": code})
            sent = time.perf_counter()
            connection.request("POST", "/api/checkin/scan", body, site.headers)
            reply = connection.getresponse()
            told = reply.read()
            if reply.status != 200:
                raise RuntimeError(f"A scan was answered {reply.status}: {told[:300]!r}")
            answered.append((time.perf_counter() - sent, json.loads(told)))

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for part in pool.map(client, range(CLIENTS)) for answer in part]
    return time.perf_counter() - started[0], [taken for taken, _told in answers], [told for _taken, told in answers]


def _prove(url: str, results: list[dict[str, Any]], badges: int) -> None:
    """Each badge was admitted once, in the answers and in the table; every other answer says that it was repeated."""
    admitted = sum(told["result"] == "admitted" for told in results)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT count(*), count(DISTINCT registration_id) FROM scan "
                                            "WHERE result = 'admitted'")).one()
    if (admitted, stored[0], stored[1]) != (badges, badges, badges):
        raise RuntimeError(f"{badges} badges, but {admitted} admitted in the answers and {stored} in the table.")
    if any(told["result"] != "repeated" for told in results if told["result"] != "admitted"):
        raise RuntimeError("Some scans were refused.")


def make_floor(context: Context, url: str) -> None:
    """The bare handler and its table."""
    (context.folder / "floor.py").write_text(FLOOR)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    number = "INTEGER PRIMARY KEY" if context.database == "sqlite" else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE scan (id {number}, client_id VARCHAR(40) UNIQUE, gate_id INTEGER, "
                                   "badge VARCHAR(200), day DATE, UNIQUE (gate_id, badge, day))"))
    engine.dispose()
