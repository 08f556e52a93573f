"""Scans made without the network: 5,000 of 5 devices merged through the real address, and the offline pack.

The floor inserts the same rows in the same portions, with the same durability and no judgement. Afterwards everything
is handed in again, which must change nothing. The pack is made from nothing, loaded whole, and measured.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from scripts.bench_jobs.checkin import Site, fill, served
from scripts.measuring import Context, Result, median, memory_mb, percentile
from scripts.stack import ROOT

DEVICES, SCANS, PORTION, PACKED = 5, 5_000, 500, 100_000


def run(context: Context) -> list[Result]:
    return [_merge(context), *_pack(context)]


def _site(context: Context, name: str, count: int) -> tuple[dict[str, str], str, Site]:
    home, url = context.folder / name, context.database_url(name)
    environment = {"EXPO_HOME": str(home)} | ({"EXPO_DATABASE_URL": url} if context.database == "postgresql" else {})
    if context.database == "sqlite":
        url = f"sqlite:///{home / 'expo.db'}"
    return environment, url, fill(environment, count)


def _merge(context: Context) -> Result:
    count = context.scaled(SCANS)
    environment, url, site = _site(context, "merge", count)
    # Every tenth person was let in by two devices.
    at = datetime.now(UTC) - timedelta(hours=1)
    scans = [{"client_id": uuid4().hex, "list": site.gate, "id": None, "code": code, "at": (at + timedelta(seconds=n)).isoformat(),
              "decided": "admitted"} for n, code in enumerate([*site.codes[:count - count // 10], *site.codes[:count // 10]])]
    queues = [scans[n::DEVICES] for n in range(DEVICES)]
    with served("wsgi:app", environment, str(ROOT)) as (port, process_id):
        begin = time.perf_counter()
        times = _hand_in(port, site, queues)
        seconds = time.perf_counter() - begin
        memory = memory_mb(process_id)
        before = _state(url)
        begin = time.perf_counter()
        _hand_in(port, site, [queue[::-1] for queue in reversed(queues)])
        again = time.perf_counter() - begin
        if _state(url) != before or before[0] != count:
            raise RuntimeError(f"Handing in again changed {before} to {_state(url)}.")
    return Result("merge", f"{count:,} scans of {DEVICES} devices", context.size, context.database, seconds,
                  _floor(context, scans), "s", p50_ms=percentile(times, 50) * 1000, p99_ms=percentile(times, 99) * 1000,
                  rss_mb=memory, note=f"again in {again:.2g} s, nothing changed; {before[1]} doubles found")


def _hand_in(port: int, site: Site, queues: list[list[dict[str, Any]]]) -> list[float]:
    def device(queue: list[dict[str, Any]]) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        taken = []
        for start in range(0, len(queue), PORTION):
            begin = time.perf_counter()
            connection.request("POST", "/api/checkin/merge", json.dumps({"scans": queue[start:start + PORTION]}), site.headers)
            reply = connection.getresponse()
            told = reply.read()
            if reply.status != 200:
                raise RuntimeError(f"A merge was answered {reply.status}: {told[:300]!r}")
            taken.append(time.perf_counter() - begin)
        return taken

    with ThreadPoolExecutor(DEVICES) as pool:
        return [one for part in pool.map(device, queues) for one in part]


def _state(url: str) -> tuple[int, int, str]:
    """How many rows there are, how many doubles, and a hash over what they say."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT client_id, result, at FROM scan ORDER BY client_id")).all()
    return len(rows), sum(row[1] == "double" for row in rows), hashlib.sha256(repr(rows).encode()).hexdigest()


def _floor(context: Context, scans: list[dict[str, Any]]) -> float:
    """Seconds for inserting the same rows in the same portions."""
    engine = sa.create_engine(context.database_url("merge-floor"))
    number = "INTEGER PRIMARY KEY" if context.database == "sqlite" else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE scan (id {number}, client_id VARCHAR(40) UNIQUE, gate_id INTEGER, "
                                   "badge VARCHAR(200), at VARCHAR(40), UNIQUE (gate_id, badge, client_id))"))
    statement = sa.text("INSERT INTO scan (client_id, gate_id, badge, at) VALUES (:client_id, :list, :code, :at) "
                        "ON CONFLICT DO NOTHING")
    begin = time.perf_counter()
    for start in range(0, len(scans), PORTION):
        with engine.begin() as connection:
            connection.execute(statement, scans[start:start + PORTION])
    seconds = time.perf_counter() - begin
    engine.dispose()
    return seconds


def _pack(context: Context) -> list[Result]:
    count = context.scaled(PACKED)
    environment, _url, site = _site(context, "pack", count)
    with served("wsgi:app", environment, str(ROOT)) as (port, process_id):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

        def ask(since: int) -> tuple[dict[str, Any], int]:
            connection.request("GET", f"/api/checkin/pack?since={since}", headers=site.headers)
            data = connection.getresponse().read()
            length = int.from_bytes(data[8:12], "little")
            return json.loads(data[12:12 + length]), len(data)

        begin, meta = time.perf_counter(), {"complete": False, "version": 0}
        while not meta["complete"]:
            meta, _size = ask(meta["version"])
        made = time.perf_counter() - begin
        loads = context.times(lambda: ask(0), 3)
        meta, size = ask(0)
        if meta["count"] != count:
            raise RuntimeError(f"{count} badges, but {meta['count']} in the pack.")
        nothing = context.times(lambda: ask(meta["version"]), 5)
        memory = memory_mb(process_id)
    name = f"pack of {count:,} badges"
    return [
        Result("merge", f"{name}, made from nothing", context.size, context.database, made, None, "s", rss_mb=memory),
        Result("merge", f"{name}, sent whole", context.size, context.database, median(loads), None, "s",
               note=f"{size / 1e6:.1f} MB, {size / count:.0f} bytes a badge"),
        Result("merge", f"{name}, nothing new", context.size, context.database, median(nothing) * 1000, None, "ms"),
    ]
