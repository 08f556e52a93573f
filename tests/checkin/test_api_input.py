"""What a broken or hostile device may send to the gates' address: a sentence comes back, never a crash."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from expo.checkin.models import Scan
from expo.kit import clock
from expo.kit.db import db
from tests.checkin.conftest import attendee, code_of, new_id

MOMENT = "2026-11-21T10:00:00+08:00"


BROKEN: list[dict[str, Any]] = [
    {"client_id": "x" * 41}, {"client_id": "x"},
    {"client_id": 5}, {"client_id": None}, {"list": 10**30}, {"list": True}, {"list": "1"}, {"list": None}, {"kind": []},
    {"kind": {}}, {"kind": "through"}, {"code": None}, {"code": 7}, {"registration": 10**30}, {"registration": "1"},
    {"force": True, "note": 5}, {"force": True, "note": ""}, {"force": True, "note": "x" * 201},
]


def test_what_is_no_scan_is_refused_and_not_stored(edition: Any, scanner: Any) -> None:
    text = code_of(attendee(edition))
    for changes in BROKEN:
        answer = scanner.post("scan", **({"client_id": new_id(), "list": scanner.gate_id, "code": text} | changes))
        assert answer.status_code in {403, 409}, changes
        assert answer.get_json()["title"]
    assert db.session.query(Scan).count() == 0


@pytest.mark.parametrize("client_id", ["12345678\ud800", "12345678\x00"])
def test_characters_that_no_text_holds_are_taken_out(edition: Any, scanner: Any, client_id: str) -> None:
    assert scanner.scan(code_of(attendee(edition)), client_id=client_id)["client_id"] == "12345678"


def test_any_text_may_be_scanned(scanner: Any) -> None:
    for code in ("", "\x00\ud800", "x" * 100_000, "HTTPS://X/B/" + "A" * 10_000):
        assert scanner.scan(code)["reason"] == "unknown_code"


@pytest.mark.parametrize("path", ["scan", "merge", "group", "undo", "state", "enrol"])
def test_a_body_that_is_no_object_is_refused(scanner: Any, path: str) -> None:
    for body in ("", "null", "[]", "[" * 100_000, "{} {}"):
        answer = scanner.client.post(f"/api/checkin/{path}", data=body.encode(), content_type="application/json",
                                     headers=scanner.headers)
        assert answer.status_code == 409


UNMERGEABLE: list[dict[str, Any]] = [
    {"at": None}, {"at": "yesterday"}, {"at": "2026-11-21T10:00:00"}, {"at": "0001-01-01T00:00:00+23:59"},
    {"at": "9999-12-31T23:59:59-23:59"}, {"at": 5}, {"decided": "maybe"}, {"decided": 5}, {"id": "xyz"}, {"id": 5},
    {"id": "0" * 40}, {"client_id": "short"}, {"kind": "flight"},
]


def test_a_merge_with_something_unreadable_stores_nothing(edition: Any, scanner: Any) -> None:
    good = {"client_id": new_id(), "list": scanner.gate_id, "code": code_of(attendee(edition)), "at": clock.now().isoformat(),
            "decided": "admitted"}
    for changes in UNMERGEABLE:
        bad = good | {"client_id": new_id()} | changes
        assert scanner.post("merge", scans=[good, bad]).status_code == 409, changes
    assert db.session.query(Scan).count() == 0


def test_a_token_that_is_nobodys_opens_nothing(scanner: Any) -> None:
    tokens = ("", "x", "1", "1.", "1.short", "-1." + "a" * 32, "9" * 12 + "." + "a" * 32, "1." + "a" * 32)
    for token, (method, path) in itertools.product(tokens, (("post", "scan"), ("post", "merge"), ("post", "state"), ("post", "undo"), ("post", "group"),
                         ("get", "pack"), ("get", "seen"), ("get", "search"), ("get", "groups"), ("get", "groups/1"),
                         ("get", "statistics"), ("get", "badges/1.pdf"))):
        answer = getattr(scanner.client, method)(f"/api/checkin/{path}", headers={"Authorization": f"Bearer {token}"},
                                                 **({"json": {}} if method == "post" else {}))
        assert (answer.status_code, answer.get_json()["reason"]) == (401, "unknown")


@pytest.mark.parametrize("since", ["yesterday", "2026-11-21", "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "x" * 5000])
def test_a_cursor_that_is_none_asks_for_all(edition: Any, scanner: Any, since: str) -> None:
    scanner.scan(code_of(attendee(edition)))
    scanner.get("pack")
    assert len(scanner.get(f"seen?list={scanner.gate_id}&since={since}").get_json()["seen"]) == 1
