"""What placements pay for: one session alone, two sessions together, and what is counted over many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from expo.programme.solver.charge import Charge, charge, up
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Hall, Instance, Place, Session, Slot, Span
from expo.programme.solver.settings import Rule


def alone(instance: Instance, session: Session, hall: Hall, slot: Slot) -> list[Charge]:
    """What a session pays in a place whatever else happens, its people apart."""
    found = of_hall(instance, session, hall) + of_slot(instance, session, slot)
    span = instance.span(session, slot.id)
    if not instance.is_open(hall.id, slot.id, span):
        found += charge(instance, Rule.CLOSED, 1, sessions=(session.id,), hall=hall.id, slot=slot.id)
    pin = session.pin
    if pin.hall not in (None, hall.id) or pin.slot not in (None, slot.id) or pin.day not in (None, slot.day):
        found += charge(instance, Rule.PIN, 1, sessions=(session.id,), hall=hall.id, slot=slot.id)
    stay = instance.stays.get(session.id)
    if stay and (cost := stay.cost((hall.id, slot.id)) * instance.prices[Rule.MOVED]):
        found += charge(instance, Rule.MOVED, 1, sessions=(session.id,), hall=hall.id, slot=slot.id, price=cost,
                        hall_before=stay.place[0], slot_before=stay.place[1])
    return found


def of_hall(instance: Instance, session: Session, hall: Hall) -> list[Charge]:
    """What depends on the hall alone."""
    missing = session.audience - hall.capacity
    found = charge(instance, Rule.CAPACITY, up(missing * 10, max(1, session.audience)), sessions=(session.id,), hall=hall.id,
                   expected=session.audience, seats=hall.capacity)
    needs = sorted(session.needs - hall.equipment)
    found += charge(instance, Rule.EQUIPMENT, len(needs), sessions=(session.id,), hall=hall.id, needs=",".join(needs))
    empty = max(0, -missing)
    found += charge(instance, Rule.BIG_HALL, empty * empty * 100 // instance.largest**2, sessions=(session.id,),
                    hall=hall.id, expected=session.audience, seats=hall.capacity)
    if session.zone:
        minutes = instance.zone_minutes.get((session.zone, hall.id), 0 if hall.zone in ("", session.zone) else 10)
        found += charge(instance, Rule.ZONE, up(minutes, 5), sessions=(session.id,), hall=hall.id, minutes=minutes)
    return found


def of_slot(instance: Instance, session: Session, slot: Slot) -> list[Charge]:
    """What depends on the slot alone."""
    found = charge(instance, Rule.LENGTH, up(session.minutes - slot.minutes, 5), sessions=(session.id,), slot=slot.id,
                   minutes=session.minutes, slot_minutes=slot.minutes)
    if session.days is not None and slot.day not in session.days:
        found += charge(instance, Rule.DAYS, 1, sessions=(session.id,), slot=slot.id)
    return found


def absences(instance: Instance, session: Session, slot: Slot, crew: dict[int, tuple[bool, int]]) -> list[Charge]:
    """Its people who are away at that time."""
    span = instance.span(session, slot.id)
    away = [person for person in crew if person in instance.away and instance.is_away(person, span)]
    found: list[Charge] = []
    for person in sorted(away):
        is_required, weight = crew[person]
        found += charge(instance, Rule.ABSENCE if is_required else Rule.LEADERS, weight, sessions=(session.id,),
                        people=(person,), slot=slot.id)
    return found


Shared = tuple[tuple[int, ...], tuple[int, ...]]


def in_hall(instance: Instance, one: Session, first: Span, other: Session, second: Span, hall: Hall) -> list[Charge]:
    """What two sessions in one hall pay together."""
    if first.overlaps(second):
        return charge(instance, Rule.HALL_TWICE, 1, sessions=_pair(one, other), hall=hall.id)
    gap = max(second.start - first.end, first.start - second.end)
    return charge(instance, Rule.CHANGEOVER, gap < hall.changeover, sessions=_pair(one, other), hall=hall.id,
                  minutes=gap, needed=hall.changeover)


def at_the_time(instance: Instance, one: Session, first: Span, other: Session, second: Span, shared: Shared | None
                ) -> list[Charge]:
    """What two sessions pay together for their times, wherever they are held."""
    found: list[Charge] = []
    if other.id in one.after and first.start < second.end:
        found += charge(instance, Rule.AFTER, 1, sessions=(one.id, other.id))
    if one.id in other.after and second.start < first.end:
        found += charge(instance, Rule.AFTER, 1, sessions=(other.id, one.id))
    if not first.overlaps(second):
        return found
    if one.industry is not None and one.industry == other.industry:
        found += charge(instance, Rule.SAME_INDUSTRY, 1, sessions=_pair(one, other), industry=one.industry)
    if one.region is not None and one.region == other.region:
        found += charge(instance, Rule.SAME_CITY, 1, sessions=_pair(one, other), region=one.region)
    for venue in sorted(one.branches & other.branches):
        found += charge(instance, Rule.BRANCH_TWICE, 1, sessions=_pair(one, other), venue=venue)
    if shared:
        found += charge(instance, Rule.PERSON_TWICE, len(shared[0]), sessions=_pair(one, other), people=shared[0])
        found += charge(instance, Rule.LEADERS, len(shared[1]), sessions=_pair(one, other), people=shared[1])
    return found


def on_the_way(instance: Instance, one: Session, first: Span, hall: int, other: Session, second: Span, there: int,
               shared: Shared | None) -> list[Charge]:
    """People required in both who have too little time to walk from the one to the other."""
    if not shared or not shared[0] or first.overlaps(second):
        return []
    gap = max(second.start - first.end, first.start - second.end)
    if gap >= instance.longest_walk or gap >= (walk := instance.walk(hall, there)):
        return []
    return charge(instance, Rule.WALKING, len(shared[0]), sessions=_pair(one, other), people=shared[0], minutes=walk, gap=gap)


def _pair(one: Session, other: Session) -> tuple[int, int]:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)


def together(instance: Instance, places: dict[int, Place], crew: Crew) -> Iterator[Charge]:
    """What all pairs of placed sessions pay."""
    placed = sorted(places.items())
    spans = {s: instance.span(instance.session[s], place[1]) for s, place in placed}
    for index, (one_id, (hall, _)) in enumerate(placed):
        one, first, near = instance.session[one_id], spans[one_id], crew.shared.get(one_id, {})
        for other_id, (there, _) in placed[index + 1 :]:
            other, second = instance.session[other_id], spans[other_id]
            shared = near.get(other_id)
            yield from at_the_time(instance, one, first, other, second, shared)
            if hall == there:
                yield from in_hall(instance, one, first, other, second, instance.hall[hall])
            elif shared:
                yield from on_the_way(instance, one, first, hall, other, second, there, shared)


def counted(instance: Instance, places: dict[int, Place]) -> Iterator[Charge]:
    """What is counted over many sessions: halls of a host, sessions of a day, those without a place."""
    halls: dict[int, set[int]] = defaultdict(set)
    members: dict[int, list[int]] = defaultdict(list)
    days: Counter[int] = Counter()
    for session, (hall, slot) in sorted(places.items()):
        days[instance.slot[slot].day] += 1
        for host in instance.session[session].hosts:
            halls[host].add(hall)
            members[host].append(session)
    for host, used in sorted(halls.items()):
        yield from charge(instance, Rule.HALL_STABILITY, len(used) - 1, sessions=members[host], host=host, halls=len(used))
    for day, count in sorted(days.items()):
        share = instance.day_shares.get(day, 0)
        yield from charge(instance, Rule.DAY_BALANCE, count - share, day=day, count=count, share=share)
    for item in instance.sessions:
        if item.id not in places:
            yield from charge(instance, Rule.UNPLACED, 1, sessions=(item.id,))


def people_of(instance: Instance, places: dict[int, Place], crew: Crew) -> Iterator[Charge]:
    """Absences of everybody who is needed somewhere."""
    for session, (_, slot) in sorted(places.items()):
        yield from absences(instance, instance.session[session], instance.slot[slot], crew.of[session])


def known_places(instance: Instance, places: Iterable[tuple[int, Place]]) -> dict[int, Place]:
    """Placements whose session, hall and slot there are: what was deleted meanwhile counts as no place."""
    return {s: (h, t) for s, (h, t) in places if s in instance.session and h in instance.hall and t in instance.slot}
