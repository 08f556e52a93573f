"""Pages and addresses of the gates: the answer on the device, the figures, the rows behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from expo.checkin import actions, actions_gates
from expo.checkin.models import Gate, Scan
from expo.kit import clock
from expo.kit.db import db
from expo.kit.refusals import NotFound, Refused
from expo.people.permissions import Role
from expo.registration.models import Registration
from expo.registration.queries_keys import live_secret
from expo.registration.rules_codes import content_of
from expo.registration.rules_live import live_part, step_at
from tests.checkin.conftest import attendee, code_of, make_gate, new_id
from tests.makers import make_actor, make_edition, make_venue


def test_the_gate_works_without_javascript(client, edition, gate, staff):
    client.sign_in(staff)
    person = attendee(edition)
    page = client.post(f"/work/2026/checkin/{gate.id}", data={"code": code_of(person)}, follow_redirects=True).text
    assert "请进" in page
    assert "王敏" in page
    again = client.post(f"/work/2026/checkin/{gate.id}", data={"registration_id": person.id}, follow_redirects=True).text
    assert "已经入场" in again


def test_people_are_found_at_the_gate_from_whatever_region(client, edition, gate, places, staff):
    from expo.kit.text import bigrams

    attendee(edition, "吐尔逊", phone="+8613812345678", region_path=places.fucheng.path,
             search_text=bigrams("吐尔逊 13812345678 5678"))
    page = client.sign_in(staff).get(f"/work/2026/checkin/{gate.id}?q=5678").text
    assert "吐尔逊" in page
    assert "138****5678" in page


def test_gate_staff_see_their_own_gates_and_scans_only(client, edition, gate, places, staff):
    away = make_gate(edition, make_venue(places.mianyang), "绵阳分会场")
    actions.scan_code(away.id, code_of(attendee(edition, "绵阳人")), client_id=new_id(),
                      by=make_actor(Role.GATE_STAFF, places.mianyang))
    client.sign_in(staff)
    page = client.get("/work/2026/checkin/").text
    assert "A 口" in page
    assert "绵阳分会场" not in page
    assert "绵阳人" not in client.get("/work/2026/checkin/scans").text
    assert client.get(f"/work/2026/checkin/{away.id}").status_code == 404
    assert client.post(f"/work/2026/checkin/{away.id}/here").status_code == 404


def test_every_figure_of_the_day_opens_as_many_rows(client, edition, gate, staff):
    start = clock.now().replace(hour=2, minute=10)  # 10:10 in Sichuan
    for minutes in (0, 5, 65):
        with clock.frozen(start + timedelta(minutes=minutes)):
            actions.scan_code(gate.id, code_of(attendee(edition)), client_id=new_id(), by=staff)
    with clock.frozen(start + timedelta(minutes=70)):
        actions.scan_code(gate.id, "nonsense", client_id=new_id(), by=staff)
        client.sign_in(staff)
        page = client.get("/work/2026/checkin/").text
        day = clock.today(clock.now().tzinfo).isoformat()
        for query, rows in (("kind=entry&amp;result=admitted", 3), ("result=refused", 1), ("hour=10", 2), ("hour=11", 1)):
            assert query.split("&amp;")[0] in page
            listed = client.get(f"/work/2026/checkin/scans?day={day}&{query.replace('&amp;', '&')}" +
                                ("&result=admitted" if "hour" in query else "")).text
            assert listed.count("<tr>") - 1 == rows


@pytest.mark.parametrize("address", ["/work/2026/checkin/", "/work/2026/checkin/scans", "/work/2026/checkin/{gate}?q=来宾"])
def test_pages_ask_the_database_the_same_number_of_questions_however_long_they_are(
    client, edition, gate, venue, staff, count_queries, address
):
    client.sign_in(staff)
    counts = []
    for rows in (1, 3):
        while db.session.query(Registration).count() < rows:
            actions.scan_code(gate.id, code_of(attendee(edition, "来宾")), client_id=new_id(), by=staff)
            make_gate(edition, venue, new_id()[:8])
        client.get(address.format(gate=gate.id))
        with count_queries() as count:
            client.get(address.format(gate=gate.id))
            counts.append(count())
    assert counts[0] == counts[1]


def test_an_export_of_scans_is_the_list_shown(client, edition, gate, staff):
    actions.scan_code(gate.id, code_of(attendee(edition, "=cmd()")), client_id=new_id(), by=staff)
    actions.scan_code(gate.id, "nonsense", client_id=new_id(), by=staff)
    client.sign_in(staff)
    text = client.get("/work/2026/checkin/scans.csv?result=admitted").get_data().decode("utf-8-sig")
    assert "'=cmd()" in text
    assert len(text.strip().split("\n")) == 2
    assert client.get("/work/2026/checkin/scans.xlsx").data[:2] == b"PK"


@pytest.mark.parametrize("letter", ["b", "B"])
def test_a_strangers_camera_shows_kind_and_edition_and_no_name(client, edition, gate, letter):
    text = code_of(attendee(edition, organisation_name="中国科学院"))
    page = client.get(f"/{letter}/{text.rpartition('/')[2]}")
    assert page.status_code == 200
    assert "证件有效" in page.text
    assert "2026科创会" in page.text
    for secret in ("王敏", "中国科学院", "<form method"):
        assert secret not in page.text.partition("<main")[2]


def test_a_forged_or_foreign_code_is_no_badge(client, edition):
    text = code_of(attendee(edition)).rpartition("/")[2]
    assert client.get(f"/b/{text[:-4]}AAAA").status_code == 404
    assert client.get("/b/hello").status_code == 404
    assert client.get("/b/" + "A" * 3000).status_code == 404


def test_staff_check_a_badge_in_from_the_phones_own_camera(client, edition, gate, staff):
    code = code_of(attendee(edition)).rpartition("/")[2]
    client.sign_in(staff)
    assert "A 口" in client.get(f"/b/{code}").text
    told = client.post(f"/b/{code}", data={"gate": gate.id, "client_id": new_id()}).text
    assert "请进" in told
    assert "王敏" in told
    assert db.session.query(Scan).count() == 1


def test_a_gate_that_demands_the_moving_code_sees_it_from_the_phones_own_camera(client, edition, venue, staff):
    gate = make_gate(edition, venue, "活码口", needs_live=True)
    code = code_of(attendee(edition)).rpartition("/")[2]
    secret = live_secret(code)
    assert secret is not None
    number = content_of(code)[6:12].hex()
    client.sign_in(staff)
    for step, word in ((-3, "旧截图"), (0, "请进")):
        address = f"/b/{code}/{live_part(secret, number, step_at(clock.now()) + step)}"
        page = client.get(address).text
        assert f'action="{address}"'.lower() in page.lower()
        assert word in client.post(address, data={"gate": gate.id, "client_id": new_id()}).text
    assert "动态码" in client.post(f"/b/{code}", data={"gate": gate.id}).text
    assert [str(one.result) for one in db.session.query(Scan).order_by(Scan.id)] == ["refused", "admitted", "refused"]


def test_the_phones_camera_lets_nobody_in_without_the_right(client, edition, gate, places):
    code = code_of(attendee(edition)).rpartition("/")[2]
    client.sign_in(make_actor(Role.GATE_STAFF, places.mianyang))
    client.post(f"/b/{code}", data={"gate": gate.id})
    client.sign_in(make_actor(Role.CARETAKER, places.province))
    assert client.post(f"/b/{code}", data={"gate": gate.id}).status_code == 403
    assert db.session.query(Scan).count() == 0


def test_people_see_who_scanned_them_when(client, edition, gate, staff):
    person = attendee(edition)
    actions.scan_code(gate.id, code_of(person), client_id=new_id(), by=staff)
    page = client.get(f"/my/{person.token}/entries").text
    assert "A 口" in page
    assert "天府国际会议中心" in page


def entry_for(venue, name="B 口", **values):
    return actions_gates.GateEntry(name, venue.id, values.get("session_id"), values.get("kinds", []), values.get("opens"),
                                   values.get("closes"))


def test_gates_are_set_up_by_organisers_in_their_own_regions(edition, venue, places, staff):
    city = make_actor(Role.ORGANISER, places.chengdu)
    made = actions_gates.make_gate(edition.id, entry_for(venue), by=city)
    assert made.region_path == places.qingyang.path
    for by in (staff, make_actor(Role.ORGANISER, places.mianyang), make_actor(Role.AUDITOR, places.province)):
        with pytest.raises(NotFound):
            actions_gates.make_gate(edition.id, entry_for(venue, "C 口"), by=by)
        with pytest.raises(NotFound):
            actions_gates.change_gate(edition.id, made.id, entry_for(venue), by=by)
        with pytest.raises(NotFound):
            actions_gates.remove_gate(edition.id, made.id, by=by)


def test_two_gates_of_one_name_and_gates_that_close_before_they_open_are_refused(edition, venue, gate, places):
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Refused):
        actions_gates.make_gate(edition.id, entry_for(venue, "A 口"), by=city)
    now = clock.now()
    with pytest.raises(Refused):
        actions_gates.make_gate(edition.id, entry_for(venue, opens=now, closes=now - timedelta(hours=1)), by=city)


def test_a_gate_with_scans_stays(edition, gate, places, staff):
    city = make_actor(Role.ORGANISER, places.chengdu)
    actions.scan_code(gate.id, "nonsense", client_id=new_id(), by=staff)
    with pytest.raises(Refused):
        actions_gates.remove_gate(edition.id, gate.id, by=city)


def test_a_gate_is_set_up_and_changed_on_its_page_in_the_zone_of_the_expo(client, edition, venue, places):
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    data = {"kind": "entrance", "again": "after_exit", "name": "南门", "venue_id": venue.id, "session_id": 0, "badge_kinds": ["guest", "media"],
            "opens_at": "2026-11-21T08:30", "closes_at": "2026-11-21T18:00"}
    assert client.post("/work/2026/checkin/gates/new", data=data).status_code == 303
    made = db.session.query(Gate).one()
    assert (made.badge_kinds, made.opens_at.hour) == (["guest", "media"], 0)
    page = client.get(f"/work/2026/checkin/gates/{made.id}").text
    assert 'value="2026-11-21T08:30"' in page
    assert client.post(f"/work/2026/checkin/gates/{made.id}", data=data | {"name": "北门"}).status_code == 303
    assert client.post(f"/work/2026/checkin/gates/{made.id}/remove").status_code == 303
    assert db.session.query(Gate).count() == 0


def test_a_late_checkin_is_entered_on_its_page(client, edition, gate, places):
    admin = make_actor(Role.ORGANISER, places.province)
    person = attendee(edition, region_path=places.qingyang.path)
    noon = clock.now().replace(hour=4, minute=0)
    with clock.frozen(noon + timedelta(hours=1)):
        client.sign_in(admin)
        data = {"gate_id": gate.id, "at": f"{noon.date()}T12:00", "note": ""}
        address = f"/work/2026/checkin/late/{person.id}"
        assert client.post(address, data=data).status_code == 422
        assert client.post(address, data=data | {"note": "读码器故障"}).status_code == 303
    assert db.session.query(Scan).one().at == noon.replace(second=0, microsecond=0)


def test_pages_of_another_edition_show_none_of_this_ones(client, edition, gate, places, staff):
    make_edition("2031")
    client.sign_in(staff)
    assert "A 口" not in client.get("/work/2031/checkin/").text
    assert client.get(f"/work/2031/checkin/{gate.id}").status_code == 404
