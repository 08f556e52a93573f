"""What scripts/bench does: runs the jobs one after the other, prints the table, writes the JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import re
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from scripts import bench_jobs
from scripts.measuring import SIZES, Context, Result
from scripts.stack import NGINX, ROOT

PACKAGES = ("flask", "sqlalchemy", "gunicorn", "huey", "weasyprint", "pikepdf", "psycopg")
#: Jobs that run only when they are named: they take long on purpose.
BY_NAME = frozenset({"soak"})
COLUMNS = ("job", "variant", "size", "database", "ours", "floor", "unit", "ratio", "p50 ms", "p99 ms", "MB", "gap", "note")


def main(arguments: list[str]) -> int:
    known = sorted(module.name for module in pkgutil.iter_modules(bench_jobs.__path__))
    options = parse(arguments, known)
    results: list[Result] = []
    failed: list[str] = []
    for job in options.jobs or [name for name in known if name not in BY_NAME]:
        context = Context(options.size, options.database, options.minutes)
        try:
            print(f"==> {job} ({options.size}, {options.database})", flush=True)
            results += importlib.import_module(f"scripts.bench_jobs.{job}").run(context)
        except Exception as error:  # One broken job must not hide the figures of the others.
            failed.append(f"{job}: {type(error).__name__}: {error}")
        finally:
            context.close()
    print("\n" + table(results) + "\n\n" + "\n".join(machine()))
    if options.json:
        rows = [{k: v for k, v in (asdict(r) | {"ratio": r.ratio}).items() if v not in (None, "")} for r in results]
        Path(options.json).write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    for line in failed:
        print(f"Failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def parse(arguments: list[str], known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(known))
    parser.add_argument("--size", choices=SIZES, default="1x")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long the soak lasts")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.jobs) - set(known))
    if unknown:
        parser.error(f"there is no job {', '.join(unknown)}; there are: {', '.join(known)}")
    return options


def table(results: list[Result]) -> str:
    rows = [COLUMNS, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(result: Result) -> tuple[str, ...]:
    figures = (result.p50_ms, result.p99_ms, result.rss_mb, result.gap)
    return (
        *(result.job, result.variant, result.size, result.database),
        *(_figure(result.ours), _figure(result.floor), result.unit, _figure(result.ratio)),
        *(_figure(figure) for figure in figures),
        result.note,
    )


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> list[str]:
    """What the figures were taken on: they mean little elsewhere, their ratios more."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text()) if Path("/proc/cpuinfo").exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    nginx = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=False)
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"Machine:  {model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.platform()}",
        f"Versions: commit {commit.stdout.strip()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"nginx {nginx.stderr.rpartition('/')[2].strip()}, {packages}",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
