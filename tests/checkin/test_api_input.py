"""What a broken or hostile device may send to the gates' address: a sentence comes back, never a crash."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checkin.conftest import attendee, code_of, new_id


@pytest.mark.parametrize("changes", [
    {"client_id": "12345678\ud800"}, {"client_id": "12345678\x00"}, {"client_id": "x" * 41}, {"client_id": 5},
    {"gate": 10**30}, {"gate": True}, {"gate": "1"}, {"kind": []}, {"kind": {}}, {"kind": "through"}, {"code": "\x00\ud800"},
    {"code": None}, {"code": "x" * 100_000}, {"registration": 10**30, "code": None}, {"at": "0001-01-01T00:00:00+23:59"},
    {"at": "9999-12-31T23:59:59-23:59"}, {"at": "2026-11-21T10:00:00"}, {"at": 5},
])
def test_nothing_that_a_device_sends_breaks_the_gate(client: Any, edition: Any, gate: Any, staff: Any, changes: dict[str, Any]) -> None:
    client.sign_in(staff)
    sent = {"client_id": new_id(), "gate": gate.id, "code": code_of(attendee(edition))} | changes
    answer = client.post("/api/checkin/scan", json=sent)
    assert answer.status_code in {200, 404, 409}
    assert answer.is_json


@pytest.mark.parametrize("body", ["", "null", "[]", "[" * 100_000, '{"gate": NaN}', "\ufeff{}"])
def test_what_is_no_scan_is_refused(client: Any, staff: Any, body: str) -> None:
    answer = client.sign_in(staff).post("/api/checkin/scan", data=body.encode(), content_type="application/json")
    assert answer.status_code == 409
