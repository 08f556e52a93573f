"""A simple way to find places for what has none: the biggest first, each where it disturbs least.

Greedy and deterministic: the same plan gives the same answer. It moves nothing that has a place already, never puts
anybody in two places, and says of everything that it leaves over why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from expo.kit.language import _l
from expo.programme.models import SessionKind
from expo.programme.rules_conflicts import busy_until
from expo.programme.rules_plan import Plan, PlanHall, PlanSession, PlanSlot

#: What is worse: the same city twice at a time, the same industry twice, or empty seats (per seat).
CITY_TOGETHER, INDUSTRY_TOGETHER, EMPTY_SEAT = 1000, 300, 1


@dataclass(frozen=True)
class Placement:
    session: PlanSession
    hall: PlanHall
    slot: PlanSlot


@dataclass(frozen=True)
class Left:
    """A session without a place, and why."""

    session: PlanSession
    reason: Any


@dataclass(frozen=True)
class Filling:
    """What an automatic fill would do to a plan."""

    placements: tuple[Placement, ...]
    left: tuple[Left, ...]


@dataclass
class _State:
    plan: Plan
    taken: set[tuple[int, int]]
    busy: dict[int, list[tuple[datetime, datetime, int]]]
    regions: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    industries: dict[int, list[int | None]] = field(default_factory=lambda: defaultdict(list))


def fill(plan: Plan) -> Filling:
    """Places for all sessions without one, as far as they go."""
    state = _State(plan, _taken(plan), busy_until(plan))
    for session in plan.sessions:
        if session.slot_id:
            _note(state, session, session.slot_id)
    placements: list[Placement] = []
    left: list[Left] = []
    for session in sorted(plan.unplaced, key=_urgency):
        place = _best(state, session)
        if place is None:
            left.append(Left(session, _why_not(state, session)))
            continue
        hall, slot = place
        placements.append(Placement(session, hall, slot))
        state.taken |= {(hall.id, other.id) for other in _overlapping(plan, slot)}
        _note(state, session, slot.id)
        for person in session.people:
            state.busy.setdefault(person, []).append((slot.starts_at, slot.ends_at, session.id))
    return Filling(tuple(placements), tuple(left))


def _urgency(session: PlanSession) -> tuple[int, int, str]:
    """Opening and closing have their times; then those for which there are fewest halls."""
    fixed = session.kind in {SessionKind.OPENING, SessionKind.CLOSING}
    return (0 if fixed else 1, -session.expected_audience, session.code)


def _taken(plan: Plan) -> set[tuple[int, int]]:
    """Places that are used, or blocked by a slot that overlaps a used one."""
    return {
        (hall_id, other.id)
        for hall_id, slot_id in plan.placed
        for other in _overlapping(plan, plan.slot[slot_id])
    }


def _overlapping(plan: Plan, slot: PlanSlot) -> list[PlanSlot]:
    return [other for other in plan.slots if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at]


def _note(state: _State, session: PlanSession, slot_id: int) -> None:
    state.regions[slot_id].append(session.region_path)
    state.industries[slot_id].append(session.industry_id)


def _best(state: _State, session: PlanSession) -> tuple[PlanHall, PlanSlot] | None:
    best: tuple[tuple[int, int, int], PlanHall, PlanSlot] | None = None
    for when, slot in enumerate(_times(state.plan, session)):
        if slot.minutes < session.minutes or not _all_free(state, session, slot):
            continue
        together = (CITY_TOGETHER * state.regions[slot.id].count(session.region_path)
                    + INDUSTRY_TOGETHER * _same_industry(state, session, slot))
        for where, hall in enumerate(state.plan.halls):
            if hall.capacity < session.expected_audience or (hall.id, slot.id) in state.taken:
                continue
            cost = (together + EMPTY_SEAT * (hall.capacity - session.expected_audience), when, where)
            if best is None or cost < best[0]:
                best = (cost, hall, slot)
    return None if best is None else (best[1], best[2])


def _times(plan: Plan, session: PlanSession) -> tuple[PlanSlot, ...]:
    if session.kind is SessionKind.OPENING:
        return plan.slots[:1]
    return plan.slots[-1:] if session.kind is SessionKind.CLOSING else plan.slots


def _same_industry(state: _State, session: PlanSession, slot: PlanSlot) -> int:
    return state.industries[slot.id].count(session.industry_id) if session.industry_id else 0


def _all_free(state: _State, session: PlanSession, slot: PlanSlot) -> bool:
    return not any(
        starts < slot.ends_at and slot.starts_at < ends
        for person in session.people for starts, ends, _session in state.busy.get(person, ())
    )


def _why_not(state: _State, session: PlanSession) -> Any:
    """The first thing that stands in the way, from the most lasting to the most passing."""
    times = _times(state.plan, session)
    halls = [hall for hall in state.plan.halls if hall.capacity >= session.expected_audience]
    if not state.plan.halls or not times:
        return _l("The edition has no halls or no time slots yet.")
    if not halls:
        return _l("No hall has %(seats)s seats; the largest has %(most)s.", seats=session.expected_audience,
                  most=max(hall.capacity for hall in state.plan.halls))
    long_enough = [slot for slot in times if slot.minutes >= session.minutes]
    if not long_enough:
        return _l("It takes %(minutes)s minutes; no slot is that long.", minutes=session.minutes)
    if all((hall.id, slot.id) in state.taken for hall in halls for slot in long_enough):
        return _l("All halls with %(seats)s seats or more are taken in every slot.", seats=session.expected_audience)
    return _l("In every slot with a free hall somebody it needs is busy elsewhere.")
