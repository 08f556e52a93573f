"""Chips: tied to a badge by one reading at the desk, then read like its code; they live as long as the badge."""

from __future__ import annotations

from typing import Any

import pytest

from expo.checkin.actions_chips import tie_chip
from expo.checkin.models import Scan
from expo.checkin.models_chips import Chip
from expo.checkin.rules_chips import chip_number
from expo.kit.access import ANONYMOUS, SYSTEM
from expo.kit.db import db
from expo.kit.refusals import Refused
from expo.registration.actions_forgetting import erase_own
from expo.registration.models import BadgeStatus
from tests.checkin.conftest import Scanner, attendee, code_of, make_gate, new_id
from tests.checkin.test_app_vectors import _ended
from tests.checkin.test_merge import made
from tests.makers import make_badge, make_edition

NUMBER = "04:a2:b3:c4:d5:e6:80"


@pytest.mark.parametrize(("typed", "number"), [
    (NUMBER, "04A2B3C4D5E680"), ("04a2b3c4d5e680\n", "04A2B3C4D5E680"), ("0412345678", "0412345678"), ("12 34-56", "123456"),
    ("12345", None), ("A" * 33, None), ("1" * 101, None), ("", None), ("你好你好你好", None), ("BADGE-123456", None),
    ("HTTPS://EXPO.EXAMPLE.CN/B/ABC", None),
])
def test_a_number_is_the_same_however_it_was_typed(typed, number):
    assert chip_number(typed) == number


def test_one_reading_ties_a_chip_and_the_next_admits(edition, scanner):
    person = attendee(edition, "钟𬭼")
    assert scanner.scan(NUMBER)["reason"] == "unknown_code"
    assert scanner.post("chip", registration=person.id, chip=NUMBER).get_json() == {
        "registration": person.id, "chip": "04A2B3C4D5E680"}
    client_id = new_id()
    first = scanner.scan("04A2B3C4D5E680", client_id=client_id)
    assert (first["result"], first["reason"], first["name"]) == ("admitted", "", "钟𬭼")
    assert scanner.scan("04A2B3C4D5E680", client_id=client_id)["at"] == first["at"]
    assert scanner.scan(code_of(person))["reason"] == "inside"
    assert scanner.scan(NUMBER)["reason"] == "inside"
    assert db.session.query(Scan).count() == 4


def test_a_chip_dies_with_its_badge_and_the_card_may_serve_again(edition, scanner):
    old, new = attendee(edition, "前任"), attendee(edition, "后任")
    scanner.post("chip", registration=old.id, chip=NUMBER)
    refused = scanner.post("chip", registration=new.id, chip=NUMBER)
    assert refused.status_code == 409
    assert "另一张有效证件" in refused.get_json()["title"]
    _ended(old.id, BadgeStatus.REPLACED)
    make_badge(old)
    assert scanner.scan(NUMBER)["reason"] == "replaced"
    assert scanner.post("chip", registration=new.id, chip=NUMBER).status_code == 200
    assert scanner.scan(NUMBER)["name"] == "后任"


def test_a_chip_is_no_moving_code(edition, venue, city, app):
    gate = make_gate(edition, venue, "活码口", needs_live=True)
    scanner = Scanner(app, edition, gate, city, rights=("print",))
    person = attendee(edition)
    scanner.post("chip", registration=person.id, chip=NUMBER)
    assert scanner.scan(NUMBER)["reason"] == "live_missing"


def test_a_chip_counts_in_its_own_edition_only(edition, scanner):
    other = make_edition("2027")
    stranger = attendee(other, "明年")
    tie_chip(other.id, stranger.id, NUMBER, by=SYSTEM)
    assert scanner.scan(NUMBER)["reason"] == "unknown_code"
    assert scanner.post("chip", registration=stranger.id, chip=NUMBER).status_code == 404


def test_only_a_desk_ties_chips(edition, gate, city, app):
    person = attendee(edition)
    door = Scanner(app, edition, gate, city, rights=("search", "override", "statistics"))
    assert door.post("chip", registration=person.id, chip=NUMBER).status_code == 403
    assert db.session.query(Chip).count() == 0


@pytest.mark.parametrize("sent", [{}, {"registration": "x", "chip": NUMBER}, {"registration": 1, "chip": 5}, {"registration": 10**12, "chip": NUMBER}])
def test_whatever_is_no_chip_is_refused(edition, scanner, sent):
    assert scanner.post("chip", **sent).status_code in {404, 409}


def test_a_number_that_is_none_and_a_badge_that_is_over_are_told(edition, scanner):
    person = attendee(edition)
    assert "不是芯片号" in scanner.post("chip", registration=person.id, chip="王敏").get_json()["title"]
    _ended(person.id, BadgeStatus.CANCELLED)
    assert "没有有效证件" in scanner.post("chip", registration=person.id, chip=NUMBER).get_json()["title"]


def test_erasing_somebody_forgets_their_chip(edition):
    person = attendee(edition)
    tie_chip(edition.id, person.id, NUMBER, by=SYSTEM)
    erase_own(person.token, by=ANONYMOUS)
    with pytest.raises(Refused):
        tie_chip(edition.id, person.id, NUMBER, by=SYSTEM)
    assert db.session.query(Chip).count() == 0


def test_a_chip_handed_in_later_counts(edition, scanner: Any):
    person = attendee(edition)
    scanner.post("chip", registration=person.id, chip=NUMBER)
    [answer] = scanner.post("merge", scans=[made(scanner, NUMBER, -60)]).get_json()["answers"]
    assert answer["result"] == "admitted"
