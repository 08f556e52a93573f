"""The gate's app in Chromium: enrolled devices, keyboard scanners, lost networks, the kiosk, a device that is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from expo.checkin.actions_devices import DeviceEntry, make_device, revoke_device
from expo.checkin.models import Scan, ScanKind, ScanResult
from expo.checkin.papers_trial import trial_badge_address
from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import action
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration
from scripts.browser import LOCALE, accessibility_faults
from tests.browsing import wait_at_gates
from tests.checkin.conftest import attendee, code_of, new_id
from tests.makers import make_badge

pytestmark = pytest.mark.journey
RIGHTS = ("search", "override", "statistics", "print")
#: Reads all that the device has stored, as text.
AT_REST = """async () => {
  const found = [JSON.stringify({...localStorage}), document.cookie];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((done) => {
        const r = database.transaction(store).objectStore(store).getAll(); r.onsuccess = () => done(r.result); });
      for (const row of rows) {
        if (row.buffer) found.push(new TextDecoder("utf-8").decode(row.buffer));
        found.push(JSON.stringify(row));
      }
    }
    database.close();
  }
  for (const key of await caches.keys()) {
    const cache = await caches.open(key);
    for (const request of await cache.keys()) {
      if (!request.url.endsWith(".wasm")) found.push(await (await cache.match(request)).text());
    }
  }
  return found.join("\\n");
}"""


class Phone:
    """A device at a gate, enrolled as an organiser's code enrols it, its gate open."""

    def __init__(self, chromium: Browser, site: str, edition: Any, gate: Any, by: Any, *, width: int = 360, opens: bool = True,
                 more: tuple[int, ...] = (), script: str = "") -> None:
        self.device, secret = make_device(edition.id, DeviceEntry(f"手机{new_id()[:6]}", gate.id, more, RIGHTS), by=by)
        self.enrol(chromium, site, secret, width=width, opens=opens, script=script)

    @classmethod
    def enrolled(cls, chromium: Browser, site: str, secret: str) -> Phone:
        """At a site that runs elsewhere, by a code that was made there."""
        found = cls.__new__(cls)
        found.enrol(chromium, site, secret)
        return found

    def enrol(self, chromium: Browser, site: str, secret: str, *, width: int = 360, opens: bool = True, script: str = ""
              ) -> None:
        self.context = chromium.new_context(viewport={"width": width, "height": 740}, permissions=["camera"], **LOCALE)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        wait_at_gates(self.page)
        self.page.add_init_script(script)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{site}/gate/enrol#{secret}")
        self.page.wait_for_selector("html[data-gate-ready]")
        self.in_view("start")
        if opens:
            self.steady()
            self.page.click("[data-open-gate]")
            self.in_view("gate")

    def in_view(self, name: str) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-view", name)

    def steady(self) -> None:
        """Each answer stays until the next one, so that a slow test sees it."""
        self.page.evaluate("document.querySelector('#settings-rapid').click()")

    def kept(self) -> None:
        """Until everything is on the device: pack, keys and app."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        expect(self.page.locator("[data-pack-words]")).to_contain_text("张")

    def types(self, text: str) -> None:
        """A keyboard scanner."""
        self.page.keyboard.type(text + "\n")

    def is_told(self, colour: str, *words: str) -> None:
        """All at the same moment, however short it is: a kiosk greets the next one by itself."""
        try:
            self.page.wait_for_function("""([colour, words]) => {
              const answer = document.querySelector("[data-answer]");
              return answer.dataset.colour === colour && words.every((word) => answer.textContent.includes(word));
            }""", arg=[colour, words])
        except PlaywrightTimeout:
            answer = self.page.locator("[data-answer]")
            raise AssertionError(f"{answer.get_attribute('data-colour')}: {answer.inner_text()}") from None

    def opens(self, name: str) -> None:
        """A dialog, from wherever its button stands."""
        self.page.evaluate("name => document.querySelector(`[data-opens=${name}]`).click()", name)
        expect(self.page.locator(f"#gate-{name}")).to_be_visible()

    def off(self) -> None:
        self.context.set_offline(True)
        expect(self.page.locator("body")).to_have_attribute("data-link", "offline")

    def on(self) -> None:
        self.context.set_offline(False)
        expect(self.page.locator("body")).to_have_attribute("data-link", "online")

    def waits(self, count: int) -> None:
        place = self.page.locator("[data-queue-count]")
        if count:
            expect(place).to_contain_text(str(count))
        else:
            expect(place).to_be_hidden()

    def done(self) -> None:
        assert self.errors == []
        self.context.close()


@pytest.fixture
def person(edition: Any) -> Registration:
    return attendee(edition, "钟𬭼", organisation_name="中国科学院")


@pytest.fixture
def phone(chromium: Browser, site: str, edition: Any, gate: Any, city: Any, person: Registration) -> Iterator[Phone]:
    found = Phone(chromium, site, edition, gate, city)
    yield found
    found.done()


def scans(**wanted: Any) -> list[Scan]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.query(Scan).filter_by(**wanted).order_by(Scan.at, Scan.id))


@action
def end_badge(registration_id: int, status: BadgeStatus) -> None:
    for badge in db.session.query(Badge).filter_by(registration_id=registration_id):
        badge.status, badge.ended_at = status, clock.now()


def test_online_the_site_judges_and_the_phone_says_it(chromium, site, edition, gate, city):
    person, old = attendee(edition, "钟𬭼", organisation_name="中国科学院"), attendee(edition, "李旧")
    dead = code_of(old)
    end_badge(old.id, BadgeStatus.REPLACED)
    phone = Phone(chromium, site, edition, gate, city)
    phone.types(code_of(person))
    phone.is_told("good", "请进", "钟𬭼", "中国科学院", "观众")
    phone.types(code_of(person))
    phone.is_told("warn", "已经入场", "A 口")
    phone.types(dead)
    phone.is_told("danger", "不能入场", "补办")
    phone.types(code_of(person)[:-4] + "AAAA")
    phone.is_told("danger", "伪造")
    phone.types("https://example.com/" + "A" * 500)
    phone.is_told("danger", "不是本会证件")
    phone.page.click("[data-kind=exit]")
    phone.types(code_of(person))
    phone.is_told("good", "钟𬭼")
    expect(phone.page.locator("[data-count=inside]")).to_have_text("0")
    assert accessibility_faults(phone.page) == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.done()
    assert [one.result for one in scans()] == [ScanResult.ADMITTED, ScanResult.REPEATED, ScanResult.REFUSED, ScanResult.REFUSED,
                                               ScanResult.REFUSED, ScanResult.ADMITTED]


def test_without_network_the_phone_judges_by_itself_and_hands_in_later(chromium, site, edition, gate, city):
    inside, fresh, old, media = (attendee(edition, name, kind) for name, kind in (
        ("先来的", BadgeKind.VISITOR), ("后来的", BadgeKind.VISITOR), ("李旧", BadgeKind.VISITOR), ("记者", BadgeKind.MEDIA)))
    gate_id = gate.id
    dead = code_of(old)
    end_badge(old.id, BadgeStatus.REPLACED)
    make_badge(old)
    limit_kinds(gate_id, ["visitor"])
    phone = Phone(chromium, site, edition, gate, city)
    phone.types(code_of(inside))
    phone.is_told("good", "先来的")
    phone.kept()
    phone.off()
    phone.types(code_of(inside))
    phone.is_told("warn", "已经入场", "先来的", "离线核验")
    phone.types(code_of(fresh))
    phone.is_told("good", "后来的", "断网时未核对")
    phone.types(code_of(fresh)[:-4] + "AAAA")
    phone.is_told("danger", "伪造")
    phone.types(dead)
    phone.is_told("danger", "补办")
    phone.types(code_of(media))
    phone.is_told("danger", "记者", "此类证件")
    phone.waits(5)
    phone.page.reload()
    phone.page.wait_for_selector("html[data-gate-ready]")
    phone.page.click("[data-open-gate]")
    phone.types(code_of(fresh))
    phone.is_told("warn", "后来的")
    phone.waits(6)
    assert len(scans()) == 1
    phone.on()
    phone.waits(0)
    phone.done()
    found = scans()
    assert len(found) == 7
    assert [one.registration_id for one in found if one.result is ScanResult.ADMITTED] == [inside.id, fresh.id]
    assert sorted(str(one.reason) for one in found if one.result is ScanResult.REFUSED) == ["forged", "replaced", "wrong_kind"]


@action
def limit_kinds(gate_id: int, kinds: list[str]) -> None:
    from expo.checkin.actions_devices import renew_stamp
    from expo.checkin.models import Gate

    db.session.query(Gate).filter_by(id=gate_id).one().badge_kinds = kinds
    renew_stamp()


def test_two_phones_apart_admit_one_badge_and_the_merge_reports_it(chromium, site, edition, gate, city):
    person = attendee(edition, "分身")
    phones = [Phone(chromium, site, edition, gate, city) for _one in range(2)]
    for phone in phones:
        phone.kept()
        phone.off()
        phone.types(code_of(person))
        phone.is_told("good", "分身")
        phone.waits(1)
    for phone in phones:
        phone.on()
        phone.waits(0)
    expect(phones[1].page.locator(".toasts")).to_contain_text("在两处入场")
    for phone in phones:
        phone.done()
    assert sorted(one.result for one in scans(registration_id=person.id)) == [ScanResult.ADMITTED, ScanResult.DOUBLE]


def test_a_site_that_cannot_store_sends_the_phone_offline_and_nothing_is_lost(phone, person):
    phone.kept()
    broken = {"is": True}

    def answer(route: Route) -> None:
        if broken["is"]:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json={"title": "busy", "status": 503})
        else:
            route.continue_()

    phone.context.route("**/api/checkin/**", answer)
    phone.types(code_of(person))
    phone.is_told("good", person.name, "离线核验")
    expect(phone.page.locator("body")).to_have_attribute("data-link", "offline")
    broken["is"] = False
    expect(phone.page.locator("body")).to_have_attribute("data-link", "online")
    phone.waits(0)
    assert [one.result for one in scans()] == [ScanResult.ADMITTED]


def test_a_site_that_answers_too_late_counts_the_scan_once(phone, person):
    code = code_of(person)
    phone.kept()

    def stored_but_unanswered(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.context.route("**/api/checkin/scan", stored_but_unanswered)
    phone.types(code)
    phone.is_told("good", person.name, "离线核验")
    phone.context.unroute("**/api/checkin/scan")
    expect(phone.page.locator("body")).to_have_attribute("data-link", "online")
    phone.waits(0)
    assert [one.result for one in scans()] == [ScanResult.ADMITTED]


def test_a_lost_device_shows_nothing_readable(chromium, site, edition, gate, city):
    people = [attendee(edition, name, organisation_name="绝密研究院") for name in ("甲秘密", "乙秘密")]
    codes = [code_of(one) for one in people]
    phone = Phone(chromium, site, edition, gate, city)
    phone.kept()
    phone.types(codes[0])
    phone.is_told("good", "甲秘密")
    phone.off()
    phone.types(codes[1])
    phone.is_told("good", "乙秘密")
    phone.waits(1)
    stored = phone.page.evaluate(AT_REST)
    assert "A 口" in stored
    for word in ("秘密", "绝密研究院", *(code.rpartition("/")[2] for code in codes)):
        assert word not in stored
    phone.done()


def test_a_revoked_device_wipes_itself_and_keeps_what_was_not_handed_in(chromium, site, edition, gate, city):
    person = attendee(edition)
    phone = Phone(chromium, site, edition, gate, city)
    phone.kept()
    phone.off()
    phone.types(code_of(person))
    phone.is_told("good", person.name)
    edition_id, gate_id = edition.id, gate.id
    revoke_device(edition_id, phone.device.id, by=city)
    phone.context.set_offline(False)
    phone.in_view("enrol")
    expect(phone.page.locator("[data-enrol-error]")).to_contain_text("已被停用")
    expect(phone.page.locator("[data-kept]")).to_contain_text("1 条")
    phone.page.wait_for_function(f"async () => !(await ({AT_REST})()).includes('A 口')", polling=500)
    _device, secret = make_device(edition_id, DeviceEntry("新机", gate_id, (), RIGHTS), by=city)
    phone.page.fill("#enrol-code", f"{site}/gate/enrol#{secret}")
    phone.page.press("#enrol-code", "Enter")
    phone.in_view("start")
    expect(phone.page.locator(".toasts")).to_contain_text("已补传 1 条")
    phone.done()
    assert [one.result for one in scans()] == [ScanResult.ADMITTED]


def test_a_wrong_code_enrols_nobody(chromium, site):
    other = chromium.new_context(**LOCALE)
    page = other.new_page()
    page.goto(f"{site}/gate/enrol#{'x' * 32}")
    expect(page.locator("[data-enrol-error]")).to_be_visible()
    expect(page).to_have_url(f"{site}/gate/")
    page.fill("#enrol-code", "好的")
    page.press("#enrol-code", "Enter")
    expect(page.locator("[data-enrol-error]")).to_contain_text("不是设备登记码")
    assert accessibility_faults(page) == []
    other.close()


def test_the_self_test_reads_the_trial_badge_with_the_network_off(chromium, site, edition, gate, city):
    attendee(edition)
    trial = trial_badge_address(edition)
    phone = Phone(chromium, site, edition, gate, city, opens=False)
    phone.kept()
    phone.opens("selftest")
    step = phone.page.locator("[data-selftest-step]")
    expect(step).to_contain_text("第一步")
    phone.page.click("[data-selftest-unplug]")
    expect(step).to_contain_text("第二步")
    phone.types(trial)
    expect(step).to_contain_text("第三步")
    phone.page.click("[data-selftest-unplug]")
    expect(step).to_contain_text("全部通过")
    assert accessibility_faults(phone.page) == []
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator("[data-start-checks]")).to_contain_text("通过")
    phone.done()
    assert scans() == []


def test_the_kiosk_greets_by_itself_and_ends_only_by_its_number(chromium, site, edition, gate, city):
    person = attendee(edition, "自助者")
    phone = Phone(chromium, site, edition, gate, city, width=1024, opens=False)
    phone.opens("kiosk")
    phone.page.fill("[name=pin]", "2468")
    phone.page.click("[data-kiosk-button]")
    phone.in_view("kiosk")
    expect(phone.page.locator(".kiosk-idle")).to_contain_text("欢迎来到科创会")
    expect(phone.page.locator(".gate-tools")).to_be_hidden()
    phone.types(code_of(person))
    phone.is_told("good", "请进", "Welcome", "自助者")
    phone.types(code_of(person)[:-4] + "AAAA")
    phone.is_told("danger", "请到服务台办理", "Please go to the desk")
    assert accessibility_faults(phone.page) == []
    phone.page.reload()
    phone.page.wait_for_selector("html[data-gate-ready]")
    phone.in_view("kiosk")
    for pin, view in (("1111", "kiosk"), ("2468", "start")):
        phone.page.focus("[data-kiosk-exit]")
        if not phone.page.locator("#gate-kiosk").is_visible():
            phone.page.keyboard.press("Enter")
        expect(phone.page.locator("#kiosk-pin")).to_be_enabled()
        phone.page.fill("[name=pin]", pin)
        phone.page.click("[data-kiosk-button]")
        phone.in_view(view)
    phone.done()


def test_who_has_no_code_is_found_let_in_with_a_reason_and_taken_back(chromium, site, edition, gate, city):
    from expo.kit.text import bigrams

    person = attendee(edition, "吐尔逊", phone="+8613812345678", search_text=bigrams("吐尔逊 13812345678 5678"))
    media = attendee(edition, "记者甲", BadgeKind.MEDIA)
    limit_kinds(gate.id, ["visitor"])
    phone = Phone(chromium, site, edition, gate, city)
    phone.opens("search")
    phone.page.fill("[data-search-input]", "5678")
    row = phone.page.locator("[data-search-found] li")
    expect(row).to_contain_text("138****5678")
    row.get_by_role("button").click()
    phone.is_told("good", "吐尔逊")
    phone.page.click("[data-undo]")
    expect(phone.page.locator("[data-last]")).to_contain_text("已撤销")
    phone.types(code_of(media))
    phone.is_told("danger", "记者甲")
    phone.page.click("[data-override]")
    phone.page.locator("[data-reason]").first.click()
    phone.page.click("#gate-override .btn-danger-solid")
    phone.is_told("good", "记者甲")
    phone.done()
    by_hand, refused, forced = scans()
    assert (by_hand.registration_id, by_hand.result) == (person.id, ScanResult.UNDONE)
    assert refused.result is ScanResult.REFUSED
    assert forced.result is ScanResult.ADMITTED
    assert forced.note == "组委会陪同"


def test_an_entry_taken_back_without_network_is_handed_in_as_not_granted(phone, person):
    phone.kept()
    phone.off()
    phone.types(code_of(person))
    phone.is_told("good", person.name)
    phone.page.click("[data-undo]")
    expect(phone.page.locator("[data-last]")).to_contain_text("已撤销")
    phone.types(code_of(person))
    phone.is_told("good", person.name)
    phone.on()
    phone.waits(0)
    assert [one.result for one in scans()] == [ScanResult.REFUSED, ScanResult.ADMITTED]


def test_a_desk_prints_a_badge_and_admits_nobody_by_it(phone, person):
    phone.page.click("[data-kind=print]")
    phone.types(code_of(person))
    phone.is_told("good", "证件有效", "钟𬭼")
    printed = phone.page.expect_event("framenavigated", lambda frame: frame.url.startswith("blob:"))
    with printed, phone.page.expect_response(lambda reply: reply.url.endswith(f"/badges/{person.id}.pdf")) as reply:
        phone.page.click("[data-print]")
    assert reply.value.body().startswith(b"%PDF")
    found = scans()
    assert [(one.kind, one.result) for one in found] == [(ScanKind.PRINT, ScanResult.ADMITTED)]
    expect(phone.page.locator("[data-count=inside]")).to_have_text("0")


def test_a_desk_ties_a_chip_that_then_admits_as_long_as_the_network_is_there(chromium, site, edition, gate, city):
    person = attendee(edition, "阿依古丽·买买提江·艾合买提托合提", BadgeKind.MEDIA)
    phone = Phone(chromium, site, edition, gate, city)
    phone.kept()
    phone.page.click("[data-kind=print]")
    phone.types(code_of(person))
    phone.is_told("good", "证件有效", "阿依古丽")
    for name in ("chip", "next"):
        box = phone.page.locator(f"[data-{name}]").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360  # However long the name is.
    phone.page.click("[data-chip]")
    phone.page.fill("#chip-number", "王敏")
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator("[data-chip-error]")).to_contain_text("不是芯片号")
    assert accessibility_faults(phone.page) == []
    phone.page.fill("#chip-number", "")
    phone.types("04A2B3C4D5E680")
    expect(phone.page.locator(".toasts")).to_contain_text("芯片已绑定")
    phone.page.click("[data-kind=entry]")
    phone.types("04A2B3C4D5E680")
    phone.is_told("good", "请进", "阿依古丽")
    phone.off()
    phone.types("04A2B3C4D5E680")
    phone.is_told("danger", "断网时无法核验芯片")
    phone.done()
    assert [(one.kind, one.result) for one in scans()] == [(ScanKind.PRINT, ScanResult.ADMITTED), (ScanKind.ENTRY, ScanResult.ADMITTED)]


def test_the_app_speaks_english_and_turns_for_the_left_hand(chromium, site, edition, gate, city):
    phone = Phone(chromium, site, edition, gate, city, width=1024)
    phone.kept()
    assert tools_left(phone.page) > 500
    phone.opens("settings")
    phone.page.click("[data-hand-choice=left]")
    phone.page.click("#gate-settings [data-language=en]")
    phone.page.wait_for_selector("html[lang=en][data-gate-ready]")
    phone.page.click("[data-open-gate]")
    assert tools_left(phone.page) < 200
    phone.types("https://example.com/menu")
    phone.is_told("danger", "No entry")
    assert accessibility_faults(phone.page) == []
    phone.done()


def tools_left(page: Page) -> float:
    box = page.locator(".gate-tools").bounding_box()
    assert box is not None
    return box["x"]


def test_a_wrong_clock_and_a_lost_network_leave_the_right_moment(chromium, site, edition, gate, city):
    person = attendee(edition)
    phone = Phone(chromium, site, edition, gate, city, opens=False, script="""
      const real = Date.now.bind(Date), RealDate = Date, ahead = 7200_000;
      globalThis.Date = class extends RealDate { constructor(...given) { given.length ? super(...given) : super(real() + ahead); } };
      Date.now = () => real() + ahead;""")
    phone.kept()
    phone.opens("queue")
    expect(phone.page.locator("[data-queue-facts]")).to_contain_text("快")
    phone.page.keyboard.press("Escape")
    phone.page.click("[data-open-gate]")
    begin = clock.now()
    phone.off()
    phone.types(code_of(person))
    phone.waits(1)
    end = clock.now()
    phone.on()
    phone.waits(0)
    phone.done()
    [scan] = scans()
    assert begin - timedelta(seconds=30) < scan.at < end + timedelta(seconds=30)


def test_hands_feel_the_answer_and_the_light_can_be_switched_on(chromium, site, edition, gate, city):
    person = attendee(edition)
    phone = Phone(chromium, site, edition, gate, city, script="""
      globalThis.felt = [];
      Navigator.prototype.vibrate = (shakes) => { felt.push(shakes.length); return true; };
      MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
      MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { felt.push(advanced[0].torch); };""")
    for colour in ("good", "warn"):
        phone.types(code_of(person))
        phone.is_told(colour, person.name)
    assert phone.page.evaluate("felt") == [1, 3]
    phone.page.evaluate("document.querySelector('#settings-vibration').click()")
    phone.types(code_of(person)[:-4] + "AAAA")
    phone.is_told("danger", "伪造")
    assert phone.page.evaluate("felt") == [1, 3]
    phone.page.click("[data-torch]")
    expect(phone.page.locator("[data-torch]")).to_have_attribute("aria-pressed", "true")
    phone.page.click("[data-torch]")
    expect(phone.page.locator("[data-torch]")).to_have_attribute("aria-pressed", "false")
    assert phone.page.evaluate("felt") == [1, 3, True, False]
    phone.done()
