"""The matrix of permissions and roles: each right is held by somebody, where it was granted and nowhere else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from expo.kit import clock
from expo.kit.access import Actor, Grant
from expo.kit.refusals import Forbidden
from expo.people.permissions import DIRECTED_BY, P, Role, permissions_of
from expo.people.queries import load_actor
from tests.makers import Places, grant, make_edition, make_person

PROVINCE, CITY, COUNTY, ELSEWHERE = "/51/", "/51/5101/", "/51/5101/510105/", "/51/5107/"
LEVELS = {PROVINCE: "province", CITY: "city", COUNTY: "county"}
HELD = [(role, path, permission) for role in Role for path in LEVELS for permission in sorted(permissions_of(role, path))]
NOT_HELD = [(role, path, permission) for role in Role for path in LEVELS
            for permission in sorted(set(P) - permissions_of(role, path))]


def holder(role: Role, path: str, edition_id: int | None = None) -> Actor:
    return Actor(1, "张三", (Grant(role, permissions_of(role, path), path, edition_id),))


@pytest.mark.parametrize("permission", list(P))
def test_each_permission_is_held_by_some_role(permission: P) -> None:
    assert any(permission in permissions_of(role, path) for role in Role for path in LEVELS)
    assert str(permission.label)


@pytest.mark.parametrize(("role", "path", "permission"), HELD)
def test_a_right_holds_in_its_region_and_below_and_nowhere_else(role: Role, path: str, permission: P) -> None:
    actor = holder(role, path)
    assert actor.may(permission, region_path=path)
    assert actor.may(permission, region_path=f"{path}x/")
    assert not actor.may(permission, region_path="/52/")
    if path != PROVINCE:
        assert not actor.may(permission, region_path=ELSEWHERE)
        assert not actor.may(permission, region_path=PROVINCE)
        with pytest.raises(Forbidden):
            actor.require(permission, region_path=ELSEWHERE)


@pytest.mark.parametrize(("role", "path", "permission"), HELD)
def test_a_right_for_one_edition_is_none_for_another(role: Role, path: str, permission: P) -> None:
    actor = holder(role, path, edition_id=2026)
    assert actor.may(permission, region_path=path, edition_id=2026)
    assert not actor.may(permission, region_path=path, edition_id=2025)
    assert holder(role, path).may(permission, region_path=path, edition_id=2025)


@pytest.mark.parametrize(("role", "path", "permission"), NOT_HELD)
def test_a_right_that_the_role_lacks_is_refused_everywhere(role: Role, path: str, permission: P) -> None:
    with pytest.raises(Forbidden):
        holder(role, path).require(permission)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_ends_with_its_last_day_and_with_its_revocation(app: Flask, role: Role) -> None:
    places = Places()
    today = clock.now().date()
    last_day, past, ended = make_person(), make_person(), make_person()
    grant(last_day, role, places.chengdu, until=today + timedelta(days=1))
    grant(past, role, places.chengdu, until=date(2020, 1, 1))
    from tests.makers import stored

    over = grant(ended, role, places.chengdu)
    over.ended_at = clock.now()
    stored(over)
    assert load_actor(last_day.id).has_role(role)
    assert not load_actor(past.id).has_role(role)
    assert not load_actor(ended.id).has_role(role)


def test_rights_are_limited_to_the_edition_they_were_granted_for(app: Flask) -> None:
    places, this, last = Places(), make_edition("2026"), make_edition("2025")
    person = make_person()
    grant(person, Role.ORGANISER, places.chengdu, this)
    actor = load_actor(person.id)
    assert actor.region_paths(P.POOL_READ, this.id) == (places.chengdu.path,)
    assert actor.region_paths(P.POOL_READ, last.id) == ()


def test_an_organisers_rights_grow_with_the_level() -> None:
    county, city, province = (permissions_of(Role.ORGANISER, path) for path in (COUNTY, CITY, PROVINCE))
    assert county < city < province
    assert P.SHORTLIST_NOMINATE in county
    assert P.SHORTLIST_ENDORSE not in county
    assert P.SHORTLIST_RELEASE not in city


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    held = permissions_of(Role.AUDITOR, PROVINCE)
    assert {p for p in P if p.endswith(":read")} == held


def test_an_administrator_does_not_decide_and_an_external_caretaker_does_not_export() -> None:
    administrator = permissions_of(Role.ADMINISTRATOR, PROVINCE)
    assert not {p for p in administrator if p.startswith(("shortlist", "pool", "signings", "followup", "judging"))}
    external = permissions_of(Role.EXTERNAL_CARETAKER, CITY)
    assert not {P.POOL_EXPORT, P.PEOPLE_UNMASK, P.POOL_READ} & external


def test_rights_of_service_are_directed_by_a_right_that_organisers_hold() -> None:
    assert set(DIRECTED_BY.values()) <= permissions_of(Role.ORGANISER, PROVINCE)
