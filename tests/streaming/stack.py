"""The real media stack for tests: edge, media server, app and studio, with a session that is on now and its channels."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from expo import create_app
from expo.kit import clock
from expo.kit.config import load_config
from expo.kit.db import db
from expo.people.actions_sessions import start_session
from expo.people.permissions import P, Role
from expo.streaming import actions_channels, queries_channels
from expo.streaming.actions_broadcasts import open_broadcast
from expo.streaming.models import (
    Audience,
    Broadcast,
    BroadcastStatus,
    Channel,
    ChannelWarning,
    Ingest,
    KeyRole,
)
from scripts.stack import NGINX, ROOT, Stack, free_port, nginx_module
from tests.makers import Places, make_actor, make_edition


class MediaStack:
    """Started parts by name. ``room(name)`` makes a channel with a live broadcast on it."""

    def __init__(self, home: Path) -> None:
        self.stack = Stack(home=home, port=free_port())
        self.parts = {part.name: part for part in self.stack.parts()}
        self.environment = self.stack.environment() | {"EXPO_MEDIA_TARGET_HOSTS": "127.0.0.1"}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = home / "parts.log"
        self.url = f"http://localhost:{self.stack.port}"
        self.app: Flask = create_app(load_config({k: v for k, v in self.environment.items() if k.startswith("EXPO_")}),
                                     {"TESTING": True, "WTF_CSRF_ENABLED": False})
        with self.app.app_context():
            db.create_all()
            self.places = Places()
            self.edition = make_edition()
            self.director = make_actor(Role.ORGANISER, self.places.province)
            db.session.remove()
            db.engine.dispose()

    @property
    def ingest_url(self) -> str:
        return self.environment["EXPO_MEDIA_SENDER_URL"]

    def start(self, *names: str) -> None:
        for name in names:
            part = self.parts[name]
            command = [*part.command, "--prepared"] if name == "web" else list(part.command)
            log = self.log.open("ab")
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment | {"WEB_CONCURRENCY": "1"}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
            log.close()
        if "web" in names:
            wait_for(self.stack.app_socket.exists, 60)
        if "media" in names:
            wait_for(self.stack.control_socket.exists, 10)

    def stop(self, *names: str) -> None:
        for name in names or tuple(reversed(self.processes)):
            process = self.processes.pop(name)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def kill(self, name: str) -> None:
        """As a crash would: without a word, with all of its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Within the app, on the same database."""
        with self.app.app_context():
            yield
            db.session.remove()

    def channel(self, name: str, *, live: bool = True, audience: Audience = Audience.PUBLIC) -> Room:
        """A channel of its own; with a broadcast that is due now."""
        with self.inside():
            channel = actions_channels.create_channel(self.edition.id, name, by=self.director)
            broadcast_id = 0
            if live:
                broadcast_id = open_broadcast(channel.id, name, clock.now() - timedelta(minutes=1), clock.now() + timedelta(hours=1),
                                              audience=audience, by=self.director).id
            found = queries_channels.get_channel(channel.id, self.director, P.STREAMING_READ)
            keys = {key.role: (key.id, actions_channels.text_of(key)) for key in found.keys}
        return Room(self, channel.id, broadcast_id, keys)

    def ask(self, path: str, cookie: str = "", headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=60)
        connection.request("GET", path, headers=(headers or {}) | ({"Cookie": cookie} if cookie else {}))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def session_cookie(self, person_id: int) -> str:
        """The cookie of somebody who has signed in."""
        from flask.sessions import SecureCookieSessionInterface

        with self.inside():
            token = start_session(person_id, second_factor=True)
        serializer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert serializer
        return str(serializer.dumps({"sign_in": token}))


@dataclasses.dataclass
class Room:
    """A channel of the stack with its broadcast and keys."""

    stack: MediaStack
    channel_id: int
    broadcast_id: int
    keys: dict[KeyRole, tuple[int, str]]

    def address(self, role: KeyRole = KeyRole.MAIN) -> str:
        return f"{self.stack.ingest_url}/{self.keys[role][1]}"

    def ticket(self) -> dict[str, Any]:
        status, _, body = self.stack.ask(f"/live/{self.broadcast_id}/ticket")
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def one(self, model: Any, *clauses: Any) -> list[Any]:
        with self.stack.inside():
            return list(db.session.scalars(sa.select(model).where(model.channel_id == self.channel_id, *clauses).order_by(model.id)))

    @property
    def ingests(self) -> list[Ingest]:
        return self.one(Ingest)

    @property
    def on_air(self) -> Ingest | None:
        return next((i for i in self.ingests if i.is_on_air), None)

    @property
    def warnings(self) -> set[str]:
        return {w.kind.value for w in self.one(ChannelWarning, ChannelWarning.ended_at.is_(None))}

    @property
    def status(self) -> BroadcastStatus:
        with self.stack.inside():
            return db.session.get_one(Broadcast, self.broadcast_id).status

    @property
    def name(self) -> str:
        """The channel's folder name, which its recordings bear."""
        with self.stack.inside():
            return db.session.get_one(Channel, self.channel_id).room

    @property
    def folder(self) -> Path:
        with self.stack.inside():
            broadcast = db.session.get(Broadcast, self.broadcast_id)
            name = broadcast.room if broadcast else db.session.get_one(Channel, self.channel_id).room
        assert name
        return self.stack.stack.home / "media" / "hls" / name

    def segments(self, rung: str = "src") -> list[str]:
        """Names of all segments so far."""
        path = self.folder / rung / "dvr.m3u8"
        return [line for line in path.read_text().splitlines() if line.endswith(".ts")] if path.exists() else []

    def plays(self, at_least: int = 2) -> bool:
        return len(self.segments()) >= at_least

    def size(self, rung: str = "src") -> tuple[int, int]:
        """Width and height of the newest segment; zero for one that holds no picture, as when its sender was cut off."""
        segments = self.segments(rung)
        if not segments:
            return 0, 0
        said = subprocess.run(
            ["ffprobe", "-loglevel", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0",
             str(self.folder / rung / segments[-1])], capture_output=True, text=True, check=False).stdout.split()
        width, height = said[0].strip(",").split(",")[:2] if said else ("0", "0")
        return int(width), int(height)


class RtmpTarget:
    """Another site's RTMP server, which takes one key and keeps what comes. It may be stopped and started again."""

    def __init__(self, folder: Path, key: str, *, keeps: bool = True) -> None:
        port, judge = free_port(), free_port()
        self.folder, self.server = folder, f"rtmp://127.0.0.1:{port}/app"
        folder.mkdir()
        scratch = "".join(f'{kind}_temp_path "{folder}/{kind}";' for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"""
            daemon off; load_module "{nginx_module('rtmp')}"; {"user root;" if os.getuid() == 0 else ""}
            pid "{folder}/nginx.pid"; error_log stderr crit; worker_processes 1;
            events {{ worker_connections 64; }}
            rtmp {{ notify_method get; server {{ listen 127.0.0.1:{port}; application app {{
                live on; on_publish http://127.0.0.1:{judge}/; record {'all' if keeps else 'off'}; record_path "{folder}"; record_suffix -%s.flv; }} }} }}
            http {{ access_log off; {scratch} server {{ listen 127.0.0.1:{judge};
                location / {{ if ($arg_name != "{key}") {{ return 403; }} return 204; }} }} }}
        """)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([NGINX, "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def received(self) -> int:
        """Bytes of pictures that have come."""
        return sum(path.stat().st_size for path in self.folder.glob("*.flv"))


def wait_for(condition: Callable[[], Any], seconds: float = 10, why: str = "") -> Any:
    """What ``condition`` says as soon as that is true; fails when it is not in time.

    ``seconds`` is what a machine at rest needs at most; a busy one gets three times as long, and a minute all the same.
    """
    until = time.monotonic() + max(3 * seconds, 60)
    while time.monotonic() < until:
        said = condition()
        if said:
            return said
        time.sleep(0.1)
    raise AssertionError(why or f"not within {seconds} s")


def pipe_sender(address: str, *options: str) -> subprocess.Popen[bytes]:
    """ffmpeg's own test picture; ``options`` stand before the address."""
    return subprocess.Popen(["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", *options, "-f", "flv", address],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
