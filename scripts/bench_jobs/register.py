"""300 people who send the registration form at the same moment for 200 places, beside a handler that only inserts.

Everybody has opened the form before, on the same network as all the others. Afterwards the table is
counted: all places are given away, none twice, and everybody else waits.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa

from scripts.bench_jobs.checkin import make_floor, served
from scripts.measuring import Context, Result, memory_mb, percentile
from scripts.stack import ROOT

PEOPLE, PLACES = 300, 200
FORM = "/expo/2026/register"
Sent = tuple[str, str, dict[str, str]]


def run(context: Context) -> list[Result]:
    people, places = context.scaled(PEOPLE), context.scaled(PLACES)
    home = context.folder / "register-home"
    url = context.database_url("register") if context.database == "postgresql" else f"sqlite:///{home / 'expo.db'}"
    environment = {"EXPO_HOME": str(home), "EXPO_DATABASE_URL": url}
    _fill(environment, places)
    with served("wsgi:app", environment, str(ROOT)) as (port, process_id):
        seconds, times = _burst(port, people, _open_form, 303)
        memory = memory_mb(process_id)
    _prove(url, people, places)
    floor_url = context.database_url("register_floor")
    make_floor(context, floor_url)
    with served("floor:app", {"FLOOR_DATABASE": floor_url}, str(context.folder)) as (port, _process_id):
        floor_seconds, floor_times = _burst(port, people, _bare, 200)
    return [Result(
        "register", f"{people} at once, {places} places", context.size, context.database, people / seconds,
        people / floor_seconds, "forms/s", p50_ms=percentile(times, 50) * 1000, p99_ms=percentile(times, 99) * 1000, rss_mb=memory,
        note=f"{places} approved, {people - places} waiting; floor p99 {percentile(floor_times, 99) * 1000:.0f} ms",
    )]


def _fill(environment: dict[str, str], places: int) -> None:
    """An edition with so many places for visitors."""
    from expo import create_app
    from expo.kit.config import load_config
    from expo.kit.db import db
    from expo.registration.models import BadgeKind
    from expo.registration.models_invitations import PlaceQuota
    from tests.makers import make_edition, make_region, stored

    app = create_app(load_config(environment))
    with app.app_context():
        db.create_all()
        make_region(name="四川省")
        stored(PlaceQuota(edition_id=make_edition("2026").id, badge_kind=BadgeKind.VISITOR, places=places))
        db.session.remove()
        db.engine.dispose()


def _burst(port: int, people: int, prepared: Callable[[http.client.HTTPConnection, int], Sent], status: int
           ) -> tuple[float, list[float]]:
    """Everybody sends when all are ready; how long it took in all, and for each."""
    started: list[float] = []
    all_ready = threading.Barrier(people, action=lambda: started.append(time.perf_counter()))

    def person(number: int) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        path, body, headers = prepared(connection, number)
        all_ready.wait(120)
        sent = time.perf_counter()
        connection.request("POST", path, body, headers)
        reply = connection.getresponse()
        told = reply.read()
        if reply.status != status:
            raise RuntimeError(f"A form was answered {reply.status}: {told[:300]!r}")
        return time.perf_counter() - sent

    with ThreadPoolExecutor(people) as pool:
        times = list(pool.map(person, range(people)))
    return time.perf_counter() - started[0], times


def _open_form(connection: http.client.HTTPConnection, number: int) -> Sent:
    connection.request("GET", FORM)
    reply = connection.getresponse()
    page = reply.read().decode()
    cookie = (reply.getheader("Set-Cookie") or "").partition(";")[0]
    hidden = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "once")}
    tokens = {name: found[1] for name, found in hidden.items() if found}
    body = urlencode(tokens | {
        "name": f"观众{number}", "phone": f"139{number:08d}", "organisation_name": "演示科技有限公司", "job_title": "", "email": "",
        "region_id": "0", "badge_kind": "visitor", "consent_registration": "y"})
    return FORM, body, {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}


def _bare(connection: http.client.HTTPConnection, number: int) -> Sent:
    connection.request("GET", "/nothing-here")
    connection.getresponse().read()
    body = json.dumps({"client_id": uuid4().hex, "list": 1, "code": str(number)})
    return "/api/checkin/scan", body, {"Content-Type": "application/json"}


def _prove(url: str, people: int, places: int) -> None:
    """All places are taken, everybody else waits, and there are as many badges as places."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT status, count(*) FROM registration GROUP BY status"))
        found = {str(status): int(number) for status, number in rows}
        badges = connection.execute(sa.text("SELECT count(*) FROM badge WHERE status = 'valid'")).scalar_one()
    if (found, badges) != ({"approved": places, "waiting": people - places}, places):
        raise RuntimeError(f"{people} people for {places} places, but {found} and {badges} badges.")
