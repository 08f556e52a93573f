"""A grant holds on its region and below, for its edition, and nowhere else."""

from __future__ import annotations

import pytest

from expo.kit.access import ANONYMOUS, SYSTEM, Actor, Grant, topmost
from expo.kit.refusals import Forbidden

READ = "room:thing:read"
city = Actor(1, "x", (Grant("organiser", frozenset({READ}), "/51/5101/"),))
once = Actor(2, "y", (Grant("organiser", frozenset({READ}), "/51/", 7),))


def test_a_grant_holds_on_its_region_and_below() -> None:
    assert city.may(READ, region_path="/51/5101/")
    assert city.may(READ, region_path="/51/5101/510105/")
    assert city.may(READ)


@pytest.mark.parametrize("elsewhere", ["/51/", "/51/5107/", "/51/51011/", "/"])
def test_a_grant_holds_nowhere_else(elsewhere: str) -> None:
    assert not city.may(READ, region_path=elsewhere)
    with pytest.raises(Forbidden):
        city.require(READ, region_path=elsewhere)


def test_a_grant_for_one_edition_does_not_reach_another() -> None:
    assert once.may(READ, region_path="/51/", edition_id=7)
    assert not once.may(READ, region_path="/51/", edition_id=8)


def test_other_permissions_are_not_given_along() -> None:
    assert not city.may("room:thing:write", region_path="/51/5101/")


def test_nobody_may_nothing_and_the_system_everything() -> None:
    assert not ANONYMOUS.may(READ)
    assert SYSTEM.may("anything:at:all", region_path="/51/")


def test_overlapping_grants_are_one_scope() -> None:
    assert topmost(["/51/5101/", "/51/5101/510105/", "/51/5107/"]) == ("/51/5101/", "/51/5107/")
