"""Delegations: one by one and by sheet, checked before anything happens; companions and shared phones."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from expo.kit import clock, jobs
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.sheets import open_sheet, xlsx_chunks
from expo.people.models import Person
from expo.people.permissions import Role
from expo.registration import actions, actions_companions, actions_delegations
from expo.registration.actions_delegations import DelegationEntry
from expo.registration.models import Badge, BadgeKind, Registration, RegistrationStatus
from expo.registration.models_invitations import Delegation, DelegationList
from tests.makers import make_actor, make_person
from tests.registration.conftest import CONSENT, entry, registered
from tests.together import together

S = RegistrationStatus
V = BadgeKind.VISITOR
PHONE = "13900001111"


@pytest.fixture
def delegation(edition, places, organiser) -> Delegation:
    return actions_delegations.open_delegation(edition.id, described(places.chengdu.id), by=organiser)


def described(region_id: int, **values: Any) -> DelegationEntry:
    given = {"name": "成都代表团", "badge_kinds": [V, BadgeKind.EXHIBITOR], "places": 3, "region_id": region_id,
             "contact_name": "李联络", "contact_phone": PHONE} | values
    return DelegationEntry(**given)


def add(delegation, name="张三", phone="13812340001", kind=V, **values):
    return actions_delegations.add_member(delegation.token, entry(name, phone, **values), kind, by=ANONYMOUS)


def sheet(*rows: list[Any], header=("编号", "姓名", "手机", "单位", "证件类型")) -> bytes:
    return b"".join(xlsx_chunks(header, [[cell or "" for cell in row] for row in rows]))


def upload(client, delegation, content: bytes):
    data = {"file": (io.BytesIO(content), "名单.xlsx"), "consent": "y"}
    return client.post(f"/delegation/{delegation.token}/list", data=data, content_type="multipart/form-data")


def work_off() -> None:
    for number in jobs.list_waiting():
        jobs.run_job(number)
    db.session.expire_all()


def names() -> list[str]:
    return sorted(one.name for one in db.session.query(Registration))


def test_the_contact_person_gets_the_address_and_the_old_one_dies_with_a_new_person(client, edition, places, organiser, delegation):
    sent = db.session.query(OutboxMessage).one()
    assert (sent.address, delegation.token in sent.body) == (f"+86{PHONE}", True)
    old = delegation.token
    actions_delegations.change_delegation(edition.id, delegation.id,
                                          described(places.chengdu.id, contact_phone="13900002222"), by=organiser)
    assert client.get(f"/delegation/{old}").status_code == 404


def test_members_are_registered_changed_and_taken_off(client, edition, delegation):
    base = f"/delegation/{delegation.token}"
    data = {"name": "张三", "phone": "13812340001", "organisation_name": "甲公司", "region_id": "0", "badge_kind": "visitor"}
    assert client.post(f"{base}/add", data=data).status_code == 422
    assert client.post(f"{base}/add", data=data | {"consent": "y"}).status_code == 303
    found = db.session.query(Registration).one()
    assert (found.delegation_id, found.status) == (delegation.id, S.APPROVED)
    assert client.post(f"{base}/{found.id}", data={"name": "张三丰", "organisation_name": "甲公司", "region_id": "0"}).status_code == 303
    client.post(f"{base}/{found.id}/cancel")
    db.session.expire_all()
    found = db.session.query(Registration).one()
    assert (found.name, found.status) == ("张三丰", S.CANCELLED)


def test_who_has_no_phone_is_reached_through_the_contact_person(client, edition, delegation):
    base = f"/delegation/{delegation.token}"
    for name in ("小明", "小红"):
        client.post(f"{base}/add", data={"name": name, "phone": "", "organisation_name": "甲", "region_id": "0", "consent": "y",
                                         "badge_kind": "visitor"})
    assert {one.phone for one in db.session.query(Registration)} == {f"+86{PHONE}"}
    assert {one.person.phone for one in db.session.query(Registration).options(sa.orm.joinedload(Registration.person))} == {None}


def test_a_delegation_has_so_many_places_also_when_all_come_at_once(app, edition, delegation):
    token = delegation.token
    answers = together(app, [
        partial(actions_delegations.add_member, token, entry(f"成员{n}", f"1381235{n:04d}"), V, by=ANONYMOUS) for n in range(6)
    ])
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    db.session.expire_all()
    assert db.session.query(Registration).count() == 3


def test_a_closed_list_is_only_read(client, edition, delegation):
    delegation_token = delegation.token
    with db.engine.begin() as connection:
        connection.execute(sa.update(Delegation).values(open_until=clock.now() - timedelta(days=1)))
    db.session.expire_all()
    assert client.get(f"/delegation/{delegation_token}").status_code == 200
    with pytest.raises(Refused):
        add(delegation)


def test_another_delegations_member_is_out_of_reach(edition, places, organiser, delegation):
    other = actions_delegations.open_delegation(edition.id, described(places.mianyang.id, name="绵阳代表团"), by=organiser)
    found = add(delegation)
    with pytest.raises(NotFound):
        actions_delegations.cancel_member(other.token, found.id, by=ANONYMOUS)


def test_a_checked_sheet_registers_nobody_until_it_is_confirmed(client, edition, delegation):
    content = sheet([None, "张三", "13812340001", "甲公司", "观众"], [None, "李四", "", "乙公司", "参展"])
    page = upload(client, delegation, content)
    assert page.status_code == 303
    assert names() == []
    client.post(page.location)
    work_off()
    assert names() == ["张三", "李四"]
    kinds = {one.name: (one.badge_kind, one.status) for one in db.session.query(Registration)}
    assert kinds == {"张三": (V, S.APPROVED), "李四": (BadgeKind.EXHIBITOR, S.SUBMITTED)}


def test_bad_rows_are_named_with_row_column_and_reason_and_the_good_ones_go_on(client, edition, delegation):
    content = sheet([None, "张三", "12345", "甲", "观众"], [None, "", "13812340002", "甲", "观众"], [99, "王五", "", "甲", "观众"],
                    [None, "赵六", "13812340003", "甲", "嘉宾"], [None, "孙七", "13812340004", "甲", "观众"],
                    [None, "孙七七", "13812340004", "甲", "观众"])
    page = upload(client, delegation, content)
    text = client.get(page.location).text
    errors = db.session.query(DelegationList).one().errors[1:]
    assert [(row, column) for row, column, *_rest in errors] == [(2, "手机"), (3, "姓名"), (4, "编号"), (5, "证件类型"), (7, "")]
    assert "12345" in text
    again = client.get(f"{page.location}/errors.csv").get_data(as_text=True)
    assert again.count("\n") == 6
    client.post(page.location)
    work_off()
    assert names() == ["孙七"]


def test_the_downloaded_list_sent_back_changes_only_what_was_changed(client, edition, delegation):
    first, second = add(delegation), add(delegation, "李四", "13812340002")
    got = open_sheet(client.get(f"/delegation/{delegation.token}/list.xlsx").data)
    rows = [[*row.cells, *[""] * (len(got.header) - len(row.cells))] for row in got.rows()]
    rows[0][got.header.index("职务")] = "总工程师"
    page = upload(client, delegation, sheet(*rows, header=got.header))
    kept = db.session.query(DelegationList).one()
    assert [bool(row.get("same")) for row in kept.rows] == [False, True]
    client.post(page.location)
    work_off()
    assert (db.session.get(Registration, first.id).job_title, db.session.get(Registration, second.id).job_title) == ("总工程师", "工程师")
    assert db.session.query(Registration).count() == 2


def test_a_member_from_a_county_stays_there_on_the_sheet_and_in_the_form(client, edition, places, delegation):
    found = add(delegation, region_id=places.qingyang.id)
    got = open_sheet(client.get(f"/delegation/{delegation.token}/list.xlsx").data)
    upload(client, delegation, sheet(*([*row.cells, *[""] * (len(got.header) - len(row.cells))] for row in got.rows()), header=got.header))
    assert [bool(row.get("same")) for row in db.session.query(DelegationList).one().rows] == [True]
    page = client.get(f"/delegation/{delegation.token}/{found.id}").text
    assert re.search(rf'<option selected value="{places.qingyang.id}">', page)


def test_rows_beyond_the_places_are_left_with_their_reason(client, edition, delegation):
    page = upload(client, delegation, sheet(*[[None, f"成员{n}", f"1381236{n:04d}", "甲", "观众"] for n in range(5)]))
    client.post(page.location)
    client.post(page.location)
    work_off()
    assert db.session.query(Registration).count() == 3
    faults = [row["fault"] for row in db.session.query(DelegationList).one().rows]
    assert [bool(fault) for fault in faults] == [False, False, False, True, True]


def test_a_list_that_was_stopped_goes_on_where_it_was(edition, delegation):
    rows = [{"row": n, "number": 0, "name": f"成员{n}", "phone": f"+861381237{n:04d}", "shares_phone": False, "email": None,
             "organisation_name": "甲", "job_title": "", "region_id": None, "zone": "", "kind": "visitor", "answers": {}}
            for n in range(3)]
    kept = actions_delegations.keep_list(delegation.token, "x", rows, [], by=ANONYMOUS)
    assert actions_delegations.take_rows(delegation.id, kept.id, 2, by=ANONYMOUS) == (2, 3)
    assert actions_delegations.take_rows(delegation.id, kept.id, 2, by=ANONYMOUS) == (3, 3)
    assert actions_delegations.take_rows(delegation.id, kept.id, 2, by=ANONYMOUS) == (3, 3)
    assert db.session.query(Registration).count() == 3


def test_what_is_no_sheet_is_refused_in_a_sentence(client, edition, delegation):
    answer = upload(client, delegation, b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    assert answer.status_code in {303, 409}
    assert db.session.query(DelegationList).count() == 0


def test_delegations_are_opened_in_ones_own_regions(client, edition, places, organiser, delegation):
    city = make_actor(Role.ORGANISER, places.mianyang)
    with pytest.raises(Forbidden):
        actions_delegations.open_delegation(edition.id, described(places.chengdu.id, name="别的"), by=city)
    with pytest.raises(NotFound):
        actions_delegations.end_delegation(edition.id, delegation.id, by=city)
    client.sign_in(city)
    assert client.get(f"/work/2026/delegations/{delegation.id}").status_code == 404
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    assert delegation.token not in client.get(f"/work/2026/delegations/{delegation.id}").text
    client.sign_in(organiser)
    assert delegation.token in client.get(f"/work/2026/delegations/{delegation.id}").text
    client.post(f"/work/2026/delegations/{delegation.id}/end")
    assert client.get(f"/delegation/{delegation.token}").status_code == 404


def test_a_family_comes_along_on_one_phone_each_with_a_badge(client, edition):
    host = registered(edition)
    for name in ("王小禾", "王小满"):
        client.post(f"/my/{host.token}/companions", data={"name": name, "birth_year": "2018", "agreed": "y"})
    companions = db.session.query(Registration).filter_by(host_id=host.id).all()
    assert [(one.phone, one.status) for one in companions] == [(host.phone, S.APPROVED)] * 2
    assert db.session.query(Badge).count() == 3
    assert len({one.person_id for one in companions} | {host.person_id}) == 3
    client.post(f"/my/{host.token}/cancel")
    db.session.expire_all()
    assert {one.status for one in db.session.query(Registration)} == {S.CANCELLED}


def test_a_companion_needs_consent_a_free_place_and_a_name_of_their_own(edition):
    host = registered(edition)
    with pytest.raises(Refused):
        actions_companions.bring_along(host.token, "王小禾", 2018, False, by=ANONYMOUS)
    actions_companions.bring_along(host.token, "王小禾", 2018, True, by=ANONYMOUS)
    with pytest.raises(Refused):
        actions_companions.bring_along(host.token, "王小禾", 2018, True, by=ANONYMOUS)
    for n in range(3):
        actions_companions.bring_along(host.token, f"孩子{n}", 2018, True, by=ANONYMOUS)
    with pytest.raises(Refused):
        actions_companions.bring_along(host.token, "第五个", 2018, True, by=ANONYMOUS)


def test_a_child_registers_on_the_mothers_phone_whether_or_not_she_did(edition):
    child = registered(edition, "小禾", shares_phone=True)
    mother = registered(edition, "王敏")
    again = actions.register(edition.id, entry("小禾", shares_phone=True), V, CONSENT, by=ANONYMOUS)
    assert child.person_id != mother.person_id
    assert (again.is_new, again.registration.id) == (False, child.id)
    people = {one.name: (one.phone, one.shared_phone) for one in db.session.query(Person) if one.name in {"小禾", "王敏"}}
    assert people == {"小禾": (None, "+8613812345678"), "王敏": ("+8613812345678", None)}


def test_an_account_that_only_claims_a_number_gets_nothing_of_its_owner(edition):
    thief = make_person("冒名者", phone="+8613812345678", email="thief@example.cn", email_confirmed_at=clock.now())
    found = registered(edition)
    assert found.person_id != thief.id
    owner = make_person("真机主", phone="+8613700000001", phone_confirmed_at=clock.now(), email="a@example.cn",
                        email_confirmed_at=clock.now())
    assert registered(edition, "真机主", "13700000001").person_id == owner.id


def test_the_link_goes_to_the_address_that_was_asked_for_and_the_page_tells_nothing(client, edition):
    found = registered(edition, email="wang@example.cn")
    before = db.session.query(OutboxMessage).count()
    pages = [client.post("/expo/2026/register/link", data={"address": address}, follow_redirects=True).text
             for address in ("wang@example.cn", "nobody@example.cn")]
    assert pages[0] == pages[1]
    sent = db.session.query(OutboxMessage).all()[before:]
    assert [(one.address, found.token in one.body) for one in sent] == [("wang@example.cn", True)]


def test_the_list_asks_the_database_the_same_number_of_questions_however_long_it_is(client, edition, delegation, count_queries):
    counts, token = [], delegation.token
    for number in (1, 3):
        while db.session.query(Registration).count() < number:
            add(delegation, f"成员{number}", f"1381238{db.session.query(Registration).count():04d}")
        client.get(f"/delegation/{token}")
        db.session.remove()
        with count_queries() as count:
            client.get(f"/delegation/{token}")
            counts.append(count())
    assert counts[0] == counts[1]
