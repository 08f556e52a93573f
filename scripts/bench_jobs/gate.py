"""The gate's app in a browser: from a scanner's last key to the answer on the screen, with and without network.

The device holds the offline pack of all badges; how long it takes to get there is measured, too. There is no floor:
what a person at a door notices is an absolute time.
"""

from __future__ import annotations

import http.client
import json
import time

from playwright.sync_api import Page, expect, sync_playwright

from scripts.bench_jobs.checkin import Site, fill, served
from scripts.browser import LOCALE, launch
from scripts.measuring import Context, Result, median, percentile
from scripts.stack import ROOT

BADGES, SCANS = 100_000, 60
ANSWERS = "performance.getEntriesByName('scan to answer').map((one) => [one.duration, one.detail.offline, one.detail.result])"
WAIT_MS = 300_000


def run(context: Context) -> list[Result]:
    count, scans = context.scaled(BADGES), 10 if context.is_quick else SCANS
    environment = {"EXPO_HOME": str(context.folder / "gate-home")}
    if context.database == "postgresql":
        environment["EXPO_DATABASE_URL"] = context.database_url("gate")
    site = fill(environment, count)
    with served("wsgi:app", environment, str(ROOT)) as (port, _process_id), sync_playwright() as playwright:
        _prepare_pack(port, site)
        browser = launch(playwright)
        page = browser.new_context(viewport={"width": 360, "height": 740}, **LOCALE).new_page()
        begin = time.perf_counter()
        page.goto(f"http://127.0.0.1:{port}/gate/enrol#{site.spare}")
        expect(page.locator("[data-pack-words]")).to_contain_text("张", timeout=WAIT_MS)
        packed = time.perf_counter() - begin
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.click("[data-open-gate]")
        online = _scan(page, site.codes[:scans], offline=False)
        page.context.set_offline(True)
        expect(page.locator("body")).to_have_attribute("data-link", "offline", timeout=WAIT_MS)
        offline = _scan(page, site.codes[scans:2 * scans], offline=True)
        browser.close()
    return [
        Result("gate", f"{name}, {count:,} badges on the device", context.size, context.database, median(times), None, "ms",
               p50_ms=median(times), p99_ms=percentile(times, 99), note=f"worst of {len(times)}: {max(times):.0f} ms")
        for name, times in (("scan to answer with network", online), ("scan to answer without network", offline))
    ] + [Result("gate", f"from the enrolment to {count:,} badges ready", context.size, context.database, packed, None, "s")]


def _prepare_pack(port: int, site: Site) -> None:
    """As the worker does every minute, so that no device waits for it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    is_complete, version = False, 0
    while not is_complete:
        connection.request("GET", f"/api/checkin/pack?since={version}", headers=site.headers)
        reply = connection.getresponse()
        told = reply.read()
        if reply.status != http.client.OK:
            raise RuntimeError(f"The pack was answered {reply.status}.")
        head = json.loads(told[12:12 + int.from_bytes(told[8:12], "little")])
        is_complete, version = head["complete"], head["version"]


def _scan(page: Page, codes: list[str], *, offline: bool) -> list[float]:
    """Milliseconds of each scan; every one must have admitted, and been judged where it should."""
    before = len(page.evaluate(ANSWERS))
    for number, code in enumerate(codes, before + 1):
        page.keyboard.type(f"{code}\n")
        page.wait_for_function(f"() => performance.getEntriesByName('scan to answer').length >= {number}", timeout=WAIT_MS)
    answers = page.evaluate(ANSWERS)[before:]
    strange = [answer for answer in answers if answer[1:] != [offline, "admitted"]]
    if strange:
        raise RuntimeError(f"Not all scans were admitted {'without' if offline else 'with'} network: {strange[:3]}")
    return [answer[0] for answer in answers]
