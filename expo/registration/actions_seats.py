"""Seat plans: drawn, filled by blocks, corrected seat by seat. What stands on badges follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from expo.kit.access import Actor
from expo.kit.db import db, find_record, get_record
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.places.models import Hall, Region
from expo.registration import queries, queries_seats, rules, rules_seats
from expo.registration.events import RegistrationEnded
from expo.registration.models import BadgeKind, Registration
from expo.registration.models_seats import Seat, SeatBlock, SeatPlan
from expo.registration.rules_seats import Place, Placed, seat_label


@dataclass(frozen=True)
class PlanEntry:
    """A plan as it is drawn."""

    hall_id: int
    name: str
    row_count: int
    row_length: int
    gaps: Sequence[Place] = ()
    aisles: Sequence[int] = ()


@dataclass(frozen=True)
class BlockEntry:
    """A block and for whom it is."""

    name: str
    first_row: int
    last_row: int
    first_seat: int
    last_seat: int
    region_id: int | None = None
    organisation_name: str = ""
    badge_kind: BadgeKind | None = None


def _manage(edition_id: int, by: Actor) -> None:
    rules.require_whole(by.region_paths(P.REGISTRATION_MANAGE, edition_id))
    rules.require_running(queries.get_edition(edition_id))


@action
def draw_plan(edition_id: int, entry: PlanEntry, *, by: Actor) -> SeatPlan:
    """A new plan of a hall."""
    _manage(edition_id, by)
    get_record(Hall, entry.hall_id)
    plan = SeatPlan(edition_id=edition_id, hall_id=entry.hall_id, name=entry.name.strip(), row_count=entry.row_count,
                    row_length=entry.row_length, gaps=[list(gap) for gap in entry.gaps], aisles=list(entry.aisles))
    db.session.add(plan)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(_l("There is a plan of this name already."), "name") from error
    return plan


@action
def change_plan(edition_id: int, plan_id: int, entry: PlanEntry, *, by: Actor) -> SeatPlan:
    """Draw a plan anew. Seats where somebody sits must stay."""
    _manage(edition_id, by)
    plan = queries_seats.get_plan(edition_id, plan_id, for_update=True)
    plan.name, plan.row_count, plan.row_length = entry.name.strip(), entry.row_count, entry.row_length
    plan.gaps, plan.aisles = [list(gap) for gap in entry.gaps], list(entry.aisles)
    taken = [(seat.row_number, seat.seat_number) for seat in queries_seats.list_seats(plan.id)]
    for place in taken:
        if place[0] > plan.row_count or place[1] > plan.row_length or place in rules_seats.gaps_of(plan):
            raise Refused(_l("Somebody sits in row %(row)s, seat %(seat)s. Free the seat first.", row=place[0], seat=place[1]),
                          "row_count")
    for block in plan.blocks:
        rules_seats.require_block(plan, block, plan.blocks)
    return plan


@action
def set_block(edition_id: int, plan_id: int, entry: BlockEntry, block_id: int | None = None, *, by: Actor) -> SeatBlock:
    """A block of seats; who sits in it already stays."""
    _manage(edition_id, by)
    plan = queries_seats.get_plan(edition_id, plan_id, for_update=True)
    if entry.region_id:
        get_record(Region, entry.region_id)
    block = queries_seats.get_block(plan.id, block_id) if block_id else SeatBlock(plan_id=plan.id, position=len(plan.blocks))
    block.name, block.region_id = entry.name.strip(), entry.region_id
    block.organisation_name, block.badge_kind = entry.organisation_name.strip(), entry.badge_kind
    block.first_row, block.last_row = entry.first_row, entry.last_row
    block.first_seat, block.last_seat = entry.first_seat, entry.last_seat
    rules_seats.require_block(plan, block, [one for one in plan.blocks if one.id != block.id])
    db.session.add(block)
    db.session.flush()
    return block


@action
def remove_block(edition_id: int, plan_id: int, block_id: int, *, by: Actor) -> None:
    """Its seats belong to nobody in particular; who sits there stays."""
    _manage(edition_id, by)
    db.session.delete(queries_seats.get_block(queries_seats.get_plan(edition_id, plan_id).id, block_id))


@action
def seat_everybody(edition_id: int, plan_id: int, *, by: Actor) -> Placed:
    """Give a seat to everybody for whom there is a block; who sits already stays where they are."""
    _manage(edition_id, by)
    plan = queries_seats.get_plan(edition_id, plan_id, for_update=True)
    taken = {(seat.row_number, seat.seat_number) for seat in queries_seats.list_seats(plan.id)}
    people = queries_seats.list_unseated(plan)
    blocks = [(block, block.region.path if block.region else None) for block in plan.blocks]
    placed = rules_seats.seat_people(plan, blocks, people, taken)
    by_id = {one.id: one for one in people}
    for registration_id, place in placed.seats.items():
        _sit(plan, by_id[registration_id], place)
    record("seated", "seat_plan", plan.id, {"people": len(placed.seats)})
    return placed


@action
def seat_one(edition_id: int, plan_id: int, registration_id: int, place: Place, *, by: Actor) -> Registration:
    """Put somebody on a seat; the one they had is free."""
    _manage(edition_id, by)
    plan = queries_seats.get_plan(edition_id, plan_id, for_update=True)
    registration = queries.get_registration(registration_id, edition_id, for_update=True)
    rules.require_approved(registration)
    for seat in queries_seats.list_seats_of(registration.id):
        if seat.plan_id == plan.id:
            db.session.delete(seat)
    db.session.flush()
    taken = {(seat.row_number, seat.seat_number) for seat in queries_seats.list_seats(plan.id)}
    rules_seats.require_seat(plan, place, taken)
    _sit(plan, registration, place)
    return registration


def _sit(plan: SeatPlan, registration: Registration, place: Place) -> None:
    db.session.add(Seat(plan_id=plan.id, registration_id=registration.id, row_number=place[0], seat_number=place[1]))
    if plan.on_badge:
        registration.seat = seat_label(plan.hall.name, place)


@action
def free_seat(edition_id: int, plan_id: int, seat_id: int, *, by: Actor) -> None:
    """Nobody sits there any more."""
    _manage(edition_id, by)
    seat = find_record(Seat, seat_id)
    plan = queries_seats.get_plan(edition_id, plan_id, for_update=True)
    if seat is None or seat.plan_id != plan.id:
        raise Refused(_l("Nobody sits there."))
    if plan.on_badge:
        queries.get_registration(seat.registration_id, edition_id, for_update=True).seat = ""
    db.session.delete(seat)


@action
def print_seats_of(edition_id: int, plan_id: int | None, *, by: Actor) -> None:
    """Whose seats stand on badges: those of one plan, or none."""
    _manage(edition_id, by)
    for plan, _taken in queries_seats.list_plans(edition_id):
        plan.on_badge = plan.id == plan_id
    db.session.execute(sa.update(Registration).where(Registration.edition_id == edition_id, Registration.seat != "")
                       .values(seat="").execution_options(synchronize_session=False))
    db.session.expire_all()
    if plan_id is not None:
        plan = queries_seats.get_plan(edition_id, plan_id)
        for seat in queries_seats.list_seats(plan.id):
            seat.registration.seat = seat_label(plan.hall.name, (seat.row_number, seat.seat_number))
    record("seats_printed", "edition", edition_id, {"plan": plan_id})


def free_seats(fact: RegistrationEnded) -> None:
    """Reaction: who does not come needs no seat."""
    for seat in queries_seats.list_seats_of(fact.registration_id):
        db.session.delete(seat)
    registration = queries.find_registration(fact.registration_id)
    if registration is not None:
        registration.seat = ""
