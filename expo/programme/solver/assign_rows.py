"""The rows of the assigning programme: what lists, and people who present several projects, must not do or pay for."""

from __future__ import annotations

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
    left = most - used
    if severity is Severity.BLOCK:
        row = flow.model.row(columns, float(max(0, left)), weights=weights)
    else:
        excess = flow.model.column(price, 0.0, 1e6)
        # What is over already is paid in any case: it is no reason to take more.
        row = flow.model.row([*columns, excess], float(max(0, left)), weights=[*weights, -1.0])
    flow.session_rows[session.id].append((row, what))


def _at_least(flow: Flow, session: Session, kind: str, missing: int) -> None:
    rule = Rule.KIND_QUOTA
    price = flow.instance.prices[rule]
    if missing <= 0 or not price:
        return
    columns, weights = _counting(flow, session, kind)
    lacking = flow.model.column(price, 0.0, float(missing))
    row = flow.model.row([*columns, lacking], lower=float(missing), weights=[*weights, 1.0])
    flow.session_rows[session.id].append((row, kind))


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
            _presence(flow, person, presented)


def _price_of_absence(flow: Flow, person: int, project: int) -> None:
    price = flow.instance.prices[Rule.ABSENCE]
    if person in flow.instance.away and price:
        for session in flow.open[project]:
            if flow.is_away(person, session):
                flow.model.costs[flow.a[project, session]] += price


def _presence(flow: Flow, person: int, presented: list[int]) -> None:
    """v[s] = 1: the person is needed in session s; absences and clashes are paid once for each session, or two."""
    instance, model = flow.instance, flow.model
    needed: dict[int, int] = {}
    for session, people in flow.crew.of.items():
        if person in people and people[person][0]:
            needed[session] = model.column(0.0, 1.0)
    for project in presented:
        for session in sorted(flow.open[project]):
            if session not in needed:
                away = instance.prices[Rule.ABSENCE] if flow.is_away(person, session) else 0
                needed[session] = model.column(flow.group + away)
            model.row([flow.a[project, session], needed[session]], 0.0, weights=[1.0, -1.0])
    placed = sorted(s for s in needed if s in flow.places)
    for index, one in enumerate(placed):
        for other in placed[index + 1 :]:
            price, is_hard = _clash(flow, one, other)
            if is_hard:
                model.row([needed[one], needed[other]], 1.0 if not _both_fixed(flow, person, one, other) else 2.0)
            elif price:
                model.row([needed[one], needed[other], model.column(price)], 1.0, weights=[1.0, 1.0, -1.0])


def _both_fixed(flow: Flow, person: int, one: int, other: int) -> bool:
    return person in flow.crew.of[one] and person in flow.crew.of[other]


def _clash(flow: Flow, one: int, other: int) -> tuple[int, bool]:
    """(what somebody needed in both sessions pays, whether that is forbidden)."""
    instance = flow.instance
    (hall, slot), (there, late) = flow.places[one], flow.places[other]
    a, b = instance.session[one], instance.session[other]
    first, second = instance.span(a, slot), instance.span(b, late)
    shared = ((0,), ())
    charges = [c for c in (*score_places.at_the_time(instance, a, first, b, second, shared),
                           *score_places.on_the_way(instance, a, first, hall, b, second, there, shared))
               if c.rule in (Rule.PERSON_TWICE, Rule.WALKING)]
    return sum(c.cost for c in charges), any(c.severity is Severity.BLOCK for c in charges)
