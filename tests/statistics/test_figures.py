"""Figures are counted from rows, and each opens exactly the rows it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from expo.editions.models import EditionStatus
from expo.editions.words import ProjectKind
from expo.followup import actions
from expo.kit import clock
from expo.meetings.models import Interest, InterestLevel, Meeting, MeetingStatus
from expo.people.permissions import Role
from expo.projects.models import ProjectStatus
from expo.shortlist.models import CandidateStatus
from expo.signings.models import AgreementKind, Signing, SigningStatus
from expo.statistics import queries
from expo.statistics.rules import share
from expo.statistics.words import Step
from tests.conftest import Browser
from tests.makers import (
    Places,
    make_actor,
    make_candidate,
    make_edition,
    make_person,
    make_project,
    make_ticket,
    stored,
)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def meet(project: Any) -> None:
    interest = stored(Interest(project_id=project.id, person_id=make_person().id, level=InterestLevel.MUST))
    stored(Meeting(interest_id=interest.id, project_id=project.id, status=MeetingStatus.HELD, place="1 号桌",
                   starts_at=clock.now(), ends_at=clock.now() + timedelta(minutes=30)))


def sign(project: Any, fen: int = 1_000_000) -> None:
    stored(Signing(serial=f"QY-{project.id}", edition_id=project.edition_id, project_id=project.id, title="合同",
                   kind=AgreementKind.SERVICE, region_id=project.region_id, region_path=project.region_path,
                   status=SigningStatus.SIGNED, signed_on=clock.now().date(), amount_fen=fen))


def filled(places: Places) -> Any:
    """Two cities; four tickets, three candidates, two projects shown, one met, signed and answered."""
    edition = make_edition(status=EditionStatus.CLOSED, starts_on=clock.now().date() - timedelta(days=9))
    tickets = [make_ticket(places.qingyang), make_ticket(places.qingyang), make_ticket(places.fucheng),
               make_ticket(places.fucheng, kind=ProjectKind.CHALLENGE)]
    for ticket, city, status in ((tickets[0], places.chengdu, CandidateStatus.SELECTED),
                                 (tickets[2], places.mianyang, CandidateStatus.SELECTED),
                                 (tickets[3], places.mianyang, CandidateStatus.DECLINED)):
        make_candidate(edition, ticket, city, status=status)
    first = make_project(edition, places.qingyang, places.chengdu, status=ProjectStatus.PUBLISHED, ticket_id=tickets[0].id)
    make_project(edition, places.fucheng, places.mianyang, status=ProjectStatus.PUBLISHED, ticket_id=tickets[2].id)
    meet(first)
    sign(first)
    owner = make_actor(Role.CARETAKER, places.qingyang)
    case = actions.open_case(first.id)
    actions.respond(case.id, actions.today(), "已回音", by=owner)
    return edition


def test_the_funnel_counts_rows_of_each_step(places: Places) -> None:
    funnel = queries.count_funnel(filled(places), ["/"])
    assert [funnel.total(step) for step in Step] == [4, 3, 2, 2, 1, 1, 1, 0]
    assert funnel.of_city(Step.NOMINATED, places.mianyang.id) == 2
    assert funnel.of_kind(Step.COLLECTED, ProjectKind.CHALLENGE) == 1
    assert funnel.money_fen == 1_000_000


def test_every_figure_opens_exactly_its_rows(places: Places) -> None:
    edition = filled(places)
    funnel = queries.count_funnel(edition, ["/"])
    for step in Step:
        assert queries.count_rows(step, edition, ["/"], None, None, "") == funnel.total(step)
        assert len(list(queries.iterate_rows(step, edition, ["/"], None, None, ""))) == funnel.total(step)
        for city in (places.chengdu, places.mianyang):
            for kind in ProjectKind:
                assert queries.count_rows(step, edition, ["/"], city.path, kind, "") == funnel.cells[step][city.id, kind]


def test_a_city_counts_only_its_own(places: Places) -> None:
    funnel = queries.count_funnel(filled(places), [places.mianyang.path])
    assert [funnel.total(step) for step in Step] == [2, 2, 1, 1, 0, 0, 0, 0]


def test_recomputing_gives_the_same_figures(places: Places) -> None:
    edition = filled(places)
    assert queries.count_funnel(edition, ["/"]) == queries.count_funnel(edition, ["/"])


def test_the_ledger_shows_every_project_with_its_whereabouts(places: Places) -> None:
    edition = filled(places)
    rows = list(queries.iterate_ledger(edition, ["/"], {}, ""))
    assert [(r.city, r.meetings, bool(r.signing), r.case_status and r.case_status.value) for r in rows] == [
        ("成都市", 1, True, "responded"), ("绵阳市", 0, False, None)]
    assert queries.count_ledger_rows(edition, ["/"], {"missing": "signed"}, "") == 1
    assert queries.count_ledger_rows(edition, ["/"], {"case": "none"}, "") == 1


def test_a_share_of_nothing_is_nothing() -> None:
    assert (share(0, 0), share(1, 3)) == (0.0, 33.3)


@pytest.mark.parametrize("address", ["figures/", "figures/signed", "ledger", "figures/export.xlsx", "ledger/export.csv"])
def test_figures_open_to_organisers_and_auditors_only(places: Places, client: Browser, address: str) -> None:
    edition = filled(places)
    for actor, status in ((make_actor(Role.ORGANISER, places.chengdu), 200), (make_actor(Role.CARETAKER, places.qingyang), 403)):
        assert client.sign_in(actor).get(f"/work/{edition.slug}/{address}").status_code == status
    assert client.get(f"/work/{edition.slug}/figures/nonsense").status_code in {403, 404}


def test_an_auditor_reads_figures_but_exports_nothing(places: Places, client: Browser) -> None:
    edition = filled(places)
    client.sign_in(make_actor(Role.AUDITOR, places.province))
    assert client.get(f"/work/{edition.slug}/figures/").status_code == 200
    assert client.get(f"/work/{edition.slug}/ledger/export.csv").status_code == 403


def test_the_ledger_sends_the_same_number_of_queries_for_one_row_and_three(places: Places, client: Browser,
                                                                           count_queries: Any) -> None:
    edition = make_edition()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_project(edition, places.qingyang, places.chengdu)
        client.get(f"/work/{edition.slug}/ledger")
        with count_queries() as count:
            assert client.get(f"/work/{edition.slug}/ledger").status_code == 200
        counts.append(count())
    assert counts[0] == counts[1]
