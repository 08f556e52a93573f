"""Pages of organisers: rules of check-in points, devices, present and due, doubles, screens, and places to sign up for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from expo.checkin import actions_sign_up
from expo.checkin.actions import day_of
from expo.checkin.models import Again, Gate, GateKind, Scan, ScanResult, SignUp
from expo.checkin.models_devices import Device, DeviceStatus
from expo.checkin.queries_due import due_by_delegation
from expo.kit import clock
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.refusals import NotFound, Refused
from expo.people.permissions import Role
from expo.registration.models import Registration
from tests.checkin.conftest import Scanner, attendee, code_of, make_gate, new_id
from tests.checkin.test_merge import made, merged
from tests.makers import make_actor, make_edition, make_venue
from tests.together import together


def test_a_check_in_point_with_all_its_rules_is_set_up_on_its_page(client, edition, venue, city):
    client.sign_in(city)
    day = edition.starts_on.isoformat()
    data = {"kind": "meal", "name": "午餐", "venue_id": venue.id, "session_id": 0, "zones": "A、B, C", "days": [day],
            "day_from": "11:30", "day_until": "13:30", "capacity": "200", "again": "once_a_day", "needs_live": "y",
            "needs_sign_up": "y", "places": "50"}
    assert client.post("/work/2026/checkin/gates/new", data=data).status_code == 303
    gate = db.session.query(Gate).one()
    assert (gate.kind, gate.again, gate.zones, gate.capacity, gate.places) == (GateKind.MEAL, Again.ONCE_A_DAY, ["A", "B", "C"], 200, 50)
    assert gate.rules | {"opens_at": None} == {
        "kinds": [], "days": [day], "zones": ["A", "B", "C"], "opens_at": None, "closes_at": None, "from": "11:30",
        "until": "13:30", "capacity": 200, "again": "once_a_day", "live": True, "signed_up": True}
    page = client.get(f"/work/2026/checkin/gates/{gate.id}").text
    assert 'value="A、B、C"' in page
    assert client.post("/work/2026/checkin/gates/new", data=data | {"name": "晚餐", "day_until": ""}).status_code == 422


def test_a_device_is_made_and_its_code_enrols_it(client, app, edition, gate, city):
    client.sign_in(city)
    page = client.post("/work/2026/checkin/devices/new", data={"name": "A 口左", "gate_id": gate.id, "rights": ["search"]}).text
    secret = re.search(r"/gate/enrol#([\w-]+)", page)[1]
    assert "data:image/png;base64," in page
    assert app.test_client().post("/api/checkin/enrol", json={"secret": secret}).get_json()["rights"] == ["search"]
    device = db.session.query(Device).one()
    listed = client.get("/work/2026/checkin/devices").text
    assert "A 口左" in listed
    assert secret not in listed + client.get(f"/work/2026/checkin/devices/{device.id}").text
    assert client.post(f"/work/2026/checkin/devices/{device.id}/revoke").status_code == 303
    assert db.session.get(Device, device.id).status is DeviceStatus.REVOKED
    assert "/gate/enrol#" in client.post(f"/work/2026/checkin/devices/{device.id}/code").text


@pytest.mark.parametrize(("method", "path"), [
    ("get", "devices"), ("get", "devices/new"), ("get", "devices/{device}"), ("post", "devices/{device}/revoke"),
    ("post", "devices/{device}/code"), ("get", "scans/1/undo"),
])
def test_pages_of_devices_and_undoing_are_closed_to_gate_staff(client, scanner, staff, method, path):
    client.sign_in(staff)
    assert getattr(client, method)(f"/work/2026/checkin/{path.format(device=scanner.device.id)}").status_code == 403


def test_devices_of_other_regions_do_not_exist(client, scanner, places):
    client.sign_in(make_actor(Role.ORGANISER, places.mianyang))
    assert scanner.device.name not in client.get("/work/2026/checkin/devices").text
    assert client.get(f"/work/2026/checkin/devices/{scanner.device.id}").status_code == 404
    assert client.post(f"/work/2026/checkin/devices/{scanner.device.id}/revoke").status_code == 404


def test_due_and_present_are_counted_by_county_and_by_delegation(client, edition, scanner, city, places):
    people = [attendee(edition, f"来宾{n}", organisation_name="西部大学", region_id=places.qingyang.id,
                       region_path=places.qingyang.path) for n in range(3)]
    attendee(edition, "绵阳人", organisation_name="绵阳大学", region_id=places.fucheng.id, region_path=places.fucheng.path)
    scanner.scan(code_of(people[0]))
    client.sign_in(city)
    for by, name in (("region", "青羊区"), ("delegation", "西部大学")):
        page = client.get(f"/work/2026/checkin/due/by-{by}").text
        assert name in page
        assert "绵阳" not in page
        assert re.findall(r'stat-value">(\d+)', page)[:3] == ["3", "1", "2"]
    sheet = client.get("/work/2026/checkin/due/by-delegation.csv").get_data().decode("utf-8-sig")
    assert sheet.strip().splitlines()[1] == "西部大学,,3,1"
    link = re.search(r'href="([^"]*delegation=o\d+[^"]*)"', client.get("/work/2026/checkin/due/by-delegation").text)[1]
    listed = client.get(link.replace("&amp;", "&")).text
    assert listed.count("来宾") >= 1
    still_due = client.get("/work/2026/checkin/due?state=due").text
    assert "来宾0" not in still_due
    assert "来宾1" in still_due
    rows = client.get("/work/2026/checkin/due.csv?state=present").get_data().decode("utf-8-sig").strip().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["来宾0"]
    assert client.get("/work/2026/checkin/due.xlsx").data[:2] == b"PK"


@pytest.mark.parametrize("address", ["devices", "due", "due/by-region", "due/by-delegation", "doubles", "screens"])
def test_lists_ask_the_same_number_of_questions_however_long_they_are(client, app, edition, venue, city, count_queries, address, places):
    client.sign_in(city)
    counts = []
    for rows in (1, 3):
        while db.session.query(Gate).count() < rows:
            gate = make_gate(edition, venue, new_id()[:8])
            one, two = (Scanner(app, edition, gate, city) for _ in range(2))
            person = attendee(edition, organisation_name=new_id()[:8], region_id=places.qingyang.id, region_path=places.qingyang.path)
            merged(one, made(one, code_of(person), -60 * 24))
            merged(two, made(two, code_of(person), -60 * 24 + 5))
        client.get(f"/work/2026/checkin/{address}")
        with count_queries() as count:
            assert client.get(f"/work/2026/checkin/{address}").status_code == 200
            counts.append(count())
    assert counts[0] == counts[1]


def test_doubles_are_shown_by_gate_with_both_devices(client, app, edition, gate, city, scanner):
    second = Scanner(app, edition, gate, city, name="B 机")
    text = code_of(attendee(edition, "双面人"))
    merged(scanner, made(scanner, text, -60))
    merged(second, made(second, text, -55))
    page = client.sign_in(city).get("/work/2026/checkin/doubles").text
    for word in ("双面人", "A 口", "B 机", scanner.device.name):
        assert word in page


def test_a_scan_is_taken_back_with_a_reason_by_an_administrator(client, edition, scanner, places):
    scanner.scan(code_of(attendee(edition)))
    scan_id = db.session.query(Scan).one().id
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert client.post(f"/work/2026/checkin/scans/{scan_id}/undo", data={"note": ""}).status_code == 422
    assert client.post(f"/work/2026/checkin/scans/{scan_id}/undo", data={"note": "扫错了人"}).status_code == 303
    db.session.rollback()
    assert db.session.query(Scan).one().result is ScanResult.UNDONE
    assert "已撤销" in client.get("/work/2026/checkin/scans").text


def test_a_screen_shows_figures_and_no_names_to_whoever_has_its_address(client, app, edition, venue, city):
    gate = make_gate(edition, venue, "小会议室", capacity=2)
    scanner = Scanner(app, edition, gate, city)
    for name in ("王敏", "李四"):
        scanner.scan(code_of(attendee(edition, name)))
    listed = client.sign_in(city).get("/work/2026/checkin/screens").text
    address = re.search(r"(/screen/checkin/[\w.-]+)", listed)[1]
    page = app.test_client().get(address)
    assert page.status_code == 200
    assert "小会议室" in page.text
    assert re.findall(r'class="value">(\d+)', page.text)[:3] == ["2", "2", "0"]  # inside, came today, free places
    assert "王敏" not in page.text
    assert app.test_client().get(address[:-2] + "xx").status_code == 404


def test_the_last_place_is_given_once(app, edition, venue):
    gate_id = make_gate(edition, venue, "专场", kind=GateKind.SESSION, needs_sign_up=True, places=1).id
    tokens = [attendee(edition, f"来宾{n}").token for n in range(6)]

    def take(token):
        try:
            return bool(actions_sign_up.sign_up(token, gate_id, by=ANONYMOUS))
        except Refused:
            return False

    assert sorted(together(app, [lambda t=t: take(t) for t in tokens])) == [False] * 5 + [True]
    assert db.session.query(SignUp).count() == 1


def test_who_has_signed_up_is_let_in_and_nobody_else(client, app, edition, venue, city):
    gate = make_gate(edition, venue, "专场", kind=GateKind.SESSION, needs_sign_up=True, places=5)
    scanner = Scanner(app, edition, gate, city)
    person, other = attendee(edition, "王敏"), attendee(edition, "李四")
    assert scanner.scan(code_of(person))["reason"] == "not_signed_up"
    assert "专场" in client.get(f"/my/{person.token}/places").text
    assert client.post(f"/my/{person.token}/places/{gate.id}").status_code == 303
    assert scanner.scan(code_of(person))["result"] == "admitted"
    assert scanner.scan(code_of(other))["reason"] == "not_signed_up"
    assert client.post(f"/my/{person.token}/places/{gate.id}/leave").status_code == 303
    assert db.session.query(SignUp).count() == 0


def test_places_of_another_edition_or_without_sign_up_do_not_exist(edition, venue, places):
    person = attendee(edition)
    plain = make_gate(edition, venue, "大门")
    other = make_edition("2031")
    foreign = make_gate(other, make_venue(places.qingyang), "别处", needs_sign_up=True)
    for gate in (plain, foreign):
        with pytest.raises(NotFound):
            actions_sign_up.sign_up(person.token, gate.id, by=ANONYMOUS)


def test_the_dashboard_counts_who_is_inside_and_people_by_venue(client, app, edition, venue, gate, city, scanner):
    second = Scanner(app, edition, make_gate(edition, venue, "B 口"), city)
    texts = [code_of(attendee(edition, f"来宾{n}")) for n in range(3)]
    for text in texts:
        scanner.scan(text)
    second.scan(texts[0])
    scanner.scan(texts[1], kind="exit")
    page = client.sign_in(city).get("/work/2026/checkin/").text
    assert re.search(r"场内</span>\s*<span class=\"stat-value\">3", page)
    venues = page.partition("按会场")[2]
    assert re.findall(r'class="number">(\d+)<', venues)[:3] == ["2", "3", "2"]


def test_a_morning_of_yesterday_is_not_inside_today(client, edition, city, scanner):
    with clock.frozen(clock.now() - timedelta(days=1)):
        scanner.scan(code_of(attendee(edition)))
    assert db.session.query(Registration).count() == 1
    page = client.sign_in(city).get("/work/2026/checkin/").text
    assert re.search(r"场内</span>\s*<span class=\"stat-value\">0", page)


def test_due_and_present_are_renewed_with_every_scan_and_every_registration(client, edition, scanner, city):
    day = day_of(clock.now())

    def told() -> list[tuple[str, int, int]]:
        db.session.rollback()
        return [(one.name, one.present, one.due) for one in due_by_delegation(edition.id, ["/"], day)]

    person = attendee(edition, organisation_name="西部大学")
    assert told() == told() == [("西部大学", 0, 1)]
    client_id = new_id()
    scanner.scan(code_of(person), client_id=client_id)
    assert told() == [("西部大学", 1, 1)]
    scanner.post("undo", client_id=client_id)
    assert told() == [("西部大学", 0, 1)]
    attendee(edition, "李四", organisation_name="西部大学")
    assert told() == [("西部大学", 0, 2)]
    # Without a newer number: as where PostgreSQL's workers commit in another order than they took their numbers.
    with db.engine.begin() as connection:
        connection.execute(sa.update(Scan).values(result=ScanResult.ADMITTED, was=None, undone_at=None))
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert told() == [("西部大学", 1, 2)]
