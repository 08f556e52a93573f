"""After the expo: the edition closes, the case gets its answer and its outcome, the next edition its candidate."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.persons import Somebody, say
from tests.journeys.steps_pool import NUMBER, TITLE
from tests.journeys.steps_programme import SESSION


def copy_edition(province: Somebody, slug: str, following: str, day: datetime) -> None:
    """Next year's edition from this one's frame."""
    province.go(f"/work/editions/{slug}/copy")
    province.fill(slug=following, number="4", name="第四届科创会", starts_on=f"{day + timedelta(days=365):%Y-%m-%d}")
    province.press("Show what will be copied")
    province.press("Make the edition")
    province.sees("第四届科创会")


def may_not_close_yet(province: Somebody, slug: str) -> None:
    province.go(f"/work/{slug}/followup/close")
    expect(province.control(say("Close the edition"))).to_have_count(0)


def let_the_expo_be_over(province: Somebody, slug: str, now: datetime) -> None:
    """The expo was held yesterday: the organiser puts the dates right."""
    province.go(f"/work/editions/{slug}/edit")
    yesterday = f"{now - timedelta(days=1):%Y-%m-%d}"
    province.fill(starts_on=yesterday, ends_on=yesterday)
    province.press("Save")
    province.reads("Saved.")


def close_edition(province: Somebody, slug: str) -> None:
    province.go(f"/work/{slug}/followup/close")
    province.press("Close the edition", confirmed=True)
    expect(province.page.get_by_text(say("Done")).first).to_be_visible(timeout=30_000)  # A job, behind whatever runs.
    province.go(f"/work/{slug}/followup/")
    expect(province.page.locator("tbody tr")).to_have_count(1)
    province.sees(TITLE)
    province.keeps("cases")


def respond_and_settle(caretaker: Somebody) -> None:
    """The caretaker of the ticket owns the case: tells the owner a result, then passes the project on."""
    caretaker.go("/work/followup/mine")
    caretaker.page.get_by_role("link", name=TITLE).click()
    caretaker.fill(note="已电话告知企业：签约方将于下月来厂考察。")
    caretaker.press("Note the response")
    caretaker.reads("The response is noted.")
    caretaker.fill(within=caretaker.page.locator("#settle"), outcome=say("Passed to the next edition"), note="供货合同需待试用结束，转下届。")
    caretaker.press("Settle the case", confirmed=True)
    caretaker.reads("The case is settled.")
    caretaker.keeps("case-settled")


def is_candidate_again(county: Somebody, following: str) -> None:
    county.go(f"/work/{following}/shortlist/")
    county.sees(TITLE)
    county.keeps("next-edition")


def whole_way(county: Somebody) -> None:
    """One page shows it from the import to the next edition."""
    county.go("/work/pool/")
    county.go(county.page.get_by_role("link", name=TITLE).first.get_attribute("href") or "")
    county.press("Its whole way")
    lines = county.page.locator(".timeline li").all_inner_texts()
    way = (NUMBER, "到企业车间看了样机", say("Nominated for %(edition)s", edition="第三届科创会"), SESSION, "拟先供两座站",
           say("Letter of intent"), "已电话告知企业", say("Passed to the next edition"), "第四届科创会")
    assert [words for words in way if not any(words in line for line in lines)] == [], lines
    county.keeps("whole-way")


def figures_reconcile(province: Somebody, slug: str) -> None:
    """The funnel counts two tickets and the one project at each of its stations; the ledger shows where it is."""
    province.go(f"/work/{slug}/figures/")
    cells = [text.strip() for text in province.row("成都市").locator("td").all_inner_texts()]
    assert cells == ["2", "1", "1", "1", "1", "1", "1", "1", "300"], cells
    province.keeps("figures")
    province.row("成都市").locator("td a").nth(5).click()
    province.sees(TITLE)
    province.go(f"/work/{slug}/ledger")
    province.sees(TITLE)
