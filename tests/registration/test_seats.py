"""Seats: blocks, seating, what stands on badges, and who may draw plans."""

from __future__ import annotations

from functools import partial

import pytest

from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.registration import actions, actions_seats
from expo.registration.actions_seats import BlockEntry, PlanEntry
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.models_seats import Seat, SeatPlan
from tests.makers import make_actor, make_hall, make_registration, make_venue
from tests.together import together


@pytest.fixture
def plan(edition, places, organiser) -> SeatPlan:
    hall = make_hall(make_venue(places.chengdu), "天府厅")
    return actions_seats.draw_plan(edition.id, PlanEntry(hall.id, "开幕式", 4, 6, gaps=[(1, 1)], aisles=[3]), by=organiser)


def block(edition, plan, organiser, name, rows, seats, **values):
    entry = BlockEntry(name, rows[0], rows[1], seats[0], seats[1], **values)
    return actions_seats.set_block(edition.id, plan.id, entry, by=organiser)


def person(edition, name, places, kind=BadgeKind.VISITOR, region=None, organisation=""):
    return make_registration(edition, name, kind, region_path=(region or places.chengdu).path, organisation_name=organisation)


def seats(plan) -> dict[str, tuple[int, int]]:
    db.session.expire_all()
    rows = db.session.query(Seat, Registration.name).join(Registration, Registration.id == Seat.registration_id)
    return {name: (seat.row_number, seat.seat_number) for seat, name in rows.filter(Seat.plan_id == plan.id)}


def test_everybody_sits_in_the_narrowest_block_meant_for_them(edition, places, organiser, plan):
    block(edition, plan, organiser, "成都", (2, 2), (1, 6), region_id=places.chengdu.id)
    block(edition, plan, organiser, "青羊", (3, 3), (1, 6), region_id=places.qingyang.id)
    block(edition, plan, organiser, "嘉宾", (1, 1), (1, 6), badge_kind=BadgeKind.GUEST)
    block(edition, plan, organiser, "九洲", (4, 4), (1, 6), organisation_name="九洲")
    person(edition, "市", places)
    person(edition, "县", places, region=places.qingyang)
    person(edition, "宾", places, BadgeKind.GUEST)
    person(edition, "企", places, organisation="九洲")
    person(edition, "外", places, region=places.mianyang)
    placed = actions_seats.seat_everybody(edition.id, plan.id, by=organiser)
    assert {name: place[0] for name, place in seats(plan).items()} == {"市": 2, "县": 3, "宾": 1, "企": 4}
    assert placed.left == {}


def test_one_organisation_sits_side_by_side_and_gaps_stay_empty(edition, places, organiser, plan):
    block(edition, plan, organiser, "全部", (1, 1), (1, 6))
    for n, organisation in enumerate(("乙", "甲", "乙", "甲")):
        person(edition, f"人{n}", places, organisation=organisation)
    actions_seats.seat_everybody(edition.id, plan.id, by=organiser)
    found = seats(plan)
    assert (1, 1) not in found.values()
    assert abs(found["人0"][1] - found["人2"][1]) == abs(found["人1"][1] - found["人3"][1]) == 1


def test_a_full_block_names_how_many_stand(edition, places, organiser, plan):
    block(edition, plan, organiser, "小区", (2, 2), (1, 2))
    for n in range(3):
        person(edition, f"人{n}", places)
    assert actions_seats.seat_everybody(edition.id, plan.id, by=organiser).left == {"小区": 1}
    assert actions_seats.seat_everybody(edition.id, plan.id, by=organiser).seats == {}


@pytest.mark.parametrize(("rows", "places_"), [((2, 3), (6, 7)), ((4, 5), (1, 2)), ((3, 2), (1, 1)), ((1, 2), (2, 3))])
def test_a_block_lies_inside_the_plan_and_over_no_other(edition, organiser, plan, rows, places_):
    block(edition, plan, organiser, "甲", (1, 1), (3, 4))
    with pytest.raises(Refused):
        block(edition, plan, organiser, "乙", rows, places_)


def test_a_seat_is_printed_on_the_badge_and_freed_with_the_registration(client, edition, places, organiser, plan):
    one = person(edition, "张三", places)
    actions_seats.print_seats_of(edition.id, plan.id, by=organiser)
    actions_seats.seat_one(edition.id, plan.id, one.id, (3, 4), by=organiser)
    db.session.expire_all()
    assert db.session.get(Registration, one.id).seat == "天府厅 3排4座"
    assert "天府厅 3排4座" in client.get(f"/my/{one.token}").text
    actions_seats.print_seats_of(edition.id, None, by=organiser)
    db.session.expire_all()
    assert db.session.get(Registration, one.id).seat == ""
    actions_seats.print_seats_of(edition.id, plan.id, by=organiser)
    actions.cancel_own(one.token, by=ANONYMOUS)
    assert seats(plan) == {}
    assert db.session.get(Registration, one.id).seat == ""


def test_somebody_moves_and_leaves_the_old_seat_free(edition, places, organiser, plan):
    one, other = person(edition, "张三", places), person(edition, "李四", places)
    actions_seats.seat_one(edition.id, plan.id, one.id, (2, 2), by=organiser)
    actions_seats.seat_one(edition.id, plan.id, one.id, (2, 3), by=organiser)
    actions_seats.seat_one(edition.id, plan.id, other.id, (2, 2), by=organiser)
    assert seats(plan) == {"张三": (2, 3), "李四": (2, 2)}
    for place in ((2, 3), (1, 1), (9, 9)):
        with pytest.raises(Refused):
            actions_seats.seat_one(edition.id, plan.id, other.id, place, by=organiser)


def test_who_is_not_approved_has_no_seat(edition, organiser, plan):
    one = make_registration(edition, "待审", status=RegistrationStatus.SUBMITTED)
    with pytest.raises(Refused):
        actions_seats.seat_one(edition.id, plan.id, one.id, (2, 2), by=organiser)


def test_a_seat_goes_to_one_of_several_who_are_put_there_at_once(app, edition, places, organiser, plan):
    people = [person(edition, f"人{n}", places).id for n in range(5)]
    answers = together(app, [partial(actions_seats.seat_one, edition.id, plan.id, number, (2, 2), by=organiser)
                             for number in people])
    assert sum(isinstance(answer, Refused) for answer in answers) == 4
    assert len(seats(plan)) == 1


def test_a_plan_does_not_shrink_away_from_under_people(edition, places, organiser, plan):
    actions_seats.seat_one(edition.id, plan.id, person(edition, "张三", places).id, (4, 6), by=organiser)
    with pytest.raises(Refused):
        actions_seats.change_plan(edition.id, plan.id, PlanEntry(plan.hall_id, "开幕式", 3, 6), by=organiser)
    actions_seats.change_plan(edition.id, plan.id, PlanEntry(plan.hall_id, "开幕式", 5, 8), by=organiser)


def test_a_plan_is_drawn_filled_and_taken_away_on_its_pages(client, edition, places, organiser, plan):
    one = person(edition, "张三", places)
    client.sign_in(organiser)
    base = f"/work/2026/registration/seats/{plan.id}"
    new = {"name": "成都", "first_row": "2", "last_row": "2", "first_seat": "1", "last_seat": "6", "region_id": "0"}
    assert client.post(f"{base}/blocks", data=new).status_code == 303
    assert client.post(f"{base}/blocks", data=new).status_code == 422
    client.post(f"{base}/fill")
    assert "张三" in client.get(base).text
    assert "张三" in client.get(f"{base}/export.csv").get_data(as_text=True)
    client.post(f"{base}/badges", data={"on": "yes"})
    db.session.expire_all()
    assert db.session.get(Registration, one.id).seat.startswith("天府厅 2排")
    seat = db.session.query(Seat).one()
    client.post(f"{base}/seats/{seat.id}/free")
    assert seats(plan) == {}
    drawn = {"hall_id": str(plan.hall_id), "name": "二号图", "row_count": "3", "row_length": "4", "gaps": "1-2、2-2", "aisles": "2"}
    client.post("/work/2026/registration/seats/new", data=drawn)
    made = db.session.query(SeatPlan).filter_by(name="二号图").one()
    assert (made.gaps, made.aisles) == ([[1, 2], [2, 2]], [2])


def test_plans_are_the_provinces(client, edition, places, plan):
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        actions_seats.seat_everybody(edition.id, plan.id, by=city)
    assert client.sign_in(city).get(f"/work/2026/registration/seats/{plan.id}").status_code == 403
