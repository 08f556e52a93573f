"""Near doubles: suggested with a reason, never merged by themselves, told apart for good."""

from __future__ import annotations

import pytest

from expo.kit.db import db
from expo.kit.refusals import NotFound
from expo.people.permissions import Role
from expo.registration import actions_merging
from expo.registration.models import Registration, RegistrationsApart
from expo.registration.rules_doubles import Entry, Likeness, Tie, differ_by_one, find_pairs, grouped
from tests.makers import make_actor
from tests.registration.conftest import registered

CHANGHONG = "四川长虹电器股份有限公司"


def reasons(*people: tuple[str, str, str], **second: object) -> list[tuple[Likeness, Tie]]:
    entries = [Entry(number, name, organisation, phone, None) for number, (name, organisation, phone) in enumerate(people, 1)]
    entries[1] = entries[1]._replace(**second)  # type: ignore[arg-type]
    return [(pair.likeness, pair.tie) for pair in find_pairs(entries)]


@pytest.mark.parametrize(("one", "other", "likeness"), [
    ("李明", "李 明", Likeness.NAME),  # A space.
    ("Li Ming", "Ｌｉ　ＭＩＮＧ", Likeness.NAME),  # Full width.
    ("阿卜杜热依木江·买买提", "阿卜杜热依木江•买买提", Likeness.NAME),  # Another dot.
    ("張偉", "张伟", Likeness.SOUND),  # Traditional characters.
    ("张炜", "张伟", Likeness.SOUND),
    ("张伟", "Zhang Wei", Likeness.SOUND),
    ("吕方", "Lv Fang", Likeness.SOUND),
    ("欧阳建华", "欧阳健华", Likeness.SOUND),
    ("欧阳建华", "欧阳建中", Likeness.CHARACTER),
    ("欧阳建华", "欧阳建", Likeness.CHARACTER),
])
def test_names_that_are_nearly_the_same_are_found_in_one_organisation(one, other, likeness):
    assert reasons((one, CHANGHONG, "+8613811110001"), (other, CHANGHONG, "+8613922220002")) == [(likeness, Tie.ORGANISATION)]


@pytest.mark.parametrize("name", ["四川長虹電器", "四川长虹电器有限公司", "四川 长虹电器（股份）有限公司"])
def test_an_organisation_is_the_same_in_other_characters_and_without_its_legal_form(name):
    assert reasons(("张伟", CHANGHONG, ""), ("张伟", name, "")) == [(Likeness.NAME, Tie.ORGANISATION)]


def test_the_last_digits_of_a_phone_tie_people_of_different_organisations():
    assert reasons(("张伟", CHANGHONG, "+8613811115678"), ("张玮", "", "+8613922225678")) == [(Likeness.SOUND, Tie.PHONE)]


@pytest.mark.parametrize(("one", "other"), [
    (("张伟", CHANGHONG, "+8613811110001"), ("张伟", "攀枝花学院", "+8613922220002")),  # Namesakes.
    (("张伟", CHANGHONG, "+8613811110001"), ("张敏", CHANGHONG, "+8613922220002")),  # Half a name differs.
    (("欧阳建华", CHANGHONG, ""), ("欧阳国中", CHANGHONG, "")),
    (("李春梅", CHANGHONG, ""), ("张春梅", CHANGHONG, "")),  # Another family.
    (("张伟", "", ""), ("张伟", "", "")),
])
def test_a_likeness_without_a_tie_and_a_tie_without_a_likeness_are_no_suggestion(one, other):
    assert reasons(one, other) == []


def test_whoever_entered_two_children_knows_them_apart_but_may_enter_one_twice():
    host, child = ("王小明", "", "+8613811110001"), ("王小华", "", "+8613811110001")
    assert reasons(host, child) == [(Likeness.CHARACTER, Tie.PHONE)]
    assert reasons(host, child, host_id=1) == []
    assert reasons(host, ("王晓明", "", "+8613811110001"), host_id=1) == [(Likeness.SOUND, Tie.PHONE)]


def test_one_address_for_a_whole_office_is_a_suggestion_but_not_within_a_delegation():
    people = [Entry(1, "张伟", "", "", "office@example.cn"), Entry(2, "李敏", "", "", "Office@example.cn")]
    assert [pair.likeness for pair in find_pairs(people)] == [Likeness.EMAIL]
    assert find_pairs([one._replace(delegation_id=7) for one in people]) == []


@pytest.mark.parametrize(("one", "other", "found"), [
    ("abc", "abd", True), ("abc", "abcd", True), ("abc", "ac", True), ("abc", "xbc", False), ("abc", "bc", False), ("abc", "abc", False), ("abc", "acb", False),
    ("abc", "axy", False), ("abcd", "ab", False), ("", "a", False),
])
def test_names_differ_by_one_character(one, other, found):
    assert differ_by_one(one, other) is differ_by_one(other, one) is found


def test_three_of_one_name_are_one_group_and_telling_two_apart_leaves_the_third():
    pairs = find_pairs([Entry(number, "张伟", CHANGHONG, "", None) for number in (1, 2, 3)])
    assert [[(pair.first, pair.second) for pair in group] for group in grouped(pairs, set())] == [[(1, 2), (1, 3)]]
    apart = {(1, 2), (1, 3)}
    assert [[(pair.first, pair.second) for pair in group] for group in grouped(pairs, apart)] == [[(2, 3)]]


def test_a_thousand_namesakes_are_not_half_a_million_pairs():
    assert len(find_pairs([Entry(number, "张伟", CHANGHONG, "", None) for number in range(1000)])) == 999


def near(edition, **values):
    return registered(edition, "張偉", "13811110001"), registered(edition, "张伟", "13922220002", **values)


def test_the_page_says_why_two_are_beside_each_other_and_merges_nothing(client, edition, organiser):
    one, other = near(edition)
    page = client.sign_in(organiser).get("/work/2026/registration/doubles").text
    assert f"/registration/{one.id}/merge/{other.id}" in page
    assert "姓名读音相同" in page
    assert "单位相同" in page
    assert {found.merged_into_id for found in db.session.query(Registration)} == {None}


def test_two_people_are_told_apart_once_and_for_all(client, edition, organiser):
    one, other = near(edition)
    client.sign_in(organiser)
    for _ in range(2):
        assert client.post(f"/work/2026/registration/{other.id}/apart/{one.id}").status_code == 303
    assert f"/merge/{other.id}" not in client.get("/work/2026/registration/doubles").text
    assert db.session.query(RegistrationsApart).count() == 1


@pytest.mark.parametrize(("role", "region"), [(Role.ORGANISER, "mianyang"), (Role.GATE_STAFF, "province")])
def test_who_manages_nothing_there_tells_nobody_apart(edition, places, role, region):
    one, other = near(edition, region_id=places.chengdu.id)
    with pytest.raises(NotFound):
        actions_merging.keep_apart(edition.id, one.id, other.id, by=make_actor(role, getattr(places, region)))


def test_doubles_in_other_regions_are_not_shown(client, edition, places):
    registered(edition, "張偉", "13811110001", region_id=places.mianyang.id)
    other = registered(edition, "张伟", "13922220002", region_id=places.mianyang.id)
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert f"/merge/{other.id}" not in client.get("/work/2026/registration/doubles").text


def test_the_page_asks_as_often_for_many_doubles_as_for_one(client, edition, organiser, count_queries):
    client.sign_in(organiser).get("/work/2026/registration/doubles")  # What a session asks first is not counted.
    asked = []
    for start in (0, 1):
        for number in range(start, 1 + 2 * start):
            for name, phone in (("張偉", "1381111"), ("张伟", "1392222")):
                registered(edition, name, f"{phone}{number:04d}", organisation_name=f"长虹{number}")
        with count_queries() as counted:
            assert client.get("/work/2026/registration/doubles").text.count("/apart/") == 1 + 2 * start
        asked.append(counted())
    assert asked[0] == asked[1]
