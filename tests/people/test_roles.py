"""Granting and revoking roles, and who may do what and why."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people import queries_rights
from expo.people.actions_administration import (
    disable_account,
    enable_account,
    note_unmasking,
    take_second_factor,
)
from expo.people.actions_roles import grant_role, revoke_role
from expo.people.models import Person, RoleGrant
from expo.people.permissions import P, Role
from expo.people.queries import load_actor
from expo.people.rules_roles import may_grant
from expo.places.models import Region
from tests.conftest import Browser
from tests.makers import Places, grant, make_actor, make_edition, make_member, make_organisation, make_person

WORKING = (Role.CARETAKER, Role.EXTERNAL_CARETAKER, Role.GATE_STAFF, Role.HOST)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_an_administrator_grants_every_role_everywhere_below(places: Places) -> None:
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    for role in Role:
        for region in (places.province, places.chengdu, places.qingyang):
            assert may_grant(administrator, role, region.path, None)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_grants_outside_of_their_region(places: Places, role: Role) -> None:
    for granter in (make_actor(Role.ORGANISER, places.chengdu), make_actor(Role.ADMINISTRATOR, places.chengdu)):
        for region in (places.mianyang, places.province):
            with pytest.raises(Forbidden):
                grant_role(make_person().id, role, region.id, by=granter)


@pytest.mark.parametrize("role", WORKING)
def test_a_city_gives_the_working_roles_of_its_city(places: Places, role: Role) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    person = make_person()
    grant_role(person.id, role, places.qingyang.id, reason="任命", by=city)
    assert load_actor(person.id).has_role(role)


def test_a_city_appoints_organisers_of_its_counties_and_of_itself_only(places: Places) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    assert may_grant(city, Role.ORGANISER, places.qingyang.path, None)
    assert may_grant(city, Role.ORGANISER, places.chengdu.path, None)
    assert not may_grant(city, Role.ORGANISER, places.province.path, None)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_an_administrator_makes_administrators_and_auditors(places: Places, role: Role) -> None:
    province = make_actor(Role.ORGANISER, places.province)
    with pytest.raises(Forbidden):
        grant_role(make_person().id, role, places.province.id, by=province)
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    grant_role(make_person().id, role, places.province.id, by=administrator)


@pytest.mark.parametrize("role", [Role.STAGE_MANAGER, Role.MODERATOR, Role.REVIEWER])
def test_nobody_grants_more_than_they_may_do(places: Places, role: Role) -> None:
    assert not may_grant(make_actor(Role.ORGANISER, places.chengdu), role, places.chengdu.path, None)
    assert may_grant(make_actor(Role.ORGANISER, places.province), role, places.chengdu.path, None)


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.ADMINISTRATOR, Role.ORGANISER}])
def test_other_roles_grant_nothing(places: Places, role: Role) -> None:
    actor = make_actor(role, places.province)
    assert not any(may_grant(actor, other, places.chengdu.path, None) for other in Role)


def test_a_right_for_one_edition_grants_nothing_for_all(places: Places) -> None:
    this, last = make_edition("2026"), make_edition("2025")
    city = make_actor(Role.ORGANISER, places.chengdu, this)
    assert may_grant(city, Role.CARETAKER, places.qingyang.path, this.id)
    assert not may_grant(city, Role.CARETAKER, places.qingyang.path, last.id)
    assert not may_grant(city, Role.CARETAKER, places.qingyang.path, None)


def test_nobody_grants_or_revokes_their_own_roles(places: Places) -> None:
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    assert administrator.person_id is not None
    with pytest.raises(Refused, match="本人"):
        grant_role(administrator.person_id, Role.ORGANISER, places.province.id, by=administrator)


def test_administrators_do_not_audit_themselves(places: Places) -> None:
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    other = make_actor(Role.ADMINISTRATOR, places.province)
    assert other.person_id is not None
    with pytest.raises(Refused, match="兼任"):
        grant_role(other.person_id, Role.AUDITOR, places.province.id, by=administrator)


def test_a_grant_is_not_given_twice_nor_until_yesterday_nor_to_a_disabled_account(places: Places) -> None:
    person = make_person()
    grant_role(person.id, Role.HOST, places.chengdu.id, by=SYSTEM)
    with pytest.raises(Refused):
        grant_role(person.id, Role.HOST, places.chengdu.id, by=SYSTEM)
    with pytest.raises(Refused):
        grant_role(person.id, Role.HOST, places.qingyang.id, until=date(2020, 1, 1), by=SYSTEM)
    disable_account(person.id, "离职", by=SYSTEM)
    with pytest.raises(Refused):
        grant_role(person.id, Role.HOST, places.mianyang.id, by=SYSTEM)


def test_a_revoked_role_is_gone_at_once_and_stays_on_record(places: Places, client: Browser) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    person = make_person()
    number = grant_role(person.id, Role.ORGANISER, places.qingyang.id, reason="任命", by=city)
    client.sign_in(person.id)
    assert client.get("/work/people/").status_code == 200
    revoke_role(number, by=city)
    assert client.get("/work/people/").status_code == 403
    kept = db.session.get_one(RoleGrant, number)
    assert kept.ended_by_id == city.person_id
    with pytest.raises(NotFound):
        revoke_role(number, by=city)


def test_a_city_does_not_revoke_what_the_province_gave_elsewhere(places: Places) -> None:
    held = grant(make_person(), Role.CARETAKER, places.fucheng)
    with pytest.raises(Forbidden):
        revoke_role(held.id, by=make_actor(Role.ORGANISER, places.chengdu))


def test_the_last_administrator_stays(places: Places) -> None:
    only = make_actor(Role.ADMINISTRATOR, places.province)
    held = db.session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == only.person_id)).one()
    assert only.person_id is not None
    with pytest.raises(Refused, match="最后一位"):
        revoke_role(held.id, by=SYSTEM)
    with pytest.raises(Refused, match="最后一位"):
        disable_account(only.person_id, "离职", by=SYSTEM)
    make_actor(Role.ADMINISTRATOR, places.province)
    revoke_role(held.id, by=SYSTEM)


def holders(permission: P, region: Region | None, edition_id: int | None = None) -> set[int]:
    return {g.person_id for g in queries_rights.list_holders(permission, region, edition_id, ["/"])}


def test_who_may_do_what_agrees_with_what_actors_may_do(places: Places) -> None:
    this, last = make_edition("2026"), make_edition("2025")
    actors: list[Actor] = [make_actor(role, region, edition)
                           for role in Role for region in (places.province, places.chengdu, places.qingyang)
                           for edition in (None, this)]
    for permission in P:
        for region in (places.province, places.chengdu, places.qingyang, places.mianyang):
            for edition in (this, last):
                expected = {a.person_id for a in actors
                            if a.may(permission, region_path=region.path, edition_id=edition.id)}
                assert holders(permission, region, edition.id) == expected, (permission, region.name, edition.slug)


def test_the_page_shows_the_grant_behind_a_right(places: Places, client: Browser) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu, name="赵成都")
    caretaker = make_person("孙保姆")
    grant_role(caretaker.id, Role.CARETAKER, places.qingyang.id, reason="蓉科协〔2026〕12号", by=city)
    client.sign_in(city)
    page = client.get(f"/work/rights?permission={P.POOL_SERVE}&region={places.qingyang.id}").text
    assert "孙保姆" in page
    assert "蓉科协〔2026〕12号" in page
    assert "赵成都" in page
    page = client.get(f"/work/rights?permission={P.POOL_SERVE}&region={places.mianyang.id}").text
    assert "绵阳市</option>" not in page


def test_contact_data_is_masked_and_showing_it_is_logged(places: Places, client: Browser) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    person = make_person("孙保姆", phone="+8619900001234", email="sun@example.cn")
    grant(person, Role.CARETAKER, places.qingyang)
    client.sign_in(city)
    page = client.get(f"/work/people/{person.id}").text
    assert "19900001234" not in page
    assert "sun@example.cn" not in page
    shown = client.post(f"/work/people/{person.id}/contact").text
    assert "+8619900001234" in shown
    assert db.session.scalars(sa.select(HistoryRow).where(HistoryRow.action.endswith(":unmasked"))).one().person_id == city.person_id


def test_persons_of_other_regions_are_not_found(places: Places, client: Browser) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    elsewhere = make_person("别处人")
    grant(elsewhere, Role.CARETAKER, places.fucheng)
    visitor = make_person("观众甲")
    member = make_member(make_organisation(places.qingyang), "企业乙")
    client.sign_in(city)
    page = client.get("/work/people/").text
    assert "别处人" not in page
    assert "观众甲" not in page
    assert "企业乙" in page
    assert client.get(f"/work/people/{elsewhere.id}").status_code == 404
    assert client.post(f"/work/people/{elsewhere.id}/contact").status_code == 404
    assert client.get(f"/work/people/{member.person_id}").status_code == 200
    with pytest.raises(NotFound):
        note_unmasking(visitor.id, by=city)


@pytest.mark.parametrize("q", ["孙保", "1234", "19900001234", "SUN@example.cn"])
def test_a_person_is_found_by_name_phone_tail_and_whole_mail(places: Places, client: Browser, q: str) -> None:
    make_person("孙保姆", phone="+8619900001234", email="sun@example.cn")
    make_person("别人")
    client.sign_in(make_actor(Role.ADMINISTRATOR, places.province))
    page = client.get("/work/people/", query_string={"q": q}).text
    assert "孙保姆" in page
    assert "别人" not in page


@pytest.mark.parametrize("q", ["34", "sun@", "un@example"])
def test_too_little_of_a_phone_or_mail_finds_nobody(places: Places, client: Browser, q: str) -> None:
    make_person("孙保姆", phone="+8619900001234", email="sun@example.cn")
    client.sign_in(make_actor(Role.ADMINISTRATOR, places.province))
    assert "孙保姆" not in client.get("/work/people/", query_string={"q": q}).text


def test_granting_on_the_page_keeps_what_was_typed_when_refused(places: Places, client: Browser) -> None:
    city = make_actor(Role.ORGANISER, places.chengdu)
    person = make_person()
    grant(person, Role.CARETAKER, places.qingyang)
    client.sign_in(city)
    form = {"role": "gate_staff", "region_id": str(places.qingyang.id), "edition_id": "0", "until": "2020-01-01",
            "reason": "会务组名单"}
    refused = client.post(f"/work/people/{person.id}/grants", data=form)
    assert refused.status_code == 422
    assert "会务组名单" in refused.text
    assert client.post(f"/work/people/{person.id}/grants", data=form | {"until": ""}).status_code == 303
    assert load_actor(person.id).has_role(Role.GATE_STAFF)
    assert client.post(f"/work/people/{person.id}/grants", data=form | {"role": "administrator"}).status_code == 422


def test_accounts_are_managed_by_administrators_only(places: Places, client: Browser) -> None:
    organiser = make_actor(Role.ORGANISER, places.province)
    person = make_person()
    client.sign_in(organiser)
    for path in ("disable", "enable", "sign-out", "second-factor"):
        assert client.post(f"/work/people/{person.id}/{path}", data={"reason": "x"}).status_code == 403
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    disable_account(person.id, "离职", by=administrator)
    enable_account(person.id, by=administrator)
    assert db.session.get_one(Person, person.id).disabled_at is None
    with pytest.raises(Refused):
        take_second_factor(person.id, by=administrator)
    with pytest.raises(NotFound):
        disable_account(person.id, "x", by=make_actor(Role.ADMINISTRATOR, places.chengdu))


@pytest.mark.parametrize("address", ["/work/people/", "/work/rights?permission=pool:ticket:serve"])
def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(places: Places, client: Browser, count_queries, address: str) -> None:  # type: ignore[no-untyped-def]
    administrator = make_actor(Role.ADMINISTRATOR, places.province)
    grant(make_person(), Role.CARETAKER, places.qingyang)
    client.sign_in(administrator)
    client.get(address)
    with count_queries() as count:
        client.get(address)
        first = count()
    for region in (places.chengdu, places.fucheng):
        grant(make_person(), Role.CARETAKER, region)
    with count_queries() as count:
        client.get(address)
        assert count() == first
