"""Signing in: what fits, what does not, who gets locked, what the answers give away."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Refused
from expo.people import rules_passwords
from expo.people.actions_codes import ask_code
from expo.people.actions_persons import find_or_make_person
from expo.people.actions_sign_in import forget_traces
from expo.people.models import OneTimeCode, Person, SignInSession, UnknownSignIn
from expo.people.permissions import Role
from expo.people.rules_passwords import hash_password
from tests.conftest import Browser
from tests.makers import Places, grant, make_person

PASSWORD = "correct horse battery"


@pytest.fixture
def person(app: Flask) -> Person:
    return make_person("张三", phone="+8619900000001", email="zhang@example.cn", phone_confirmed_at=clock.now(),
                       email_confirmed_at=clock.now(), password_hash=hash_password(PASSWORD))


def sign_in(client: Browser, address: str, password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/sign-in", data={"address": address, "password": password, **more})


def is_signed_in(client: Browser) -> bool:
    with client.session_transaction() as cookie:
        return "sign_in" in cookie


def last_message() -> OutboxMessage:
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()  # type: ignore[return-value]


def last_code() -> str:
    found = re.search(r"\b\d{6}\b", last_message().body)
    assert found is not None
    return found[0]


def flat(page: str) -> str:
    """A page without its tokens and what was typed, to compare answers."""
    return re.sub(r'value="[^"]*"', "", page)


@pytest.mark.parametrize("address", ["zhang@example.cn", "ZHANG@example.cn", "19900000001", "+86 199 0000 0001"])
def test_mail_and_phone_both_open_the_account(client: Browser, person: Person, address: str) -> None:
    answer = sign_in(client, address)
    assert answer.status_code == 303
    assert is_signed_in(client)


def test_a_wrong_password_keeps_the_address_and_opens_nothing(client: Browser, person: Person) -> None:
    answer = sign_in(client, "zhang@example.cn", "wrong horse")
    assert answer.status_code == 422
    assert "zhang@example.cn" in answer.text
    assert not is_signed_in(client)


def test_an_unknown_account_gets_the_very_same_answers(client: Browser, person: Person) -> None:
    for _try in range(7):
        known = sign_in(client, "zhang@example.cn", "wrong horse")
        unknown = sign_in(client, "nobody@example.cn", "wrong horse")
        assert known.status_code == unknown.status_code
        assert flat(known.text) == flat(unknown.text)


def test_an_unknown_account_costs_a_hash_too(client: Browser, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from expo.people import actions_sign_in

    judged: list[str | None] = []
    monkeypatch.setattr(actions_sign_in, "password_fits", lambda stored, _password: bool(judged.append(stored)))
    sign_in(client, "nobody@example.cn", "wrong horse")
    sign_in(client, "zhang@example.cn", "wrong horse")
    assert judged == [None, person.password_hash]


def test_five_failures_lock_the_account_and_tell_its_owner(client: Browser, person: Person) -> None:
    for _try in range(5):
        assert sign_in(client, "zhang@example.cn", "wrong horse").status_code == 422
    locked = sign_in(client, "19900000001")
    assert locked.status_code == 422
    assert "锁定" in locked.text
    assert not is_signed_in(client)
    assert last_message().address == "zhang@example.cn"
    assert "锁定" in last_message().subject
    with clock.frozen(clock.now() + timedelta(minutes=15, seconds=1)):
        assert sign_in(client, "19900000001").status_code == 303


def test_signing_in_forgets_earlier_failures(client: Browser, person: Person) -> None:
    for _round in range(2):
        for _try in range(4):
            sign_in(client, "zhang@example.cn", "wrong horse")
        assert sign_in(client, "zhang@example.cn").status_code == 303


def test_a_disabled_account_answers_like_a_wrong_password(client: Browser, app: Flask) -> None:
    make_person(email="off@example.cn", password_hash=hash_password(PASSWORD), disabled_at=clock.now())
    answer = sign_in(client, "off@example.cn")
    assert answer.status_code == 422
    assert flat(answer.text) == flat(sign_in(client, "nobody@example.cn").text)


def test_one_goes_on_where_one_wanted_to_but_never_elsewhere(client: Browser, person: Person) -> None:
    assert sign_in(client, "zhang@example.cn", next="/account?x=1").location == "/account?x=1"
    client.post("/sign-out")
    assert sign_in(client, "zhang@example.cn", next="https://evil.example/").location == "/"


def test_a_session_left_alone_ends(client: Browser, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    assert client.get("/account").status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=121)):
        assert client.get("/account").location.startswith("/sign-in?next=")


def test_use_keeps_a_session_alive(client: Browser, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    start = clock.now()
    for minutes in (60, 120, 180, 240):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert client.get("/account").status_code == 200


def test_a_session_ended_elsewhere_is_over(client: Browser, app: Flask, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    other = app.test_client()
    other.post("/sign-in", data={"address": "zhang@example.cn", "password": PASSWORD})
    mine = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.id)).first()
    assert mine is not None
    assert other.post(f"/account/sessions/{mine.id}/end").status_code == 303
    assert client.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


def test_nobody_ends_the_sessions_of_others(client: Browser, app: Flask, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    mine = db.session.scalars(sa.select(SignInSession)).one()
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in(make_person().id)
    assert other.post(f"/account/sessions/{mine.id}/end").status_code == 404
    assert client.get("/account").status_code == 200


def test_disabling_an_account_ends_what_it_does_at_once(client: Browser, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    from expo.people.actions_administration import disable_account

    disable_account(person.id, "离职", by=SYSTEM)
    assert client.get("/account").status_code == 302


def test_signing_in_and_failing_is_in_the_log(client: Browser, person: Person) -> None:
    sign_in(client, "zhang@example.cn", "wrong horse")
    sign_in(client, "zhang@example.cn")
    actions = db.session.scalars(sa.select(HistoryRow.action).where(HistoryRow.record_id == str(person.id))).all()
    assert "people.settle_password:changed" in actions
    assert "people.settle_password:signed_in" in actions


def test_a_one_time_code_signs_in_once(client: Browser, person: Person) -> None:
    client.post("/sign-in/code", data={"address": "19900000001"})
    code = last_code()
    assert client.post("/sign-in/code/enter", data={"code": code}).status_code == 303
    assert is_signed_in(client)
    client.post("/sign-out")
    client.post("/sign-in/code", data={"address": "zhang@example.cn"})
    assert client.post("/sign-in/code/enter", data={"code": code}).status_code == 422


def test_a_code_dies_after_five_tries_and_after_ten_minutes(client: Browser, person: Person) -> None:
    client.post("/sign-in/code", data={"address": "19900000001"})
    code = last_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _try in range(5):
        assert client.post("/sign-in/code/enter", data={"code": wrong}).status_code == 422
    assert client.post("/sign-in/code/enter", data={"code": code}).status_code == 422
    with clock.frozen(clock.now() + timedelta(minutes=20)):
        client.post("/sign-in/code", data={"address": "19900000001"})
        late = last_code()
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        assert client.post("/sign-in/code/enter", data={"code": late}).status_code == 422


def test_asking_for_a_code_does_not_tell_who_has_an_account(client: Browser, person: Person) -> None:
    pages = []
    for address in ("zhang@example.cn", "nobody@example.cn"):
        client.post("/sign-in/code", data={"address": address})
        pages.append(flat(client.get("/sign-in/code/enter").text.replace(address, "")))
        pages.append(flat(client.post("/sign-in/code/enter", data={"code": "no"}).text.replace(address, "")))
    assert pages[:2] == pages[2:]
    assert db.session.scalars(sa.select(OutboxMessage.address)).all() == ["zhang@example.cn"]


def test_codes_come_one_a_minute_and_five_an_hour(client: Browser, person: Person) -> None:
    start = clock.now()
    assert client.post("/sign-in/code", data={"address": "19900000001"}).status_code == 303
    assert client.post("/sign-in/code", data={"address": "19900000001"}).status_code == 422
    for n in range(1, 6):
        with clock.frozen(start + timedelta(minutes=2 * n)):
            answer = client.post("/sign-in/code", data={"address": "19900000001"})
            assert answer.status_code == (303 if n < 5 else 422)


def test_signing_up_needs_the_code_and_makes_a_person(client: Browser, app: Flask) -> None:
    form = {"name": "李四", "address": "li@example.cn", "password": PASSWORD}
    assert client.post("/sign-up", data=form).status_code == 303
    assert db.session.scalars(sa.select(Person)).all() == []
    assert client.post("/sign-up/code", data={"code": last_code()}).status_code == 303
    assert is_signed_in(client)
    made = db.session.scalars(sa.select(Person)).one()
    assert (made.name, made.email, made.email_confirmed_at is not None) == ("李四", "li@example.cn", True)
    client.post("/sign-out")
    assert sign_in(client, "li@example.cn").status_code == 303


def test_signing_up_with_a_taken_address_looks_the_same_and_only_its_owner_is_told(client: Browser, person: Person) -> None:
    form = {"name": "李四", "address": "zhang@example.cn", "password": PASSWORD}
    assert client.post("/sign-up", data=form).status_code == 303
    assert "已有账号" in last_message().subject
    assert not re.search(r"\b\d{6}\b", last_message().body)
    assert client.post("/sign-up/code", data={"code": "000000"}).status_code == 422


def test_signing_up_takes_over_the_person_that_a_registration_made(client: Browser, app: Flask) -> None:
    known = find_or_make_person("李四", phone="19900000009", by=SYSTEM)
    client.post("/sign-up", data={"name": "李 四", "address": "19900000009", "password": PASSWORD})
    client.post("/sign-up/code", data={"code": last_code()})
    assert [p.id for p in db.session.scalars(sa.select(Person))] == [known]


def test_an_address_that_was_only_claimed_opens_nothing_and_goes_to_its_owner(client: Browser, app: Flask) -> None:
    victim = find_or_make_person("李四", phone="19900000009", email="intruder@example.cn", by=SYSTEM)
    client.post("/sign-in/code", data={"address": "19900000009"})
    client.post("/sign-in/code/enter", data={"code": last_code()})
    client.post("/sign-out")
    client.post("/sign-in/code", data={"address": "intruder@example.cn"})
    assert last_message().address != "intruder@example.cn"
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        client.post("/sign-up", data={"name": "王五", "address": "intruder@example.cn", "password": PASSWORD})
        client.post("/sign-up/code", data={"code": last_code()})
    people = {p.id: p.email for p in db.session.scalars(sa.select(Person))}
    assert people.pop(victim) is None
    assert list(people.values()) == ["intruder@example.cn"]


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "1234567890", "password123", "zhangsan9@", "li四李四abcdef1"])
def test_weak_passwords_are_refused_next_to_the_field(client: Browser, app: Flask, password: str) -> None:
    answer = client.post("/sign-up", data={"name": "李四", "address": "zhangsan9@example.cn", "password": password})
    assert answer.status_code == 422
    assert "李四" in answer.text
    assert db.session.scalars(sa.select(OutboxMessage)).all() == []


def test_a_new_password_by_code_unlocks_and_signs_out_everywhere(client: Browser, app: Flask, person: Person) -> None:
    sign_in(client, "zhang@example.cn")
    other = app.test_client()
    for _try in range(5):
        other.post("/sign-in", data={"address": "zhang@example.cn", "password": "wrong horse"})
    other.post("/password", data={"address": "zhang@example.cn"})
    answer = other.post("/password/new", data={"code": last_code(), "password": "another horse staple"})
    assert answer.status_code == 303
    assert client.get("/account").status_code == 302
    assert other.post("/sign-in", data={"address": "zhang@example.cn", "password": "another horse staple"}).status_code == 303


def test_the_same_form_sent_twice_begins_one_session(client: Browser, person: Person) -> None:
    for _time in range(2):
        sign_in(client, "zhang@example.cn", once="a-token-of-this-form")
    assert len(db.session.scalars(sa.select(SignInSession)).all()) == 1


def test_requests_are_limited_by_where_they_come_from(client: Browser, app: Flask, person: Person) -> None:
    app.config["LIMITS_IN_TEST"] = True
    try:
        answers = [client.post("/sign-in", data={"address": "x", "password": "y"}).status_code for _try in range(22)]
    finally:
        app.config["LIMITS_IN_TEST"] = False
    assert answers[-1] == 429


def test_demo_accounts_are_offered_only_in_the_demonstration(client: Browser, app: Flask) -> None:
    from expo.people.models import DemoAccount
    from tests.makers import stored

    someone = make_person("王演示", synthetic=True)
    grant(someone, Role.ORGANISER, Places().province)
    stored(DemoAccount(person_id=someone.id, label="省级组织者"))
    assert "省级组织者" not in client.get("/sign-in").text
    assert client.post(f"/sign-in/demo/{someone.id}").status_code == 409
    assert not is_signed_in(client)


def test_traces_of_signing_in_are_forgotten_in_time(client: Browser, person: Person) -> None:
    sign_in(client, "nobody@example.cn", "wrong horse")
    sign_in(client, "zhang@example.cn")
    ask_code("sign_in", "19900000001")
    for days, left in ((0, (1, 1, 1)), (1, (0, 1, 1)), (8, (0, 0, 1)), (191, (0, 0, 0))):
        with clock.frozen(clock.now() + timedelta(days=days)):
            forget_traces()
        counts = tuple(db.session.scalar(sa.select(sa.func.count()).select_from(table))
                       for table in (UnknownSignIn, OneTimeCode, SignInSession))
        assert counts == left, days


def test_only_so_many_hashes_are_made_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_passwords, "_PATIENCE_S", 0.01)
    with rules_passwords._turn(), rules_passwords._turn(), pytest.raises(Refused, match="登录人数较多"):
        hash_password(PASSWORD)
    assert hash_password(PASSWORD).startswith("$argon2id$")


def test_codes_are_delivered_after_the_commit(client: Browser, person: Person, work_off: Callable[[], None]) -> None:
    ask_code("sign_in", "19900000001")
    work_off()
    assert last_message().sent_at is not None
