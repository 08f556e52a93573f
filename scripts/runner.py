"""Runs several programs as one: their lines side by side, and when one ends, all end.

Knows nothing of the site. The caller hands in parts; :meth:`Runner.run` returns the exit code:
0 when it was asked to stop, 1 when a part ended by itself or would not start.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

COLOURS = ("36", "33", "35", "32")
LAST_LINES = 15
RESTART_PAUSE_S = 1.0
OWN_NAME = "expo"


class StartError(Exception):
    """A sentence for the person who started it: what is wrong and what to do."""


@dataclass(frozen=True)
class Part:
    """One program. It is asked to stop by ``stop_signal`` and killed after ``patience`` seconds.

    It starts as soon as ``may_start`` says so; the parts after it in the list do not wait for that.
    """

    name: str
    command: tuple[str, ...]
    may_start: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10
    # One that the others can do without for a moment: when it ends, it is started again and nothing else stops.
    is_restarted: bool = False


@dataclass
class _Running:
    part: Part
    process: asyncio.subprocess.Process
    reader: asyncio.Future[None]
    last: deque[str]


class Runner:
    """Parts start in the order given and are stopped in the opposite one of their starts, one after the other."""

    def __init__(
        self, parts: list[Part], environment: Mapping[str, str], folder: str, out: TextIO = sys.stdout
    ) -> None:
        self.parts, self.environment, self.folder, self.out = parts, dict(environment), folder, out
        self._width = max(len(name) for name in [OWN_NAME, *(part.name for part in parts)])
        self._running: list[_Running] = []
        self._asked_to_stop = asyncio.Event()

    def run(self, when_started: Callable[[], Awaitable[None]] | None = None) -> int:
        """Run until Ctrl-C, SIGTERM or the end of a part; ``when_started`` runs beside the parts."""
        return asyncio.run(self._run(when_started))

    async def _run(self, when_started: Callable[[], Awaitable[None]] | None) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop.set)
        try:
            greeting = asyncio.ensure_future(when_started()) if when_started else None
            try:
                died = await self._first_end()
            except StartError as error:
                self._say(str(error))
                return 1
            finally:
                if greeting:
                    greeting.cancel()
            if died is None:
                self._say("Stopping.")
                return 0
            # Its own children may still hold the pipe open; the last lines are read without waiting for them.
            self._signal(died, signal.SIGKILL, group=True)
            await asyncio.wait([died.reader], timeout=2)
            code = died.process.returncode or 0
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            self._say(f"{died.part.name} {how}, so everything stops. Its last lines:")
            for line in died.last or ["(It printed nothing.)"]:
                self._say(f"    {line}")
            return 1
        finally:
            for running in reversed(self._running):
                await self._stop(running)

    async def _start(self, part: Part) -> _Running:
        # A runner that is killed outright cannot stop its parts; on Linux the kernel then does.
        guard = ("setpriv", "--pdeathsig", "TERM", "--") if shutil.which("setpriv") else ()
        if shutil.which(part.command[0], path=self.environment.get("PATH")) is None:
            raise StartError(f"{part.name} could not be started: there is no program {part.command[0]}.")
        process = await asyncio.create_subprocess_exec(
            *guard,
            *part.command,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=16 * 1024 * 1024,  # A part may print a long line; it must not end the reading.
            start_new_session=True,  # Ctrl-C reaches the runner alone, which then stops them in order.
        )
        last: deque[str] = deque(maxlen=LAST_LINES)
        return _Running(part, process, asyncio.ensure_future(self._read(part, process, last)), last)

    async def _read(self, part: Part, process: asyncio.subprocess.Process, last: deque[str]) -> None:
        assert process.stdout
        while chunk := await process.stdout.readline():
            line = chunk.decode(errors="replace").rstrip()
            last.append(line)
            self._print(part.name, line)

    async def _first_end(self) -> _Running | None:
        """Start what may start, until a part ends (that one) or somebody asks to stop (None)."""
        waiting = list(self.parts)
        while not self._asked_to_stop.is_set():
            for part in [part for part in waiting if part.may_start()]:
                waiting.remove(part)
                self._running.append(await self._start(part))
            for running in [running for running in self._running if running.process.returncode is not None]:
                if not running.part.is_restarted:
                    return running
                self._running.remove(running)
                self._signal(running, signal.SIGKILL, group=True)
                self._say(f"{running.part.name} ended with code {running.process.returncode} and is started again.")
                asyncio.get_running_loop().call_later(RESTART_PAUSE_S, waiting.append, running.part)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked_to_stop.wait(), 0.05 if waiting else 0.25)
        return None

    async def _stop(self, running: _Running) -> None:
        if running.process.returncode is None:
            self._signal(running, running.part.stop_signal)
            # Not process.wait(), which also waits for children of the part that hold its pipe open.
            end = asyncio.get_running_loop().time() + running.part.patience
            while running.process.returncode is None and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.02)
            if running.process.returncode is None:
                self._say(f"{running.part.name} did not stop within {running.part.patience:g} s and is killed.")
        self._signal(running, signal.SIGKILL, group=True)  # Also what a dead part left behind.
        await asyncio.wait([running.reader], timeout=2)

    @staticmethod
    def _signal(running: _Running, number: signal.Signals, group: bool = False) -> None:
        with suppress(ProcessLookupError):  # It may have ended in the meantime, which is what is wanted.
            (os.killpg if group else os.kill)(running.process.pid, number)

    def _say(self, line: str) -> None:
        self._print(OWN_NAME, line)

    def _print(self, name: str, line: str) -> None:
        prefix = name.ljust(self._width)
        if self.out.isatty():
            names = [part.name for part in self.parts]
            colour = COLOURS[names.index(name) % len(COLOURS)] if name in names else "1"
            prefix = f"\033[{colour}m{prefix}\033[0m"
        print(f"{prefix} | {line}", file=self.out, flush=True)
