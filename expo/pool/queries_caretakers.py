"""Who may take care of tickets, and how much they carry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from expo.kit.db import db, in_regions
from expo.people.models import Person, RoleGrant
from expo.people.permissions import Role
from expo.places.models import Region
from expo.pool.models import Ticket, TicketStatus
from expo.pool.rules import CARETAKER_ROLES


@dataclass(frozen=True)
class Caretaker:
    """A caretaker with the regions they serve and what they carry now."""

    id: int
    name: str
    is_external: bool
    region_paths: tuple[str, ...]
    region_names: tuple[str, ...]
    until: date | None
    open: int = 0
    overdue: int = 0

    def serves(self, region_path: str) -> bool:
        return region_path.startswith(self.region_paths)


def list_caretakers(paths: Collection[str], on: date, *, names: str = "") -> list[Caretaker]:
    """Caretakers whose grants hold on ``on`` and touch the regions below ``paths``, the least loaded first."""
    rows = db.session.execute(
        sa.select(Person.id, Person.name, RoleGrant.role, RoleGrant.region_path, RoleGrant.until, Region.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .join(Region, Region.id == RoleGrant.region_id)
        .where(_valid(on), Person.disabled_at.is_(None))
        .order_by(RoleGrant.id)
    ).all()
    grants: dict[int, list[Any]] = {}
    for row in rows:
        if _touches(row[3], paths) and names.casefold() in row[1].casefold():
            grants.setdefault(row[0], []).append(row)
    loads = count_loads(grants, on)
    found = [
        Caretaker(
            id=person_id, name=held[0][1], is_external=all(row[2] is Role.EXTERNAL_CARETAKER for row in held),
            region_paths=tuple(row[3] for row in held), region_names=tuple(row[5] for row in held),
            until=None if any(row[4] is None for row in held) else max(row[4] for row in held if row[4]),
            open=loads.get(person_id, (0, 0))[0], overdue=loads.get(person_id, (0, 0))[1],
        )
        for person_id, held in grants.items()
    ]
    return sorted(found, key=lambda caretaker: (caretaker.open, caretaker.name))


def find_caretaker(person_id: int, on: date) -> Caretaker | None:
    """One person as a caretaker, or ``None`` when they hold no such role today."""
    rows = db.session.execute(
        sa.select(RoleGrant.role, RoleGrant.region_path, RoleGrant.until, Person.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.person_id == person_id, _valid(on), Person.disabled_at.is_(None))
    ).all()
    if not rows:
        return None
    return Caretaker(
        id=person_id, name=rows[0][3], is_external=all(row[0] is Role.EXTERNAL_CARETAKER for row in rows),
        region_paths=tuple(row[1] for row in rows), region_names=(), until=None,
    )


def count_loads(caretaker_ids: Collection[int] | None, on: date) -> dict[int, tuple[int, int]]:
    """Open and overdue tickets by caretaker; one statement over the caretakers' index."""
    overdue = sa.func.sum(sa.case((Ticket.next_due_on < on, 1), else_=0))
    statement = (
        sa.select(Ticket.caretaker_id, sa.func.count(), overdue)
        .where(Ticket.caretaker_id.is_not(None), Ticket.status == TicketStatus.OPEN)
        .group_by(Ticket.caretaker_id)
    )
    if caretaker_ids is not None and len(caretaker_ids) <= 500:
        statement = statement.where(Ticket.caretaker_id.in_(list(caretaker_ids)))
    return {person_id: (count, late or 0) for person_id, count, late in db.session.execute(statement) if person_id}


def _valid(on: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        RoleGrant.role.in_(CARETAKER_ROLES),
        RoleGrant.ended_at.is_(None),
        sa.or_(RoleGrant.until.is_(None), RoleGrant.until >= on),
    )


def _touches(path: str, paths: Collection[str]) -> bool:
    return any(path.startswith(above) or above.startswith(path) for above in paths)


def find_caretaker_name(person_id: int, paths: Collection[str], on: date) -> str | None:
    """The name of somebody who serves the regions below ``paths`` or still carries a ticket there; of nobody else."""
    found = find_caretaker(person_id, on)
    if found is not None and any(_touches(path, paths) for path in found.region_paths):
        return found.name
    carries = sa.exists().where(Ticket.caretaker_id == person_id, in_regions(Ticket.region_path, paths))
    return db.session.scalar(sa.select(Person.name).where(Person.id == person_id, carries))


def names_of(person_ids: Collection[int]) -> dict[int, str]:
    """Names of persons by id."""
    if not person_ids:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(list(person_ids))))
    return {row[0]: row[1] for row in rows}
