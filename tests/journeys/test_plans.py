"""Planning on the really started stack: a plan from nothing, compared and taken over; a hall is lost after the release, and
only those whom the change concerns are told."""

from __future__ import annotations

import io
import re
from pathlib import Path

from playwright.sync_api import expect

from expo.kit.sheets import xlsx_chunks
from scripts.accounts import demo_accounts, sign_in
from scripts.started import StartedSite
from tests.journeys.conftest import RESULTS, NewPage
from tests.journeys.persons import Album, Somebody, say
from tests.journeys.steps_frame import Letters

SLUG, DAY = "2031", "2031-05-20"
HALLS = ("天府厅", "锦城厅")
#: Its audience fits into the first hall only, so it is known where it stands.
MOVED, STAYING = "试排大会", "试排分会甲"
PATIENCE_MS = 60_000  # The worker shares two cores with everything else.


def test_a_plan_is_made_from_nothing_and_made_again_when_a_hall_is_lost(
    demo_site: StartedSite, new_page: NewPage, tmp_path: Path
) -> None:
    accounts = {one.label: one for one in demo_accounts(demo_site)}
    province = Somebody(new_page(demo_site), "省级组织者", Album(RESULTS / "plans"))
    sign_in(province.page, accounts["省级组织者"])
    concerned, other = accounts["评审专家"], accounts["主办学会"]

    _make_edition(province)
    _import_sessions(province, tmp_path)
    _needs(province, MOVED, concerned.name)
    _needs(province, STAYING, other.name)

    # A plan from nothing, beside the empty draft.
    province.go(f"/work/{SLUG}/programme/plans")
    province.unfold("Keep the working draft aside as it is")
    province.fill(within=province.page.locator("details[open]"), name="空白草稿")
    province.press("Keep a copy", within=province.page.locator("details[open]"))
    plan = _compute(province, "从零开始")
    province.reads("Proven: no plan is better")
    province.go(f"/work/{SLUG}/programme/plans")
    for name in ("空白草稿", "从零开始"):
        province.row(name).get_by_role("checkbox").check()
    province.press("Compare the chosen ones")
    unplaced = province.row(say("Sessions not placed"))
    expect(unplaced.locator("td")).to_have_text(["4", "0", "4"])
    province.keeps("compared")
    province.go(plan)
    province.press("Take over into the working draft")
    expect(province.page.locator("td .board-session")).to_have_count(4)
    _release(province, "第一版", tell=False)

    # The big hall is lost at the time of the one session that needs it most.
    province.go(f"/work/{SLUG}/programme/board?day=all")
    cell = province.page.locator("td[data-cell]", has_text=MOVED)
    hall, slot = (cell.get_attribute("data-cell") or "").split("-")
    province.go(f"/work/{SLUG}/programme/replan")
    province.fill(name="停电")
    province.page.locator(f'[name=halls][value="{hall}"]').check()
    province.page.locator(f'[name=slots][value="{slot}"]').check()
    province.press("Plan again")
    _wait_for_plan(province)
    moved = province.page.locator("section", has_text=re.compile("将移动 1 个专场")).last.locator("tbody tr")
    expect(moved).to_have_count(1)
    expect(moved).to_contain_text(MOVED)
    province.sees(concerned.name)
    province.keeps("what-moves")
    province.press("Take over into the working draft")
    expect(province.page.locator(f'td[data-cell="{hall}-{slot}"] .board-session')).to_have_count(0)
    expect(province.page.locator("td .board-session")).to_have_count(4)

    _release(province, "第二版", tell=True)
    letters = Letters(demo_site.home, demo_site.log)
    assert letters.to(concerned.address, f"({MOVED})", province)
    province.go(f"/work/{SLUG}/programme/releases/2/messages")
    rows = province.page.locator("main tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(MOVED)
    assert not any(SLUG in text and STAYING in text for text in letters._texts(other.address))
    province.keeps("told")


def _make_edition(province: Somebody) -> None:
    """A small edition of its own, so that the demonstration stays as it is."""
    province.go("/work/editions/new")
    venue = province.page.locator("[name=venue_id] option").nth(1).inner_text()
    province.fill(slug=SLUG, number="9", name="试排届", starts_on=DAY, ends_on=DAY, venue_id=venue)
    province.press("Make the edition")
    province.go(f"/work/{SLUG}/programme/grid")
    for name in HALLS:
        province.page.get_by_label(name).first.check()
    province.press("Save the halls")
    province.page.locator(f'[name="days"][value="{DAY}"]').check()
    province.fill(times="10:00 13:30 15:30", minutes="90")
    province.press("Make time slots")
    province.sees("15:30–17:00")


def _import_sessions(province: Somebody, folder: Path) -> None:
    """Four sessions in a sheet, without places."""
    rows = [[title, "成都市", audience] for title, audience in ((MOVED, 500), (STAYING, 120), ("试排分会乙", 120), ("试排分会丙", 120))]
    sheet = folder / "sessions.xlsx"
    sheet.write_bytes(io.BytesIO(b"".join(xlsx_chunks(["专场名称", "所属地区", "预计人数"], rows))).getvalue())
    province.go(f"/work/{SLUG}/programme/sessions/import")
    province.fill(file=str(sheet))
    province.page.locator("main form button[type=submit]").first.click()
    province.sees("新增 4 个专场")
    province.page.locator("form:has([name=sealed]) button[type=submit]").first.click()
    province.sees(MOVED)


def _needs(province: Somebody, title: str, name: str) -> None:
    """Somebody must be there: a change of this session concerns them."""
    province.go(f"/work/{SLUG}/programme/")
    province.page.get_by_role("link", name=title).first.click()
    province.press("Needs")
    province.fill(experts=name)
    province.press("Save")
    province.sees(name)


def _compute(province: Somebody, name: str) -> str:
    """Ask the solver; returns the plan's address once it is there."""
    province.go(f"/work/{SLUG}/programme/plans")
    form = province.page.locator("form:has([name=scope])")
    province.fill(within=form, name=name, seconds="20")
    province.press("Compute", within=form)
    _wait_for_plan(province)
    return re.sub(r"^https?://[^/]+", "", province.page.url)


def _wait_for_plan(province: Somebody) -> None:
    province.is_at(r"/programme/plans/\d+$")
    expect(province.page.get_by_text(say("What it would cost"))).to_be_visible(timeout=PATIENCE_MS)
    expect(province.page.locator("header, .page-head").get_by_text(say("To be looked at")).first).to_be_visible()


def _release(province: Somebody, name: str, *, tell: bool) -> None:
    province.go(f"/work/{SLUG}/programme/releases")
    province.fill(name=name, tell=tell)
    province.press("Publish this release", confirmed=True)
    province.is_at(r"/programme/releases/\d+$")
