"""The rows of the assigning programme: what lists, and people who present several projects, must not do or pay for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from expo.programme.solver import score_places
from expo.programme.solver.instance import Project, Session
from expo.programme.solver.settings import Rule, Severity

if TYPE_CHECKING:
    from expo.programme.solver.assign import Flow


def counted(what: str, project: Project) -> float:
    """How much of a project a row counts: its minutes, itself, or itself if it is of a kind."""
    if what == "minutes":
        return project.minutes
    return 1.0 if what in ("", project.kind) else 0.0


def of_lists(flow: Flow) -> None:
    """Length, number, fair share and mix of every list."""
    instance = flow.instance
    for session in instance.sessions:
        if not session.is_filled:
            continue
        kept = [instance.project[p] for p in flow.kept.get(session.id, ()) if p in instance.project]
        room = session.minutes - session.overhead
        _at_most(flow, session, Rule.MINUTES, "minutes", room, sum(p.minutes for p in kept))
        if session.most_items is not None:
            _at_most(flow, session, Rule.MOST_ITEMS, "", session.most_items, len(kept))
        _at_most(flow, session, Rule.FILL, "", instance.fair_shares.get(session.id, 0), len(kept))
        kinds = Counter(p.kind for p in kept)
        for quota in session.quotas:
            if quota.most is not None:
                _at_most(flow, session, Rule.KIND_QUOTA, quota.kind, quota.most, kinds[quota.kind])
            if quota.least:
                _at_least(flow, session, quota.kind, quota.least - kinds[quota.kind])


def _at_most(flow: Flow, session: Session, rule: Rule, what: str, most: int, used: int) -> None:
    """Σ counted ≤ most + excess; what is there already is not to blame for the rest."""
    instance = flow.instance
    severity, price = instance.severities[rule], instance.prices[rule]
    if severity is Severity.IGNORE or (severity is not Severity.BLOCK and not price):
        return
    columns, weights = _counting(flow, session, what)
    # What is over already is paid in any case: it is no reason to take more.
    left = max(0, most - used)
    # Lists grow by whole projects: sums between two multiples of their common measure do not occur, only halves do.
    unit = math.gcd(*map(round, weights)) or 1
    below = left - left % unit
    if severity is Severity.BLOCK:
        _count(flow, session, what, 1.0, flow.model.row(columns, float(below), weights=weights))
        return
    excess = flow.model.column(price, 0.0, 1e6)
    _count(flow, session, what, 1.0, flow.model.row([*columns, excess], float(left), weights=[*weights, -1.0]))
    if below < left:
        slope = (below + unit - left) / unit
        steeper = [slope * weight for weight in weights]
        _count(flow, session, what, slope, flow.model.row([*columns, excess], slope * below, weights=[*steeper, -1.0]))


def _count(flow: Flow, session: Session, what: str, factor: float, row: int) -> None:
    flow.session_rows[session.id].append((row, what, factor))


def _at_least(flow: Flow, session: Session, kind: str, missing: int) -> None:
    rule = Rule.KIND_QUOTA
    price = flow.instance.prices[rule]
    if missing <= 0 or not price:
        return
    columns, weights = _counting(flow, session, kind)
    lacking = flow.model.column(price, 0.0, float(missing))
    row = flow.model.row([*columns, lacking], lower=float(missing), weights=[*weights, 1.0])
    _count(flow, session, kind, 1.0, row)


def _counting(flow: Flow, session: Session, what: str) -> tuple[list[int], list[float]]:
    columns, weights = [], []
    for project, column in flow.by_session[session.id]:
        weight = counted(what, flow.instance.project[project])
        if weight:
            columns.append(column)
            weights.append(weight)
    return columns, weights


def of_people(flow: Flow) -> None:
    """Absences and clashes. Somebody with one free project and nothing else has them as a price of the columns."""
    if not flow.places and not flow.group:
        return  # Nobody is away, or in two places, as long as no session has a time.
    instance = flow.instance
    projects: dict[int, list[int]] = defaultdict(list)
    for project in flow.open:
        for person in instance.project[project].presenters:
            projects[person].append(project)
    elsewhere = {person for people in flow.crew.of.values() for person in people}
    for person, presented in sorted(projects.items()):
        if len(presented) == 1 and person not in elsewhere:
            _price_of_absence(flow, person, presented[0])
        else:
            flow.of_several.update(presented)
            _presence(flow, person, presented)


def _price_of_absence(flow: Flow, person: int, project: int) -> None:
    price = flow.instance.prices[Rule.ABSENCE]
    if person in flow.instance.away and price:
        for session in flow.open[project]:
            if flow.is_away(person, session):
                flow.model.costs[flow.a[project, session]] += price


def _presence(flow: Flow, person: int, presented: list[int]) -> None:
    """v[s] = 1: the person is required in session s; absences and clashes are paid once for each session, or two."""
    model = flow.model
    needed: dict[int, int] = {}
    wished: dict[int, int] = {}
    for session, people in flow.crew.of.items():
        if person in people and people[person][0]:
            needed[session] = model.column(0.0, 1.0)
        elif person in people:
            wished[session] = people[person][1]
    shows: dict[int, list[int]] = defaultdict(list)
    for project in presented:
        for session in sorted(flow.open[project]):
            if session not in needed:
                needed[session] = model.column(flow.group + _absence(flow, person, session, wished.get(session)))
            model.row([flow.a[project, session], needed[session]], 0.0, weights=[1.0, -1.0])
            shows[session].append(flow.a[project, session])
    for session in wished.keys() & shows.keys():
        # Presenting there is the only way to be required where one was wished for: it may even be the cheaper one.
        model.row([needed[session], *shows[session]], 0.0, weights=[1.0, *[-1.0] * len(shows[session])])
    placed = sorted(s for s in needed.keys() | wished.keys() if s in flow.places)
    for index, one in enumerate(placed):
        for other in placed[index + 1 :]:
            _together(flow, needed, wished, one, other)


def _absence(flow: Flow, person: int, session: int, wished: int | None) -> int:
    """What it costs that somebody who is away becomes required; who was wished for has paid a part already."""
    if not flow.is_away(person, session):
        return 0
    prices = flow.instance.prices
    if wished is None:
        return prices[Rule.ABSENCE]
    return max(1, wished) * prices[Rule.ABSENCE] - wished * prices[Rule.LEADERS]


def _together(flow: Flow, needed: dict[int, int], wished: dict[int, int], one: int, other: int) -> None:
    """A person in two sessions: required in both they pay for a clash, else for what was wished."""
    model = flow.model
    price, is_hard, leaders = _clash(flow, one, other)
    for here, there in ((one, other), (other, one)):
        if here in wished and there in needed and there not in wished:
            model.costs[needed[there]] += leaders
    if one not in needed or other not in needed:
        return
    pair = [needed[one], needed[other]]
    if is_hard:
        model.row(pair, 2.0 if all(model.lower[column] for column in pair) else 1.0)
        return
    if one in wished or other in wished:
        price -= leaders
    if price > 0:
        model.row([*pair, model.column(price)], 1.0, weights=[1.0, 1.0, -1.0])
    elif price < 0:
        both = model.column(price)
        for column in pair:
            model.row([both, column], 0.0, weights=[1.0, -1.0])


def _clash(flow: Flow, one: int, other: int) -> tuple[int, bool, int]:
    """(what somebody required in both sessions pays, whether that is forbidden, what somebody wished for pays)."""
    instance = flow.instance
    (hall, slot), (there, late) = flow.places[one], flow.places[other]
    a, b = instance.session[one], instance.session[other]
    first, second = instance.span(a, slot), instance.span(b, late)
    shared = ((0,), (1,))
    charges = [*score_places.at_the_time(instance, a, first, b, second, shared),
               *score_places.on_the_way(instance, a, first, hall, b, second, there, shared)]
    strict = [c for c in charges if c.rule in (Rule.PERSON_TWICE, Rule.WALKING)]
    leaders = sum(c.cost for c in charges if c.rule is Rule.LEADERS)
    return sum(c.cost for c in strict), any(c.severity is Severity.BLOCK for c in strict), leaders
