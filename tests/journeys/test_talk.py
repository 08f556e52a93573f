"""The conversation on the really started stack: what a visitor writes reaches the moderator, and then everybody, by itself."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from scripts.accounts import demo_accounts, sign_in
from scripts.started import StartedSite
from tests.journeys.conftest import NewPage

WORDS = "请问这项技术何时量产"


def test_a_message_is_held_released_and_taken_down_before_the_eyes_of_all(
    demo_site: StartedSite, new_page: NewPage,
) -> None:
    accounts = {one.label: one for one in demo_accounts(demo_site)}
    visitor, moderator, stranger = new_page(demo_site, width=360, height=740), new_page(demo_site, width=360, height=740), new_page(demo_site)
    sign_in(visitor, accounts["观众"])
    sign_in(moderator, accounts["互动审核"])
    session = _session_on_now(visitor)
    stranger.goto(session)

    moderator.goto("/work/2026/streaming/talk/")
    number = session.rpartition("/")[2]
    moderator.goto(f"/work/2026/streaming/talk/{number}")
    expect(moderator.locator("[data-bound~=talk-desk]")).to_be_attached()

    visitor.locator("#talk-text").fill(WORDS)
    visitor.get_by_role("button", name="发送").click()
    expect(visitor.locator(".talk-note[data-note]")).to_have_text("等待审核")
    expect(_said(stranger)).to_have_count(0)

    waiting = moderator.locator(".mod-item", has_text=WORDS)
    expect(waiting).to_be_visible()  # Without a reload: the edge told the page.
    waiting.get_by_role("button", name="显示", exact=True).click()
    expect(_said(stranger)).to_be_visible()
    expect(_said(visitor)).to_be_visible()
    assert "观众" not in _said(stranger).locator(".talk-author").inner_text()[1:]

    moderator.goto(f"/work/2026/streaming/talk/{number}?tab=shown")
    moderator.locator(".mod-item", has_text=WORDS).get_by_role("button", name="不显示").click()
    expect(_said(stranger)).to_have_count(0)
    expect(_said(visitor)).to_have_count(0)


def _said(page: Page) -> Locator:
    return page.locator(".talk-item", has_text=WORDS)


def _session_on_now(page: Page) -> str:
    page.goto("/expo/2026/programme")
    page.locator(".session-rows li.is-live a").first.click()
    expect(page).to_have_url(re.compile(r"/sessions/\d+$"))
    return re.sub(r"^https?://[^/]+", "", page.url)
