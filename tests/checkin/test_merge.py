"""Scans made without the network: whatever the order and however often, the same rows, and doubles by gate."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from expo.checkin import queries_figures
from expo.checkin.models import Presence, Scan, ScanResult
from expo.kit import clock
from expo.kit.db import db
from expo.registration.models import BadgeStatus
from expo.registration.queries_keys import badge_code
from expo.registration.rules_codes import content_of
from tests.checkin.conftest import Scanner, attendee, code_of, make_gate, new_id
from tests.checkin.test_scans import end


def made(scanner: Any, code: str, minute: int, decided: str = "admitted", **values: Any) -> dict[str, Any]:
    """A scan that a device made so many minutes after nine o'clock today."""
    at = clock.now().replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(minutes=minute)
    return {"client_id": new_id(), "list": scanner.gate_id, "code": code, "at": at.isoformat(), "decided": decided} | values


def merged(scanner: Any, *scans: dict[str, Any]) -> list[str]:
    answer = scanner.post("merge", scans=list(scans))
    assert answer.status_code == 200, answer.get_json()
    return [one["result"] for one in answer.get_json()["answers"]]


@pytest.fixture(autouse=True)
def evening(app):
    with clock.frozen(clock.now().replace(hour=12)):
        yield


@pytest.fixture
def second(app, edition, gate, city) -> Scanner:
    return Scanner(app, edition, gate, city, name="B 机")


def test_what_is_handed_in_twice_counts_once(edition, scanner):
    scans = [made(scanner, code_of(attendee(edition)), n) for n in range(5)]
    assert merged(scanner, *scans) == ["admitted"] * 5
    before = [(s.client_id, s.result, s.at) for s in db.session.query(Scan).order_by(Scan.id)]
    assert merged(scanner, *reversed(scans)) == ["admitted"] * 5
    assert [(s.client_id, s.result, s.at) for s in db.session.query(Scan).order_by(Scan.id)] == before


def test_one_scan_twice_in_one_merge_counts_once(edition, scanner):
    scan = made(scanner, code_of(attendee(edition)), 0)
    assert merged(scanner, scan, scan) == ["admitted", "admitted"]
    assert db.session.query(Scan).count() == 1


def test_somebody_let_in_by_two_devices_apart_is_counted_once_and_reported_by_gate(edition, scanner, second, city):
    text = code_of(attendee(edition, "双面人"))
    assert merged(second, made(second, text, 7)) == ["admitted"]
    assert merged(scanner, made(scanner, text, 3)) == ["double"]
    (row,) = queries_figures.list_doubles(edition.id, ["/"])
    double, gate, person, device = row
    assert (gate.name, person.name, device) == ("A 口", "双面人", scanner.device.name)
    beside = queries_figures.entries_beside([row])[double.gate_id, double.registration_id, double.day]
    assert beside[1] == "B 机"
    figures = queries_figures.figures_of([gate.id], double.day)[gate.id]
    assert (figures.admitted, figures.doubles, figures.inside) == (1, 1, 1)


def test_whoever_is_inside_already_when_it_is_merged_is_a_double(edition, scanner, second):
    text = code_of(attendee(edition))
    assert scanner.scan(text)["result"] == "admitted"
    assert merged(second, made(second, text, 3)) == ["double"]


def test_the_order_of_arrival_changes_no_total(app, edition, gate, city, places):
    """Two devices, three people: comings and goings in every order of arrival, always the same totals."""
    totals = set()
    for number, order in enumerate(list(itertools.permutations(range(4)))[::3]):
        here = make_gate(edition, _venue(gate), f"门{number}")
        one, two = (Scanner(app, edition, here, city) for _ in range(2))
        texts = [code_of(attendee(edition, f"人{number}-{n}")) for n in range(3)]
        parts = [
            (one, [made(one, texts[0], 0), made(one, texts[0], 30, kind="exit")]),
            (two, [made(two, texts[0], 40, "readmitted"), made(two, texts[1], 5)]),
            (one, [made(one, texts[1], 6), made(one, texts[2], 7)]),
            (two, [made(two, texts[2], 90, "refused", reason="outside_time")]),
        ]
        for part in order:
            merged(parts[part][0], *parts[part][1])
        rows = db.session.query(Scan).filter_by(gate_id=here.id).all()
        inside = db.session.query(Presence).filter_by(gate_id=here.id, inside=True).count()
        totals.add((inside, *(sum(r.result is result and r.kind.value == "entry" for r in rows) for result in (
            ScanResult.ADMITTED, ScanResult.REFUSED))))
        people_in = {r.registration_id for r in rows if r.result is ScanResult.ADMITTED and r.kind.value == "entry"}
        assert len(people_in) == 3
    assert totals == {(3, 3, 1)}


def _venue(gate):
    from expo.places.models import Venue

    return db.session.get(Venue, gate.venue_id)


def test_a_badge_cancelled_meanwhile_stays_admitted_and_is_reported(edition, scanner):
    person = attendee(edition)
    text = code_of(person)
    with clock.frozen(clock.now().replace(hour=0)):
        end(person, BadgeStatus.CANCELLED)
    scan = made(scanner, text, 60)
    answer = scanner.post("merge", scans=[scan]).get_json()["answers"][0]
    assert (answer["result"], answer["reason"]) == ("admitted", "cancelled")
    assert [row[0].client_id for row in queries_figures.list_against_rules(edition.id, ["/"])] == [scan["client_id"]]


def test_a_badge_that_was_good_when_it_was_shown_is_no_case(edition, scanner):
    person = attendee(edition)
    text = code_of(person)
    end(person, BadgeStatus.REPLACED)  # at noon; it was shown at one minute past nine
    answer = scanner.post("merge", scans=[made(scanner, text, 1)]).get_json()["answers"][0]
    assert (answer["result"], answer["reason"]) == ("admitted", "")


def test_failed_scans_are_kept_with_the_devices_reason(edition, scanner):
    person = attendee(edition)
    scans = [made(scanner, code_of(person), 0, "repeated", reason="inside"), made(scanner, "nonsense", 1, "refused"),
             made(scanner, "nonsense", 2, "refused", reason="expired")]
    assert merged(scanner, *scans) == ["repeated", "refused", "refused"]
    assert [s.reason.value for s in db.session.query(Scan).order_by(Scan.at)] == ["inside", "unknown_code", "expired"]


def test_the_queue_holds_ids_and_the_site_knows_whose_they_are(edition, scanner):
    from expo.checkin.rules_pack import pack_id
    from expo.registration import queries

    person = attendee(edition)
    code = badge_code(queries.find_valid_badge(person.id), edition)
    scan = made(scanner, "", 0, id=pack_id(content_of(code)).hex()) | {"code": None}
    assert merged(scanner, scan) == ["admitted"]
    assert db.session.query(Scan).one().registration_id == person.id
    assert merged(scanner, made(scanner, "", 1, id="00" * 8) | {"code": None}) == ["refused"]


def test_a_scan_of_days_ago_counts_on_its_day_and_leaves_today_alone(edition, scanner):
    text = code_of(attendee(edition))
    assert scanner.scan(text)["result"] == "admitted"
    late = made(scanner, text, -3 * 24 * 60)
    assert merged(scanner, late) == ["admitted"]
    assert scanner.scan(text)["result"] == "repeated"
    assert {s.day for s in db.session.query(Scan).filter_by(result=ScanResult.ADMITTED)} == {
        clock.now().date(), clock.now().date() - timedelta(days=3)}


def test_a_clock_that_runs_ahead_makes_no_scan_of_the_future(edition, scanner):
    merged(scanner, made(scanner, code_of(attendee(edition)), 60 * 24))
    assert db.session.query(Scan).one().at <= clock.now()


def test_after_a_merge_the_gates_know_who_is_inside(edition, scanner, second):
    text = code_of(attendee(edition))
    merged(second, made(second, text, 0))
    told = scanner.scan(text)
    assert (told["result"], told["reason"]) == ("repeated", "inside")
    merged(second, made(second, text, 30, kind="exit"))
    assert scanner.scan(text)["result"] == "readmitted"


def test_a_meal_eaten_twice_is_a_double(app, edition, venue, city):
    gate = make_gate(edition, venue, "午餐", again="once_a_day")
    one, two = (Scanner(app, edition, gate, city) for _ in range(2))
    text = code_of(attendee(edition))
    assert merged(one, made(one, text, 0), made(one, text, 5, kind="exit")) == ["admitted", "admitted"]
    assert merged(two, made(two, text, 10)) == ["double"]


def test_five_hundred_and_one_scans_are_too_many_at_once(scanner):
    assert scanner.post("merge", scans=[{}] * 501).status_code == 409
