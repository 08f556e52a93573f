"""The programme: grid, a session with its place and its project, a release that everybody sees."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import expect

from tests.journeys.persons import Somebody, say
from tests.journeys.steps_pool import EXHIBITOR, TITLE

SESSION = "成都市新材料专场"


def make_grid(province: Somebody, slug: str, day: datetime) -> None:
    province.go(f"/work/{slug}/programme/grid")
    province.page.get_by_label("蜀道厅").check()
    province.press("Save the halls")
    province.page.locator(f'[name="days"][value="{day:%Y-%m-%d}"]').check()
    province.fill(times="10:00 13:30", minutes="90")
    province.press("Make time slots")
    province.sees("10:00–11:30", "13:30–15:00")


def place_session(province: Somebody, slug: str) -> None:
    province.go(f"/work/{slug}/programme/sessions/new")
    province.fill(title=SESSION, kind=say("City session"), region_id="成都市", minutes="90", expected_audience="120")
    province.press("Save")
    province.press("Place on the board")
    province.page.locator("td[data-level]:not([data-level=blocked])").locator("visible=true").first.click()  # On the day that is shown.
    expect(province.page.locator("td .board-session")).to_contain_text(SESSION)
    province.keeps("board")


def add_project(city: Somebody, slug: str) -> None:
    """The city fills its own session in."""
    city.go(f"/work/{slug}/programme/")
    city.page.get_by_role("link", name=SESSION).first.click()
    city.press("Running order")
    city.fill(within=city.page.locator("aside"), q="阀门")
    city.page.keyboard.press("Enter")
    city.page.locator("li", has_text=TITLE).get_by_role("checkbox").first.check()
    city.press("Add the chosen ones")
    city.page.locator("select[name^=presenter]").select_option(label=EXHIBITOR[0])
    city.page.locator("[name^=minutes-]").fill("8")
    city.press("Save the order")
    city.keeps("running-order")


def release(province: Somebody, slug: str) -> None:
    province.go(f"/work/{slug}/programme/releases")
    province.fill(name="第一版")
    province.press("Publish this release", confirmed=True)
    province.is_at("/programme/releases/1$")
    province.sees("第一版")


def nothing_published_yet(anybody: Somebody, slug: str) -> None:
    anybody.go(f"/expo/{slug}/programme")
    anybody.reads("The programme is not published yet")


def seen_by_everybody(anybody: Somebody, slug: str, number: str) -> None:
    anybody.go(f"/expo/{slug}/programme")
    anybody.page.get_by_role("link", name=SESSION).first.click()
    anybody.sees(SESSION, TITLE, "蜀道厅")
    anybody.keeps("session-page")
    anybody.go(f"/projects/{number}")
    anybody.sees(SESSION)
    assert SESSION in anybody.fetches(f"/expo/{slug}/programme.ics").decode().replace("\r\n ", "")
