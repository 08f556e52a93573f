"""Debian's Chromium through Playwright, which otherwise wants a browser build of its own."""

from __future__ import annotations

import shutil
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from scripts.stack import ROOT

ARGUMENTS = [
    "--no-sandbox",  # Chromium's sandbox does not work for root, as which containers run.
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOCALE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def launch(playwright: Playwright, *further: str) -> Browser:
    """Start the browser without a window; ``further`` are more switches, such as a fake camera's."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    return playwright.chromium.launch(executable_path=program, headless=True, args=[*ARGUMENTS, *further])


def accessibility_faults(page: Page, *impacts: str) -> list[str]:
    """What axe finds on the page as it is now: a line for each rule broken, with the places."""
    wanted = impacts or ("serious", "critical")
    # Evaluated by the debugger's protocol, which the page's Content-Security-Policy does not concern.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['impact']}: {fault['id']} ({fault['help']}) at "
        + "; ".join(" ".join(str(part) for part in node["target"]) for node in fault["nodes"][:5])
        for fault in found["violations"]
        if fault["impact"] in wanted
    ]
