"""What scripts/shots does: walks through the demonstration as each demo account and takes a picture of every page.

Pages are found by following links, so that a new page needs no entry here: each endpoint is taken once, by the
first account that reaches it, and each account's landing page besides. ALSO names what no link leads to.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from expo import create_app
from expo.kit.config import load_config
from scripts.accounts import Account, demo_accounts, sign_in
from scripts.browser import LOCALE, launch
from scripts.stack import ROOT
from scripts.started import StartedSite

SHOTS = ROOT / "shots"
HOME = SHOTS / ".home"
HEIGHTS = {360: 780}
NOBODY = Account("", "", "")
#: Pages that no link leads to: (account's key, path); nobody's key is empty.
ALSO: tuple[tuple[str, str], ...] = (("", "/no-such-page"),)
LONGEST_WALK = 400
#: The pictures of the README: name, the account's key, the page to open, and where to go on from there by the first link.
README = (
    ("home", "", "/", ""),
    ("project", "", "/expo/2026/hall?kind=achievement", "a[href^='/projects/']"),
    ("board", "organiser", "/work/2026/programme/board", ""),
    ("live", "", "/live", "a[href^='/sessions/']"),
    ("pool", "organiser", "/work/pool/", ""),
    ("figures", "organiser", "/work/2026/figures/", ""),
)
#: An open stream of messages never comes to rest, so a page with one is given this long.
README_REST_MS = 4_000
README_SIZE = (1280, 800)
README_FOLDER = ROOT / "docs" / "pictures"


@dataclass
class Walk:
    """What has been seen so far, over all accounts."""

    adapter: MapAdapter
    widths: list[int]
    words: list[str]
    taken: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def endpoint(self, path: str) -> str | None:
        try:
            return str(self.adapter.match(path, method="GET")[0])
        except HTTPException:
            return None

    def is_wanted(self, name: str, path: str) -> bool:
        return not self.words or any(word in name or word in path for word in self.words)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/shots")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--widths", default="360,1440")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args(arguments)
    widths = [int(width) for width in options.widths.split(",")]
    if options.fresh:
        shutil.rmtree(HOME, ignore_errors=True)
    SHOTS.mkdir(exist_ok=True)
    print("==> The site starts with the demonstration; the first time this takes a minute.", flush=True)
    with StartedSite(HOME) as site, sync_playwright() as playwright:
        browser = launch(playwright)
        if options.readme:
            take_for_readme(site, browser)
            browser.close()
            return 0
        app = create_app(load_config(site.environment))
        walk = Walk(app.url_map.bind(f"localhost:{site.port}"), widths, options.words)
        for account in (NOBODY, *demo_accounts(site)):
            walk_as(account, site, browser, walk)
        browser.close()
    print(f"==> {len(walk.taken)} pages at {options.widths} pixels are in {SHOTS.name}/.")
    for fault in walk.faults:
        print(f"    {fault}", file=sys.stderr)
    return 1 if walk.faults else 0


def take_for_readme(site: StartedSite, browser: Browser) -> None:
    """The first view of some pages, with few colours so that they stay small."""
    accounts = {account.key: account for account in demo_accounts(site)}
    README_FOLDER.mkdir(parents=True, exist_ok=True)
    for name, key, path, link in README:
        context = browser.new_context(base_url=site.url, reduced_motion="reduce",
                                      viewport={"width": README_SIZE[0], "height": README_SIZE[1]}, **LOCALE)
        page = context.new_page()
        if key:
            sign_in(page, accounts[key])
        page.goto(path)
        if link:
            page.goto(page.locator(link).first.get_attribute("href") or path)
        page.wait_for_timeout(README_REST_MS)
        target = README_FOLDER / f"{name}.png"
        page.screenshot(path=target, animations="disabled")
        Image.open(target).convert("RGB").quantize(256, kmeans=2).save(target, optimize=True)
        print(f"    {target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB", flush=True)
        context.close()


def walk_as(account: Account, site: StartedSite, browser: Browser, walk: Walk) -> None:
    context = browser.new_context(base_url=site.url, reduced_motion="reduce", **LOCALE)
    page = context.new_page()
    who = account.key or "nobody"
    page.on("pageerror", lambda error: walk.faults.append(f"{who}, {page.url}: {error}"))
    start = "/"
    if account.address:
        sign_in(page, account)
        start = urlsplit(page.url).path
    waiting = deque([start, *(path for key, path in ALSO if key == account.key)])
    known, steps = {start}, 0
    while waiting and steps < LONGEST_WALK:
        path, steps = waiting.popleft(), steps + 1
        endpoint = walk.endpoint(path)
        name = f"{who}-landing" if path == start else (endpoint or path.strip("/") or "root")
        if name in walk.taken or not _open(page, path, walk, who):
            continue
        walk.taken.add(name)
        if walk.is_wanted(name, path):
            _take(page, name, walk.widths)
        for target in _links(page, site.url):
            if target not in known and (found := walk.endpoint(target)) and found not in walk.taken:
                known.add(target)
                waiting.append(target)
    context.close()


def _open(page: Page, path: str, walk: Walk, who: str) -> bool:
    try:
        response = page.goto(path, wait_until="load")
    except Error as error:
        if "Download is starting" not in str(error):
            walk.faults.append(f"{who}, {path}: {str(error).splitlines()[0]}")
        return False
    if response is None or "text/html" not in response.headers.get("content-type", ""):
        return False
    if response.status >= 500:
        walk.faults.append(f"{who}, {path}: answered {response.status}")
    if response.status == 403:  # Another account may be allowed; a link that leads here is a fault of the page before.
        walk.faults.append(f"{who}, {path}: a link leads to a page that this account may not see")
        return False
    return True


def _take(page: Page, name: str, widths: list[int]) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
        path = SHOTS / f"{re.sub(r'[^a-zA-Z0-9_.-]+', '_', name)}-{width}.png"
        page.screenshot(path=path, full_page=True, animations="disabled")
        print(f"    {path.name}", flush=True)


def _links(page: Page, url: str) -> list[str]:
    """The paths on this site that the page links to; a query's first of its kind is enough."""
    found: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [urlsplit(link).path for link in found if link.startswith(url + "/")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
