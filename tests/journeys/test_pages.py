"""The main pages of both faces: accessible, and in Chinese throughout for a Chinese reader."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from scripts.accounts import demo_accounts, sign_in
from scripts.browser import accessibility_faults
from scripts.started import StartedSite
from tests.journeys.conftest import NewPage

PUBLIC = ("/", "/expo/2026/hall", "first project", "/expo/2026/programme", "first session", "/expo/2026/register",
          "/expo/2026/notice", "/sign-in", "/sign-up", "/check/", "/no/such/page")
WORK = ("/work/", "/work/pool/", "first ticket", "/work/pool/imports/new", "/work/2026/shortlist/",
        "/work/2026/shortlist/ranking", "/work/2026/judging/", "/work/2026/projects/", "/work/2026/programme/",
        "/work/2026/programme/board", "/work/2026/registration/", "/work/2026/checkin/", "/work/2026/meetings/",
        "/work/2026/signings/", "/work/2025/followup/", "/work/2026/figures/", "/work/2026/ledger", "/work/editions/",
        "/work/people/", "/work/organisations/", "/work/venues/", "/account")
#: What is no English to a Chinese reader: formats, standards, codes, names.
KNOWN = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|\b(?:English|PDF|XLSX|CSV|SVG|PNG|JPE?G|WebP|WebM|MP4|QR|SHA-256|GB/T|UTF-8|GBK|TOTP|"
    r"Ctrl|Enter|Esc|MB|GB|AI|IP|CEO|Excel|WeChat|H5|MPa|VOCs|PCR|DNA|RNA|Internet|iOS|Android)\b|\b[A-Z0-9]+(?:[-.][A-Z0-9]+)*\b|\b[A-Za-z]{1,2}\b", re.ASCII
)
ENGLISH = re.compile(r"[A-Za-z]{3,}(?:[ ,'’-]+[A-Za-z]+)*")


def _open(page: Page, where: str) -> None:
    """An address, or the first record of its list."""
    lists = {"first project": ("/expo/2026/hall", "main a[href^='/projects/']"),
             "first session": ("/expo/2026/programme", "main a[href^='/sessions/']"),
             "first ticket": ("/work/pool/", "main td a[href*='/pool/tickets/']")}
    if where in lists:
        path, link = lists[where]
        page.goto(path)
        where = page.locator(link).first.get_attribute("href") or ""
    page.goto(where)


def _english(page: Page) -> list[str]:
    """Visible words that look English; what records say (code, quoted titles) is left to the records."""
    text = page.evaluate("""() => {
        const body = document.body.cloneNode(true);
        for (const part of body.querySelectorAll("script, style, code, kbd, [lang=en], [data-proper], option[value*='/'], .prose")) part.remove();
        document.body.append(body); const text = body.innerText; body.remove(); return text;
    }""")
    return sorted(set(ENGLISH.findall(KNOWN.sub(" ", text))))


def _judge(page: Page, paths: tuple[str, ...]) -> None:
    found = []
    for path in paths:
        _open(page, path)
        found += [f"{path}: {fault}" for fault in accessibility_faults(page)]
        found += [f"{path}: not Chinese: {words}" for words in _english(page)]
    assert not found, "\n".join(found)


def test_the_public_pages_are_accessible_and_chinese(demo_site: StartedSite, new_page: NewPage) -> None:
    _judge(new_page(demo_site), PUBLIC)


def test_the_public_pages_are_accessible_on_a_phone(demo_site: StartedSite, new_page: NewPage) -> None:
    _judge(new_page(demo_site, width=360, height=740),
           ("/", "/expo/2026/hall", "first project", "/expo/2026/register"))


def test_the_workbench_is_accessible_and_chinese(demo_site: StartedSite, new_page: NewPage) -> None:
    page = new_page(demo_site)
    sign_in(page, next(one for one in demo_accounts(demo_site) if one.label == "省级组织者"))
    _judge(page, WORK)


def test_a_button_pressed_before_its_script_is_there_still_asks(demo_site: StartedSite, new_page: NewPage) -> None:
    page = new_page(demo_site)
    held: list[Route] = []
    page.route(re.compile("/static/js/confirm.js"), lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks its handlers, a method of a list cannot be marked
    page.goto("/work/showcase")
    page.get_by_role("button", name="撤回项目", exact=True).click()
    page.wait_for_timeout(200)
    assert page.url.endswith("/work/showcase")
    for _ in range(600):
        if held:  # Its request has come, however late.
            break
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.get_by_role("dialog")).to_contain_text("撤回后，项目页不再公开")


def test_a_file_that_is_too_large_is_named_before_it_is_sent(
    demo_site: StartedSite, new_page: NewPage, tmp_path: Path
) -> None:
    page = new_page(demo_site)
    page.goto("/work/showcase")
    field = page.locator(".dropzone.bound input[type=file]").first
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(bytes(11 * 1024 * 1024))
    small.write_bytes(bytes(1024))
    field.set_input_files(large)
    expect(page.locator(".dropzone-files").first).to_contain_text("large.png · 11.5 MB最大 10 MB")
    assert field.evaluate("input => input.validity.customError"), "the form does not go off with it"
    field.set_input_files(small)
    expect(page.locator(".dropzone-files").first).to_have_text("small.png · 2 kB")
    assert field.evaluate("input => input.validity.valid")


def test_each_card_of_ones_projects_opens_its_own_project(demo_site: StartedSite, new_page: NewPage) -> None:
    page = new_page(demo_site)
    sign_in(page, next(one for one in demo_accounts(demo_site) if one.label == "参展单位"))
    page.goto("/work/exhibitor/")
    first = page.locator(".own-card a").first
    expect(first).to_have_attribute("href", re.compile("/work/exhibitor/projects/2026-"))
    expect(page.locator(".own-card").first, "what is to be completed stands first").to_contain_text("退回修改")
    address = first.get_attribute("href") or ""
    first.click()
    page.wait_for_url(f"**{address}")
