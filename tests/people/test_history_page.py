"""The log as auditors read and verify it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.jobs import Job, JobStatus
from expo.people.actions_persons import find_or_make_person
from expo.people.permissions import Role
from expo.places.actions import add_zone
from tests.conftest import Browser
from tests.makers import Places, make_actor


@pytest.fixture
def places(app: Flask) -> Places:
    places = Places()
    find_or_make_person("张三", phone="19900000001", by=SYSTEM)
    add_zone(places.chengdu.id, "演示高新区", by=make_actor(Role.ORGANISER, places.province, name="王省协"))
    return places


def log(client: Browser, query: str = "") -> str:
    return client.get(f"/work/history{query}").text


def test_the_log_says_in_words_what_was_done_and_keeps_the_code_beside(places: Places, client: Browser) -> None:
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    page = log(client, "?q=places.add_zone:created")
    assert "新建" in page
    assert "places.add_zone:created" in page


def test_the_log_is_for_auditors_and_shows_no_personal_data(places: Places, client: Browser) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert client.get("/work/history").status_code == 403
    assert client.post("/work/history/verify").status_code == 403
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    page = log(client)
    assert "people.find_or_make_person:created" in page
    assert "19900000001" not in page


def test_the_log_is_narrowed_by_stream_actor_record_and_day(places: Places, client: Browser) -> None:
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    assert "places.add_zone" not in log(client, "?stream=person")
    assert "places.add_zone" in log(client, "?q=王省协")
    assert "find_or_make_person" not in log(client, "?q=王省协")
    assert "find_or_make_person" in log(client, "?q=person/1")
    assert "places.add_zone" in log(client, "?q=places.add")
    tomorrow = (clock.now() + timedelta(days=2)).date()
    assert "places.add_zone" not in log(client, f"?since={tomorrow}")
    assert "places.add_zone" in log(client, f"?until={tomorrow}")
    assert client.get("/work/history?since=nonsense").status_code == 200


def test_verifying_runs_as_a_job_and_says_that_every_chain_holds(places: Places, client: Browser, work_off: Callable[[], None]) -> None:
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    answer = client.post("/work/history/verify")
    assert answer.location.startswith("/work/jobs/")
    work_off()
    done = db.session.scalars(sa.select(Job)).one()
    assert done.status is JobStatus.DONE
    assert "完整" in done.result["summary"]


def test_verifying_names_the_place_where_the_log_was_touched(places: Places, client: Browser, work_off: Callable[[], None]) -> None:
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("UPDATE history SET actor = 'nobody' WHERE stream = 'region'")
    connection.commit()
    connection.close()
    client.post("/work/history/verify")
    work_off()
    failed = db.session.scalars(sa.select(Job)).one()
    assert failed.status is JobStatus.FAILED
    assert "region 1" in failed.message


def test_the_log_asks_the_same_number_of_questions_for_few_rows_and_many(places: Places, client: Browser, count_queries) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    log(client)
    with count_queries() as count:
        log(client)
        first = count()
    for number in range(2, 5):
        find_or_make_person("李四", phone=f"1990000000{number}", by=SYSTEM)
    with count_queries() as count:
        log(client)
        assert count() == first
