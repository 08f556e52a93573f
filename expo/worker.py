"""The worker's side: the queue behind jobs and outbox, and what happens by the clock.

Run by ``huey_consumer expo.worker.huey``. Other modules hand over numbers of stored rows, never work itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask
from huey import RedisHuey, SqliteHuey, crontab

from expo.kit import jobs, once, outbox
from expo.kit.config import Config, load_config
from expo.kit.db import db
from expo.kit.unit import action
from expo.reactions import DAILY, MINUTELY


def make_huey(config: Config) -> SqliteHuey | RedisHuey:
    """Redis when it is set up, else a file of its own beside the database."""
    if config.redis_url:
        return RedisHuey("expo", url=config.redis_url)
    return SqliteHuey("expo", filename=str(config.home / "queue.db"), fsync=True)


huey = make_huey(load_config())


@cache
def app() -> Flask:
    """The app of this worker process."""
    from expo import create_app

    connect()
    return create_app()


@huey.task()  # type: ignore[untyped-decorator]  # huey has no types
def run_job(job_id: int) -> None:
    with app().app_context():
        jobs.run_job(job_id)


@huey.task()  # type: ignore[untyped-decorator]  # huey has no types
def deliver(message_id: int) -> None:
    with app().app_context():
        outbox.deliver(message_id)


@huey.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]  # huey has no types
def sweep() -> None:
    """Pick up what a crash or a lost hand-over left behind, then do what is due by the clock."""
    with app().app_context():
        for message_id in outbox.list_due():
            deliver(message_id)
        for job_id in jobs.list_unstarted():
            run_job(job_id)
        do_all(MINUTELY)


@huey.on_startup()  # type: ignore[untyped-decorator]  # huey has no types
def begin() -> None:
    """What was left behind while no worker was there does not wait for the next full minute."""
    sweep()


@huey.periodic_task(crontab(hour="3", minute="20"))  # type: ignore[untyped-decorator]  # huey has no types
def nightly() -> None:
    with app().app_context():
        do_all((forget, *DAILY))


def do_all(tasks: Iterable[Callable[[], Any]]) -> None:
    """One that fails keeps none of the others from its turn; the queue is told of it at the end."""
    failed: list[Exception] = []
    for task in tasks:
        try:
            task()
        except Exception as error:
            db.session.rollback()
            failed.append(error)
    if failed:
        raise ExceptionGroup("work that is done by the clock failed", failed)


@action(history=False)
def forget() -> None:
    """Drop technical rows that have served their time."""
    once.forget_old_tokens(timedelta(days=2))


def connect() -> None:
    """Let this process hand work to the queue."""
    if not jobs.enqueue:
        jobs.enqueue.append(run_job)
        outbox.enqueue.append(deliver)

