"""Live pictures at the edge: a real packager writes a room, viewers load it as players do; beside plain files.

Viewers are simulated: each loads the list once a second and every new segment, and counts a segment as late that has
come more than two seconds after it was there. Channels: how many senders are passed on at once, with the processors they take.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from expo.kit import clock
from expo.kit.config import Config, load_config
from expo.streaming.media.archive import Archive
from expo.streaming.media.packager import Packager, Plan, Source, SourceKind
from expo.streaming.media.signing import pictures_prefix
from scripts.measuring import Context, Result, memory_mb, percentile
from scripts.stack import Stack, free_port

VIEWERS, CHANNELS, SECONDS = 5000, 12, 15
MESSAGES = 5
ROOM = "0123456789abcdef"
LATE_S = 2.0


@dataclass
class Seen:
    """What all viewers met with."""

    lists: list[float] = field(default_factory=list)
    segments: int = 0
    late: int = 0
    failed: int = 0
    bytes: int = 0


def run(context: Context) -> list[Result]:
    viewers = 50 if context.is_quick else context.scaled(VIEWERS)
    seconds = 4 if context.is_quick else SECONDS
    channels = 2 if context.is_quick else CHANNELS
    home = context.folder / "home"
    stack = Stack(home=home, port=free_port())
    parts = {part.name: part for part in stack.parts()}
    if "media" not in parts:
        raise RuntimeError("There is no media server here: apt-get install libnginx-mod-rtmp.")
    environment = {k: v for k, v in stack.environment().items() if k.startswith("EXPO_")}
    config = load_config(environment)
    results: list[Result] = []
    with _running(parts["media"].command), _running(parts["edge"].command) as edge:
        time.sleep(0.5)
        results.append(_viewers(context, config, stack, edge, viewers, seconds))
        results.append(_channels(context, config, channels, seconds))
        if stack.push_socket.exists():
            results.append(_subscribers(context, stack, edge, viewers))
    return results


def _viewers(context: Context, config: Config, stack: Stack, edge: subprocess.Popen[bytes], viewers: int, seconds: int) -> Result:
    folder = home_folder(config) / ROOM
    with _sending(config, "bench-1", rate="300k"), _packaging(config, "bench-1", folder, has_low=False):
        _wait(folder / "src" / "live.m3u8")
        # Half of the load comes from each of two processes, so that the client is not the limit before the edge is.
        prefix = pictures_prefix(config, ROOM, "a0", clock.real_now() + timedelta(hours=1))
        shares = [viewers // 2, viewers - viewers // 2]
        seen = Seen()
        threads = [threading.Thread(target=_watch_all, args=(stack.port, prefix, share, seconds, seen)) for share in shares]
        begin = _cpu_seconds(edge.pid)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = _cpu_seconds(edge.pid) - begin
        memory = memory_mb(edge.pid)
    per_second = seen.bytes * 8 / seconds / 1e6
    return Result(
        "live", f"{viewers:,} HLS viewers, 300 kbit/s", context.size, "none", seen.segments / seconds, viewers, "segments/s",
        percentile(seen.lists, 50) * 1000, percentile(seen.lists, 99) * 1000, memory,
        note=f"{seen.late} late, {seen.failed} failed, {per_second:.0f} Mbit/s, edge {spent / seconds:.2f} processors",
    )


def _channels(context: Context, config: Config, channels: int, seconds: int) -> Result:
    """Senders that are passed on without encoding; ours is what is produced, the floor what should be."""
    rooms = [home_folder(config) / f"{number:016x}" for number in range(1, channels + 1)]
    made: list[Packager] = []
    senders: list[subprocess.Popen[bytes]] = []
    try:
        senders.extend(_sender(config, f"many-{number}", "2000k") for number in range(channels))
        time.sleep(2)
        for number, folder in enumerate(rooms):
            made.append(_packager(config, f"many-{number}", folder, has_low=False))
        for folder in rooms:
            _wait(folder / "src" / "live.m3u8")
        begin, counted = time.monotonic(), sum(_count(folder) for folder in rooms)
        spent = sum(_cpu_seconds(p.process_id) for p in made)
        time.sleep(seconds)
        taken = time.monotonic() - begin
        produced = (sum(_count(folder) for folder in rooms) - counted) / taken
        spent = sum(_cpu_seconds(p.process_id) for p in made) - spent
    finally:
        for packager in made:
            packager.stop()
        for sender in senders:
            sender.kill()
            sender.wait()
    return Result("live", f"{channels} channels passed on, 2 Mbit/s each", context.size, "none", produced, float(channels), "segments/s",
                  note=f"packagers take {spent / taken:.2f} processors in all")


def _subscribers(context: Context, stack: Stack, edge: subprocess.Popen[bytes], subscribers: int) -> Result:
    """Messages to open pages: how long from sending one until each of them has it."""
    delays = asyncio.run(_listen_all(stack, subscribers))
    expected = subscribers * MESSAGES
    return Result("live", f"{subscribers:,} event subscribers", context.size, "none", len(delays), expected, "messages",
                  percentile(delays, 50) * 1000, percentile(delays, 99) * 1000, memory_mb(edge.pid),
                  note=f"{expected - len(delays)} of {expected:,} not heard")


async def _listen_all(stack: Stack, subscribers: int) -> list[float]:
    delays: list[float] = []
    opened = asyncio.Semaphore(200)

    async def listen() -> None:
        async with opened:
            reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
            writer.write(b"GET /events/public/bench HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
        try:
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    delays.append(time.monotonic() - float(line[6:]))
        finally:
            writer.close()

    listeners = [asyncio.create_task(listen()) for _ in range(subscribers)]
    await asyncio.sleep(2 + subscribers / 1000)
    for _ in range(MESSAGES):
        reader, writer = await asyncio.open_unix_connection(str(stack.push_socket))
        body = str(time.monotonic()).encode()
        writer.write(b"POST /publish/public/bench HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await reader.read()
        writer.close()
        await asyncio.sleep(1)
    await asyncio.sleep(1)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    return delays


def home_folder(config: Config) -> Path:
    return config.home / "media" / "hls"


def _watch_all(port: int, prefix: str, viewers: int, seconds: int, seen: Seen) -> None:
    asyncio.run(_crowd(port, prefix, viewers, seconds, seen))


async def _crowd(port: int, prefix: str, viewers: int, seconds: int, seen: Seen) -> None:
    until = time.monotonic() + seconds
    await asyncio.gather(*(_viewer(port, prefix, n / viewers, until, seen) for n in range(viewers)))


async def _viewer(port: int, prefix: str, offset: float, until: float, seen: Seen) -> None:
    await asyncio.sleep(offset)  # Players do not all ask in the same moment.
    known: set[bytes] = set()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        seen.failed += 1
        return
    try:
        while time.monotonic() < until:
            begin = time.monotonic()
            body = await _get(reader, writer, f"{prefix}src/live.m3u8")
            seen.lists.append(time.monotonic() - begin)
            names = re.findall(rb"^\d+\.ts$", body, re.MULTILINE)
            # As a player at the live edge: what is new since the last list, at first only the newest.
            for name in [n for n in (names if known else names[-1:]) if n not in known]:
                known.add(name)
                asked = time.monotonic()
                seen.bytes += len(await _get(reader, writer, f"{prefix}src/{name.decode()}"))
                seen.segments += 1
                seen.late += time.monotonic() - asked > LATE_S
            known.update(names)
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begin)))
    except (OSError, ValueError, asyncio.IncompleteReadError):
        seen.failed += 1
    finally:
        writer.close()


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head[:40])
    length = re.search(rb"Content-Length: (\d+)", head)
    return await reader.readexactly(int(length[1]) if length else 0)


@contextmanager
def _running(command: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _sender(config: Config, name: str, rate: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", str(_film(config, rate)), "-c", "copy",
         "-f", "flv", f"{config.media.inner_url}/{name}"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _film(config: Config, rate: str) -> Path:
    """Ten seconds of pictures, encoded once, so that the senders take nothing of the processors."""
    path = config.home / f"film-{rate}.flv"
    if not path.exists():
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-f", "lavfi", "-i",
                        "sine=f=440", "-t", "10", "-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-maxrate", rate, "-bufsize",
                        rate, "-g", "25", "-keyint_min", "25", "-bf", "0", "-c:a", "aac", str(path)], check=True)
    return path


@contextmanager
def _sending(config: Config, name: str, rate: str) -> Iterator[None]:
    sender = _sender(config, name, rate)
    time.sleep(1.5)
    try:
        yield
    finally:
        sender.kill()
        sender.wait()


def _packager(config: Config, name: str, folder: Path, *, has_low: bool) -> Packager:
    Archive().follow(folder, has_low)
    return Packager(Plan(Source(SourceKind.SENDER, f"{config.media.inner_url}/{name}"), folder, has_low))


@contextmanager
def _packaging(config: Config, name: str, folder: Path, *, has_low: bool) -> Iterator[None]:
    packager = _packager(config, name, folder, has_low=has_low)
    try:
        yield
    finally:
        packager.stop()


def _count(folder: Path) -> int:
    return len(list((folder / "src").glob("*.ts")))


def _wait(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        if time.monotonic() > until:
            raise RuntimeError(f"{path.name} did not come.")
        time.sleep(0.1)


def _cpu_seconds(process_id: int) -> float:
    """What a process and its children have used."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.parent.name) == process_id or int(fields[1]) == process_id:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
