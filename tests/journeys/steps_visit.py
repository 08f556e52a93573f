"""The visitor registers, gets in with the badge, and talks to the exhibitor."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browsing import wait_at_gates
from tests.journeys.persons import Somebody, say
from tests.journeys.steps_frame import Letters
from tests.paper import read_codes, read_text

ADDRESS, PHONE = "tong@example.cn", "13880001234"


def register(visitor: Somebody, slug: str) -> str:
    """Returns the address of the visitor's own page."""
    visitor.go(f"/expo/{slug}/register")
    visitor.fill(name=visitor.name, phone=PHONE, email=ADDRESS, organisation_name="重庆两江氢能研究院",
                 region_id="成都市", consent_registration=True)
    visitor.keeps("registering")
    visitor.press("Register")
    visitor.is_at("/my/")
    visitor.sees(visitor.name)
    visitor.keeps("badge-on-the-phone")
    return visitor.page.url


def read_badge(visitor: Somebody) -> str:
    """What a camera sees on the printed badge."""
    paper = visitor.opens_file("Print (PDF)")
    text = read_text(paper).replace("\n", "")
    assert visitor.name in text
    assert "重庆两江氢能研究院" in text
    [code] = read_codes(paper)
    assert visitor.name not in code
    assert "1388000" not in code
    return code


def set_up_gate(city: Somebody, slug: str) -> None:
    city.go(f"/work/{slug}/checkin/gates/new")
    city.fill(name="一号门", venue_id="天府国际会议中心")
    city.press("Save")
    city.sees("一号门")


def scan(gate: Somebody, slug: str, code: str, visitor: str) -> None:
    """The device in the hand becomes one of the gate's. A keyboard scanner types the code and presses Enter; the second
    time the gate says when and where it was."""
    wait_at_gates(gate.page)
    gate.go(f"/work/{slug}/checkin/")
    gate.press("Scan here")
    gate.press("Open the gate on this device")
    page = gate.page
    expect(page.locator("body")).to_have_attribute("data-view", "start")
    page.evaluate("document.querySelector('#settings-rapid').click()")  # Each answer stays until the next one.
    page.click("[data-open-gate]")
    words = page.locator("[data-answer]")
    for colour in ("welcome", "repeat"):
        page.keyboard.type(code + "\n")
        expect(words).to_contain_text(visitor)
        expect(words).to_have_attribute("data-colour", {"welcome": "good", "repeat": "warn"}[colour])
        gate.keeps(f"gate-{colour}")
    expect(words.locator("[data-first]")).to_contain_text("一号门")
    expect(page.locator('[data-count="inside"]')).to_have_text("1")


def code_is_good(anybody: Somebody, code: str, visitor: str) -> None:
    """The phone's own camera opens the code's address: it says that the badge is good, and not whose it is."""
    anybody.go(code)
    expect(anybody.page.locator("main")).not_to_contain_text(visitor)


def wants_to_talk(visitor: Somebody, number: str, letters: Letters) -> None:
    visitor.go(f"/projects/{number}")
    visitor.press("I want to talk")
    visitor.press("Sign in with a one-time code")
    visitor.fill(address=PHONE)
    visitor.press("Send the code")
    visitor.reads("Enter the code")
    visitor.fill(code=letters.to(PHONE, r"\b(\d{6})\b", visitor))
    visitor.press("Go on")
    visitor.fill(level="must", message="我们在建三座加氢站，想谈阀门供货。", share_contact=True)
    visitor.keeps("i-want-to-talk")
    visitor.press("Send")
    visitor.reads("The project's side has been told. Once it accepts, time and place are agreed here.")


def agree(exhibitor: Somebody, visitor: Somebody, starts_at: datetime) -> None:
    """The exhibitor reads the contact that the visitor chose to share, accepts and proposes; the visitor agrees."""
    exhibitor.go("/work/exhibitor/interests")
    exhibitor.page.get_by_role("link", name=visitor.name).click()
    exhibitor.sees("138 8000 1234")
    exhibitor.fill(answer="欢迎，今天就可以谈。", share_contact=True)
    exhibitor.press("Accept the interest")
    exhibitor.fill(starts_at=f"{starts_at:%Y-%m-%dT%H:%M}", minutes=say("%(n)s minutes", n=15), place="蜀道厅 3 号洽谈桌")
    exhibitor.press("Propose")
    exhibitor.reads("You proposed this; the other side answers.")
    visitor.go("/work/meetings/")
    visitor.page.locator("main a[href*='/meetings/interests/']").first.click()
    visitor.press("Accept this time")
    visitor.sees("蜀道厅 3 号洽谈桌")
    visitor.keeps("meeting-agreed")


def note_outcome(exhibitor: Somebody, visitor: str, starts_at: datetime) -> None:
    """As soon as the meeting has begun."""
    left = starts_at - datetime.now(starts_at.tzinfo)
    exhibitor.page.wait_for_timeout(max(0.0, left / timedelta(milliseconds=1)))
    exhibitor.go("/work/exhibitor/interests")
    exhibitor.page.get_by_role("link", name=visitor).click()
    exhibitor.fill(result="intent", amount="300", note="拟先供两座站。")
    exhibitor.press("Note the result")
    exhibitor.reads("Noted.")
    exhibitor.keeps("meeting-noted")
