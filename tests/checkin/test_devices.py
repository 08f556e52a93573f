"""Devices: enrolled once, trusted for their lists and rights, out at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from expo.checkin import actions_devices
from expo.checkin.actions_devices import DeviceEntry
from expo.checkin.models import Scan, ScanReason, ScanResult
from expo.checkin.models_devices import Device, DeviceSign, DeviceStatus
from expo.kit import clock
from expo.kit.db import db
from expo.kit.refusals import NotFound, Refused
from expo.kit.text import bigrams
from expo.people.permissions import Role
from expo.registration import queries
from expo.registration.queries_keys import badge_code, live_secret
from expo.registration.rules_live import live_address, live_part, step_at
from tests.checkin.conftest import Scanner, attendee, code_of, make_gate, new_id
from tests.makers import make_actor, make_venue


def test_a_code_enrols_one_device_once(app, edition, gate, city, scanner):
    told = scanner.enrolment
    assert told["lists"][0]["name"] == "A 口"
    assert told["edition"]["slug"] == "2026"
    assert set(told["keys"]) == {"1"}
    assert told["reasons"]["forged"]
    again = scanner.client.post("/api/checkin/enrol", json={"secret": scanner.secret})
    assert again.status_code == 409


def test_a_code_that_nobody_used_for_a_day_is_worth_nothing(app, edition, gate, city):
    _device, secret = actions_devices.make_device(edition.id, DeviceEntry("手机", gate.id), by=city)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert app.test_client().post("/api/checkin/enrol", json={"secret": secret}).status_code == 409


def test_neither_code_nor_token_is_stored(scanner):
    device = db.session.get(Device, scanner.device.id)
    token = scanner.enrolment["token"].partition(".")[2]
    assert token not in str(vars(device))
    assert scanner.secret not in str(vars(device))


def test_a_revoked_device_is_out_with_its_next_request(edition, gate, city, scanner):
    text = code_of(attendee(edition))
    assert scanner.scan(text)["result"] == "admitted"
    actions_devices.revoke_device(edition.id, scanner.device.id, by=city)
    for answer in (scanner.post("scan", client_id=new_id(), list=gate.id, code=text), scanner.post("state"), scanner.get("pack")):
        assert (answer.status_code, answer.get_json()["reason"]) == (401, "revoked")
    assert db.session.query(Scan).count() == 1


def test_a_new_code_puts_the_old_phone_out_and_another_one_in(app, edition, city, scanner):
    _device, secret = actions_devices.renew_code(edition.id, scanner.device.id, by=city)
    assert scanner.post("state").status_code == 401
    token = app.test_client().post("/api/checkin/enrol", json={"secret": secret}).get_json()["token"]
    assert app.test_client().post("/api/checkin/state", json={}, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_an_old_token_lets_nobody_in_even_where_it_was_known_a_moment_ago(app, edition, city, scanner):
    """Each process keeps what it knows of devices; the transaction of the scan asks again."""
    texts = [code_of(attendee(edition, f"来宾{n}")) for n in range(3)]
    assert scanner.scan(texts[0])["result"] == "admitted"  # Now this process knows the device.
    _device, secret = actions_devices.renew_code(edition.id, scanner.device.id, by=city)
    token = app.test_client().post("/api/checkin/enrol", json={"secret": secret}).get_json()["token"]
    assert scanner.post("scan", client_id=new_id(), list=scanner.gate_id, code=texts[1]).status_code == 401
    scanner.headers = {"Authorization": f"Bearer {token}"}
    assert scanner.scan(texts[2])["result"] == "admitted"
    assert db.session.query(Scan).count() == 2


def test_a_right_taken_away_is_gone_with_the_next_scan(edition, gate, city, scanner):
    text = code_of(attendee(edition))
    assert scanner.scan(text)["result"] == "admitted"
    actions_devices.change_device(edition.id, scanner.device.id, DeviceEntry("机", gate.id), by=city)
    assert scanner.post("scan", client_id=new_id(), list=gate.id, code=text, force=True, note="嘉宾").status_code == 403


def test_a_list_may_demand_the_code_that_moves(app, edition, venue, city):
    gate = make_gate(edition, venue, "开幕式", needs_live=True)
    scanner = Scanner(app, edition, gate, city, rights=("search",))
    person = attendee(edition)
    text, badge = code_of(person), queries.find_valid_badge(person.id)
    secret = live_secret(badge_code(badge, edition))

    def shown(minutes: float) -> str:
        return live_address(text, live_part(secret, badge.code, step_at(clock.now() + timedelta(minutes=minutes))))

    assert scanner.scan(text)["reason"] == "live_missing"
    assert scanner.scan(shown(-3))["reason"] == "live_stale"
    assert scanner.scan(live_address(text, "A" * 12))["reason"] == "live_wrong"
    assert scanner.scan(shown(0))["result"] == "admitted"
    assert scanner.scan(registration=attendee(edition, "李四").id)["result"] == "admitted"  # Whoever searches has looked.


def test_a_zone_opens_for_its_badges_only(app, edition, venue, city):
    scanner = Scanner(app, edition, make_gate(edition, venue, "洽谈区", zones=["B", "C"]), city)
    assert scanner.scan(code_of(attendee(edition, zones=["A"])))["reason"] == "wrong_zone"
    assert scanner.scan(code_of(attendee(edition)))["reason"] == "wrong_zone"
    assert scanner.scan(code_of(attendee(edition, zones=["A", "C"])))["result"] == "admitted"


def test_a_device_scans_at_its_own_lists_only(app, edition, venue, gate, city, scanner):
    other = make_gate(edition, venue, "B 口")
    text = code_of(attendee(edition))
    assert scanner.post("scan", client_id=new_id(), list=other.id, code=text).status_code == 403
    actions_devices.change_device(edition.id, scanner.device.id, DeviceEntry("新名", gate.id, [other.id]), by=city)
    assert scanner.post("scan", client_id=new_id(), list=other.id, code=text).get_json()["result"] == "admitted"
    actions_devices.change_device(edition.id, scanner.device.id, DeviceEntry("新名", gate.id), by=city)
    assert scanner.post("scan", client_id=new_id(), list=other.id, code=text).status_code == 403


def test_what_was_scanned_at_a_former_list_without_network_still_arrives(edition, venue, gate, city, scanner):
    text, then = code_of(attendee(edition)), clock.now()
    actions_devices.change_device(edition.id, scanner.device.id, DeviceEntry("机", make_gate(edition, venue, "B 口").id), by=city)
    sent = {"client_id": new_id(), "list": gate.id, "code": text, "at": then.isoformat(), "decided": "admitted"}
    assert scanner.post("merge", scans=[sent]).get_json()["answers"][0]["result"] == "admitted"


def test_a_changed_gate_holds_from_the_next_scan_on(edition, gate, venue, city, scanner):
    from expo.checkin.actions_gates import GateEntry, change_gate

    assert scanner.scan(code_of(attendee(edition)))["result"] == "admitted"
    change_gate(edition.id, gate.id, GateEntry("A 口", venue.id, None, ["media"], None, None), by=city)
    assert scanner.scan(code_of(attendee(edition)))["reason"] == "wrong_kind"


@pytest.mark.parametrize(("right", "ask"), [
    ("search", lambda s: s.get(f"search?list={s.gate_id}&q=王敏")),
    ("search", lambda s: s.get(f"groups?list={s.gate_id}&q=科")),
    ("search", lambda s: s.get(f"groups/o1?list={s.gate_id}")),
    ("search", lambda s: s.post("group", list=s.gate_id, scans=[])),
    ("search", lambda s: s.post("scan", client_id=new_id(), list=s.gate_id, registration=1)),
    ("override", lambda s: s.post("scan", client_id=new_id(), list=s.gate_id, code="x", force=True, note="嘉宾")),
    ("statistics", lambda s: s.get(f"statistics?list={s.gate_id}")),
    ("print", lambda s: s.get("badges/1.pdf")),
])
def test_each_right_is_needed_and_is_enough(app, edition, gate, city, right, ask):
    person = attendee(edition)
    with_right = ask(Scanner(app, edition, gate, city, rights=(right,))).status_code
    assert with_right == (404 if right == "print" and person.id != 1 else 200)
    others = tuple(r for r in ("search", "override", "statistics", "print") if r != right)
    assert ask(Scanner(app, edition, gate, city, rights=others)).status_code == 403


def test_devices_are_managed_by_organisers_of_the_region(edition, gate, city, places, staff, scanner):
    for by in (staff, make_actor(Role.ORGANISER, places.mianyang), make_actor(Role.AUDITOR, places.province)):
        with pytest.raises(NotFound):
            actions_devices.make_device(edition.id, DeviceEntry("x", gate.id), by=by)
        for act in (actions_devices.revoke_device, actions_devices.renew_code):
            with pytest.raises(NotFound):
                act(edition.id, scanner.device.id, by=by)
        with pytest.raises(NotFound):
            actions_devices.change_device(edition.id, scanner.device.id, DeviceEntry("x", gate.id), by=by)
    with pytest.raises(Refused):
        actions_devices.make_device(edition.id, DeviceEntry(scanner.device.name, gate.id), by=city)


def test_staff_make_the_phone_in_their_hand_a_device_at_their_gates(app, edition, gate, staff, places):
    device, secret = actions_devices.make_own_device(edition.id, gate.id, by=staff)
    assert device.rights == ["search", "statistics", "print"]
    assert staff.name not in device.name
    again, secret = actions_devices.make_own_device(edition.id, gate.id, by=staff)
    assert again.id == device.id  # Nobody has enrolled it: the same place, a new code.
    assert app.test_client().post("/api/checkin/enrol", json={"secret": secret}).status_code == 200
    for by in (make_actor(Role.GATE_STAFF, places.mianyang), make_actor(Role.CARETAKER, places.province)):
        with pytest.raises(NotFound):
            actions_devices.make_own_device(edition.id, gate.id, by=by)


def test_a_sign_of_life_tells_what_waits_and_brings_figures(edition, scanner):
    scanner.scan(code_of(attendee(edition)))
    told = scanner.post("state", queue=3, skew_ms=-1200, pack=7).get_json()
    assert told["counts"] == {str(scanner.gate_id): {"admitted": 1, "inside": 1}}
    sign = db.session.get(DeviceSign, scanner.device.id)
    assert (sign.queue, sign.skew_ms, sign.pack) == (3, -1200, 7)
    assert db.session.get(Device, scanner.device.id).status is DeviceStatus.ENROLLED


def test_an_override_needs_a_reason_and_never_lets_a_forged_code_in(edition, venue, app, city):
    gate = make_gate(edition, venue, "贵宾口", badge_kinds=["guest"])
    scanner = Scanner(app, edition, gate, city, rights=("override",))
    text = code_of(attendee(edition))
    assert scanner.scan(text)["reason"] == "wrong_kind"
    told = scanner.scan(text, force=True, note="领导随行")
    assert (told["result"], told["reason"], told["welcome"]) == ("admitted", "override", True)
    assert scanner.scan(text, force=True, note="又来")["result"] == "readmitted"
    assert scanner.scan("https://example.com", force=True, note="领导随行")["result"] == "refused"
    stored = db.session.query(Scan).filter_by(reason=ScanReason.OVERRIDE, result=ScanResult.ADMITTED).one()
    assert (stored.note, stored.device_id) == ("领导随行", scanner.device.id)


def test_a_scan_is_taken_back_and_the_badge_is_new_again(edition, scanner):
    text, client_id = code_of(attendee(edition)), new_id()
    scanner.scan(text, client_id=client_id)
    assert scanner.scan(text)["result"] == "repeated"
    assert scanner.post("undo", client_id=client_id).get_json()["result"] == "undone"
    assert scanner.post("undo", client_id=client_id).status_code == 200
    assert scanner.scan(text)["result"] == "admitted"
    row = db.session.query(Scan).filter_by(client_id=client_id).one()
    assert (row.result, row.was) == (ScanResult.UNDONE, "admitted")


def test_only_ones_own_fresh_scans_are_taken_back_without_the_right(app, edition, gate, city, scanner):
    plain = Scanner(app, edition, gate, city)
    client_id, own = new_id(), new_id()
    scanner.scan(code_of(attendee(edition)), client_id=client_id)
    plain.scan(code_of(attendee(edition)), client_id=own)
    assert plain.post("undo", client_id=client_id).status_code == 409
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert plain.post("undo", client_id=own).status_code == 409
    assert plain.post("undo", client_id="nothing-here").status_code == 404
    assert scanner.post("undo", client_id=own).status_code == 200


def test_people_are_found_by_the_phones_last_digits_with_the_rest_masked(edition, scanner):
    person = attendee(edition, "吐尔逊", phone="+8613812345678", search_text=bigrams("吐尔逊 13812345678 5678"))
    found = scanner.get(f"search?list={scanner.gate_id}&q=5678").get_json()["people"]
    assert [(one["registration"], one["name"], one["phone"], one["has_badge"]) for one in found] == [
        (person.id, "吐尔逊", "138****5678", True)]
    told = scanner.scan(registration=person.id)
    assert (told["result"], told["reason"]) == ("admitted", "by_hand")
    assert scanner.get(f"search?list={scanner.gate_id}&q=5678").get_json()["people"][0]["first"]["place"] == "A 口"


def test_a_delegation_comes_in_together_and_each_is_judged(edition, scanner):
    people = [attendee(edition, f"团员{n}", organisation_name="西部大学") for n in range(3)]
    attendee(edition, "别人", organisation_name="东部大学")
    scanner.scan(code_of(people[0]))
    group = scanner.get(f"groups?list={scanner.gate_id}&q=西部").get_json()["groups"]
    assert [(one["name"], one["due"], one["present"]) for one in group] == [("西部大学", 3, 1)]
    found = scanner.get(f"groups/{group[0]['key']}?list={scanner.gate_id}").get_json()["people"]
    assert {one["name"] for one in found} == {"团员0", "团员1", "团员2"}
    sent = [{"client_id": new_id(), "registration": one["registration"]} for one in found]
    answers = scanner.post("group", list=scanner.gate_id, scans=sent).get_json()["answers"]
    assert sorted(one["result"] for one in answers) == ["admitted", "admitted", "repeated"]
    assert scanner.get(f"groups?list={scanner.gate_id}&q=西部").get_json()["groups"][0]["present"] == 3


def test_the_devices_figures_are_the_rows(edition, scanner):
    texts = [code_of(attendee(edition)) for _ in range(3)]
    for text in [*texts, texts[0], "nonsense"]:
        scanner.scan(text)
    scanner.scan(texts[0], kind="exit")
    told = scanner.get(f"statistics?list={scanner.gate_id}").get_json()
    assert (told["admitted"], told["inside"], told["repeated"], told["refused"], told["due"]) == (3, 2, 1, 1, 3)
    assert sum(told["hours"].values()) == 3
    assert told["devices"] == [{"name": scanner.device.name, "admitted": 3}]


def test_printing_a_badge_admits_nobody(edition, scanner):
    person = attendee(edition)
    told = scanner.scan(code_of(person), kind="print")
    assert (told["result"], told["kind"]) == ("admitted", "print")
    paper = scanner.get(f"badges/{person.id}.pdf")
    assert paper.data[:4] == b"%PDF"
    assert scanner.get(f"statistics?list={scanner.gate_id}").get_json()["admitted"] == 0
    assert scanner.scan(code_of(person))["result"] == "admitted"


def test_a_stores_trouble_sends_the_device_offline(app, edition, gate, scanner, monkeypatch):
    from expo.checkin import actions
    from expo.kit.gathering import StoreBusy

    def busy(_reading: Any) -> None:
        raise StoreBusy

    monkeypatch.setattr(actions._gathered, "do", busy)
    answer = scanner.post("scan", client_id=new_id(), list=gate.id, code="x")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_cookies_count_for_nothing_at_the_devices_address(client, app, gate, staff):
    client.sign_in(staff)
    assert client.post("/api/checkin/scan", json={"client_id": new_id(), "list": gate.id, "code": "x"}).status_code == 401
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post("/api/checkin/scan", json={}).status_code == 401
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_device_of_another_region_is_told_nothing_of_this_ones_lists(app, edition, gate, places):
    away = make_gate(edition, make_venue(places.mianyang), "绵阳分会场")
    scanner = Scanner(app, edition, away, make_actor(Role.ORGANISER, places.mianyang), rights=("search", "statistics"))
    for path in ("seen", "search", "groups", "statistics"):
        assert scanner.get(f"{path}?list={gate.id}&q=王").status_code == 403


def test_two_weeks_after_the_expo_devices_are_out_and_what_was_late_has_come(edition, gate, city, scanner):
    actions_devices.make_device(edition.id, DeviceEntry("从未启用", gate.id), by=city)
    last = datetime.combine(edition.ends_on, time(12), ZoneInfo("Asia/Shanghai"))
    with clock.frozen(last + actions_devices.KEPT_AFTER):
        actions_devices.revoke_past()
        assert scanner.post("state").status_code == 200
    with clock.frozen(last + actions_devices.KEPT_AFTER + timedelta(days=2)):
        actions_devices.revoke_past()
        answer = scanner.get(f"search?list={gate.id}&q=王")
        assert (answer.status_code, answer.get_json()["reason"]) == (401, "revoked")
    db.session.expire_all()
    assert {one.status for one in db.session.query(Device)} == {DeviceStatus.REVOKED}
