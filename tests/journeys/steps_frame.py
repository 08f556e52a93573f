"""Setting up: the first administrator, accounts and their roles, venue and hall, the edition and its frame."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from playwright.sync_api import expect

from tests.journeys.persons import Somebody, say

PASSWORD = "five blue cranes over the river"


class Letters:
    """Mail as it lies in the data folder when no mail server is set, and text messages as the start shows them."""

    def __init__(self, home: Path, log: Path) -> None:
        self.folder, self.log = home / "mail", log

    def to(self, address: str, pattern: str, reader: Somebody) -> str:
        """The first group of ``pattern`` in the newest message to ``address`` that has it; waits for the postman."""
        for _ in range(600):
            for text in self._texts(address):
                if found := re.search(pattern, text):
                    return found[1]
            reader.page.wait_for_timeout(50)
        raise AssertionError(f"No message to {address} with {pattern}")

    def _texts(self, address: str) -> Iterator[str]:
        """Newest first."""
        if "@" not in address:
            sent = re.findall(rf"SMS to \+86{address}: (.*)", self.log.read_text(errors="replace"))
            yield from reversed(sent)
            return
        for path in sorted(self.folder.glob("*.eml"), key=lambda one: -int(one.stem)):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if letter["To"] == address:
                yield letter.get_body().get_content()  # type: ignore[union-attr]


def become_administrator(admin: Somebody, link: str) -> None:
    """The one-time link, a password, the second factor with its recovery codes."""
    admin.go(link)
    admin.fill(name=admin.name, address="admin@example.cn", password=PASSWORD)
    admin.press("Become administrator")
    admin.reads("Set up the second factor")
    admin.keeps("second-factor")
    key = admin.page.locator("code, input[readonly]").first
    secret = re.sub(r"\s", "", key.input_value() if key.evaluate("e => e.tagName") == "INPUT" else key.inner_text())
    admin.fill(code=pyotp.TOTP(secret).now())
    admin.press("Switch on")
    expect(admin.page.locator(".recovery-codes li").first).to_be_visible()
    admin.press("I have kept them")


def make_account(admin: Somebody, name: str, address: str, role: str, region: str, why: str) -> None:
    admin.go("/work/people/new")
    admin.fill(name=name, address=address)
    admin.press("Make the account")
    admin.fill(role=say(role), region_id=region, reason=why)
    admin.press("Grant")
    admin.reads("The role is granted and holds at once.")


def sign_in_by_code(person: Somebody, address: str, letters: Letters) -> None:
    """Without a password: the code comes by mail."""
    person.go("/sign-in/code")
    person.fill(address=address)
    person.press("Send the code")
    person.reads("Enter the code")
    person.fill(code=letters.to(address, r"\b(\d{6})\b", person))
    person.press("Go on")
    expect(person.page).not_to_have_url(re.compile("/sign-in"))


def make_venue(admin: Somebody) -> None:
    admin.go("/work/venues/new")
    admin.fill(name="天府国际会议中心", kind=say("Main venue"), region_id="成都市", address="成都市天府新区")
    admin.press("Save")
    admin.press("New hall")
    admin.fill(name="蜀道厅", capacity="300")
    admin.press("Save")
    admin.sees("蜀道厅")


def make_edition(organiser: Somebody, now: datetime) -> None:
    """From nothing: dates (two days, for midnight may come on the way), stages that are all open, two industries, a quota;
    then it runs."""
    organiser.go("/work/editions/new")
    organiser.fill(slug=f"{now:%Y}", number="3", name="第三届科创会", starts_on=f"{now:%Y-%m-%d}",
                   ends_on=f"{now + timedelta(days=1):%Y-%m-%d}", venue_id="天府国际会议中心")
    organiser.press("Make the edition")
    organiser.reads("Stages")
    open_stages(organiser, now, now + timedelta(days=2))
    organiser.go(f"/work/editions/{now:%Y}/industries")
    for code, name, gbt in (("A1", "装备制造", "C"), ("A2", "新材料", "26")):
        organiser.fill(code=code, name=name, gbt_codes=gbt)
        organiser.press("Add to the list")
        organiser.sees(name)
    organiser.go(f"/work/editions/{now:%Y}/quotas")
    organiser.page.get_by_label("成都市 " + say("Achievement"), exact=True).fill("1")
    organiser.press("Save")
    organiser.press("Start the edition", confirmed=True)
    organiser.reads("Running")
    organiser.keeps("edition-runs")


def open_stages(organiser: Somebody, now: datetime, until: datetime) -> None:
    """Every stage open since yesterday."""
    stages = ("nomination", "endorsement", "review", "notice", "material", "registration", "expo", "followup")
    for stage in stages:
        organiser.fill(**{f"opens_{stage}": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}",
                          f"closes_{stage}": f"{until:%Y-%m-%dT%H:%M}"})
    organiser.press("Save")
    organiser.reads("The stages are saved. They open and close by the clock.")
