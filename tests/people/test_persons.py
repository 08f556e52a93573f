"""Persons that other rooms bring in, and their consents."""

from __future__ import annotations

import pytest
from flask import Flask

from expo.kit import events
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.refusals import NotFound, Refused
from expo.people import queries
from expo.people.actions_consents import give_consent, withdraw_consent
from expo.people.actions_persons import find_or_make_person
from expo.people.events import ConsentWithdrawn
from expo.people.models import ConsentPurpose, Person
from expo.people.permissions import Role
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_person


def test_a_person_is_known_again_by_phone_however_it_is_written(app: Flask) -> None:
    first = find_or_make_person("张三", phone="199 0000 0001", by=SYSTEM)
    assert find_or_make_person("张 三", phone="+86 19900000001", by=SYSTEM) == first
    assert find_or_make_person("李四", phone="19900000002", by=SYSTEM) != first


def test_a_known_person_is_never_changed_by_whoever_names_them(app: Flask) -> None:
    first = find_or_make_person("张三", phone="19900000001", by=SYSTEM)
    find_or_make_person("王五", phone="19900000001", email="intruder@example.cn", by=SYSTEM)
    person = db.session.get_one(Person, first)
    assert (person.name, person.email) == ("张三", None)


def test_a_person_is_known_again_by_mail(app: Flask) -> None:
    first = find_or_make_person("张三", email="Zhang@Example.cn", by=SYSTEM)
    assert find_or_make_person("张三", phone="19900000001", email="zhang@example.cn", by=SYSTEM) == first


@pytest.mark.parametrize(("phone", "email"), [(None, None), ("123", None), (None, "nobody")])
def test_a_person_needs_an_address_that_exists(app: Flask, phone: str | None, email: str | None) -> None:
    with pytest.raises(Refused):
        find_or_make_person("张三", phone=phone, email=email, by=SYSTEM)


@pytest.mark.parametrize(("entry", "sentence"), [("not-an-address", "请填写邮箱或手机号"), ("12", "电话号码"), ("a@b", "邮箱")])
def test_an_account_with_a_wrong_address_is_refused_beside_its_field(app: Flask, client: Browser, entry: str, sentence: str) -> None:
    client.sign_in(make_actor(Role.ADMINISTRATOR, Places().province))
    answer = client.post("/work/people/new", data={"name": "张三", "address": entry})
    assert answer.status_code == 422
    assert sentence in answer.text.partition('id="address-error"')[2].partition("</p>")[0]
    assert 'value="张三"' in answer.text


def test_a_consent_holds_for_its_purpose_and_matter_until_withdrawn(app: Flask) -> None:
    person = make_person()
    actor = queries.load_actor(person.id)
    consent = give_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "2026-1", "project/17", by=actor)
    assert give_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "2026-1", "project/17", by=actor) == consent
    assert queries.has_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "project/17")
    assert not queries.has_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "project/18")
    assert not queries.has_consent(person.id, ConsentPurpose.SMS)
    withdraw_consent(consent, by=actor)
    assert not queries.has_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "project/17")


def test_a_new_version_of_the_text_takes_the_place_of_the_old_one(app: Flask) -> None:
    person = make_person()
    actor = queries.load_actor(person.id)
    old = give_consent(person.id, ConsentPurpose.SMS, "2025-1", by=actor)
    new = give_consent(person.id, ConsentPurpose.SMS, "2026-1", by=actor)
    assert old != new
    standing = queries.find_consent(person.id, ConsentPurpose.SMS)
    assert standing is not None
    assert standing.id == new


def test_withdrawing_is_told_once_and_only_by_the_person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[ConsentWithdrawn] = []
    monkeypatch.setitem(events._reactions, ConsentWithdrawn, [told.append])
    person, other = make_person(), make_person()
    consent = give_consent(person.id, ConsentPurpose.PICTURES, "1", by=queries.load_actor(person.id))
    with pytest.raises(NotFound):
        withdraw_consent(consent, by=queries.load_actor(other.id))
    for _time in range(2):
        withdraw_consent(consent, by=queries.load_actor(person.id))
    assert told == [ConsentWithdrawn(person.id, ConsentPurpose.PICTURES, "")]
