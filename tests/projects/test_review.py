"""Organisers accept, return, publish, withdraw; each only in their own region and edition."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from expo.kit.db import db
from expo.kit.files import StoredFile
from expo.kit.history import HistoryRow
from expo.kit.outbox import OutboxMessage
from expo.kit.refusals import NotFound, Refused
from expo.people.permissions import Role
from expo.projects import actions_review as actions
from expo.projects.models import Project, ProjectStatus
from expo.projects.rules import Checks
from tests.makers import make_actor, make_edition, make_project
from tests.projects.test_material import fresh
from tests.projects.world import World

ALL = Checks(True, True)


def test_acceptance_keeps_who_ticked_what(world: World) -> None:
    project = actions.accept_material(world.project(ProjectStatus.HANDED_IN).id, ALL, by=world.chengdu)
    assert (project.status, project.accepted_by_id) == (ProjectStatus.ACCEPTED, world.chengdu.person_id)
    assert project.acceptance == {"confidentiality": True, "novelty": True, "export": False}


def test_without_the_confidentiality_check_nothing_is_accepted(world: World) -> None:
    project = world.project(ProjectStatus.HANDED_IN)
    with pytest.raises(Refused):
        actions.accept_material(project.id, Checks(False, True), by=world.chengdu)
    assert fresh(project).status is ProjectStatus.HANDED_IN


def test_of_two_who_decide_the_second_is_told(world: World) -> None:
    project = world.project(ProjectStatus.HANDED_IN)
    actions.return_material(project.id, "请补充应用案例", by=world.province)
    with pytest.raises(Refused):
        actions.accept_material(project.id, ALL, by=world.chengdu)
    assert fresh(project).accepted_at is None


def test_overseas_projects_need_the_export_check_too(world: World) -> None:
    project = world.project(ProjectStatus.HANDED_IN, for_overseas=True)
    with pytest.raises(Refused):
        actions.accept_material(project.id, ALL, by=world.chengdu)
    actions.accept_material(project.id, Checks(True, True, True), by=world.chengdu)


@pytest.mark.parametrize("who", ["mianyang", "exhibitor"])
def test_others_cannot_decide_and_learn_nothing(world: World, who: str) -> None:
    project = world.project(ProjectStatus.HANDED_IN)
    with pytest.raises(NotFound):
        actions.accept_material(project.id, ALL, by=getattr(world, who))
    with pytest.raises(NotFound):
        actions.return_material(project.id, "请补充", by=getattr(world, who))
    with pytest.raises(NotFound):
        actions.publish_project(project.id, by=getattr(world, who))


def test_a_right_for_another_edition_does_not_count(world: World) -> None:
    last_year = make_edition("2025")
    organiser = make_actor(Role.ORGANISER, world.places.chengdu, last_year)
    with pytest.raises(NotFound):
        actions.accept_material(world.project(ProjectStatus.HANDED_IN).id, ALL, by=organiser)


def test_returning_says_what_to_change_and_tells_the_exhibitor(world: World) -> None:
    project = world.project(ProjectStatus.HANDED_IN)
    with pytest.raises(Refused):
        actions.return_material(project.id, " ", by=world.chengdu)
    returned = actions.return_material(project.id, "请补充应用案例", by=world.chengdu)
    assert (returned.status, returned.remarks) == (ProjectStatus.CONFIRMED, "请补充应用案例")
    assert "请补充应用案例" in db.session.scalars(sa.select(OutboxMessage.body)).one()


def test_publishing_opens_the_files_and_taking_offline_closes_them(world: World) -> None:
    project = world.project(ProjectStatus.ACCEPTED)
    actions.publish_project(project.id, by=world.chengdu)
    assert all(one.file.is_public for one in fresh(project).files)
    with pytest.raises(Refused):
        actions.take_offline(project.id, "", by=world.chengdu)
    actions.take_offline(project.id, "图片有误", by=world.chengdu)
    assert fresh(project).status is ProjectStatus.ACCEPTED
    assert not any(one.file.is_public for one in fresh(project).files)


def test_what_is_not_accepted_cannot_be_published(world: World) -> None:
    with pytest.raises(Refused):
        actions.publish_project(world.project(ProjectStatus.HANDED_IN).id, by=world.chengdu)


def test_many_are_published_at_once_and_the_others_stay(world: World) -> None:
    ready = [world.project(ProjectStatus.ACCEPTED) for _ in range(3)]
    waiting = world.project(ProjectStatus.HANDED_IN)
    foreign = make_project(world.edition, world.places.fucheng, world.places.mianyang, status=ProjectStatus.ACCEPTED)
    ids = [p.id for p in [*ready, waiting, foreign]]
    paths = world.chengdu.region_paths("projects:project:manage", world.edition.id)
    assert actions.publish_projects(world.edition.id, ids, paths, by=world.chengdu) == 3
    assert fresh(waiting).status is ProjectStatus.HANDED_IN
    assert fresh(foreign).status is ProjectStatus.ACCEPTED


def test_a_project_without_pictures_gets_a_drawn_cover(world: World, work_off) -> None:  # type: ignore[no-untyped-def]
    project = make_project(world.edition, world.places.qingyang, world.places.chengdu, status=ProjectStatus.ACCEPTED)
    actions.publish_project(project.id, by=world.chengdu)
    work_off()
    cover = fresh(project).cover
    assert cover is not None
    assert cover.is_public
    work_off()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1


def test_withdrawing_needs_a_reason_and_can_be_undone(world: World) -> None:
    project = world.project(ProjectStatus.PUBLISHED)
    with pytest.raises(Refused):
        actions.withdraw_project(project.id, "", by=world.chengdu)
    actions.withdraw_project(project.id, "权属争议", by=world.chengdu)
    assert fresh(project).withdrawn_reason == "权属争议"
    again = actions.reinstate_project(project.id, by=world.chengdu)
    assert (again.status, again.withdrawn_reason) == (ProjectStatus.INVITED, "")


def test_exhibitors_withdraw_only_before_acceptance(world: World) -> None:
    actions.withdraw_project(world.project().id, "不参加了", by=world.exhibitor)
    with pytest.raises(Refused):
        actions.withdraw_project(world.project(ProjectStatus.ACCEPTED).id, "不参加了", by=world.exhibitor)


def _path(world: World, project: Project | None = None) -> str:
    return f"/work/2026/projects/{project.number if project else ''}"


def test_the_list_shows_only_ones_own_regions(world: World, client) -> None:  # type: ignore[no-untyped-def]
    world.project(title="成都的项目一号")
    make_project(world.edition, world.places.fucheng, world.places.mianyang, "绵阳的项目一号")
    client.sign_in(world.chengdu)
    page = client.get(_path(world)).text
    assert "成都的项目一号" in page
    assert "绵阳的项目一号" not in page
    client.sign_in(world.exhibitor)
    assert client.get(_path(world)).status_code == 403


def test_a_record_of_another_region_or_edition_does_not_exist(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project()
    make_edition("2025")
    client.sign_in(world.mianyang)
    assert client.get(_path(world, project)).status_code == 404
    client.sign_in(world.chengdu)
    assert client.get(f"/work/2025/projects/{project.number}").status_code == 404
    assert client.get(_path(world, project)).status_code == 200


def test_readers_see_and_change_nothing(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(ProjectStatus.HANDED_IN)
    client.sign_in(make_actor(Role.AUDITOR, world.places.province))
    page = client.get(_path(world, project))
    assert page.status_code == 200
    assert "/accept" not in page.text
    assert client.post(f"{_path(world, project)}/accept", data={"confidentiality": "y", "novelty": "y"}).status_code == 403
    client.sign_in(world.county)
    assert client.post(f"{_path(world, project)}/publish").status_code == 403


@pytest.mark.parametrize(("query", "found"), [
    ("status=confirmed", True), ("status=published", False), ("kind=achievement", True), ("kind=challenge", False),
    ("side=supply", True), ("side=demand", False), ("complete=yes", True), ("complete=no", False),
    ("q=催化", True), ("q=机器人", False), ("city=/510000/510100/", True), ("city=/510000/510700/", False),
    ("city=/510000/510100/&county=/510000/510100/510105/", True),
    ("city=/510000/510100/&county=/510000/510100/510116/", False),
])
def test_each_filter_narrows_the_list(world: World, client, query: str, found: bool) -> None:  # type: ignore[no-untyped-def]
    project = world.project()
    client.sign_in(world.province)
    assert (project.number in client.get(f"{_path(world)}?{query}").text) is found


def test_the_list_needs_the_same_number_of_queries_for_one_and_three(world: World, client, count_queries) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(world.province)
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            world.project()
        client.get(_path(world))
        with count_queries() as count:
            client.get(_path(world))
        counts.append(count())
    assert counts[0] == counts[1]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_is_what_is_shown_and_is_logged(world: World, client, form: str) -> None:  # type: ignore[no-untyped-def]
    world.project(contact_phone="+8613812345678")
    client.sign_in(world.chengdu)
    answer = client.get(f"{_path(world)}export.{form}?q=催化")
    assert answer.status_code == 200
    if form == "csv":
        assert "工业废水深度处理催化材料" in answer.data.decode("utf-8-sig")
        assert "13812345678" not in answer.text
    assert db.session.scalar(sa.select(HistoryRow.changes).where(HistoryRow.action == "projects.note_export:exported")) \
        == {"rows": [None, 1]}


def test_contacts_are_masked_until_somebody_asks_and_that_is_kept(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(contact_phone="+8613812345678")
    client.sign_in(world.chengdu)
    assert "138****5678" in client.get(_path(world, project)).text
    shown = client.post(f"{_path(world, project)}/contact/show").text
    assert "13812345678" in shown
    assert db.session.scalar(sa.select(HistoryRow.actor).where(HistoryRow.action == "projects.unmask_contact:unmasked"))
    client.sign_in(world.mianyang)
    assert client.post(f"{_path(world, project)}/contact/show").status_code == 404


def test_bulk_publishing_says_first_what_it_will_do(world: World, client) -> None:  # type: ignore[no-untyped-def]
    ready, waiting = world.project(ProjectStatus.ACCEPTED), world.project(ProjectStatus.HANDED_IN)
    client.sign_in(world.chengdu)
    summary = client.post("/work/2026/projects/publish", data={"ids": [ready.id, waiting.id]})
    assert ready.number in summary.text
    assert fresh(ready).status is ProjectStatus.ACCEPTED
    client.post("/work/2026/projects/publish/confirmed", data={"ids": [ready.id, waiting.id]})
    assert fresh(ready).status is ProjectStatus.PUBLISHED
    assert fresh(waiting).status is ProjectStatus.HANDED_IN


def test_a_direct_report_is_entered_by_form(world: World, client) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(world.chengdu)
    data = {"title": "海外团队带来的装备", "kind": "technology", "region_id": world.places.qingyang.id,
            "owner_name": "某公司", "contact_name": "王", "contact_email": "w@example.cn", "reason": "部委推荐"}
    assert client.get("/work/2026/projects/new").status_code == 200
    assert client.post("/work/2026/projects/new", data=data | {"reason": ""}).status_code == 422
    assert client.post("/work/2026/projects/new", data=data).status_code == 303
    client.sign_in(world.mianyang)
    assert client.post("/work/2026/projects/new", data=data).status_code == 422
