"""The demonstration's accounts, and getting in as one of them by its button on the sign-in page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from scripts.started import StartedSite


@dataclass(frozen=True)
class Account:
    """Somebody of the demonstration, such as 市级组织者（成都） · 郑成都."""

    label: str
    name: str
    address: str

    @property
    def key(self) -> str:
        """A short word for file names: what stands before the @, or the phone's number."""
        return self.address.partition("@")[0].lstrip("+")


def demo_accounts(site: StartedSite) -> list[Account]:
    """From ``flask people demo-accounts``: label, name and address on each line, parted by tabs."""
    return [Account(*line.split("\t")) for line in site.flask("people", "demo-accounts").splitlines()]


def sign_in(page: Page, account: Account) -> None:
    """Afterwards ``page`` is where the site sends this person."""
    page.goto("/sign-in")
    page.get_by_role("button", name=f"{account.label} · {account.name}").click()
    expect(page).not_to_have_url(re.compile("/sign-in"))
