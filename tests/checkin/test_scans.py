"""Who is let in: first entries, repeats, returns, refusals with their reasons, and late check-ins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from expo.checkin import actions
from expo.checkin.models import Scan, ScanKind, ScanReason, ScanResult
from expo.kit import clock
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.registration.models import Badge, BadgeKind, BadgeStatus
from tests.checkin.conftest import attendee, code_of, make_gate, new_id
from tests.makers import make_actor, make_badge, make_edition, make_registration, make_venue


def scan(gate, text, by, kind=ScanKind.ENTRY, **values):
    return actions.scan_code(gate.id, text, client_id=values.pop("client_id", new_id()), kind=kind, by=by, **values)


def end(registration, status):
    """End the valid badge of a registration."""
    from expo.kit.unit import action

    @action
    def ended() -> None:
        badge = db.session.query(Badge).filter_by(registration_id=registration.id, status=BadgeStatus.VALID).one()
        badge.status, badge.ended_at = status, clock.now()

    ended()


def test_the_first_scan_of_the_day_opens_the_gate(edition, gate, staff):
    person = attendee(edition)
    answer = scan(gate, code_of(person), staff)
    assert (answer.result, answer.reason, answer.is_welcome) == (ScanResult.ADMITTED, ScanReason.NONE, True)
    assert (answer.holder.name, answer.first) == ("王敏", None)
    stored = db.session.query(Scan).one()
    assert (stored.by_id, stored.gate_id, stored.registration_id) == (staff.person_id, gate.id, person.id)


def test_a_repeat_tells_when_and_where_the_first_was(edition, gate, staff):
    person = attendee(edition)
    first = scan(gate, code_of(person), staff)
    again = scan(gate, code_of(person), staff)
    assert (again.result, again.is_welcome) == (ScanResult.REPEATED, False)
    assert (again.first.at, again.first.place) == (first.at, "A 口")


def test_an_entry_at_another_gate_tells_of_the_first_one(edition, gate, venue, staff):
    person = attendee(edition)
    scan(gate, code_of(person), staff)
    answer = scan(make_gate(edition, venue, "B 口"), code_of(person), staff)
    assert answer.result is ScanResult.ADMITTED
    assert answer.first.place == "A 口"


def test_the_next_day_is_another_day(edition, gate, staff):
    person = attendee(edition)
    scan(gate, code_of(person), staff)
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert scan(gate, code_of(person), staff).result is ScanResult.ADMITTED


def test_whoever_went_out_comes_back_in_once_for_each_exit(edition, gate, staff):
    person = attendee(edition)
    code = code_of(person)
    results = [scan(gate, code, staff, kind).result.value for kind in (
        ScanKind.ENTRY, ScanKind.EXIT, ScanKind.ENTRY, ScanKind.ENTRY, ScanKind.EXIT, ScanKind.ENTRY)]
    assert results == ["admitted", "admitted", "readmitted", "repeated", "admitted", "readmitted"]


def test_the_same_transmission_counts_once_and_is_answered_the_same(edition, gate, staff):
    person = attendee(edition)
    client_id = new_id()
    first = scan(gate, code_of(person), staff, client_id=client_id)
    again = scan(gate, code_of(person), staff, client_id=client_id)
    assert (again.client_id, again.at, again.result) == (client_id, first.at, ScanResult.ADMITTED)
    assert db.session.query(Scan).count() == 1


def test_an_id_that_belongs_to_another_badge_is_refused(edition, gate, staff):
    client_id = new_id()
    scan(gate, code_of(attendee(edition)), staff, client_id=client_id)
    with pytest.raises(Refused):
        scan(gate, code_of(attendee(edition, "李四")), staff, client_id=client_id)


def _forged(edition):
    text = code_of(attendee(edition))
    place = 60
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1:]


def _of_another_edition(_edition):
    return code_of(attendee(make_edition("2031")))


def _ended(status):
    def make(edition):
        person = attendee(edition)
        text = code_of(person)
        end(person, status)
        return text

    return make


REFUSALS = {
    "unknown_code": lambda e: "https://example.com/menu",
    "empty": lambda e: "",
    "too_long": lambda e: "HTTPS://X/B/" + "A" * 10_000,
    "forged": _forged,
    "cut_off": lambda e: code_of(attendee(e))[:-20],
    "other_edition": _of_another_edition,
    "replaced": _ended(BadgeStatus.REPLACED),
    "cancelled": _ended(BadgeStatus.CANCELLED),
    "wrong_kind": lambda e: code_of(attendee(e, kind=BadgeKind.VISITOR)),
}
REASONS = {"empty": "unknown_code", "too_long": "unknown_code", "cut_off": "forged"}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_bad_code_is_refused_with_the_right_reason_and_kept(edition, venue, staff, case):
    gate = make_gate(edition, venue, "贵宾口", badge_kinds=["guest"])
    answer = scan(gate, REFUSALS[case](edition), staff)
    assert (answer.result, answer.reason.value) == (ScanResult.REFUSED, REASONS.get(case, case))
    assert answer.reason.label
    kept = db.session.query(Scan).one()
    assert (kept.result, kept.reason) == (ScanResult.REFUSED, answer.reason)


def test_an_expired_code_is_refused(edition, gate, staff):
    text = code_of(attendee(edition))
    with clock.frozen(clock.now() + timedelta(days=400)):
        assert scan(gate, text, staff).reason is ScanReason.EXPIRED


def test_a_signed_code_whose_badge_is_not_in_the_books_is_refused(edition, gate, staff):
    from expo.kit.unit import action

    person = attendee(edition)
    text = code_of(person)

    @action
    def removed() -> None:
        db.session.delete(db.session.query(Badge).filter_by(registration_id=person.id).one())

    removed()
    assert scan(gate, text, staff).reason is ScanReason.UNKNOWN_CODE


def test_a_gate_is_closed_outside_of_its_hours(edition, venue, staff):
    now = clock.now()
    for number, times in enumerate([{"opens_at": now + timedelta(hours=1)}, {"closes_at": now - timedelta(hours=1)}]):
        gate = make_gate(edition, venue, f"{number} 口", **times)
        assert scan(gate, code_of(attendee(edition)), staff).reason is ScanReason.OUTSIDE_TIME
    open_gate = make_gate(edition, venue, "C 口", opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1))
    assert scan(open_gate, code_of(attendee(edition)), staff).is_welcome


def test_leaving_is_noted_even_when_the_badge_was_replaced_inside(edition, gate, staff):
    person = attendee(edition)
    text = code_of(person)
    scan(gate, text, staff)
    end(person, BadgeStatus.REPLACED)
    assert scan(gate, text, staff, ScanKind.EXIT).is_welcome


def test_somebody_without_a_code_is_let_in_by_name_and_counts_like_everybody(edition, gate, staff):
    person = attendee(edition)
    answer = actions.scan_by_hand(gate.id, person.id, client_id=new_id(), by=staff)
    assert (answer.result, answer.reason) == (ScanResult.ADMITTED, ScanReason.BY_HAND)
    assert scan(gate, code_of(person), staff).result is ScanResult.REPEATED


def test_a_registration_that_was_not_approved_does_not_come_in_by_name(edition, gate, staff):
    person = make_registration(edition)
    answer = actions.scan_by_hand(gate.id, person.id, client_id=new_id(), by=staff)
    assert (answer.result, answer.reason) == (ScanResult.REFUSED, ScanReason.NO_BADGE)


def test_staff_scan_at_their_own_regions_gates_only(edition, gate, places, staff):
    text = code_of(attendee(edition))
    for role, region in ((Role.GATE_STAFF, places.mianyang), (Role.AUDITOR, places.province), (Role.REVIEWER, places.province)):
        with pytest.raises(Forbidden):
            scan(gate, text, make_actor(role, region))
    with pytest.raises(Forbidden):
        scan(gate, text, make_actor(Role.GATE_STAFF, places.qingyang, make_edition("2031")))
    assert db.session.query(Scan).count() == 0
    assert scan(gate, text, make_actor(Role.GATE_STAFF, places.chengdu)).is_welcome


def test_a_late_checkin_needs_the_right_a_reason_and_a_moment_that_has_passed(edition, gate, places, staff):
    person = attendee(edition)
    now = clock.now()
    admin = make_actor(Role.ORGANISER, places.province)
    for by in (staff, make_actor(Role.ORGANISER, places.chengdu)):
        with pytest.raises(Forbidden):
            actions.enter_late(edition.id, gate.id, person.id, now, "读码器故障", by=by)
    with pytest.raises(Refused):
        actions.enter_late(edition.id, gate.id, person.id, now + timedelta(hours=1), "读码器故障", by=admin)
    with pytest.raises(Refused):
        actions.enter_late(edition.id, gate.id, person.id, now - timedelta(days=9), "读码器故障", by=admin)
    actions.enter_late(edition.id, gate.id, person.id, now, "读码器故障", by=admin)
    stored = db.session.query(Scan).one()
    assert (stored.result, stored.reason, stored.note, stored.by_id) == (
        ScanResult.ADMITTED, ScanReason.LATE, "读码器故障", admin.person_id)
    assert db.session.query(HistoryRow).filter_by(action="checkin.enter_late:late").count() == 1
    with pytest.raises(Refused):
        actions.enter_late(edition.id, gate.id, person.id, now, "读码器故障", by=admin)


def test_a_late_checkin_at_another_editions_gate_is_not_found(edition, gate, places):
    admin = make_actor(Role.ORGANISER, places.province)
    other = make_edition("2031")
    person = attendee(other)
    make_gate(other, make_venue(places.qingyang), "别处")
    with pytest.raises(NotFound):
        actions.enter_late(other.id, gate.id, person.id, clock.now(), "原因", by=admin)


def test_a_new_badge_works_and_the_old_one_does_not(edition, gate, staff):
    person = attendee(edition)
    old = code_of(person)
    end(person, BadgeStatus.REPLACED)
    make_badge(person)
    assert scan(gate, old, staff).reason is ScanReason.REPLACED
    assert scan(gate, code_of(person), staff).is_welcome
