"""Somebody in a browser of their own: what they open, fill in, press and see, in the words of the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from expo.kit.language import catalogue


def say(message: str, **values: Any) -> str:
    """What a Chinese reader's page says for a message of the program."""
    found = catalogue("zh_Hans")
    text = found.gettext(message)
    if text == message:
        text = found.ngettext(message, message, 2)
    return text % values if values else text


class Album:
    """Pictures of the way, numbered in the order in which they were taken."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.taken = folder, 0
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()

    def keep(self, page: Page, title: str) -> None:
        self.taken += 1
        page.screenshot(path=self.folder / f"{self.taken:02d}-{title}.png", full_page=True)


class Somebody:
    """One person with a browser of their own."""

    def __init__(self, page: Page, name: str, album: Album) -> None:
        self.page, self.name, self.album = page, name, album

    def __repr__(self) -> str:
        return f"{self.name} at {self.page.url}"

    def go(self, path: str) -> None:
        """Open an address; anything but a page that answers well is a fault."""
        response = self.page.goto(path)
        assert response, f"{self.name} got no answer at {path}"
        assert response.ok, f"{self.name} got {response.status} at {path}"

    def status_of(self, path: str) -> int:
        """What the site answers to this person at an address, without going there."""
        return int(self.page.request.get(path, max_redirects=0).status)

    def press(self, label: str, *, within: Locator | None = None, confirmed: bool = False, **values: Any) -> None:
        """Press the button or follow the link with exactly this label; ``confirmed``: also in the dialog that asks."""
        control = self.control(say(label, **values), within=within)
        if confirmed:
            self.waits_for("confirm", control.locator("xpath=ancestor::form[1]"))
        control.click()
        if confirmed:
            self.page.get_by_role("dialog").get_by_role("button", name=say(label, **values), exact=True).click()

    def control(self, label: str, *, within: Locator | None = None) -> Locator:
        place = within or self.page.locator("#main, main").first
        return (
            place.get_by_role("button", name=label, exact=True)
            .or_(place.get_by_role("link", name=label, exact=True))
            .locator("visible=true")
            .first
        )

    def waits_for(self, behaviour: str, element: Locator) -> None:
        """Until the page's script has taken the element in hand, as it has long before somebody has read the page."""
        expect(element).to_have_attribute("data-bound", re.compile(rf"\b{behaviour}\b"))

    def unfold(self, label: str) -> None:
        """Open a part of the page that is folded in."""
        self.page.locator("summary", has_text=say(label)).first.click()

    def fill(self, *, within: Locator | None = None, **values: Any) -> None:
        """Fill fields by their names: text, a choice by its label or part of it, True to tick, a path to upload."""
        for name, value in values.items():
            self._fill(within or self.page.locator("#main, main").first, name, value)

    def _fill(self, place: Locator, name: str, value: Any) -> None:
        found = place.locator(f'[name="{name}"]:not([type="hidden"])')
        kind = found.first.evaluate("field => field.type")
        if kind == "radio":
            place.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "checkbox" and isinstance(value, str):
            place.get_by_label(value, exact=True).check()
        elif kind == "checkbox":
            found.first.set_checked(value)
        elif kind == "file":
            found.first.set_input_files(value)
        elif kind.startswith("select"):
            found.first.select_option(self._choice(found.first, str(value)))
        else:
            found.first.fill(str(value))

    @staticmethod
    def _choice(field: Locator, wanted: str) -> str:
        """The value of the choice whose label is the wanted one, or begins with it, or has it inside."""
        choices: list[list[str]] = field.evaluate("field => [...field.options].map(o => [o.value, o.label.trim()])")
        tests: tuple[Callable[[str], bool], ...] = (
            lambda label: label == wanted, lambda label: label.startswith(wanted), lambda label: wanted in label,
        )
        for fits in tests:
            for value, label in choices:
                if fits(label):
                    return value
        raise AssertionError(f"No choice “{wanted}” among {[label for _value, label in choices]}")

    def reads(self, message: str, **values: Any) -> None:
        """The page says this message of the program."""
        self.sees(say(message, **values))

    def sees(self, *texts: str) -> None:
        """All of these stand on the page, visible, as soon as it has come."""
        for text in texts:
            expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def is_at(self, pattern: str) -> None:
        expect(self.page).to_have_url(re.compile(pattern))

    def keeps(self, title: str) -> None:
        """Keep a picture of what this person sees now."""
        self.album.keep(self.page, title)

    def row(self, text: str) -> Locator:
        """The row of a table that has this text."""
        return self.page.locator("tr", has_text=text).first

    def opens_file(self, label: str) -> bytes:
        """The file behind the link with this label."""
        address = self.control(say(label)).get_attribute("href")
        assert address, f"{label} leads nowhere"
        return self.fetches(address)

    def fetches(self, path: str) -> bytes:
        """The bytes behind an address, as this person."""
        response = self.page.request.get(path)
        assert response.ok, f"{self.name} got {response.status} at {path}"
        return response.body()
