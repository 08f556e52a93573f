"""Cases on the database: one for every project, worked in by their owners, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.editions.models import EditionStatus
from expo.followup import actions, actions_closing, queries
from expo.followup.models import Case, CaseOutcome, CaseStatus
from expo.kit import clock, history
from expo.kit.db import db
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.pool.models import Ticket
from expo.projects.models import ProjectStatus
from expo.shortlist.models import Candidate
from tests.conftest import Browser
from tests.makers import Places, make_actor, make_edition, make_project


def past_edition(status: EditionStatus = EditionStatus.RUNNING) -> Any:
    return make_edition("2025", status, starts_on=clock.now().date() - timedelta(days=5))


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_closing_gives_every_project_exactly_one_case_with_an_owner(places: Places, work_off: Callable[[], None]) -> None:
    edition = past_edition()
    caretaker = make_actor(Role.CARETAKER, places.qingyang)
    projects = [make_project(edition, places.qingyang, places.chengdu, status=status)
                for status in (ProjectStatus.PUBLISHED, ProjectStatus.INVITED, ProjectStatus.ACCEPTED)]
    boss = make_actor(Role.ORGANISER, places.province)
    actions_closing.start_closing(edition.id, by=boss)
    work_off()
    cases = db.session.scalars(sa.select(Case)).all()
    assert sorted(c.project_id for c in cases) == sorted(p.id for p in projects)
    assert {c.owner_id for c in cases} == {caretaker.person_id}
    assert {c.due_on for c in cases} == {actions.today() + timedelta(days=30)}
    tickets = db.session.scalars(sa.select(Ticket)).all()
    assert {t.caretaker_id for t in tickets} == {caretaker.person_id}
    assert queries.get_edition(edition.id).status is EditionStatus.CLOSED
    assert history.verify() == []


def test_a_closing_killed_in_the_middle_is_finished_by_the_next_run(places: Places, work_off: Callable[[], None],
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    edition = past_edition()
    make_actor(Role.CARETAKER, places.qingyang)
    for _ in range(5):
        make_project(edition, places.qingyang, places.chengdu)
    boss = make_actor(Role.ORGANISER, places.province)
    real, calls = actions.open_cases, []

    def dies_on_the_second_batch(ids: list[int], **rest: Any) -> int:
        calls.append(ids)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(ids, **rest)

    monkeypatch.setattr("expo.followup.jobs.BATCH", 2)
    monkeypatch.setattr("expo.followup.jobs.open_cases", dies_on_the_second_batch)
    actions_closing.start_closing(edition.id, by=boss)
    work_off()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 5
    assert queries.count_ledger(edition.id) == (5, 0, 0)


def test_opening_a_case_again_changes_nothing(places: Places) -> None:
    edition = past_edition()
    project = make_project(edition, places.qingyang, places.chengdu)
    first = actions.open_case(project.id).id
    assert actions.open_case(project.id).id == first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_a_directly_reported_project_gets_a_ticket_to_carry_its_case(places: Places) -> None:
    edition = past_edition()
    caretaker = make_actor(Role.CARETAKER, places.qingyang)
    project = make_project(edition, places.qingyang, places.chengdu, ticket_id=None, direct_reason="领导推荐")
    case = actions.open_case(project.id)
    ticket = db.session.get_one(Ticket, case.ticket_id)
    assert (ticket.title, ticket.caretaker_id) == (project.title, caretaker.person_id)


def test_without_caretakers_the_nearest_organiser_owns_the_case(places: Places) -> None:
    edition = past_edition()
    city = make_actor(Role.ORGANISER, places.chengdu)
    make_actor(Role.ORGANISER, places.province)
    project = make_project(edition, places.qingyang, places.chengdu)
    assert actions.open_case(project.id).owner_id == city.person_id


def test_an_edition_is_not_archived_while_a_project_lacks_an_owner(places: Places) -> None:
    edition = past_edition(EditionStatus.CLOSED)
    project = make_project(edition, places.qingyang, places.chengdu)
    boss = make_actor(Role.ORGANISER, places.province)
    with pytest.raises(Refused, match="1"):
        actions_closing.archive_edition(edition.id, by=boss)
    actions.open_case(project.id)
    actions_closing.archive_edition(edition.id, by=boss)
    assert queries.get_edition(edition.id).status is EditionStatus.ARCHIVED


def test_a_running_expo_is_not_closed(places: Places) -> None:
    edition = make_edition()
    boss = make_actor(Role.ORGANISER, places.province)
    with pytest.raises(Refused):
        actions_closing.start_closing(edition.id, by=boss)


def case_with_owner(places: Places) -> tuple[Case, Any]:
    edition = past_edition(EditionStatus.CLOSED)
    owner = make_actor(Role.CARETAKER, places.qingyang)
    project = make_project(edition, places.qingyang, places.chengdu)
    return actions.open_case(project.id), owner


def test_a_case_goes_from_response_over_progress_to_its_outcome(places: Places) -> None:
    case, owner = case_with_owner(places)
    actions.respond(case.id, actions.today(), "已告知对接结果", by=owner)
    actions.note_progress(case.id, actions.today(), "完成小试", "签订合同", actions.today() + timedelta(days=9), by=owner)
    actions.settle(case.id, CaseOutcome.CONTRACT, "", by=owner)
    done = queries.get_case(case.id)
    assert (done.status, done.outcome) == (CaseStatus.SETTLED, CaseOutcome.CONTRACT)
    assert [e.kind.value for e in done.entries] == ["opened", "assigned", "response", "progress", "settled"]
    assert queries.rates(case.edition_id)[places.chengdu.id] == (1, 1, 1)


def test_a_case_without_response_cannot_be_settled(places: Places) -> None:
    case, owner = case_with_owner(places)
    with pytest.raises(Refused):
        actions.settle(case.id, CaseOutcome.CONTRACT, "", by=owner)


def test_a_project_passed_on_becomes_a_candidate_of_the_next_edition(places: Places) -> None:
    case, owner = case_with_owner(places)
    actions.respond(case.id, actions.today(), "继续", by=owner)
    with pytest.raises(Refused):
        actions.settle(case.id, CaseOutcome.NEXT_EDITION, "", by=owner)
    following = make_edition("2027", EditionStatus.PREPARING, starts_on=clock.now().date() + timedelta(days=300))
    actions.settle(case.id, CaseOutcome.NEXT_EDITION, "尚需中试", by=owner)
    candidate = db.session.scalars(sa.select(Candidate)).one()
    assert (candidate.edition_id, candidate.ticket_id) == (following.id, case.ticket_id)


def test_only_the_owner_and_organisers_of_the_region_work_in_a_case(places: Places) -> None:
    case, _owner = case_with_owner(places)
    for stranger in (make_actor(Role.CARETAKER, places.fucheng), make_actor(Role.ORGANISER, places.mianyang),
                     make_actor(Role.AUDITOR, places.province)):
        with pytest.raises(Forbidden):
            actions.respond(case.id, actions.today(), "x", by=stranger)
    actions.respond(case.id, actions.today(), "已回音", by=make_actor(Role.ORGANISER, places.chengdu))


def test_a_case_is_handed_only_to_somebody_who_serves_or_organises_its_region(places: Places) -> None:
    case, _owner = case_with_owner(places)
    county = make_actor(Role.ORGANISER, places.qingyang)
    other = make_actor(Role.CARETAKER, places.chengdu)
    stranger = make_actor(Role.CARETAKER, places.fucheng)
    assert stranger.person_id is not None
    assert other.person_id is not None
    with pytest.raises(Refused):
        actions.assign_case(case.id, stranger.person_id, by=county)
    actions.assign_case(case.id, other.person_id, by=county)
    assert queries.get_case(case.id).owner_id == other.person_id
    with pytest.raises(Forbidden):
        actions.assign_case(case.id, other.person_id, by=make_actor(Role.ORGANISER, places.mianyang))


def test_overdue_cases_climb_once_per_level_and_tell_the_organisers(places: Places) -> None:
    from expo.kit.outbox import OutboxMessage

    case, owner = case_with_owner(places)
    make_actor(Role.ORGANISER, places.qingyang)
    make_actor(Role.ORGANISER, places.chengdu)
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert (actions.escalate_overdue(), actions.escalate_overdue()) == (1, 0)
    with clock.frozen(clock.now() + timedelta(days=50)):
        assert actions.escalate_overdue() == 1
    assert queries.get_case(case.id).escalation == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 2
    with clock.frozen(clock.now() + timedelta(days=50)):
        actions.respond(case.id, actions.today(), "终于", by=owner)
    assert queries.get_case(case.id).escalation == 0


def test_pages_show_a_case_to_its_owner_and_region_and_nobody_else(places: Places, client: Browser) -> None:
    case, owner = case_with_owner(places)
    address = f"/work/followup/cases/{case.id}"
    assert client.get(address).status_code == 302
    for actor, status in ((owner, 200), (make_actor(Role.ORGANISER, places.chengdu), 200),
                          (make_actor(Role.AUDITOR, places.province), 200), (make_actor(Role.ORGANISER, places.mianyang), 404),
                          (make_actor(Role.CARETAKER, places.qingyang), 404)):
        assert client.sign_in(actor).get(address).status_code == status


@pytest.mark.parametrize("owns", [True, False])
def test_a_case_leads_back_to_a_list_that_its_reader_may_open(places: Places, client: Browser, *, owns: bool) -> None:
    case, owner = case_with_owner(places)
    page = client.sign_in(owner if owns else make_actor(Role.AUDITOR, places.province)).get(f"/work/followup/cases/{case.id}").text
    crumbs = page.partition('class="crumbs"')[2].partition("</nav>")[0]
    assert ("/work/followup/mine" in crumbs, "/work/2025/followup/" in crumbs) == (owns, not owns)


def test_a_wrong_response_keeps_what_was_typed_and_says_what_to_do(places: Places, client: Browser) -> None:
    case, owner = case_with_owner(places)
    day = (actions.today() + timedelta(days=3)).isoformat()
    answer = client.sign_in(owner).post(f"/work/followup/cases/{case.id}/respond",
                                        data={"happened_on": day, "note": "写了很久的回音内容"})
    assert answer.status_code == 422
    assert "写了很久的回音内容" in answer.text
    assert "该日期在将来" in answer.text


def test_the_list_sends_the_same_number_of_queries_for_one_row_and_three(places: Places, client: Browser,
                                                                         count_queries: Any) -> None:
    edition = past_edition(EditionStatus.CLOSED)
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            actions.open_case(make_project(edition, places.qingyang, places.chengdu).id)
        client.get(f"/work/{edition.slug}/followup/")
        with count_queries() as count:
            assert client.get(f"/work/{edition.slug}/followup/").status_code == 200
        counts.append(count())
    assert counts[0] == counts[1]


def test_a_city_sees_and_exports_only_its_own_cases(places: Places, client: Browser) -> None:
    edition = past_edition(EditionStatus.CLOSED)
    for region, city, title in ((places.qingyang, places.chengdu, "成都的项目"), (places.fucheng, places.mianyang, "绵阳的项目")):
        actions.open_case(make_project(edition, region, city, title).id)
    client.sign_in(make_actor(Role.ORGANISER, places.mianyang))
    for address in (f"/work/{edition.slug}/followup/", f"/work/{edition.slug}/followup/export.csv"):
        text = client.get(address).text
        assert "绵阳的项目" in text
        assert "成都的项目" not in text
