"""People from elsewhere belong to the whole province; a city sees its own."""

from __future__ import annotations

import pytest

from expo.kit.refusals import NotFound
from expo.people.permissions import Role
from expo.registration import actions_desk, queries
from expo.registration.models import BadgeKind, RegistrationStatus
from tests.makers import make_actor, make_registration
from tests.registration.conftest import registered


def test_somebody_from_outside_is_kept_under_the_province_and_seen_by_it_alone(edition, places, organiser):
    found = registered(edition, kind=BadgeKind.MEDIA)
    assert (found.region_id, found.region_path) == (None, places.province.path)
    assert queries.count_registrations(edition.id, (places.province.path,)) == 1
    assert queries.count_registrations(edition.id, (places.chengdu.path,)) == 0
    with pytest.raises(NotFound):
        actions_desk.approve(edition.id, found.id, by=make_actor(Role.ORGANISER, places.chengdu))
    actions_desk.approve(edition.id, found.id, by=organiser)


def test_a_county_sees_its_own_people_and_not_the_citys_others(edition, places):
    for region in (places.qingyang, places.shuangliu, places.chengdu):
        make_registration(edition, status=RegistrationStatus.APPROVED, region_path=region.path)
    assert queries.count_registrations(edition.id, (places.qingyang.path,)) == 1
    assert queries.count_registrations(edition.id, (places.chengdu.path,)) == 3
    assert queries.count_registrations(edition.id, ()) == 0


def test_a_visitor_chooses_a_city_and_belongs_to_it(edition, places):
    found = registered(edition, region_id=places.mianyang.id)
    assert found.region_path == places.mianyang.path
