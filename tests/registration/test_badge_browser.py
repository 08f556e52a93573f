"""Badges in Chromium: the designer, somebody who walks in at the desk, and the badge on a phone without a network."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.registration import actions_badges
from expo.registration.models import Badge, Registration
from expo.registration.models_badges import BadgeDesign, BadgePrint, BadgeSides, BadgeSize
from expo.registration.queries_keys import badge_keys, live_secret
from expo.registration.rules_codes import BadgeCode, read
from expo.registration.rules_live import Live, LiveFault, check_live
from tests.browsing import Opened
from tests.paper import read_text
from tests.registration.conftest import registered

pytestmark = pytest.mark.journey


@pytest.fixture
def design(edition: Edition, organiser: Actor) -> BadgeDesign:
    return actions_badges.make_design(edition.id, "嘉宾证", BadgeSize.CARD, BadgeSides.ONE, by=organiser)


def designer(opened: Opened, design: BadgeDesign, organiser: Actor) -> Page:
    page = opened(f"/work/2026/registration/designs/{design.id}", organiser)
    expect(page.locator("[data-badges] img").first).to_be_visible()
    return page


def write(page: Page, name: str, change: Callable[[str], str]) -> None:
    """Change what stands in a box of the designer, and wait for the preview of it."""
    box = page.locator(f"textarea[name={name}]")
    with page.expect_response(re.compile("/preview$")) as answer:
        box.fill(change(box.input_value()))
    assert answer.value.ok
    expect(page.locator("[data-state]")).to_be_empty()


def test_the_preview_follows_what_is_written_and_lists_what_does_not_fit(opened, edition, organiser, design):
    registered(edition, "诸葛建国")
    page = designer(opened, design, organiser)
    badges = page.locator("[data-badges] figure")
    for who in ("真实：诸葛建国", "生僻字", "带间隔号的二十字姓名", "35 个拉丁字母的姓", "最长的单位", "几乎没有内容"):
        expect(badges.filter(has_text=who)).to_have_count(1)
    picture = badges.filter(has_text="最长的单位").locator("img")
    before = picture.get_attribute("src")
    expect(page.locator("figure.is-cut")).to_have_count(0)

    write(page, "css", lambda css: css.replace("font-size: 24pt", "font-size: 30pt"))
    expect(picture).not_to_have_attribute("src", str(before))

    write(page, "css", lambda css: re.sub(r"(\.organisation \{[^}]*width: )48mm", r"\g<1>20mm", css))
    expect(page.locator("figure.is-cut").filter(has_text="最长的单位")).to_contain_text("排不下: organisation: 四川省攀枝花市")
    expect(page.locator("figure.is-cut").filter(has_text="几乎没有内容")).to_have_count(0)

    write(page, "front", lambda front: front.replace('data-slot="qr"', 'data-slot="nobody"'))
    expect(page.locator("[data-faults]")).to_contain_text("二维码")
    expect(page.locator("[data-faults]")).to_contain_text("nobody")


ATTACK = """<script>window.taken = 1</script><img src="https://evil.example/a.png" onerror="window.taken = 1">
<svg onload="window.taken = 1"></svg><a href="javascript:window.taken = 1">x</a>"""


def test_a_program_in_a_design_does_nothing_fetches_nothing_and_is_not_kept(opened, organiser, design, site):
    page = designer(opened, design, organiser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    write(page, "front", lambda front: front + ATTACK)
    write(page, "css", lambda css: css + "\n.name { background: url(https://evil.example/b.png) }")
    expect(page.locator("[data-faults]")).to_contain_text("程序")
    expect(page.locator("[data-faults]")).to_contain_text("background")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 303):
        page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("已去掉")
    expect(page.locator("[data-badges] img").first).to_be_visible()
    for name in ("front", "css"):
        assert not re.search("evil|taken|script", page.locator(f"textarea[name={name}]").input_value())
    assert page.evaluate("window.taken") is None
    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def counts() -> tuple[int, int]:
    db.session.rollback()
    return db.session.query(Registration).count(), db.session.query(BadgePrint).count()


class Printer:
    """What goes to the printer: the papers' words. Chromium's own viewer of PDFs is more than Playwright can bear."""

    def __init__(self, page: Page) -> None:
        self.page, self.papers = page, list[str]()
        page.add_init_script("window.print = () => { top.printed = (top.printed ?? 0) + 1; }")
        page.route("**/print", self._print)

    def _print(self, route: Route) -> None:
        answer = route.fetch()
        assert answer.headers["content-type"] == "application/pdf"
        self.papers.append("".join(read_text(answer.body()).split()))
        route.fulfill(status=200, content_type="text/html", body="<p>PDF</p>")

    def wait_for(self, number: int) -> str:
        """The words of the ``number``th paper since the page was loaded, once the printer's dialog is open."""
        self.page.wait_for_function("number => window.printed === number", arg=number)
        return self.papers[-1]


def test_whoever_walks_in_has_a_badge_within_twenty_seconds_and_is_there_once(opened, edition, desk_staff):
    page = opened("/work/2026/desk", desk_staff)
    printer = Printer(page)
    page.reload()
    taken = []
    for name, phone in (("王敏", "13812345678"), ("李建国", "13912345678")):
        expect(page.locator("[data-controller=desk][data-bound]")).to_be_attached()
        begin = time.process_time()
        page.keyboard.press("F2")
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(phone)
        page.get_by_label("本人已阅读个人信息处理说明并同意").check()
        page.keyboard.press("Enter")
        expect(page.locator("main strong.h3")).to_have_text(name)
        paper = printer.wait_for(1)
        taken.append(time.process_time() - begin)
        assert name in paper
        assert "次打印" not in paper
    assert min(taken) < 20  # Seconds of the site's processor, which a busy machine does not lengthen.
    assert counts() == (2, 2)

    page.reload()
    expect(page.get_by_role("button", name="打印证件")).to_be_visible()
    assert counts() == (2, 2)

    page.get_by_role("button", name="打印证件").click()
    assert "第2次打印" in printer.wait_for(1)
    assert counts() == (2, 3)


def test_the_same_form_sent_twice_registers_once(opened, edition, desk_staff):
    page = opened("/work/2026/desk", desk_staff)
    page.locator("input[name=name]").fill("王敏")
    page.locator("input[name=phone]").fill("13812345678")
    page.get_by_label("本人已阅读个人信息处理说明并同意").check()
    statuses = page.evaluate("""async () => {
        const form = document.querySelector("form[action$='/desk'][method=post]"), send = () =>
          fetch(form.action, {method: "POST", body: new FormData(form)}).then((answer) => answer.status);
        return Promise.all([send(), send(), send()]);
    }""")
    assert sorted(statuses) == [200, 422, 422]
    assert counts()[0] == 1


def code_on(page: Page) -> str:
    """What a camera reads off the screen."""
    picture = Image.open(io.BytesIO(page.locator("figure.qr svg").screenshot()))
    found = zxingcpp.read_barcode(picture)
    assert found is not None
    return found.text


#: Playwright's own clock would take away the list of what the page has loaded, too.
MOVABLE_TIME = """{
    const now = Date.now.bind(Date);
    let ahead = 0;
    Date.now = () => now() + ahead;
    window.moveOn = (seconds) => { ahead += seconds * 1000; };
}"""


def wait_until_kept(page: Page) -> None:
    """The page is at work, and the phone has all that it is made of."""
    page.wait_for_function("""async () => {
        const waits = [...document.querySelectorAll("[data-controller]")].some(({ dataset }) =>
            dataset.controller.split(/\\s+/).some((name) => !(dataset.bound ?? "").split(" ").includes(name)));
        const kept = new Set((await (await caches.open("badge-1")).keys()).map(({ url }) => url));
        const parts = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.includes("/static/"));
        return !waits && [location.href, ...parts].every((address) => kept.has(address));
    }""")


def check(text: str, at: datetime) -> Live | LiveFault:
    """What a gate says to a code with its live part."""
    signed, part = text.rsplit("/", 2)[1:]
    code = read(text, badge_keys())
    assert isinstance(code, BadgeCode)
    return check_live(part, live_secret(signed), code.number, at)


def test_the_badge_on_the_phone_changes_its_code_without_a_network(opened, edition):
    found = registered(edition)
    page = opened(f"/my/{found.token}", viewport={"width": 360, "height": 740}, is_mobile=True, device_scale_factor=3)
    page.add_init_script(MOVABLE_TIME)
    expect(page.locator("figure.qr svg")).to_be_visible()
    first = code_on(page)
    assert isinstance(check(first, clock.now()), Live)

    wait_until_kept(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("figure.qr svg")).to_be_visible()
    expect(page.locator("main")).to_contain_text("王敏")
    step = int(page.locator("figure.qr").get_attribute("data-step") or "")
    page.evaluate("moveOn(95)")
    expect(page.locator("figure.qr")).to_have_attribute("data-step", re.compile(f"^({step + 3}|{step + 4})$"))

    later = code_on(page)
    assert later != first
    assert later.rsplit("/", 1)[0] == first.rsplit("/", 1)[0]
    assert isinstance(check(later, clock.now() + timedelta(seconds=95)), Live)
    assert isinstance(check(first, clock.now() + timedelta(seconds=95)), LiveFault)  # A picture of the screen is too old.


def test_a_phone_that_knows_a_badge_is_cancelled_does_not_show_it_any_more(opened, edition):
    found = registered(edition)
    page = opened(f"/my/{found.token}")
    wait_until_kept(page)
    page.get_by_role("button", name="取消报名").click()
    page.get_by_role("dialog").get_by_role("button", name="取消报名").click()
    expect(page.locator("main")).to_contain_text("已取消")
    wait_until_kept(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("main")).to_contain_text("已取消")
    expect(page.locator("figure.qr")).to_have_count(0)
    assert db.session.query(Badge).count() == 1
