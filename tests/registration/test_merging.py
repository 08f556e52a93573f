"""Doubles made one, people forgotten, times of keeping, consents asked anew."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from expo.checkin.models import Gate, Scan, ScanResult
from expo.editions.models import Edition
from expo.kit import clock, history, jobs
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.files import StoredFile, storage
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.actions_merging import merge_persons
from expo.people.models import Consent, ConsentPurpose, Membership, MembershipStatus, Person
from expo.people.permissions import Role
from expo.registration import actions_forgetting, actions_kinds, actions_merging
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_forms import KeptThing
from expo.registration.queries import count_registrations
from tests.makers import grant, make_actor, make_organisation, make_person, make_venue, stored
from tests.registration.conftest import registered

S = RegistrationStatus


def pair(edition):
    return registered(edition), registered(edition, phone="13912345678", email="wang@example.cn", job_title="总工程师")


def again(found):
    db.session.expire_all()
    return db.session.get(Registration, found.id)


def scan(edition, places, found, gate=None, **values):
    gate = gate or stored(Gate(edition_id=edition.id, name="东门", venue_id=make_venue(places.chengdu).id,
                               region_path=places.chengdu.path))
    given = {"client_id": f"c{found.id}", "result": ScanResult.ADMITTED, "day": clock.now().date()} | values
    stored(Scan(edition_id=edition.id, gate_id=gate.id, registration_id=found.id, **given))
    return gate


def test_a_double_is_found_by_name_and_organisation(client, edition, organiser):
    kept, dropped = pair(edition)
    registered(edition, "别人", "13600000001")
    client.sign_in(organiser)
    page = client.get("/work/2026/registration/doubles").text
    assert f"/registration/{kept.id}/merge/{dropped.id}" in page
    assert "别人" not in page


def test_both_stand_side_by_side_and_contact_data_stays_masked(client, edition, organiser):
    kept, dropped = pair(edition)
    page = client.sign_in(organiser).get(f"/work/2026/registration/{kept.id}/merge/{dropped.id}").text
    assert "138****5678" in page
    assert "139****5678" in page
    assert "13912345678" not in page


def test_merging_keeps_one_badge_takes_what_was_chosen_and_leads_the_old_link_on(client, edition, organiser):
    kept, dropped = pair(edition)
    client.sign_in(organiser)
    client.post(f"/work/2026/registration/{kept.id}/merge/{dropped.id}", data={"take_job_title": "other", "take_phone": "mine"})
    now = again(kept)
    assert (now.job_title, now.phone, again(dropped).status) == ("总工程师", "+8613812345678", S.CANCELLED)
    assert [b.status for b in db.session.query(Badge).order_by(Badge.id)] == [BadgeStatus.VALID, BadgeStatus.CANCELLED]
    assert client.get(f"/my/{dropped.token}").location.endswith(kept.token)
    assert "与重复报名合并" in client.get(f"/work/2026/registration/{kept.id}").text
    with pytest.raises(Refused):
        actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)


def test_the_persons_become_one_and_their_history_stays(edition, organiser):
    kept, dropped = pair(edition)
    ids = kept.person_id, dropped.person_id
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)
    db.session.expire_all()
    gone = db.session.get(Person, ids[1])
    assert (gone.merged_into_id, gone.phone, gone.anonymised_at is not None) == (ids[0], None, True)
    assert {c.person_id for c in db.session.query(Consent)} == {ids[0]}
    assert again(dropped).person_id == ids[1]  # One registration per person and edition: the ended one stays where it was.
    assert history.verify() == []


def test_a_companion_who_is_merged_with_their_host_is_nobodys_companion(edition, organiser):
    host = registered(edition)
    companion = registered(edition, "王敏敏", "13912345678")
    with db.engine.begin() as connection:
        connection.execute(sa.update(Registration).where(Registration.id == companion.id).values(host_id=host.id))
    actions_merging.merge_registrations(edition.id, companion.id, host.id, [], by=organiser)
    assert again(companion).host_id is None


def test_an_account_is_never_merged_away(edition, organiser):
    kept, dropped = pair(edition)
    with db.engine.begin() as connection:
        connection.execute(sa.update(Person).where(Person.id == dropped.person_id).values(phone_confirmed_at=clock.now()))
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)
    db.session.expire_all()
    assert db.session.get(Person, dropped.person_id).merged_into_id is None
    with pytest.raises(Refused):
        merge_persons(kept.person_id, dropped.person_id, by=organiser)


def test_a_merge_hands_over_no_role(edition, places, organiser):
    kept, dropped = pair(edition)
    grant(db.session.get(Person, dropped.person_id), Role.ORGANISER, places.province)
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)
    db.session.expire_all()
    assert again(dropped).merged_into_id == kept.id
    assert db.session.get(Person, dropped.person_id).merged_into_id is None
    with pytest.raises(Refused):
        merge_persons(kept.person_id, dropped.person_id, by=organiser)


def test_what_two_records_have_alike_is_there_once_afterwards(app, places, organiser):
    kept, dropped = make_person("王敏"), make_person("王敏")
    one, other = make_organisation(places.chengdu), make_organisation(places.chengdu)
    for person, organisation in ((kept, one), (dropped, one), (dropped, other)):
        stored(Membership(person_id=person.id, organisation_id=organisation.id, status=MembershipStatus.CONFIRMED))
    merge_persons(kept.id, dropped.id, by=organiser)
    held = db.session.query(Membership).filter_by(person_id=kept.id)
    assert sorted(m.organisation_id for m in held) == sorted([one.id, other.id])


def test_entries_of_the_double_count_for_the_one_person_once_a_day(edition, places, organiser):
    kept, dropped = pair(edition)
    gate = scan(edition, places, kept)
    scan(edition, places, dropped, gate)
    actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=organiser)
    db.session.expire_all()
    rows = sorted((s.registration_id, s.result.value) for s in db.session.query(Scan))
    assert rows == sorted([(kept.id, "admitted"), (kept.id, "readmitted"), (dropped.id, "undone")])


@pytest.mark.parametrize(("role", "region", "error"), [
    (Role.ORGANISER, "mianyang", NotFound), (Role.GATE_STAFF, "province", NotFound), (Role.AUDITOR, "province", NotFound),
])
def test_who_manages_nothing_there_merges_nothing(edition, places, role, region, error):
    kept, dropped = registered(edition, region_id=places.chengdu.id), registered(edition, phone="13912345678",
                                                                                 region_id=places.chengdu.id)
    with pytest.raises(error):
        actions_merging.merge_registrations(edition.id, kept.id, dropped.id, [], by=make_actor(role, getattr(places, region)))


def test_all_ones_data_is_read_and_taken_away(client, edition, places):
    found = registered(edition, email="wang@example.cn")
    scan(edition, places, found)
    page = client.get(f"/my/{found.token}/data").text
    taken = json.loads(client.get(f"/my/{found.token}/data.json").data)
    for text in ("wang@example.cn", "+8613812345678", "四川九洲空管科技有限责任公司", "东门"):
        assert text in page
        assert text in json.dumps(taken, ensure_ascii=False)
    assert {c["version"] for c in taken["consents"]} == {"2026-1"}


def test_erasing_leaves_a_number_and_nothing_else(client, edition, places):
    found = registered(edition, kind=BadgeKind.MEDIA, email="wang@example.cn", region_id=places.chengdu.id)
    file = db.session.query(StoredFile).one()
    assert client.post(f"/my/{found.token}/erase", data={}).status_code == 422
    assert client.post(f"/my/{found.token}/erase", data={"sure": "y"}).status_code == 303
    now = again(found)
    assert (now.phone, now.email, now.organisation_name, now.answers, now.search_text) == ("", None, "", {}, "")
    assert (now.status, now.badge_kind, now.region_path) == (S.CANCELLED, BadgeKind.MEDIA, places.chengdu.path)
    assert client.get(f"/my/{found.token}").status_code == 404
    assert db.session.query(OutboxMessage).filter_by(address="wang@example.cn").count() == 0
    assert db.session.query(StoredFile).count() == 0
    assert not storage().exists(file.key)
    person = db.session.get(Person, found.person_id)
    assert (person.phone, person.anonymised_at is not None) == (None, True)
    assert "王敏" not in json.dumps([row.changes for row in db.session.query(history.HistoryRow)], ensure_ascii=False)
    assert history.verify() == []


def test_erasing_after_the_expo_keeps_that_somebody_was_there(edition):
    found = registered(edition)
    with clock.frozen(clock.now() + timedelta(days=9)):
        actions_forgetting.erase_own(found.token, by=ANONYMOUS)
    now = again(found)
    assert (now.status, now.anonymised_at is not None) == (S.APPROVED, True)
    assert db.session.query(Badge).one().status is BadgeStatus.CANCELLED


def test_an_account_stays_when_a_registration_is_erased(edition):
    person = make_person("王敏", phone="+8613812345678", phone_confirmed_at=clock.now())
    actions_forgetting.erase_own(registered(edition).token, by=ANONYMOUS)
    assert db.session.get(Person, person.id).phone == "+8613812345678"


def forget(days: int) -> None:
    with clock.frozen(clock.now() + timedelta(days=days)):
        actions_forgetting.start_forgetting()
        for number in jobs.list_waiting():
            jobs.run_job(number)
    db.session.expire_all()


def test_each_thing_is_forgotten_after_its_own_time_and_counts_stay(edition, organiser):
    found = registered(edition, kind=BadgeKind.MEDIA)
    actions_kinds.set_retention(edition.id, {KeptThing.PROOFS: 10, KeptThing.ANSWERS: 20, KeptThing.CONTACTS: 30,
                                             KeptThing.NAMES: 40}, by=organiser)
    forget(5)
    assert again(found).answers
    forget(15)
    assert (again(found).answers, again(found).phone) == ({}, "+8613812345678")
    assert db.session.query(StoredFile).count() == 0
    forget(35)
    assert (again(found).phone, again(found).name) == ("", "王敏")
    assert [count_registrations(edition.id, ["/"], q) for q in ("王敏", "5678", "13812345678")] == [1, 0, 0]
    forget(45)
    assert again(found).name != "王敏"
    assert db.session.query(Registration).count() == 1
    before = db.session.query(jobs.Job).count()
    forget(46)
    assert db.session.query(jobs.Job).count() == before


def test_an_edition_that_is_not_over_forgets_nothing(edition):
    registered(edition)
    forget(1)
    assert db.session.query(jobs.Job).count() == 0


LONG = "组委会为办理证件和入场处理您的姓名、手机号和单位，保存至展会结束后一年。"


def test_a_new_wording_is_a_new_version_and_people_are_asked_again(client, edition, organiser):
    found = registered(edition)
    assert "请重新阅读" not in client.get(f"/my/{found.token}").text
    actions_kinds.publish_wording(edition.id, ConsentPurpose.REGISTRATION, LONG, "", by=organiser)
    page = client.get(f"/my/{found.token}").text
    assert "请重新阅读" in page
    assert LONG in page
    client.post(f"/my/{found.token}/consents/registration/give")
    assert "请重新阅读" not in client.get(f"/my/{found.token}").text
    assert [(c.version, c.withdrawn_at is None) for c in db.session.query(Consent).order_by(Consent.id)] == [
        ("2026-1", False), ("2026-2", True)]
    assert again(found).status is S.APPROVED


def test_those_who_agreed_to_an_older_text_get_one_message_each(client, edition, organiser):
    registered(edition)
    registered(edition, "李四", "13900000001")
    client.sign_in(organiser)
    data = {"text": LONG, "text_en": ""}
    assert client.post("/work/2026/registration/setup/consents/registration", data=data).status_code == 303
    assert client.post("/work/2026/registration/setup/consents/registration", data=data).status_code == 422
    registered(edition, "新来的", "13900000002")
    before = db.session.query(OutboxMessage).count()
    for _ in range(2):
        client.post("/work/2026/registration/setup/consents/registration/ask")
    number = jobs.list_waiting()[0]
    jobs.run_job(number)
    jobs.run_job(number)
    assert db.session.query(OutboxMessage).count() == before + 2


def test_wordings_and_times_are_the_provinces(edition, places):
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        actions_kinds.publish_wording(edition.id, ConsentPurpose.SMS, LONG, "", by=city)
    with pytest.raises(Forbidden):
        actions_kinds.set_retention(edition.id, {KeptThing.NAMES: 1}, by=city)
    assert db.session.query(Edition).count() == 1


def test_the_badge_can_be_put_on_the_home_screen(client, edition):
    found = registered(edition)
    manifest = client.get(f"/my/{found.token}/app.webmanifest").get_json()
    assert manifest["start_url"] == f"/my/{found.token}"
    assert all(client.get(icon["src"]).status_code == 200 for icon in manifest["icons"])
    assert "manifest" in client.get(f"/my/{found.token}").text
