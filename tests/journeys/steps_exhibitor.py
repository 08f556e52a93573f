"""The exhibitor's side: claims the project, fills it in, hands it in; the organiser accepts and publishes."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.journeys.persons import Somebody
from tests.journeys.steps_frame import PASSWORD, Letters
from tests.journeys.steps_pool import EXHIBITOR, OWNER, TITLE

DESCRIPTION = ("本技术在阀门密封面上沉积多层纳米涂层，在 70 MPa 氢气中保持零泄漏，寿命超过两万次开合，"
               "已在两座加氢站试用两年，现寻求产业化合作伙伴。") * 3


def claim(exhibitor: Somebody, letters: Letters, edition: str) -> None:
    """The invitation came by mail; its link leads through signing up to the project."""
    link = letters.to(EXHIBITOR[1], r"(http\S+/claim/\S+)", exhibitor)
    exhibitor.go(link)
    exhibitor.press("No account yet? Sign up")
    exhibitor.fill(name=exhibitor.name, address=EXHIBITOR[1], password=PASSWORD)
    exhibitor.press("Send the code")
    exhibitor.reads("Enter the code")
    exhibitor.fill(code=letters.to(EXHIBITOR[1], r"\b(\d{6})\b", exhibitor))
    exhibitor.press("Go on")
    exhibitor.sees(edition, TITLE)
    exhibitor.press("I answer for this project")
    exhibitor.press("We take part")


def fill_in(exhibitor: Somebody, number: str, folder: Path, paper: bytes) -> None:
    """Section by section, until the meter is full."""
    exhibitor.fill(summary="让加氢站的阀门两年不泄漏。", industry_id="新材料")
    exhibitor.press("Save and go on")
    exhibitor.fill(description=DESCRIPTION)
    exhibitor.press("Save and go on")
    exhibitor.page.locator('[name="maturity"]').first.check()
    exhibitor.page.locator('[name="mode"]').first.check()
    exhibitor.fill(price="120")
    exhibitor.press("Save and go on")
    picture, document = folder / "样机.png", folder / "检测报告.pdf"
    picture.write_bytes(_drawn())
    document.write_bytes(paper)
    exhibitor.fill(pictures=picture)
    exhibitor.press("Upload pictures")
    expect(exhibitor.page.locator(".material-item img")).to_have_count(1)
    exhibitor.fill(document=document)
    exhibitor.press("Upload the document")
    exhibitor.sees("检测报告.pdf")
    exhibitor.keeps("material")
    exhibitor.go(f"/work/exhibitor/projects/{number}")
    exhibitor.fill(may_publish=True)
    exhibitor.press("Hand in")
    exhibitor.reads("Handed in. The organiser checks it and tells you the result.")


def _drawn() -> bytes:
    picture = Image.new("RGB", (1200, 750), "#0b5563")
    ImageDraw.Draw(picture).ellipse((400, 175, 800, 575), outline="#e8c872", width=40)
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def accept_and_publish(city: Somebody, slug: str, number: str) -> None:
    """Without the tick for confidentiality nothing is accepted."""
    city.go(f"/work/{slug}/projects/{number}")
    city.press("Accept")
    expect(city.page.locator('[name="confidentiality"]:invalid')).to_have_count(1)
    city.fill(confidentiality=True, novelty=True)
    city.keeps("accepting")
    city.press("Accept")
    city.press("Publish")
    city.reads("Open the page")


def seen_in_the_hall(anybody: Somebody, slug: str, number: str) -> None:
    """Found by two characters, at an address that stays."""
    anybody.go(f"/expo/{slug}/hall?q=阀门")
    anybody.page.get_by_role("link", name=TITLE).first.click()
    anybody.is_at(f"/projects/{number}$")
    anybody.sees(TITLE, OWNER)
    assert anybody.fetches(anybody.page.locator("a[href$='.pdf']").first.get_attribute("href") or "").startswith(b"%PDF")
    anybody.reads("I want to talk")
    anybody.keeps("project-page")
