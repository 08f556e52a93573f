"""The demonstration's accounts, and signing in with them as a person does."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from scripts.started import StartedSite


@dataclass(frozen=True)
class Account:
    """Somebody of the demonstration; ``key`` is what stands before the @ of the address."""

    login: str
    password: str
    label: str = ""

    @property
    def key(self) -> str:
        return self.login.partition("@")[0]


def demo_accounts(site: StartedSite) -> list[Account]:
    """From ``flask people demo-accounts``: login, password and role on each line, parted by tabs."""
    lines = site.flask("people", "demo-accounts").splitlines()
    return [Account(*line.split("\t")) for line in lines if "\t" in line]


def sign_in(page: Page, account: Account) -> None:
    """Through the sign-in page; afterwards ``page`` is where the site sends this person."""
    page.goto("/sign-in")
    page.locator("input[name=login]").fill(account.login)
    page.locator("input[name=password]").fill(account.password)
    page.locator("input[name=password]").press("Enter")
    expect(page).not_to_have_url("/sign-in")
