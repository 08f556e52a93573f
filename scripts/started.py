"""A site started the way scripts/serve starts it, in a folder and on a port of its own: for journeys, pictures, figures."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.stack import PYTHON, ROOT, free_port

# The demonstration is half a minute of work for a processor, of which a busy machine gives a tenth.
PATIENCE_S = 600


class StartedSite:
    """Use as a context manager; ``environment`` holds further EXPO_ settings."""

    def __init__(self, home: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.home, self.options = home, options
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = home.with_name(home.name + ".log")
        self.environment = _without_own_settings() | {"EXPO_HOME": str(home)} | (environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.seconds_to_open = 0.0

    def __enter__(self) -> Self:
        begin = time.monotonic()
        written_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [ROOT / "scripts/serve", "--port", str(self.port), "--rtmp-port", "0", *self.options],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._is_open(written_before):
            if self.process.poll() is not None or time.monotonic() - begin > PATIENCE_S:
                self.stop()
                raise RuntimeError(f"The site did not open. What it said:\n{self.log.read_text()[-5000:]}")
            time.sleep(0.02)
        self.seconds_to_open = time.monotonic() - begin
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to stop; returns its exit code, which is 0 when all parts were alive until now."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)

    def flask(self, *arguments: str) -> str:
        """Run a command of the site on its data and return what it printed."""
        done = subprocess.run(
            [PYTHON, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self.environment | {"EXPO_PUBLIC_URL": self.url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(arguments)} failed: {done.stderr[-5000:]}")
        return done.stdout

    def _is_open(self, written_before: int) -> bool:
        """Whether scripts/serve has said so, which it does once the first page has come."""
        with self.log.open("rb") as log:
            log.seek(written_before)
            return b"The site is open at" in log.read()


def _without_own_settings() -> dict[str, str]:
    """The settings of the person who starts this must not leak into a site with data of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")}
