"""The import: what a file becomes, twice the same, disagreeing, broken, and killed in the middle."""

from __future__ import annotations

import io
import string
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.editions.words import ProjectKind
from expo.kit import history, jobs
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.files import StoredFile, get_bytes
from expo.kit.refusals import NotFound, Refused
from expo.kit.search import search_clause
from expo.people.permissions import Role
from expo.places.models import Region
from expo.pool import actions, actions_imports, queries, queries_imports
from expo.pool import jobs as pool_jobs
from expo.pool.importing import storing
from expo.pool.models import Ticket, TicketOutcome
from expo.pool.models_imports import ImportStatus, Resolution
from tests.makers import Places, make_actor, make_ticket
from tests.pool.importing import checked, imported, sheet, work

GOOD = [
    ["TF-1", "低空物流无人机", "载重 50 公斤", "演示航空公司", "成都市", "高新技术"],
    ["TF-2", "铁水脱硫效率低", "硫含量高于 0.02%", "演示钢铁公司", "绵阳", "科技难题"],
]


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


@pytest.fixture
def by(places: Places) -> Actor:
    return make_actor(Role.ORGANISER, places.province)


def count_tickets() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0


def test_the_check_stores_nothing_and_says_what_would_happen(by: Actor) -> None:
    found = checked(sheet(GOOD), by)
    assert found.status is ImportStatus.CHECKED
    assert found.checked == {"new": 2, "unchanged": 0, "conflicting": 0, "wrong": 0}
    assert count_tickets() == 0


def test_rows_become_tickets_that_are_found_by_two_characters(by: Actor, places: Places) -> None:
    found = imported(sheet(GOOD), by, source="天府科技云")
    assert found.status is ImportStatus.DONE
    assert found.stored == {"new": 2, "unchanged": 0, "conflicting": 0, "wrong": 0}
    ticket = queries.get_ticket("TF-2")
    assert (ticket.kind, ticket.region_id, ticket.source) == (ProjectKind.CHALLENGE, places.mianyang.id, "天府科技云")
    hits = db.session.scalars(sa.select(Ticket.number).where(search_clause(Ticket, "脱硫"))).all()
    assert hits == ["TF-2"]
    assert history.verify() == []


def test_rows_that_fill_several_statements_are_all_stored(by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_AT_ONCE", 3)
    assert imported(sheet([[f"S-{n}", f"第{n}个题目", "", "", "成都市", "成果"] for n in range(7)]), by).stored["new"] == 7
    assert list(db.session.scalars(sa.select(Ticket.number).order_by(Ticket.id))) == [f"S-{n}" for n in range(7)]


def test_a_batch_enters_the_word_index_in_one_piece(by: Actor) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("The pieces are those of SQLite's index.")
    imported(sheet([[f"S-{n}", f"第{n}个题目", "", "", "成都市", "成果"] for n in range(7)]), by)
    assert db.session.scalar(sa.text("SELECT count(DISTINCT segid) FROM ticket_search_idx")) == 1


def test_the_same_file_again_changes_nothing(by: Actor) -> None:
    imported(sheet(GOOD), by)
    again = imported(sheet(GOOD), by)
    assert again.stored == {"new": 0, "unchanged": 2, "conflicting": 0, "wrong": 0}
    assert count_tickets() == 2


def test_a_ticket_corrected_here_stays_corrected_when_the_same_file_comes_again(by: Actor) -> None:
    imported(sheet(GOOD), by)
    ticket = queries.get_ticket("TF-1")
    actions.edit_ticket(ticket.id, title="低空物流无人机（改）", region_id=ticket.region_id, by=by)
    assert imported(sheet(GOOD), by).stored["unchanged"] == 2
    assert queries.get_ticket("TF-1").title == "低空物流无人机（改）"


def test_other_content_is_listed_field_by_field_and_never_overwrites(by: Actor, places: Places) -> None:
    imported(sheet(GOOD), by)
    changed = [[*GOOD[0][:2], "载重 80 公斤", *GOOD[0][3:4], "绵阳市", GOOD[0][5]], GOOD[1]]
    again = imported(sheet(changed), by)
    assert again.stored == {"new": 0, "unchanged": 1, "conflicting": 1, "wrong": 0}
    conflict = queries_imports.page_of_conflicts(again.id, None, None, 10).rows[0]
    assert conflict.differences == {
        "description": ["载重 50 公斤", "载重 80 公斤"], "region_id": [places.chengdu.id, places.mianyang.id]
    }
    assert queries.get_ticket("TF-1").description == "载重 50 公斤"


def test_a_conflict_is_taken_or_kept_and_then_asks_no_more(by: Actor, places: Places) -> None:
    imported(sheet(GOOD), by)
    changed = sheet([[row[0], row[1], row[2] + "！", *row[3:]] for row in GOOD])
    again = imported(changed, by)
    first, second = queries_imports.page_of_conflicts(again.id, None, None, 10).rows
    assert actions_imports.decide_conflicts(again.id, Resolution.TAKEN, [first.id], by=by) == 1
    assert actions_imports.decide_conflicts(again.id, Resolution.KEPT, by=by) == 1
    texts = {t.number: t.description for t in queries.list_tickets_by_ids([first.ticket_id, second.ticket_id])}
    assert texts == {"TF-1": "载重 50 公斤！", "TF-2": "硫含量高于 0.02%"}
    assert imported(changed, by).stored["unchanged"] == 2
    with pytest.raises(Refused):
        actions_imports.decide_conflicts(again.id, Resolution.TAKEN, [first.id], by=by)


def test_new_values_are_not_taken_over_a_later_change_or_a_closed_ticket(by: Actor) -> None:
    imported(sheet(GOOD), by)
    again = imported(sheet([[row[0], row[1] + "二", *row[2:]] for row in GOOD]), by)
    one, two = queries.get_ticket("TF-1"), queries.get_ticket("TF-2")
    actions.edit_ticket(one.id, title="第三种标题", region_id=one.region_id, by=by)
    actions.close_ticket(two.id, TicketOutcome.SOLVED, by=by)
    for conflict in queries_imports.page_of_conflicts(again.id, None, None, 10).rows:
        with pytest.raises(Refused):
            actions_imports.decide_conflicts(again.id, Resolution.TAKEN, [conflict.id], by=by)
    assert queries.get_ticket("TF-1").title == "第三种标题"


def test_what_a_file_leaves_empty_it_does_not_dispute(by: Actor) -> None:
    imported(sheet(GOOD), by)
    shorter = sheet([row[:2] for row in GOOD], header="单号,标题")
    again = imported(shorter, by, kind="achievement", region_id=queries.get_ticket("TF-1").region_id)
    assert again.stored == {"new": 0, "unchanged": 2, "conflicting": 0, "wrong": 0}


def test_wrong_rows_are_named_with_row_column_value_and_reason(by: Actor) -> None:
    rows = [*GOOD, ["TF-3", "", "", "", "成都市", "高新技术"], ["TF-4", "好题目", "", "", "火星", "魔法"], ["", "无号", "", "", "成都市", "成果"]]
    found = checked(sheet(rows), by)
    assert found.checked == {"new": 2, "unchanged": 0, "conflicting": 0, "wrong": 3}
    assert [(error[0], error[1], error[2]) for error in found.errors] == [
        (4, "标题", ""), (5, "类别", "魔法"), (5, "城市", "火星"), (6, "单号", "")
    ]
    assert all(error[3] for error in found.errors)
    failed = get_bytes(db.session.get_one(StoredFile, found.failed_file_id)).decode("utf-8-sig").splitlines()
    assert failed[0].startswith("单号,标题,简介,单位,城市,类别,")
    assert [line.split(",")[0] for line in failed[1:]] == ["TF-3", "TF-4", ""]


def test_only_the_first_errors_are_kept_but_the_file_has_all_rows(by: Actor) -> None:
    found = checked(sheet([[f"X{n}", "", "", "", "成都市", "成果"] for n in range(300)]), by)
    assert found.checked["wrong"] == 300
    assert len(found.errors) == actions_imports.SHOWN_ERRORS
    failed = get_bytes(db.session.get_one(StoredFile, found.failed_file_id)).decode("utf-8-sig")
    assert failed.count("\r\n") == 301
    with pytest.raises(Refused):
        actions_imports.confirm_import(found.id, by=by)


def test_rows_of_other_regions_are_wrong(places: Places) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    found = checked(sheet(GOOD), city)
    assert found.checked == {"new": 1, "unchanged": 0, "conflicting": 0, "wrong": 1}


def test_defaults_fill_what_is_missing_and_may_stand_for_unknown_regions(by: Actor, places: Places) -> None:
    rows = [["A1", "题目一", "", "", "", ""], ["A2", "题目二", "", "", "火星", ""]]
    strict = checked(sheet(rows), by, kind="challenge", region_id=places.province.id, prefix="HN-")
    assert (strict.checked["new"], strict.checked["wrong"]) == (1, 1)
    tolerant = imported(sheet(rows), by, kind="challenge", region_id=places.province.id, prefix="HN-",
                        takes_unknown_regions=True)
    assert tolerant.stored["new"] == 2
    assert queries.get_ticket("HN-A2").region_id == places.province.id


def test_a_file_without_numbers_gets_the_same_ones_each_time(by: Actor, places: Places) -> None:
    content = sheet([["题目一", "甲公司"], ["题目二", "甲公司"]], header="标题,单位")
    defaults: dict[str, Any] = {"kind": "challenge", "region_id": places.province.id}
    assert imported(content, by, **defaults).stored["new"] == 2
    assert imported(content, by, **defaults).stored["unchanged"] == 2


def test_a_number_twice_in_one_file_is_one_ticket(by: Actor) -> None:
    other = [GOOD[0][0], "完全另一个题目", *GOOD[0][2:]]
    content = sheet([GOOD[0], GOOD[0], other])
    assert checked(content, by).checked == {"new": 1, "unchanged": 1, "conflicting": 1, "wrong": 0}
    found = imported(content, by)
    assert found.stored == {"new": 1, "unchanged": 1, "conflicting": 1, "wrong": 0}
    assert queries.get_ticket("TF-1").title == "低空物流无人机"


def test_a_file_in_gbk_is_recognised(by: Actor) -> None:
    assert imported(sheet(GOOD, encoding="gbk"), by).stored["new"] == 2
    assert queries.get_ticket("TF-1").owner_name == "演示航空公司"


def test_a_workbook_is_read_like_a_list(by: Actor) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    table = book.add_worksheet("需求")
    table.write_row(0, 0, ["科创会需求清单"])
    for place, row in enumerate([["单号", "标题", "简介", "单位", "城市", "类别", "预算（万元）"], [*GOOD[1], 200]], 1):
        table.write_row(place, 0, row)
    book.close()
    assert imported(out.getvalue(), by).stored["new"] == 1
    assert queries.get_ticket("TF-2").fields == {"budget": 200_000_000}


def test_a_zip_bomb_is_not_opened(by: Actor) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
    with pytest.raises(Refused):
        checked(out.getvalue(), by, name="x.xlsx")


def test_a_killed_worker_loses_and_doubles_nothing(by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[f"K-{n}", f"第{n}个题目", "说明", "甲公司", "成都市", "成果"] for n in range(25)]
    found = checked(sheet(rows), by)
    actions_imports.confirm_import(found.id, by=by)
    monkeypatch.setattr(pool_jobs, "BATCH", 4)
    stored, indexed = actions_imports.insert_tickets, queries_imports.write_search_texts
    calls = {"stored": 0, "indexed": 0}

    def dies_while_storing(batch: Any) -> None:
        calls["stored"] += 1
        stored(batch)
        if calls["stored"] == 3:
            raise KeyboardInterrupt

    def dies_while_indexing(texts: Any) -> None:
        calls["indexed"] += 1
        indexed(texts)
        if calls["indexed"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(actions_imports, "insert_tickets", dies_while_storing)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert count_tickets() == 8
    assert queries_imports.get_import(found.id).stored["new"] == 8
    monkeypatch.setattr(actions_imports, "insert_tickets", stored)
    monkeypatch.setattr(actions_imports, "index_batch", _small_index)
    monkeypatch.setattr(queries_imports, "write_search_texts", dies_while_indexing)
    _run_again(found.id)
    with pytest.raises(KeyboardInterrupt):
        work()
    monkeypatch.setattr(queries_imports, "write_search_texts", indexed)
    _run_again(found.id)
    work()
    done = queries_imports.get_import(found.id)
    assert (done.status, done.stored["new"], count_tickets()) == (ImportStatus.DONE, 25, 25)
    hits = db.session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(search_clause(Ticket, "题目")))
    assert hits == 25
    assert history.verify() == []


_small_index_batch = actions_imports.index_batch


def _small_index(import_id: int) -> int:
    return _small_index_batch(import_id, 10)


@actions_imports.action(history=False)
def _run_again(import_id: int) -> None:
    """What the sweep does two minutes after a worker has died."""
    found = queries_imports.get_import(import_id)
    job = jobs.find_job(found.job_id or 0)
    assert job is not None
    job.status = jobs.JobStatus.QUEUED


def test_a_stopped_import_goes_on_where_it_was(by: Actor) -> None:
    found = checked(sheet(GOOD), by)
    started = actions_imports.confirm_import(found.id, by=by)
    with pytest.raises(Refused):
        actions_imports.resume_import(found.id, by=by)
    jobs.stop_job(started.job_id or 0, by=by)
    actions_imports.resume_import(found.id, by=by)
    work()
    assert queries_imports.get_import(found.id).stored["new"] == 2


def test_an_import_is_confirmed_once(by: Actor) -> None:
    found = checked(sheet(GOOD), by)
    actions_imports.confirm_import(found.id, by=by)
    with pytest.raises(Refused):
        actions_imports.confirm_import(found.id, by=by)


def test_an_import_is_its_starters(by: Actor, places: Places) -> None:
    found = checked(sheet(GOOD), by)
    for stranger in (make_actor(Role.ORGANISER, places.province), make_actor(Role.AUDITOR, places.province)):
        with pytest.raises(NotFound):
            actions_imports.confirm_import(found.id, by=stranger)


TEXTS = st.text(alphabet=string.ascii_letters + "科技成果转化，。“”\n\t\x00'=＝😀\u200b", max_size=30)
ROWS = st.lists(
    st.tuples(st.integers(1, 12), TEXTS, TEXTS, st.sampled_from(["成都市", "绵阳", "", "火星"]),
              st.sampled_from(["成果", "难题", "", "?"])),
    max_size=20,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_file_twice_is_the_file_once(app: Flask, rows: list[tuple[int, str, str, str, str]]) -> None:
    if not db.session.scalar(sa.select(sa.func.count()).select_from(Region)):
        Places()
    actor = make_actor(Role.ORGANISER, db.session.scalars(sa.select(Region).where(Region.parent_id.is_(None))).one())
    content = sheet([[f"H-{n}", title, text, "", city, kind] for n, title, text, city, kind in rows])
    first = checked(content, actor)
    good = sum(first.checked[name] for name in ("new", "unchanged", "conflicting"))
    if not good:
        return
    actions_imports.confirm_import(first.id, by=actor)
    work()
    stored = queries_imports.get_import(first.id)
    assert stored.stored == first.checked
    before = count_tickets()
    second = imported(content, actor)
    assert second.stored["new"] == 0
    assert second.stored["wrong"] == first.checked["wrong"]
    assert count_tickets() == before


def test_a_ticket_made_here_is_not_taken_for_one_of_the_file(by: Actor, places: Places) -> None:
    make_ticket(places.chengdu, "别的题目", number="TF-1")
    found = imported(sheet(GOOD), by)
    assert (found.stored["new"], found.stored["conflicting"]) == (1, 1)
    assert queries.get_ticket("TF-1").title == "别的题目"
