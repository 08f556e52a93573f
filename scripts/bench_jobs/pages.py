"""The online hall and the programme under gunicorn, as visitors ask for it: kept pages and 304, beside a bare Flask that returns the bytes.

The requests come from ``wrk``, which takes little of the processors that the site needs (apt-get install wrk).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient

from expo.kit.config import load_config
from expo.kit.db import db
from expo.kit.text import bigrams
from scripts.measuring import Context, Result, median, memory_mb
from scripts.stack import PYTHON, ROOT, free_port

PROJECTS = 2350
SECONDS, CONNECTIONS = 5, 32
HALL, PROGRAMME = "/expo/2026/hall", "/expo/2026/programme"
SESSIONS, HALLS, SLOTS = 101, 12, 9
FLOOR = """
from pathlib import Path
from flask import Flask, Response
app = Flask(__name__)
PAGES = {name: Path(name + ".gz").read_bytes() for name in ("hall", "programme")}
@app.get("/expo/2026/<name>")
def page(name): return Response(PAGES[name], mimetype="text/html", headers={"Content-Encoding": "gzip"})
"""


def run(context: Context) -> list[Result]:
    if shutil.which("wrk") is None:
        raise RuntimeError("The requests come from wrk, which is not installed: apt-get install wrk.")
    home = context.folder / "home"
    environment = {"EXPO_HOME": str(home), "EXPO_DATABASE_URL": context.database_url("pages"), "EXPO_SECRET_KEY": "b" * 40}
    count = context.scaled(PROJECTS)
    first = _lay_in(environment, count)
    seconds = 1 if context.is_quick else SECONDS
    loads: dict[str, list[tuple[float, float, float]]] = {}
    with _Gunicorn("wsgi:app", ROOT, environment) as site:
        for path in (HALL, PROGRAMME):
            page, etag = site.fetch(path)
            (context.folder / f"{path.rpartition('/')[2]}.gz").write_bytes(page)
            loads[path] = [site.load(path, seconds, "Accept-Encoding: gzip"),
                           site.load(path, seconds, f"If-None-Match: {etag}")]
        memory = memory_mb(site.process.pid)
    (context.folder / "floor.py").write_text(FLOOR)
    with _Gunicorn("floor:app", context.folder, {}) as bare:
        for path in (HALL, PROGRAMME):
            loads[path].append(bare.load(path, seconds, "Accept-Encoding: gzip"))
    results: list[Result] = []
    for path, what in ((HALL, f"hall, {count:,} projects"), (PROGRAMME, f"programme, {SESSIONS} sessions")):
        results += _results(context, path, what, loads[path], first[path], memory)
    return results


def _results(context: Context, path: str, what: str, loads: list[tuple[float, float, float]], first: list[float],
             memory: float) -> list[Result]:
    kept, unchanged, floor = loads
    name = path.rpartition("/")[2]
    size = (context.folder / f"{name}.gz").stat().st_size
    at = (context.size, context.database)
    return [
        Result("pages", f"{what}, kept", *at, kept[0], floor[0], "req/s", kept[1], kept[2], memory,
               note=f"{size / 1000:.1f} kB compressed"),
        Result("pages", f"{name}, unchanged (304)", *at, unchanged[0], floor[0], "req/s", unchanged[1], unchanged[2]),
        Result("pages", f"{name}, rendered", *at, median(first), None, "s", note="in the process, without the server"),
    ]


def _lay_in(environment: dict[str, str], count: int) -> dict[str, list[float]]:
    """An edition with ``count`` published projects and its programme; how long each page takes to be rendered, warm."""
    from expo import create_app

    app = create_app(load_config(environment))
    with app.app_context():
        db.create_all()
        with db.engine.begin() as connection:
            _insert(connection, count)
            _insert_programme(connection, count)
        _release()
        client = app.test_client()
        taken = {path: [_rendered(client, path) for _ in range(10)][1:] for path in (HALL, PROGRAMME)}
        db.session.remove()
        db.engine.dispose()
    return taken


def _rendered(client: FlaskClient, path: str) -> float:
    from expo.kit import memo

    memo.forget_pages()
    begin = time.perf_counter()
    assert client.get(path).status_code == 200
    return time.perf_counter() - begin


def _insert(connection: sa.Connection, count: int) -> None:
    from expo.editions.models import Edition, EditionStatus, Industry
    from expo.editions.words import ProjectKind
    from expo.kit import clock
    from expo.places.models import Region, RegionKind
    from expo.projects.models import Project, ProjectStatus

    day = clock.now().date()
    connection.execute(sa.insert(Edition), [{"id": 1, "slug": "2026", "number": 6, "name": "第六届",
                                             "starts_on": day - timedelta(days=1), "ends_on": day + timedelta(days=1), "status": EditionStatus.RUNNING}])
    connection.execute(sa.insert(Industry), [{"id": n, "edition_id": 1, "code": f"I{n}", "name": f"行业{n}"} for n in range(1, 17)])
    connection.execute(sa.insert(Region), [{"id": 1, "kind": RegionKind.PROVINCE, "key": "510000", "code": "510000",
                                            "name": "四川省", "path": "/510000/", "parent_id": None}])
    connection.execute(sa.insert(Region), [
        {"id": n + 1, "kind": RegionKind.CITY, "key": f"51{n:02d}00", "code": f"51{n:02d}00", "name": f"城市{n}",
         "path": f"/510000/51{n:02d}00/", "parent_id": 1} for n in range(1, 22)
    ])
    kinds = list(ProjectKind)
    connection.execute(sa.insert(Project), [
        {"number": f"2026-{n:05d}", "edition_id": 1, "direct_reason": "测量", "status": ProjectStatus.PUBLISHED,
         "kind": kinds[n % 5], "side": kinds[n % 5].side, "title": f"工业废水深度处理成套装备{n}", "fields": {},
         "summary": "已完成中试验证，欢迎产业合作与投资对接。", "description": "项目介绍。" * 40, "industry_id": n % 16 + 1,
         "region_id": n % 21 + 2, "region_path": f"/510000/51{n % 21 + 1:02d}00/", "city_id": n % 21 + 2,
         "acceptance": {}, "accepted_at": clock.now(), "published_at": clock.now(), "completeness": 100,
         "search_text": bigrams(f"工业废水深度处理成套装备{n}")} for n in range(1, count + 1)
    ])


def _insert_programme(connection: sa.Connection, count: int) -> None:
    """101 sessions in 12 halls and 9 slots, which show the projects in turn; the time is now, on the second day."""
    from expo.kit import clock
    from expo.places.models import Hall, Venue, VenueKind
    from expo.programme.models import EditionHall, Session, SessionItem, SessionKind, Slot

    begins = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    moments = [begins + timedelta(days=n // 3, hours=n % 3 * 2) for n in range(SLOTS)]
    connection.execute(sa.insert(Venue), [{"id": 1, "kind": VenueKind.MAIN, "name": "会展中心", "region_id": 1,
                                           "region_path": "/510000/"}])
    halls = range(1, HALLS + 1)
    connection.execute(sa.insert(Hall), [{"id": n, "venue_id": 1, "name": f"第{n}厅", "capacity": 300} for n in halls])
    connection.execute(sa.insert(EditionHall), [{"edition_id": 1, "hall_id": n, "position": n} for n in halls])
    connection.execute(sa.insert(Slot), [
        {"id": n, "edition_id": 1, "starts_at": at, "ends_at": at + timedelta(minutes=90)} for n, at in enumerate(moments, 1)
    ])
    connection.execute(sa.insert(Session), [
        {"id": n, "edition_id": 1, "code": f"S{n:03d}", "kind": SessionKind.CITY, "title": f"城市专场{n}", "minutes": 90,
         "region_id": n % 21 + 2, "region_path": f"/510000/51{n % 21 + 1:02d}00/", "industry_id": n % 16 + 1,
         "expected_audience": 200, "hall_id": (n - 1) % HALLS + 1, "slot_id": (n - 1) // HALLS + 1}
        for n in range(1, SESSIONS + 1)
    ])
    connection.execute(sa.insert(SessionItem), [
        {"session_id": n % SESSIONS + 1, "project_id": n, "position": n, "minutes": 3} for n in range(1, count + 1)
    ])


def _release() -> None:
    from expo.kit.access import SYSTEM
    from expo.programme.actions import publish_release

    publish_release(1, "测量", by=SYSTEM)


class _Gunicorn:
    """Two workers with eight threads, as the site is served."""

    def __init__(self, target: str, folder: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [PYTHON, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--worker-class",
             "gthread", "--threads", "8", "--keep-alive", "30", "--log-level", "error", "--no-control-socket"],
            cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL,
        )

    def __enter__(self) -> _Gunicorn:
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError("The server did not start; its words stand above.")
            try:
                self.fetch(HALL)
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise RuntimeError("The server did not answer within a minute.")

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def fetch(self, path: str) -> tuple[bytes, str]:
        """The compressed body and the ETag."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read(), answer.headers.get("ETag", "")

    def load(self, path: str, seconds: int, header: str) -> tuple[float, float, float]:
        """Requests a second, and the median and 99th percentile of their times in ms."""
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "-H", header, f"http://127.0.0.1:{self.port}{path}"],
            capture_output=True, text=True, check=True,
        ).stdout
        if "Non-2xx" in done or "Socket errors" in done:
            raise RuntimeError(f"Some requests failed:\n{done}")
        rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
        assert rate, done
        return float(rate[1]), _milliseconds(done, "50%"), _milliseconds(done, "99%")


def _milliseconds(text: str, percent: str) -> float:
    found = re.search(rf"{percent}\s+([\d.]+)(us|ms|s)", text)
    assert found, text
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]
