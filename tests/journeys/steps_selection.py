"""From nomination to project: endorsed, scored, decided, released by another, noticed, final."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.persons import Somebody, say
from tests.journeys.steps_pool import TITLE


def _open(person: Somebody, slug: str) -> None:
    """The candidate's own page, from the list."""
    person.go(f"/work/{slug}/shortlist/")
    href = person.page.get_by_role("link", name=TITLE).get_attribute("href")
    assert href
    person.go(href)


def endorse(city: Somebody, slug: str) -> None:
    _open(city, slug)
    city.press("Endorse")
    city.reads("Endorsed")
    city.keeps("endorsed")


def set_up_panel(province: Somebody, slug: str, reviewer: str, now: datetime) -> None:
    """A panel with the usual criteria, one reviewer for each submission; the candidate is sent to it."""
    province.go(f"/work/{slug}/judging/new")
    province.fill(name="新材料组", opens_at=f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
                  closes_at=f"{now + timedelta(hours=8):%Y-%m-%dT%H:%M}", scores_each="1")
    province.press("Save")
    province.press("Add reviewers")
    province.fill(person_ids=reviewer)
    province.press("Add to the panel")
    province.go(f"/work/{slug}/shortlist/")
    province.row(TITLE).get_by_role("checkbox").check()
    province.press("Send to review …")
    province.fill(panel_id="新材料组")
    province.press("Send to review")
    province.go(f"/work/{slug}/judging/")
    province.page.get_by_role("link", name="新材料组").click()
    province.press("Open the scoring", confirmed=True)
    province.sees(TITLE)
    province.keeps("panel-open")


def score(reviewer: Somebody) -> None:
    reviewer.go("/work/judging/")
    reviewer.press("Score the next one")
    reviewer.sees(TITLE)
    for points, field in zip((9, 8, 9, 8), reviewer.page.locator('[name^="points_"]').all(), strict=True):
        field.fill(str(points))
    reviewer.fill(comment="密封副配对新颖，试用数据充分。")
    reviewer.keeps("scoring")
    reviewer.press("Hand in")
    reviewer.reads("Scored. That was the last one of this panel: thank you.")


def scores_are_hidden(province: Somebody, slug: str) -> None:
    """Nobody sees a score before the panel closes."""
    _open(province, slug)
    expect(province.page.locator("main")).not_to_contain_text("85.50")


def close_panel_and_decide(province: Somebody, slug: str) -> None:
    province.go(f"/work/{slug}/judging/")
    province.page.get_by_role("link", name="新材料组").click()
    province.press("Close …")
    province.press("Close the panel")
    province.sees("85.50")
    _open(province, slug)
    province.fill(decision="selected")
    province.press("Decide")
    province.sees(say("pending: %(what)s", what=say("Select")))
    province.go(f"/work/{slug}/shortlist/release")
    province.reads("Nothing for you to release")
    province.keeps("own-decision-waits")


def release(second: Somebody, slug: str) -> None:
    """Somebody else than who decided."""
    second.go(f"/work/{slug}/shortlist/release")
    second.keeps("release")
    second.press("Release %(n)s decisions", n=1)
    second.sees(TITLE, say("Selected"))


def publish_notice(province: Somebody, slug: str, closes_at: datetime) -> None:
    province.go(f"/work/{slug}/shortlist/notices/new")
    province.fill(closes_at=f"{closes_at:%Y-%m-%dT%H:%M}")
    province.press("Publish", confirmed=True)
    province.reads("The list can become final after the notice has closed, every objection is answered and nothing is "
                   "pending.")


def read_notice(anybody: Somebody, slug: str) -> None:
    anybody.go(f"/expo/{slug}/notice")
    anybody.sees(TITLE)
    anybody.keeps("public-notice")


def make_final(province: Somebody, slug: str, closes_at: datetime) -> str:
    """As soon as the notice has closed; returns the project's number."""
    province.go(f"/work/{slug}/shortlist/notices/")
    province.page.locator("td a.title").first.click()
    button = province.control(say("Make the list final"))
    left_ms = max(0.0, (closes_at - datetime.now(closes_at.tzinfo)).total_seconds() * 1000)
    province.page.wait_for_timeout(left_ms)
    province.page.reload()
    expect(button).to_be_visible()
    province.press("Make the list final", confirmed=True)
    province.go(f"/work/{slug}/projects/")
    href = province.page.get_by_role("link", name=TITLE).first.get_attribute("href") or ""
    found = re.search(rf"{slug}-\d+", href)
    assert found, href
    province.keeps("final-list")
    return found[0]
