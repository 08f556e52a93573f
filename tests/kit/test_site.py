"""Failed jobs and messages are shown to those who look after the site, and are tried again by them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from expo.kit import clock, jobs
from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db
from expo.kit.jobs import Job, JobContext, JobStatus, job, start_job
from expo.kit.outbox import MessageStatus, OutboxMessage, send_again
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from tests.conftest import Browser
from tests.makers import Places, make_actor, stored

broken = {"is": True}


@job("test.mendable")
def mendable(_ctx: JobContext) -> dict[str, str]:
    if broken["is"]:
        raise RuntimeError("the disk is full")
    return {"summary": "done"}


@action
def begin(*, by: Actor) -> Job:
    return start_job("test.mendable", {}, by=by, title="夜间汇总")


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def failed_message() -> OutboxMessage:
    message: OutboxMessage = stored(OutboxMessage(
        channel="mail", address="wang@example.cn", subject="邀请函", body="请确认", status=MessageStatus.FAILED, attempts=8,
        error="550 no such user"))
    return message


def test_the_administrator_sees_what_failed_with_its_reason_and_a_masked_address(places: Places, client: Browser) -> None:
    failed_message()
    admin = make_actor(Role.ADMINISTRATOR, places.province)
    text = client.sign_in(admin).get("/work/site").text
    assert "550 no such user" in text
    assert "邀请函" in text
    assert "w***@example.cn" in text
    assert "wang@example.cn" not in text
    assert "/work/site" in client.get("/work/").text


@pytest.mark.parametrize("role", [Role.CARETAKER, Role.GATE_STAFF, Role.AUDITOR])
def test_others_neither_see_nor_send_again(places: Places, client: Browser, role: Role) -> None:
    message, actor = failed_message(), make_actor(role, places.province)
    client.sign_in(actor)
    assert client.get("/work/site").status_code == 403
    assert client.post(f"/work/site/messages/{message.id}/again").status_code == 403
    with pytest.raises(Forbidden):
        send_again(message.id, by=actor)


def test_a_message_given_up_is_tried_again_from_the_start(
    places: Places, client: Browser, work_off: Callable[[], None],
) -> None:
    message_id = failed_message().id
    client.sign_in(make_actor(Role.ADMINISTRATOR, places.province))
    client.post(f"/work/site/messages/{message_id}/again")
    waiting = db.session.get_one(OutboxMessage, message_id, populate_existing=True)
    assert (waiting.status, waiting.attempts) == (MessageStatus.WAITING, 0)
    work_off()
    assert db.session.get_one(OutboxMessage, message_id, populate_existing=True).status is MessageStatus.SENT


def test_a_message_that_was_sent_is_not_sent_twice(places: Places) -> None:
    message = stored(OutboxMessage(channel="mail", address="a@example.cn", body="x", status=MessageStatus.SENT,
                                   sent_at=clock.now()))
    send_again(message.id, by=make_actor(Role.ADMINISTRATOR, places.province))
    assert db.session.get_one(OutboxMessage, message.id, populate_existing=True).status is MessageStatus.SENT


def test_a_failed_job_runs_again_once_its_reason_is_mended(places: Places, client: Browser) -> None:
    owner = make_actor(Role.ORGANISER, places.qingyang)
    number = begin(by=owner).id
    broken["is"] = True
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.run_job(number)
    assert "夜间汇总" in client.sign_in(make_actor(Role.ADMINISTRATOR, places.province)).get("/work/site").text
    broken["is"] = False
    client.sign_in(owner).post(f"/work/jobs/{number}/again")
    jobs.run_job(number)
    db.session.expire_all()
    done = jobs.find_job(number)
    assert done
    assert (done.status, done.attempts) == (JobStatus.DONE, 1)
    with pytest.raises(Refused):
        jobs.run_again(number, by=SYSTEM)


def test_somebody_elses_failed_job_is_not_run_again(places: Places, client: Browser) -> None:
    number = begin(by=make_actor(Role.ORGANISER, places.qingyang)).id
    for _ in range(jobs.MAX_ATTEMPTS):
        broken["is"] = True
        jobs.run_job(number)
    stranger = make_actor(Role.CARETAKER, places.mianyang)
    assert client.sign_in(stranger).post(f"/work/jobs/{number}/again").status_code == 404
    with pytest.raises(Forbidden):
        jobs.run_again(number, by=stranger)
