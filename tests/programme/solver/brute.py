"""The rules once more, written from their words and not from the checker: slow, plain, for small instances."""

from __future__ import annotations

from collections import Counter
from math import ceil

from expo.programme.solver.instance import Instance, Plan, Session
from expo.programme.solver.settings import Rule
from tests.programme.solver.small import price

Units = Counter[Rule]


def cost_of(instance: Instance, plan: Plan) -> int | None:
    """What a plan costs; none if it does what must not be done."""
    units = places(instance, plan) + lists(instance, plan)
    cost = 0
    for rule, count in units.items():
        one = price(instance, rule)
        if one is None and count:
            return None
        cost += count * (one or 0)
    return cost


def needed(instance: Instance, plan: Plan, session: Session) -> dict[int, tuple[bool, int]]:
    found = {a.person: (a.is_required, a.weight) for a in session.people}
    for project in instance.projects:
        if project.id in plan.items.get(session.id, ()):
            for person in project.presenters:
                found[person] = (True, found[person][1] if person in found else 1)
    return found


def places(instance: Instance, plan: Plan) -> Units:
    units: Units = Counter()
    halls = {h.id: h for h in instance.halls}
    slots = {t.id: t for t in instance.slots}
    held = []
    for session in instance.sessions:
        if session.id not in plan.places:
            units[Rule.UNPLACED] += 1
            continue
        hall, slot = halls[plan.places[session.id][0]], slots[plan.places[session.id][1]]
        begin, end = slot.start, slot.start + session.minutes
        held.append((session, hall, slot, begin, end))
        if session.minutes > 90:
            units[Rule.LENGTH] += ceil((session.minutes - 90) / 5)
        if session.audience > hall.capacity:
            units[Rule.CAPACITY] += ceil((session.audience - hall.capacity) / session.audience * 10 - 1e-9)
        else:
            biggest = max(h.capacity for h in instance.halls)
            units[Rule.BIG_HALL] += int(100 * (hall.capacity - session.audience) ** 2 / biggest**2 + 1e-9)
        units[Rule.EQUIPMENT] += len([n for n in session.needs if n not in hall.equipment])
        units[Rule.ZONE] += 2 if session.zone and hall.zone and hall.zone != session.zone else 0
        is_shut = bool(hall.open) and not [o for o in hall.open if o.start <= begin and end <= o.end]
        units[Rule.CLOSED] += int(is_shut or (hall.id, slot.id) in instance.closed)
        units[Rule.DAYS] += int(session.days is not None and slot.day not in session.days)
        pin = session.pin
        is_off = [wanted for wanted, is_it in ((pin.hall, hall.id), (pin.slot, slot.id), (pin.day, slot.day))
                  if wanted is not None and wanted != is_it]
        units[Rule.PIN] += int(bool(is_off))
        for person, (required, weight) in needed(instance, plan, session).items():
            if [a for a in instance.absences if a.person == person and a.start < end and begin < a.end]:
                units[Rule.ABSENCE if required else Rule.LEADERS] += weight
    for i, one in enumerate(held):
        for other in held[i + 1:]:
            units += pair(instance, plan, one, other)
    for host in {h for s in instance.sessions for h in s.hosts}:
        used = {hall.id for session, hall, *_ in held if host in session.hosts}
        units[Rule.HALL_STABILITY] += max(0, len(used) - 1)
    days = {t.day for t in instance.slots}
    usable = {d: sum(1 for t in instance.slots for h in instance.halls if t.day == d and (h.id, t.id) not in instance.closed
                     and (not h.open or [o for o in h.open if o.start <= t.start and t.end <= o.end])) for d in days}
    for day in days:
        share = ceil(len(instance.sessions) * usable[day] / sum(usable.values())) if sum(usable.values()) else 0
        units[Rule.DAY_BALANCE] += max(0, sum(1 for _, _, slot, *_ in held if slot.day == day) - share)
    return units


def pair(instance: Instance, plan: Plan, one: tuple, other: tuple) -> Units:  # type: ignore[type-arg]
    units: Units = Counter()
    (a, hall, _, begin, end), (b, there, _, start, stop) = one, other
    together = begin < stop and start < end
    gap = start - end if start >= end else begin - stop
    if hall.id == there.id:
        units[Rule.HALL_TWICE] += int(together)
        units[Rule.CHANGEOVER] += int(not together and gap < hall.changeover)
    units[Rule.AFTER] += int(b.id in a.after and begin < stop) + int(a.id in b.after and start < end)
    first, second = needed(instance, plan, a), needed(instance, plan, b)
    both = set(first) & set(second)
    required = [p for p in both if first[p][0] and second[p][0]]
    if together:
        units[Rule.SAME_INDUSTRY] += int(a.industry is not None and a.industry == b.industry)
        units[Rule.SAME_CITY] += int(a.region is not None and a.region == b.region)
        units[Rule.BRANCH_TWICE] += len(a.branches & b.branches)
        units[Rule.PERSON_TWICE] += len(required)
        units[Rule.LEADERS] += len(both) - len(required)
    elif hall.id != there.id and gap < (5 if hall.venue == there.venue else 30):
        units[Rule.WALKING] += len(required)
    return units


def lists(instance: Instance, plan: Plan) -> Units:
    units: Units = Counter()
    minutes = sorted(p.minutes for p in instance.projects)
    usual = minutes[(len(minutes) - 1) // 2] if minutes else 4
    rooms = {}
    for session in instance.sessions:
        shown = [p for p in instance.projects if p.id in plan.items.get(session.id, ())]
        units[Rule.MINUTES] += max(0, session.overhead + sum(p.minutes for p in shown) - session.minutes)
        if session.most_items is not None:
            units[Rule.MOST_ITEMS] += max(0, len(shown) - session.most_items)
        for quota in session.quotas:
            count = len([p for p in shown if p.kind == quota.kind])
            units[Rule.KIND_QUOTA] += max(0, quota.least - count) + max(0, count - (99 if quota.most is None else quota.most))
        if session.takes_projects:
            room = max(0, session.minutes - session.overhead) // usual
            rooms[session.id] = (room if session.most_items is None else min(room, session.most_items), len(shown))
        for project in shown:
            if project.industry is not None and project.industry != session.industry:
                units[Rule.THEME] += 1 if session.industry is None else 3
            if project.region is not None and project.region != session.region:
                units[Rule.HOME_CITY] += 1 if session.region is None else 5
            units[Rule.ALLOWED_SESSION] += int(project.sessions is not None and session.id not in project.sessions)
            units[Rule.PIN] += int(project.pin is not None and project.pin != session.id)
    for room, count in rooms.values():
        every = sum(r for r, _ in rooms.values())
        units[Rule.FILL] += max(0, count - (ceil(len(instance.projects) * room / every) if every else 0))
    homes = Counter(p for listed in plan.items.values() for p in listed)
    for project in instance.projects:
        units[Rule.UNASSIGNED] += int(homes[project.id] == 0)
        units[Rule.PROJECT_TWICE] += max(0, homes[project.id] - 1)
    return units
