"""Real lists through the pages, as a person would import them. The files are not part of the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.people.permissions import Role
from expo.pool.models import Ticket
from tests.makers import Places, make_actor
from tests.pool.test_pages import titled, upload

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def real(name: str) -> bytes:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not here: the real lists are for testing only and are not distributed")
    return path.read_bytes()


def through_the_pages(client: Any, work_off: Any, content: bytes, name: str, **chosen: Any) -> tuple[str, dict[str, int]]:
    """Upload, take the guessed columns, check, confirm; the import's address and its counts."""
    address = upload(client, content, name).location
    columns = client.get(address).text
    fields = dict.fromkeys(re.findall(r'<select[^>]*name="([^"]+)"', columns), "") | {
        match[1]: match[2] for match in re.finditer(
            r'<select[^>]*name="([^"]+)"[^>]*>(?:(?!</select>).)*?<option selected value="([^"]*)"', columns, re.DOTALL)
    }
    answer = client.post(f"{address}/check", data=fields | chosen)
    assert answer.status_code == 303, answer.text
    work_off()
    assert client.post(f"{address}/confirm").status_code == 303
    work_off()
    page = client.get(address).text
    numbers = [int(n.replace(",", "")) for n in re.findall(r'class="stat-value">([\d,]+)', page)]
    return address, dict(zip(("new", "unchanged", "conflicting", "wrong"), numbers, strict=True))


@pytest.fixture
def organiser(app: Flask, client: Any) -> Places:
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    return places


def test_real_patents_become_tickets(client: Any, organiser: Places, work_off: Any) -> None:
    content = real("projects_patents_cn_4097.csv")
    chosen = {"kind_default": "achievement", "region_default": organiser.province.id, "takes_unknown_regions": "1",
              "source": "", "source_default": "专利", "prefix": "ZL-"}
    _, counts = through_the_pages(client, work_off, content, "专利.csv", **chosen)
    assert counts == {"new": 4097, "unchanged": 0, "conflicting": 0, "wrong": 0}
    _, again = through_the_pages(client, work_off, content, "专利.csv", **chosen)
    assert again == {"new": 0, "unchanged": 4097, "conflicting": 0, "wrong": 0}
    ticket = db.session.scalars(sa.select(Ticket).where(Ticket.owner_name == "华为技术有限公司").limit(1)).one()
    assert ticket.description
    assert len(titled(client.get("/work/pool/?q=信号&source=专利").text).splitlines()) == 25


def test_real_needs_with_long_texts_become_tickets(client: Any, organiser: Places, work_off: Any) -> None:
    chosen = {"kind_default": "challenge", "region_default": organiser.province.id, "source_default": "河南需求"}
    _, counts = through_the_pages(client, work_off, real("projects_needs_henan_371.csv"), "需求.csv", **chosen)
    assert counts == {"new": 371, "unchanged": 0, "conflicting": 0, "wrong": 0}
    longest = db.session.scalar(sa.select(sa.func.max(sa.func.length(Ticket.description))))
    assert longest is not None
    assert longest > 2600


def test_real_projects_of_all_kinds_keep_theirs(client: Any, organiser: Places, work_off: Any) -> None:
    content = real("projects_sichuan_named_real.csv")
    chosen = {"region_default": organiser.province.id, "takes_unknown_regions": "1"}
    address, counts = through_the_pages(client, work_off, content, "真实项目.csv", **chosen)
    assert counts == {"new": 100, "unchanged": 0, "conflicting": 0, "wrong": 0}, client.get(address).text
    kinds = db.session.execute(sa.select(Ticket.kind, sa.func.count()).group_by(Ticket.kind))
    assert {row[0].value: row[1] for row in kinds} == {
        "achievement": 50, "technology": 15, "challenge": 28, "research_project": 4, "finance_product": 3
    }
    cities = db.session.scalar(sa.select(sa.func.count()).where(Ticket.region_path == organiser.chengdu.path))
    assert cities == 16
    again = through_the_pages(client, work_off, content, "真实项目.csv", **chosen)[1]
    assert again["unchanged"] == 100
