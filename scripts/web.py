"""The web part: prepares the data, then serves the site by gunicorn.

Both in one process, because loading the site is what a start mostly waits for: so it is loaded once, by the
process from which gunicorn's workers are forked.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts.web")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--greeting", type=Path, required=True, help="file for what the operator should read")
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--prepared", action="store_true", help="the data has been prepared a moment ago")
    options = parser.parse_args(arguments)
    from wsgi import app

    if not options.prepared:
        code = prepare(app, options.greeting, demonstration=not options.empty)
        if code:
            print("The data could not be prepared; the reason stands above.", flush=True)
            return code
        from expo.kit.config import load_config

        if load_config() != app.extensions["expo_config"]:  # A demonstration has come, which has a clock of its own.
            os.execv(sys.executable, [sys.executable, "-m", "scripts.web", *arguments, "--prepared"])
    # What is loaded now stays as long as the site: the collector need not walk it again and again, which stopped every
    # request of a worker for 0.2 s, and pages of memory that it does not touch stay shared between the workers.
    gc.collect()
    gc.freeze()
    Web(app, options.socket).run()
    return 0


def prepare(app: Flask, greeting: Path, *, demonstration: bool) -> int:
    """In a child, so that nothing of it stays in the memory or the connections of the site; returns its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        from expo.kit.preparing import prepare_data

        with app.app_context():
            lines = prepare_data(demonstration=demonstration)
        greeting.touch(mode=0o600)
        greeting.write_text("".join(f"{line}\n" for line in lines))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn with the site that is loaded already."""

    def __init__(self, app: Flask, socket: str) -> None:
        self.app, self.socket = app, socket
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"unix:{self.socket}",
            "workers": int(os.environ.get("WEB_CONCURRENCY", "2")),
            "worker_class": "gthread",
            "threads": 8,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            # As much as nginx passes on: a long text in a search box is an address of several thousand bytes.
            "limit_request_line": 8190,
            "loglevel": "warning",
            # Heartbeat files; on a slow disk they would stall a worker.
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
