"""What one caretaker has to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db
from expo.kit.paging import Order, Page, keyset_page
from expo.places.models import Region
from expo.pool.models import Ticket, TicketStage, TicketStatus
from expo.pool.queries_list import aside

_SHOWN = 50


@dataclass(frozen=True)
class DueTickets:
    """Open tickets by when their next step is due."""

    overdue: list[Ticket]
    today: list[Ticket]
    week: list[Ticket]


@dataclass
class MyCounts:
    """Open tickets by stage, and how many are closed, overdue, due, or without a next step."""

    stages: dict[TicketStage, int] = field(default_factory=dict)
    closed: int = 0
    overdue: int = 0
    today: int = 0
    week: int = 0
    undated: int = 0

    @property
    def open(self) -> int:
        return sum(self.stages.values())


def list_due(person_id: int, today: date) -> DueTickets:
    """What is due until a week from ``today``, the longest overdue first; one statement."""
    found: list[Ticket] = list(db.session.scalars(
        _mine(person_id)
        .where(Ticket.status == TicketStatus.OPEN, aside(Ticket.next_due_on) <= today + timedelta(days=7))
        .order_by(aside(Ticket.next_due_on), aside(Ticket.id))
        .limit(_SHOWN)
    ))
    return DueTickets(
        overdue=[t for t in found if t.next_due_on and t.next_due_on < today],
        today=[t for t in found if t.next_due_on == today],
        week=[t for t in found if t.next_due_on and t.next_due_on > today],
    )


def list_mine(person_id: int, stage: TicketStage | None, cursor: str | None, size: int = 25) -> Page[Ticket]:
    """My open tickets, of one stage or all, newest first."""
    statement = _mine(person_id).where(Ticket.status == TicketStatus.OPEN)
    if stage is not None:
        statement = statement.where(aside(Ticket.stage) == stage)
    return keyset_page(statement, [Order(aside(Ticket.id), descending=True)], cursor, size)


def count_mine(person_id: int, today: date) -> MyCounts:
    """All counts of the workbench in one statement."""
    late = sa.func.sum(sa.case((Ticket.next_due_on < today, 1), else_=0))
    now = sa.func.sum(sa.case((Ticket.next_due_on == today, 1), else_=0))
    soon = sa.and_(Ticket.next_due_on > today, Ticket.next_due_on <= today + timedelta(days=7))
    week = sa.func.sum(sa.case((soon, 1), else_=0))
    undated = sa.func.sum(sa.case((Ticket.next_due_on.is_(None), 1), else_=0))
    counts = MyCounts()
    rows = db.session.execute(
        sa.select(Ticket.status, Ticket.stage, sa.func.count(), late, now, week, undated)
        .where(Ticket.caretaker_id == person_id)
        .group_by(Ticket.status, Ticket.stage)
    )
    for status, stage, number, overdue, due, coming, none in rows:
        if status is TicketStatus.CLOSED:
            counts.closed += number
            continue
        counts.stages[stage] = number
        counts.overdue += overdue
        counts.today += due
        counts.week += coming
        counts.undated += none
    return counts


def _mine(person_id: int) -> sa.Select[Any]:
    return (
        sa.select(Ticket)
        .where(Ticket.caretaker_id == person_id)
        .options(
            sa.orm.defer(Ticket.description), sa.orm.defer(Ticket.search_text), sa.orm.defer(Ticket.plan),
            joinedload(Ticket.region).joinedload(Region.parent),
        )
    )
