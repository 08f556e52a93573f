"""Many devices at once: one badge is admitted once, whoever asks."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from expo.checkin import actions
from expo.checkin.models import Scan, ScanKind, ScanResult
from expo.kit.db import db
from tests.checkin.conftest import attendee, code_of, make_gate, new_id

#: As many devices as the largest entrance has.
THREADS = 64


def together(app, works):
    """Run all ``works`` at the same moment, each in a thread and an application context of its own."""
    start = threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            start.wait()
            try:
                return work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        results = list(pool.map(run, works))
    db.session.rollback()  # This thread has still seen what was there before.
    return results


def test_one_badge_scanned_by_many_devices_is_admitted_once(app, edition, gate, staff):
    text, gate_id = code_of(attendee(edition)), gate.id
    answers = together(app, [lambda: actions.scan_code(gate_id, text, client_id=new_id(), by=staff)] * THREADS)
    assert Counter(a.result.value for a in answers) == {"admitted": 1, "repeated": THREADS - 1}
    first = next(a for a in answers if a.result is ScanResult.ADMITTED)
    assert {a.first.at for a in answers if a is not first} == {first.at}
    assert db.session.query(Scan).count() == THREADS


def test_one_transmission_repeated_by_an_impatient_device_is_one_scan(app, edition, gate, staff):
    text, gate_id, client_id = code_of(attendee(edition)), gate.id, new_id()
    answers = together(app, [lambda: actions.scan_code(gate_id, text, client_id=client_id, by=staff)] * 8)
    assert {(a.client_id, a.at, a.result) for a in answers} == {(client_id, answers[0].at, ScanResult.ADMITTED)}
    assert db.session.query(Scan).count() == 1


def test_places_that_are_counted_are_never_given_twice(app, edition, venue, staff):
    gate_id = make_gate(edition, venue, "小会议室", capacity=5).id
    texts = [code_of(attendee(edition, f"来宾{n}")) for n in range(THREADS)]
    answers = together(app, [lambda t=t: actions.scan_code(gate_id, t, client_id=new_id(), by=staff) for t in texts])
    assert Counter((a.result.value, a.reason.value) for a in answers) == {("admitted", ""): 5, ("refused", "full"): THREADS - 5}


def test_one_exit_lets_one_person_back_in(app, edition, gate, staff):
    text, gate_id = code_of(attendee(edition)), gate.id
    for kind in (ScanKind.ENTRY, ScanKind.EXIT):
        actions.scan_code(gate_id, text, client_id=new_id(), kind=kind, by=staff)
    answers = together(app, [lambda: actions.scan_code(gate_id, text, client_id=new_id(), by=staff)] * 8)
    assert Counter(a.result.value for a in answers) == {"readmitted": 1, "repeated": 7}


def test_many_people_at_many_gates_are_all_counted(app, edition, venue, staff):
    gates = [make_gate(edition, venue, f"{n} 口").id for n in range(4)]
    texts = [code_of(attendee(edition, f"来宾{n}")) for n in range(8)]
    works = [lambda g=g, t=t: actions.scan_code(g, t, client_id=new_id(), by=staff) for g in gates for t in texts]
    assert {a.result for a in together(app, works)} == {ScanResult.ADMITTED}
    assert db.session.query(Scan).filter_by(result=ScanResult.ADMITTED).count() == len(works)
