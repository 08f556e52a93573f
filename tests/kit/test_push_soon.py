"""Hints that may wait: however often something changes, its listeners are told now and then, not each time."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from expo.kit import push


def test_many_changes_are_one_message_for_each_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    done = threading.Event()

    def send(_config: Any, topic: str, _message: bytes) -> None:
        sent.append(topic)
        if len(sent) == 2:
            done.set()

    monkeypatch.setattr(push, "_send", send)
    soon, nothing = push._Soon(), object()
    for _ in range(100):
        soon.add(nothing, "checkin/1", b"{}")  # type: ignore[arg-type]  # nobody asks the configuration here
        soon.add(nothing, "checkin/1/5", b"{}")  # type: ignore[arg-type]
    assert done.wait(30)
    assert sorted(sent) == ["checkin/1", "checkin/1/5"]
