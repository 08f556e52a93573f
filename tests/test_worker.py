"""The queue behind jobs and messages, in SQLite and in a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from limits.storage import storage_from_string

from expo.kit.config import load_config
from expo.kit.limits import storage_uri
from expo.worker import do_all, make_huey
from tests.servers import started_redis


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with started_redis(tmp_path) as url:
        yield url


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


def test_one_failing_task_keeps_no_other_from_its_turn(app: Flask) -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError("the storage is away")

    with pytest.raises(ExceptionGroup) as told:
        do_all([lambda: done.append("before"), fail, lambda: done.append("behind")])
    assert done == ["before", "behind"]
    assert [str(error) for error in told.value.exceptions] == ["the storage is away"]


def test_rate_limits_count_in_redis_when_there_is_one(tmp_path: Path, redis_url: str) -> None:
    shared = storage_from_string(storage_uri(load_config({"EXPO_HOME": str(tmp_path), "EXPO_REDIS_URL": redis_url})))
    assert [shared.incr("one address", 60) for _ in range(3)] == [1, 2, 3]
    assert storage_uri(load_config({"EXPO_HOME": str(tmp_path)})) == "memory://"
