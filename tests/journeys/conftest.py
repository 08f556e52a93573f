"""Journeys: people in Chromium against the really started stack (edge, app, worker) with data of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from scripts.browser import LOCALE, launch
from scripts.stack import ROOT
from scripts.started import StartedSite

RESULTS = ROOT / "test-results"
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedSite]:
    """A site for real use: no demonstration, nobody in it yet."""
    with StartedSite(tmp_path_factory.mktemp("empty") / "home", "--empty") as site:
        yield site


@pytest.fixture(scope="session")
def journey_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedSite]:
    """A site for real use that one long journey has for itself."""
    with StartedSite(tmp_path_factory.mktemp("journey") / "home", "--empty") as site:
        yield site


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedSite]:
    """The demonstration, which all journeys of this run share."""
    with StartedSite(tmp_path_factory.mktemp("demo") / "home") as site:
        yield site


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """One for all journeys, and gone with them: a second one in the same process is refused, and an asyncio loop, too."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """``new_page(site, width=1440)``: a page in a browser of its own, so each call is another person.

    The test fails if any of them logs an error: a broken script, a refused source, a missing file.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    sites: set[StartedSite] = set()

    def logged(message: ConsoleMessage) -> None:
        # A refused form answers 4xx on purpose; the browser logs that as an error of the document itself.
        if message.type == "error" and not _is_refused_page(message):
            errors.append(f"{message.text} ({message.location.get('url')})")

    def open_page(site: StartedSite, *, width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": height}, **(LOCALE | options)
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        sites.add(site)
        page = context.new_page()
        page.on("console", logged)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    if errors or request.node.stash.get(FAILED, False):
        _keep_pictures(request.node.name, contexts)
        _keep_crashes(request.node.name, sites)
    for context in contexts:
        context.close()
    assert not errors, "The browser reported:\n" + "\n".join(errors)


FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("journey")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _is_refused_page(message: ConsoleMessage) -> bool:
    page = message.page
    return (
        re.search(r"the server responded with a status of 4(0[349]|1[03]|22|29)\b", message.text) is not None
        and page is not None
        and message.location.get("url") == page.url
    )


def _keep_crashes(name: str, sites: set[StartedSite]) -> None:
    """What the site itself wrote, in test-results/."""
    for site in sites:
        (RESULTS / f"{_safe(name)}.log").write_bytes(site.log.read_bytes()[-200_000:])


def _safe(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)[:60]


def _keep_pictures(name: str, contexts: list[BrowserContext]) -> None:
    """What each person saw when the test failed, in test-results/."""
    RESULTS.mkdir(exist_ok=True)
    for number, page in enumerate((page for context in contexts for page in context.pages), 1):
        path: Path = RESULTS / f"{_safe(name)}-{number}.png"
        page.screenshot(path=path, full_page=True)
        print(f"Person {number} was at {page.url} (picture: {os.path.relpath(path, ROOT)}).")
