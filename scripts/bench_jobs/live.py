"""Live pictures at the edge: a real packager writes a room, viewers load it as players do; beside plain files.

Viewers and event subscribers are those of scripts.crowd, both at the same time. Channels: how many senders are passed on
at once, with the processors they take.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from expo.kit import clock
from expo.kit.config import Config, load_config
from expo.streaming.media.archive import Archive
from expo.streaming.media.packager import Packager, Plan, Source, SourceKind
from expo.streaming.media.signing import pictures_prefix
from scripts.crowd import ARRIVALS, Crowd, Met
from scripts.measuring import Context, Result, memory_mb, percentile
from scripts.outer import write_outer
from scripts.stack import Stack, free_port

VIEWERS, CHANNELS, SECONDS = 5000, 12, 20
ROOM, OUTER_ROOM = "0123456789abcdef", "fedcba9876543210"


def run(context: Context) -> list[Result]:
    viewers = 50 if context.is_quick else context.scaled(VIEWERS)
    seconds = 6 if context.is_quick else SECONDS
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
        results += _crowds(context, config, stack, edge, viewers, seconds)
        results.append(_cached(context, config, stack, edge, viewers, seconds))
        results.append(_channels(context, config, channels, seconds))
    return results


def _crowds(context: Context, config: Config, stack: Stack, edge: subprocess.Popen[bytes], viewers: int, seconds: int) -> list[Result]:
    """Viewers and listeners at the same time, as on a day with both; nothing but edge and packager runs."""
    folder = home_folder(config) / ROOM
    arriving = 4 + viewers / ARRIVALS
    with _sending(config, "bench-1", rate="300k"), _packaging(config, "bench-1", folder, has_low=False):
        _wait(folder / "src" / "live.m3u8")
        prefix = pictures_prefix(config, ROOM, "a0", clock.real_now() + timedelta(hours=1))
        crowds = [Crowd("viewers", viewers, stack.port, prefix, arriving + seconds)]
        if stack.push_socket.exists():
            crowds.append(Crowd("listeners", viewers, stack.port, "/events/public/bench", arriving + seconds))
        time.sleep(arriving)
        begin, memory, sent = _cpu_seconds(edge.pid), memory_mb(edge.pid), 0
        until = time.monotonic() + seconds - 3
        while time.monotonic() < until:
            if len(crowds) > 1:
                say(stack.push_socket, "public/bench")
                sent += 1
            time.sleep(1)
        spent = (_cpu_seconds(edge.pid) - begin) / max(1, seconds - 3)
        met = [crowd.met() for crowd in crowds]
    return [_watched(context, viewers, arriving + seconds, met[0], memory, spent), *(_heard(context, viewers, sent, one) for one in met[1:])]


def _cached(context: Context, config: Config, stack: Stack, edge: subprocess.Popen[bytes], viewers: int, seconds: int) -> Result:
    """The same viewers at an outer edge: what is left for the site's own."""
    folder, port, lasts = home_folder(config) / OUTER_ROOM, free_port(), seconds + viewers / ARRIVALS
    outer = write_outer(context.folder / "outer", origin=f"127.0.0.1:{stack.port}", listen=f"127.0.0.1:{port}", secret=config.media.secret)
    with _sending(config, "bench-2", rate="300k"), _packaging(config, "bench-2", folder, has_low=False), _running(outer) as cache:
        _wait(folder / "src" / "live.m3u8")
        prefix = pictures_prefix(config, OUTER_ROOM, "a0", clock.real_now() + timedelta(hours=1))
        begin, own = _cpu_seconds(cache.pid), _cpu_seconds(edge.pid)
        met = Crowd("viewers", viewers, port, prefix, lasts).met()
        spent, own = (_cpu_seconds(cache.pid) - begin) / lasts, (_cpu_seconds(edge.pid) - own) / lasts
        time.sleep(3)  # The edge writes its log every two seconds.
        asked = sum(OUTER_ROOM in line for line in (stack.home / "log" / "hls.log").read_text().splitlines())
        memory = memory_mb(cache.pid)
    return Result(
        "live", f"{viewers:,} HLS viewers at an outer edge", context.size, "none", met.segments / lasts, viewers, "segments/s",
        percentile(met.lists, 50) * 1000, percentile(met.lists, 99) * 1000, memory,
        note=f"{met.late} late, {met.failed} failed; {asked} of {len(met.lists):,} lists reached the site's own edge, which took {own:.2f} "
             f"processors, the outer one {spent:.2f}",
    )


def _watched(context: Context, viewers: int, seconds: float, met: Met, memory: float, spent: float) -> Result:
    return Result(
        "live", f"{viewers:,} HLS viewers, 300 kbit/s", context.size, "none", met.segments / seconds, viewers, "segments/s",
        percentile(met.lists, 50) * 1000, percentile(met.lists, 99) * 1000, memory,
        note=f"{met.late} late, {met.failed} failed, {met.bytes * 8 / seconds / 1e6:.0f} Mbit/s, edge {spent:.2f} and client "
             f"{met.own_s / seconds:.2f} processors",
    )


def _heard(context: Context, listeners: int, sent: int, met: Met) -> Result:
    expected = listeners * sent
    return Result("live", f"{listeners:,} event subscribers, meanwhile", context.size, "none", len(met.delays), expected, "messages",
                  percentile(met.delays, 50) * 1000, percentile(met.delays, 99) * 1000,
                  note=f"{expected - len(met.delays)} of {expected:,} not heard, {met.failed} failed")


def say(push_socket: Path, topic: str) -> None:
    """A message that carries the time of its sending, by the same way as the app's."""
    body = f'{{"name":"chat","data":{{"text":"t={time.monotonic():.6f}"}}}}'.encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(push_socket))
        connection.sendall(b"POST /publish/%s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (topic.encode(), len(body), body))
        while connection.recv(4096):
            pass


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


def home_folder(config: Config) -> Path:
    return config.home / "media" / "hls"


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
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", str(film(config.home, rate)), "-c", "copy",
         "-f", "flv", f"{config.media.inner_url}/{name}"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def film(folder: Path, rate: str) -> Path:
    """Ten seconds of pictures, encoded once, so that the senders take nothing of the processors."""
    path = folder / f"film-{rate}.flv"
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
