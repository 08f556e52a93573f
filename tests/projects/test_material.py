"""Filling in, uploading and handing in."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from expo.editions.models import Stage, StageKind
from expo.kit import clock
from expo.kit.db import db
from expo.kit.files import DOCUMENT, PICTURE, receive
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people.models import Consent, ConsentPurpose
from expo.people.queries import load_actor
from expo.projects import actions_material as actions
from expo.projects import queries
from expo.projects.models import FileRole, Project, ProjectStatus
from tests.makers import make_person
from tests.projects.world import LONG, World, document, picture, picture_bytes


@action(history=False)
def close_material(world: World) -> None:
    stage = db.session.scalars(sa.select(Stage).where(
        Stage.edition_id == world.edition.id, Stage.kind == StageKind.MATERIAL)).one()
    stage.closes_at = clock.now() - timedelta(hours=1)


@action(history=False)
def give_remarks(project_id: int, text: str) -> None:
    queries.get_for_update(project_id).remarks = text


def fresh(project: Project) -> Project:
    db.session.expunge_all()
    db.session.rollback()
    return queries.get_project_by_id(project.id)


def test_the_exhibitors_side_fills_in_and_the_meter_rises(world: World) -> None:
    project = world.project(complete=False)
    before = project.completeness
    actions.save_description(project.id, description=LONG, by=world.exhibitor)
    assert fresh(project).completeness > before


def test_people_of_other_organisations_learn_nothing(world: World) -> None:
    project = world.project(complete=False)
    for stranger in (load_actor(make_person().id), world.mianyang):
        with pytest.raises(NotFound):
            actions.save_description(project.id, description=LONG, by=stranger)


def test_an_organiser_of_the_region_may_help(world: World) -> None:
    project = world.project(complete=False)
    close_material(world)
    assert actions.save_description(project.id, description=LONG, by=world.chengdu).description == LONG


def test_a_closed_stage_refuses_exhibitors(world: World) -> None:
    project = world.project()
    close_material(world)
    with pytest.raises(Refused, match=r"."):
        actions.save_description(project.id, description="晚了", by=world.exhibitor)
    with pytest.raises(Refused):
        actions.hand_in(project.id, may_publish=True, by=world.exhibitor)


def test_returned_material_may_be_mended_after_the_deadline(world: World) -> None:
    project = world.project()
    give_remarks(project.id, "请补充图片")
    close_material(world)
    actions.save_description(project.id, description=LONG, by=world.exhibitor)
    handed_in = actions.hand_in(project.id, may_publish=True, by=world.exhibitor)
    assert (handed_in.status, handed_in.remarks) == (ProjectStatus.HANDED_IN, "")


def test_an_invited_project_is_confirmed_before_it_is_filled_in(world: World) -> None:
    project = world.project(ProjectStatus.INVITED)
    with pytest.raises(Refused):
        actions.save_description(project.id, description=LONG, by=world.exhibitor)


def test_a_fact_that_cannot_be_read_is_blamed_on_its_field(world: World) -> None:
    project = world.project()
    with pytest.raises(Refused) as refusal:
        actions.save_facts(project.id, {"price": "很多钱", "maturity": "pilot"}, by=world.exhibitor)
    assert refusal.value.field == "price"
    saved = actions.save_facts(project.id, {"price": "120", "maturity": "中试", "mode": "licence"}, by=world.exhibitor)
    assert saved.fields == {"price": 120_000_000, "maturity": "pilot", "mode": "licence"}


def test_handing_in_needs_everything_and_the_consent(world: World) -> None:
    incomplete = world.project(complete=False)
    with pytest.raises(Refused):
        actions.hand_in(incomplete.id, may_publish=True, by=world.exhibitor)
    project = world.project()
    with pytest.raises(Refused) as refusal:
        actions.hand_in(project.id, may_publish=False, by=world.exhibitor)
    assert refusal.value.field == "may_publish"
    actions.hand_in(project.id, may_publish=True, by=world.exhibitor)
    consent = db.session.scalars(sa.select(Consent)).one()
    assert (consent.purpose, consent.about) == (ConsentPurpose.PUBLICATION, f"project/{project.id}")


def test_material_can_be_taken_back_until_it_is_accepted(world: World) -> None:
    project = world.project(ProjectStatus.HANDED_IN)
    assert actions.take_back(project.id, by=world.exhibitor).status is ProjectStatus.CONFIRMED
    accepted = world.project(ProjectStatus.ACCEPTED)
    with pytest.raises(Refused):
        actions.take_back(accepted.id, by=world.exhibitor)


def test_pictures_are_ordered_and_the_first_is_the_cover(world: World) -> None:
    project = world.project(complete=False)
    actions.add_pictures(project.id, [picture("red"), picture("green"), picture("blue")], by=world.exhibitor)
    files = fresh(project).files
    assert fresh(project).cover_id == files[0].file_id
    last = files[2]
    actions.move_picture(project.id, last.id, -2, by=world.exhibitor)
    assert next(one.id for one in fresh(project).files) == last.id
    actions.choose_cover(project.id, last.id, by=world.exhibitor)
    assert fresh(project).cover_id == last.file_id
    actions.remove_file(project.id, last.id, by=world.exhibitor)
    assert fresh(project).cover_id == files[0].file_id


def test_the_same_picture_twice_is_one(world: World) -> None:
    project = world.project(complete=False)
    actions.add_pictures(project.id, [picture("red"), picture("red")], by=world.exhibitor)
    actions.add_pictures(project.id, [picture("red")], by=world.exhibitor)
    assert len(fresh(project).files) == 1


def test_a_gallery_has_its_limit(world: World) -> None:
    project = world.project(complete=False)
    colours = [f"#{n:02x}4080" for n in range(0, 250, 20)]
    with pytest.raises(Refused):
        actions.add_pictures(project.id, [picture(colour) for colour in colours], by=world.exhibitor)


def test_a_new_document_takes_the_old_ones_place(world: World) -> None:
    project = world.project(complete=False)
    actions.put_file(project.id, document(), FileRole.DOCUMENT, by=world.exhibitor)
    actions.put_file(project.id, document(), FileRole.DOCUMENT, by=world.exhibitor)
    assert [one.role for one in fresh(project).files] == [FileRole.DOCUMENT]


def _upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def test_a_30_mb_picture_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        receive(_upload(b"\x89PNG\r\n\x1a\n" + bytes(30 * 1024 * 1024), "big.png"), PICTURE, field="pictures")


def test_an_exe_named_pdf_and_an_svg_with_script_are_refused(world: World) -> None:
    with pytest.raises(Refused):
        receive(_upload(b"MZ\x90\x00" + bytes(2000), "说明.pdf"), DOCUMENT, field="document")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    with pytest.raises(Refused):
        receive(_upload(svg, "logo.svg"), PICTURE, field="pictures")


def _page(world: World, client, path: str, **data: object):  # type: ignore[no-untyped-def]
    client.sign_in(world.exhibitor)
    return client.post(path, data=data, content_type="multipart/form-data")


def test_a_refused_upload_says_why_beside_its_field(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(complete=False)
    answer = _page(world, client, f"/work/exhibitor/projects/{project.number}/upload/document",
                   document=(io.BytesIO(b"MZ" + bytes(500)), "说明.pdf"))
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert fresh(project).files == []


def test_a_picture_is_uploaded_and_drawn_anew(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(complete=False)
    _page(world, client, f"/work/exhibitor/projects/{project.number}/upload/pictures",
          pictures=(io.BytesIO(picture_bytes()), "照片.png"))
    kept = fresh(project).files[0].file
    assert (kept.media_type, kept.is_public) == ("image/webp", False)
    page = client.get(f"/work/exhibitor/projects/{project.number}/files")
    assert f"/work/exhibitor/material/{project.number}/{kept.id}" in page.text


def test_a_private_picture_is_for_those_who_may_see_the_project(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = fresh(world.project())
    path = f"/work/exhibitor/material/{project.number}/{project.files[0].file_id}?size=thumb"
    assert client.get(path).status_code == 302
    client.sign_in(world.mianyang)
    assert client.get(path).status_code == 404
    client.sign_in(world.chengdu)
    assert client.get(path).mimetype == "image/webp"


def test_a_section_is_saved_by_itself_and_says_how_much_is_there(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(complete=False)
    client.sign_in(world.exhibitor)
    path = f"/work/exhibitor/projects/{project.number}/description"
    answer = client.post(path, data={"description": LONG}, headers={"X-Requested-With": "autosave", "Accept": "application/json"})
    assert answer.json["percent"] == fresh(project).completeness > 0
    bad = client.post(f"/work/exhibitor/projects/{project.number}/facts", data={"price": "很多"},
                      headers={"X-Requested-With": "autosave", "Accept": "application/json"})
    assert (bad.status_code, list(bad.json["errors"])) == (422, ["price"])


@pytest.mark.parametrize("section", ["", "/basics", "/description", "/facts", "/files", "/contact"])
def test_every_page_of_the_material_opens_for_its_side_only(world: World, client, section: str) -> None:  # type: ignore[no-untyped-def]
    path = f"/work/exhibitor/projects/{world.project().number}{section}"
    assert client.get(path).status_code == 302
    client.sign_in(world.mianyang)
    assert client.get(path).status_code == 404
    client.sign_in(world.exhibitor)
    assert client.get(path).status_code == 200


def test_the_same_form_twice_is_done_once(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project()
    client.sign_in(world.exhibitor)
    path = f"/work/exhibitor/projects/{project.number}/hand-in"
    data = {"may_publish": "y", "once": "t" * 24}
    assert client.post(path, data=data).status_code == 303
    assert client.post(path, data=data).status_code == 422
    assert fresh(project).status is ProjectStatus.HANDED_IN


def test_my_projects_need_the_same_number_of_queries_for_one_and_three(world: World, client, count_queries) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(world.exhibitor)
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            world.project()
        client.get("/work/exhibitor/")
        with count_queries() as count:
            client.get("/work/exhibitor/")
        counts.append(count())
    assert counts[0] == counts[1]
