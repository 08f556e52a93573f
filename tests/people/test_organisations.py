"""Organisations: known by their credit code, acted for by those whom a manager or an organiser confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.identity import make_credit_code
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, Refused
from expo.people.actions_organisations import (
    add_organisation,
    ask_to_join,
    change_organisation,
    confirm_membership,
    end_membership,
    find_or_make_organisation,
    set_manager,
)
from expo.people.models import Membership, MembershipStatus, Organisation, OrganisationKind
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.people.queries_organisations import find_membership
from expo.people.rules_organisations import MEMBERSHIP
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_member, make_organisation, make_person

CODE = make_credit_code("510105", 12345678)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def someone(**values: Any) -> Actor:
    return load_actor(make_person(**values).id)


def membership_of(actor: Actor, organisation_id: int) -> Membership:
    found = find_membership(actor.person_id, organisation_id)
    assert found is not None
    return found


def acts_for(actor: Actor, organisation_id: int) -> bool:
    assert actor.person_id is not None
    return organisation_id in load_actor(actor.person_id).organisation_ids


def test_whoever_registers_an_organisation_acts_for_it_only_once_confirmed(places: Places) -> None:
    person = someone()
    number = add_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, CODE, by=person)
    assert not acts_for(person, number)
    confirm_membership(membership_of(person, number).id, by=make_actor(Role.ORGANISER, places.chengdu))
    assert acts_for(person, number)


def test_a_request_is_confirmed_by_a_manager_who_was_told_of_it(places: Places) -> None:
    organisation = make_organisation(places.qingyang)
    manager = make_member(organisation)
    person = someone(name="李四")
    ask_to_join(organisation.id, by=person)
    message = db.session.scalars(sa.select(OutboxMessage)).one()
    assert "李四" in message.body
    assert not acts_for(person, organisation.id)
    confirm_membership(membership_of(person, organisation.id).id, by=manager)
    assert acts_for(person, organisation.id)


@pytest.mark.parametrize("decide", [
    confirm_membership, end_membership, lambda number, by: set_manager(number, True, by=by)])
def test_others_decide_nothing(places: Places, decide: Callable[..., Any]) -> None:
    organisation = make_organisation(places.qingyang)
    person = someone()
    ask_to_join(organisation.id, by=person)
    number = membership_of(person, organisation.id).id
    plain_member = make_member(organisation, is_manager=False)
    manager_elsewhere = make_member(make_organisation(places.qingyang))
    organiser_elsewhere = make_actor(Role.ORGANISER, places.mianyang)
    for other in (plain_member, manager_elsewhere, organiser_elsewhere, someone()):
        with pytest.raises(Forbidden):
            decide(number, by=other)


def test_nobody_confirms_themselves(places: Places) -> None:
    person = someone()
    number = add_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, CODE, by=person)
    with pytest.raises(Forbidden):
        confirm_membership(membership_of(person, number).id, by=person)


def test_one_leaves_by_oneself_and_may_ask_again(places: Places) -> None:
    organisation = make_organisation(places.qingyang)
    member = make_member(organisation)
    end_membership(membership_of(member, organisation.id).id, by=member)
    assert not acts_for(member, organisation.id)
    ask_to_join(organisation.id, by=member)
    again = membership_of(member, organisation.id)
    assert (again.status, again.is_manager) == (MembershipStatus.REQUESTED, False)
    with pytest.raises(Refused):
        ask_to_join(organisation.id, by=member)


@pytest.mark.parametrize("current", list(MembershipStatus))
@pytest.mark.parametrize("target", list(MembershipStatus))
def test_a_membership_moves_only_along_its_lifecycle(current: MembershipStatus, target: MembershipStatus) -> None:
    asked, confirmed, ended = MembershipStatus.REQUESTED, MembershipStatus.CONFIRMED, MembershipStatus.ENDED
    allowed = {(asked, confirmed), (asked, ended), (confirmed, ended), (ended, asked)}
    membership = Membership(status=current)
    if (current, target) in allowed:
        MEMBERSHIP.move(membership, target)
        assert membership.status is target
    else:
        with pytest.raises(Refused):
            MEMBERSHIP.move(membership, target)


@pytest.mark.parametrize("code", [None, "123", CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "O" * 18])
def test_whoever_is_no_organiser_needs_a_right_credit_code(places: Places, code: str | None) -> None:
    with pytest.raises(Refused) as refused:
        add_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, code, by=someone())
    assert refused.value.field == "credit_code"


def test_a_credit_code_and_a_name_stand_once(places: Places) -> None:
    add_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, CODE, by=someone())
    with pytest.raises(Refused, match="演示公司"):
        add_organisation("另一家", OrganisationKind.COMPANY, places.fucheng.id, CODE, by=someone())
    with pytest.raises(Refused) as refused:
        add_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id,
                         make_credit_code("510105", 7), by=someone())
    assert refused.value.field == "name"


def test_an_import_finds_an_organisation_again(places: Places) -> None:
    organiser = make_actor(Role.ORGANISER, places.chengdu)
    first = find_or_make_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, by=organiser)
    assert find_or_make_organisation("演示公司", OrganisationKind.COMPANY, places.qingyang.id, by=organiser) == first
    with pytest.raises(Forbidden):
        find_or_make_organisation("演示公司", OrganisationKind.COMPANY, places.fucheng.id, by=organiser)


def test_a_manager_changes_the_data_but_not_what_an_organiser_vouched_for(places: Places) -> None:
    organisation = make_organisation(places.qingyang, credit_code=CODE)
    manager = make_member(organisation)
    values = {"name": "演示公司（新）", "name_en": "", "kind": organisation.kind, "credit_code": CODE,
              "region_id": organisation.region_id, "address": "天府大道1号", "legal_representative": "", "website": ""}
    change_organisation(organisation.id, values, by=manager)
    assert db.session.get_one(Organisation, organisation.id).address == "天府大道1号"
    for change in ({"region_id": places.fucheng.id}, {"credit_code": None}, {"kind": OrganisationKind.FINANCE}):
        with pytest.raises(Refused):
            change_organisation(organisation.id, values | change, by=manager)
    organiser = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        change_organisation(organisation.id, values | {"region_id": places.fucheng.id}, by=organiser)
    change_organisation(organisation.id, values | {"region_id": places.shuangliu.id}, by=organiser)
    assert db.session.get_one(Organisation, organisation.id).region_path == places.shuangliu.path


def test_a_visitor_walks_from_search_to_acting_for_an_organisation(places: Places, client: Browser) -> None:
    organisation = make_organisation(places.qingyang, "演示智能装备公司")
    person = someone()
    client.sign_in(person)
    assert "演示智能装备公司" in client.get("/account/organisations?q=智能").text
    assert client.post(f"/account/organisations/{organisation.id}/join").status_code == 303
    assert client.get(f"/work/organisations/{organisation.id}").status_code == 404
    number = membership_of(person, organisation.id).id
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert "演示智能装备公司" in client.get("/work/organisations/?requests=open").text
    assert client.post(f"/work/memberships/{number}/confirm").status_code == 303
    client.sign_in(person)
    assert client.get(f"/work/organisations/{organisation.id}").status_code == 200
    assert client.get(f"/work/organisations/{organisation.id}/edit").status_code == 404


def test_registering_with_a_wrong_code_keeps_what_was_typed(places: Places, client: Browser) -> None:
    client.sign_in(someone())
    answer = client.post("/account/organisations/new", data={
        "name": "演示公司甲", "kind": "company", "credit_code": "123", "region_id": str(places.qingyang.id)})
    assert answer.status_code == 422
    assert "演示公司甲" in answer.text
    assert db.session.scalars(sa.select(Organisation)).all() == []


def test_organisers_see_the_organisations_of_their_region_only(places: Places, client: Browser) -> None:
    make_organisation(places.qingyang, "蓉城公司")
    elsewhere = make_organisation(places.fucheng, "绵州公司")
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    page = client.get("/work/organisations/").text
    assert "蓉城公司" in page
    assert "绵州公司" not in page
    assert client.get(f"/work/organisations/{elsewhere.id}").status_code == 404
    client.sign_in(make_actor(Role.CARETAKER, places.chengdu))
    assert client.get("/work/organisations/").status_code == 403


@pytest.mark.parametrize(("query", "found"), [
    ("?q=材料", True), ("?q=装备", False), ("?kind=company", True), ("?kind=finance", False), ("?city=510100", True),
    ("?city=510700", False), ("?requests=open", False), ("?sort=name", True), ("?kind=nonsense", True)])
def test_organisations_are_filtered(places: Places, client: Browser, query: str, found: bool) -> None:
    make_organisation(places.qingyang, "新材料公司")
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert ("新材料公司" in client.get(f"/work/organisations/{query}").text) is found


def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(places: Places, client: Browser, count_queries) -> None:  # type: ignore[no-untyped-def]
    organiser = make_actor(Role.ORGANISER, places.province)
    first = make_organisation(places.qingyang)
    make_member(first)
    for address in ("/work/organisations/", "/account/organisations", f"/work/organisations/{first.id}"):
        client.sign_in(organiser)
        client.get(address)
        with count_queries() as count:
            client.get(address)
            before = count()
        for region in (places.qingyang, places.fucheng):
            make_member(make_organisation(region))
            make_member(first)
        with count_queries() as count:
            client.get(address)
            assert count() == before, address


@pytest.mark.parametrize("website", ["javascript://example.cn/%0aalert(1)", "data://x.cn", "ftp://example.cn"])
def test_a_website_that_is_no_web_address_is_refused(places: Places, client: Browser, website: str) -> None:
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    answer = client.post("/work/organisations/new", data={"name": "甲公司", "kind": "company", "website": website,
                                                         "region_id": str(places.chengdu.id)})
    assert answer.status_code == 422
    assert website in answer.text
