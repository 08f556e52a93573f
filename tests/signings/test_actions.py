"""Signings on the database: from the intent to the registered contract, and nothing behind the paper's back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.editions.models import EditionStatus
from expo.editions.queries import get_edition_by_id
from expo.followup.models import Case
from expo.kit import clock, history
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.files import get_bytes
from expo.kit.language import speaking
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.meetings.models import MeetingOutcome
from expo.people.models import OrganisationKind
from expo.people.permissions import Role
from expo.programme.models import SessionKind
from expo.signings import actions, actions_ceremony, actions_parties, papers, queries, queries_ceremony
from expo.signings.models import AgreementKind, PartyRole, Signing, SigningStatus
from tests.makers import (
    make_actor,
    make_edition,
    make_member,
    make_project,
    make_session,
)
from tests.signings.making import World, make_meeting, texts_for


@pytest.fixture
def world(app: Flask) -> World:
    return World()


@action(history=False)
def rename(organisation_id: int, name: str) -> None:
    queries.get_organisation(organisation_id).name = name


@action(history=False)
def archive(edition_id: int) -> None:
    get_edition_by_id(edition_id).status = EditionStatus.ARCHIVED


def test_a_signing_goes_from_the_intent_to_the_registered_contract(world: World) -> None:
    signing = world.signed(AgreementKind.DEVELOPMENT)
    assert signing.status is SigningStatus.SIGNED
    actions.register_contract(signing.id, "2026510107000123", 80_000_000, by=world.city)
    done = queries.get_signing(signing.id)
    assert (done.status, done.amount_fen, done.technology_fen) == (SigningStatus.REGISTERED, 120_000_000, 80_000_000)
    assert history.verify() == []


def test_serials_are_counted_and_end_in_letters_that_nobody_guesses(world: World) -> None:
    first, second = world.opened(), world.opened()
    year = world.edition.starts_on.year
    assert [s.serial[:12] for s in (first, second)] == [f"QY-{year}-0001", f"QY-{year}-0002"]
    assert all(len(s.serial) == 17 and not set(s.serial[13:]) & set("01IO") for s in (first, second))
    assert first.serial[13:] != second.serial[13:]


def test_a_meeting_with_the_intent_to_sign_gives_project_parties_and_amount(world: World) -> None:
    meeting = make_meeting(world)
    signing = actions.open_signing(world.edition.id, AgreementKind.INTENT, meeting_id=meeting.id, by=world.city)
    opened = queries.get_signing(signing.id)
    assert [p.name for p in opened.parties] == [world.seller.name, world.buyer.name]
    assert opened.parties[1].credit_code == world.buyer.credit_code
    assert (opened.project_id, opened.amount_fen) == (meeting.project_id, 50_000_000)


def test_a_meeting_has_one_signing_until_that_is_void(world: World) -> None:
    meeting = make_meeting(world)
    first = actions.open_signing(world.edition.id, AgreementKind.INTENT, meeting_id=meeting.id, by=world.city)
    with pytest.raises(Refused, match=first.serial):
        actions.open_signing(world.edition.id, AgreementKind.INTENT, meeting_id=meeting.id, by=world.city)
    actions.void(first.id, "对方撤回", by=world.city)
    actions.open_signing(world.edition.id, AgreementKind.INTENT, meeting_id=meeting.id, by=world.city)


@pytest.mark.parametrize("outcome", [MeetingOutcome.CONTINUE, MeetingOutcome.NOTHING, None])
def test_other_meetings_lead_to_no_signing(world: World, outcome: MeetingOutcome | None) -> None:
    meeting = make_meeting(world, outcome)
    with pytest.raises(Refused):
        actions.open_signing(world.edition.id, AgreementKind.INTENT, meeting_id=meeting.id, by=world.city)


def test_a_party_keeps_what_its_organisation_was_when_it_was_taken_over(world: World) -> None:
    signing = world.opened()
    rename(world.seller.id, "改名后的公司")
    assert queries.get_organisation(world.seller.id).name == "改名后的公司"
    assert "四川九洲空管科技有限责任公司" in {p.name for p in queries.get_signing(signing.id).parties}


def test_a_text_that_lacks_something_is_not_frozen_and_says_what(world: World) -> None:
    signing = world.opened()
    actions.draft(signing.id, by=world.city)
    with pytest.raises(Refused, match=r"合作内容|Subject"):
        actions.prepare_issue(signing.id, world.city)
    assert queries.get_signing(signing.id).versions == []


@pytest.mark.parametrize(("changes", "word"), [({"address": ""}, "address"), ({"credit_code": ""}, "credit code")])
def test_party_data_that_are_missing_keep_the_text_open(world: World, changes: dict[str, str], word: str) -> None:
    signing = world.drafted()
    actions_parties.edit_party(signing.id, signing.parties[0].id, changes, by=world.city)
    with speaking("en"), pytest.raises(Refused, match=word):
        actions.prepare_issue(signing.id, world.city)


def test_instalments_must_be_the_amount_of_the_deal(world: World) -> None:
    texts = texts_for(AgreementKind.SERVICE, payment="instalments", instalments="60 生效后\n50 验收后")
    signing = world.drafted(AgreementKind.SERVICE, texts=texts)
    with pytest.raises(Refused, match="110"):
        actions.prepare_issue(signing.id, world.city)
    actions.fill_clauses(signing.id, AgreementKind.SERVICE, texts | {"instalments": "60 生效后\n60 验收后"}, by=world.city)
    assert world.freeze(signing.id).status is SigningStatus.FROZEN


def test_a_university_that_transfers_must_say_how_the_price_was_found(world: World) -> None:
    world.seller = world.organisation("电子科技大学", 9, kind=OrganisationKind.UNIVERSITY)
    texts = texts_for(AgreementKind.TRANSFER, pricing="", payment="lump")
    signing = world.drafted(AgreementKind.TRANSFER, texts=texts)
    with pytest.raises(Refused, match=r"高校|university"):
        actions.prepare_issue(signing.id, world.city)
    actions.fill_clauses(signing.id, AgreementKind.TRANSFER, texts | {"pricing": "auction"}, by=world.city)
    assert world.freeze(signing.id).status is SigningStatus.FROZEN


def test_characters_that_cannot_be_printed_are_named_instead_of_becoming_boxes(world: World) -> None:
    signing = world.drafted(texts=texts_for(AgreementKind.INTENT, form_note="古文字\U00012000"))
    with pytest.raises(Refused, match="\U00012000"):
        actions.prepare_issue(signing.id, world.city)


def test_the_kept_fingerprint_is_the_files(world: World) -> None:
    version = world.frozen().versions[0]
    content = get_bytes(version.file)
    assert papers.digest(content) == version.sha256 == version.file.sha256
    assert content.startswith(b"%PDF")


def test_a_frozen_text_cannot_be_changed_by_any_way(world: World) -> None:
    signing = world.frozen()
    before = signing.versions[0].content
    party = signing.parties[0]
    ways: list[Any] = [
        lambda: actions.edit_record(signing.id, kind=signing.kind, title="别的", amount_fen=1, by=world.city,
                                    project_number=signing.project.number if signing.project else None),
        lambda: actions.fill_clauses(signing.id, signing.kind, texts_for(signing.kind), by=world.city),
        lambda: actions_parties.add_party(signing.id, PartyRole.WITNESS, name="见证人", by=world.city),
        lambda: actions_parties.edit_party(signing.id, party.id, {"address": "别处"}, by=world.city),
        lambda: actions_parties.remove_party(signing.id, party.id, by=world.city),
        lambda: actions_parties.move_up(signing.id, signing.parties[1].id, by=world.city),
        lambda: actions_parties.take_over(signing.id, party.id, world.buyer.id, by=world.city),
    ]
    for way in ways:
        with pytest.raises(Refused):
            way()
    after = queries.get_signing(signing.id)
    assert after.versions[0].content == before == papers.content_of(after, 1)


def test_a_change_after_the_issue_is_a_new_version_and_the_old_one_stays(world: World) -> None:
    signing = world.frozen()
    old = signing.versions[0].sha256
    actions.unfreeze(signing.id, "金额有误", by=world.city)
    actions.edit_record(signing.id, kind=signing.kind, title="改后的标题", amount_fen=90_000_000, by=world.city,
                        project_number=signing.project.number if signing.project else None)
    again = world.freeze(signing.id)
    assert [v.number for v in again.versions] == [1, 2]
    assert again.versions[0].sha256 == old != again.versions[1].sha256
    assert again.versions[1].content["subject"] == "改后的标题"


def test_a_text_changed_while_its_paper_was_made_is_not_frozen(world: World) -> None:
    signing = world.drafted()
    issue = actions.prepare_issue(signing.id, world.city)
    actions_parties.edit_party(signing.id, signing.parties[0].id, {"address": "新址"}, by=world.city)
    with pytest.raises(Refused):
        actions.freeze(signing.id, issue, by=world.city)
    assert queries.get_signing(signing.id).status is SigningStatus.DRAFTED


def test_freezing_twice_issues_one_version(world: World) -> None:
    signing = world.drafted()
    issue = actions.prepare_issue(signing.id, world.city)
    actions.freeze(signing.id, issue, by=world.city)
    with pytest.raises(Refused):
        actions.freeze(signing.id, issue, by=world.city)
    assert len(queries.get_signing(signing.id).versions) == 1


def test_a_signature_opens_the_projects_case_exactly_once(world: World) -> None:
    project = world.project()
    world.signed(project=project)
    world.signed(project=project)
    cases = db.session.scalars(sa.select(Case)).all()
    assert [(c.project_id, c.owner_id) for c in cases] == [(project.id, world.caretaker.person_id)]


def test_a_regional_agreement_stands_without_project_and_opens_no_case(world: World) -> None:
    signing = world.signed(AgreementKind.REGIONAL)
    assert (signing.project_id, signing.status) == (None, SigningStatus.SIGNED)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_only_contracts_are_registered_with_at_most_their_amount_and_each_number_once(world: World) -> None:
    letter = world.signed()
    with pytest.raises(Refused):
        actions.register_contract(letter.id, "1", 1, by=world.city)
    contract = world.signed(AgreementKind.CONSULTING)
    with pytest.raises(Refused):
        actions.register_contract(contract.id, "2026510100001", 120_000_001, by=world.city)
    actions.register_contract(contract.id, "2026510100001", 120_000_000, by=world.city)
    other = world.signed(AgreementKind.CONSULTING)
    with pytest.raises(Refused, match=contract.serial):
        actions.register_contract(other.id, "2026510100001", 1, by=world.city)


def test_void_needs_a_reason_and_is_the_end(world: World) -> None:
    signing = world.signed()
    with pytest.raises(Refused):
        actions.void(signing.id, "", by=world.city)
    actions.void(signing.id, "双方协商解除", by=world.city)
    for move in (lambda: actions.void(signing.id, "再次", by=world.city),
                 lambda: actions.mark_signed(signing.id, actions.today(), by=world.city),
                 lambda: actions.unfreeze(signing.id, "重来", by=world.city)):
        with pytest.raises(Refused):
            move()


def test_another_kind_keeps_the_clauses_that_it_knows(world: World) -> None:
    signing = world.drafted(AgreementKind.DEVELOPMENT)
    number = signing.project.number if signing.project else None
    actions.edit_record(signing.id, kind=AgreementKind.SERVICE, title=signing.title, amount_fen=signing.amount_fen,
                        project_number=number, by=world.city)
    changed = queries.get_signing(signing.id)
    assert changed.terms["subject"] == signing.terms["subject"]
    assert "mode" not in changed.terms
    with pytest.raises(Refused):
        actions.fill_clauses(signing.id, AgreementKind.DEVELOPMENT, texts_for(AgreementKind.DEVELOPMENT), by=world.city)


def test_parties_change_places_and_the_contract_its_capacities(world: World) -> None:
    signing = world.drafted(AgreementKind.TRANSFER)
    actions_parties.move_up(signing.id, signing.parties[1].id, by=world.city)
    content = papers.content_of(queries.get_signing(signing.id), 1)
    assert [(p["mark"], p["capacity"], p["name"]) for p in content["parties"]] == [
        ("甲方", "让与人", world.buyer.name), ("乙方", "受让人", world.seller.name)]


def test_the_same_organisation_is_no_party_twice(world: World) -> None:
    signing = world.opened()
    with pytest.raises(Refused):
        actions_parties.add_party(signing.id, PartyRole.PARTY, organisation_id=world.buyer.id, by=world.city)


def test_a_contact_left_empty_is_kept_and_never_in_the_history(world: World) -> None:
    signing = world.opened()
    party = signing.parties[0]
    actions_parties.edit_party(signing.id, party.id, {"contact": None, "address": "新址"}, by=world.city)
    assert queries.get_signing(signing.id).parties[0].contact == "王芳 13800001234"
    rows = db.session.scalars(sa.select(history.HistoryRow)).all()
    assert not any("13800001234" in str(row.changes) for row in rows)


# Who may.

def everybody(world: World) -> dict[str, Actor]:
    places = world.places
    other_edition = make_edition("2025", EditionStatus.CLOSED, starts_on=clock.now().date() - timedelta(days=400))
    return {
        "province": world.boss, "own city": world.city,
        "other city": make_actor(Role.ORGANISER, places.mianyang), "county": make_actor(Role.ORGANISER, places.qingyang),
        "other edition": make_actor(Role.ORGANISER, places.chengdu, other_edition),
        "auditor": make_actor(Role.AUDITOR, places.province), "member": make_member(world.seller),
        "stranger": make_member(world.organisation("旁人公司", 77)), "caretaker": world.caretaker,
    }


@pytest.mark.parametrize("who", ["province", "own city"])
def test_organisers_of_the_region_manage_its_signings(world: World, who: str) -> None:
    actor = everybody(world)[who]
    signing = world.drafted(by=actor)
    world.freeze(signing.id, by=actor)
    actions.mark_signed(signing.id, actions.today(), by=actor)
    actions.void(signing.id, "解除", by=actor)


@pytest.mark.parametrize(("who", "answer"), [
    ("county", Forbidden), ("auditor", Forbidden), ("member", Forbidden), ("other city", NotFound),
    ("other edition", NotFound), ("stranger", NotFound), ("caretaker", NotFound),
])
def test_others_manage_nothing_and_outsiders_do_not_even_learn_that_it_exists(world: World, who: str, answer: type[Refused]) -> None:
    actor = everybody(world)[who]
    signing = world.drafted()
    issue = actions.prepare_issue(signing.id, world.city)
    ways: list[Any] = [
        lambda: actions.edit_record(signing.id, kind=signing.kind, title="x", amount_fen=0, by=actor),
        lambda: actions.fill_clauses(signing.id, signing.kind, {}, by=actor), lambda: actions.prepare_issue(signing.id, actor),
        lambda: actions.freeze(signing.id, issue, by=actor), lambda: actions.void(signing.id, "x", by=actor),
        lambda: actions.unfreeze(signing.id, "x", by=actor), lambda: actions.mark_signed(signing.id, actions.today(), by=actor),
        lambda: actions.register_contract(signing.id, "1", 1, by=actor),
        lambda: actions_parties.add_party(signing.id, PartyRole.PARTY, name="x", by=actor),
        lambda: actions_parties.remove_party(signing.id, signing.parties[0].id, by=actor),
        lambda: actions_ceremony.place(signing.id, None, None, None, by=actor),
        lambda: actions.draft(signing.id, by=actor),
    ]
    for way in ways:
        with pytest.raises(answer):
            way()


def test_a_signing_cannot_be_opened_for_another_citys_project(world: World) -> None:
    foreign = make_project(world.edition, world.places.fucheng, world.places.mianyang)
    with pytest.raises(Forbidden):
        actions.open_signing(world.edition.id, AgreementKind.INTENT, project_number=foreign.number, by=world.city)
    with pytest.raises(NotFound):
        actions.open_signing(world.edition.id, AgreementKind.REGIONAL, region_id=world.places.mianyang.id, title="合作", by=world.city)


def test_a_partys_member_fills_in_its_own_data_while_it_is_drafted_and_nothing_else(world: World) -> None:
    member = make_member(world.seller)
    signing = world.opened()
    own, other = signing.parties
    with pytest.raises(Forbidden):
        actions_parties.edit_party(signing.id, own.id, {"address": "新址"}, by=member)
    actions.draft(signing.id, by=world.city)
    actions_parties.edit_party(signing.id, own.id, {"address": "新址", "name": "冒名公司"}, by=member)
    changed = queries.get_signing(signing.id).parties[0]
    assert (changed.address, changed.name) == ("新址", world.seller.name)
    with pytest.raises(Forbidden):
        actions_parties.edit_party(signing.id, other.id, {"address": "新址"}, by=member)
    actions.fill_clauses(signing.id, signing.kind, texts_for(signing.kind), by=world.city)
    world.freeze(signing.id)
    with pytest.raises(Forbidden):
        actions_parties.edit_party(signing.id, own.id, {"address": "另址"}, by=member)


def test_an_archived_edition_is_only_read(world: World) -> None:
    signing = world.signed(AgreementKind.SERVICE)
    archive(signing.edition_id)
    with pytest.raises(Refused):
        actions.register_contract(signing.id, "1", 1, by=world.city)


# Ceremonies.

def test_frozen_agreements_get_places_in_batches_of_ten_the_largest_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expo.signings.rules.BATCH_SIZE", 2)
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    small, large, middle = (world.frozen(amount_fen=fen) for fen in (10_000_000, 30_000_000, 20_000_000))
    assert actions_ceremony.place_all(world.edition.id, session.id, by=world.boss) == 3
    placed = [(s.id, s.batch, s.stage_order) for s in queries_ceremony.list_placed(session.id, ("/",))]
    assert placed == [(large.id, 1, 1), (middle.id, 1, 2), (small.id, 2, 1)]
    assert actions_ceremony.place_all(world.edition.id, session.id, by=world.boss) == 0


def test_a_place_on_the_stage_is_given_once(world: World) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    first, second = world.drafted(), world.drafted()
    actions_ceremony.place(first.id, session.id, 1, 3, by=world.city)
    with pytest.raises(Refused, match=first.serial):
        actions_ceremony.place(second.id, session.id, 1, 3, by=world.city)
    actions_ceremony.place(first.id, None, None, None, by=world.city)
    actions_ceremony.place(second.id, session.id, 1, 3, by=world.city)


def test_a_batch_is_signed_as_it_was_shown_or_not_at_all(world: World) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    both = [world.frozen(), world.frozen()]
    actions_ceremony.place_all(world.edition.id, session.id, by=world.boss)
    ids = [s.id for s in both]
    with pytest.raises(Refused):
        actions_ceremony.sign_batch(world.edition.id, session.id, 1, ids[:1], actions.today(), by=world.boss)
    assert actions_ceremony.sign_batch(world.edition.id, session.id, 1, ids, actions.today(), by=world.boss) == 2
    assert set(db.session.scalars(sa.select(Signing.status))) == {SigningStatus.SIGNED}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 2
