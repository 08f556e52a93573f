"""The whole streaming site for half an hour: does any part's memory grow, is any segment late, is any message lost?

One sender with a key, a target that it is sent on to, viewers, listeners, messages every two seconds and visitors who
ask the app; each part with its children is weighed every half minute. Runs when it is named alone; ``--minutes`` says how long.
"""

from __future__ import annotations

import http.client
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.bench_jobs.live import film, say
from scripts.crowd import Crowd, Met
from scripts.measuring import Context, Result, memory_mb, percentile

VIEWERS, LISTENERS = 100, 200
WEIGHED_EVERY_S, MESSAGE_EVERY_S = 30.0, 2.0
PARTS = ("web", "edge", "media", "studio", "worker")


def run(context: Context) -> list[Result]:
    from expo.streaming import actions_simulcast
    from expo.streaming.models import KeyRole
    from tests.streaming.stack import MediaStack, RtmpTarget, wait_for

    seconds = context.minutes * 60 if not context.is_quick else 20
    stack = MediaStack(context.folder / "home")
    target = RtmpTarget(context.folder / "target", "their-key", keeps=False)
    with ExitStack() as doing:
        doing.callback(stack.stop)
        doing.callback(target.kill)
        target.start()
        stack.start(*PARTS)
        room = stack.channel("soak")
        doing.enter_context(_sending(film(context.folder, "600k"), room.address(KeyRole.MAIN)))
        with stack.inside():
            kept = actions_simulcast.add_target(room.channel_id, "target", target.server, "their-key", by=stack.director)
            actions_simulcast.switch_target(kept.id, is_on=True, by=stack.director)
        wait_for(room.plays, 60)
        crowds = [Crowd("viewers", VIEWERS, stack.stack.port, room.ticket()["prefix"], seconds, 1),
                  Crowd("listeners", LISTENERS, stack.stack.port, "/events/public/soak", seconds, 1)]
        for crowd in crowds:
            doing.callback(crowd.stop)
        weights, sent = _watch(stack.stack.port, stack.stack.push_socket, room.broadcast_id, seconds,
                               {name: process.pid for name, process in stack.processes.items()})
        watched, heard = (crowd.met() for crowd in crowds)
    return [*(_weight(context, name, values) for name, values in weights.items()), *_crowds(context, seconds, watched, heard, sent)]


def _watch(port: int, push_socket: Path, broadcast_id: int, seconds: float, parts: dict[str, int]) -> tuple[dict[str, list[float]], int]:
    """Weigh the parts again and again, say something and look at pages meanwhile."""
    weights: dict[str, list[float]] = {name: [] for name in parts}
    until, weighed, sent = time.monotonic() + seconds, 0.0, 0
    begun = time.monotonic()
    while time.monotonic() < until:
        if time.monotonic() - weighed > min(WEIGHED_EVERY_S, seconds / 8):
            weighed = time.monotonic()
            for name, process_id in parts.items():
                weights[name].append(memory_mb(process_id))
            print(f"    {(weighed - begun) / 60:5.1f} min  " + "  ".join(f"{name} {values[-1]:.0f} MB" for name, values in weights.items()), flush=True)
        # All listeners have come after the first seconds; what is said before the end has its time to arrive.
        if 3 < time.monotonic() - begun < seconds - 3:
            say(push_socket, "public/soak")
            sent += 1
        for path in (f"/live/{broadcast_id}/ticket", "/live", f"/live/{broadcast_id}"):
            _look(port, path)
        time.sleep(MESSAGE_EVERY_S)
    return weights, sent


def _look(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")


def _weight(context: Context, name: str, values: list[float]) -> Result:
    """The end beside what it was after a tenth of the time, when everything had been used once."""
    early = values[max(1, len(values) // 10)]
    return Result("soak", f"memory of {name}", context.size, "none", values[-1], early, "MB", rss_mb=max(values),
                  note=f"{values[0]:.0f} MB at the start, {len(values)} times weighed")


def _crowds(context: Context, seconds: float, watched: Met, heard: Met, sent: int) -> list[Result]:
    expected = sent * LISTENERS
    return [
        Result("soak", f"{VIEWERS} viewers, {seconds / 60:.0f} min", context.size, "none", watched.segments / seconds, VIEWERS, "segments/s",
               percentile(watched.lists, 50) * 1000, percentile(watched.lists, 99) * 1000, note=f"{watched.late} late, {watched.failed} failed"),
        Result("soak", f"{LISTENERS} listeners", context.size, "none", len(heard.delays), expected, "messages",
               percentile(heard.delays, 50) * 1000, percentile(heard.delays, 99) * 1000, note=f"{expected - len(heard.delays)} not heard, {heard.failed} failed"),
    ]


@contextmanager
def _sending(path: Path, address: str) -> Iterator[None]:
    """A sender that comes back by itself, as OBS does."""
    is_over = threading.Event()

    def send() -> None:
        while not is_over.is_set():
            with subprocess.Popen(["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", str(path), "-c", "copy",
                                   "-f", "flv", address], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
                while sender.poll() is None and not is_over.wait(0.5):
                    pass
                sender.kill()
            is_over.wait(2)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
