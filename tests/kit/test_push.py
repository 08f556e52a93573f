"""Messages to open pages, through a real edge."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from expo.kit import push as pushing
from expo.kit.access import SYSTEM, Actor
from expo.kit.config import given_values
from expo.kit.push import events_address, push
from expo.kit.refusals import Refused
from expo.kit.unit import action
from scripts.stack import Stack, free_port, nginx_module

pytestmark = pytest.mark.skipif(nginx_module("nchan") is None, reason="this machine's nginx has no nchan")


class Edge:
    """A started nginx, and ears on it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def open(self, address: str, patience_s: float = 30) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience_s)
        connection.request("GET", address, headers={"Accept": "text/event-stream"})
        return connection.getresponse()

    def listen(self, address: str, hears: Callable[[http.client.HTTPResponse], None]) -> None:
        """Open a stream and do what is to be heard there.

        The edge's processes know of a listener to several topics a moment after it got its headers. What is pushed
        within that moment is lost to it, as pages may lose a hint, so a stream that stays silent is opened anew.
        """
        for left in reversed(range(12)):
            with self.open(address, 5) as stream:
                assert stream.status == 200
                try:
                    hears(stream)
                    return
                except TimeoutError:
                    if not left:
                        raise


def next_message(stream: http.client.HTTPResponse) -> dict[str, object]:
    while line := stream.readline():
        if line.startswith(b"data: "):
            message: dict[str, object] = json.loads(line.removeprefix(b"data: "))
            return message
    raise AssertionError("The stream ended.")


@pytest.fixture
def edge(app: Flask, tmp_path: Path) -> Iterator[Edge]:
    stack = Stack(home=tmp_path, port=free_port())
    command = next(part.command for part in stack.parts() if part.name == "edge")
    said = stack.environment()
    before = app.extensions["expo_config"]
    app.extensions["expo_config"] = replace(
        before, push_url=said["EXPO_PUSH_URL"], push_secret=said["EXPO_PUSH_SECRET"]
    )
    try:
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(stack)
                yield Edge(stack.port)
            finally:
                process.terminate()
    finally:
        app.extensions["expo_config"] = before


def _wait_for(stack: Stack) -> None:
    """Until the edge takes both listeners and messages."""
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", stack.port)).close()
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(str(stack.push_socket))
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


@action(history=False)
def tell(topic: str, *, fail: bool = False, by: Actor = SYSTEM) -> None:
    push(topic, "moved", {"session": 7, "厅": "一号厅"})
    if fail:
        raise Refused("No.")


def test_several_edges_are_made_one_by_the_settings_file_too(tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.write_text(f"EXPO_PUSH_SECRET={'p' * 40}\nEXPO_PUSH_REDIS_URL=redis://push.example.cn:6379\n")
    stack = Stack(home=tmp_path / "home", port=free_port(), given=given_values({"EXPO_CONFIG_FILE": str(settings)}, []))
    assert stack.environment().get("EXPO_PUSH_SECRET") == "p" * 40
    stack.parts()
    config = (tmp_path / "home" / "edge" / "nginx.conf").read_text()
    assert "p" * 40 in config
    assert 'nchan_redis_server "redis://push.example.cn:6379"' in config


def test_a_listener_hears_what_an_action_pushed(edge: Edge) -> None:
    def hears(stream: http.client.HTTPResponse) -> None:
        tell("edition/3/plan")
        assert next_message(stream) == {"name": "moved", "data": {"session": 7, "厅": "一号厅"}}

    edge.listen(events_address("edition/3/plan"), hears)


def test_nothing_is_pushed_by_an_action_that_failed(edge: Edge) -> None:
    def hears(stream: http.client.HTTPResponse) -> None:
        with pytest.raises(Refused):
            tell("edition/3/plan", fail=True)
        push("edition/3/plan", "after")
        assert next_message(stream)["name"] == "after"

    edge.listen(events_address("edition/3/plan"), hears)


def test_one_connection_hears_several_topics_and_the_heartbeat(edge: Edge) -> None:
    def hears(stream: http.client.HTTPResponse) -> None:
        push("hall/2", "second")
        assert next_message(stream)["name"] == "second"
        push("hall/1", "first")
        assert next_message(stream)["name"] == "first"
        pushing.beat()
        assert next_message(stream)["name"] == "heartbeat"

    edge.listen(events_address("hall/1", "hall/2"), hears)


def test_a_forged_address_and_one_that_has_run_out_are_refused(edge: Edge, app: Flask) -> None:
    address = events_address("edition/3/plan")
    assert edge.open(address.replace("edition/3", "edition/4")).status == 403
    assert edge.open("/events/edition/3/plan").status == 404
    past = 1_000_000_000
    signature = pushing.sign(app.extensions["expo_config"].push_secret, f"{past} edition/3/plan")
    assert edge.open(f"/events/signed/{past}/{signature}/edition/3/plan").status == 410


def test_public_topics_need_no_signature_and_hold_no_others(edge: Edge) -> None:
    def hears(stream: http.client.HTTPResponse) -> None:
        push("public/session/5", "cue")
        assert next_message(stream)["name"] == "cue"

    edge.listen(events_address("public/session/5", public=True), hears)
    assert edge.open("/events/public/session/5+edition/3/plan").status == 404
    with pytest.raises(ValueError, match="not public"):
        events_address("edition/3/plan", public=True)


def test_an_edge_that_is_not_there_breaks_no_action(app: Flask) -> None:
    before = app.extensions["expo_config"]
    app.extensions["expo_config"] = replace(before, push_url="unix:/nowhere/push.sock", push_secret="x")
    tell("edition/3/plan")
    app.extensions["expo_config"] = before


def test_an_edge_that_talks_nonsense_breaks_no_action(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        def answer() -> None:
            connection = door.accept()[0]
            connection.recv(4096)
            connection.sendall(b"good morning\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        before = app.extensions["expo_config"]
        app.extensions["expo_config"] = replace(before, push_url=f"http://127.0.0.1:{door.getsockname()[1]}", push_secret="x")
        try:
            tell("edition/3/plan")
        finally:
            app.extensions["expo_config"] = before


def test_without_an_edge_there_is_no_address(app: Flask) -> None:
    assert events_address("edition/3/plan") == ""


@pytest.mark.parametrize("topic", ["", "Edition/3", "a+b", "../x y"])
def test_a_topic_is_plain(app: Flask, topic: str) -> None:
    with pytest.raises(ValueError, match="topics"):
        push(topic, "moved")
