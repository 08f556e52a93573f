"""Somebody comes in at a gate of the demonstration: the organiser's dashboard and the screen at the gate say so at once.

With an edge that carries messages neither page asks by itself, so whatever they show of it has been pushed.
"""

from __future__ import annotations

import re
import sqlite3

from playwright.sync_api import Page, expect

from scripts.accounts import demo_accounts, sign_in
from scripts.started import StartedSite
from tests.browsing import wait_at_gates
from tests.journeys.conftest import NewPage


def test_an_entry_is_seen_at_once_on_the_dashboard_and_on_the_gates_screen(demo_site: StartedSite, new_page: NewPage) -> None:
    gate_id, gate, signed, name = _somebody_due(demo_site)
    account = next(a for a in demo_accounts(demo_site) if a.label.startswith("省级"))
    dashboard, device = new_page(demo_site), new_page(demo_site, width=360, height=740)
    sign_in(dashboard, account)
    dashboard.goto("/work/2026/checkin/screens")
    address = dashboard.get_by_role("row", name=gate).get_by_role("link").get_attribute("href")
    dashboard.goto("/work/2026/checkin/")
    row = dashboard.locator("#figures tbody tr").filter(has_text=gate).first
    inside = row.locator("td.number").first
    before = int(re.sub(r"\D", "", inside.inner_text()))
    screen = new_page(demo_site)
    screen.goto(str(address))
    value = screen.locator(".screen-figure .value").first
    expect(value).to_have_text(str(before))

    sign_in(device, account)
    wait_at_gates(device)
    device.goto(f"/work/2026/checkin/{gate_id}")
    _open_gate(device)
    device.keyboard.type(f"{demo_site.url}/b/{signed}\n")
    expect(device.locator("[data-answer]")).to_contain_text(name)
    expect(device.locator("[data-answer]")).to_have_attribute("data-colour", "good")
    for place in (inside, value):
        expect(place).to_have_text(str(before + 1))


def _somebody_due(site: StartedSite) -> tuple[int, str, str, str]:
    """A gate that admits everybody, and a visitor whom it has not seen: gate, its name, the badge's characters, the name."""
    found: tuple[int, str, str, str] = sqlite3.connect(site.home / "expo.db").execute(
        "SELECT gate.id, gate.name, badge.signed, registration.name FROM gate, badge"
        " JOIN registration ON registration.id = badge.registration_id"
        " WHERE gate.kind = 'venue' AND gate.again = 'after_exit' AND badge.status = 'valid' AND badge.kind = 'visitor'"
        " AND badge.edition_id = gate.edition_id AND badge.signed <> ''"
        " AND NOT EXISTS (SELECT 1 FROM scan WHERE scan.gate_id = gate.id AND scan.registration_id = registration.id)"
        " ORDER BY gate.id DESC, badge.id LIMIT 1").fetchone()
    return found


def _open_gate(page: Page) -> None:
    page.get_by_role("button", name="在本机打开签到").click()
    expect(page.locator("body")).to_have_attribute("data-view", "start")
    page.evaluate("document.querySelector('#settings-rapid').click()")  # Each answer stays until the next one.
    page.click("[data-open-gate]")
