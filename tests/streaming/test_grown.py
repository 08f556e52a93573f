"""More than one machine, really run with several processes: a cache before the pictures, messages across edges, a bucket."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from expo.kit import clock
from expo.kit import push as pushing
from expo.kit.config import Config, load_config
from expo.kit.storage import make_storage
from expo.streaming import actions_broadcasts, actions_channels, actions_senders
from expo.streaming.jobs import make_replay
from expo.streaming.media.cutting import cut
from expo.streaming.media.signing import pictures_prefix
from scripts.crowd import Crowd
from scripts.outer import write_outer
from scripts.stack import Stack, free_port, nginx_module
from tests.conftest import Browser
from tests.kit.test_push import next_message
from tests.programme.plans import Programme
from tests.servers import started_bucket, started_redis
from tests.streaming.stack import wait_for
from tests.streaming.test_streaming import enable_streaming

ROOM = "0123456789abcdef"


@dataclass
class Pictures:
    """A site's own edge with a room on its disk, and an outer one in front of it."""

    config: Config
    folder: Path
    inner: int
    outer: int
    home: Path
    edge: subprocess.Popen[bytes]

    def prefix(self, viewer: str = "a1", *, lasts: float = 3600, bound_to: str = "") -> str:
        return pictures_prefix(self.config, ROOM, viewer, datetime.now(UTC) + timedelta(seconds=lasts), bound_to)

    def get(self, port: int, address: str, cookie: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", address, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pictures]:
    monkeypatch.delenv("EXPO_PUSH_REDIS_URL", raising=False)
    stack = Stack(home=tmp_path / "site", port=free_port())
    if not stack.has_media:
        pytest.skip("this machine's nginx has no rtmp module")
    config = load_config({k: v for k, v in stack.environment().items() if k.startswith("EXPO_")})
    folder = stack.home / "media" / "hls" / ROOM
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "live.m3u8").write_text("#EXTM3U\n1.ts\n")
    (folder / "src" / "1.ts").write_bytes(b"first")
    port = free_port()
    outer = write_outer(tmp_path / "outer", origin=f"127.0.0.1:{stack.port}", listen=f"127.0.0.1:{port}", secret=config.media.secret)
    with running(*[part.command for part in stack.parts() if part.name == "edge"], outer, ports=(stack.port, port)) as processes:
        yield Pictures(config, folder, stack.port, port, tmp_path / "outer", processes[0])


@contextmanager
def running(*commands: tuple[str, ...], ports: tuple[int, ...]) -> Iterator[list[subprocess.Popen[bytes]]]:
    with ExitStack() as started:
        processes = []
        for command in commands:
            processes.append(started.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL)))
            started.callback(processes[-1].terminate)
        for port in ports:
            wait_for(lambda port=port: _answers(port), 30)  # type: ignore[misc]
        yield processes


def _answers(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
    except OSError:
        return False
    return True


# --- Rights at the edge, without the app -----------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["inner", "outer"])
def test_the_edge_judges_an_address_alone(pictures: Pictures, at: str) -> None:
    """Good, too old (or a clock that was set on), forged, of another room, bound to somebody's cookie and passed on."""
    port = getattr(pictures, at)
    assert pictures.get(port, pictures.prefix() + "src/1.ts") == (200, b"first")
    assert pictures.get(port, pictures.prefix(lasts=-5) + "src/1.ts")[0] == 410
    assert pictures.get(port, pictures.prefix().replace("/a1/", "/a2/") + "src/1.ts")[0] == 403
    assert pictures.get(port, pictures.prefix().replace(ROOM, "f" * 16) + "src/1.ts")[0] == 403
    bound = pictures.prefix(bound_to="c" * 32) + "src/live.m3u8"
    assert pictures.get(port, bound, "viewer=" + "c" * 32)[0] == 200
    assert pictures.get(port, bound)[0] == 403
    assert pictures.get(port, bound, "viewer=" + "d" * 32)[0] == 403


# --- A cache in front ------------------------------------------------------------------------------------------------


def test_a_cache_asks_for_a_segment_once_for_all_viewers_and_for_a_list_anew(pictures: Pictures) -> None:
    for number in range(20):
        assert pictures.get(pictures.outer, pictures.prefix(f"a{number}") + "src/1.ts") == (200, b"first")
        assert pictures.get(pictures.outer, pictures.prefix(f"a{number}") + "src/live.m3u8")[0] == 200
    (pictures.folder / "src" / "1.ts").write_bytes(b"a second copy")
    (pictures.folder / "src" / "live.m3u8").write_text("#EXTM3U\n1.ts\n2.ts\n")
    assert pictures.get(pictures.outer, pictures.prefix("a99") + "src/1.ts") == (200, b"first")
    wait_for(lambda: b"2.ts" in pictures.get(pictures.outer, pictures.prefix() + "src/live.m3u8")[1], 30, "the list stays old")
    assert pictures.get(pictures.outer, "/live")[0] == 404


def test_what_is_in_the_cache_is_seen_while_the_sites_own_edge_is_gone(pictures: Pictures) -> None:
    assert pictures.get(pictures.outer, pictures.prefix("a1") + "src/1.ts")[0] == 200
    pictures.edge.terminate()
    pictures.edge.wait()
    assert pictures.get(pictures.outer, pictures.prefix("a2") + "src/1.ts") == (200, b"first")
    assert pictures.get(pictures.outer, pictures.prefix("a2", lasts=-5) + "src/1.ts")[0] == 410


def test_viewers_of_an_outer_edge_stand_in_its_log_as_the_site_counts_them(pictures: Pictures) -> None:
    pictures.get(pictures.outer, pictures.prefix("p7") + "src/live.m3u8")
    log = pictures.home / "hls.log"
    wait_for(log.read_text, 30)
    moment, room, viewer = log.read_text().split()
    assert (room, viewer) == (ROOM, "p7")
    assert abs(float(moment) - time.time()) < 120


def test_the_benchmarks_crowd_loads_each_segment_once_and_counts_what_fails(pictures: Pictures) -> None:
    met = Crowd("viewers", 6, pictures.outer, pictures.prefix(), 2.5).met()
    assert (met.segments, met.failed, met.bytes) == (6, 0, len(b"first") * 6 + len("#EXTM3U\n1.ts\n") * len(met.lists))
    assert len(met.lists) >= 6
    assert Crowd("viewers", 3, pictures.outer, pictures.prefix(lasts=-5), 1, 1).met().failed == 3


# --- Recordings in a bucket ------------------------------------------------------------------------------------------


def test_a_replay_and_its_clip_lie_in_the_bucket_and_browsers_are_sent_there(app: Flask, client: Browser, tmp_path: Path) -> None:
    """The pieces lie on the media machine until they are joined; what people look at lies in the bucket alone."""
    programme = Programme()
    enable_streaming(programme)
    config = app.extensions["expo_config"]
    with started_bucket() as bucket:
        settings = {name.removeprefix("EXPO_S3_").lower(): value for name, value in bucket.settings.items()}
        store = replace(config.storage, folder=tmp_path / "files", **settings)
        app.extensions |= {"expo_config": replace(config, home=tmp_path, storage=store), "expo_storage": make_storage(store)}
        try:
            broadcast_id = _recorded(programme, tmp_path)
            make_replay(HereAndNow(), broadcast_id)
            actions_broadcasts.publish_replay(broadcast_id, by=programme.province)
            answer = client.get(f"/live/{broadcast_id}/replay.mp4")
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(f"{bucket.endpoint}/{bucket.name}/")
            policy = client.get(f"/live/{broadcast_id}").headers["Content-Security-Policy"]
            assert f"media-src 'self' blob: {bucket.endpoint}" in policy
            with urllib.request.urlopen(answer.headers["Location"]) as file:
                assert file.read(12)[4:8] == b"ftyp"
            assert cut(answer.headers["Location"], 1.0, 2.0, tmp_path / "clip.mp4") > 0.5
            assert len(bucket.names()) == 1
            assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
        finally:
            app.extensions |= {"expo_config": config}
            app.extensions.pop("expo_storage")


def _recorded(programme: Programme, home: Path) -> int:
    """A broadcast that has ended, with a recorded piece of three seconds; its number."""
    channel = actions_channels.create_channel(programme.edition.id, "临时频道", by=programme.province)
    begun = clock.now() - timedelta(minutes=1)
    with clock.frozen(begun):
        broadcast = actions_broadcasts.open_broadcast(channel.id, "开放日", begun, begun + timedelta(hours=1), by=programme.province)
        actions_broadcasts.begin_broadcast(broadcast.id, by=programme.province)
    folder = home / "media" / "recordings"
    folder.mkdir(parents=True)
    piece = folder / f"{channel.room}-1-2026.flv"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=10", "-f", "lavfi", "-i", "sine", "-t", "3",
                    "-c:v", "libx264", "-g", "10", "-c:a", "aac", str(piece)], check=True)
    actions_senders.keep_recording(piece, begun + timedelta(seconds=5), timedelta(seconds=3))
    actions_broadcasts.end_broadcast(broadcast.id, by=programme.province)
    return broadcast.id


class HereAndNow:
    """A job whose progress nobody looks at."""

    def progress(self, *_said: object) -> None:
        """Nobody waits."""


# --- Messages across edges -------------------------------------------------------------------------------------------


@pytest.mark.skipif(nginx_module("nchan") is None, reason="this machine's nginx has no nchan")
def test_a_message_given_to_one_edge_is_heard_at_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPO_PUSH_SECRET", "p" * 20)
    with started_redis(tmp_path) as url:
        monkeypatch.setenv("EXPO_PUSH_REDIS_URL", url)
        stacks = [Stack(home=tmp_path / name, port=free_port()) for name in "ab"]
        commands = [next(part.command for part in stack.parts() if part.name == "edge") for stack in stacks]
        config = load_config({k: v for k, v in stacks[0].environment().items() if k.startswith("EXPO_")})
        with running(*commands, ports=tuple(stack.port for stack in stacks)):
            for left in reversed(range(12)):
                # Until a process of an edge has reached Redis it answers 503.
                streams = [wait_for(lambda stack=stack: _listen(stack.port, "/events/public/x+public/y"), 30) for stack in stacks]  # type: ignore[misc]
                for topic in ("public/x", "public/y", pushing.HEARTBEAT):
                    wait_for(lambda topic=topic: _publish(config, topic), 30)  # type: ignore[misc]
                try:
                    for stream in streams:
                        # Topics that share a connection keep no order among each other.
                        assert {next_message(stream)["name"] for _ in range(3)} == {"public/x", "public/y", pushing.HEARTBEAT}
                    break
                except TimeoutError:
                    # An edge knows of a listener to several topics a moment after it has answered.
                    if not left:
                        raise
            signed = f"/events/signed/1/{pushing.sign(config.push_secret, '1 hall/1')}/hall/1"
            assert [_open(stack.port, signed).status for stack in stacks] == [410, 410]


def _open(port: int, address: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", address, headers={"Accept": "text/event-stream"})
    return connection.getresponse()


def _listen(port: int, address: str) -> http.client.HTTPResponse | None:
    answer = _open(port, address)
    return answer if answer.status == 200 else None


def _publish(config: Config, topic: str) -> bool:
    connection = pushing._connect(config.push_url)
    connection.request("POST", f"/publish/{topic}", json.dumps({"name": topic}).encode())
    is_taken = connection.getresponse().status < 300
    connection.close()
    return is_taken
