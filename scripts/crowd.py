"""A crowd on this machine: thousands of viewers or listeners in one process, so that the edge is tired before they are.

    python -m scripts.crowd viewers 2500 --port 8000 --address /hls/o/…/ --seconds 30
    python -m scripts.crowd listeners 2500 --port 8000 --address /events/public/bench --seconds 30

Viewers load the list once a second and each new segment, as players at the live edge do; a segment is late that is not
there two seconds after the list that named it was asked for. Listeners note how long messages were on their way that
carry the time of their sending as ``t=<seconds of the monotonic clock>``. What they met with is printed as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import cast

from scripts.stack import PYTHON, ROOT

LATE_S = 2.0
#: So many connections are opened in a second.
ARRIVALS = 1000
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_NAMES = re.compile(rb"^(\d+)\.ts$", re.MULTILINE)
_SENT = re.compile(rb"t=(\d+\.\d+)")


@dataclass
class Met:
    """What all of a crowd met with, times in seconds."""

    lists: list[float] = field(default_factory=list)
    segments: int = 0
    late: int = 0
    failed: int = 0
    bytes: int = 0
    delays: list[float] = field(default_factory=list)
    #: What the crowd itself took of the processors.
    own_s: float = 0.0

    def add(self, other: Met) -> None:
        self.lists += other.lists
        self.delays += other.delays
        self.segments += other.segments
        self.late += other.late
        self.failed += other.failed
        self.bytes += other.bytes
        self.own_s += other.own_s


class Viewer(asyncio.BufferedProtocol):
    """One player on one connection. Bodies of segments are counted and dropped."""

    #: One for all: what has come is used up before the next one gets it.
    shared = bytearray(256 * 1024)

    def __init__(self, met: Met, port: int, address: str, until: float) -> None:
        self.met, self.port, self.address, self.until = met, port, address, until
        self.loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self.loop.create_future()
        self.head, self.body, self.left = b"", bytearray(), -1
        self.newest = -1
        self.waiting: list[int] = []
        self.begun = self.asked = 0.0
        self.path, self.is_list = "", True
        self.pause: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self.path:
            self._ask(self.path, is_list=self.is_list)
        else:
            self._next_list()

    def connection_lost(self, _error: Exception | None) -> None:
        """The edge closes a connection between two answers now and then; a player opens another one."""
        if self.pause is not None:
            self.pause.cancel()
        if self.over.done():
            return
        if self.left > 0:
            self._end(failed=True)
        else:
            self.coming = self.loop.create_task(self._come_back())

    async def _come_back(self) -> None:
        try:
            await self.loop.create_connection(lambda: self, "127.0.0.1", self.port)
        except OSError:
            self._end(failed=True)

    def get_buffer(self, _hint: int) -> bytearray:
        return self.shared

    def buffer_updated(self, count: int) -> None:
        if self.left < 0:
            self.head += self.shared[:count]
            head, end, rest = self.head.partition(b"\r\n\r\n")
            if not end:
                return
            length = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                self._end(failed=True)
                return
            self.left, count = int(length[1]), len(rest)
            if self.is_list:
                self.body += rest
        elif self.is_list:
            self.body += self.shared[:count]
        self.left -= count
        self.met.bytes += count
        if self.left == 0:
            self._whole()

    def _whole(self) -> None:
        now, self.path = time.monotonic(), ""
        if self.is_list:
            self.met.lists.append(now - self.asked)
            numbers = [int(name) for name in _NAMES.findall(self.body, max(0, len(self.body) - 1500))]
            # At first only the newest, then all that are new since the last list.
            self.waiting = [n for n in numbers if n > self.newest] if self.newest >= 0 else numbers[-1:]
            self.newest = max([self.newest, *numbers])
        else:
            self.met.segments += 1
            self.met.late += now - self.begun > LATE_S
        if self.waiting:
            self._ask(f"src/{self.waiting.pop(0)}.ts", is_list=False)
        elif now >= self.until:
            self._end()
        else:
            self.pause = self.loop.call_later(max(0.0, self.begun + 1 - now), self._next_list)

    def _next_list(self) -> None:
        if not self.over.done():
            self.begun = time.monotonic()
            self._ask("src/live.m3u8", is_list=True)

    def _ask(self, path: str, *, is_list: bool) -> None:
        self.head, self.left, self.path, self.is_list = b"", -1, path, is_list
        self.body.clear()
        self.asked = time.monotonic()
        self.transport.write(f"GET {self.address}{path} HTTP/1.1\r\nHost: crowd\r\n\r\n".encode())

    def _end(self, *, failed: bool = False) -> None:
        self.met.failed += failed
        if not self.over.done():
            self.over.set_result(None)
        self.transport.close()


class Listener(asyncio.Protocol):
    """One open page that hears messages."""

    def __init__(self, met: Met, _port: int, address: str, until: float) -> None:
        self.met, self.address = met, address
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(max(0.0, until - time.monotonic()), self._end)
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(f"GET {self.address} HTTP/1.1\r\nHost: crowd\r\nAccept: text/event-stream\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        whole, _, self.rest = (self.rest + data).rpartition(b"\n")
        self.met.delays += [now - float(sent) for sent in _SENT.findall(whole)]

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.over.done():
            self.met.failed += 1
            self.over.set_result(None)

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
        self.transport.close()


class Crowd:
    """Runs beside its starter, in ``processes`` processes; :meth:`met` waits for the end."""

    def __init__(self, kind: str, count: int, port: int, address: str, seconds: float, processes: int = 2) -> None:
        shares = [count // processes + (n < count % processes) for n in range(processes)]
        self._processes = [subprocess.Popen(
            [PYTHON, "-m", "scripts.crowd", kind, str(share), "--port", str(port), "--address", address, "--seconds", str(seconds)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) for share in shares if share]

    def met(self) -> Met:
        found = Met()
        for process in self._processes:
            said, _ = process.communicate()
            if process.returncode:
                raise RuntimeError("A part of the crowd fell over; its words stand above.")
            found.add(Met(**json.loads(said)))
        return found

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


async def _gather(kind: type[Viewer] | type[Listener], count: int, port: int, address: str, seconds: float) -> Met:
    met, loop = Met(), asyncio.get_running_loop()
    until = time.monotonic() + seconds

    async def come(number: int) -> None:
        await asyncio.sleep(number / ARRIVALS)
        try:
            _transport, one = await loop.create_connection(lambda: kind(met, port, address, until), "127.0.0.1", port)
        except OSError:
            met.failed += 1
        else:
            await one.over

    await asyncio.gather(*(come(number) for number in range(count)))
    return met


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts.crowd")
    parser.add_argument("kind", choices=["viewers", "listeners"])
    parser.add_argument("count", type=int)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args(arguments)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kind: type[Viewer] | type[Listener] = Viewer if options.kind == "viewers" else Listener
    met = asyncio.run(_gather(kind, options.count, options.port, options.address, options.seconds))
    met.own_s = time.process_time()
    json.dump(asdict(met), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
