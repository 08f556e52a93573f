"""The really started stack, before anybody walks through it: it opens, it dies as a whole, it starts again."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from scripts.browser import accessibility_faults
from scripts.started import StartedSite
from tests.journeys.conftest import NewPage


def test_the_first_page_comes_without_an_error_in_the_browser(empty_site: StartedSite, new_page: NewPage) -> None:
    page = new_page(empty_site)
    response = page.goto("/")
    assert response
    assert response.ok
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert accessibility_faults(page) == []


def test_a_killed_part_ends_the_whole_and_the_next_start_goes_on_with_the_data(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with StartedSite(home, "--empty") as site:
        assert site.process
        web = next(pid for pid, command in _children(site.process.pid) if "scripts.web" in command)
        os.kill(web, signal.SIGKILL)
        assert site.process.wait(timeout=120) == 1
    assert "web was killed by signal 9" in site.log.read_text()
    secret = (home / "secret-key").read_text()
    with StartedSite(home, "--empty") as again:
        assert "Every chain holds" in again.flask("history", "verify")
        assert again.stop() == 0
    assert (home / "secret-key").read_text() == secret
    assert "The database is brought to" not in site.log.read_text().rpartition("The parts start")[2]


def _children(parent: int) -> list[tuple[int, str]]:
    found = []
    for _ in range(50):  # A part that has just been forked shows its command a moment later.
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                is_child = int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if is_child:
                found.append((int(entry.name), command))
        if found:
            break
        time.sleep(0.1)
    return found
