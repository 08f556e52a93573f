"""The rows of the placing programme: what sessions must not do, or pay for, together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise

from expo.programme.solver.instance import Instance, Place, Session, Slot
from expo.programme.solver.place_columns import Columns, Question
from expo.programme.solver.settings import OF_PLACE, Rule, Severity

Members = frozenset[int]


def all_of(programme: Columns) -> None:
    """The rows of the whole programme."""
    of_time(programme)
    stability(programme)
    _halls(programme)
    _changeovers(programme)
    _walks(programme)


def of_time(programme: Columns) -> None:
    """The rows of the half of the slots."""
    _parallels(programme)
    _orders(programme)
    _balance(programme)


def _limit(programme: Columns, columns: dict[int, int]) -> float:
    """One at most; where fixed sessions are more already, no further one. Session → column."""
    return float(max(1, sum(programme.is_fixed(session) for session in columns)))


def _halls(programme: Columns) -> None:
    """One session in a hall at any time; intervals meet if and only if they share the start of one of them."""
    instance, gaps_are_hard = programme.instance, programme.instance.is_hard(Rule.CHANGEOVER)
    for hall in instance.halls:
        here = [(s, t, column) for (s, h), slots in programme.by_hall.items() if h == hall.id for t, column in slots.items()]
        pause = hall.changeover if gaps_are_hard else 0
        seen: set[frozenset[int]] = set()
        for moment in sorted({slot.start for slot in instance.slots}):
            held = [(s, column) for s, t, column in here
                    if instance.slot[t].start <= moment < instance.span(instance.session[s], t).end + pause]
            columns = frozenset(column for _, column in held)
            if len(columns) > 1 and columns not in seen:
                seen.add(columns)
                # A session may stand twice in a clique, with two slots: its assignment row makes it one.
                fixed = sum(programme.is_fixed(s) for s in {s for s, _ in held})
                programme.model.row(sorted(columns), float(max(1, fixed)))


def _changeovers(programme: Columns) -> None:
    """A pair of sessions with too little time between them in a hall; at most one such pair for two slots."""
    instance, price = programme.instance, programme.instance.prices[Rule.CHANGEOVER]
    if not price or instance.is_hard(Rule.CHANGEOVER):
        return
    for hall in instance.halls:
        at: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (session, h), slots in programme.by_hall.items():
            if h == hall.id:
                for t, column in slots.items():
                    at[t].append((session, column))
        for first, second in _ordered_pairs(instance):
            if second.start - first.start > _longest(instance) + hall.changeover:
                continue
            late = [column for s, column in at[first.id]
                    if 0 <= second.start - (first.start + instance.session[s].minutes) < hall.changeover]
            if late and at[second.id]:
                excess = programme.model.column(price)
                programme.model.row([*late, *(c for _, c in at[second.id]), excess], 1.0,
                                    weights=[*[1.0] * (len(late) + len(at[second.id])), -1.0])


def _ordered_pairs(instance: Instance) -> Iterator[tuple[Slot, Slot]]:
    return ((a, b) for a in instance.slots for b in instance.slots if a.start < b.start)


def _longest(instance: Instance) -> int:
    return max((session.minutes for session in instance.sessions), default=0)


def groups(programme: Columns) -> Iterator[tuple[Rule, Members, int]]:
    """(rule, sessions, price of every two of them at the same time). The price counts only where the rule is not hard."""
    instance = programme.instance
    found: dict[tuple[Rule, object], list[int]] = defaultdict(list)
    for session in instance.sessions:
        if session.industry is not None:
            found[Rule.SAME_INDUSTRY, session.industry].append(session.id)
        if session.region is not None:
            found[Rule.SAME_CITY, session.region].append(session.id)
        for venue in session.branches:
            found[Rule.BRANCH_TWICE, venue].append(session.id)
    merged: dict[tuple[Rule, Members], int] = defaultdict(int)
    for (rule, _), members in found.items():
        merged[rule, frozenset(members)] += instance.prices[rule]
    for person, sessions in programme.crew.busy.items():
        required = [s for s in sessions if programme.crew.of[s][person][0]]
        if len(required) == len(sessions):
            merged[Rule.PERSON_TWICE, frozenset(sessions)] += instance.prices[Rule.PERSON_TWICE]
        elif len(required) <= 1:
            merged[Rule.LEADERS, frozenset(sessions)] += instance.prices[Rule.LEADERS]
        else:
            # Required in some, wished for in others: every two of them make a group of their own.
            for one, other in combinations(sessions, 2):
                rule = Rule.PERSON_TWICE if one in required and other in required else Rule.LEADERS
                merged[rule, frozenset((one, other))] += instance.prices[rule]
    for (rule, group), price in merged.items():
        if len(group) > 1 and instance.severities[rule] is not Severity.IGNORE:
            yield rule, group, price


def _parallels(programme: Columns) -> None:
    """Two sessions of a group at the same time. k of them in a slot are k(k-1)/2 pairs: a convex function of k, and
    with whole k the largest of the lines j·k - j(j+1)/2, which is how it is written."""
    instance, model = programme.instance, programme.model
    crossing = _Crossing(instance)
    for rule, members, price in groups(programme):
        is_hard = instance.is_hard(rule)
        if not is_hard and not price:
            continue
        sessions = sorted(members)
        for slot in instance.slots:
            here = {s: programme.z[s][slot.id] for s in sessions if slot.id in programme.z[s]}
            if len(here) < 2:
                continue
            columns = list(here.values())
            if is_hard:
                model.row(columns, _limit(programme, here))
                continue
            most = len(here)
            pairs = model.column(price, 0.0, most * (most - 1) / 2)
            for j in range(1, most):
                model.row([*columns, pairs], j * (j + 1) / 2, weights=[*[float(j)] * most, -1.0])
        if crossing.is_possible:
            _cross(programme, crossing, sessions, price, is_hard)


class _Crossing:
    """Which different slots overlap, given the length of a session: none in a plain grid."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        longest = _longest(instance)
        starts = sorted(slot.start for slot in instance.slots)
        self.is_possible = any(b - a < longest for a, b in pairwise(starts))

    def slots(self, one: Session, slot: int, other: Session) -> list[int]:
        """Other slots in which a session would overlap one."""
        span = self.instance.span(one, slot)
        return [t.id for t in self.instance.slots if t.id != slot and span.overlaps(self.instance.span(other, t.id))]


def _cross(programme: Columns, crossing: _Crossing, sessions: list[int], price: int, is_hard: bool) -> None:
    instance = programme.instance
    for one, other in combinations(sessions, 2):
        pay: int | None = None
        for slot, column in programme.z[one].items():
            others = [programme.z[other][t] for t in crossing.slots(instance.session[one], slot, instance.session[other])
                      if t in programme.z[other]]
            if not others:
                continue
            both = programme.is_fixed(one) and programme.is_fixed(other)
            if is_hard:
                if not both:
                    programme.model.row([column, *others], 1.0)
                continue
            if pay is None:
                pay = programme.model.column(price)
            programme.model.row([column, *others, pay], 1.0, weights=[*[1.0] * (1 + len(others)), -1.0])


def _orders(programme: Columns) -> None:
    """One before the other: at no moment has the later one started while the earlier one has not ended."""
    instance, rule = programme.instance, Rule.AFTER
    if instance.severities[rule] is Severity.IGNORE:
        return
    for session in instance.sessions:
        for earlier in sorted(set(session.after)):
            if earlier not in instance.session or earlier == session.id:
                continue
            both = programme.is_fixed(session.id) and programme.is_fixed(earlier)
            if instance.is_hard(rule) and both:
                continue
            pay = [] if instance.is_hard(rule) else [programme.model.column(instance.prices[rule])]
            for moment in sorted({slot.start for slot in instance.slots}):
                begun = [c for t, c in programme.z[session.id].items() if instance.slot[t].start <= moment]
                running = [c for t, c in programme.z[earlier].items()
                           if instance.span(instance.session[earlier], t).end > moment]
                if begun and running:
                    programme.model.row([*begun, *running, *pay], 1.0,
                                        weights=[*[1.0] * (len(begun) + len(running)), *[-1.0] * len(pay)])


def _walks(programme: Columns) -> None:
    """Two sessions that share people, so close in time that some ways between halls are too long."""
    instance, rule = programme.instance, Rule.WALKING
    if instance.severities[rule] is Severity.IGNORE or not instance.longest_walk:
        return
    is_hard = instance.is_hard(rule)
    for one, others in sorted(programme.crew.shared.items()):
        for other, (people, _) in sorted(others.items()):
            if not people or one > other or (is_hard and programme.is_fixed(one) and programme.is_fixed(other)):
                continue
            pay: list[int] = []
            for columns in _too_far(programme, one, other):
                if not pay and not is_hard:
                    pay.append(programme.model.column(instance.prices[rule] * len(people)))
                programme.model.row([*columns, *pay], 1.0, weights=[*[1.0] * len(columns), *[-1.0] * len(pay)])


def _too_far(programme: Columns, one: int, other: int) -> Iterator[list[int]]:
    instance = programme.instance
    for slot in programme.z[one]:
        first = instance.span(instance.session[one], slot)
        for late in programme.z[other]:
            second = instance.span(instance.session[other], late)
            gap = max(second.start - first.end, first.start - second.end)
            if first.overlaps(second) or gap >= instance.longest_walk:
                continue
            by_reach: dict[tuple[int, ...], list[int]] = defaultdict(list)
            for hall in instance.halls:
                far = tuple(h.id for h in instance.halls if instance.walk(hall.id, h.id) > gap)
                if far and slot in programme.by_hall.get((one, hall.id), {}):
                    by_reach[far].append(programme.by_hall[one, hall.id][slot])
            for far, columns in by_reach.items():
                there = [programme.by_hall[other, h][late] for h in far if late in programme.by_hall.get((other, h), {})]
                if there:
                    yield [*columns, *there]


def stability(programme: Columns) -> None:
    """Each hall that a host uses beyond one."""
    instance, price = programme.instance, programme.instance.prices[Rule.HALL_STABILITY]
    is_hard = instance.is_hard(Rule.HALL_STABILITY)
    if not price:
        return
    hosts: dict[int, list[int]] = defaultdict(list)
    for session in instance.sessions:
        for host in session.hosts:
            hosts[host].append(session.id)
    shared: dict[Members, int] = defaultdict(int)
    for hosted in hosts.values():
        shared[frozenset(hosted)] += price
    for members, cost in shared.items():
        if len(members) < 2:
            continue
        used = []
        for hall in instance.halls:
            columns = [list(programme.by_hall[s, hall.id].values()) for s in sorted(members) if (s, hall.id) in programme.by_hall]
            if columns:
                # Whole, though it need not be: branching on halls of hosts is what closes the gap.
                is_used = programme.model.column(whole=True)
                used.append(is_used)
                for each in columns:
                    programme.model.row([*each, is_used], 0.0, weights=[*[1.0] * len(each), -1.0])
        if len(used) > 1:
            excess = programme.model.column(cost, 0.0, float(_held_already(programme, members) if is_hard else len(used)))
            programme.model.row([*used, excess], 1.0, weights=[*[1.0] * len(used), -1.0])


def _held_already(programme: Columns, members: Members) -> int:
    """Halls beyond the first that fixed sessions use: nobody is free to mend that."""
    halls = {programme.question.places[s][0] for s in members if programme.has_place(s)}
    return max(0, len(halls) - 1)


def _balance(programme: Columns) -> None:
    """Each session on a day beyond the day's share."""
    instance, price = programme.instance, programme.instance.prices[Rule.DAY_BALANCE]
    if not price:
        return
    for day, share in sorted(instance.day_shares.items()):
        columns = _columns_of_day(programme, day)
        if len(columns) > share:
            fixed = sum(programme.has_place(s) and instance.slot[programme.question.places[s][1]].day == day for s in programme.z)
            most = max(0, fixed - share) if instance.is_hard(Rule.DAY_BALANCE) else len(columns)
            excess = programme.model.column(price, 0.0, float(most))
            programme.model.row([*columns, excess], float(share), weights=[*[1.0] * len(columns), -1.0])


def _columns_of_day(programme: Columns, day: int) -> list[int]:
    slots: Iterable[int] = [slot.id for slot in programme.instance.slots if slot.day == day]
    return [by_slot[slot] for by_slot in programme.z.values() for slot in slots if slot in by_slot]


def guests(programme: Columns) -> None:
    """Presenters who are away or in two places, each for the smallest price there is."""
    instance, question = programme.instance, programme.question
    price = smallest_price(instance)
    for session, slots in programme.z.items():
        for slot, column in slots.items():
            programme.model.costs[column] += price * question.guests_away(session, slot)
    crossing = _Crossing(instance)
    for (one, other), count in question.guest_pairs.items():
        for slot, column in programme.z[one].items():
            met = [c for t in [slot, *crossing.slots(instance.session[one], slot, instance.session[other])]
                   if (c := programme.z[other].get(t)) is not None]
            if met:
                # A column for each slot knows more of halves than one for all of them.
                both = programme.model.column(price * count)
                programme.model.row([column, *met, both], 1.0, weights=[*[1.0] * (1 + len(met)), -1.0])


def guests_in_trouble(question: Question, places: Mapping[int, Place]) -> int:
    """What these rows count, for a plan."""
    instance = question.instance
    spans = {s: instance.span(instance.session[s], slot) for s, (_, slot) in places.items()}
    met = (count for (one, other), count in question.guest_pairs.items()
           if one in spans and other in spans and spans[one].overlaps(spans[other]))
    return sum(question.guests_away(s, slot) for s, (_, slot) in places.items()) + sum(met)


def smallest_price(instance: Instance) -> int:
    return math.gcd(*(instance.prices[rule] for rule in OF_PLACE - {Rule.MOVED})) or 1
