"""Two people, or a person and a job, at the same moment: one is first, the other is told, nothing is half-done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.editions.models import EditionStatus
from expo.followup import actions_closing
from expo.followup import queries as followup_queries
from expo.followup.models import Case
from expo.kit import clock, history, jobs
from expo.kit.db import db
from expo.kit.refusals import Refused
from expo.people.permissions import Role
from expo.pool.models import Ticket
from expo.shortlist import actions as shortlist
from expo.shortlist import actions_deciding as deciding
from expo.shortlist.models import Candidate, CandidateStatus, Decision
from expo.shortlist.rules import version_of
from expo.signings import actions as signings
from tests.makers import Places, make_actor, make_candidate, make_edition, make_project, make_ticket
from tests.signings.making import World
from tests.together import together

TIMES = 6


def test_one_ticket_nominated_by_several_at_once_is_one_candidate(app: Flask) -> None:
    places, edition = Places(), make_edition()
    actors = [make_actor(Role.ORGANISER, places.qingyang) for _ in range(TIMES)]
    for _ in range(3):
        ticket_id, edition_id = make_ticket(places.qingyang).id, edition.id
        answers = together(app, [partial(shortlist.nominate_ticket, ticket_id, edition_id, by=by) for by in actors])
        assert sum(isinstance(answer, int) for answer in answers) == 1, answers
        found = db.session.scalars(sa.select(Candidate).where(Candidate.ticket_id == ticket_id)).all()
        assert [c.id for c in found] == [answer for answer in answers if isinstance(answer, int)]
    assert history.verify() == []


def test_of_several_who_decide_at_once_one_decides_and_the_others_are_told(app: Flask) -> None:
    places, edition = Places(), make_edition()
    actors = [make_actor(Role.ORGANISER, places.province, name=f"组织者{n}") for n in range(TIMES)]
    candidate = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, score=9000,
                               status=CandidateStatus.UNDER_REVIEW)
    seen, edition_id, candidate_id = version_of(candidate), edition.id, candidate.id
    choices = [Decision.SELECTED, Decision.RESERVE] * (TIMES // 2)
    answers = together(app, [
        partial(deciding.decide, edition_id, [candidate_id], decision, "", by=by, seen=seen)
        for by, decision in zip(actors, choices, strict=True)
    ])
    winners = [n for n, answer in enumerate(answers) if answer == 1]
    assert len(winners) == 1
    assert all(isinstance(answer, Refused) for n, answer in enumerate(answers) if n not in winners)
    db.session.expire_all()
    found = db.session.get_one(Candidate, candidate_id)
    assert (found.pending_decision, found.decided_by_id) == (choices[winners[0]], actors[winners[0]].person_id)


@pytest.mark.parametrize("times", [1, 3])
def test_an_edition_closed_while_a_project_is_signed_opens_one_case(app: Flask, times: int) -> None:
    world = World()
    projects = [world.project(f"项目{n}") for n in range(times)]
    waiting = [world.frozen(project=project).id for project in projects]
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE edition SET starts_on = :day, ends_on = :day WHERE id = :id"),
                           {"day": (clock.now() - timedelta(days=2)).date(), "id": world.edition.id})
    db.session.expire_all()
    edition_id, boss, city = world.edition.id, world.boss, world.city

    def close() -> None:
        actions_closing.start_closing(edition_id, by=boss)
        for number in jobs.list_waiting():
            jobs.run_job(number)

    signers: list[Callable[[], None]] = [
        partial(signings.mark_signed, number, signings.today(), by=city) for number in waiting
    ]
    together(app, [close, *signers])
    for number in jobs.list_waiting():  # What met the lock in a bad moment is tried again, as the worker does.
        jobs.run_job(number)
    db.session.rollback()
    cases = db.session.scalars(sa.select(Case.project_id)).all()
    assert sorted(cases) == sorted(project.id for project in projects)
    assert followup_queries.count_ledger(edition_id) == (times, 0, 0)
    assert {followup_queries.get_edition(edition_id).status} == {EditionStatus.CLOSED}
    assert history.verify() == []


def test_one_closing_started_by_two_is_one_closing(app: Flask) -> None:
    places = Places()
    edition = make_edition("2025", EditionStatus.RUNNING, starts_on=clock.now().date() - timedelta(days=5))
    make_actor(Role.CARETAKER, places.qingyang)
    for _ in range(7):
        make_project(edition, places.qingyang, places.chengdu)
    actors = [make_actor(Role.ORGANISER, places.province) for _ in range(3)]
    edition_id = edition.id
    together(app, [partial(actions_closing.start_closing, edition_id, by=by) for by in actors])
    together(app, [partial(jobs.run_job, number) for number in jobs.list_waiting()])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 7
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 7
    assert followup_queries.count_ledger(edition_id) == (7, 0, 0)
