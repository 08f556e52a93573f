"""Scans in the history: linked in batches, and every later change of one is found."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from expo.checkin import actions, actions_linking
from expo.checkin.models import Scan
from expo.kit import history
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.unit import action
from expo.people.permissions import Role
from tests.checkin.conftest import attendee, code_of
from tests.makers import make_actor


@pytest.fixture
def scanned(edition, scanner, monkeypatch):
    monkeypatch.setattr(actions_linking, "BATCH", 2)
    for number in range(5):
        scanner.scan(code_of(attendee(edition, f"来宾{number}")))
    return scanner


@action(history=False)
def tamper(statement) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))


def test_all_scans_are_covered_by_rows_of_the_chain(scanned):
    actions_linking.link_scans()
    actions_linking.link_scans()
    rows = db.session.query(HistoryRow).filter_by(stream="scan").all()
    assert [row.changes["scans"] for row in rows] == [2, 2, 1]
    assert db.session.query(Scan).filter(Scan.batch.is_(None)).count() == 0
    assert history.verify() == []


@pytest.mark.parametrize("statement", [
    sa.update(Scan).where(Scan.batch == 2).values(gate_id=1, reason="late"),
    sa.update(Scan).where(Scan.batch == 2).values(result="repeated"),
    sa.delete(Scan).where(Scan.batch == 2),
    sa.update(Scan).where(Scan.batch == 2).values(batch=9),
    sa.delete(HistoryRow).where(HistoryRow.stream == "scan", HistoryRow.number == 3),
], ids=["reason", "result", "removed", "moved", "the last row of the chain"])
def test_whatever_is_changed_afterwards_is_found(scanned, statement):
    actions_linking.link_scans()
    tamper(statement)
    found = history.verify()
    assert found
    assert {one.stream for one in found} == {"scan"}


def test_taking_a_scan_back_leaves_the_proof_whole(edition, scanned, places):
    actions_linking.link_scans()
    scan = db.session.query(Scan).first()
    actions.undo_scan(edition.id, scan.id, "扫错了", by=make_actor(Role.ORGANISER, places.province))
    assert history.verify() == []
    assert db.session.query(HistoryRow).filter_by(action="checkin.undo_scan:undone").count() == 1


def test_nothing_new_links_nothing(app):
    actions_linking.link_scans()
    assert db.session.query(HistoryRow).count() == 0
