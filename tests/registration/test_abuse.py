"""What somebody might try who means no good, and what of somebody might stay behind who asked to be forgotten."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from expo.checkin import actions_sign_up
from expo.checkin.models import Gate, SignUp
from expo.kit import clock, jobs, outbox
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.files import StoredFile, storage, store_bytes
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import NotFound, Refused
from expo.registration import (
    actions,
    actions_companions,
    actions_delegations,
    actions_desk,
    actions_forgetting,
    actions_invitations,
    actions_kinds,
    actions_merging,
    actions_places,
)
from expo.registration.actions_kinds import FieldEntry
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.models_badges import BadgePaperSize, BadgePrint, BadgeRun, PrintOrder
from expo.registration.models_forms import FieldType, KeptThing
from expo.registration.models_invitations import Delegation, DelegationList
from expo.registration.rules_designs import clean_css
from expo.registration.rules_kinds import KindPolicy
from tests.makers import make_venue, stored
from tests.registration.conftest import CONSENT, entry, registered
from tests.registration.test_delegations import add, delegation, sheet, upload
from tests.registration.test_delegations import work_off as work_jobs_off
from tests.registration.test_merging import again, forget

__all__ = ["delegation"]  # A fixture.

S = RegistrationStatus
V = BadgeKind.VISITOR


def cancelled_and_back(found: Registration) -> Registration:
    actions.cancel_own(found.token, by=ANONYMOUS)
    actions.register_again(found.token, CONSENT, by=ANONYMOUS)
    return again(found)


# --- Getting in by a way that is closed ----------------------------------------------------------------------------


def test_a_code_for_one_lets_no_second_person_in_after_the_first_has_left_and_come_back(edition, organiser):
    actions_kinds.set_policy(edition.id, KindPolicy(BadgeKind.GUEST, is_public=False, needs_approval=False), by=organiser)
    (code,) = actions_invitations.make_invitations(edition.id, BadgeKind.GUEST, 1, 1, by=organiser)
    first = actions.register(edition.id, entry(), BadgeKind.GUEST, CONSENT, by=ANONYMOUS, code=code.code).registration
    assert first.status is S.APPROVED
    actions.cancel_own(first.token, by=ANONYMOUS)
    second = actions.register(edition.id, entry("李四", "13900000002"), BadgeKind.GUEST, CONSENT, by=ANONYMOUS, code=code.code)
    assert second.registration.status is S.APPROVED
    actions.register_again(first.token, CONSENT, by=ANONYMOUS)
    assert again(first).status is S.SUBMITTED


def test_who_waits_without_an_invitation_any_more_moves_up_to_be_looked_at(edition, organiser):
    actions_kinds.set_policy(edition.id, KindPolicy(BadgeKind.GUEST, is_public=False, needs_approval=False), by=organiser)
    codes = actions_invitations.make_invitations(edition.id, BadgeKind.GUEST, 1, 2, is_approved=False, by=organiser)
    first = actions.register(edition.id, entry(), BadgeKind.GUEST, CONSENT, by=ANONYMOUS, code=codes[0].code).registration
    actions.cancel_own(first.token, by=ANONYMOUS)
    quota = actions_places.set_quota(edition.id, BadgeKind.GUEST, "", "", 0, by=organiser)
    actions.register_again(first.token, CONSENT, by=ANONYMOUS)
    invited = actions.register(edition.id, entry("李四", "13900000002"), BadgeKind.GUEST, CONSENT, by=ANONYMOUS, code=codes[0].code)
    assert (again(first).status, again(invited.registration).status) == (S.WAITING, S.WAITING)
    actions_places.remove_quota(edition.id, quota, by=organiser)
    assert (again(first).status, again(invited.registration).status) == (S.SUBMITTED, S.APPROVED)


def test_a_badge_brings_no_more_people_along_by_cancelling_them_first(edition):
    host = registered(edition)
    first = [actions_companions.bring_along(host.token, f"孩子{n}", 2018, True, by=ANONYMOUS) for n in range(4)]
    for one in first:
        actions_companions.leave_behind(host.token, one.id, by=ANONYMOUS)
    for n in range(4, 8):
        actions_companions.bring_along(host.token, f"孩子{n}", 2018, True, by=ANONYMOUS)
    with pytest.raises(Refused):
        actions.register_again(first[0].token, CONSENT, by=ANONYMOUS)
    actions_companions.leave_behind(host.token, db.session.query(Registration).filter_by(name="孩子7").one().id, by=ANONYMOUS)
    actions.register_again(first[0].token, CONSENT, by=ANONYMOUS)
    assert again(first[0]).status is S.APPROVED


def test_nobody_comes_along_with_somebody_who_does_not_come(edition):
    host = registered(edition)
    child = actions_companions.bring_along(host.token, "王小禾", 2018, True, by=ANONYMOUS)
    actions.cancel_own(host.token, by=ANONYMOUS)
    with pytest.raises(Refused):
        actions.register_again(child.token, CONSENT, by=ANONYMOUS)
    assert cancelled_and_back_is_open(host)


def cancelled_and_back_is_open(found: Registration) -> bool:
    actions.register_again(found.token, CONSENT, by=ANONYMOUS)
    return again(found).status is S.APPROVED


def test_a_delegation_has_no_more_members_when_one_leaves_and_comes_back(edition, delegation):
    members = [add(delegation, f"成员{n}", f"1381234000{n}") for n in range(3)]
    actions.cancel_own(members[0].token, by=ANONYMOUS)
    add(delegation, "替补", "13812340009")
    with pytest.raises(Refused):
        actions.register_again(members[0].token, CONSENT, by=ANONYMOUS)
    actions.cancel_own(members[1].token, by=ANONYMOUS)
    actions.register_again(members[0].token, CONSENT, by=ANONYMOUS)
    assert again(members[0]).status is S.APPROVED


def test_who_does_not_come_holds_no_place_in_a_session(edition, places):
    gate = stored(Gate(edition_id=edition.id, name="沙龙", venue_id=make_venue(places.chengdu).id, needs_sign_up=True, places=1,
                       region_path=places.chengdu.path))
    first, second = registered(edition), registered(edition, "李四", "13900000002")
    number = gate.id
    actions_sign_up.sign_up(first.token, number, by=ANONYMOUS)
    with pytest.raises(Refused):
        actions_sign_up.sign_up(second.token, number, by=ANONYMOUS)
    actions.cancel_own(first.token, by=ANONYMOUS)
    actions_sign_up.sign_up(second.token, number, by=ANONYMOUS)
    assert [one.registration_id for one in db.session.query(SignUp)] == [second.id]


def test_a_delegations_address_stands_in_no_job_and_a_new_one_stops_none(client, edition, organiser, delegation):
    old = delegation.token
    upload(client, delegation, sheet(["", "张三", "13812340001", "单位", "观众"]))
    client.post(f"/delegation/{old}/lists/{db.session.query(DelegationList).one().id}")
    assert old not in json.dumps([job.arguments for job in db.session.query(jobs.Job)])
    described = actions_delegations.DelegationEntry("成都代表团", [V], 3, delegation.region_id, "新联络人", "13900002222")
    actions_delegations.change_delegation(edition.id, delegation.id, described, by=organiser)
    work_jobs_off()
    assert db.session.query(Registration).one().name == "张三"
    assert old not in json.dumps([job.result for job in db.session.query(jobs.Job)])


# --- Other people's phones -----------------------------------------------------------------------------------------


def sent() -> int:
    db.session.rollback()
    return db.session.query(OutboxMessage).count()


def test_nobodys_phone_rings_all_day_because_somebody_else_asks(edition):
    registered(edition)
    before = sent()
    for _ in range(4):
        actions.register(edition.id, entry(), V, CONSENT, by=ANONYMOUS)
        actions.send_links(edition.id, "13812345678", by=ANONYMOUS)
    assert sent() - before == actions.MOST_LINKS
    with clock.frozen(clock.now() + actions.LINKS_WITHIN + timedelta(minutes=1)):
        actions.send_links(edition.id, "13812345678", by=ANONYMOUS)
    assert sent() - before == actions.MOST_LINKS + 1


def test_only_so_many_people_register_on_one_phone(edition):
    for n in range(actions.MOST_ON_A_PHONE):
        registered(edition, f"家人{n}", shares_phone=True)
    with pytest.raises(Refused) as refused:
        registered(edition, "又一人", shares_phone=True)
    assert refused.value.field == "phone"
    assert registered(edition, "王敏").status is S.APPROVED


def test_each_link_has_limits_of_its_own_behind_one_address(client, edition, app):
    first, second = registered(edition), registered(edition, "李四", "13900000002")
    app.config["LIMITS_IN_TEST"] = True
    try:
        answers = [client.get(f"/my/{first.token}/data.json").status_code for _ in range(21)]
        assert (answers[:20], answers[20]) == ([200] * 20, 429)
        assert client.get(f"/my/{second.token}/data.json").status_code == 200
    finally:
        app.config["LIMITS_IN_TEST"] = False


@pytest.mark.parametrize("name", [
    "领奖 http://x.example", "ＨＴＴＰ：／／ｘ", "加微信 abc.top", "www.x.example", "【成都银行】王敏", "王敏13800000000", "a@b.cn", "<b>王敏</b>",
])
def test_a_name_is_no_message_to_somebody_elses_phone(client, edition, name):
    with pytest.raises(Refused) as refused:
        registered(edition, name)
    assert refused.value.field == "name"
    found = registered(edition)
    data = {"name": name, "organisation_name": "新单位", "job_title": "", "email": "", "region_id": "0"}
    assert client.post(f"/my/{found.token}/change", data=data).status_code == 422
    assert again(found).name == "王敏"


@pytest.mark.parametrize("name", ["阿卜杜热依木江·买买提", "Dr. J. R. Smith Jr.", "O'Neill-张", "钟𬭼", "王敏（小）", "Mary-Ann St.John"])
def test_every_real_name_is_taken(edition, name):
    assert registered(edition, name).name == name


# --- Other people's documents --------------------------------------------------------------------------------------


def test_a_number_never_becomes_somebody_elses_document_by_merging(edition, organiser):
    actions_kinds.add_field(edition.id, V, FieldEntry(FieldType.NUMBER, "人数"), by=organiser)
    actions_kinds.add_field(edition.id, BadgeKind.TRADE_VISITOR, FieldEntry(FieldType.FILE, "照片"), by=organiser)
    secret = registered(edition, "记者", "13700000001", BadgeKind.MEDIA).answers["proof"]
    kept = registered(edition, kind=BadgeKind.TRADE_VISITOR)
    dropped = registered(edition, phone="13912345678", answers={"f1": secret})
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, ["answers"], by=organiser)
    assert again(kept).answers == {}
    with pytest.raises(NotFound):
        actions_desk.open_proof(edition.id, kept.id, "f1", by=organiser)
    actions_forgetting.erase_own(kept.token, by=ANONYMOUS)
    assert db.session.get(StoredFile, secret)


def documents() -> list[str]:
    db.session.expire_all()
    return [row.key for row in db.session.query(StoredFile).order_by(StoredFile.id)]


def another_card() -> dict[str, object]:
    return {"proof": store_bytes(b"%PDF-1.4 another card", "card.pdf", "application/pdf", "proof")}


def test_a_document_that_was_replaced_is_gone(edition):
    found = registered(edition, kind=BadgeKind.MEDIA)
    (before,) = documents()
    actions.change_own(found.token, entry(files=another_card()), by=ANONYMOUS)
    (after,) = documents()
    assert after != before
    assert (storage().exists(before), storage().exists(after)) == (False, True)


def test_after_a_merge_each_document_belongs_to_one_and_goes_with_it(edition, organiser):
    kept = registered(edition, kind=BadgeKind.MEDIA)
    dropped = registered(edition, phone="13912345678", kind=BadgeKind.MEDIA, files=another_card())
    mine, theirs = documents()
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, ["answers"], by=organiser)
    assert documents() == [theirs]
    assert not storage().exists(mine)
    actions_forgetting.erase_own(kept.token, by=ANONYMOUS)
    assert documents() == []
    assert not storage().exists(theirs)


# --- Being forgotten -----------------------------------------------------------------------------------------------


def stored_words() -> str:
    """All that the database holds, as one text."""
    db.session.rollback()
    rows = [list(map(str, row)) for table in db.metadata.sorted_tables for row in db.session.execute(sa.select(table))]
    return json.dumps(rows, ensure_ascii=False)


def test_erasing_reaches_the_double_and_works_by_its_old_link_too(edition, organiser):
    kept, dropped = registered(edition, "欧阳静"), registered(edition, "欧阳静", "13912345678", job_title="独角兽饲养员")
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)
    actions_forgetting.erase_own(dropped.token, by=ANONYMOUS)
    for word in ("欧阳静", "独角兽饲养员", "13912345678", "13812345678"):
        assert word not in stored_words()


def test_erasing_takes_what_was_written_to_somebody_and_about_them(edition, organiser):
    found = registered(edition, "欧阳静", kind=BadgeKind.MEDIA, email="ouyang@example.cn")
    other = registered(edition, "欧阳和", shares_phone=True)
    actions_desk.decline(edition.id, found.id, "欧阳静的记者证已过期", by=organiser)
    actions_forgetting.erase_own(found.token, by=ANONYMOUS)
    db.session.expire_all()
    assert "欧阳静" not in json.dumps([m.body for m in db.session.query(OutboxMessage)], ensure_ascii=False)
    assert again(found).decision_note != "欧阳静的记者证已过期"
    assert any(other.token in m.body for m in db.session.query(OutboxMessage))


def test_erasing_takes_somebody_out_of_their_delegations_sheets(client, edition, delegation):
    rows = [["", "欧阳静", "13812340001", "单位", "观众"], ["", "李四", "13812340002", "单位", "观众"],
            ["", "欧阳静", "13812340001", "单位", "没有的证件"]]
    upload(client, delegation, sheet(*rows))
    kept = db.session.query(DelegationList).one()
    client.post(f"/delegation/{delegation.token}/lists/{kept.id}")
    work_jobs_off()
    found = db.session.query(Registration).filter_by(name="欧阳静").one()
    actions_forgetting.erase_own(found.token, by=ANONYMOUS)
    assert "欧阳静" not in stored_words()
    db.session.expire_all()
    assert [row["name"] for row in db.session.query(DelegationList).one().rows] == ["李四"]


def test_with_the_last_names_go_papers_sheets_and_contacts(client, edition, organiser, delegation):
    upload(client, delegation, sheet(["", "欧阳静", "13812340001", "单位", "观众"]))
    client.post(f"/delegation/{delegation.token}/lists/{db.session.query(DelegationList).one().id}")
    actions_invitations.make_invitations(edition.id, BadgeKind.GUEST, 1, 1, note="欧阳静亲启", by=organiser)
    from expo.registration import actions_badges

    work_jobs_off()
    actions_badges.start_run(edition.id, "", {}, [], PrintOrder.NAME, BadgePaperSize.SINGLE, by=organiser)
    work_jobs_off()
    papers = documents()
    assert len(papers) == 2
    actions_kinds.set_retention(edition.id, dict.fromkeys(KeptThing, 10), by=organiser)
    forget(15)
    for number in outbox.list_due():
        outbox.deliver(number)
    with clock.frozen(clock.now() + outbox.KEPT + timedelta(days=1)):
        outbox.forget_old()
    for word in ("欧阳静", "李联络", "13900001111", "13812340001"):
        assert word not in stored_words()
    assert documents() == []
    assert not any(storage().exists(key) for key in papers)
    assert db.session.query(BadgeRun).count() == 0
    assert db.session.query(BadgePrint).count() == 1
    assert client.get(f"/delegation/{delegation.token}").status_code == 404
    assert db.session.query(Delegation).one().ended_at


def test_messages_that_arrived_or_were_given_up_are_kept_for_a_while_only(edition):
    registered(edition)
    with clock.frozen(clock.now() + outbox.KEPT + timedelta(days=1)):
        outbox.forget_old()
        assert sent() == 1  # It waits, so it is not old.
        db.session.rollback()
        for number in outbox.list_due():
            outbox.deliver(number)
        outbox.forget_old()
        assert sent() == 1
    with clock.frozen(clock.now() + 2 * outbox.KEPT + timedelta(days=2)):
        outbox.forget_old()
    assert sent() == 0


# --- Designs that would hold up everybody's badges -----------------------------------------------------------------


@pytest.mark.parametrize("css", [
    ".a { display: flex }", ".a { display: inline-flex }", ".a { display: grid }", ".a { display: var(--kind) }",
    ".a { --b: var(--a) var(--a) }", ".a { --long: 1px 1px 1px 1px 1px 1px 1px 1px 1px }",
])
def test_what_takes_minutes_to_lay_out_is_not_allowed_on_badges(css):
    found = clean_css(css)
    assert found.text == ".a {  }"
    assert found.faults


def test_named_values_and_plain_boxes_are_allowed_on_badges():
    css = ".a { --edge: 1mm 2mm; margin: var(--edge); display: inline-block; color: var(--band); }"
    assert clean_css(css).text == css
    assert not clean_css(css).faults
