"""The online hall and the permanent pages, as the public finds them."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from expo.editions.models import EditionStatus
from expo.editions.words import ProjectKind
from expo.projects import actions_review, slots
from expo.projects.models import ProjectStatus
from tests.makers import make_edition, make_project
from tests.projects.world import World

P = ProjectStatus


def test_the_hall_shows_what_is_published_and_nothing_else(world: World, client) -> None:  # type: ignore[no-untyped-def]
    world.project(P.PUBLISHED, title="已发布的项目")
    for status in set(P) - {P.PUBLISHED}:
        world.project(status, title=f"未发布{status.value}")
    page = client.get("/expo/2026/hall").text
    assert "已发布的项目" in page
    assert "未发布" not in page.replace("未发布的", "")


@pytest.mark.parametrize("status", sorted(set(P) - {P.PUBLISHED}))
def test_an_unpublished_page_is_for_those_who_work_on_it(world: World, client, status: P) -> None:  # type: ignore[no-untyped-def]
    project = world.project(status)
    path = f"/projects/{project.number}"
    for address in (path, f"{path}/preview", f"{path}/qr.svg", f"{path}/share.jpg"):
        assert client.get(address).status_code == 404
    client.sign_in(world.mianyang)
    assert client.get(f"{path}/preview").status_code == 404
    for one in (world.exhibitor, world.chengdu):
        client.sign_in(one)
        assert client.get(f"{path}/preview").status_code == 200


def test_a_page_keeps_its_address_when_the_edition_is_archived(world: World, client) -> None:  # type: ignore[no-untyped-def]
    old = make_edition("2024", EditionStatus.ARCHIVED)
    project = make_project(old, world.places.qingyang, world.places.chengdu, "老项目还在这里", P.PUBLISHED)
    answer = client.get(f"/projects/{project.number}")
    assert answer.status_code == 200
    assert "老项目还在这里" in answer.text


def test_a_page_tells_chat_programs_what_to_show(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(P.PUBLISHED)
    page = client.get(f"/projects/{project.number}").text
    assert f'<meta property="og:url" content="http://localhost/projects/{project.number}">' in page
    assert "让难降解废水变清" in page
    card = client.get(f"/projects/{project.number}/share.jpg")
    assert Image.open(io.BytesIO(card.data)).size == (1200, 630)
    english = client.get(f"/projects/{project.number}?lang=en").text
    assert f"/projects/{project.number}/share-en.jpg" in english
    assert client.get(f"/projects/{project.number}/share-en.jpg").status_code == 200


def test_the_contact_person_never_stands_on_the_public_page(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(P.PUBLISHED, contact_name="陈某某", contact_phone="+8613812345678")
    page = client.get(f"/projects/{project.number}").text
    assert "陈某某" not in page
    assert "13812345678" not in page
    assert "chen@example.cn" not in page


def test_the_qr_code_leads_to_the_page(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(P.PUBLISHED)
    png = client.get(f"/projects/{project.number}/qr.png").data
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    assert found[0].text == f"http://localhost/projects/{project.number}"
    assert client.get(f"/projects/{project.number}/qr.svg").mimetype == "image/svg+xml"
    assert client.get(f"/projects/{project.number}/qr.exe").status_code == 404


@pytest.mark.parametrize(("query", "found"), [
    ("q=催化材料", True), ("q=机器", False), ("kind=achievement", True), ("kind=challenge", False), ("side=supply", True),
    ("side=demand", False), ("city={city}", True), ("industry={industry}", True), ("city=999999", True),
])
def test_the_hall_is_searched_and_filtered(world: World, client, query: str, found: bool) -> None:  # type: ignore[no-untyped-def]
    project = world.project(P.PUBLISHED)
    make_project(world.edition, world.places.fucheng, world.places.mianyang, "另一个", P.PUBLISHED,
                 kind=ProjectKind.CHALLENGE)
    query = query.format(city=world.places.chengdu.id, industry=world.industry.id)
    page = client.get(f"/expo/2026/hall?{query}").text
    assert (f'href="/projects/{project.number}"' in page) is found


def test_the_counts_on_the_pills_are_those_of_the_other_filters(world: World, client) -> None:  # type: ignore[no-untyped-def]
    world.project(P.PUBLISHED)
    make_project(world.edition, world.places.fucheng, world.places.mianyang, "绵阳", P.PUBLISHED)
    page = client.get(f"/expo/2026/hall?city={world.places.chengdu.id}").text
    assert page.count('class="count">1<') >= 2  # both cities keep their count, the kind counts the chosen city


def test_hall_queries_do_not_grow_with_the_rows(world: World, client, count_queries) -> None:  # type: ignore[no-untyped-def]
    client.sign_in(world.exhibitor)  # nothing is kept for people who are signed in
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            world.project(P.PUBLISHED)
        client.get("/expo/2026/hall")
        with count_queries() as count:
            client.get("/expo/2026/hall")
        counts.append(count())
    assert counts[0] == counts[1]


def test_the_hall_is_kept_for_visitors_and_renewed_by_publishing(world: World, client, count_queries) -> None:  # type: ignore[no-untyped-def]
    first = client.get("/expo/2026/hall")
    with count_queries() as count:
        assert client.get("/expo/2026/hall").headers["ETag"] == first.headers["ETag"]
        assert client.get("/expo/2026/hall", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert count() <= 1
    project = world.project(P.ACCEPTED)
    actions_review.publish_project(project.id, by=world.chengdu)
    assert project.number in client.get("/expo/2026/hall").text
    assert client.get(f"/projects/{project.number}").status_code == 200
    actions_review.withdraw_project(project.id, "权属争议", by=world.chengdu)
    assert project.number not in client.get("/expo/2026/hall").text
    assert client.get(f"/projects/{project.number}").status_code == 404


def test_pages_of_more_than_one_screen_are_paged(world: World, client) -> None:  # type: ignore[no-untyped-def]
    for number in range(26):
        make_project(world.edition, world.places.qingyang, world.places.chengdu, f"分页项目{number:02d}", P.PUBLISHED)
    page = client.get("/expo/2026/hall?sort=number")
    assert "分页项目00" in page.text
    assert "分页项目25" not in page.text
    assert 'rel="next"' in page.text
    assert client.get("/expo/2026/hall?cursor=junk").status_code == 409


def test_rooms_above_may_add_to_the_page(world: World, client) -> None:  # type: ignore[no-untyped-def]
    project = world.project(P.PUBLISHED)
    part = lambda shown: f"<p>专场：{shown.number}</p>"  # noqa: E731
    slots.page_parts.append(part)
    try:
        assert f"<p>专场：{project.number}</p>" in client.get(f"/projects/{project.number}").text
    finally:
        slots.page_parts.remove(part)


def test_an_unknown_edition_or_number_is_not_found(world: World, client) -> None:  # type: ignore[no-untyped-def]
    assert client.get("/expo/1999/hall").status_code == 404
    assert client.get("/projects/2026-99999").status_code == 404
