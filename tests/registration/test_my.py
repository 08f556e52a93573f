"""My registration: what the private link opens, and to whom nothing opens."""

from __future__ import annotations

import pytest

from expo.kit import clock
from expo.kit.db import db
from expo.people.models import Consent, ConsentPurpose
from expo.people.queries import load_actor
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from tests.makers import make_person
from tests.registration.conftest import registered


def now_of(found: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get(Registration, found.id)


def test_cancelling_ends_the_badge_and_registering_again_brings_another(client, edition):
    found = registered(edition)
    old = db.session.query(Badge).one().code
    client.post(f"/my/{found.token}/cancel")
    assert now_of(found).status is RegistrationStatus.CANCELLED
    client.post(f"/my/{found.token}/again", data={"consent_registration": "y"})
    assert now_of(found).status is RegistrationStatus.APPROVED
    badges = db.session.query(Badge).order_by(Badge.id).all()
    assert [b.status for b in badges] == [BadgeStatus.CANCELLED, BadgeStatus.VALID]
    assert badges[1].code != old


def test_registering_again_needs_the_consent(client, edition):
    found = registered(edition)
    client.post(f"/my/{found.token}/cancel")
    client.post(f"/my/{found.token}/again", data={})
    assert now_of(found).status is RegistrationStatus.CANCELLED


def test_ones_own_fields_are_changed_on_ones_own_page(client, edition):
    found = registered(edition)
    answer = client.post(f"/my/{found.token}/change", data={"name": "王敏", "organisation_name": "新单位", "job_title": "",
                                                            "email": "", "region_id": "0"})
    assert answer.status_code == 303
    assert now_of(found).organisation_name == "新单位"


def test_whoever_changes_something_else_stays_in_their_county(client, edition, places):
    found = registered(edition, region_id=places.qingyang.id)
    page = client.get(f"/my/{found.token}/change").text
    assert f'<option selected value="{places.qingyang.id}">' in page
    data = {"name": "王敏", "organisation_name": "新单位", "job_title": "", "email": "", "region_id": str(places.qingyang.id)}
    assert client.post(f"/my/{found.token}/change", data=data).status_code == 303
    assert (now_of(found).organisation_name, now_of(found).region_path) == ("新单位", places.qingyang.path)


def test_what_was_checked_cannot_be_changed_afterwards(client, edition, organiser):
    from expo.registration import actions_desk

    found = registered(edition, kind=BadgeKind.MEDIA)
    actions_desk.approve(edition.id, found.id, by=organiser)
    data = {"name": "别人", "organisation_name": found.organisation_name, "job_title": "", "email": "", "region_id": "0"}
    assert client.post(f"/my/{found.token}/change", data=data).status_code == 422
    assert now_of(found).name == "王敏"


def test_withdrawing_the_necessary_consent_ends_registration_and_badge(client, edition):
    found = registered(edition)
    client.post(f"/my/{found.token}/consents/registration/withdraw")
    assert now_of(found).status is RegistrationStatus.CANCELLED
    assert db.session.query(Badge).one().status is BadgeStatus.CANCELLED
    assert db.session.query(Consent).one().withdrawn_at is not None


def test_an_optional_consent_comes_and_goes_without_harm(client, edition):
    found = registered(edition)
    client.post(f"/my/{found.token}/consents/sms/give")
    client.post(f"/my/{found.token}/consents/sms/withdraw")
    assert now_of(found).status is RegistrationStatus.APPROVED
    sms = db.session.query(Consent).filter_by(purpose=ConsentPurpose.SMS).one()
    assert sms.withdrawn_at is not None


def test_the_calendar_holds_all_days(client, edition):
    found = registered(edition)
    text = client.get(f"/my/{found.token}/calendar.ics").text
    assert "DTSTART;VALUE=DATE:" in text
    assert "2026科创会" in text


@pytest.mark.parametrize("part", ["", "/change", "/calendar.ics", "/badge.pdf", "/entries"])
def test_a_wrong_link_opens_nothing(client, edition, part):
    registered(edition)
    assert client.get(f"/my/nobody-has-this-token{part}").status_code == 404


def test_an_unknown_purpose_is_not_found(client, edition):
    found = registered(edition)
    assert client.post(f"/my/{found.token}/consents/nonsense/give").status_code == 404


def test_a_declined_person_reads_why(client, edition, organiser):
    from expo.registration import actions_desk

    found = registered(edition, kind=BadgeKind.MEDIA)
    actions_desk.decline(edition.id, found.id, "请补交记者证", by=organiser)
    assert "请补交记者证" in client.get(f"/my/{found.token}").text


@pytest.mark.parametrize("proven", [True, False])
def test_an_account_shows_what_was_sent_to_its_proven_addresses_and_nothing_else(client, edition, proven):
    """Registered with an e-mail, signed in with it: the registration is there, though the phone made another record."""
    found = registered(edition, email="wang@example.cn")
    at = clock.now() if proven else None
    account = make_person("王敏", phone=None, email="wang@example.cn", email_confirmed_at=at)
    page = client.sign_in(load_actor(account.id)).get("/work/").text
    assert (found.token in page) == proven
