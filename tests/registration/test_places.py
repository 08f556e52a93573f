"""Places, the waiting list, invitation codes: who gets in, who waits, and nobody twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from expo.kit import clock, history
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.permissions import Role
from expo.registration import actions, actions_desk, actions_invitations, actions_kinds, actions_places
from expo.registration.models import Badge, BadgeKind, Registration, RegistrationStatus
from expo.registration.models_invitations import EACH, Invitation
from expo.registration.rules_kinds import KindPolicy
from tests.makers import make_actor
from tests.registration.conftest import CONSENT, entry, form_data, registered
from tests.together import together

S = RegistrationStatus
V = BadgeKind.VISITOR


def quota(edition, organiser, places=1, kind=V, zone="", organisation=""):
    return actions_places.set_quota(edition.id, kind, zone, organisation, places, by=organiser)


def people(edition, number, first=0, **values):
    return [registered(edition, f"观众{n}", f"1381234{n:04d}", **values) for n in range(first, first + number)]


def now_of(found):
    db.session.expire_all()
    return [db.session.get(Registration, one.id).status for one in found]


def test_who_finds_no_place_waits_without_a_badge_and_is_told(client, edition, organiser):
    quota(edition, organiser)
    first, second = people(edition, 2)
    assert (first.status, second.status) == (S.APPROVED, S.WAITING)
    assert db.session.query(Badge).filter_by(registration_id=second.id).count() == 0
    assert "候补" in db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first().body
    assert "您前面还有 0 人" in client.get(f"/my/{second.token}").text


def test_a_freed_place_goes_to_who_waits_longest(edition, organiser):
    quota(edition, organiser)
    found = people(edition, 3)
    actions.cancel_own(found[0].token, by=ANONYMOUS)
    assert now_of(found) == [S.CANCELLED, S.APPROVED, S.WAITING]
    assert db.session.query(Badge).filter_by(registration_id=found[1].id).count() == 1
    actions_desk.cancel(edition.id, found[1].id, "重复", by=organiser)
    assert now_of(found) == [S.CANCELLED, S.CANCELLED, S.APPROVED]


def test_a_kind_that_is_checked_moves_up_to_be_checked(edition, organiser):
    quota(edition, organiser, kind=BadgeKind.EXPERT)
    first, second = people(edition, 2, kind=BadgeKind.EXPERT)
    assert (first.status, second.status) == (S.SUBMITTED, S.WAITING)
    actions_desk.decline(edition.id, first.id, "资料不全", by=organiser)
    assert now_of([first, second]) == [S.DECLINED, S.SUBMITTED]


def test_more_places_move_up_as_many(edition, organiser):
    quota(edition, organiser)
    found = people(edition, 4)
    quota(edition, organiser, places=3)
    assert now_of(found) == [S.APPROVED, S.APPROVED, S.APPROVED, S.WAITING]


def test_a_removed_limit_lets_everybody_in(edition, organiser):
    number = quota(edition, organiser, places=0)
    found = people(edition, 2)
    assert now_of(found) == [S.WAITING, S.WAITING]
    actions_places.remove_quota(edition.id, number, by=organiser)
    assert now_of(found) == [S.APPROVED, S.APPROVED]


def test_each_organisation_has_its_own_places(edition, organiser):
    quota(edition, organiser, organisation=EACH)
    a, b = people(edition, 2, organisation_name="甲公司")
    [c] = people(edition, 1, first=2, organisation_name="乙公司")
    assert (a.status, b.status, c.status) == (S.APPROVED, S.WAITING, S.APPROVED)
    with pytest.raises(Refused):
        actions.change_own(c.token, entry("观众2", organisation_name="甲公司"), by=ANONYMOUS)
    actions.cancel_own(a.token, by=ANONYMOUS)
    assert now_of([b]) == [S.APPROVED]


def test_a_zone_has_its_own_places_and_stands_on_the_badge(edition, organiser):
    policy = KindPolicy(V, True, False, zones=["公共区"], zone_choices=["甲区", "乙区"])
    actions_kinds.set_policy(edition.id, policy, by=organiser)
    quota(edition, organiser, zone="甲区")
    [a] = people(edition, 1, zone="甲区")
    [b] = people(edition, 1, first=1, zone="甲区")
    [c] = people(edition, 1, first=2, zone="乙区")
    assert (a.status, b.status, c.status) == (S.APPROVED, S.WAITING, S.APPROVED)
    assert c.zones == ["公共区", "乙区"]
    with pytest.raises(Refused):
        people(edition, 1, first=3, zone="丙区")


def test_without_a_waiting_list_a_full_kind_says_so(edition, organiser):
    actions_kinds.set_policy(edition.id, KindPolicy(V, True, False, has_waiting_list=False), by=organiser)
    quota(edition, organiser, places=0)
    with pytest.raises(Refused):
        people(edition, 1)
    assert db.session.query(Registration).count() == 0


def test_the_last_place_is_given_away_once_however_many_ask(app, edition, organiser):
    quota(edition, organiser, places=2)
    edition_id = edition.id
    together(app, [partial(actions.register, edition_id, entry(f"观众{n}", f"1390000{n:04d}"), V, CONSENT, by=ANONYMOUS)
                   for n in range(8)])
    db.session.expire_all()
    states = [one.status for one in db.session.query(Registration)]
    assert (states.count(S.APPROVED), states.count(S.WAITING)) == (2, 6)
    assert history.verify() == []


def test_places_freed_at_once_go_to_different_people(app, edition, organiser):
    quota(edition, organiser, places=3)
    found = people(edition, 7)
    tokens = [one.token for one in found[:3]]
    together(app, [partial(actions.cancel_own, token, by=ANONYMOUS) for token in tokens])
    assert now_of(found) == [S.CANCELLED] * 3 + [S.APPROVED] * 3 + [S.WAITING]


def invite(edition, organiser, **values):
    given = {"kind": BadgeKind.GUEST, "count": 1, "most_uses": 1} | values
    return actions_invitations.make_invitations(edition.id, **given, by=organiser)[0].code


def by_code(edition, code, number=0, kind=BadgeKind.GUEST):
    return actions.register(edition.id, entry(f"贵宾{number}", f"1370000{number:04d}"), kind, CONSENT, by=ANONYMOUS, code=code
                            ).registration


def test_an_invitation_opens_its_kind_and_approves_at_once(edition, organiser):
    code = invite(edition, organiser)
    assert by_code(edition, code.lower()).status is S.APPROVED
    with pytest.raises(Refused):
        by_code(edition, code, 1)


def test_an_invited_person_finds_a_place_beyond_the_quota(edition, organiser):
    quota(edition, organiser, places=0, kind=BadgeKind.GUEST)
    assert by_code(edition, invite(edition, organiser)).status is S.APPROVED
    assert by_code(edition, invite(edition, organiser, is_approved=False), 1).status is S.WAITING


def test_a_cancelled_registration_gives_its_use_back(edition, organiser):
    code = invite(edition, organiser)
    actions.cancel_own(by_code(edition, code).token, by=ANONYMOUS)
    assert by_code(edition, code, 1).status is S.APPROVED


def test_the_last_use_of_a_code_is_made_once_however_many_try(app, edition, organiser):
    code = invite(edition, organiser, most_uses=3)
    edition_id = edition.id
    together(app, [partial(actions.register, edition_id, entry(f"贵宾{n}", f"1360000{n:04d}"), BadgeKind.GUEST, CONSENT,
                           by=ANONYMOUS, code=code) for n in range(8)])
    db.session.expire_all()
    assert db.session.query(Registration).count() == 3
    assert db.session.query(Invitation).one().uses == 3


@pytest.mark.parametrize("make", [
    lambda e, o: "NOTACODE22", lambda e, o: invite(e, o, kind=BadgeKind.EXPERT),
], ids=["unknown", "of another kind"])
def test_a_code_that_does_not_fit_opens_nothing(edition, organiser, make):
    with pytest.raises(Refused):
        by_code(edition, make(edition, organiser))


def test_a_code_ends_by_the_clock_and_by_its_maker(edition, organiser):
    code = invite(edition, organiser, expires_at=clock.now() + timedelta(hours=1))
    with clock.frozen(clock.now() + timedelta(hours=2)), pytest.raises(Refused):
        by_code(edition, code)
    found = db.session.query(Invitation).one()
    actions_invitations.end_invitation(edition.id, found.id, by=organiser)
    with pytest.raises(Refused):
        by_code(edition, code)


def test_the_form_by_code_offers_the_invited_kind_alone(client, edition, organiser):
    code = invite(edition, organiser)
    page = client.get(f"/expo/2026/register?code={code}").text
    assert "嘉宾" in page
    assert "专业观众" not in page
    answer = client.post("/expo/2026/register", data=form_data(badge_kind="guest", code=code))
    assert answer.status_code == 303
    assert db.session.query(Registration).one().badge_kind is BadgeKind.GUEST


def test_codes_are_the_business_of_who_manages_registrations_there(client, edition, places, organiser):
    code = invite(edition, organiser)
    client.sign_in(organiser)
    page = client.get("/work/2026/registration/invitations/").text
    assert f"register?code={code}" in page
    assert code in client.get("/work/2026/registration/invitations/export.csv").get_data(as_text=True)
    city = make_actor(Role.ORGANISER, places.chengdu)
    assert code not in client.sign_in(city).get("/work/2026/registration/invitations/").text
    with pytest.raises(NotFound):
        actions_invitations.end_invitation(edition.id, db.session.query(Invitation).one().id, by=city)
    with pytest.raises(Forbidden):
        actions_invitations.make_invitations(edition.id, V, 1, 1, by=make_actor(Role.GATE_STAFF, places.province))
    with pytest.raises(Forbidden):
        actions_places.set_quota(edition.id, V, "", "", 1, by=city)


def test_many_codes_are_made_on_the_page(client, edition, organiser):
    client.sign_in(organiser)
    data = {"badge_kind": "expert", "count": "5", "most_uses": "2", "note": "学会", "is_approved": "y"}
    client.post("/work/2026/registration/invitations/", data=data)
    assert db.session.query(Invitation).count() == 5


def test_an_organiser_decides_above_the_quota_and_the_desk_does_not(edition, organiser, desk_staff):
    quota(edition, organiser, places=0)
    at_desk = actions.register_at_desk(edition.id, entry("甲", "13800000001"), V, CONSENT, by=desk_staff).registration
    by_hand = actions.register_at_desk(edition.id, entry("乙", "13800000002"), V, CONSENT, by=organiser).registration
    assert (at_desk.status, by_hand.status) == (S.WAITING, S.APPROVED)
    actions_desk.approve(edition.id, at_desk.id, by=organiser)
    assert now_of([at_desk]) == [S.APPROVED]
