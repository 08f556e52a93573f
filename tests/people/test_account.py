"""One's own account: data, password, addresses, consents."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.people.actions_consents import give_consent
from expo.people.actions_persons import find_or_make_person
from expo.people.models import ConsentPurpose, Person, SignInSession
from expo.people.queries import has_consent, load_actor
from expo.people.rules_passwords import hash_password, password_fits, require_good_password
from expo.people.rules_sign_in import browser_name
from tests.conftest import Browser
from tests.makers import make_person
from tests.people.test_sign_in import PASSWORD, last_code, last_message

NEW = "another horse staple"


@pytest.fixture
def person(app: Flask, client: Browser) -> Person:
    person = make_person("张三", phone="+8619900000001", phone_confirmed_at=clock.now(), password_hash=hash_password(PASSWORD))
    client.sign_in(person.id)
    return person


def test_name_and_language_are_changed_and_the_page_follows(client: Browser, person: Person) -> None:
    assert client.post("/account", data={"name": "张叁", "language": "en"}).status_code == 303
    page = client.get("/account").text
    assert "张叁" in page
    assert "My account" in page
    assert client.post("/account", data={"name": "", "language": "en"}).status_code == 422


def test_changing_the_password_needs_the_present_one_and_signs_out_elsewhere(client: Browser, app: Flask, person: Person) -> None:
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in(person.id)
    assert client.post("/account/security", data={"current": "wrong", "password": NEW}).status_code == 422
    assert client.post("/account/security", data={"current": PASSWORD, "password": "short"}).status_code == 422
    assert client.post("/account/security", data={"current": PASSWORD, "password": NEW}).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert password_fits(db.session.get_one(Person, person.id).password_hash, NEW)
    assert last_message().address == "+8619900000001"


def test_all_other_browsers_are_signed_out_at_once(client: Browser, app: Flask, person: Person) -> None:
    others = [app.test_client() for _n in range(2)]
    for other in others:
        assert isinstance(other, Browser)
        other.sign_in(person.id)
    assert client.get("/account/security").text.count("退出该处登录") == 2
    client.post("/account/sessions/end-others")
    assert [other.get("/account").status_code for other in others] == [302, 302]
    assert client.get("/account").status_code == 200


def test_a_new_address_counts_once_it_is_proven(client: Browser, person: Person) -> None:
    client.post("/account/address", data={"address": "zhang@example.cn"})
    assert db.session.get_one(Person, person.id).email is None
    assert client.post("/account/address/confirm", data={"code": "no"}).status_code == 422
    assert client.post("/account/address/confirm", data={"code": last_code()}).status_code == 303
    changed = db.session.get_one(Person, person.id)
    assert (changed.email, changed.email_confirmed_at is not None) == ("zhang@example.cn", True)


def test_an_address_of_another_account_is_refused_with_a_reason(client: Browser, person: Person) -> None:
    make_person(phone=None, email="li@example.cn", email_confirmed_at=clock.now())
    client.post("/account/address", data={"address": "li@example.cn"})
    answer = client.post("/account/address/confirm", data={"code": last_code()})
    assert answer.status_code == 422
    assert "另一账号" in answer.text


def test_an_address_that_another_only_claimed_moves_to_who_proves_it(client: Browser, person: Person) -> None:
    other = find_or_make_person("李四", phone="19900000002", email="zhang@example.cn", by=SYSTEM)
    from expo.people.actions_codes import SIGN_IN, ask_code, sign_in_by_code
    from expo.people.actions_sign_in import Visit

    number = ask_code(SIGN_IN, "19900000002")
    sign_in_by_code(number, last_code(), Visit())
    client.post("/account/address", data={"address": "zhang@example.cn"})
    assert client.post("/account/address/confirm", data={"code": last_code()}).status_code == 303
    assert db.session.get_one(Person, person.id).email == "zhang@example.cn"
    assert db.session.get_one(Person, other).email is None


def test_nobody_confirms_an_address_with_anothers_code(client: Browser, app: Flask, person: Person) -> None:
    client.post("/account/address", data={"address": "zhang@example.cn"})
    code = last_code()
    with client.session_transaction() as cookie:
        waiting = cookie["new_address"]
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in(make_person().id)
    with other.session_transaction() as cookie:
        cookie["new_address"] = waiting
    assert other.post("/account/address/confirm", data={"code": code}).status_code == 422


def test_consents_are_listed_and_withdrawn_by_their_giver_only(client: Browser, app: Flask, person: Person) -> None:
    number = give_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "2026-1", "project/17", "智能装备项目",
                          by=load_actor(person.id))
    assert "智能装备项目" in client.get("/account/consents").text
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in(make_person().id)
    assert other.post(f"/account/consents/{number}/withdraw").status_code == 404
    assert client.post(f"/account/consents/{number}/withdraw").status_code == 303
    assert not has_consent(person.id, ConsentPurpose.CONTACT_EXCHANGE, "project/17")
    assert "已撤回" in client.get("/account/consents").text


def test_account_pages_are_for_those_who_have_signed_in(app: Flask) -> None:
    stranger = app.test_client()
    for address in ("/account", "/account/security", "/account/consents", "/account/organisations",
                    "/account/second-factor"):
        assert stranger.get(address).location.startswith("/sign-in")


def test_a_notice_of_an_old_session_is_kept_out_of_the_list(client: Browser, person: Person) -> None:
    with clock.frozen(clock.now() - timedelta(days=1)):
        from expo.people.actions_sessions import start_session

        start_session(person.id)
    assert len(db.session.scalars(sa.select(SignInSession)).all()) == 2
    assert "退出该处登录" not in client.get("/account/security").text


@pytest.mark.parametrize("password", ["correct horse battery", "西岭雪山 杜甫草堂 九眼桥 宽窄", "Tj7#kWq9zL2!", "两只黄鹂鸣翠柳一行白鹭"])
def test_good_passwords_are_taken(password: str) -> None:
    require_good_password(password, ("张三", "+8619900000001", "zhang@example.cn"))


@pytest.mark.parametrize(("agent", "name"), [
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36", "Chrome · Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) MicroMessenger/8.0", "WeChat · iPhone"),
    ("curl/8", "curl/8"), ("", ""),
])
def test_browsers_are_named_so_that_people_know_them_again(agent: str, name: str) -> None:
    assert browser_name(agent) == name


