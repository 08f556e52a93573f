"""The pool's pages as people use them: what they show, to whom, and at what cost."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from flask import Flask

from expo.editions.words import ProjectKind
from expo.kit import clock, history
from expo.kit.config import current_config
from expo.kit.text import bigrams
from expo.people.permissions import Role
from expo.pool import queries
from expo.pool.models import TicketStage, TicketStatus
from tests.makers import Places, make_actor, make_person, make_ticket, stored


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def titled(text: str) -> str:
    """The titles of the list's rows, one line each."""
    return "\n".join(re.findall(r'data-split-link>([^<]+)</a>', text))


def described(ticket: Any, text: str) -> None:
    ticket.description, ticket.search_text = text, bigrams(f"{ticket.title}\n{text}")
    stored(ticket)


def test_an_organiser_sees_the_tickets_of_the_own_region_only(client: Any, places: Places) -> None:
    make_ticket(places.qingyang, "低空物流无人机")
    make_ticket(places.fucheng, "石墨烯散热膜")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert titled(client.get("/work/pool/").text) == "低空物流无人机"
    assert titled(client.get("/work/pool/?q=散热").text) == ""


@pytest.mark.parametrize("role", [Role.CARETAKER, Role.EXTERNAL_CARETAKER])
def test_a_caretaker_sees_the_own_tickets_only(client: Any, places: Places, role: Role) -> None:
    me = make_actor(role, places.chengdu)
    mine = make_ticket(places.qingyang, "我的单", caretaker_id=me.person_id)
    other = make_ticket(places.qingyang, "别人的单")
    client.sign_in(me)
    assert titled(client.get("/work/pool/").text) == "我的单"
    assert titled(client.get("/work/pool/?city=510100&q=的单").text) == "我的单"
    assert client.get(f"/work/pool/tickets/{mine.id}").status_code == 200
    assert client.get(f"/work/pool/tickets/{other.id}").status_code == 404
    assert "我的单" in client.get("/work/pool/mine").text


def test_whoever_has_no_part_in_the_pool_gets_no_page_of_it(client: Any, places: Places) -> None:
    ticket = make_ticket(places.qingyang, "秘密需求")
    client.sign_in(make_actor(Role.GATE_STAFF, places.chengdu))
    for address in ("", "mine", "new", "caretakers", "imports/", "imports/new", "export.csv"):
        answer = client.get(f"/work/pool/{address}")
        assert answer.status_code == 403, address
    assert client.get(f"/work/pool/tickets/{ticket.id}").status_code == 404


@pytest.mark.parametrize(("query", "expected"), [
    ("stage=talks", {"甲"}), ("side=demand", {"乙"}), ("kind=challenge", {"乙"}), ("status=closed", {"丙"}),
    ("industry=新材料", {"甲"}), ("source=天府科技云", {"乙"}), ("due=overdue", {"甲"}), ("due=planned", {"甲"}),
    ("due=today", set()), ("city=510700", {"丙"}), ("city=510100&county=510116", {"乙"}), ("caretaker=none", {"乙", "丙"}),
    ("stage=talks&kind=challenge", set()), ("q=甲", {"甲"}), ("q=甲&stage=talks", {"甲"}), ("sort=waiting&stage=talks", {"甲"}),
    ("sort=oldest", {"甲", "乙", "丙"}), ("due=planned&sort=due", {"甲"}), ("stage=nonsense", {"甲", "乙", "丙"}),
    ("city=999999", {"甲", "乙", "丙"}), ("side=supply", {"甲", "丙"}), ("caretaker=x", {"甲", "乙", "丙"}),
])
@pytest.mark.parametrize("region", ["province", "chengdu"])
def test_each_filter_selects(client: Any, places: Places, query: str, expected: set[str], region: str) -> None:
    caretaker = make_actor(Role.CARETAKER, places.chengdu)
    now = clock.now()
    make_ticket(places.qingyang, "甲", stage=TicketStage.TALKS, industry="新材料", caretaker_id=caretaker.person_id,
                next_due_on=now.date() - timedelta(days=3))
    make_ticket(places.shuangliu, "乙", kind=ProjectKind.CHALLENGE, source="天府科技云")
    make_ticket(places.fucheng, "丙", status=TicketStatus.CLOSED, outcome="solved", closed_at=now)
    client.sign_in(make_actor(Role.ORGANISER, getattr(places, region)))
    if region == "chengdu":
        expected = expected - {"丙"} if query != "city=510700" else {"甲", "乙"}
    answer = client.get(f"/work/pool/?{query}")
    assert answer.status_code == 200
    assert set(titled(answer.text).split()) == expected


def test_pages_of_the_list_neither_lose_nor_repeat_a_row(client: Any, places: Places) -> None:
    for n in range(60):
        make_ticket(places.qingyang, f"第{n:02d}号")
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    for query in ("", "sort=oldest", "sort=waiting", "q=号", "city=510100"):
        seen: list[str] = []
        address: str | None = f"/work/pool/?{query}"
        while address:
            text = client.get(address).text
            seen += titled(text).split()
            found = re.search(r'rel="next" href="([^"]+)"', text)
            address = found[1].replace("&amp;", "&") if found else None
        assert len(seen) == len(set(seen)) == 60, query


def test_words_of_two_characters_are_found_in_the_text_and_not_across_words(client: Any, places: Places) -> None:
    described(make_ticket(places.qingyang, "甲"), "铁水脱硫效率低，RH 精炼 5G")
    described(make_ticket(places.qingyang, "乙"), "铁水 与 脱硫无关")
    for region in (places.province, places.qingyang):
        client.sign_in(make_actor(Role.ORGANISER, region))
        assert set(titled(client.get("/work/pool/?q=脱硫").text).split()) == {"甲", "乙"}
        assert titled(client.get("/work/pool/?q=水脱").text) == "甲"
        assert titled(client.get("/work/pool/?q=5g").text) == "甲"
        assert titled(client.get("/work/pool/?q=铁水+效率").text) == "甲"


def test_the_list_costs_the_same_for_one_row_and_for_three(client: Any, places: Places, count_queries: Any) -> None:
    caretaker = make_actor(Role.CARETAKER, places.chengdu)
    organiser = make_actor(Role.ORGANISER, places.chengdu)
    due = clock.now().date()
    make_ticket(places.qingyang, caretaker_id=caretaker.person_id, next_due_on=due)
    costs: dict[str, list[int]] = {}
    for _round in range(2):
        for who, address in ((organiser, "/work/pool/"), (organiser, "/work/pool/?q=成果&stage=outreach"),
                             (caretaker, "/work/pool/mine"), (organiser, "/work/pool/caretakers")):
            client.sign_in(who)
            client.get(address)
            with count_queries() as count:
                assert client.get(address).status_code == 200
                costs.setdefault(address, []).append(count())
        for region in (places.qingyang, places.shuangliu):
            other = make_actor(Role.CARETAKER, places.chengdu)
            make_ticket(region, caretaker_id=other.person_id)
            make_ticket(region, caretaker_id=caretaker.person_id, next_due_on=due)
    assert all(before == after for before, after in costs.values()), costs


def test_the_contact_is_masked_until_it_is_asked_for(client: Any, places: Places) -> None:
    ticket = make_ticket(places.qingyang, contact_name="王小明", contact_phone="19900001234", contact_email="wang@example.cn")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    page = client.get(f"/work/pool/tickets/{ticket.id}").text
    assert "199****1234" in page
    assert "19900001234" not in page + client.get(f"/work/pool/tickets/{ticket.id}/edit").text
    assert "王小明" not in page
    shown = client.post(f"/work/pool/tickets/{ticket.id}/contact").text
    assert "19900001234" in shown
    assert next(row.action for row in history.list_history("ticket", ticket.id)).endswith(":unmasked")
    client.sign_in(make_actor(Role.AUDITOR, places.chengdu))
    assert client.post(f"/work/pool/tickets/{ticket.id}/contact").status_code == 403


def test_a_ticket_is_opened_and_a_likely_duplicate_is_shown_first(client: Any, places: Places) -> None:
    make_ticket(places.qingyang, "高强度耐磨模具冷挤压成型技术")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    form = {"kind": "challenge", "title": "高强度耐磨模具的冷挤压成型技术", "region_id": places.qingyang.id, "budget": "50"}
    asked = client.post("/work/pool/new", data=form)
    assert asked.status_code == 409
    assert "高强度耐磨模具冷挤压成型技术" in asked.text
    opened = client.post("/work/pool/new", data=form | {"not_duplicate": "1"}, follow_redirects=True)
    assert opened.status_code == 200
    ticket = queries.get_ticket(re.search(r"D-\d{8}-\d{4}", opened.text)[0])  # type: ignore[index]
    assert (ticket.title, ticket.fields) == ("高强度耐磨模具的冷挤压成型技术", {"budget": 50_000_000})


def test_a_wrong_entry_is_told_at_its_field_and_the_input_is_kept(client: Any, places: Places) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    answer = client.post("/work/pool/new", data={"kind": "challenge", "title": "铁水脱硫", "region_id": places.qingyang.id,
                                                 "budget": "很多", "contact_email": "a@b.cn"})
    assert answer.status_code == 422
    assert "很多" in answer.text
    assert 'id="budget-error"' in answer.text
    answer = client.post("/work/pool/new", data={"kind": "x", "title": "", "region_id": "999", "contact_email": "unsinn"})
    assert answer.status_code == 422


def test_the_same_form_sent_twice_opens_one_ticket(client: Any, places: Places) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    form = {"kind": "challenge", "title": "只有一张单", "region_id": places.qingyang.id, "once": "t" * 24, "not_duplicate": "1"}
    assert client.post("/work/pool/new", data=form).status_code == 303
    client.post("/work/pool/new", data=form)
    assert titled(client.get("/work/pool/").text) == "只有一张单"


def test_a_visit_a_plan_a_closing_and_a_reopening_through_the_page(client: Any, places: Places) -> None:
    me = make_actor(Role.CARETAKER, places.chengdu)
    ticket = make_ticket(places.qingyang, caretaker_id=me.person_id)
    client.sign_in(me)
    base = f"/work/pool/tickets/{ticket.id}"
    day = clock.now().date().isoformat()
    wrong = client.post(f"{base}/visits", data={"stage": "talks", "kind": "phone", "visited_on": day, "note": ""})
    assert wrong.status_code == 422
    good = {"stage": "talks", "kind": "phone", "visited_on": day, "note": "已与企业沟通", "next_step": "签意向书", "next_due_on": day}
    assert client.post(f"{base}/visits", data=good).status_code == 303
    assert client.post(f"{base}/plan", data={"plan": "一单一策：先诊断"}).status_code == 303
    page = client.get(base).text
    assert all(text in page for text in ("已与企业沟通", "签意向书", "一单一策：先诊断"))
    assert client.post(f"{base}/close", data={"outcome": ""}).status_code == 422
    reasonless = client.post(f"{base}/close", data={"outcome": "no_match", "outcome_note": ""})
    assert reasonless.status_code == 422
    assert 'id="outcome_note-error"' in reasonless.text
    assert client.post(f"{base}/close", data={"outcome": "deal"}).status_code == 303
    assert client.post(f"{base}/visits", data=good).status_code == 422
    assert client.get(f"{base}/edit").status_code == 409
    assert client.post(f"{base}/reopen", data={"reason": "客户要求继续"}).status_code == 303
    assert queries.get_ticket(ticket.id).status is TicketStatus.OPEN


def test_bulk_assignment_shows_a_summary_before_it_changes_anything(client: Any, places: Places) -> None:
    caretaker = make_actor(Role.CARETAKER, places.chengdu, name="李保姆")
    before = make_actor(Role.CARETAKER, places.chengdu, name="旧保姆")
    tickets = [make_ticket(places.qingyang, f"单{n}", caretaker_id=before.person_id if n else None) for n in range(3)]
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    ids = [t.id for t in tickets]
    summary = client.post("/work/pool/assign", data={"ids": ids}).text
    assert all(word in summary for word in ("单0", "单1", "单2", "旧保姆", "李保姆"))
    assert queries.get_ticket(ids[0]).caretaker_id is None
    expected = re.search(r'name="expected"[^>]*value="([^"]*)"', summary)[1].replace("&#34;", '"')  # type: ignore[index]
    done = client.post("/work/pool/assign/confirm", data={"ids": ids, "caretaker_id": caretaker.person_id, "expected": expected})
    assert done.status_code == 303
    assert {queries.get_ticket(i).caretaker_id for i in ids} == {caretaker.person_id}
    late = client.post("/work/pool/assign/confirm", data={"ids": ids, "caretaker_id": before.person_id, "expected": expected})
    assert late.status_code == 422
    assert {queries.get_ticket(i).caretaker_id for i in ids} == {caretaker.person_id}


def test_tickets_outside_the_own_region_cannot_be_assigned(client: Any, places: Places) -> None:
    caretaker = make_actor(Role.CARETAKER, places.mianyang)
    ticket = make_ticket(places.fucheng)
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    client.post("/work/pool/assign/confirm", data={"ids": [ticket.id], "caretaker_id": caretaker.person_id, "expected": "{}"})
    assert queries.get_ticket(ticket.id).caretaker_id is None


def test_the_export_has_exactly_the_shown_rows_masked_and_harmless(client: Any, places: Places) -> None:
    make_ticket(places.qingyang, "=HYPERLINK(1)", stage=TicketStage.TALKS, contact_phone="19900001234")
    make_ticket(places.qingyang, "另一张单")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    text = client.get("/work/pool/export.csv?stage=talks").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert "另一张单" not in text
    assert "199****1234" in text
    assert "19900001234" in client.get("/work/pool/export.csv?contacts=1").data.decode("utf-8-sig")
    logged = history.list_history("ticket_list", "csv")
    assert [row.changes["with_contacts"] for row in logged] == [True, False]
    assert logged[1].changes["filters"] == {"q": "", "sort": "newest", "stage": "talks"}
    assert client.get("/work/pool/export.xlsx").data[:2] == b"PK"
    assert client.get("/work/pool/export.pdf").status_code == 404


def test_who_exports_what(client: Any, places: Places) -> None:
    own = make_actor(Role.CARETAKER, places.chengdu)
    external = make_actor(Role.EXTERNAL_CARETAKER, places.chengdu)
    make_ticket(places.qingyang, "我的单", caretaker_id=own.person_id, contact_phone="19900001234")
    make_ticket(places.qingyang, "别人的单", caretaker_id=external.person_id)
    text = client.sign_in(own).get("/work/pool/export.csv").data.decode("utf-8-sig")
    assert "我的单" in text
    assert "别人的单" not in text
    assert client.get("/work/pool/export.csv?contacts=1").status_code == 403
    for actor in (external, make_actor(Role.AUDITOR, places.chengdu)):
        assert client.sign_in(actor).get("/work/pool/export.csv").status_code == 403


def test_a_large_export_is_made_by_a_job_and_found_again(
    client: Any, places: Places, work_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expo.pool.views_export.AT_ONCE", 2)
    for n in range(5):
        make_ticket(places.qingyang, f"第{n}单")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    answer = client.get("/work/pool/export.csv?q=单")
    assert answer.status_code == 302
    work_off()
    text = client.get(answer.location + "/result").data.decode("utf-8-sig")
    assert text.count("\r\n") == 6


def test_the_workbench_shows_what_is_due(client: Any, places: Places) -> None:
    me = make_actor(Role.CARETAKER, places.chengdu)
    today = clock.today(current_config().timezone)
    for title, days in (("过期单", -3), ("今日单", 0), ("本周单", 5), ("以后单", 30)):
        make_ticket(places.qingyang, title, caretaker_id=me.person_id, next_due_on=today + timedelta(days=days))
    page = client.sign_in(me).get("/work/pool/mine").text
    assert client.get("/work/pool/mine?stage=deal").status_code == 200
    assert page.index("过期单") < page.index("今日单") < page.index("本周单") < page.index("以后单")
    number = re.search(r'id="ticket-(\d+)"', page)[1]  # type: ignore[index]
    form = client.get(f"/work/pool/mine?visit={number}").text
    assert form.count(f'action="/work/pool/tickets/{number}/visits"') == 1


def test_a_ticket_is_found_by_its_number(client: Any, places: Places) -> None:
    ticket = make_ticket(places.qingyang, number="TF/2026-1")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert client.get("/work/pool/numbers/TF/2026-1").location == f"/work/pool/tickets/{ticket.id}"
    assert client.get("/work/pool/numbers/none").status_code == 404


def upload(client: Any, content: bytes, name: str = "x.csv") -> Any:
    return client.post("/work/pool/imports/new", data={"file": (io.BytesIO(content), name)},
                       content_type="multipart/form-data")


@pytest.mark.parametrize(("content", "name"), [
    (b"", "x.csv"), (b"MZ\x90\x00" + b"\0" * 200, "x.csv"), (b"%PDF-1.4 nothing", "x.xlsx"),
    ("单号,标题\n".encode() + b"\xff\xfe\xff\n" * 3, "x.csv"), (b"PK\x03\x04broken", "x.xlsx"),
])
def test_what_is_no_table_is_refused_with_a_sentence(client: Any, places: Places, content: bytes, name: str) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    answer = upload(client, content, name)
    assert answer.status_code == 422
    assert "field-error" in answer.text or "error-summary" in answer.text


def test_a_file_of_thirty_megabytes_is_taken(client: Any, places: Places) -> None:
    row = f"T-%d,低空物流无人机,{'长' * 3000},成都市,成果\n"
    content = ("单号,标题,简介,城市,类别\n" + "".join(row % n for n in range(3500))).encode()
    assert len(content) > 30 << 20
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    answer = upload(client, content)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200


def test_a_missing_column_is_named_and_may_be_assigned_by_hand(client: Any, places: Places, work_off: Any) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    address = upload(client, "甲列,乙列\nA1,低空物流无人机\n".encode()).location
    assert "甲列" in client.get(address).text
    refused = client.post(f"{address}/check", data={"region_default": places.chengdu.id, "kind_default": "achievement"})
    assert refused.status_code == 422
    assert 'id="title-error"' in refused.text
    twice = client.post(f"{address}/check", data={"title": "1", "number": "1"})
    assert twice.status_code == 422
    good = client.post(f"{address}/check", data={"title": "1", "number": "0", "region_default": places.chengdu.id,
                                                 "kind_default": "achievement"})
    assert good.status_code == 303
    work_off()
    assert client.post(f"{address}/confirm").status_code == 303
    work_off()
    assert queries.get_ticket("A1").title == "低空物流无人机"
    assert client.get(address).status_code == 200
    assert "A1" in client.get("/work/pool/?q=物流").text


def test_another_sheet_of_a_workbook_is_read_when_it_is_chosen(client: Any, places: Places, work_off: Any) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("说明").write_column(0, 0, ["填写说明", "请如实填写"])
    table = book.add_worksheet("需求")
    table.write_row(0, 0, ["单号", "标题"])
    table.write_row(1, 0, ["X1", "低空物流无人机"])
    book.close()
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    address = upload(client, out.getvalue(), "x.xlsx").location
    shown = client.post(f"{address}/check", data={"sheet_name": "需求", "columns_of": "说明", "title": "0"})
    assert shown.status_code == 200
    assert 'name="columns_of" value="需求"' in shown.text
    form = {"sheet_name": "需求", "columns_of": "需求", "number": "0", "title": "1", "kind_default": "technology",
            "region_default": places.chengdu.id}
    assert client.post(f"{address}/check", data=form).status_code == 303
    work_off()
    assert client.post(f"{address}/confirm").status_code == 303
    work_off()
    assert queries.get_ticket("X1").kind is ProjectKind.TECHNOLOGY


@pytest.mark.parametrize(("rows", "stored_before", "sentence"), [
    ("", False, "没有一行可以导入"), ("A1,\n", False, "没有一行可以导入"), ("A1,低空物流无人机\n", True, "均已在单池中"),
])
def test_a_check_that_leaves_nothing_to_store_says_so_and_offers_no_storing(
    client: Any, places: Places, work_off: Any, rows: str, sentence: str, *, stored_before: bool,
) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    for last in [False, True] if stored_before else [True]:
        address = upload(client, f"单号,标题\n{rows}".encode()).location
        client.post(f"{address}/check", data={"number": "0", "title": "1", "kind_default": "achievement",
                                              "region_default": places.chengdu.id})
        work_off()
        if not last:
            client.post(f"{address}/confirm")
            work_off()
    page = client.get(address).text
    assert sentence in page
    assert "/confirm" not in page


def test_an_import_is_not_for_other_eyes(client: Any, places: Places) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    address = upload(client, "单号,标题\nA1,低空物流无人机\n".encode()).location
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    for path in (address, f"{address}/conflicts", f"{address}/failed-rows"):
        assert client.get(path).status_code == 404
    client.sign_in(make_actor(Role.CARETAKER, places.chengdu))
    assert client.get(address).status_code == 403


def test_the_filter_by_caretaker_names_nobody_else(places, client):
    """The number in the address is anybody's; a name comes back only for who serves here."""
    visitor, elsewhere = make_person("王访客"), make_actor(Role.CARETAKER, places.mianyang, name="李别处")
    ours = make_actor(Role.CARETAKER, places.qingyang, name="赵本地")
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    for person_id in (visitor.id, elsewhere.person_id):
        page = client.get(f"/work/pool/?caretaker={person_id}").text
        assert "王访客" not in page
        assert "李别处" not in page
    assert "赵本地" in client.get(f"/work/pool/?caretaker={ours.person_id}").text
