"""The demonstration's accounts: one click in a demonstration, nothing anywhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from expo.kit import clock
from expo.people.actions_sessions import start_session
from expo.people.models import DemoAccount, Person
from expo.people.permissions import Role
from expo.places.models import Region
from expo.places.queries import find_province
from tests.conftest import Browser
from tests.makers import Places, grant, make_person, stored


@pytest.fixture
def demonstration(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "expo_config", replace(app.extensions["expo_config"], demo=True))


@pytest.fixture
def administrator(app: Flask) -> Person:
    person = make_person("李演示", synthetic=True, phone_confirmed_at=clock.now())
    grant(person, Role.ADMINISTRATOR, Places().province)
    stored(DemoAccount(person_id=person.id, label="系统管理员", label_en="Administrator"))
    return person


def test_a_click_lets_one_look_around_without_a_second_factor(
    demonstration: None, client: Browser, administrator: Person
) -> None:
    page = client.get("/sign-in").text
    assert "系统管理员" in page
    assert "李演示" in page
    english = client.get("/sign-in?lang=en").text
    assert "Administrator" in english
    assert "李演示" in english
    answer = client.post(f"/sign-in/demo/{administrator.id}", data={"next": "/work/people/"})
    assert answer.location == "/work/people/"
    assert client.get("/work/people/").status_code == 200


def test_a_real_administrator_needs_the_second_factor_in_the_demonstration_too(
    demonstration: None, client: Browser, administrator: Person
) -> None:
    real = make_person(phone_confirmed_at=clock.now())
    grant(real, Role.ADMINISTRATOR, _province())
    with client.session_transaction() as cookie:
        cookie["sign_in"] = start_session(real.id)
    assert client.get("/work/people/").location.startswith("/account/second-factor")


@pytest.mark.parametrize("in_demo", [True, False])
def test_accounts_that_are_not_offered_or_not_synthetic_stay_shut(
    app: Flask, client: Browser, administrator: Person, monkeypatch: pytest.MonkeyPatch, in_demo: bool
) -> None:
    monkeypatch.setitem(app.extensions, "expo_config", replace(app.extensions["expo_config"], demo=in_demo))
    real, unlisted = make_person(), make_person(synthetic=True)
    stored(DemoAccount(person_id=real.id, label="真人"))
    assert "真人" not in client.get("/sign-in").text
    for person in (real, unlisted):
        assert client.post(f"/sign-in/demo/{person.id}").status_code == 409
        assert client.get("/account").status_code == 302


def test_the_command_prints_the_accounts(app: Flask, administrator: Person) -> None:
    printed = app.test_cli_runner().invoke(args=["people", "demo-accounts"]).output
    assert "系统管理员" in printed
    assert "李演示" in printed


def test_the_command_prints_a_link_for_the_first_administrator_once(app: Flask) -> None:
    Places()
    run = app.test_cli_runner()
    assert "/first-administrator/" in run.invoke(args=["people", "first-administrator", "--email", "a@example.cn"]).output
    person = make_person(password_hash="x")
    grant(person, Role.ADMINISTRATOR, _province())
    refused = run.invoke(args=["people", "first-administrator"])
    assert refused.exit_code == 1
    assert "/first-administrator/" not in refused.output


def _province() -> Region:
    province = find_province()
    assert province is not None
    return province
