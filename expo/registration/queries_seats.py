"""Seat plans, and who sits where."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from expo.kit.db import db, get_record, not_found
from expo.places.models import Hall, Venue
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.models_seats import Seat, SeatBlock, SeatPlan


def list_halls() -> list[Hall]:
    """All halls with their venues, main ones first."""
    return list(db.session.scalars(
        sa.select(Hall).join(Hall.venue).options(contains_eager(Hall.venue)).order_by(Venue.kind.desc(), Venue.id, Hall.position)
    ))


def list_plans(edition_id: int) -> list[tuple[SeatPlan, int]]:
    """An edition's plans with halls, each with how many seats are taken."""
    taken = sa.select(sa.func.count()).where(Seat.plan_id == SeatPlan.id).scalar_subquery()
    return [(plan, number) for plan, number in db.session.execute(
        sa.select(SeatPlan, taken).where(SeatPlan.edition_id == edition_id).options(joinedload(SeatPlan.hall))
        .order_by(SeatPlan.name)
    )]


def get_plan(edition_id: int, plan_id: int, *, for_update: bool = False) -> SeatPlan:
    """One plan with its hall and blocks."""
    statement = sa.select(SeatPlan).where(SeatPlan.id == plan_id, SeatPlan.edition_id == edition_id).options(
        joinedload(SeatPlan.hall).joinedload(Hall.venue), selectinload(SeatPlan.blocks).joinedload(SeatBlock.region))
    found = db.session.scalar(statement.with_for_update(of=SeatPlan) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def get_block(plan_id: int, block_id: int) -> SeatBlock:
    found = get_record(SeatBlock, block_id, for_update=True)
    if found.plan_id != plan_id:
        raise not_found()
    return found


def list_seats(plan_id: int) -> list[Seat]:
    """The taken seats with who sits there, row by row."""
    return list(db.session.scalars(
        sa.select(Seat).where(Seat.plan_id == plan_id).options(joinedload(Seat.registration))
        .order_by(Seat.row_number, Seat.seat_number)
    ))


def list_seats_of(registration_id: int) -> list[Seat]:
    """All seats that were kept for somebody."""
    return list(db.session.scalars(sa.select(Seat).where(Seat.registration_id == registration_id)))


def list_unseated(plan: SeatPlan) -> list[Registration]:
    """Approved registrations that one of the plan's blocks may be meant for and that have no seat in it."""
    wanted: sa.ColumnElement[bool] = sa.false()
    for block in plan.blocks:
        clauses: list[sa.ColumnElement[bool]] = [sa.true()]
        if block.badge_kind is not None:
            clauses.append(Registration.badge_kind == block.badge_kind)
        if block.organisation_name:
            clauses.append(Registration.organisation_name == block.organisation_name)
        if block.region is not None:
            path = block.region.path
            clauses.append(sa.and_(Registration.region_path >= path, Registration.region_path < path[:-1] + "0"))
        wanted = sa.or_(wanted, sa.and_(*clauses))
    seated = sa.exists().where(Seat.plan_id == plan.id, Seat.registration_id == Registration.id)
    return list(db.session.scalars(
        sa.select(Registration).where(
            Registration.edition_id == plan.edition_id, Registration.status == RegistrationStatus.APPROVED, wanted, ~seated)
        .order_by(Registration.id).limit(20_000)
    ))
