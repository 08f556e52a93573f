"""Deciding, reissuing, cancelling: lifecycles over all pairs, rights, and what the badge does."""

from __future__ import annotations

import itertools

import pytest

from expo.kit.db import db
from expo.kit.history import verify
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.registration import actions, actions_desk, rules
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from tests.makers import make_actor, make_badge, make_edition, make_registration
from tests.registration.conftest import CONSENT, entry, registered

S = RegistrationStatus
ALLOWED = {(S.SUBMITTED, S.APPROVED), (S.SUBMITTED, S.DECLINED), (S.SUBMITTED, S.CANCELLED), (S.APPROVED, S.CANCELLED),
           (S.DECLINED, S.APPROVED), (S.DECLINED, S.CANCELLED), (S.CANCELLED, S.SUBMITTED), (S.CANCELLED, S.WAITING),
           (S.WAITING, S.SUBMITTED), (S.WAITING, S.APPROVED), (S.WAITING, S.DECLINED), (S.WAITING, S.CANCELLED)}


@pytest.mark.parametrize(("now", "then"), list(itertools.product(S, S)))
def test_a_registration_moves_only_along_its_lifecycle(now, then):
    assert rules.LIFECYCLE.allows(now, then) == ((now, then) in ALLOWED)


@pytest.mark.parametrize(("now", "then"), list(itertools.product(BadgeStatus, BadgeStatus)))
def test_a_badge_that_has_ended_never_comes_back(now, then):
    assert rules.BADGE_LIFECYCLE.allows(now, then) == (now is BadgeStatus.VALID and then is not BadgeStatus.VALID)


def badges_of(registration_id: int) -> list[Badge]:
    return db.session.query(Badge).filter_by(registration_id=registration_id).order_by(Badge.id).all()


def waiting(edition, region, name="陈记者"):
    return make_registration(edition, name, BadgeKind.MEDIA, S.SUBMITTED, region_path=region.path, phone="+8613800000001")


def test_approval_issues_the_badge_and_tells_the_person(edition, places, organiser):
    found = waiting(edition, places.chengdu)
    actions_desk.approve(edition.id, found.id, by=organiser)
    assert db.session.get(Registration, found.id).decided_by_id == organiser.person_id
    assert len(badges_of(found.id)) == 1
    assert db.session.query(OutboxMessage).one().address == "+8613800000001"


def test_a_decline_needs_a_reason_which_the_person_reads(edition, places, organiser):
    found = waiting(edition, places.chengdu)
    with pytest.raises(Refused):
        actions_desk.decline(edition.id, found.id, "  ", by=organiser)
    actions_desk.decline(edition.id, found.id, "请补交记者证", by=organiser)
    assert badges_of(found.id) == []
    assert "请补交记者证" in db.session.query(OutboxMessage).one().body


def test_a_reissue_kills_the_old_badge_in_the_same_moment(edition, organiser):
    found = registered(edition)
    old = badges_of(found.id)[0].code
    new = actions_desk.reissue(edition.id, found.id, "遗失", by=organiser)
    assert [(b.status, b.code == old) for b in badges_of(found.id)] == [(BadgeStatus.REPLACED, True), (BadgeStatus.VALID, False)]
    assert badges_of(found.id)[1].code == new.code


def test_a_cancelled_registration_has_no_valid_badge_and_none_is_reissued(edition, organiser):
    found = registered(edition)
    actions_desk.cancel(edition.id, found.id, "重复报名", by=organiser)
    assert [b.status for b in badges_of(found.id)] == [BadgeStatus.CANCELLED]
    with pytest.raises(Refused):
        actions_desk.reissue(edition.id, found.id, "遗失", by=organiser)


def test_many_are_approved_together_and_the_others_are_named(edition, places, organiser):
    people = [waiting(edition, places.chengdu, f"记者{n}") for n in range(3)]
    done = registered(edition, name="已到者")
    decided = actions_desk.approve_many(edition.id, [*(p.id for p in people), done.id], by=organiser)
    assert decided.done == 3
    assert [name for name, _why in decided.left] == ["已到者"]


def test_the_page_before_a_bulk_decision_changes_nothing(client, edition, places, organiser):
    people = [waiting(edition, places.chengdu, f"记者{n}") for n in range(2)]
    ids = [str(p.id) for p in people]
    client.sign_in(organiser)
    page = client.post("/work/2026/registration/many/decline", data={"ids": ids})
    assert page.status_code == 200
    assert "记者0" in page.text
    assert {r.status for r in db.session.query(Registration)} == {S.SUBMITTED}
    answer = client.post("/work/2026/registration/many/decline", data={"ids": ids, "confirmed": "yes", "note": ""})
    assert answer.status_code == 422
    client.post("/work/2026/registration/many/decline", data={"ids": ids, "confirmed": "yes", "note": "名额已满"})
    db.session.expire_all()
    assert {r.status for r in db.session.query(Registration)} == {S.DECLINED}


@pytest.mark.parametrize("act", [
    lambda e, r, by: actions_desk.approve(e, r, by=by),
    lambda e, r, by: actions_desk.decline(e, r, "原因", by=by),
    lambda e, r, by: actions_desk.cancel(e, r, "原因", by=by),
    lambda e, r, by: actions_desk.change(e, r, entry(), by=by),
], ids=["approve", "decline", "cancel", "change"])
def test_an_organiser_decides_in_the_own_city_only(edition, places, act):
    found = waiting(edition, places.chengdu)
    with pytest.raises(NotFound):
        act(edition.id, found.id, make_actor(Role.ORGANISER, places.mianyang))
    with pytest.raises(NotFound):
        act(make_edition("2031").id, found.id, make_actor(Role.ORGANISER, places.chengdu))
    act(edition.id, found.id, make_actor(Role.ORGANISER, places.chengdu))


@pytest.mark.parametrize("role", [Role.GATE_STAFF, Role.AUDITOR, Role.CARETAKER])
def test_roles_without_the_right_decide_nothing(edition, places, role):
    found = waiting(edition, places.chengdu)
    with pytest.raises((NotFound, Forbidden)):
        actions_desk.approve(edition.id, found.id, by=make_actor(role, places.province))
    assert db.session.get(Registration, found.id).status is S.SUBMITTED


def test_the_desk_registers_visitors_but_no_guests_of_honour(edition, desk_staff, organiser):
    found = actions.register_at_desk(edition.id, entry(), BadgeKind.VISITOR, CONSENT, by=desk_staff)
    assert (found.is_new, found.registration.status) == (True, S.APPROVED)
    with pytest.raises(Forbidden):
        actions.register_at_desk(edition.id, entry("贵宾", "13900000002"), BadgeKind.GUEST, CONSENT, by=desk_staff)
    guest = actions.register_at_desk(edition.id, entry("贵宾", "13900000002"), BadgeKind.GUEST, CONSENT, by=organiser)
    assert guest.registration.status is S.APPROVED


def test_the_desk_of_another_edition_has_no_rights_here(edition, places):
    other = make_edition("2031")
    with pytest.raises(Forbidden):
        actions.register_at_desk(edition.id, entry(), BadgeKind.VISITOR, CONSENT,
                                 by=make_actor(Role.GATE_STAFF, places.chengdu, other))


def test_contact_data_is_shown_to_whoever_may_and_the_look_is_logged(client, edition, places, organiser):
    found = registered(edition)
    client.sign_in(organiser)
    page = client.get(f"/work/2026/registration/{found.id}").text
    assert "138****5678" in page
    assert "+8613812345678" not in page
    assert "+8613812345678" in client.post(f"/work/2026/registration/{found.id}/contact").text
    assert "查看联系方式" in client.get(f"/work/2026/registration/{found.id}").text
    with pytest.raises(Forbidden):
        actions_desk.show_contact(edition.id, found.id, by=make_actor(Role.AUDITOR, places.province))


def test_the_history_holds_no_personal_data_and_its_chain_holds(edition, organiser):
    found = registered(edition, email="wang@example.cn")
    actions_desk.reissue(edition.id, found.id, "遗失", by=organiser)
    from expo.kit.history import HistoryRow
    rows = "".join(str(row.changes) for row in db.session.query(HistoryRow))
    for secret in ("王敏", "13812345678", "wang@example.cn", found.token):
        assert secret not in rows
    assert verify() == []


def test_lists_show_each_region_its_own_people(client, edition, places):
    waiting(edition, places.qingyang, "青羊人")
    waiting(edition, places.fucheng, "涪城人")
    page = client.sign_in(make_actor(Role.ORGANISER, places.mianyang)).get("/work/2026/registration/").text
    assert "涪城人" in page
    assert "青羊人" not in page


@pytest.mark.parametrize("address", ["/work/2026/registration/", "/work/2026/registration/export.csv",
                                     "/work/2026/registration/1", "/work/2026/desk"])
def test_pages_are_closed_to_people_without_the_right(client, edition, places, address):
    assert client.get(address).status_code in {302, 303}
    assert client.sign_in(make_actor(Role.REVIEWER, places.province)).get(address).status_code == 403


@pytest.mark.parametrize("address", ["/work/2026/registration/", "/work/2026/desk?q=观众"])
def test_a_list_asks_the_database_the_same_number_of_questions_however_long_it_is(
    client, edition, places, organiser, count_queries, address
):
    client.sign_in(organiser)
    counts = []
    for rows in (1, 3):
        while db.session.query(Registration).count() < rows:
            found = make_registration(edition, "观众", region_path=places.chengdu.path, region_id=places.chengdu.id)
            make_badge(found)
        client.get(address)
        with count_queries() as count:
            client.get(address)
            counts.append(count())
    assert counts[0] == counts[1]


def test_an_export_is_the_list_shown_and_disarms_formulas(client, edition, places, organiser):
    make_registration(edition, "=HYPERLINK(1)", region_path=places.chengdu.path, phone="+8613812345678")
    make_registration(edition, "记者", BadgeKind.MEDIA, region_path=places.chengdu.path)
    client.sign_in(organiser)
    text = client.get("/work/2026/registration/export.csv?kind=visitor").get_data().decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert "记者" not in text.split("\n", 1)[1]
    assert "13812345678" not in text
    assert client.get("/work/2026/registration/export.xlsx").data[:2] == b"PK"


@pytest.mark.parametrize(("q", "found"), [("九洲", True), ("5678", True), ("王敏", True), ("13812345678", True), ("9999", False)])
def test_people_are_found_by_name_organisation_and_the_phones_last_digits(client, edition, organiser, q, found):
    registered(edition)
    page = client.sign_in(organiser).get(f"/work/2026/registration/?q={q}").text
    assert ("138****5678" in page) == found
