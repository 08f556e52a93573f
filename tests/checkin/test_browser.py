"""At the gate in Chromium: our own printed badge before a fake camera, the scanner's keyboard, a lost network."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageFilter
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from expo.checkin.models import Scan
from expo.kit.db import db
from expo.people.actions_sessions import start_session
from expo.registration import queries
from expo.registration.papers_badges import badges_pdf, heading_of, paper_of
from scripts.browser import accessibility_faults, launch
from tests.checkin.conftest import attendee, code_of
from tests.makers import make_badge

pytestmark = pytest.mark.journey


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The app under an address of its own, with its protection against forged forms on."""
    app.config["WTF_CSRF_ENABLED"] = True
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    app.config["WTF_CSRF_ENABLED"] = False


def printed(badge: Any, registration: Any, folder: Path, *, turned: int, blurred: float) -> Path:
    """A film of one picture: the badge as it comes out of the PDF, held askew before a camera."""
    edition = queries.get_edition(registration.edition_id)
    (folder / "badge.pdf").write_bytes(badges_pdf(heading_of(edition), [paper_of(badge, registration, edition)]))
    subprocess.run(["pdftoppm", "-r", "110", "-png", "-singlefile", "badge.pdf", "badge"], cwd=folder, check=True)
    badge_picture = Image.open(folder / "badge.png").convert("RGB").rotate(
        turned, expand=True, fillcolor=(200, 200, 200), resample=Image.Resampling.BICUBIC)
    badge_picture.thumbnail((700, 700))
    frame = Image.new("RGB", (1280, 720), (120, 120, 120))
    frame.paste(badge_picture, (290, 10))
    frame.filter(ImageFilter.GaussianBlur(blurred)).save(folder / "frame.png")
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-loop", "1", "-i", "frame.png", "-t", "1", "-r", "10",
                    "-pix_fmt", "yuvj420p", "-q:v", "3", "camera.mjpeg"], cwd=folder, check=True)
    return folder / "camera.mjpeg"


def opened(page: Page, site: str, app: Flask, staff: Any, gate: Any) -> None:
    """The gate's page, signed in as its staff."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"sign_in": start_session(staff.person_id, second_factor=True)})
    page.context.add_cookies([{"name": "session", "value": cookie, "url": site}])
    page.goto(f"{site}/work/2026/checkin/{gate.id}")
    page.wait_for_selector("html[data-gate-ready]")


def test_a_printed_badge_is_read_by_the_camera_and_a_scanner_types_the_same(app, site, edition, gate, staff, tmp_path):
    person = attendee(edition, "钟𬭼", organisation_name="中国科学院")
    other = attendee(edition, "王敏")
    film = printed(queries.find_valid_badge(person.id), person, tmp_path, turned=17, blurred=0.8)
    text, other_text, gate_id = code_of(person), code_of(other), gate.id
    with sync_playwright() as playwright:
        browser = launch(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                         f"--use-file-for-fake-video-capture={film}")
        context = browser.new_context(viewport={"width": 360, "height": 740}, permissions=["camera"])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        opened(page, site, app, staff, gate)
        answer = page.locator("[data-answer]")

        page.click("[data-camera]")
        expect(answer).to_have_attribute("data-colour", "good", timeout=15_000)
        expect(answer).to_contain_text("钟𬭼")
        page.click("[data-camera]")

        page.keyboard.type(text + "\n")
        expect(answer).to_have_attribute("data-colour", "warn")
        expect(answer).to_contain_text("A 口")
        page.keyboard.type("https://example.com/\n")
        expect(answer).to_have_attribute("data-colour", "danger")
        expect(answer).to_contain_text("不是本会证件")

        context.set_offline(True)
        page.keyboard.type(other_text + "\n")
        expect(answer).to_contain_text("网络中断")
        context.set_offline(False)
        expect(answer).to_have_attribute("data-colour", "good", timeout=15_000)
        expect(answer).to_contain_text("王敏")
        expect(page.locator("[data-count=here]")).to_have_text("2")

        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert errors == []
        browser.close()
    db.session.rollback()
    assert db.session.query(Scan).filter_by(gate_id=gate_id, result="admitted").count() == 2


def test_a_replaced_badge_before_the_camera_is_refused(app, site, edition, gate, staff, tmp_path):
    from expo.kit import clock
    from expo.kit.unit import action
    from expo.registration.models import Badge, BadgeStatus

    person = attendee(edition)
    film = printed(queries.find_valid_badge(person.id), person, tmp_path, turned=-8, blurred=0.5)

    @action
    def replaced() -> None:
        badge = db.session.query(Badge).filter_by(registration_id=person.id).one()
        badge.status, badge.ended_at = BadgeStatus.REPLACED, clock.now()

    replaced()
    make_badge(person)
    with sync_playwright() as playwright:
        browser = launch(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                         f"--use-file-for-fake-video-capture={film}")
        page = browser.new_context(permissions=["camera"]).new_page()
        opened(page, site, app, staff, gate)
        page.click("[data-camera]")
        expect(page.locator("[data-answer]")).to_have_attribute("data-colour", "danger", timeout=15_000)
        expect(page.locator("[data-answer]")).to_contain_text("此证已补办")
        browser.close()
