"""The pages of panels and of the reviewer's desk."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.judging import actions, actions_scoring, queries
from expo.judging.models import Assignment, AssignmentStatus, Panel
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.people.models import Person
from expo.people.permissions import Role
from tests.judging.makers import make_panel
from tests.makers import Places, grant, make_actor, make_edition

COMMENT = "只有闭组后才能看到"


def scored_panel(places: Places) -> tuple[Panel, object, Assignment]:
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    assignment = db.session.scalars(sa.select(Assignment)).one()
    a, b = queries.list_criteria(panel.id)
    actions_scoring.give_scores(assignment.id, {a.id: 7, b.id: 3}, COMMENT, by=reviewer)
    return panel, reviewer, assignment


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.AUDITOR])
def test_organisers_and_auditors_see_no_score_before_closing_and_all_of_them_after(app: Flask, client, role) -> None:
    places = Places()
    panel, _reviewer, assignment = scored_panel(places)
    client.sign_in(make_actor(role, places.province))
    base = f"/work/2026/judging/{panel.id}/"
    pages = (base, f"{base}submissions/{assignment.submission_id}", "/work/2026/judging/")
    for page in pages:
        text = client.get(page).text
        assert COMMENT not in text
        assert "54.00" not in text
    assert client.get(f"{base}results.xlsx").status_code == 409
    actions.close_panel(panel.id, by=SYSTEM)
    assert "54.00" in client.get(base).text
    assert COMMENT in client.get(pages[1]).text
    assert client.get(f"{base}results.xlsx").status_code == 200


def test_another_reviewer_never_sees_my_page_or_my_scores(app: Flask, client) -> None:
    places = Places()
    panel, _reviewer, assignment = scored_panel(places)
    client.sign_in(make_actor(Role.REVIEWER, places.province))
    assert client.get(f"/work/judging/{assignment.id}").status_code == 404
    assert client.get(f"/work/2026/judging/{panel.id}/").status_code == 403
    assert COMMENT not in client.get("/work/judging/").text


def test_a_reviewer_scores_and_is_led_on(app: Flask, client) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang, places.fucheng))
    client.sign_in(reviewer)
    one, two = db.session.scalars(sa.select(Assignment.id).order_by(Assignment.id)).all()
    assert "项目1" in client.get("/work/judging/").text
    fields = [f"points_{c.id}" for c in queries.list_criteria(panel.id)]
    wrong = client.post(f"/work/judging/{one}", data={fields[0]: "11", fields[1]: "3", "comment": "写了一半"})
    assert wrong.status_code == 422
    assert "写了一半" in wrong.text
    answer = client.post(f"/work/judging/{one}", data={fields[0]: "8", fields[1]: "3"})
    assert answer.location == f"/work/judging/{two}"
    answer = client.post(f"/work/judging/{two}", data={fields[0]: "8", fields[1]: "3"})
    assert answer.location == "/work/judging/"


def test_a_draft_is_kept_while_typing_even_if_a_number_is_not_one_yet(app: Flask, client) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    panel = make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    client.sign_in(reviewer)
    number = db.session.scalars(sa.select(Assignment.id)).one()
    a, b = queries.list_criteria(panel.id)
    answer = client.post(f"/work/judging/{number}/draft",
                         data={f"points_{a.id}": "6", f"points_{b.id}": "x", "comment": "草稿"})
    assert answer.status_code == 204
    kept = queries.get_my_assignment(number, reviewer.person_id)
    assert ({s.criterion_id: s.points for s in kept.scores}, kept.comment) == ({a.id: 6}, "草稿")


def test_stepping_back_needs_a_reason_and_leads_to_the_list(app: Flask, client) -> None:
    places = Places()
    reviewer = make_actor(Role.REVIEWER, places.province)
    make_panel(make_edition(), reviewer, regions=(places.qingyang,))
    client.sign_in(reviewer)
    number = db.session.scalars(sa.select(Assignment.id)).one()
    assert client.post(f"/work/judging/{number}/recuse", data={"reason": ""}).status_code in {302, 409}
    assert db.session.scalars(sa.select(Assignment.status)).one() is AssignmentStatus.ASSIGNED
    client.post(f"/work/judging/{number}/recuse", data={"reason": "同事"})
    assert db.session.scalars(sa.select(Assignment.status)).one() is AssignmentStatus.RECUSED


def test_closing_lists_what_is_incomplete_before_it_is_done(app: Flask, client) -> None:
    places = Places()
    panel = make_panel(make_edition(), make_actor(Role.REVIEWER, places.province), regions=(places.qingyang,))
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    page = client.get(f"/work/2026/judging/{panel.id}/close").text
    assert "项目1" in page
    client.post(f"/work/2026/judging/{panel.id}/close", data={"once": "y" * 20})
    assert queries.get_panel(panel.id).closed_at is not None


def test_a_panel_is_made_by_its_form(app: Flask, client) -> None:
    places = Places()
    make_edition()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    assert client.get("/work/2026/judging/new").status_code == 200
    data = {"name": "生物医药组", "opens_at": "2026-05-01T08:00", "closes_at": "2026-05-09T18:00", "scores_each": "3",
            "name_0": "创新", "weight_0": "70", "most_0": "10", "name_1": "市场", "weight_1": "20", "most_1": "10",
                "name_2": "", "name_3": ""}
    answer = client.post("/work/2026/judging/new", data=data)
    assert answer.status_code == 422
    assert "生物医药组" in answer.text
    answer = client.post("/work/2026/judging/new", data=data | {"weight_1": "30"})
    assert answer.status_code == 302
    page = client.get(answer.location)
    assert page.status_code == 200
    assert client.get(f"{answer.location}edit").status_code == 200
    assert client.get(f"{answer.location}members").status_code == 200


@pytest.mark.parametrize("path", ["", "{id}/", "{id}/close", "{id}/members", "new"])
def test_panels_are_closed_to_cities_and_other_editions(app: Flask, client, path: str) -> None:
    places = Places()
    make_edition("2027")
    panel = make_panel(make_edition("2026"), opened=False)
    city = make_actor(Role.ORGANISER, places.chengdu)
    assert client.sign_in(city).get(f"/work/2026/judging/{path.format(id=panel.id)}").status_code == 403
    province = make_actor(Role.ORGANISER, places.province)
    if "{id}" in path:
        assert client.sign_in(province).get(f"/work/2027/judging/{path.format(id=panel.id)}").status_code == 404


@pytest.mark.parametrize("path", ["/work/2026/judging/", "/work/2026/judging/{id}/", "/work/judging/"])
def test_lists_take_the_same_queries_for_one_and_three(app: Flask, client, count_queries, path: str) -> None:
    places = Places()
    edition = make_edition()
    person = make_actor(Role.REVIEWER, places.province)
    from tests.makers import stored  # noqa: F401
    grant(db.session.get_one(Person, person.person_id), Role.AUDITOR, places.province)
    client.sign_in(person)
    panel = make_panel(edition, person, regions=(places.qingyang,))
    address = path.format(id=panel.id)
    client.get(address)
    counts = []
    for more in (False, True):
        if more:
            drafts = [actions.SubmissionDraft("thing", n, f"又{n}", places.fucheng.path) for n in (8, 9)]
            actions.submit(panel.id, drafts, by=SYSTEM)
            actions.assign_reviewers(panel.id, by=SYSTEM)
            make_panel(edition, make_actor(Role.REVIEWER, places.province), opened=False)
        with count_queries() as count:
            assert client.get(address).status_code == 200
        counts.append(count())
    assert counts[0] == counts[1]
