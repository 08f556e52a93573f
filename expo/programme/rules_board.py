"""The board of one day as values: slots by halls, what stands there, and what would be wrong with a chosen session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from expo.programme.rules_conflicts import Conflict, by_session
from expo.programme.rules_plan import Plan, PlanHall, PlanSession, PlanSlot


@dataclass(frozen=True)
class Cell:
    """A hall at a time. ``offer`` lists what would be wrong with the picked session here; none: not on offer."""

    hall: PlanHall
    slot: PlanSlot
    session: PlanSession | None
    conflicts: list[Conflict]
    offer: list[Conflict] | None = None


@dataclass(frozen=True)
class BoardRow:
    slot: PlanSlot
    cells: list[Cell]


Offers = Mapping[tuple[int, int], list[Conflict]]


def board_of(plan: Plan, day: date | None, zone: ZoneInfo, conflicts: list[Conflict], offers: Offers | None = None) -> list[BoardRow]:
    """The rows of a day. ``offers``: (hall, slot) → what would be wrong with the picked session there."""
    wrong = by_session(conflicts)
    return [
        BoardRow(slot, [_cell(plan, hall, slot, wrong, offers) for hall in plan.halls])
        for slot in plan.slots if slot.starts_at.astimezone(zone).date() == day
    ]


def free_places(plan: Plan, days: list[date], zone: ZoneInfo) -> dict[date, int]:
    """Day → places that nobody has."""
    free = dict.fromkeys(days, 0)
    for slot in plan.slots:
        day = slot.starts_at.astimezone(zone).date()
        free[day] += sum((hall.id, slot.id) not in plan.placed for hall in plan.halls)
    return free


def _cell(plan: Plan, hall: PlanHall, slot: PlanSlot, wrong: Mapping[int, list[Conflict]], offers: Offers | None) -> Cell:
    session = plan.placed.get((hall.id, slot.id))
    if session is not None:
        return Cell(hall, slot, session, wrong.get(session.id, []))
    return Cell(hall, slot, None, [], offers.get((hall.id, slot.id), []) if offers is not None else None)
