"""The programme to take away: sheet, printed pages, door signs, and the part for other sites."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from python_calamine import load_workbook

from expo.kit.db import db
from expo.programme.models import EditionHall, Equipment
from expo.programme.queries import find_latest_paper
from tests.conftest import Browser
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    programme = Programme()
    with db.engine.begin() as connection:
        connection.execute(sa.update(EditionHall).values(equipment=[Equipment.STREAM.value]))
    session = programme.session("人工智能专场", is_streamed=True)
    programme.show(session, programme.project("脑机接口康复设备"), programme.project("低空物流无人机"))
    programme.place(session)
    programme.place(programme.session("新材料专场"), hall=1)
    programme.release()
    return programme


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]


def test_the_sheet_has_a_row_for_each_turn_and_follows_the_filters(programme: Programme, client: Browser) -> None:
    address = f"/expo/{programme.edition.slug}/programme.xlsx"
    rows = load_workbook(BytesIO(client.get(address).data)).get_sheet_by_index(0).to_python()
    assert [row[14] for row in rows[1:]].count("") == 1
    assert [row[15] for row in rows[1:]][:2] == ["脑机接口康复设备", "低空物流无人机"]
    streamed = load_workbook(BytesIO(client.get(f"{address}?stream=yes").data)).get_sheet_by_index(0).to_python()
    assert {row[5] for row in streamed[1:]} == {"人工智能专场"}


def test_the_printed_programme_has_a_page_for_each_day_and_hall(
    programme: Programme, client: Browser, work_off: Callable[[], None],
) -> None:
    address = f"/expo/{programme.edition.slug}/programme.pdf"
    assert client.get(address).status_code == 404
    work_off()
    answer = client.get(address, follow_redirects=True)
    assert answer.mimetype == "application/pdf"
    first, second = pages(answer.data)
    assert "第一厅" in first
    assert "人工智能专场" in first
    assert "新材料专场" in second
    kept = find_latest_paper(programme.edition.id)
    programme.place(programme.session("第三场"), slot=1)
    programme.release()
    work_off()
    newer = find_latest_paper(programme.edition.id)
    assert kept
    assert newer
    assert newer.id != kept.id


def test_a_door_sign_names_hall_time_and_running_order(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    answer = client.get(f"{programme.base}/door-signs.pdf")
    first, second = pages(answer.data)
    assert all(text in first for text in ("人工智能专场", "第一厅", "脑机接口康复设备", "10:00"))
    assert "新材料专场" in second


def test_the_signs_of_a_day_are_a_job_with_its_file(
    programme: Programme, client: Browser, work_off: Callable[[], None],
) -> None:
    client.sign_in(programme.province)
    day = programme.edition.starts_on.isoformat()
    job = client.post(f"{programme.base}/door-signs/{day}").location
    work_off()
    assert len(pages(client.get(f"{job}/result").data)) == 2
    assert client.post(f"{programme.base}/door-signs/1999-01-01").status_code == 404


def test_door_signs_are_for_organisers(programme: Programme, client: Browser) -> None:
    assert "/sign-in" in client.get(f"{programme.base}/door-signs.pdf").location


def test_other_sites_may_frame_the_widget_and_nothing_else(programme: Programme, client: Browser) -> None:
    widget = client.get(f"/expo/{programme.edition.slug}/programme/widget")
    assert "人工智能专场" in widget.text
    policy = widget.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "form-action 'none'" in policy
    assert "<script" not in widget.text
    page = client.get(f"/expo/{programme.edition.slug}/programme").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in page


def test_without_a_release_there_is_nothing_to_take_away(app: Flask, client: Browser) -> None:
    slug = Programme().edition.slug
    assert client.get(f"/expo/{slug}/programme.xlsx").status_code == 404
    assert client.get(f"/expo/{slug}/programme.pdf").status_code == 404
    assert client.get(f"/expo/{slug}/programme/widget").status_code == 200
