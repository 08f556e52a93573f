"""From nomination to a final list."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from expo.editions.actions import mark_archived, mark_closed, set_quotas
from expo.editions.models import Edition
from expo.judging import actions as judging
from expo.judging import actions_scoring
from expo.judging.models import Assignment
from expo.judging.queries import list_criteria
from expo.kit import clock, events
from expo.kit.access import ANONYMOUS, SYSTEM, Actor
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.people.models import Person
from expo.people.permissions import Role
from expo.pool.models import TicketOutcome, TicketStatus
from expo.shortlist import actions, actions_deciding, actions_notice, queries_deciding, queries_notice
from expo.shortlist.events import ListFinalised
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Hurdle
from expo.shortlist.rules import digest_of, version_of
from tests.judging.makers import make_panel
from tests.makers import (
    Places,
    make_actor,
    make_candidate,
    make_edition,
    make_industry,
    make_person,
    make_ticket,
)

S = CandidateStatus


def fresh(candidate_id: int) -> Candidate:
    db.session.expire_all()
    return db.session.get_one(Candidate, candidate_id)


def release_all(edition: Edition, by: Actor) -> None:
    paths = by.region_paths("shortlist:decision:release")
    pairs = queries_deciding.list_pending_pairs(edition.id, paths, by.person_id)
    actions_deciding.release(edition.id, digest_of((n, d) for n, d, _by in pairs), by=by)


def ranked(edition: Edition, places: Places, *scores: int | None, **values) -> list[Candidate]:
    """Candidates under review with these scores."""
    return [make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.UNDER_REVIEW, score=score,
                           **values) for score in scores]


def test_a_county_nominates_its_own_tickets_and_no_others(app: Flask) -> None:
    places, edition = Places(), make_edition()
    industry = make_industry(edition, "新材料")
    by = make_actor(Role.ORGANISER, places.qingyang)
    own, other = make_ticket(places.qingyang, industry="新材料"), make_ticket(places.fucheng)
    candidate = fresh(actions.nominate_ticket(own.id, edition.id, "很成熟", by=by))
    assert (candidate.city_id, candidate.industry_id, candidate.nominated_by_id, candidate.nomination_note) == (
        places.chengdu.id, industry.id, by.person_id, "很成熟")
    with pytest.raises(NotFound):
        actions.nominate_tickets(edition.id, [other.id], by=by)
    with pytest.raises(Refused):
        actions.nominate_ticket(own.id, edition.id, by=by)


def test_a_host_nominates_within_the_region_of_its_grant(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.HOST, places.mianyang, edition)
    assert actions.nominate_tickets(edition.id, [make_ticket(places.fucheng).id], by=by)
    with pytest.raises(NotFound):
        actions.nominate_tickets(edition.id, [make_ticket(places.qingyang).id], by=by)
    other = make_edition("2027")
    with pytest.raises(NotFound):
        actions.nominate_tickets(other.id, [make_ticket(places.fucheng).id], by=by)


def test_bulk_nomination_leaves_what_is_a_candidate_already(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.chengdu)
    tickets = [make_ticket(places.qingyang).id, make_ticket(places.shuangliu).id]
    assert len(actions.nominate_tickets(edition.id, tickets[:1], by=by)) == 1
    assert len(actions.nominate_tickets(edition.id, tickets, by=by)) == 1
    assert actions.nominate_tickets(edition.id, tickets, by=by) == []


def test_one_bad_ticket_in_many_stops_them_all(app: Flask) -> None:
    places, edition = Places(), make_edition()
    good = make_ticket(places.qingyang)
    bad = make_ticket(places.qingyang, status=TicketStatus.CLOSED, outcome=TicketOutcome.DUPLICATE, closed_at=clock.now())
    with pytest.raises(Refused):
        actions.nominate_tickets(edition.id, [good.id, bad.id], by=make_actor(Role.ORGANISER, places.qingyang))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Candidate)) == 0


@pytest.mark.parametrize("days", [-20, 20])
def test_closed_stages_refuse_nomination_endorsement_review_and_notice(app: Flask, days: int) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    panel = make_panel(edition, opened=False)
    ticket, nominated = make_ticket(places.qingyang), make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    endorsed = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.ENDORSED)
    now = clock.now()
    with clock.frozen(now + timedelta(days=days)):
        for attempt in (
            lambda: actions.nominate_tickets(edition.id, [ticket.id], by=by),
            lambda: actions.endorse_candidates(edition.id, [nominated.id], by=by),
            lambda: actions.send_back(edition.id, nominated.id, "缺材料", by=by),
            lambda: actions_deciding.send_to_review(edition.id, panel.id, [endorsed.id], by=by),
            lambda: actions_notice.publish_notice(edition.id, title="公示", text="", opens_at=now, by=by,
                                                  closes_at=clock.now() + timedelta(days=1)),
        ):
            with pytest.raises(Refused):
                attempt()


def test_the_city_endorses_its_counties_and_the_county_cannot(app: Flask) -> None:
    places, edition = Places(), make_edition()
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    for role_region in (places.qingyang, places.mianyang):
        with pytest.raises(NotFound):
            actions.endorse_candidates(edition.id, [candidate.id], by=make_actor(Role.ORGANISER, role_region))
    by = make_actor(Role.ORGANISER, places.chengdu)
    actions.endorse_candidates(edition.id, [candidate.id], by=by)
    assert (fresh(candidate.id).status, fresh(candidate.id).endorsed_by_id) == (S.ENDORSED, by.person_id)
    with pytest.raises(Refused):
        actions.endorse_candidates(edition.id, [candidate.id], by=by)


def test_what_is_sent_back_is_completed_and_handed_in_again(app: Flask) -> None:
    places, edition = Places(), make_edition()
    county, city = make_actor(Role.ORGANISER, places.qingyang), make_actor(Role.ORGANISER, places.chengdu)
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    with pytest.raises(Refused):
        actions.send_back(edition.id, candidate.id, "", by=city)
    actions.send_back(edition.id, candidate.id, "缺专利号", by=city)
    assert (fresh(candidate.id).status, fresh(candidate.id).reason) == (S.RETURNED, "缺专利号")
    with pytest.raises(NotFound):
        actions.hand_in_again(edition.id, candidate.id, "补好了", by=make_actor(Role.ORGANISER, places.fucheng))
    actions.hand_in_again(edition.id, candidate.id, "补好了", by=county)
    assert (fresh(candidate.id).status, fresh(candidate.id).reason) == (S.NOMINATED, "")


def test_a_nomination_is_taken_back_only_before_anybody_acted_on_it(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.qingyang)
    one = make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    two = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.ENDORSED)
    actions.withdraw_nomination(edition.id, one.id, by=by)
    with pytest.raises(Refused):
        actions.withdraw_nomination(edition.id, two.id, by=by)
    assert db.session.scalars(sa.select(Candidate.id)).all() == [two.id]


def test_reviewed_candidates_get_their_scores_when_the_panel_closes(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by, reviewer = make_actor(Role.ORGANISER, places.province), make_actor(Role.REVIEWER, places.province)
    panel = make_panel(edition, reviewer)
    ticket = make_ticket(places.qingyang, description="一种新材料", contact_phone="13800000000")
    candidate = make_candidate(edition, ticket, places.chengdu, status=S.ENDORSED)
    actions_deciding.send_to_review(edition.id, panel.id, [candidate.id], by=by)
    assignment = db.session.scalars(sa.select(Assignment).options(sa.orm.joinedload(Assignment.submission))).one()
    assert "13800000000" not in str(assignment.submission.facts)
    assert "一种新材料" in str(assignment.submission.facts)
    a, b = list_criteria(panel.id)
    actions_scoring.give_scores(assignment.id, {a.id: 9, b.id: 6}, "", by=reviewer)
    assert fresh(candidate.id).score is None
    judging.close_panel(panel.id, by=by)
    assert fresh(candidate.id).score == 7800


def test_proposals_fill_the_quotas_by_rank_and_say_what_stood_in_the_way(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    set_quotas(edition.id, {(places.chengdu.id, "achievement"): 2}, by=by)
    first, second, third, fourth, unscored = ranked(edition, places, 9000, 8000, 7000, 6000, None)
    counts = actions_deciding.propose(edition.id, 50, None, by=by)
    assert counts == {Decision.SELECTED: 2, Decision.RESERVE: 1, Decision.DECLINED: 1}
    found = [fresh(c.id) for c in (first, second, third, fourth, unscored)]
    assert [c.pending_decision for c in found] == [
        Decision.SELECTED, Decision.SELECTED, Decision.RESERVE, Decision.DECLINED, None]
    assert [c.hurdle for c in found] == [
        Hurdle.INSIDE, Hurdle.INSIDE, Hurdle.CELL_FULL, Hurdle.CELL_FULL, Hurdle.NOT_SCORED]
    assert [c.place for c in found] == [1, 2, 3, 4, None]
    assert {c.status for c in found} == {S.UNDER_REVIEW}


def test_decisions_by_hand_survive_a_new_proposal_and_take_their_places(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    set_quotas(edition.id, {(None, None): 2}, by=by)
    first, second, third = ranked(edition, places, 9000, 8000, 7000)
    actions_deciding.propose(edition.id, 0, None, by=by)
    actions_deciding.decide(edition.id, [third.id], Decision.SELECTED, "", by=by)
    actions_deciding.propose(edition.id, 0, None, by=by)
    assert [fresh(c.id).pending_decision for c in (first, second, third)] == [
        Decision.SELECTED, Decision.DECLINED, Decision.SELECTED]


def test_a_released_selection_keeps_its_place_in_the_next_round(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    set_quotas(edition.id, {(None, None): 2}, by=by)
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED)
    first, second = ranked(edition, places, 9000, 8000)
    actions_deciding.propose(edition.id, 0, None, by=by)
    assert [fresh(c.id).pending_decision for c in (first, second)] == [Decision.SELECTED, Decision.DECLINED]


def test_only_the_province_proposes_and_decides(app: Flask) -> None:
    places, edition = Places(), make_edition()
    candidate = ranked(edition, places, 9000)[0]
    for region in (places.chengdu, places.qingyang):
        by = make_actor(Role.ORGANISER, region)
        with pytest.raises(Forbidden):
            actions_deciding.propose(edition.id, 20, None, by=by)
        with pytest.raises(NotFound):
            actions_deciding.decide(edition.id, [candidate.id], Decision.SELECTED, "", by=by)


def test_two_different_people_decide_and_release(app: Flask, work_off) -> None:
    places, edition = Places(), make_edition()
    nominator = make_person("提名人", email="county@example.cn")
    decider, releaser = (make_actor(Role.ORGANISER, places.province) for _ in range(2))
    yes = make_candidate(edition, make_ticket(places.qingyang, contact_email="owner@example.cn"), places.chengdu,
                         status=S.UNDER_REVIEW, score=9000, nominated_by_id=nominator.id)
    no = make_candidate(edition, make_ticket(places.qingyang, contact_phone="+8613800000001"), places.chengdu,
                        status=S.UNDER_REVIEW, score=100, nominated_by_id=nominator.id)
    with pytest.raises(Refused):
        actions_deciding.decide(edition.id, [no.id], Decision.DECLINED, "", by=decider)
    actions_deciding.decide(edition.id, [yes.id], Decision.SELECTED, "", by=decider)
    actions_deciding.decide(edition.id, [no.id], Decision.DECLINED, "尚不成熟", by=decider)
    with pytest.raises(Refused):
        release_all(edition, decider)
    assert fresh(yes.id).status is S.UNDER_REVIEW
    release_all(edition, releaser)
    assert [(fresh(c.id).status, fresh(c.id).pending_decision) for c in (yes, no)] == [(S.SELECTED, None), (S.DECLINED, None)]
    assert fresh(no.id).reason == "尚不成熟"
    assert (fresh(yes.id).released_decider_id, fresh(yes.id).released_by_id) == (decider.person_id, releaser.person_id)
    work_off()
    sent = {m.address: m.body for m in db.session.scalars(sa.select(OutboxMessage))}
    assert set(sent) == {"county@example.cn", "owner@example.cn", "+8613800000001"}
    assert "尚不成熟" in sent["county@example.cn"]
    assert "尚不成熟" in sent["+8613800000001"]
    work_off()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 3


def test_ones_own_decisions_wait_while_those_of_others_are_released(app: Flask) -> None:
    places, edition = Places(), make_edition()
    one, two = (make_actor(Role.ORGANISER, places.province) for _ in range(2))
    first, second = ranked(edition, places, 9000, 8000)
    actions_deciding.decide(edition.id, [first.id], Decision.SELECTED, "", by=one)
    actions_deciding.decide(edition.id, [second.id], Decision.SELECTED, "", by=two)
    release_all(edition, two)
    assert [fresh(c.id).status for c in (first, second)] == [S.SELECTED, S.UNDER_REVIEW]


def test_what_changed_since_the_summary_is_not_released(app: Flask) -> None:
    places, edition = Places(), make_edition()
    one, two = (make_actor(Role.ORGANISER, places.province) for _ in range(2))
    candidate = ranked(edition, places, 9000)[0]
    actions_deciding.decide(edition.id, [candidate.id], Decision.SELECTED, "", by=one)
    seen = digest_of([(candidate.id, Decision.SELECTED)])
    actions_deciding.decide(edition.id, [candidate.id], Decision.RESERVE, "", by=one)
    with pytest.raises(Refused):
        actions_deciding.release(edition.id, seen, by=two)


def test_the_database_itself_refuses_one_person_deciding_and_releasing(app: Flask) -> None:
    places, edition = Places(), make_edition()
    candidate = ranked(edition, places, 9000)[0]
    person = make_person()

    @action
    def cheat(*, by: Actor) -> None:
        record = db.session.get_one(Candidate, candidate.id)
        record.released_by_id = record.released_decider_id = person.id
        record.released_at = clock.now()

    with pytest.raises(IntegrityError):
        cheat(by=SYSTEM)


def test_of_two_who_decide_at_once_the_second_is_told(app: Flask) -> None:
    places, edition = Places(), make_edition()
    one, two = (make_actor(Role.ORGANISER, places.province) for _ in range(2))
    candidate = ranked(edition, places, 9000)[0]
    seen = version_of(candidate)
    actions_deciding.decide(edition.id, [candidate.id], Decision.SELECTED, "", by=one, seen=seen)
    with pytest.raises(Refused):
        actions_deciding.decide(edition.id, [candidate.id], Decision.RESERVE, "", by=two, seen=seen)
    assert fresh(candidate.id).pending_decision is Decision.SELECTED


def test_a_decision_is_taken_back_as_long_as_it_is_pending(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    candidate = ranked(edition, places, 9000)[0]
    actions_deciding.decide(edition.id, [candidate.id], Decision.DECLINED, "重复", by=by)
    assert actions_deciding.take_back(edition.id, [candidate.id], by=by) == 1
    assert (fresh(candidate.id).pending_decision, fresh(candidate.id).reason) == (None, "")


def test_a_declined_candidate_always_has_a_reason_in_the_database(app: Flask) -> None:
    places, edition = Places(), make_edition()
    with pytest.raises(IntegrityError):
        make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.DECLINED, reason="")


@pytest.fixture
def finalised(app: Flask):
    heard: list[ListFinalised] = []
    before = events._reactions[ListFinalised][:]
    events._reactions[ListFinalised][:] = [heard.append]
    yield heard
    events._reactions[ListFinalised][:] = before


def test_a_list_becomes_final_only_when_every_objection_is_answered(app: Flask, finalised) -> None:
    places, edition = Places(), make_edition()
    one, two = (make_actor(Role.ORGANISER, places.province) for _ in range(2))
    good, bad = (make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED) for _ in range(2))
    now = clock.now()
    notice = actions_notice.publish_notice(edition.id, title="公示", text="", opens_at=now,
                                           closes_at=now + timedelta(days=1), by=one)
    for number, contact in ((good.id, "13800000000"), (bad.id, "wang@example.cn")):
        actions_notice.object_to(notice.id, number, name="王五", contact=contact, text="这个项目有权属争议", by=ANONYMOUS)
    with pytest.raises(Refused):
        actions_notice.object_to(notice.id, good.id, name="王五", contact="随便", text="这个项目有权属争议", by=ANONYMOUS)
    after = now + timedelta(days=1)
    with clock.frozen(after), pytest.raises(Refused):
        actions_notice.object_to(notice.id, good.id, name="王五", contact="wang@example.cn", text="迟到", by=ANONYMOUS)
    against = {o.candidate_id: o.id for o in queries_notice.list_objections(notice.id)}
    actions_notice.answer_objection(notice.id, against[good.id], "经查不属实", False, by=one)
    with clock.frozen(after), pytest.raises(Refused):
        actions_notice.finalise_notice(notice.id, by=one)
    actions_notice.answer_objection(notice.id, against[bad.id], "经查属实", True, by=one)
    with pytest.raises(Refused):
        actions_notice.answer_objection(notice.id, against[bad.id], "再答", False, by=one)
    with clock.frozen(after), pytest.raises(Refused):
        actions_notice.finalise_notice(notice.id, by=one)
    actions_deciding.take_back(edition.id, [bad.id], by=one)
    with clock.frozen(after), pytest.raises(Refused):
        actions_notice.finalise_notice(notice.id, by=one)
    actions_deciding.decide(edition.id, [bad.id], Decision.DECLINED, "异议属实", by=one)
    with pytest.raises(Refused):
        release_all(edition, one)
    release_all(edition, two)
    assert fresh(bad.id).status is S.DECLINED
    with clock.frozen(after):
        assert actions_notice.finalise_notice(notice.id, by=one) == 1
        with pytest.raises(Refused):
            actions_notice.finalise_notice(notice.id, by=one)
    assert finalised == [ListFinalised(edition.id, (good.id,))]
    answers = {m.address for m in db.session.scalars(sa.select(OutboxMessage))}
    assert {"wang@example.cn", "+8613800000000"} <= answers


def test_only_the_province_publishes_and_each_candidate_stands_on_one_notice(app: Flask) -> None:
    places, edition = Places(), make_edition()
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED)
    now = clock.now()
    dates = {"title": "公示", "text": "", "opens_at": now, "closes_at": now + timedelta(days=1)}
    with pytest.raises(Forbidden):
        actions_notice.publish_notice(edition.id, **dates, by=make_actor(Role.ORGANISER, places.chengdu))
    by = make_actor(Role.ORGANISER, places.province)
    actions_notice.publish_notice(edition.id, **dates, by=by)
    with pytest.raises(Refused):
        actions_notice.publish_notice(edition.id, **dates, by=by)


def test_carrying_over_makes_one_candidate_of_the_next_edition_whenever_and_however_often(app: Flask) -> None:
    places = Places()
    last, following = make_edition("2026"), make_edition("2027", open_stages=False)
    ticket = make_ticket(places.qingyang)
    make_candidate(last, ticket, places.chengdu, status=S.SELECTED)
    caretaker = make_actor(Role.CARETAKER, places.qingyang)
    first = actions.carry_over(ticket.id, following.id, "还在谈", by=caretaker)
    assert actions.carry_over(ticket.id, following.id, "再来", by=caretaker) == first
    candidate = fresh(first)
    assert (candidate.is_carried_over, candidate.nomination_note, candidate.status) == (True, "还在谈", S.NOMINATED)
    with pytest.raises(NotFound):
        actions.carry_over(ticket.id, 999, "", by=caretaker)


def test_nothing_moves_in_an_archived_edition(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu)
    mark_closed(edition.id, by=by)
    mark_archived(edition.id, by=by)
    for attempt in (
        lambda: actions.nominate_tickets(edition.id, [make_ticket(places.qingyang).id], by=by),
        lambda: actions.endorse_candidates(edition.id, [candidate.id], by=by),
        lambda: actions_deciding.decide(edition.id, [candidate.id], Decision.DECLINED, "x", by=by),
        lambda: actions.carry_over(make_ticket(places.qingyang).id, edition.id, "", by=by),
    ):
        with pytest.raises(Refused):
            attempt()


def test_whoever_objected_stays_masked_and_every_look_is_noted(app: Flask) -> None:
    from expo.kit.history import list_history

    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=S.SELECTED)
    now = clock.now()
    notice = actions_notice.publish_notice(edition.id, title="公示", text="", opens_at=now,
                                           closes_at=now + timedelta(days=1), by=by)
    actions_notice.object_to(notice.id, candidate.id, name="王五", contact="wang@example.cn", text="有权属争议", by=ANONYMOUS)
    number = queries_notice.list_objections(notice.id)[0].id
    assert "王五" not in str([r.changes for r in list_history("objection", number)])
    assert actions_notice.show_objector(notice.id, number, by=by) == ("王五", "wang@example.cn")
    assert any(r.action.endswith(":unmasked") for r in list_history("objection", number))
    with pytest.raises(Forbidden):
        actions_notice.show_objector(notice.id, number, by=make_actor(Role.AUDITOR, places.province))
    assert db.session.get(Person, by.person_id) is not None
