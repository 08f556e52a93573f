"""Two organisers at one board of the demonstration, through the real edge: each is told what the other does.

A board that hears the edge never asks by itself, so whatever it shows of the other has been pushed.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from scripts.accounts import demo_accounts, sign_in
from scripts.started import StartedSite
from tests.journeys.conftest import NewPage

SOON = 30_000  # Milliseconds: the machine may be busy; that it was told is what counts.


def test_two_organisers_see_each_others_moves_at_once(demo_site: StartedSite, new_page: NewPage) -> None:
    accounts = [a for a in demo_accounts(demo_site) if a.label.startswith("省级")][:2]
    assert len(accounts) == 2
    here, there = (_board(new_page(demo_site), account) for account in accounts)
    number = here.locator("td [data-movable]:not(.is-pinned)").first.get_attribute("data-card")
    card = f'[data-card="{number}"]'
    before = here.locator(f"td:has({card})").get_attribute("data-cell")
    here.locator(f"{card} [data-grip]").click()
    place = here.locator("td[data-level]:not([data-level=blocked]):not(:has([data-card]))").first.get_attribute("data-cell")
    here.locator(f'td[data-cell="{place}"]').click()
    expect(there.locator(".toast")).to_contain_text(accounts[0].name)  # Before it goes away by itself.
    expect(there.locator(f'td[data-cell="{place}"] {card}')).to_be_visible(timeout=SOON)
    there.locator(f"{card} [data-grip]").click()
    there.locator(f'td[data-cell="{before}"]').click()
    expect(here.locator(f'td[data-cell="{before}"] {card}')).to_be_visible(timeout=SOON)
    expect(there.locator("[data-turn=undo]")).to_be_enabled(timeout=SOON)  # Its own answer may come after the news of it.
    # What is carried meanwhile is let go when somebody else takes the same thing.
    here.locator(f"{card} [data-grip]").click()
    there.keyboard.press("Control+z")
    expect(there.locator(f'td[data-cell="{place}"] {card}')).to_be_visible(timeout=SOON)
    expect(here.locator("[data-carry]")).to_be_hidden(timeout=SOON)
    expect(here.locator(f'td[data-cell="{place}"] {card}')).to_be_visible(timeout=SOON)
    there.keyboard.press("Control+y")
    expect(here.locator(f'td[data-cell="{before}"] {card}')).to_be_visible(timeout=SOON)


def _board(page: Page, account: object) -> Page:
    sign_in(page, account)  # type: ignore[arg-type]
    page.goto("/work/2026/programme/board?day=all")
    page.wait_for_selector("#board[data-bound][data-hears]", timeout=SOON)
    return page
