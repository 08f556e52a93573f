"""Telling open pages at once: small messages by topic, carried to browsers by nchan in the edge (server-sent events).

An action calls :func:`push`; after its commit the message goes to the edge, which holds the connections, so that no
waiting browser costs the app a thread. What is pushed is a hint, never the only copy: a page asks for the state when
it opens its stream and again whenever the stream was broken (``static/js/events.js``). Without an edge that carries
messages (``EXPO_PUSH_URL`` empty) nothing is sent, the address is empty, and pages ask now and then instead.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from expo.kit import clock
from expo.kit.config import Config, current_config
from expo.kit.unit import after_commit, in_action

log = logging.getLogger("expo.push")
#: Everybody hears this once a minute: a browser that hears nothing for longer opens its stream anew.
HEARTBEAT = "heartbeat"
_PATIENCE_S = 2.0
_TOPIC = re.compile(r"[a-z0-9][a-z0-9/_.-]{0,99}")


def push(topic: str, name: str, data: Mapping[str, Any] | None = None) -> None:
    """Send ``{"name": name, "data": data}`` to all who listen to ``topic``; inside an action after its commit.

    ``topic`` is lower case, such as ``edition/3/plan``. Nobody is told when the edge cannot be reached: that is logged.
    """
    _require_topics((topic,))
    message = json.dumps({"name": name, "data": dict(data or {})}, ensure_ascii=False, separators=(",", ":")).encode()
    config = current_config()
    if not config.push_url:
        return
    if in_action():
        after_commit(lambda: _send(config, topic, message))
    else:
        _send(config, topic, message)


def events_address(*topics: str, public: bool = False, lasts: timedelta = timedelta(hours=24)) -> str:
    """The address for ``data-events``: signed and good for about ``lasts``, or for everybody when ``public``.

    Several topics share one connection. The caller has checked that the reader may hear them. Empty without an edge.
    """
    _require_topics(topics)
    config = current_config()
    if not config.push_url:
        return ""
    joined = "+".join(topics)
    if public:
        # Kept pages carry it, so it holds nothing that runs out. Only what is pushed to "public/…" is heard there.
        if not all(topic.startswith("public/") for topic in topics):
            raise ValueError(f"{joined} is not public.")
        return f"/events/{joined}"
    # Rounded up, so that a page rendered again says the same.
    step = int(lasts.total_seconds() // 4)
    expires = (int(clock.real_now().timestamp()) // step + 5) * step
    return f"/events/signed/{expires}/{sign(config.push_secret, f'{expires} {joined}')}/{joined}"


def sign(secret: str, text: str) -> str:
    """What nginx's ``secure_link_md5 "<text> <secret>"`` compares with: MD5 in base64 for addresses."""
    digest = hashlib.md5(f"{text} {secret}".encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def beat() -> None:
    """The minute's heartbeat, sent by the worker."""
    push(HEARTBEAT, HEARTBEAT)


def _require_topics(topics: tuple[str, ...]) -> None:
    wrong = [topic for topic in topics if not _TOPIC.fullmatch(topic)]
    if wrong or not topics:
        raise ValueError(f"Not topics: {wrong}")


def _send(config: Config, topic: str, message: bytes) -> None:
    connection = _connect(config.push_url)
    try:
        connection.request("POST", f"/publish/{topic}", message, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            log.warning("The edge refused a message to %s: %s %s", topic, answer.status, answer.reason)
    except (OSError, http.client.HTTPException) as error:
        log.warning("The edge did not take a message to %s: %s", topic, error)
    finally:
        connection.close()


def _connect(address: str) -> http.client.HTTPConnection:
    if address.startswith("unix:"):
        return _UnixConnection(address.removeprefix("unix:"))
    parts = urlsplit(address)
    return http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PATIENCE_S)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("edge", timeout=_PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Soon:
    """Hints that may wait a moment: each topic at most once in two seconds, sent by a thread of its own."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, bytes] = {}
        self._is_running = False

    def add(self, config: Config, topic: str, message: bytes) -> None:
        with self._guard:
            self._waiting[topic] = message
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, args=(config,), daemon=True, name="expo-push").start()

    def _run(self, config: Config) -> None:
        while True:
            time.sleep(0.3)  # What comes at once goes together.
            with self._guard:
                waiting, self._waiting = self._waiting, {}
                if not waiting:
                    self._is_running = False
                    return
            for topic, message in waiting.items():
                _send(config, topic, message)
            time.sleep(1.7)


_soon = _Soon()


def push_soon(topic: str, name: str) -> None:
    """Let those who listen to ``topic`` know within two seconds that something has changed, however often it does.

    For doors through which hundreds go in a second: it costs the caller nothing and asks for no action.
    """
    _require_topics((topic,))
    config = current_config()
    if config.push_url:
        _soon.add(config, topic, json.dumps({"name": name, "data": {}}).encode())
