"""A throw-away PostgreSQL cluster: started in a temporary folder, reached by a socket, gone afterwards.

Nothing survives it, so it does not wait for the disk. For tests and benchmarks, never for data.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
DURABLE = SETTINGS | {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}


class Cluster:
    """Use as a context manager, or :meth:`start` and :meth:`stop`; in between, :meth:`halt` and :meth:`resume`."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.settings = SETTINGS if settings is None else settings
        self.folder = Path()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="expo-postgres-"))
        if os.getuid() == 0:  # PostgreSQL refuses to work as root.
            owner = pwd.getpwnam(_owner())
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        try:
            self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
            self.resume()
        except BaseException:
            self.stop()
            raise
        return self

    def halt(self) -> None:
        """Stop as a crash would; the data stay for :meth:`resume`."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def resume(self) -> None:
        settings = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        options = f"-k {self.folder} {settings}"
        self._run("pg_ctl", "-D", self._data, "-l", f"{self.folder}/log", "-o", options, "-w", "start")

    def stop(self) -> None:
        if (Path(self._data) / "postmaster.pid").exists():
            self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", _owner(), "--"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*as_owner, _program(program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # A pipe would be kept open by the server that pg_ctl leaves behind.
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if done.returncode:
            log = self.folder / "log"
            said = done.stderr or (log.read_text() if log.exists() else "")
            raise RuntimeError(f"{program} failed with code {done.returncode}: {said[-2000:]}")


def _owner() -> str:
    """An ordinary user to run as when we are root; Debian's package makes one."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def _program(name: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} of PostgreSQL is missing: apt-get install postgresql")
    return found
