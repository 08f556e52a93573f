"""The demonstration: everybody gets in by one click and finds their work; nobody gets at anybody else's."""

from __future__ import annotations

import sqlite3

import pytest
from playwright.sync_api import Page, expect

from scripts.accounts import Account, demo_accounts, sign_in
from scripts.started import StartedSite
from tests.journeys.conftest import NewPage


@pytest.fixture(scope="session")
def accounts(demo_site: StartedSite) -> list[Account]:
    return demo_accounts(demo_site)


def _the(accounts: list[Account], label: str) -> Account:
    return next(account for account in accounts if account.label.startswith(label))


def _answers(page: Page, path: str) -> int:
    return int(page.request.get(path, max_redirects=0).status)


def test_each_account_gets_in_by_one_click_and_every_page_of_its_navigation_opens(
    demo_site: StartedSite, accounts: list[Account], new_page: NewPage
) -> None:
    assert len(accounts) >= 12
    for account in accounts:
        page = new_page(demo_site)
        sign_in(page, account)
        expect(page.locator("h1").first).to_be_visible()
        if not page.url.endswith("/work/"):
            assert account.label == "观众", f"{account.label} landed at {page.url}"
            continue
        expect(page.locator("main")).to_contain_text(account.name)
        paths = [link.get_attribute("href") or "" for link in page.locator("#work-nav a").all()]
        assert paths, f"{account.label} has no navigation"
        refused = {path: _answers(page, path) for path in paths if _answers(page, path) != 200}
        assert refused == {}, account.label
        page.context.close()


def test_the_landing_pages_of_those_with_work_name_it(
    demo_site: StartedSite, accounts: list[Account], new_page: NewPage
) -> None:
    for label in ("市级组织者", "科服保姆", "参展单位", "评审专家"):
        page = new_page(demo_site)
        sign_in(page, _the(accounts, label))
        links = page.locator("main a[href^='/work/']")
        assert links.count() > 0, f"{label} finds nothing to do"
        page.context.close()


@pytest.mark.parametrize(("label", "path"), [
    ("观众", "/work/pool/"), ("观众", "/work/people/"), ("科服保姆", "/work/people/"), ("科服保姆", "/work/2026/projects/"),
    ("县级组织者", "/work/2026/judging/"), ("参展单位", "/work/2026/shortlist/"), ("签到工作人员", "/work/pool/"),
    ("评审专家", "/work/2026/registration/"), ("互动审核", "/work/2026/signings/"),
])
def test_another_role_s_pages_are_refused(
    demo_site: StartedSite, accounts: list[Account], new_page: NewPage, label: str, path: str
) -> None:
    page = new_page(demo_site)
    sign_in(page, _the(accounts, label))
    assert _answers(page, path) == 403


def test_another_city_s_records_do_not_exist(
    demo_site: StartedSite, accounts: list[Account], new_page: NewPage
) -> None:
    """成都's organiser at what belongs to 绵阳 (510700)."""
    page = new_page(demo_site)
    sign_in(page, _the(accounts, "市级组织者"))
    with sqlite3.connect(f"file:{demo_site.home / 'expo.db'}?mode=ro", uri=True) as data:
        def one(column: str, table: str, more: str = "") -> str:
            row = data.execute(f"SELECT {column} FROM {table} WHERE region_path LIKE '/510000/510700/%' {more} LIMIT 1")
            return str(row.fetchone()[0])

        ticket, case = one("id", "ticket"), one("id", "follow_up_case")
        project = one("number", "project", "AND number LIKE '2026-%' AND status <> 'published'")
        candidate = one("id", "candidate", "AND edition_id = (SELECT id FROM edition WHERE slug = '2026')")
    data.close()
    foreign = [f"/work/pool/tickets/{ticket}", f"/work/followup/cases/{case}", f"/work/2026/projects/{project}",
               f"/work/exhibitor/projects/{project}", f"/work/2026/shortlist/{candidate}"]
    assert {path: _answers(page, path) for path in foreign} == dict.fromkeys(foreign, 404)


def test_a_project_that_is_not_published_has_no_public_page(demo_site: StartedSite, new_page: NewPage) -> None:
    with sqlite3.connect(f"file:{demo_site.home / 'expo.db'}?mode=ro", uri=True) as data:
        number = data.execute("SELECT number FROM project WHERE status NOT IN ('published', 'withdrawn') LIMIT 1").fetchone()[0]
    data.close()
    assert _answers(new_page(demo_site), f"/projects/{number}") == 404


def test_without_signing_in_the_workbench_leads_to_the_sign_in_page(demo_site: StartedSite, new_page: NewPage) -> None:
    page = new_page(demo_site)
    page.goto("/work/2026/figures/")
    assert "/sign-in" in page.url


def test_figures_open_the_rows_that_they_count(
    demo_site: StartedSite, accounts: list[Account], new_page: NewPage
) -> None:
    """The published projects of the edition: the funnel's number, its rows, and the hall."""
    page = new_page(demo_site)
    sign_in(page, _the(accounts, "省级组织者"))
    page.goto("/work/2026/figures/")
    link = page.locator("main a[href*='/figures/']").filter(has_text="0").first
    href = link.get_attribute("href")
    assert href
    answer = page.goto(href)
    assert answer
    assert answer.ok
