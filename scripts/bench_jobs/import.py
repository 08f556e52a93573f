# ruff: noqa: N999  # The job is called what people type: scripts/bench import.
"""A list of tickets through the import's own jobs, beside a program that only copies the file into one table."""

from __future__ import annotations

import csv
import resource
import sqlite3
import time
from pathlib import Path

import psycopg
import sqlalchemy as sa

from scripts.measuring import Context, Result
from scripts.ticket_lists import HEADER, bring_in, site, write_csv, write_xlsx

CSV_ROWS, XLSX_ROWS, BATCH = 400_000, 50_000, 2_000


def run(context: Context) -> list[Result]:
    results = []
    count = context.scaled(CSV_ROWS)
    path = write_csv(context.folder / "list.csv", count)
    floor = count / _floor(context, path)
    with site(context, "import") as (_app, organiser):
        taken = bring_in(path, organiser)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f"{count:,} rows CSV, {path.stat().st_size >> 20} MB"
    for variant, seconds, beside in (
        ("checked", taken["check"], floor), ("stored", taken["store"], floor), ("stored and searchable", taken["searchable"], None)
    ):
        results.append(Result("import", f"{size}: {variant}", context.size, context.database, count / seconds, beside,
                              "rows/s", rss_mb=memory))
    path.unlink()
    few = context.scaled(XLSX_ROWS)
    with site(context, "import_xlsx") as (_app, organiser):
        seconds = bring_in(write_xlsx(context.folder / "list.xlsx", few), organiser)["store"]
    results.append(Result("import", f"{few:,} rows XLSX: stored", context.size, context.database, few / seconds, None, "rows/s"))
    return results


def _floor(context: Context, path: Path) -> float:
    """Seconds to copy the file into a table whose only index is the number's."""
    columns = ", ".join(f"c{place} TEXT" for place in range(1, len(HEADER)))
    url = sa.make_url(context.database_url("import_floor"))
    begin = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        if url.get_backend_name() == "sqlite":
            database = sqlite3.connect(url.database or "", isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "mmap_size=268435456"):
                database.execute(f"PRAGMA {pragma}")
            database.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, number TEXT UNIQUE, {columns})")
            statement = f"INSERT INTO t VALUES (NULL, {', '.join('?' * len(HEADER))})"
            batch: list[list[str]] = []
            for row in reader:
                batch.append(row)
                if len(batch) == BATCH:
                    _write(database, statement, batch)
                    batch = []
            _write(database, statement, batch)
            database.close()
        else:
            with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
                connection.execute(f"CREATE TABLE t (number TEXT UNIQUE, {columns})")
                with connection.cursor().copy("COPY t FROM STDIN") as copy:
                    for row in reader:
                        copy.write_row(row)
    return time.perf_counter() - begin


def _write(database: sqlite3.Connection, statement: str, batch: list[list[str]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany(statement, batch)
    database.execute("COMMIT")
