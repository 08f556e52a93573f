"""Long work survives a killed worker, is found again, and is nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from expo.kit import clock, jobs
from expo.kit.access import Actor
from expo.kit.jobs import Job, JobContext, JobStatus, job, start_job
from expo.kit.refusals import Refused
from expo.kit.unit import action
from tests.conftest import Browser
from tests.makers import make_person

ran: list[Any] = []


@job("test.count")
def count(ctx: JobContext, upto: int) -> dict[str, Any]:
    begin = ctx.checkpoint.get("next", 0)
    for number in range(begin, upto):
        if number == 3 and ctx.attempt == 1:
            raise RuntimeError("killed")
        ran.append(number)
        ctx.progress(number + 1, upto, checkpoint={"next": number + 1})
    return {"summary": "counted"}


@job("test.refuse")
def refuse(ctx: JobContext) -> None:
    raise Refused("Choose another file.")


@action
def begin(kind: str, arguments: dict[str, Any], *, by: Actor) -> int:
    return start_job(kind, arguments, by=by, title="Counting").id


@pytest.fixture
def person(app: Flask) -> Actor:
    ran.clear()
    return Actor(make_person().id, "x")


def test_a_job_killed_in_the_middle_goes_on_from_its_checkpoint(person: Actor, work_off: Callable[[], None]) -> None:
    number = begin("test.count", {"upto": 6}, by=person)
    work_off()
    done = jobs.find_job(number)
    assert done is not None
    assert (done.status, done.percent, done.result) == (JobStatus.DONE, 100, {"summary": "counted"})
    assert ran == [0, 1, 2, 3, 4, 5]


def test_a_refusal_ends_a_job_at_once_with_its_sentence(person: Actor, work_off: Callable[[], None]) -> None:
    number = begin("test.refuse", {}, by=person)
    work_off()
    ended = jobs.find_job(number)
    assert ended is not None
    assert (ended.status, ended.message, ended.attempts) == (JobStatus.FAILED, "Choose another file.", 1)


def test_a_job_whose_worker_died_is_found_by_the_sweep(person: Actor) -> None:
    number = begin("test.count", {"upto": 1}, by=person)
    jobs._claim(number)
    assert jobs.list_unstarted() == []
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert jobs.list_unstarted() == [number]
        jobs.run_job(number)
    found = jobs.find_job(number)
    assert found is not None
    assert found.status is JobStatus.DONE


def test_a_stopped_job_does_not_go_on(person: Actor, work_off: Callable[[], None]) -> None:
    number = begin("test.count", {"upto": 2}, by=person)
    jobs.stop_job(number, by=person)
    work_off()
    assert ran == []


def test_a_job_is_shown_to_its_starter_and_to_nobody_else(person: Actor, client: Browser) -> None:
    number = begin("test.count", {"upto": 1}, by=person)
    assert client.sign_in(person).get(f"/work/jobs/{number}").status_code == 200
    assert client.sign_in(make_person().id).get(f"/work/jobs/{number}").status_code == 404


ALLOWED = {("queued", "running"), ("queued", "stopped"), ("running", "running"), ("running", "done"), ("running", "failed"),
           ("running", "queued"), ("running", "stopped"), ("failed", "queued"), ("stopped", "queued")}


@pytest.mark.parametrize("before", JobStatus)
@pytest.mark.parametrize("after", JobStatus)
def test_a_job_moves_only_as_its_lifecycle_says(before: JobStatus, after: JobStatus) -> None:
    assert jobs.LIFECYCLE.allows(before, after) == ((before.value, after.value) in ALLOWED)


def test_a_finished_job_and_its_end_go_together(person: Actor) -> None:
    import sqlalchemy as sa

    from expo.kit.db import db

    @action(history=False)
    def contradict() -> None:
        db.session.add(Job(kind="test.count", title="x", arguments={}, status=JobStatus.DONE))
        db.session.flush()

    with pytest.raises(sa.exc.IntegrityError, match="ck_job_finished"):
        contradict()
