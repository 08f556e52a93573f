"""The second factor: required of administrators, proven by a code that counts once."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Refused
from expo.people import actions_codes as codes
from expo.people.actions_account import drop_second_factor, renew_recovery_codes, set_second_factor
from expo.people.actions_first import make_first_link
from expo.people.actions_sign_in import Visit
from expo.people.models import Person
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.people.rules_passwords import hash_password
from expo.people.rules_second_factor import (
    fitting_step,
    needs_second_factor,
    new_recovery_codes,
    seal,
    unseal,
)
from tests.conftest import Browser
from tests.makers import Places, grant, make_person

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def administrator(app: Flask) -> Person:
    person = make_person(email="admin@example.cn", email_confirmed_at=clock.now(), password_hash=hash_password(PASSWORD))
    grant(person, Role.ADMINISTRATOR, Places().province)
    return person


def code(ahead: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(int(clock.now().timestamp()) + 30 * ahead)


def password(client: Browser):  # type: ignore[no-untyped-def]
    return client.post("/sign-in", data={"address": "admin@example.cn", "password": PASSWORD})


def test_an_administrator_without_it_is_led_to_set_it_up_before_anything_else(client: Browser, administrator: Person) -> None:
    password(client)
    for address in ("/work/people/", "/account", "/work/organisations/", "/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.location.startswith("/account/second-factor")
    assert client.post("/work/people/1/disable", data={"reason": "x"}).status_code == 403
    page = client.get("/account/second-factor").text
    secret = re.search(r'value="([A-Z2-7]{32})"', page)
    assert secret is not None
    assert "<svg" in page
    answer = client.post("/account/second-factor", data={"code": pyotp.TOTP(secret[1]).at(int(clock.now().timestamp()))})
    assert answer.status_code == 200
    assert len(re.findall(r"<code>[a-z0-9]{4}-[a-z0-9]{4}</code>", answer.text)) == 10
    assert client.get("/work/people/").status_code == 200


def test_the_code_is_asked_for_after_the_password(client: Browser, administrator: Person) -> None:
    set_second_factor(SECRET, code(-1), by=load_actor(administrator.id))
    assert password(client).location == "/sign-in/second-step"
    assert client.get("/work/people/").status_code == 302
    assert client.post("/sign-in/second-step", data={"code": "000000"}).status_code == 422
    assert client.post("/sign-in/second-step", data={"code": code()}).status_code == 303
    assert client.get("/work/people/").status_code == 200


def test_a_code_counts_once_and_an_old_one_not_at_all(client: Browser, administrator: Person) -> None:
    set_second_factor(SECRET, code(-1), by=load_actor(administrator.id))
    with clock.frozen(clock.now()):
        used = code()
        password(client)
        client.post("/sign-in/second-step", data={"code": used})
        client.post("/sign-out")
        password(client)
        assert client.post("/sign-in/second-step", data={"code": used}).status_code == 422
        assert client.post("/sign-in/second-step", data={"code": code(-3)}).status_code == 422


def test_a_recovery_code_works_once(client: Browser, administrator: Person) -> None:
    codes = set_second_factor(SECRET, code(), by=load_actor(administrator.id))
    for expected in (303, 422):
        password(client)
        assert client.post("/sign-in/second-step", data={"code": codes[0].upper()}).status_code == expected
        client.post("/sign-out")


def test_new_recovery_codes_end_the_old_ones(client: Browser, administrator: Person) -> None:
    old = set_second_factor(SECRET, code(), by=load_actor(administrator.id))
    new = renew_recovery_codes(by=load_actor(administrator.id))
    password(client)
    assert client.post("/sign-in/second-step", data={"code": old[1]}).status_code == 422
    assert client.post("/sign-in/second-step", data={"code": new[1]}).status_code == 303


def test_guessing_the_code_locks_the_account(client: Browser, administrator: Person) -> None:
    set_second_factor(SECRET, code(-1), by=load_actor(administrator.id))
    for _try in range(5):
        password(client)
        client.post("/sign-in/second-step", data={"code": "000000"})
    assert client.post("/sign-in/second-step", data={"code": code()}).status_code == 422
    assert "锁定" in password(client).text


def test_the_second_step_waits_ten_minutes(client: Browser, administrator: Person) -> None:
    set_second_factor(SECRET, code(), by=load_actor(administrator.id))
    password(client)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert client.post("/sign-in/second-step", data={"code": code()}).location == "/sign-in"


def test_a_one_time_code_does_not_get_around_it(client: Browser, administrator: Person) -> None:
    from tests.people.test_sign_in import last_code

    set_second_factor(SECRET, code(), by=load_actor(administrator.id))
    client.post("/sign-in/code", data={"address": "admin@example.cn"})
    assert client.post("/sign-in/code/enter", data={"code": last_code()}).location == "/sign-in/second-step"


def test_an_administrator_cannot_switch_it_off_others_can(administrator: Person) -> None:
    set_second_factor(SECRET, code(), by=load_actor(administrator.id))
    with pytest.raises(Refused):
        drop_second_factor(by=load_actor(administrator.id))
    other = make_person()
    set_second_factor(SECRET, code(), by=load_actor(other.id))
    drop_second_factor(by=load_actor(other.id))
    assert db.session.get_one(Person, other.id).totp_secret is None


def test_only_accounts_of_the_demonstration_are_let_off() -> None:
    roles = {Role.ADMINISTRATOR.value}
    assert needs_second_factor(roles, demo=False, synthetic=True)
    assert needs_second_factor(roles, demo=True, synthetic=False)
    assert not needs_second_factor(roles, demo=True, synthetic=True)
    assert not needs_second_factor({Role.ORGANISER.value}, demo=False, synthetic=False)


def test_the_secret_is_sealed_and_lost_with_the_key() -> None:
    sealed = seal(SECRET, "k" * 40)
    assert SECRET not in sealed
    assert unseal(sealed, "k" * 40) == SECRET
    assert unseal(sealed, "x" * 40) is None


def test_codes_of_neighbouring_steps_fit_others_do_not() -> None:
    at = clock.now()
    now = int(at.timestamp()) // 30
    for step in range(-3, 4):
        fits = fitting_step(SECRET, pyotp.TOTP(SECRET).generate_otp(now + step), at, None)
        assert (fits is not None) == (abs(step) <= 1)
    assert fitting_step(SECRET, pyotp.TOTP(SECRET).generate_otp(now), at, now) is None


def test_recovery_codes_differ_and_have_no_letters_that_look_like_digits() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert not set("".join(codes)) & set("ilo01")


def test_the_first_administrator_takes_over_by_the_link_once(client: Browser, app: Flask) -> None:
    Places()
    old = make_first_link().partition("://localhost")[2]
    link = make_first_link("admin@example.cn").partition("://localhost")[2]
    assert client.get(old).status_code == 404
    assert "admin@example.cn" in client.get(link).text
    form = {"name": "李管理", "address": "admin@example.cn", "password": PASSWORD}
    assert client.post(link, data=form | {"password": "short"}).status_code == 422
    answer = client.post(link, data=form)
    assert answer.location == "/account/second-factor"
    person = db.session.scalars(sa.select(Person)).one()
    assert load_actor(person.id).has_role(Role.ADMINISTRATOR)
    assert app.test_client().post(link, data=form).status_code == 404
    with pytest.raises(Refused):
        make_first_link()


def test_the_link_runs_out_after_a_day(client: Browser, app: Flask) -> None:
    Places()
    link = make_first_link().partition("://localhost")[2]
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert client.get(link).status_code == 404




def test_signing_up_again_by_a_code_does_not_get_around_it(app: Flask) -> None:
    """Who has only ever signed in by codes has no password; setting a first one asks for the second factor too."""
    person = make_person("无密码", email="coded@example.cn", totp_secret="sealed", email_confirmed_at=clock.now())
    code_id = codes.start_sign_up("他人", "coded@example.cn", "correct horse battery", "zh_Hans")
    digits = re.search(r"\d{6}", db.session.scalars(sa.select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first() or "")
    assert digits
    outcome = codes.sign_up(code_id, digits[0], Visit("127.0.0.1", "test"))
    assert (outcome.person_id, outcome.token) == (person.id, None)


def test_who_has_none_has_none_to_switch_off(app: Flask) -> None:
    person = make_person("普通人")
    with pytest.raises(Refused):
        drop_second_factor(by=load_actor(person.id))
    assert db.session.scalars(sa.select(OutboxMessage)).all() == []
