"""The pages of the selection, on the workbench and in public."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
import python_calamine
import sqlalchemy as sa
from flask import Flask

from expo.editions.actions import set_quotas
from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.people.permissions import Role
from expo.shortlist import actions, actions_deciding, actions_notice
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Notice, Objection
from expo.shortlist.rules import digest_of, version_of
from tests.judging.makers import make_panel
from tests.makers import Places, make_actor, make_candidate, make_edition, make_ticket

S = CandidateStatus
BASE = "/work/2026/shortlist/"


def statuses() -> list[S]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Candidate.status).order_by(Candidate.id)))


def make_notice(edition, by) -> Notice:
    now = clock.now()
    return actions_notice.publish_notice(edition.id, title="拟入选项目公示", text="请监督", opens_at=now,
                                         closes_at=now + timedelta(days=5), by=by)


def test_a_county_sees_its_own_candidates_and_nothing_else(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    own = make_candidate(edition, make_ticket(places.qingyang, "青羊的项目"), places.chengdu)
    other = make_candidate(edition, make_ticket(places.fucheng, "涪城的项目"), places.mianyang)
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    page = client.get(BASE).text
    assert "青羊的项目" in page
    assert "涪城的项目" not in page
    assert client.get(f"{BASE}{own.id}").status_code == 200
    assert client.get(f"{BASE}{other.id}").status_code == 404


def test_a_candidate_of_another_edition_is_not_found_and_a_grant_for_one_edition_ends_there(app: Flask, client) -> None:
    places, edition = Places(), make_edition("2026")
    other = make_candidate(make_edition("2027"), make_ticket(places.qingyang), places.chengdu)
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert client.get(f"{BASE}{other.id}").status_code == 404
    client.sign_in(make_actor(Role.ORGANISER, places.province, edition))
    assert client.get("/work/2027/shortlist/").status_code == 403
    assert client.get(BASE).status_code == 200


@pytest.mark.parametrize("path", ["", "ranking", "quotas", "notices/", "candidates.xlsx"])
@pytest.mark.parametrize(("role", "expected"), [(Role.AUDITOR, 200), (Role.GATE_STAFF, 403)])
def test_auditors_read_everything_and_gate_staff_nothing(app: Flask, client, path: str, role: Role, expected: int) -> None:
    places, edition = Places(), make_edition()
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    assert client.sign_in(make_actor(role, places.province)).get(f"{BASE}{path}").status_code == expected


@pytest.mark.parametrize("path", ["nominate", "nominate/confirm", "endorse", "review", "decide", "take-back", "propose",
                                  "release", "notices/new"])
def test_auditors_change_nothing(app: Flask, client, path: str) -> None:
    places, edition = Places(), make_edition()
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    assert client.post(f"{BASE}{path}", data={"once": "z" * 20}).status_code in {403, 405}
    assert client.get(f"{BASE}{path}").status_code in {302, 403}


def test_filters_and_search_narrow_the_list_and_the_export_alike(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    make_candidate(edition, make_ticket(places.qingyang, "污水处理膜材料"), places.chengdu)
    make_candidate(edition, make_ticket(places.fucheng, "雷达芯片"), places.mianyang, status=S.ENDORSED)
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    for query, expected in ((f"?city={places.chengdu.id}", {"污水"}), ("?status=endorsed", {"雷达"}), ("?q=污水", {"污水"}),
                            ("?pending=none", {"污水", "雷达"}), ("?pending=any", set()), ("?kind=challenge", set()),
                            (f"?city={places.chengdu.id}&county={places.qingyang.id}", {"污水"})):
        page = client.get(BASE + query).text
        sheet = python_calamine.CalamineWorkbook.from_filelike(
            BytesIO(client.get(f"{BASE}candidates.xlsx{query}").data)).get_sheet_by_index(0).to_python()
        titles = "".join(str(row[1]) for row in sheet[1:])
        for word in ("污水", "雷达"):
            assert (f"{word}" in page.replace('value="污水"', "").replace("“污水”", "")) == (word in expected)
            assert (word in titles) == (word in expected)


def test_nominating_shows_a_summary_and_then_does_it_once(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    tickets = [make_ticket(places.qingyang, f"备选{n}").id for n in range(3)]
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    assert "备选0" in client.get(f"{BASE}nominate").text
    summary = client.post(f"{BASE}nominate/confirm", data={"ids": tickets[:2]}).text
    assert "备选1" in summary
    assert "备选2" not in summary
    assert statuses() == []
    data = {"id_list": ",".join(map(str, tickets[:2])), "confirmed": "1", "once": "o" * 20}
    assert client.post(f"{BASE}nominate/confirm", data=data).status_code == 302
    client.post(f"{BASE}nominate/confirm", data=data)
    assert statuses() == [S.NOMINATED, S.NOMINATED]
    page = client.get(f"{BASE}nominate").text
    assert "备选2" in page
    assert "备选0" not in page
    assert edition.slug == "2026"


def test_all_that_a_list_shows_can_be_chosen_at_once(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    for n in range(30):
        make_ticket(places.qingyang, f"批量{n}")
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    page = client.get(f"{BASE}nominate/confirm?all=1").text
    assert "30" in page
    for n in range(30):
        make_candidate(edition, make_ticket(places.fucheng, f"推荐{n}"), places.mianyang)
    client.sign_in(make_actor(Role.ORGANISER, places.mianyang))
    summary = client.get(f"{BASE}endorse?all=1&status=nominated")
    ids = summary.text.split('name="id_list"')[1].split('value="')[1].split('"')[0]
    assert len(ids.split(",")) == 30
    client.post(f"{BASE}endorse", data={"id_list": ids, "confirmed": "1"})
    assert set(statuses()) == {S.ENDORSED}


def test_a_closed_call_keeps_what_was_typed_and_says_when_it_opens(app: Flask, client) -> None:
    places = Places()
    make_edition(open_stages=False)
    ticket = make_ticket(places.qingyang)
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    answer = client.post(f"{BASE}nominate/confirm",
                         data={"id_list": str(ticket.id), "confirmed": "1", "note": "很好的项目"})
    assert answer.status_code == 422
    assert "很好的项目" in answer.text


def test_tickets_of_other_regions_cannot_be_slipped_into_a_nomination(app: Flask, client) -> None:
    places = Places()
    make_edition()
    foreign = make_ticket(places.fucheng, "别处的项目")
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    assert "别处的项目" not in client.get(f"{BASE}nominate").text
    assert "别处的项目" not in client.post(f"{BASE}nominate/confirm", data={"ids": [foreign.id]}, follow_redirects=True).text
    client.post(f"{BASE}nominate/confirm", data={"id_list": str(foreign.id), "confirmed": "1"})
    client.post(f"{BASE}nominate/{foreign.id}", data={"once": "q" * 20})
    assert statuses() == []


def test_from_endorsement_to_release_through_the_pages(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    panel = make_panel(edition, opened=False)
    candidate = make_candidate(edition, make_ticket(places.qingyang, "全程项目"), places.chengdu)
    city, one, two = (make_actor(Role.ORGANISER, r) for r in (places.chengdu, places.province, places.province))
    chosen = {"id_list": str(candidate.id), "confirmed": "1"}
    client.sign_in(city).post(f"{BASE}endorse", data=chosen)
    assert statuses() == [S.ENDORSED]
    client.sign_in(one)
    assert "全程项目" in client.post(f"{BASE}review", data={"ids": [candidate.id]}).text
    client.post(f"{BASE}review", data=chosen | {"panel_id": panel.id})
    assert statuses() == [S.UNDER_REVIEW]
    page = client.get(f"{BASE}{candidate.id}").text
    assert version_of(db.session.get_one(Candidate, candidate.id)) in page
    answer = client.post(f"{BASE}decide", data=chosen | {"decision": "declined", "reason": ""})
    assert answer.status_code == 422
    client.post(f"{BASE}decide", data=chosen | {"decision": "declined", "reason": "与往届重复", "seen": "under_review//"})
    client.post(f"{BASE}release", data={"seen": digest_of([(candidate.id, Decision.DECLINED)]), "once": "r" * 20})
    assert statuses() == [S.UNDER_REVIEW]
    client.sign_in(two)
    page = client.get(f"{BASE}release").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    client.post(f"{BASE}release", data={"seen": seen, "once": "s" * 20})
    assert statuses() == [S.DECLINED]
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    assert "与往届重复" in client.get(f"{BASE}{candidate.id}").text


def test_the_ranking_shows_places_lines_and_what_stood_in_the_way(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    set_quotas(edition.id, {(places.chengdu.id, "achievement"): 1}, by=SYSTEM)
    for title, score in (("第一名", 9000), ("差一点", 8950), ("远远落后", 100)):
        make_candidate(edition, make_ticket(places.qingyang, title), places.chengdu, status=S.UNDER_REVIEW, score=score)
    client.sign_in(by)
    assert client.post(f"{BASE}propose", data={"reserve_percent": "100"}).status_code == 302
    page = client.get(f"{BASE}ranking?city={places.chengdu.id}&kind=achievement")
    assert page.text.index("第一名") < page.text.index("差一点") < page.text.index("远远落后")
    assert page.text.count("临界") == 2 or page.text.count("near the line") == 2
    grid = client.get(f"{BASE}quotas")
    assert grid.status_code == 200
    actions_deciding.take_back(edition.id, list(db.session.scalars(sa.select(Candidate.id))), by=by)


def test_scores_of_an_open_panel_are_on_no_page_of_the_selection(app: Flask, client) -> None:
    from expo.judging import actions_scoring
    from expo.judging.models import Assignment
    from expo.judging.queries import list_criteria

    places, edition = Places(), make_edition()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(edition, reviewer)
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.ENDORSED)
    by = make_actor(Role.ORGANISER, places.province)
    actions_deciding.send_to_review(edition.id, panel.id, [candidate.id], by=by)
    a, b = list_criteria(panel.id)
    actions_scoring.give_scores(db.session.scalars(sa.select(Assignment.id)).one(), {a.id: 7, b.id: 3}, "暗号", by=reviewer)
    for actor in (by, make_actor(Role.AUDITOR, places.province)):
        client.sign_in(actor)
        for path in ("", "ranking", str(candidate.id)):
            text = client.get(f"{BASE}{path}").text
            assert "54.00" not in text
            assert "暗号" not in text
    client.sign_in(by)
    sheet = client.get(f"{BASE}candidates.xlsx")
    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert "54" not in [str(cell) for cell in rows[1]]


def test_everybody_reads_the_notice_and_may_object(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    shown = make_candidate(edition, make_ticket(places.qingyang, "公示的项目", contact_phone="13811112222"), places.chengdu,
                           status=S.SELECTED)
    make_candidate(edition, make_ticket(places.qingyang, "未入选的项目"), places.chengdu, status=S.RESERVE)
    notice = make_notice(edition, SYSTEM)
    page = client.get("/expo/2026/notice").text
    assert "公示的项目" in page
    assert "未入选的项目" not in page
    assert "13811112222" not in page
    path = f"/expo/2026/notice/{notice.id}/objection/{shown.id}"
    assert client.get(path).status_code == 200
    data = {"name": "王五", "contact": "wang@example.cn", "text": "该项目的专利权属存在争议。", "consent": "y"}
    for missing in ("consent", "name", "text", "contact"):
        answer = client.post(path, data={k: v for k, v in data.items() if k != missing})
        assert answer.status_code == 422
    assert client.post(path, data=data | {"contact": "12345"}).status_code == 422
    assert client.post(path, data=data | {"once": "u" * 20}).status_code == 302
    client.post(path, data=data | {"once": "u" * 20})
    found = db.session.scalars(sa.select(Objection)).all()
    assert [(o.name, o.consent_version) for o in found] == [("王五", actions_notice.CONSENT_VERSION)]
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    page = client.get(f"{BASE}notices/{notice.id}").text
    assert "权属存在争议" in page
    assert "wang@example.cn" not in page
    assert "王五" not in page


def test_a_notice_that_has_not_opened_or_stands_elsewhere_is_not_public(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    make_edition("2027")
    shown = make_candidate(edition, make_ticket(places.qingyang, "公示的项目"), places.chengdu, status=S.SELECTED)
    hidden = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.RESERVE)
    now = clock.now()
    notice = actions_notice.publish_notice(edition.id, title="明天", text="", opens_at=now + timedelta(days=1),
                                           closes_at=now + timedelta(days=5), by=SYSTEM)
    assert "公示的项目" not in client.get("/expo/2026/notice").text
    assert client.get(f"/expo/2026/notice/{notice.id}/objection/{shown.id}").status_code == 404
    with clock.frozen(now + timedelta(days=2)):
        assert "公示的项目" in client.get("/expo/2026/notice").text
        assert "公示的项目" not in client.get("/expo/2027/notice").text
        assert client.get(f"/expo/2026/notice/{notice.id}/objection/{hidden.id}").status_code == 404
        assert client.get(f"/expo/2027/notice/{notice.id}/objection/{shown.id}").status_code == 404


def test_a_returned_candidate_is_handed_in_again_on_its_page(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.RETURNED, reason="缺证明")
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    assert "缺证明" in client.get(f"{BASE}{candidate.id}").text
    client.post(f"{BASE}{candidate.id}/again", data={"note": "", "industry_id": "0"})
    assert statuses() == [S.RETURNED]
    client.post(f"{BASE}{candidate.id}/again", data={"note": "证明已补", "industry_id": "0"})
    assert statuses() == [S.NOMINATED]


def test_a_candidate_shows_its_ticket_its_past_editions_and_its_history(app: Flask, client) -> None:
    places = Places()
    last, edition = make_edition("2025"), make_edition("2026")
    ticket = make_ticket(places.qingyang, "延续的项目", description="去年展出过")
    make_candidate(last, ticket, places.chengdu, status=S.SELECTED)
    number = actions.carry_over(ticket.id, edition.id, "去年未落地", by=SYSTEM)
    client.sign_in(make_actor(Role.ORGANISER, places.qingyang))
    page = client.get(f"{BASE}{number}").text
    assert all(text in page for text in ("延续的项目", "去年展出过", "去年未落地", "2025科创会"))


@pytest.mark.parametrize("path", [BASE, f"{BASE}ranking", f"{BASE}quotas", f"{BASE}nominate", f"{BASE}notices/",
                                  "/expo/2026/notice"])
def test_lists_take_the_same_queries_for_one_and_three(app: Flask, client, count_queries, path: str) -> None:
    places, edition = Places(), make_edition()
    client.sign_in(make_actor(Role.ORGANISER, places.province))

    def more() -> None:
        make_ticket(places.qingyang)
        make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED, score=5)
        make_notice(edition, SYSTEM)

    more()
    client.get(path)
    counts = []
    for rows in (0, 2):
        for _ in range(rows):
            more()
        with count_queries() as count:
            assert client.get(path).status_code == 200
        counts.append(count())
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_objections_are_limited_per_address(app: Flask, client) -> None:
    places, edition = Places(), make_edition()
    shown = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED)
    notice = make_notice(edition, SYSTEM)
    path = f"/expo/2026/notice/{notice.id}/objection/{shown.id}"
    data = {"name": "王五", "contact": "wang@example.cn", "text": "该项目的专利权属存在争议。", "consent": "y"}
    app.config["LIMITS_IN_TEST"] = True
    try:
        answers = [client.post(path, data=data).status_code for _ in range(8)]
    finally:
        app.config["LIMITS_IN_TEST"] = False
    assert answers == [302] * 6 + [429] * 2


def test_numbers_that_no_record_has_are_left_out_of_a_choice(app: Flask, client) -> None:
    places = Places()
    make_edition()
    client.sign_in(make_actor(Role.ORGANISER, places.mianyang))
    for typed in (str(10**30), "²", "1," * 300 + "x"):
        assert client.post(f"{BASE}endorse", data={"id_list": typed}).status_code in {200, 302, 303, 422}
    assert statuses() == []
