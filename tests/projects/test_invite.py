"""From the final list to a confirmed exhibitor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.events import react
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.people.queries import load_actor
from expo.projects import actions_invite as actions
from expo.projects.actions_invite import DirectReport
from expo.projects.models import Project, ProjectStatus
from expo.projects.rules_invitations import make_token
from expo.shortlist.events import ListFinalised
from expo.shortlist.models import CandidateStatus
from tests.makers import make_candidate, make_person, make_ticket
from tests.projects.world import World

WorkOff = Callable[[], None]


def _candidate(world: World, **ticket: object) -> int:
    ticket.setdefault("contact_name", "陈敏")
    made = make_ticket(world.places.qingyang, "高效催化剂", **ticket)
    return int(make_candidate(world.edition, made, world.places.chengdu, status=CandidateStatus.SELECTED).id)


def _projects() -> list[Project]:
    return list(db.session.scalars(sa.select(Project).order_by(Project.id)))


def test_each_candidate_of_the_final_list_becomes_one_project(world: World) -> None:
    candidates = tuple(_candidate(world) for _ in range(3))

    @action
    def finalise() -> None:
        react(ListFinalised(world.edition.id, candidates))

    finalise()
    assert [p.number for p in _projects()] == ["2026-00001", "2026-00002", "2026-00003"]
    assert {p.status for p in _projects()} == {ProjectStatus.INVITED}


def test_inviting_again_makes_nothing_twice_and_goes_on_with_the_numbers(world: World) -> None:
    first = _candidate(world)
    actions.invite_projects(world.edition.id, [first], by=world.province)
    second = _candidate(world)
    actions.invite_projects(world.edition.id, [first, second], by=world.province)
    assert [p.number for p in _projects()] == ["2026-00001", "2026-00002"]


def test_the_ticket_goes_along_with_its_texts_and_facts(world: World) -> None:
    number = _candidate(world, description="描述", fields={"maturity": "pilot"}, organisation_id=world.company.id)
    actions.invite_projects(world.edition.id, [number], by=world.province)
    project = _projects()[0]
    assert (project.title, project.description, project.fields) == ("高效催化剂", "描述", {"maturity": "pilot"})
    assert project.completeness > 0


def test_the_person_with_the_confirmed_phone_answers_for_it(world: World) -> None:
    known = make_person("陈敏", phone="+8613812345678", phone_confirmed_at=clock.now())
    actions.invite_projects(world.edition.id, [_candidate(world, contact_phone="138 1234 5678")], by=world.province)
    assert _projects()[0].exhibitor_id == known.id


def test_an_unconfirmed_phone_gives_no_rights(world: World) -> None:
    make_person("冒名", phone="+8613812345678")
    actions.invite_projects(world.edition.id, [_candidate(world, contact_phone="13812345678")], by=world.province)
    assert _projects()[0].exhibitor_id is None


def test_else_the_manager_of_the_organisation_answers_for_it(world: World) -> None:
    actions.invite_projects(world.edition.id, [_candidate(world, organisation_id=world.company.id)], by=world.province)
    assert _projects()[0].exhibitor_id == world.exhibitor.person_id


def test_invitations_go_out_by_mail_and_text_once(world: World, work_off: WorkOff) -> None:
    candidate = _candidate(world, contact_phone="13812345678", contact_email="chen@example.cn")
    actions.invite_projects(world.edition.id, [candidate], by=world.province)
    work_off()
    work_off()
    sent = list(db.session.scalars(sa.select(OutboxMessage)))
    assert sorted(message.address for message in sent) == ["+8613812345678", "chen@example.cn"]
    assert all("/work/exhibitor/claim/" in message.body for message in sent)


def test_a_ticket_with_a_landline_only_is_no_obstacle(world: World, work_off: WorkOff) -> None:
    actions.invite_projects(world.edition.id, [_candidate(world, contact_phone="028-86781234")], by=world.province)
    work_off()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0


def test_the_link_lets_its_holder_claim_the_project_after_signing_in(world: World, client, work_off) -> None:  # type: ignore[no-untyped-def]
    actions.invite_projects(world.edition.id, [_candidate(world, contact_email="chen@example.cn")], by=world.province)
    work_off()
    body = db.session.scalars(sa.select(OutboxMessage.body)).one()
    path = re.search(r"http://localhost(/work/exhibitor/claim/\S+)", body)
    assert path
    assert "/sign-in" in client.get(path[1]).headers["Location"]
    person = make_person("陈敏")
    client.sign_in(person.id)
    assert "高效催化剂" in client.get(path[1]).text
    client.post(path[1])
    assert _projects()[0].exhibitor_id == person.id


def test_a_project_is_claimed_once(world: World) -> None:
    project = world.project(ProjectStatus.INVITED, exhibitor_id=world.exhibitor.person_id)
    token = make_token(current_config().secret_key, project)
    with pytest.raises(Refused):
        actions.claim_project(token, by=load_actor(make_person().id))


def test_a_damaged_link_and_one_to_an_older_contact_are_refused(world: World) -> None:
    project = world.project(ProjectStatus.INVITED)
    token = make_token(current_config().secret_key, project)
    stranger = load_actor(make_person().id)
    with pytest.raises(Refused):
        actions.claim_project(token[:-2] + "xx", by=stranger)
    actions.change_contact(project.id, name="新人", phone="", email="new@example.cn", by=world.chengdu)
    with pytest.raises(Refused):
        actions.claim_project(token, by=stranger)


def test_confirming_is_for_the_exhibitors_side_only(world: World) -> None:
    project = world.project(ProjectStatus.INVITED)
    with pytest.raises(NotFound):
        actions.confirm_project(project.id, by=load_actor(make_person().id))
    confirmed = actions.confirm_project(project.id, by=world.exhibitor)
    assert (confirmed.status, confirmed.exhibitor_id) == (ProjectStatus.CONFIRMED, world.exhibitor.person_id)


def _report(world: World, **values: object) -> DirectReport:
    given = {"title": "海外引进的成套装备", "kind": ProjectKind.TECHNOLOGY, "region_id": world.places.qingyang.id,
             "reason": "省领导推荐", "contact_email": "a@example.cn", "contact_name": "李"} | values
    return DirectReport(**given)  # type: ignore[arg-type]


def test_a_direct_report_needs_a_reason_and_keeps_it(world: World) -> None:
    with pytest.raises(Refused):
        actions.report_directly(world.edition.id, _report(world, reason=" "), by=world.chengdu)
    project = actions.report_directly(world.edition.id, _report(world), by=world.chengdu)
    assert (project.ticket_id, project.direct_reason, project.city_id) == (None, "省领导推荐", world.places.chengdu.id)


def test_nobody_reports_for_another_region(world: World) -> None:
    with pytest.raises(Forbidden):
        actions.report_directly(world.edition.id, _report(world), by=world.mianyang)
    with pytest.raises(Forbidden):
        actions.report_directly(world.edition.id, _report(world), by=world.county)


def test_a_link_of_last_year_is_worthless(world: World) -> None:
    project = world.project(ProjectStatus.INVITED)
    import itsdangerous

    from expo.projects import rules_invitations

    token = make_token(current_config().secret_key, project)
    assert rules_invitations.read_project_id(current_config().secret_key, token) == project.id
    with pytest.MonkeyPatch.context() as patch:
        later = clock.now() + timedelta(days=200)
        patch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _self: int(later.timestamp()))
        with pytest.raises(Refused):
            rules_invitations.read_project_id(current_config().secret_key, token)
