"""Interests, contacts by consent, meetings without clashes, results."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import NotFound, Refused
from expo.meetings import actions, queries, rules
from expo.meetings.models import (
    Interest,
    InterestLevel,
    InterestStatus,
    Meeting,
    MeetingOutcome,
    MeetingStatus,
)
from expo.meetings.rules import INTERESTS, MEETINGS, Place
from expo.people.actions_consents import withdraw_consent
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.projects.models import Project, ProjectStatus
from tests.makers import make_actor, make_member, make_organisation, make_person
from tests.projects.world import World

S, M = InterestStatus, MeetingStatus
INTEREST_MOVES = {(S.OPEN, S.ACCEPTED), (S.OPEN, S.DECLINED), (S.OPEN, S.WITHDRAWN), (S.ACCEPTED, S.DECLINED),
                  (S.ACCEPTED, S.WITHDRAWN), (S.DECLINED, S.ACCEPTED), (S.DECLINED, S.WITHDRAWN), (S.WITHDRAWN, S.OPEN)}
MEETING_MOVES = {(M.PROPOSED, M.PROPOSED), (M.PROPOSED, M.ACCEPTED), (M.PROPOSED, M.CANCELLED), (M.ACCEPTED, M.PROPOSED),
                 (M.ACCEPTED, M.HELD), (M.ACCEPTED, M.NO_SHOW), (M.ACCEPTED, M.CANCELLED), (M.NO_SHOW, M.PROPOSED)}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_an_interest_moves_only_along_its_life(before: S, after: S) -> None:
    assert INTERESTS.allows(before, after) is ((before, after) in INTEREST_MOVES)


@pytest.mark.parametrize(("before", "after"), list(product(M, M)))
def test_a_meeting_moves_only_along_its_life(before: M, after: M) -> None:
    assert MEETINGS.allows(before, after) is ((before, after) in MEETING_MOVES)


def _at(hour: int, minutes: int = 30, day: int = 1) -> Place:
    start = (clock.now() + timedelta(days=day)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return Place(start, start + timedelta(minutes=minutes), place="2号馆洽谈区")


class Talk:
    """A visitor, a published project of the company, and what they agree."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.project: Project = world.project(ProjectStatus.PUBLISHED, exhibitor_id=world.exhibitor.person_id)
        self.visitor: Actor = load_actor(make_person("王丽", email="wang@example.cn").id)

    def wanted(self, project: Project | None = None, visitor: Actor | None = None) -> Interest:
        return actions.express_interest((project or self.project).id, InterestLevel.MUST, "想谈合作", shares_contact=True,
                                        by=visitor or self.visitor)

    def accepted(self, **of: Any) -> Interest:
        interest = self.wanted(**of)
        return actions.answer_interest(interest.id, accepted=True, answer="欢迎", shares_contact=False, by=self.world.exhibitor)

    def agreed(self, place: Place, **of: Any) -> Meeting:
        interest = self.accepted(**of)
        meeting = actions.propose_meeting(interest.id, place, by=self.world.exhibitor)
        return actions.accept_meeting(meeting.id, by=of.get("visitor") or self.visitor)


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(world)


def _seen(interest_id: int) -> Interest:
    db.session.expunge_all()
    db.session.rollback()
    return queries.get_interest(interest_id)


def test_wanting_to_meet_needs_the_consent_to_pass_on_the_contact(talk: Talk) -> None:
    with pytest.raises(Refused) as refusal:
        actions.express_interest(talk.project.id, InterestLevel.WOULD, shares_contact=False, by=talk.visitor)
    assert refusal.value.field == "share_contact"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Interest)) == 0


def test_no_thank_you_needs_no_consent_and_reaches_nobody(talk: Talk) -> None:
    actions.express_interest(talk.project.id, InterestLevel.NO, shares_contact=False, by=talk.visitor)
    assert queries.list_inbox(talk.world.exhibitor, None, None, 10).rows == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0


def test_wanting_again_changes_the_one_interest(talk: Talk) -> None:
    first = talk.wanted().id
    again = actions.express_interest(talk.project.id, InterestLevel.WOULD, "改天也行", shares_contact=True, by=talk.visitor)
    assert (again.id, again.level) == (first, InterestLevel.WOULD)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1


def test_unpublished_and_own_projects_cannot_be_wanted(talk: Talk) -> None:
    with pytest.raises(NotFound):
        talk.wanted(talk.world.project(ProjectStatus.ACCEPTED))
    with pytest.raises(Refused):
        talk.wanted(visitor=talk.world.exhibitor)


def test_the_contact_is_shown_by_consent_and_hidden_at_once_when_it_ends(talk: Talk) -> None:
    interest = talk.wanted()
    shown = rules.visitor_contact(_seen(interest.id))
    assert shown is not None
    assert (shown.name, shown.email) == ("王丽", "wang@example.cn")
    actions.hide_contact(interest.id, by=talk.visitor)
    assert rules.visitor_contact(_seen(interest.id)) is None


def test_a_consent_withdrawn_elsewhere_hides_the_contact_too(talk: Talk) -> None:
    interest = talk.wanted()
    consent_id = _seen(interest.id).consent_id
    assert consent_id is not None
    withdraw_consent(consent_id, by=talk.visitor)
    assert rules.visitor_contact(_seen(interest.id)) is None


def test_the_exhibitors_contact_needs_their_own_consent(talk: Talk) -> None:
    silent = talk.accepted()
    assert rules.exhibitor_contact(_seen(silent.id)) is None
    other = talk.wanted(visitor=load_actor(make_person("李强").id))
    actions.answer_interest(other.id, accepted=True, answer="", shares_contact=True, by=talk.world.exhibitor)
    shown = rules.exhibitor_contact(_seen(other.id))
    assert shown is not None
    assert shown.name == "陈敏"


def test_withdrawing_hides_the_contact_and_cancels_what_was_agreed(talk: Talk) -> None:
    meeting = talk.agreed(_at(10))
    actions.withdraw_interest(meeting.interest_id, by=talk.visitor)
    interest = _seen(meeting.interest_id)
    assert interest.status is S.WITHDRAWN
    assert rules.visitor_contact(interest) is None
    assert [m.status for m in interest.meetings] == [M.CANCELLED]


@pytest.mark.parametrize("who", ["stranger", "other_company", "organiser"])
def test_others_learn_nothing_of_a_talk(talk: Talk, who: str) -> None:
    interest = talk.accepted()
    world = talk.world
    actor = {
        "stranger": lambda: load_actor(make_person().id),
        "other_company": lambda: make_member(make_organisation(world.places.fucheng)),
        "organiser": lambda: world.chengdu,
    }[who]()
    for attempt in (
        lambda: actions.answer_interest(interest.id, accepted=False, answer="", shares_contact=False, by=actor),
        lambda: actions.propose_meeting(interest.id, _at(9), by=actor),
        lambda: actions.withdraw_interest(interest.id, by=actor),
        lambda: actions.hide_contact(interest.id, by=actor),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_the_visitor_cannot_answer_for_the_project(talk: Talk) -> None:
    with pytest.raises(NotFound):
        actions.answer_interest(talk.wanted().id, accepted=True, answer="", shares_contact=False, by=talk.visitor)


def test_times_are_proposed_only_once_both_want_to_talk(talk: Talk) -> None:
    with pytest.raises(Refused):
        actions.propose_meeting(talk.wanted().id, _at(10), by=talk.visitor)


@pytest.mark.parametrize(("change", "field"), [
    ({"ends_at": lambda p: p.starts_at - timedelta(hours=1)}, "ends_at"),
    ({"starts_at": lambda p: clock.now() - timedelta(hours=1), "ends_at": lambda p: clock.now()}, "starts_at"),
    ({"place": lambda p: ""}, "place"), ({"online_url": lambda p: "javascript:alert(1)"}, "online_url"),
])
def test_a_place_must_make_sense(talk: Talk, change: dict[str, Any], field: str) -> None:
    good = _at(10)
    bad = Place(**vars(good) | {name: make(good) for name, make in change.items()})
    with pytest.raises(Refused) as refusal:
        actions.propose_meeting(talk.accepted().id, bad, by=talk.visitor)
    assert refusal.value.field == field


def test_the_side_that_did_not_propose_accepts(talk: Talk) -> None:
    meeting = actions.propose_meeting(talk.accepted().id, _at(10), by=talk.visitor)
    with pytest.raises(Refused):
        actions.accept_meeting(meeting.id, by=talk.visitor)
    assert actions.accept_meeting(meeting.id, by=talk.world.exhibitor).status is M.ACCEPTED


def test_another_time_turns_the_proposal_round(talk: Talk) -> None:
    meeting = actions.propose_meeting(talk.accepted().id, _at(10), by=talk.visitor)
    actions.propose_another(meeting.id, _at(15), by=talk.world.exhibitor)
    with pytest.raises(Refused):
        actions.accept_meeting(meeting.id, by=talk.world.exhibitor)
    agreed = actions.accept_meeting(meeting.id, by=talk.visitor)
    assert agreed.starts_at.hour == 15


def test_both_sides_get_the_calendar_entry_when_it_is_agreed(talk: Talk) -> None:
    talk.agreed(_at(10))
    calendars = [m.attachments for m in db.session.scalars(sa.select(OutboxMessage)) if m.attachments]
    assert len(calendars) == 2
    assert all("BEGIN:VEVENT" in attached[0]["text"] for attached in calendars)


def test_a_project_is_in_one_meeting_at_a_time(talk: Talk) -> None:
    talk.agreed(_at(10, 60))
    other = talk.accepted(visitor=load_actor(make_person("李强").id))
    with pytest.raises(Refused) as refusal:
        actions.propose_meeting(other.id, _at(10), by=talk.world.exhibitor)
    assert refusal.value.field == "starts_at"
    actions.propose_meeting(other.id, _at(11), by=talk.world.exhibitor)


def test_a_visitor_is_in_one_meeting_at_a_time(talk: Talk) -> None:
    elsewhere = make_organisation(talk.world.places.fucheng)
    manager = make_member(elsewhere)
    project = talk.world.project(ProjectStatus.PUBLISHED, title="另一家的项目")
    _give(project.id, elsewhere.id)
    talk.agreed(_at(10))
    interest = talk.wanted(project)
    actions.answer_interest(interest.id, accepted=True, answer="", shares_contact=False, by=manager)
    with pytest.raises(Refused):
        actions.propose_meeting(interest.id, _at(10), by=manager)


def test_two_proposals_for_one_time_are_decided_at_acceptance(talk: Talk) -> None:
    second = load_actor(make_person("李强").id)
    first = actions.propose_meeting(talk.accepted().id, _at(10), by=talk.visitor)
    other = actions.propose_meeting(talk.accepted(visitor=second).id, _at(10), by=second)
    actions.accept_meeting(first.id, by=talk.world.exhibitor)
    with pytest.raises(Refused):
        actions.accept_meeting(other.id, by=talk.world.exhibitor)


def _later(place: Place) -> datetime:
    return place.starts_at + timedelta(minutes=10)


def test_the_result_is_noted_once_it_has_begun(talk: Talk) -> None:
    place = _at(10)
    meeting = talk.agreed(place)
    with pytest.raises(Refused):
        actions.note_result(meeting.id, held=True, outcome=MeetingOutcome.CONTINUE, by=talk.visitor)
    with clock.frozen(_later(place)):
        with pytest.raises(Refused):
            actions.note_result(meeting.id, held=True, by=talk.visitor)
        noted = actions.note_result(meeting.id, held=True, outcome=MeetingOutcome.INTENT, note="两周内签意向书",
                                    amount_fen=50_000_000, by=talk.world.exhibitor)
    assert (noted.status, noted.outcome, noted.amount_fen) == (M.HELD, MeetingOutcome.INTENT, 50_000_000)


def test_who_did_not_come_leaves_no_outcome(talk: Talk) -> None:
    place = _at(10)
    meeting = talk.agreed(place)
    with clock.frozen(_later(place)):
        noted = actions.note_result(meeting.id, held=False, outcome=MeetingOutcome.INTENT, by=talk.visitor)
    assert (noted.status, noted.outcome) == (M.NO_SHOW, None)


def test_cancelling_needs_a_reason_and_organisers_of_the_region_may(talk: Talk) -> None:
    meeting = talk.agreed(_at(10))
    with pytest.raises(Refused):
        actions.cancel_meeting(meeting.id, " ", by=talk.visitor)
    with pytest.raises(NotFound):
        actions.cancel_meeting(meeting.id, "场地变化", by=talk.world.mianyang)
    with pytest.raises(NotFound):
        actions.cancel_meeting(meeting.id, "场地变化", by=talk.world.county)
    assert actions.cancel_meeting(meeting.id, "场地变化", by=talk.world.chengdu).cancelled_reason == "场地变化"


def _give(project_id: int, organisation_id: int) -> None:
    from expo.kit.unit import action
    from expo.projects.queries import get_for_update

    @action(history=False)
    def give() -> None:
        get_for_update(project_id).organisation_id = organisation_id

    give()


# ---- pages


def test_the_button_leads_through_signing_in_back_to_the_form(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    path = f"/projects/{talk.project.number}/interest"
    assert f'href="{path}"' in client.get(f"/projects/{talk.project.number}").text
    assert path.replace("/", "%2F") in client.get(path).headers["Location"] or path in client.get(path).headers["Location"]
    client.sign_in(talk.visitor)
    assert client.get(path).status_code == 200
    assert client.post(path, data={"level": "must", "message": "想谈"}).status_code == 422
    data = {"level": "must", "message": "想谈", "share_contact": "y", "once": "o" * 20}
    assert client.post(path, data=data).status_code == 303
    assert client.post(path, data=data).status_code == 422  # the same form twice
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Interest)) == 1


def test_a_talk_goes_from_interest_to_result_through_its_pages(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    interest = talk.wanted()
    base = f"/work/meetings/interests/{interest.id}"
    client.sign_in(talk.world.exhibitor)
    assert "王丽" in client.get("/work/exhibitor/interests").text
    assert "wang@example.cn" in client.get(base).text
    assert client.post(f"{base}/accept", data={"answer": "欢迎"}).status_code == 303
    starts = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT10:00")
    assert client.post(f"{base}/propose", data={"starts_at": starts, "minutes": "30"}).status_code == 422
    assert client.post(f"{base}/propose", data={"starts_at": starts, "minutes": "30", "place": "A馆"}).status_code == 303
    meeting = _seen(interest.id).meetings[0]
    client.sign_in(talk.visitor)
    assert client.post(f"/work/meetings/{meeting.id}/accept").status_code == 303
    assert "A馆" in client.get("/work/meetings/").text
    assert "BEGIN:VEVENT" in client.get("/work/meetings/calendar.ics").text
    with clock.frozen(meeting.starts_at + timedelta(minutes=5)):
        client.sign_in(talk.visitor)
        assert 'name="result"' in client.get(base).text
        client.post(f"/work/meetings/{meeting.id}/result", data={"result": "intent", "amount": "300", "note": "好"})
    done = _seen(interest.id).meetings[0]
    assert (done.status, done.amount_fen) == (M.HELD, 300_000_000)


def test_the_contact_leaves_the_page_with_the_consent(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    interest = talk.wanted()
    client.sign_in(talk.visitor)
    client.post(f"/work/meetings/interests/{interest.id}/hide-contact")
    client.sign_in(talk.world.exhibitor)
    for path in (f"/work/meetings/interests/{interest.id}", "/work/exhibitor/interests"):
        page = client.get(path).text
        assert "wang@example.cn" not in page
        assert "王丽" not in page


def test_talks_of_others_do_not_exist(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    meeting = talk.agreed(_at(10))
    base = f"/work/meetings/interests/{meeting.interest_id}"
    assert client.get(base).status_code == 302
    client.sign_in(make_person().id)
    assert client.get(base).status_code == 404
    assert client.post(f"/work/meetings/{meeting.id}/accept").status_code == 404
    assert client.post(f"/work/meetings/{meeting.id}/cancel", data={"reason": "不去了"}).status_code == 404


def test_organisers_see_meetings_of_their_regions_only(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    meeting = talk.agreed(_at(10))
    path = "/work/2026/meetings/"
    client.sign_in(talk.world.chengdu)
    assert talk.project.number in client.get(path).text
    assert client.get(f"{path}{meeting.id}").status_code == 200
    client.sign_in(talk.world.mianyang)
    assert talk.project.number not in client.get(path).text
    assert client.get(f"{path}{meeting.id}").status_code == 404
    client.sign_in(talk.visitor)
    assert client.get(path).status_code == 403
    client.sign_in(make_actor(Role.ORGANISER, talk.world.places.chengdu, _other_edition()))
    assert client.get(f"{path}{meeting.id}").status_code == 404


def _other_edition() -> Any:
    from tests.makers import make_edition

    return make_edition("2025")


def test_every_figure_of_interests_opens_its_rows_in_scope(talk: Talk, client) -> None:  # type: ignore[no-untyped-def]
    talk.wanted()
    path = "/work/2026/meetings/interests?level=must"
    client.sign_in(talk.world.chengdu)
    assert path in client.get("/work/2026/meetings/").text
    page = client.get(path).text
    assert talk.project.number in page
    assert "王丽" not in page
    assert talk.project.number not in client.get("/work/2026/meetings/interests?level=would").text
    client.sign_in(talk.world.mianyang)
    assert talk.project.number not in client.get(path).text
    client.sign_in(talk.visitor)
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_names_no_visitor(talk: Talk, client, form: str) -> None:  # type: ignore[no-untyped-def]
    talk.agreed(_at(10))
    client.sign_in(talk.world.chengdu)
    answer = client.get(f"/work/2026/meetings/export.{form}")
    assert answer.status_code == 200
    if form == "csv":
        text = answer.data.decode("utf-8-sig")
        assert talk.project.number in text
        assert "王丽" not in text


@pytest.mark.parametrize(("query", "found"), [
    ("status=accepted", True), ("status=held", False), ("level=must", True), ("level=would", False), ("q=催化", True),
    ("q=机器", False), ("outcome=intent", False), ("city=/510000/510100/", True), ("city=/510000/510700/", False),
])
def test_each_filter_narrows_the_list(talk: Talk, client, query: str, found: bool) -> None:  # type: ignore[no-untyped-def]
    talk.agreed(_at(10))
    client.sign_in(talk.world.province)
    assert (talk.project.number in client.get(f"/work/2026/meetings/?{query}").text) is found


@pytest.mark.parametrize("path", ["/work/2026/meetings/", "/work/2026/meetings/interests", "/work/meetings/", "/work/exhibitor/interests"])
def test_lists_need_the_same_number_of_queries_for_one_and_three(talk: Talk, client, count_queries, path: str) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(talk.world.province if "2026" in path else talk.world.exhibitor)
    counts, hour = [], 8
    for rows in (1, 2):
        for _ in range(rows):
            hour += 1
            talk.agreed(_at(hour), visitor=load_actor(make_person().id))
        client.get(path)
        with count_queries() as count:
            client.get(path)
        counts.append(count())
    assert counts[0] == counts[1]
