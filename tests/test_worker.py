"""The queue behind jobs and messages, in SQLite and in a real Redis."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from limits.storage import storage_from_string

from expo.kit.config import load_config
from expo.kit.limits import storage_uri
from expo.worker import make_huey


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    assert program, "scripts/setup --tests installs redis-server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
                              stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield url
    server.terminate()
    server.wait()


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_work_handed_over_is_carried_out_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    given = {"EXPO_HOME": str(tmp_path)}
    if kind == "redis":
        given["EXPO_REDIS_URL"] = request.getfixturevalue("redis_url")
    queue = make_huey(load_config(given))
    done: list[int] = []

    @queue.task()
    def work(number: int) -> None:
        done.append(number)

    work(7)
    assert queue.pending_count() == 1
    queue.execute(queue.dequeue())
    assert done == [7]
    assert queue.dequeue() is None


def test_rate_limits_count_in_redis_when_there_is_one(tmp_path: Path, redis_url: str) -> None:
    shared = storage_from_string(storage_uri(load_config({"EXPO_HOME": str(tmp_path), "EXPO_REDIS_URL": redis_url})))
    assert [shared.incr("one address", 60) for _ in range(3)] == [1, 2, 3]
    assert storage_uri(load_config({"EXPO_HOME": str(tmp_path)})) == "memory://"
