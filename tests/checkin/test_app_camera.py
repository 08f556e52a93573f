"""Our own printed badges before the app's camera: clean, turned, blurred, forged, and one that was replaced."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import expect, sync_playwright

from expo.checkin.models import Scan
from expo.kit.db import db
from expo.registration import queries
from expo.registration.models import BadgeStatus
from expo.registration.papers_badges import BadgePaper, badges_pdf, heading_of, paper_of
from scripts.browser import launch
from tests.checkin.conftest import attendee
from tests.checkin.test_app import Phone, end_badge
from tests.makers import make_badge

pytestmark = pytest.mark.journey
SECONDS_EACH = 1
#: Writes down what the app says, as it says it.
LISTENER = """() => {
  window.said = [];
  const answer = document.querySelector("[data-answer]");
  const say = (name) => answer.querySelector(`[data-${name}]`).textContent;
  new MutationObserver(() => {
    if (answer.dataset.colour !== "idle" && answer.classList.contains("fresh")) {
      const told = [answer.dataset.colour, say("name"), say("sentence")].join("|");
      if (!window.said.includes(told)) window.said.push(told);
    }
  }).observe(answer, { attributes: true });
}"""


def paper(registration: Any) -> BadgePaper:
    badge = queries.find_valid_badge(registration.id)
    assert badge is not None
    return paper_of(badge, registration, queries.get_edition(registration.edition_id))


def film(edition: Any, shown: list[tuple[BadgePaper, int, float]], folder: Path) -> Path:
    """A film of badges as they come out of the PDF: each held turned and blurred before the camera for a while."""
    (folder / "badges.pdf").write_bytes(badges_pdf(heading_of(queries.get_edition(edition.id)), [one for one, _turned, _blurred in shown]))
    subprocess.run(["pdftoppm", "-r", "140", "-png", "badges.pdf", "badge"], cwd=folder, check=True)
    for place, (path, (_paper, turned, blurred)) in enumerate(zip(sorted(folder.glob("badge-*.png")), shown, strict=True)):
        picture = Image.open(path).convert("RGB").rotate(turned, expand=True, fillcolor=(200, 200, 200),
                                                         resample=Image.Resampling.BICUBIC)
        picture.thumbnail((700, 700))
        frame = Image.new("RGB", (1280, 720), (120, 120, 120))
        frame.paste(picture, (290, 10))
        frame.filter(ImageFilter.GaussianBlur(blurred)).save(folder / f"frame{place}.png")
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-framerate", f"1/{SECONDS_EACH}", "-i", "frame%d.png", "-r", "5",
                    "-pix_fmt", "yuvj420p", "-q:v", "3", "camera.mjpeg"], cwd=folder, check=True)
    return folder / "camera.mjpeg"


def changed(code: str) -> str:
    """Another number under the old signature."""
    return code[:-30] + ("A" if code[-30] != "A" else "B") + code[-29:]


@pytest.mark.parametrize("network", ["with network", "without network"])
def test_the_camera_reads_clean_turned_and_blurred_badges_and_refuses_forged_and_replaced_ones(
    site, edition, gate, city, tmp_path, network
):
    clean, turned, blurred, forged, old = (attendee(edition, name) for name in ("钟𬭼", "阿依古丽·买买提江·艾合买提托合提", "王模糊", "假冒", "李旧"))
    shown = [(paper(clean), 0, 0.0), (paper(turned), 37, 0.4), (paper(blurred), -8, 1.0), (paper(forged), 0, 0.0), (paper(old), 5, 0.5)]
    shown[3] = (replace(shown[3][0], code=changed(shown[3][0].code)), 0, 0.0)
    end_badge(old.id, BadgeStatus.REPLACED)
    make_badge(old)
    camera = film(edition, shown, tmp_path)
    with sync_playwright() as playwright:
        browser = launch(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                         f"--use-file-for-fake-video-capture={camera}")
        phone = Phone(browser, site, edition, gate, city, opens=False)
        phone.kept()
        if network == "without network":
            phone.off()
        phone.page.evaluate(LISTENER)
        phone.page.click("[data-open-gate]")
        for colour, name, word in (("good", "钟𬭼", ""), ("good", "阿依古丽", ""), ("good", "王模糊", ""), ("danger", "", "伪造"),
                                   ("danger", "", "补办")):
            expect_said(phone, colour, name, word)
        assert not any("假冒" in one for one in phone.page.evaluate("window.said"))
        if network == "without network":
            assert db.session.query(Scan).count() == 0
            phone.on()
            phone.waits(0)
        phone.done()
        browser.close()
    db.session.rollback()
    admitted = {one.registration_id for one in db.session.query(Scan).filter_by(result="admitted")}
    assert admitted == {clean.id, turned.id, blurred.id}


def expect_said(phone: Phone, colour: str, name: str, word: str) -> None:
    for _round in range(400):
        if any(one.startswith(colour) and name in one and word in one for one in phone.page.evaluate("window.said")):
            return
        phone.page.wait_for_timeout(250)
    expect(phone.page.locator("[data-answer]")).to_contain_text(name + word)
    raise AssertionError(phone.page.evaluate("window.said"))
