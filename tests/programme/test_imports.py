"""A sheet of sessions: each row says what is wrong with it, and nothing is moved or deleted by it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.db import db
from expo.kit.sheets import xlsx_chunks
from expo.people.permissions import Role
from expo.programme import actions_rules
from expo.programme.models import Session, SessionKind
from expo.programme.solver.settings import Rule, Setting, Severity
from tests.conftest import Browser
from tests.makers import make_actor, make_industry, make_organisation
from tests.programme.plans import Programme

HEADER = ["编号", "专场名称", "类型", "所属地区", "行业", "时长", "预计人数", "语言", "直播", "主持人", "主办单位", "会议厅", "开始时间", "别的"]


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def sheet(*rows: list[Any]) -> dict[str, Any]:
    return {"file": (io.BytesIO(b"".join(xlsx_chunks(HEADER, rows))), "sessions.xlsx")}


def row(code: str = "", title: str = "成都专场", **values: Any) -> list[Any]:
    given = {"类型": "市州专场", "所属地区": "成都市"} | values
    return [code, title, *(given.get(name, "") for name in HEADER[2:])]


def sealed_in(page: str) -> str:
    return page.split('name="sealed" type="hidden" value="')[1].split('"', maxsplit=1)[0]


def sessions() -> dict[str, Session]:
    db.session.expire_all()
    return {one.code: one for one in db.session.scalars(sa.select(Session))}


def test_101_sessions_with_mistakes_in_three_rows(programme: Programme, client: Browser) -> None:
    make_organisation(programme.places.chengdu, "天府科技有限公司")
    make_industry(programme.edition, "新材料")
    starts = f"{programme.edition.starts_on.isoformat()} 10:00"
    rows = [row(f"X{n:03d}", f"专场第{n}号", 行业="新材料", 时长="90", 预计人数="120", 语言="中文", 直播="是", 主办单位="天府科技有限公司")
            for n in range(1, 99)]
    rows[0] = row("X001", "已排专场", 会议厅="第一厅", 开始时间=starts)
    rows += [row("X099", "", 所属地区="火星市"), row("X100", "太长", 时长="九十", 主办单位="查无此单位"),
             row("X001", "重复编号", 会议厅="第一厅")]
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/sessions/import", data=sheet(*rows)).text
    assert sessions() == {}
    for words in ("新增 98 个专场", "3 行有误", "缺少专场名称", "火星市", "九十", "查无此单位", "重复", "须同时填写", "未读取的列"):
        assert words in page, words
    assert client.post(f"{programme.base}/sessions/import/take", data={"sealed": sealed_in(page)}).status_code == 302
    stored = sessions()
    assert len(stored) == 98
    assert (stored["X001"].hall_id, stored["X001"].slot_id) == (programme.halls[0].id, programme.slots[0].id)
    assert (stored["X002"].kind, stored["X002"].is_streamed, stored["X002"].expected_audience) == (SessionKind.CITY, True, 120)


def test_a_known_code_changes_what_the_row_says_and_moves_nothing(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session("旧名称", expected_audience=77))
    waiting = programme.session("不在表里")
    starts = f"{programme.edition.starts_on.isoformat()} 14:00"
    client.sign_in(programme.province)
    moved = client.post(f"{programme.base}/sessions/import",
                        data=sheet(row(session.code, "新名称", 会议厅="第二厅", 开始时间=starts))).text
    assert "已有其他位置" in moved
    page = client.post(f"{programme.base}/sessions/import", data=sheet(row(session.code, "新名称"))).text
    client.post(f"{programme.base}/sessions/import/take", data={"sealed": sealed_in(page)})
    stored = sessions()
    assert (stored[session.code].title, stored[session.code].expected_audience) == ("新名称", 77)
    assert stored[session.code].hall_id == programme.halls[0].id
    assert waiting.code in stored


def test_the_lists_own_export_says_what_is_there_already(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("成都专场", expected_audience=120))
    client.sign_in(programme.province)
    export = client.get(f"{programme.base}/export.xlsx").data
    page = client.post(f"{programme.base}/sessions/import", data={"file": (io.BytesIO(export), "list.xlsx")}).text
    assert "1 行与现有内容相同" in page
    assert "行有误" not in page


def test_what_is_no_sheet_or_lacks_columns_is_refused(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    for content, name in ((b"\x89PNG\r\n\x1a\n123", "x.png"), ("甲,乙\n1,2\n".encode(), "x.csv"), (b"", "x.csv")):
        answer = client.post(f"{programme.base}/sessions/import", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 422
    assert client.post(f"{programme.base}/sessions/import").status_code == 422


def test_a_preview_is_good_for_the_one_who_saw_it(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    sealed = sealed_in(client.post(f"{programme.base}/sessions/import", data=sheet(row("X001"))).text)
    other = make_actor(Role.ORGANISER, programme.places.province)
    client.sign_in(other).post(f"{programme.base}/sessions/import/take", data={"sealed": sealed})
    client.sign_in(programme.province).post(f"{programme.base}/sessions/import/take", data={"sealed": sealed + "x"})
    assert sessions() == {}
    assert client.sign_in(programme.chengdu).get(f"{programme.base}/sessions/import").status_code == 403


def test_all_places_of_a_sheet_are_judged_by_one_look_at_the_draft(programme: Programme, client: Browser) -> None:
    read: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM rule_setting" in statement:
            read.append(statement)

    day = programme.edition.starts_on.isoformat()
    places = [(hall, f"{day} {time}") for hall in ("第一厅", "第二厅") for time in ("10:00", "14:00")]
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/sessions/import", data=sheet(
        *(row(f"X{n:03d}", f"专场{n}", 会议厅=hall, 开始时间=starts) for n, (hall, starts) in enumerate(places)))).text
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.post(f"{programme.base}/sessions/import/take", data={"sealed": sealed_in(page)})
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(read) == 1
    assert len({(one.hall_id, one.slot_id) for one in sessions().values()} - {(None, None)}) == 4


def test_a_sheet_that_would_break_what_no_draft_may_is_refused_as_a_whole(programme: Programme, client: Browser) -> None:
    """A rule that blocks is broken by one place: that session is named, and no row is stored."""
    actions_rules.set_rules(programme.edition.id, {Rule.CAPACITY: Setting(Severity.BLOCK, 1)}, by=programme.province)
    day = programme.edition.starts_on.isoformat()
    client.sign_in(programme.province)
    page = client.post(f"{programme.base}/sessions/import", data=sheet(
        row("X001", "合适的专场", 会议厅="第一厅", 开始时间=f"{day} 10:00", 预计人数="90"),
        row("X002", "太大的专场", 会议厅="第二厅", 开始时间=f"{day} 10:00", 预计人数="900"))).text
    answer = client.post(f"{programme.base}/sessions/import/take", data={"sealed": sealed_in(page)}, follow_redirects=True)
    assert "太大的专场" in answer.text
    assert sessions() == {}
