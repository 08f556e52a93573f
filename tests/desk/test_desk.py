"""Home, landing pages, search and the timeline: composed from rooms, each within its reader's rights."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from expo.editions.models import EditionStatus
from expo.followup import actions as followup
from expo.followup.models import CaseOutcome
from expo.kit import clock
from expo.people.permissions import Role
from expo.projects.models import ProjectStatus
from expo.shortlist.models import CandidateStatus
from tests.conftest import Browser
from tests.makers import (
    Places,
    make_actor,
    make_candidate,
    make_edition,
    make_member,
    make_organisation,
    make_person,
    make_project,
    make_ticket,
)


@pytest.fixture
def places(app: Flask) -> Places:
    return Places()


def test_without_an_edition_home_says_what_to_do(places: Places, client: Browser) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "还没有届次" in answer.text


def test_home_counts_what_is_shown_and_leads_to_it(places: Places, client: Browser) -> None:
    edition = make_edition()
    make_project(edition, places.qingyang, places.chengdu, "看得见的项目", ProjectStatus.PUBLISHED)
    make_project(edition, places.qingyang, places.chengdu, "还没发布的项目", ProjectStatus.ACCEPTED)
    text = client.get("/").text
    assert "看得见的项目" in text
    assert "还没发布的项目" not in text


def test_home_is_complete_in_english(places: Places, client: Browser) -> None:
    make_edition()
    text = client.get("/?lang=en").text
    assert "Register and get your badge" in text
    assert 'lang="en"' in text


@pytest.mark.parametrize(("role", "place", "wanted"), [
    (Role.CARETAKER, "qingyang", "我的服务单已逾期"),
    (Role.ORGANISER, "chengdu", "待市级审核的候选"),
    (Role.ORGANISER, "province", "待验收的参展材料"),
])
def test_a_landing_page_says_what_waits_for_its_role(places: Places, client: Browser, role: Role, place: str,
                                                     wanted: str) -> None:
    edition = make_edition()
    actor = make_actor(role, getattr(places, place))
    ticket = make_ticket(places.qingyang, caretaker_id=actor.person_id, next_due_on=clock.now().date() - timedelta(days=2))
    make_candidate(edition, ticket, places.chengdu)
    make_project(edition, places.qingyang, places.chengdu, status=ProjectStatus.HANDED_IN)
    text = client.sign_in(actor).get("/work/").text
    assert wanted in text


def test_an_exhibitor_is_led_to_material_that_is_missing(places: Places, client: Browser) -> None:
    edition = make_edition()
    organisation = make_organisation(places.qingyang)
    make_project(edition, places.qingyang, places.chengdu, organisation_id=organisation.id)
    assert "我的项目待补材料" in client.sign_in(make_member(organisation)).get("/work/").text


def test_what_waits_elsewhere_is_not_counted(places: Places, client: Browser) -> None:
    edition = make_edition()
    make_candidate(edition, make_ticket(places.fucheng), places.mianyang, status=CandidateStatus.NOMINATED)
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert "待市级审核的候选" not in client.get("/work/").text


@pytest.mark.parametrize("address", ["/work/", "/me", "/work/search?q=材料"])
def test_own_pages_ask_strangers_to_sign_in(places: Places, client: Browser, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_a_visitor_without_any_role_has_pages_of_their_own(places: Places, client: Browser) -> None:
    make_edition()
    client.sign_in(make_person().id)
    assert client.get("/me").status_code == 200
    assert client.get("/work/").status_code == 200


def test_search_finds_by_two_characters_within_ones_regions(places: Places, client: Browser) -> None:
    make_edition()
    make_ticket(places.qingyang, "钒钛合金粉末")
    make_ticket(places.fucheng, "钒钛尾渣利用")
    text = client.sign_in(make_actor(Role.ORGANISER, places.mianyang)).get("/work/search?q=钒钛").text
    assert "钒钛尾渣利用" in text
    assert "钒钛合金粉末" not in text


def test_a_timeline_tells_a_tickets_whole_way_over_two_editions(places: Places, client: Browser) -> None:
    edition = make_edition("2025", EditionStatus.CLOSED, starts_on=clock.now().date() - timedelta(days=20))
    make_edition("2027", EditionStatus.PREPARING, starts_on=clock.now().date() + timedelta(days=200))
    owner = make_actor(Role.CARETAKER, places.qingyang)
    ticket = make_ticket(places.qingyang, caretaker_id=owner.person_id)
    make_candidate(edition, ticket, places.chengdu, status=CandidateStatus.SELECTED)
    project = make_project(edition, places.qingyang, places.chengdu, ticket_id=ticket.id, status=ProjectStatus.PUBLISHED)
    case = followup.open_case(project.id)
    followup.respond(case.id, followup.today(), "已告知结果", by=owner)
    followup.settle(case.id, CaseOutcome.NEXT_EDITION, "再来一届", by=owner)
    text = client.sign_in(owner).get(f"/work/timeline/{ticket.id}").text
    for part in ("建单", "2025科创会", "云展厅发布", "已告知结果", "转下届", "2027科创会"):
        assert part in text


def test_a_timeline_elsewhere_does_not_exist(places: Places, client: Browser) -> None:
    ticket = make_ticket(places.fucheng)
    client.sign_in(make_actor(Role.ORGANISER, places.chengdu))
    assert client.get(f"/work/timeline/{ticket.id}").status_code == 404


def test_the_region_in_whose_name_one_works_is_always_visible(places: Places, client: Browser) -> None:
    make_edition()
    assert "成都市" in client.sign_in(make_actor(Role.ORGANISER, places.chengdu)).get("/work/").text


def test_home_and_landing_send_the_same_number_of_queries_for_one_row_and_three(places: Places, client: Browser,
                                                                                count_queries: Any) -> None:
    from expo.kit.memo import renew_pages
    from expo.kit.unit import action

    edition = make_edition()
    renew = action(history=False)(lambda: renew_pages(f"edition/{edition.id}"))
    boss = make_actor(Role.ORGANISER, places.province)
    counts: dict[str, list[int]] = {"/": [], "/work/": []}
    for more in (1, 2):
        for _ in range(more):
            make_project(edition, places.qingyang, places.chengdu, status=ProjectStatus.PUBLISHED)
        for address, numbers in counts.items():
            client.sign_in(boss).get(address)
            renew()
            with count_queries() as count:
                assert client.get(address).status_code == 200
            numbers.append(count())
    assert all(one == three for one, three in counts.values())
