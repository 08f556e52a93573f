"""The board in Chromium: dragged with the mouse at every zoom, with a finger and by keyboard; undone after a reload;
and two organisers who hold the same session before their eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from expo.kit.access import Actor
from expo.kit.db import db
from expo.people.permissions import Role
from expo.programme import actions_places
from expo.programme.models import Session
from scripts.browser import accessibility_faults
from tests.browsing import Opened
from tests.makers import make_actor, make_hall, make_slot, make_venue
from tests.programme.plans import Programme

pytestmark = pytest.mark.journey


@pytest.fixture
def programme(app: Flask) -> Programme:
    """Six halls and six times on two days."""
    made = Programme()
    venue = make_venue(made.places.province)
    made.halls += [make_hall(venue, f"第{name}厅", 200) for name in "三四五六"]
    made.slots += [make_slot(made.edition, 16), *(make_slot(made.edition, hour, day=1) for hour in (10, 14, 16))]
    actions_places.set_halls(made.edition.id, [hall.id for hall in made.halls], by=made.province)
    return made


@pytest.fixture
def opened(opened: Opened, programme: Programme) -> Opened:
    """``opened(actor)``: the board as somebody has it open."""
    def open_board(actor: Actor | None = None, query: str = "", width: int = 1440, **options: Any) -> Page:
        page = opened(f"{programme.base}/board{query}", actor or programme.province, viewport={"width": width, "height": 900}, **options)
        page.wait_for_selector("#board[data-bound]")
        return page

    return open_board


def place_of(session_id: int) -> tuple[int | None, int | None]:
    db.session.remove()
    found = db.session.get(Session, session_id)
    assert found is not None
    return found.hall_id, found.slot_id


def cell(page: Page, programme: Programme, hall: int, slot: int) -> Locator:
    return page.locator(f'td[data-cell="{programme.halls[hall].id}-{programme.slots[slot].id}"]')


def card(page: Page, session_id: int) -> Locator:
    return page.locator(f'[data-card="{session_id}"]')


def settled(page: Page) -> None:
    """Until the last change is answered and drawn: the details are drawn anew after each."""
    for part in ("#board", "[data-panel]"):
        expect(page.locator(part)).not_to_have_attribute("aria-busy", "true")


def looks_away(page: Page) -> None:
    """Without an edge a board looks every few seconds what others have done; one that nobody sees does not."""
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")


def aim(page: Page, target: Locator, at: tuple[float, float] = (0.5, 0.5)) -> None:
    """With a thing in the hand, to a point within the target given in parts of its size; again when that has moved."""
    for _try in range(100):
        target.scroll_into_view_if_needed()  # As somebody turns the wheel while dragging.
        end = target.bounding_box()
        assert end
        page.mouse.move(end["x"] + end["width"] * at[0], end["y"] + end["height"] * at[1], steps=4)
        if "is-aim" in (target.get_attribute("class") or ""):
            return
        page.wait_for_timeout(100)
    expect(target).to_have_class(re.compile("is-aim"))


def drag(page: Page, source: Locator, target: Locator, at: tuple[float, float] = (0.5, 0.5)) -> None:
    """With the mouse."""
    settled(page)
    source.scroll_into_view_if_needed()
    start = source.bounding_box()
    assert start
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 9, start["y"] + start["height"] / 2 + 9)
    expect(page.locator("td[data-level]").first).to_be_attached()  # Every place has said what it would mean.
    aim(page, target, at)
    page.mouse.up()


@pytest.mark.parametrize("zoom", [1, 2, 3, 4])
def test_a_session_lands_exactly_where_it_is_dropped_at_every_zoom(opened: Opened, programme: Programme, zoom: int) -> None:
    session = programme.place(programme.session("蓉城专场"), 0, 0)
    number = session.id
    page = opened(query="?day=all")
    page.evaluate("zoom => { document.getElementById('board').dataset.zoom = zoom }", str(zoom))
    # Close to the edges of cells, where a wrong reckoning would take the neighbour.
    for hall, slot, at in ((2, 1, (0.06, 0.08)), (3, 2, (0.94, 0.92)), (1, 4, (0.5, 0.5))):
        target = cell(page, programme, hall, slot)
        drag(page, card(page, number), target, at)
        expect(target.locator("[data-card]")).to_have_attribute("data-card", str(number))
        expect(page.locator("#board")).not_to_have_attribute("aria-busy", "true")
        assert place_of(number) == (programme.halls[hall].id, programme.slots[slot].id)


def test_a_session_is_dragged_to_another_day_over_its_tab(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("蓉城专场"), 0, 0).id
    page = opened()
    tab, target = page.locator("[data-day-tab]").nth(1), cell(page, programme, 2, 4)
    start = card(page, number).bounding_box()
    assert start
    page.mouse.move(start["x"] + 40, start["y"] + 40)
    page.mouse.down()
    over = tab.bounding_box()
    assert over
    page.mouse.move(over["x"] + 10, over["y"] + 10, steps=4)
    expect(target).to_be_visible()
    aim(page, target)
    page.mouse.up()
    expect(target.locator("[data-card]")).to_have_attribute("data-card", str(number))
    assert place_of(number) == (programme.halls[2].id, programme.slots[4].id)


def test_while_dragging_every_place_says_whether_it_is_allowed_and_why(opened: Opened, programme: Programme) -> None:
    big = programme.session("大专场", expected_audience=250).id
    programme.place(programme.session("同城专场"), 2, 2)
    page = opened()
    box = card(page, big).bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 40, steps=2)
    fits, small, parallel = (cell(page, programme, *where) for where in ((0, 0), (1, 0), (0, 2)))
    expect(fits).to_have_attribute("data-level", "allowed")
    expect(fits.locator(".board-verdict")).to_contain_text("可排")
    expect(small).to_have_attribute("data-level", "warns")
    expect(small.locator(".board-verdict")).to_contain_text("有提醒")
    expect(parallel).to_have_attribute("data-level", "warns")
    end = small.bounding_box()
    assert end
    page.mouse.move(end["x"] + 30, end["y"] + 30, steps=2)
    expect(page.locator("[data-tip]")).to_contain_text("预计 250 人")
    expect(page.locator("[data-say]")).to_contain_text("第二厅")
    page.keyboard.press("Escape")
    expect(page.locator("td[data-level]")).to_have_count(0)
    page.mouse.up()
    assert place_of(big) == (None, None)


def test_a_session_is_carried_by_keyboard_over_days_and_off_the_board(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("蓉城专场"), 0, 0).id
    page = opened()
    grip = card(page, number).locator("[data-grip]")
    grip.focus()
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):  # Past the first day's last time.
        page.keyboard.press(key)
    expect(page.locator("[data-say]")).to_contain_text("第二厅")
    expect(cell(page, programme, 1, 3)).to_be_visible()
    page.keyboard.press("Enter")
    expect(cell(page, programme, 1, 3).locator("[data-card]")).to_have_attribute("data-card", str(number))
    expect(card(page, number).locator("[data-grip]")).to_be_focused()
    assert place_of(number) == (programme.halls[1].id, programme.slots[3].id)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert place_of(number) == (programme.halls[1].id, programme.slots[3].id)
    expect(card(page, number).locator("[data-grip]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.locator(".board-waiting [data-card]")).to_have_attribute("data-card", str(number))
    assert place_of(number) == (None, None)


def test_a_finger_carries_by_the_grip_and_after_resting_and_else_scrolls(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("蓉城专场"), 0, 0).id
    page = opened(width=412, has_touch=True, is_mobile=True)
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def centre(found: Locator) -> tuple[float, float]:
        box = found.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    cell(page, programme, 1, 1).scroll_into_view_if_needed()
    for source, rests, target in ((card(page, number).locator("[data-grip]"), False, (1, 0)), (card(page, number), True, (0, 1))):
        settled(page)
        place = cell(page, programme, *target)
        x, y = centre(source)
        finger("touchStart", x, y)
        if rests:
            expect(page.locator(".is-carrying")).to_be_attached()
        end = centre(place)
        for step in range(1, 6):
            finger("touchMove", x + (end[0] - x) * step / 5, y + (end[1] - y) * step / 5)
        expect(place).to_have_class(re.compile("is-aim"))
        finger("touchEnd")
        expect(place.locator("[data-card]")).to_have_attribute("data-card", str(number))
    settled(page)
    # This finger does not rest, however long the moments between its moves are on a busy machine.
    page.evaluate("const real = setTimeout; window.setTimeout = (work, ms) => real(work, ms * 100)")
    x, y = centre(card(page, number))
    finger("touchStart", x, y)
    for step in range(1, 8):
        finger("touchMove", x, y - 20 * step)
    finger("touchEnd")
    expect(page.locator(".is-carrying")).to_have_count(0)
    assert place_of(number) == (programme.halls[0].id, programme.slots[1].id)


def test_a_session_is_placed_by_two_presses_also_from_its_own_page(opened: Opened, programme: Programme) -> None:
    number = programme.session("蓉城专场").id
    page = opened(query=f"?pick={number}")
    expect(page.locator("[data-carry]")).to_contain_text("蓉城专场")
    cell(page, programme, 2, 1).click()
    expect(cell(page, programme, 2, 1).locator("[data-card]")).to_have_attribute("data-card", str(number))
    expect(page.locator("[data-carry]")).to_be_hidden()
    card(page, number).locator("[data-grip]").click()
    page.locator("[data-day-tab]").nth(1).click()
    cell(page, programme, 0, 4).click()
    expect(cell(page, programme, 0, 4).locator("[data-card]")).to_have_attribute("data-card", str(number))
    assert place_of(number) == (programme.halls[0].id, programme.slots[4].id)


def test_two_sessions_swap_and_steps_are_taken_back_and_done_again_after_a_reload(opened: Opened, programme: Programme) -> None:
    one, other = programme.place(programme.session("甲"), 0, 0).id, programme.place(programme.session("乙"), 1, 1).id
    page = opened()
    drag(page, card(page, one), cell(page, programme, 1, 1))
    expect(cell(page, programme, 0, 0).locator("[data-card]")).to_have_attribute("data-card", str(other))
    drag(page, card(page, one), cell(page, programme, 3, 2))
    expect(cell(page, programme, 3, 2).locator("[data-card]")).to_have_attribute("data-card", str(one))
    page.reload()
    page.wait_for_selector("#board[data-bound]")
    page.keyboard.press("Control+z")
    expect(cell(page, programme, 1, 1).locator("[data-card]")).to_have_attribute("data-card", str(one))
    page.locator("[data-turn=undo]").click()
    expect(cell(page, programme, 0, 0).locator("[data-card]")).to_have_attribute("data-card", str(one))
    expect(page.locator("[data-turn=undo]")).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(cell(page, programme, 1, 1).locator("[data-card]")).to_have_attribute("data-card", str(one))
    page.keyboard.press("Control+Shift+z")
    expect(cell(page, programme, 3, 2).locator("[data-card]")).to_have_attribute("data-card", str(one))
    expect(page.locator("[data-turn=redo]")).to_be_disabled()


def test_of_two_organisers_neither_overwrites_what_they_have_not_seen(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("抢手专场"), 0, 0).id
    second = make_actor(Role.ORGANISER, programme.places.province)
    here, there = opened(), opened(second)
    for page in (here, there):
        looks_away(page)
    drag(here, card(here, number), cell(here, programme, 1, 1))
    expect(cell(here, programme, 1, 1).locator("[data-card]")).to_have_count(1)
    drag(there, card(there, number), cell(there, programme, 3, 2))
    expect(there.locator(".toast")).to_contain_text("抢手专场")
    expect(cell(there, programme, 1, 1).locator("[data-card]")).to_have_attribute("data-card", str(number))
    assert place_of(number) == (programme.halls[1].id, programme.slots[1].id)
    drag(there, card(there, number), cell(there, programme, 3, 2))
    expect(cell(there, programme, 3, 2).locator("[data-card]")).to_have_count(1)
    # What the first one did cannot be taken back any more: somebody else has moved it since.
    here.keyboard.press("Control+z")
    expect(here.locator(".toast")).to_contain_text("抢手专场")
    expect(cell(here, programme, 3, 2).locator("[data-card]")).to_have_count(1)


def test_a_change_heard_of_while_the_board_is_being_asked_for_is_asked_for_again(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("蓉城专场"), 0, 0).id
    page = opened()
    page.clock.install()
    page.reload()
    page.wait_for_selector("#board[data-bound]")
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/board/state", hold)
    with page.expect_request("**/board/state"):
        page.clock.run_for(9000)
    while not held:
        page.wait_for_timeout(50)
    programme.place(db.session.get_one(Session, number), 2, 1)
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 10"))
    page.clock.run_for(500)  # It would look again, and does not after that.
    old, answer = held[0]
    old.fulfill(response=answer)
    expect(cell(page, programme, 2, 1).locator("[data-card]")).to_have_attribute("data-card", str(number))


def test_a_hall_that_goes_while_the_board_is_open_is_named_and_leaves(opened: Opened, programme: Programme) -> None:
    number = programme.place(programme.session("蓉城专场"), 0, 0).id
    page = opened()
    looks_away(page)
    actions_places.set_halls(programme.edition.id, [hall.id for hall in programme.halls[:5]], by=programme.province)
    target = cell(page, programme, 5, 1)
    drag(page, card(page, number), target)
    expect(page.locator(".toasts")).to_contain_text("第六厅")
    expect(target).to_have_count(0)
    expect(cell(page, programme, 0, 0).locator("[data-card]")).to_have_count(1)
    drag(page, card(page, number), cell(page, programme, 4, 1))
    expect(cell(page, programme, 4, 1).locator("[data-card]")).to_have_count(1)


def test_a_running_order_is_put_in_order_beside_the_board(opened: Opened, programme: Programme) -> None:
    one, other = programme.place(programme.session("甲"), 0, 0), programme.place(programme.session("乙"), 1, 0)
    programme.show(one, *(programme.project(f"项目{n}") for n in "一二三"))
    target = other.id
    page = opened(programme.chengdu)
    card(page, one.id).locator("a").click()
    titles = page.locator("[data-order] [data-item] .board-item > span")
    expect(titles).to_have_text(["项目一", "项目二", "项目三"])
    page.locator("[data-item-grip]").first.focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(titles).to_have_text(["项目二", "项目三", "项目一"])
    expect(page.locator("#board")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-turn=undo]")).to_be_enabled()
    third = page.locator("[data-item]").nth(2)
    drag_item(page, third.locator("[data-item-grip]"), page.locator("[data-item]").first)
    expect(titles).to_have_text(["项目一", "项目二", "项目三"])
    expect(page.locator("[data-sum-used]")).to_have_text("12")
    minutes = page.locator("[data-item-minutes]").first
    minutes.fill("")
    minutes.press_sequentially("30")
    expect(page.locator("[data-sum-used]")).to_have_text("38")
    minutes.press("Enter")
    expect(page.locator(f'[data-card="{one.id}"] .board-meta')).to_contain_text("38/90")
    drag_item(page, page.locator("[data-item-grip]").first, card(page, target))
    expect(titles).to_have_text(["项目二", "项目三"])
    expect(card(page, target).locator(".board-meta")).to_contain_text("30/90")
    expect(page.locator("[data-grip]")).to_have_count(0)  # Halls and times are the province's.


def test_projects_without_a_session_are_dragged_into_one_chosen_by_keyboard_and_dragged_out(opened: Opened, programme: Programme) -> None:
    session = programme.place(programme.session("甲"), 0, 0)
    for name in "一二":
        programme.project(f"项目{name}")
    page = opened(programme.chengdu)
    waiting, count = page.locator("[data-loose] [data-project] .board-title"), page.locator("#loose-head .count")
    expect(waiting).to_have_text(["项目一", "项目二"])
    drag_item(page, page.locator("[data-project-grip]").first, card(page, session.id), into=True)
    expect(waiting).to_have_text(["项目二"])
    expect(card(page, session.id).locator(".board-meta")).to_contain_text("4/90")
    # By keyboard: the project, then its session from the list.
    page.locator("[data-project-grip]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-show-in]")).to_be_focused()
    page.locator("[data-show-in]").select_option(str(session.id))
    expect(count).to_have_text("0")
    expect(page.locator("#board")).not_to_have_attribute("aria-busy", "true")
    card(page, session.id).locator("a").click()
    expect(page.locator("[data-order] [data-item]")).to_have_count(2)
    drag_item(page, page.locator("[data-item-grip]").first, page.locator("[data-loose]"))
    expect(waiting).to_have_text(["项目一"])
    expect(page.locator("[data-turn=undo]")).to_be_enabled()
    page.locator("[data-turn=undo]").click()
    expect(count).to_have_text("0")
    expect(page.locator("[data-order] [data-item] .board-item > span")).to_have_text(["项目一", "项目二"])
    faults = accessibility_faults(page)
    assert not faults, faults


def drag_item(page: Page, source: Locator, target: Locator, *, into: bool = False) -> None:
    """``into``: wait until the target has said what it would mean."""
    settled(page)
    start, end = source.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 15, start["y"] + 12)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 4, steps=6)
    if into:
        expect(target).to_have_class(re.compile("is-into"))
    page.mouse.up()


def test_filters_step_back_what_does_not_fit_and_the_address_keeps_them(opened: Opened, programme: Programme) -> None:
    programme.place(programme.session("新能源专场"), 0, 0)
    programme.place(programme.session("绵州专场", region=programme.places.mianyang), 1, 0)
    page = opened()
    page.locator("[data-filter] [name=q]").fill("能源")
    expect(page.locator("td.is-missed")).to_have_count(1)
    expect(page.locator("[data-filter-count]")).to_contain_text("1 / 2")
    page.reload()
    page.wait_for_selector("#board[data-bound]")
    expect(page.locator("td.is-missed")).to_have_count(1)
    page.locator("[data-filter-clear]").click()
    expect(page.locator("td.is-missed")).to_have_count(0)
    page.select_option("[data-filter] [name=city]", str(programme.places.mianyang.id))
    expect(page.locator("td.is-missed [data-card]")).to_contain_text("新能源专场")


def test_the_board_can_be_read_and_used_by_everybody(opened: Opened, programme: Programme) -> None:
    session = programme.place(programme.session("蓉城专场"), 0, 0)
    programme.show(session, programme.project("量子传感"))
    programme.session("待排专场")
    page = opened(width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    card(page, session.id).locator("a").click()
    expect(page.locator("[data-panel]")).to_contain_text("量子传感")
    assert accessibility_faults(page) == []
