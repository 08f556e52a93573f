"""Registering: who gets in at once, who waits, and what nobody learns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from expo.kit import clock
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Refused
from expo.people.models import Consent, ConsentPurpose, Person
from expo.registration import actions, rules, views
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_invitations import PlaceQuota
from tests.makers import make_edition, make_person, stored
from tests.registration.conftest import CONSENT, entry, form_data, registered


def badges_of(registration_id: int) -> list[Badge]:
    return db.session.query(Badge).filter_by(registration_id=registration_id).order_by(Badge.id).all()


def test_a_visitor_is_approved_at_once_and_gets_a_badge_and_a_message(edition):
    found = registered(edition, email="Wang@Example.cn")
    assert found.status is RegistrationStatus.APPROVED
    assert [b.status for b in badges_of(found.id)] == [BadgeStatus.VALID]
    sent = {m.channel.value: m for m in db.session.query(OutboxMessage)}
    assert sent["sms"].address == "+8613812345678"
    assert sent["mail"].address == "wang@example.cn"
    assert f"/my/{found.token}" in sent["sms"].body
    assert "BEGIN:VCALENDAR" in sent["mail"].attachments[0]["text"]


def test_the_press_waits_for_approval_without_a_badge(edition):
    found = registered(edition, kind=BadgeKind.MEDIA)
    assert found.status is RegistrationStatus.SUBMITTED
    assert badges_of(found.id) == []


@pytest.mark.parametrize("kind", [k for k in BadgeKind if k not in rules.PUBLIC_KINDS])
def test_kinds_that_the_organiser_gives_are_not_on_the_public_form(edition, kind):
    with pytest.raises(Refused):
        registered(edition, kind=kind)
    assert db.session.query(Registration).count() == 0


def test_nothing_is_stored_without_the_necessary_consent(edition):
    with pytest.raises(Refused):
        actions.register(edition.id, entry(), BadgeKind.VISITOR, {ConsentPurpose.SMS}, by=ANONYMOUS)
    assert db.session.query(Person).filter_by(phone="+8613812345678").count() == 0


def test_each_consent_is_kept_with_the_version_of_its_text(edition):
    found = actions.register(edition.id, entry(), BadgeKind.VISITOR, {ConsentPurpose.REGISTRATION, ConsentPurpose.PICTURES},
                             by=ANONYMOUS).registration
    consents = db.session.query(Consent).filter_by(person_id=found.person_id)
    assert {(c.purpose.value, c.version) for c in consents} == {("registration", "2026-1"), ("pictures", "2026-1")}


def test_registration_is_refused_before_it_opens_and_after_it_has_closed(edition):
    for days in (-30, 30):
        with clock.frozen(clock.now() + timedelta(days=days)), pytest.raises(Refused):
            registered(edition)


def test_the_same_phone_again_changes_nothing_and_sends_the_link(edition):
    first = registered(edition)
    again = actions.register(edition.id, entry("冒名者", "+86 138-1234-5678", organisation_name="别的单位"), BadgeKind.TRADE_VISITOR,
                             CONSENT, by=ANONYMOUS)
    assert (again.is_new, again.registration.id) == (False, first.id)
    kept = db.session.get(Registration, first.id)
    assert (kept.name, kept.badge_kind) == ("王敏", BadgeKind.VISITOR)
    assert "已经" in db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first().body


def test_a_known_person_is_found_by_phone_and_not_renamed(edition):
    person = make_person("王敏敏", phone="+8613812345678")
    found = registered(edition, name="王敏")
    assert found.person_id == person.id
    assert db.session.get(Person, person.id).name == "王敏敏"


def test_one_person_may_register_for_two_editions(edition):
    other = make_edition("2027")
    assert registered(edition).person_id == registered(other).person_id


def test_the_form_leads_to_ones_own_page_with_the_badge(client, edition):
    answer = client.post("/expo/2026/register", data=form_data())
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "王敏" in page
    assert "data:image/png;base64," in page
    assert "13812345678" not in page


def test_somebody_elses_phone_shows_nothing_of_their_registration(client, edition):
    first = registered(edition, name="陈国栋", organisation_name="攀枝花学院")
    answer = client.post("/expo/2026/register", data=form_data(name="好奇者"), follow_redirects=True)
    assert answer.status_code == 200
    for secret in ("陈国栋", "攀枝花学院", first.token):
        assert secret not in answer.text


def test_what_was_typed_stays_in_the_form_when_something_is_wrong(client, edition):
    answer = client.post("/expo/2026/register", data=form_data(phone="12345", email="no"))
    assert answer.status_code == 422
    assert 'value="12345"' in answer.text
    assert "四川九洲空管科技有限责任公司" in answer.text


def test_the_missing_consent_is_said_next_to_it(client, edition):
    answer = client.post("/expo/2026/register", data=form_data(consent_registration=""))
    assert answer.status_code == 422
    assert db.session.query(Registration).count() == 0


def test_a_program_that_fills_in_every_field_is_refused(client, edition):
    assert client.post("/expo/2026/register", data=form_data(website="http://spam.example")).status_code == 422
    assert db.session.query(Registration).count() == 0


def test_too_many_forms_from_one_address_are_slowed_down(client, edition, app, monkeypatch):
    assert views.FORMS == "300/minute"
    monkeypatch.setattr(views, "FORMS", "3/minute")
    app.config["LIMITS_IN_TEST"] = True
    try:
        states = [client.post("/expo/2026/register", data=form_data(phone="1")).status_code for _ in range(5)]
    finally:
        app.config["LIMITS_IN_TEST"] = False
    assert states == [422, 422, 422, 429, 429]


def test_a_closed_registration_says_so_instead_of_showing_a_form(client, places):
    make_edition("2030", open_stages=False)
    page = client.get("/expo/2030/register").text
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_the_form_sent_twice_registers_once(client, edition):
    data = form_data(once="a" * 24)
    client.post("/expo/2026/register", data=data)
    client.post("/expo/2026/register", data=data)
    assert db.session.query(Registration).count() == 1


@pytest.mark.parametrize(("kind", "places", "said", "unsaid"), [
    ("visitor", None, "这就是您的电子证件", "候补"), ("expert", None, "报名已提交", "这就是您的电子证件"),
    ("visitor", 0, "您已进入候补", "这就是您的电子证件"),
])
def test_whoever_registers_is_told_whether_they_have_a_badge(client, edition, kind, places, said, unsaid):
    if places is not None:
        stored(PlaceQuota(edition_id=edition.id, badge_kind=BadgeKind(kind), places=places))
    page = client.post("/expo/2026/register", data=form_data(badge_kind=kind), follow_redirects=True).text
    assert said in page
    assert unsaid not in page
