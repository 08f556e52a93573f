"""The addresses of the gate's app: open to everybody, holding nothing of anybody, whole without network."""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin

import pytest

from expo.checkin.models_devices import Device
from expo.checkin.papers_trial import TRIAL_NUMBER, trial_badge_address
from expo.kit.db import db
from expo.kit.qr import qr_matrix
from expo.people.permissions import Role
from expo.registration.models import Badge
from expo.registration.queries_keys import badge_keys
from expo.registration.rules_codes import BadgeCode, read
from tests.checkin.conftest import attendee
from tests.makers import make_actor

SHELL = ("/gate/", "/gate/enrol", "/gate/sw.js", "/gate/decode-worker.js", "/gate/manifest.webmanifest")


@pytest.mark.parametrize("address", SHELL)
def test_the_app_is_open_to_everybody_and_asked_for_anew_each_time(client, edition, gate, address):
    attendee(edition, "钟𬭼")
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "钟𬭼" not in answer.text
    assert gate.name not in answer.text


def test_the_page_is_the_same_for_somebody_who_is_signed_in(client, staff):
    nobody = client.get("/gate/").text
    assert client.sign_in(staff).get("/gate/").text == nobody
    assert "csrf" not in nobody


def _shell(client) -> dict:
    line = client.get("/gate/sw.js").text.partition("\n")[0]
    return json.loads(line.removeprefix("const SHELL = ").removesuffix(";"))


def test_all_that_the_app_loads_is_kept_on_the_device(client):
    shell = _shell(client)
    assert shell["page"] == "/gate/"
    for address in shell["files"]:
        assert client.get(address).status_code == 200, address
    page = client.get("/gate/").text
    for address in re.findall(r'<(?:script|link)[^>]+(?:src|href)="(/static/[^"]+)"', page) + re.findall(r'<img src="([^"]+)"', page):
        assert address.replace("&amp;", "&") in shell["files"], address
    for address in [one for one in shell["files"] if one.startswith("/static/js/")]:
        source = client.get(address).text
        for name in re.findall(r'from "(\.{1,2}/[\w./-]+)"', source):
            assert urljoin(address, name) in shell["files"], f"{address} imports {name}"


def test_a_changed_file_or_language_makes_a_new_version(client, app, tmp_path):
    first = _shell(client)["version"]
    assert _shell(client)["version"] == first
    client.get("/gate/?lang=en")
    assert _shell(client)["version"] != first


@pytest.mark.parametrize(("language", "name"), [("zh_Hans", "签到点"), ("en", "Gate")])
def test_a_phone_can_install_the_app(client, language, name):
    found = client.get(f"/gate/manifest.webmanifest?lang={language}").get_json(force=True)
    assert found["short_name"] == name
    assert (found["scope"], found["display"]) == ("/gate/", "standalone")
    assert {icon["sizes"] for icon in found["icons"]} == {"192x192", "512x512"}
    for icon in found["icons"]:
        assert client.get(icon["src"]).mimetype == "image/png"


def test_gate_staff_hand_their_gate_over_to_the_device_in_the_hand(client, edition, gate, staff, places):
    client.sign_in(staff)
    page = client.get(f"/work/2026/checkin/{gate.id}").text
    assert f"/work/2026/checkin/{gate.id}/here" in page
    answer = client.post(f"/work/2026/checkin/{gate.id}/here")
    assert answer.status_code == 303
    path, _hash, secret = answer.location.partition("#")
    assert path == "/gate/enrol"
    enrolled = client.post("/api/checkin/enrol", json={"secret": secret}).get_json()
    assert enrolled["lists"][0]["id"] == gate.id
    assert "override" not in enrolled["rights"]


def test_nobody_else_hands_a_gate_over(client, gate, places):
    gate_id = gate.id
    for actor, status in ((make_actor(Role.GATE_STAFF, places.mianyang), 404), (make_actor(Role.CARETAKER, places.qingyang), 403)):
        assert client.sign_in(actor).post(f"/work/2026/checkin/{gate_id}/here").status_code == status
    assert db.session.query(Device).count() == 0


def test_the_trial_badge_is_genuine_and_nobodys(client, edition, gate, staff, scanner):
    text = trial_badge_address(edition)
    found = read(text, badge_keys())
    assert isinstance(found, BadgeCode)
    assert found.number == TRIAL_NUMBER
    assert db.session.query(Badge).filter_by(code=TRIAL_NUMBER).count() == 0
    assert scanner.scan(text)["reason"] == "unknown_code"
    picture = client.sign_in(staff).get("/work/2026/checkin/trial-badge.png")
    assert picture.mimetype == "image/png"
    assert len(qr_matrix(text)) <= 45


def test_the_trial_badge_is_shown_to_gate_staff_only(client, edition, places):
    assert client.sign_in(make_actor(Role.CARETAKER, places.qingyang)).get("/work/2026/checkin/trial-badge.png").status_code == 403
