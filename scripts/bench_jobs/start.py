"""From the command to the first page: scripts/serve on data that is there, beside a bare Flask under gunicorn."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from pathlib import Path

from scripts.measuring import Context, Result, median, memory_mb
from scripts.stack import PYTHON, free_port
from scripts.started import StartedSite

REPEAT = 5
WORKER_LOADS_S = 4  # It is not waited for by the first page, but it takes its memory.
HELLO = """
from flask import Flask
app = Flask(__name__)
@app.get("/")
def hello(): return "hello"
"""


def run(context: Context) -> list[Result]:
    home = context.folder / "home"
    environment = {"EXPO_DATABASE_URL": context.database_url("start")} if context.database == "postgresql" else {}
    options = ["--empty"] if context.is_quick else []
    with StartedSite(home, *options, environment=environment):
        pass  # The first start makes the data; it is not the one that is measured.
    ours, memory = [], 0.0

    def serve() -> None:
        nonlocal memory
        with StartedSite(home, *options, environment=environment) as site:
            ours.append(site.seconds_to_open)
            assert site.process
            time.sleep(0 if context.is_quick else WORKER_LOADS_S)
            memory = memory_mb(site.process.pid)

    context.times(serve, REPEAT)
    floor = [_hello(context.folder) for _ in range(1 if context.is_quick else REPEAT)]
    variant = "second start, no data" if context.is_quick else "second start, demonstration"
    return [Result("start", variant, context.size, context.database, median(ours), median(floor), "s", rss_mb=memory)]


def _hello(folder: Path) -> float:
    (folder / "hello.py").write_text(HELLO)
    port = free_port()
    command = [PYTHON, "-m", "gunicorn", "hello:app", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    begin = time.monotonic()
    with subprocess.Popen(
        [*command, "--worker-class", "gthread", "--threads", "8", "--log-level", "error", "--no-control-socket"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            while not _answers(port):
                if process.poll() is not None:
                    raise RuntimeError("The bare Flask did not start; its words stand above.")
                time.sleep(0.01)
            return time.monotonic() - begin
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
            return True
    except OSError:
        return False
