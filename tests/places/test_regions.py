"""The tree of regions: what is loaded, and how people's spellings find it."""

from __future__ import annotations

import pytest
from flask import Flask

from expo.kit.access import SYSTEM
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import P, Role
from expo.places import queries
from expo.places.actions import add_zone, load_regions, prepare_regions, read_regions, rename_region
from expo.places.models import RegionKind
from expo.places.permissions import PLACES_MANAGE
from expo.places.rules import city_path_of, level_of, paths_above, short_name
from tests.makers import Places, make_actor


@pytest.fixture
def sichuan(app: Flask) -> None:
    load_regions(read_regions(), by=SYSTEM)


def test_sichuan_has_one_province_21_cities_183_counties_and_zones(sichuan: None) -> None:
    kinds = [region.kind for region in queries.load_tree().regions]
    assert (kinds.count(RegionKind.PROVINCE), kinds.count(RegionKind.CITY), kinds.count(RegionKind.COUNTY)) == (1, 21, 183)
    assert kinds.count(RegionKind.NODE) >= 10
    assert all(region.name_en for region in queries.load_tree().regions)


def test_every_region_lies_below_its_parent(sichuan: None) -> None:
    tree = queries.load_tree()
    for region in tree.regions:
        if region.parent_id is not None:
            assert region.path == f"{tree.by_id[region.parent_id].path}{region.key}/"
        assert (region.code is None) == (region.kind is RegionKind.NODE)


def test_loading_twice_changes_nothing_and_keeps_added_zones(sichuan: None) -> None:
    chengdu = queries.find_region_by_code("510100")
    assert chengdu is not None
    zone_id = add_zone(chengdu.id, "演示新区", by=SYSTEM)
    assert load_regions(read_regions(), by=SYSTEM) == (0, 0)
    assert prepare_regions(True) == []
    assert queries.get_region(zone_id).name == "演示新区"


def test_a_changed_name_is_brought_up_to_date(sichuan: None) -> None:
    chengdu = queries.find_region_by_code("510100")
    assert chengdu is not None
    rename_region(chengdu.id, "蓉城", by=SYSTEM)
    assert load_regions(read_regions(), by=SYSTEM) == (0, 1)
    found = queries.find_region_by_code("510100")
    assert found is not None
    assert found.name == "成都市"


@pytest.mark.parametrize(("written", "key"), [
    ("成都", "510100"), ("成都市", "510100"), ("510100", "510100"), ("510100000000", "510100"), (" 成都 市 ", "510100"),
    ("青羊区", "510105"), ("成都市青羊区", "510105"), ("四川省成都市青羊区", "510105"), ("成都青羊", "510105"),
    ("阿坝州", "513200"), ("阿坝", "513200"), ("阿坝县", "513231"), ("凉山彝族自治州西昌市", "513401"),
    ("四川", "510000"), ("荣县", "510321"), ("乐山市市中区", "511102"), ("内江市中区", "511002"),
    ("成都高新区", "510100-gxq"), ("成都市高新区", "510100-gxq"), ("天府新区", "510100-tfxq"),
    ("绵阳科学城", "510700-kxc"), ("Chengdu", "510100"), ("qingyang district", "510105"), ("北川", "510726"),
    ("攀枝花市东区", "510402"), ("广安", "511600"), ("广安区", "511602"),
])
def test_a_region_is_found_as_people_write_it(sichuan: None, written: str, key: str) -> None:
    found = queries.load_tree().find(written)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("written", ["", "市中区", "高新区", "重庆市", "999999", "区"])
def test_what_is_unclear_or_elsewhere_is_not_guessed(sichuan: None, written: str) -> None:
    assert queries.load_tree().find(written) is None


def test_looking_inside_a_city_settles_what_is_unclear(sichuan: None) -> None:
    tree = queries.load_tree()
    leshan = tree.by_key["511100"]
    assert tree.find("市中区", within=leshan.path) is tree.by_key["511102"]
    assert tree.find("青羊区", within=leshan.path) is None


def test_paths_say_level_city_and_what_lies_above() -> None:
    assert [level_of(p) for p in ("/510000/", "/510000/510100/", "/510000/510100/510105/")] == [1, 2, 3]
    assert city_path_of("/510000/510100/510105/") == city_path_of("/510000/510100/") == "/510000/510100/"
    assert city_path_of("/510000/") == "/510000/"
    assert paths_above("/510000/510100/") == ["/510000/", "/510000/510100/"]


@pytest.mark.parametrize(("name", "short"), [
    ("成都市", "成都"), ("青羊区", "青羊"), ("荣县", "荣县"), ("东区", "东区"), ("阿坝藏族羌族自治州", "阿坝"),
    ("北川羌族自治县", "北川"), ("四川天府新区", "四川天府新区"), ("四川省", "四川"),
])
def test_short_names_are_those_people_use(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_city_keeps_its_counties_together(app: Flask) -> None:
    places = Places()
    assert queries.city_of(places.qingyang).id == places.chengdu.id
    assert queries.city_of(places.province).id == places.province.id
    assert [r.id for r in queries.list_below(places.chengdu.path)] == [
        places.chengdu.id, places.qingyang.id, places.shuangliu.id]
    assert queries.region_choices([places.mianyang.path]) == [
        (places.mianyang.id, "绵阳市"), (places.fucheng.id, "绵阳市 · 涪城区")]
    assert queries.region_groups([places.chengdu.path])["成都市"][1] == (places.qingyang.id, "青羊区")
    assert [c.id for c in queries.list_cities()] == [places.chengdu.id, places.mianyang.id]
    assert queries.region_choices([]) == []


def test_a_zone_lies_in_a_city_and_has_its_name_once(app: Flask) -> None:
    places = Places()
    organiser = make_actor(Role.ORGANISER, places.province)
    add_zone(places.chengdu.id, "演示高新区", by=organiser)
    with pytest.raises(Refused, match="已有同名"):
        add_zone(places.chengdu.id, "演示高新区", by=organiser)
    with pytest.raises(Refused):
        add_zone(places.province.id, "演示高新区", by=organiser)


def test_only_managers_of_places_change_the_tree(app: Flask) -> None:
    places = Places()
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        add_zone(places.chengdu.id, "演示高新区", by=city)
    with pytest.raises(Forbidden):
        load_regions(read_regions(), by=city)


def test_the_right_has_one_name_on_both_floors() -> None:
    assert PLACES_MANAGE == P.PLACES_MANAGE
