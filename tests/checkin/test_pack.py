"""The offline pack: opened by the badge's own code only, small, refreshed by what has changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography.exceptions import InvalidTag

from expo.checkin import actions_pack, rules_pack
from expo.checkin.models import Gate, SignUp
from expo.checkin.models_devices import PackEntry
from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import action, record
from expo.registration import queries
from expo.registration.models import BadgeStatus, Registration
from expo.registration.queries_keys import badge_code, live_secret
from expo.registration.rules_codes import content_of
from tests.checkin.conftest import attendee, code_of
from tests.checkin.test_scans import end
from tests.makers import make_badge, stored


def code_bytes(person: Registration) -> bytes:
    return content_of(badge_code(queries.find_valid_badge(person.id), queries.get_edition(person.edition_id)))


def loaded(scanner, since=0):
    return rules_pack.parsed(scanner.get(f"pack?since={since}").data)


def test_a_box_is_opened_by_its_own_badge_and_by_no_other(edition, scanner):
    people = [attendee(edition, name, organisation_name="中国科学院") for name in ("王敏", "钟𬭼")]
    meta, boxes = loaded(scanner)
    assert (meta["count"], meta["complete"], meta["lists"][0]["id"]) == (2, True, scanner.gate_id)
    for person, other in (people, reversed(people)):
        own = code_bytes(person)
        boxed = boxes[rules_pack.pack_id(own)]
        assert rules_pack.opened(boxed, own) == [person.id, person.name, "中国科学院", 3]
        with pytest.raises(InvalidTag):
            rules_pack.opened(boxed, code_bytes(other))


def test_nothing_readable_lies_in_the_pack(edition, scanner):
    person = attendee(edition, "王敏敏", organisation_name="中国科学院")
    data = scanner.get("pack").data
    signed = code_bytes(person)
    for secret in ("王敏敏".encode(), "中国科学院".encode(), signed[:12], signed[6:12], person.token.encode()):
        assert secret not in data


def test_only_what_has_changed_is_sent_again(edition, scanner):
    people = [attendee(edition, f"来宾{n}") for n in range(4)]
    version = loaded(scanner)[0]["version"]
    assert loaded(scanner, version)[0]["count"] == 0

    @action
    def renamed() -> None:
        db.session.get(Registration, people[0].id).name = "新名字"

    old = code_bytes(people[1])
    renamed()
    end(people[1], BadgeStatus.REPLACED)
    make_badge(people[1])
    meta, boxes = loaded(scanner, version)
    assert (meta["since"], meta["count"]) == (version, 3)
    own = code_bytes(people[0])
    assert rules_pack.opened(boxes[rules_pack.pack_id(own)], own)[1] == "新名字"
    assert boxes[rules_pack.pack_id(old)] == b"\x01"
    assert rules_pack.pack_id(code_bytes(people[1])) in boxes
    assert loaded(scanner)[0]["count"] == 5


def test_what_touches_a_badge_without_changing_it_changes_no_pack(edition, scanner):
    person = attendee(edition)
    version = loaded(scanner)[0]["version"]

    @action
    def printed() -> None:
        record("printed", "badge", queries.find_valid_badge(person.id).id)

    printed()
    assert loaded(scanner, version)[0]["version"] == version


def test_a_version_of_the_future_is_answered_with_everything(edition, scanner):
    attendee(edition)
    meta, boxes = loaded(scanner, 999)
    assert (meta["since"], len(boxes)) == (0, 1)


def test_a_large_pack_comes_in_parts(edition, scanner, monkeypatch):
    monkeypatch.setattr(actions_pack, "CHUNK", 2)
    monkeypatch.setattr(actions_pack.time, "monotonic", itertools.count(0, 5).__next__)  # Each look costs five seconds.
    people = [attendee(edition, f"来宾{n}") for n in range(5)]
    since, found, rounds = 0, {}, 0
    while rounds < 10:
        meta, boxes = loaded(scanner, since)
        found |= boxes
        since, rounds = meta["version"], rounds + 1
        if meta["complete"]:
            break
    assert rounds == 3
    assert set(found) == {rules_pack.pack_id(code_bytes(person)) for person in people}


def test_the_worker_keeps_the_pack_ready(edition, scanner):
    attendee(edition)
    actions_pack.prepare_packs()
    assert db.session.query(PackEntry).count() == 1


def test_the_live_secret_is_there_when_a_list_demands_it(edition, scanner):
    person = attendee(edition)
    loaded(scanner)

    @action
    def demanded() -> None:
        db.session.get(Gate, scanner.gate_id).needs_live = True

    demanded()
    meta, boxes = loaded(scanner)
    own = code_bytes(person)
    extra = rules_pack.opened(boxes[rules_pack.pack_id(own)], own)[4]
    secret = live_secret(badge_code(queries.find_valid_badge(person.id), edition))
    assert extra == {"s": rules_pack.in_text(secret)}
    assert meta["lists"][0]["rules"]["live"] is True


def test_who_has_signed_up_is_told_in_the_box(edition, scanner):
    person = attendee(edition)
    stored(SignUp(gate_id=scanner.gate_id, registration_id=person.id))
    own = code_bytes(person)
    assert rules_pack.opened(loaded(scanner)[1][rules_pack.pack_id(own)], own)[4] == {"u": [scanner.gate_id]}


def test_a_box_never_has_the_same_nonce_twice(edition, scanner):
    person = attendee(edition)
    own = code_bytes(person)
    nonces = set()
    for name in ("甲", "乙", "甲"):
        @action
        def renamed(name=name) -> None:
            db.session.get(Registration, person.id).name = name

        renamed()
        nonces.add(loaded(scanner)[1][rules_pack.pack_id(own)][:4])
    assert len(nonces) == 3


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Far from midnight, at which a day's scans are over."""
    moment = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=12)
    with clock.frozen(moment):
        yield moment


def test_who_was_seen_is_told_by_ids_alone(noon, edition, scanner):
    inside, outside = attendee(edition, "在里面"), attendee(edition, "出去了")
    loaded(scanner)
    for person in (inside, outside):
        scanner.scan(code_of(person))
    scanner.scan(code_of(outside), kind="exit")
    answer = scanner.get(f"seen?list={scanner.gate_id}")
    told = {one[0]: one[2] for one in answer.get_json()["seen"]}
    assert told == {rules_pack.pack_id(code_bytes(inside)).hex(): True, rules_pack.pack_id(code_bytes(outside)).hex(): False}
    assert "在里面" not in answer.text
    with clock.frozen(noon + timedelta(minutes=10)):
        cursor = answer.get_json()["cursor"].replace("+", "%2B")
        assert len(scanner.get(f"seen?list={scanner.gate_id}&since={cursor}").get_json()["seen"]) == 2
