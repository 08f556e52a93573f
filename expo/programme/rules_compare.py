"""Two plans of one edition side by side: what moves, whom it affects, and what each pays by rule. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from expo.programme.rules_conflicts import forbidden
from expo.programme.rules_content import Content, moment_of
from expo.programme.rules_instance import Draft
from expo.programme.rules_plan import PlanSlot
from expo.programme.solver.charge import Charge
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Place, Plan
from expo.programme.solver.score import blocking, by_rule, charges, total
from expo.programme.solver.settings import Rule


@dataclass(frozen=True)
class Move:
    """A session that is elsewhere afterwards; none: without a place."""

    session: int
    before: Place | None
    after: Place | None
    #: Everybody who is needed there.
    people: tuple[int, ...]


@dataclass(frozen=True)
class Reassigned:
    """A project that is shown elsewhere afterwards; none: nowhere."""

    project: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Moves:
    """All that differs from one plan to another."""

    sessions: tuple[Move, ...]
    projects: tuple[Reassigned, ...]
    #: Sessions that show the same projects in another order.
    reordered: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.sessions or self.projects or self.reordered)

    @property
    def people(self) -> set[int]:
        """Everybody who has to come at another time or to another place."""
        return {person for move in self.sessions for person in move.people}


def moves_between(draft: Draft, before: Plan, after: Plan) -> Moves:
    """What has to change to get from one plan to the other."""
    instance = draft.instance
    crew = Crew(instance, after)
    sessions, reordered = [], []
    for session in instance.sessions:
        was, now = before.places.get(session.id), after.places.get(session.id)
        if was != now:
            sessions.append(Move(session.id, was, now, tuple(crew.of[session.id])))
        old, new = before.items.get(session.id, ()), after.items.get(session.id, ())
        if old != new and sorted(old) == sorted(new):
            reordered.append(session.id)
    start = {slot.id: slot.start for slot in instance.slots}
    sessions.sort(key=lambda m: (start.get(m.after[1], 0) if m.after else -1, m.session))
    return Moves(tuple(sessions), tuple(_reassigned(draft, before, after)), tuple(reordered))


def _reassigned(draft: Draft, before: Plan, after: Plan) -> list[Reassigned]:
    """Showcases apart: their lists are kept as they are."""
    homes = []
    for plan in (before, after):
        found: dict[int, list[int]] = {}
        for session, items in plan.items.items():
            if session in draft.instance.session:
                for number in items:
                    found.setdefault(number, []).append(session)
        homes.append(found)
    changed = []
    for project in draft.instance.projects:
        was, now = (Counter(home.get(project.id, ())) for home in homes)
        left, joined = sorted((was - now).elements()), sorted((now - was).elements())
        changed += [Reassigned(project.id, *pair) for pair in zip_longest(left, joined)]
    return changed


@dataclass(frozen=True)
class Score:
    """What a plan pays."""

    total: int
    by_rule: dict[Rule, int]
    blocking: int
    unplaced: int
    unassigned: int
    charges: tuple[Charge, ...]

    @property
    def forbidden(self) -> list[Charge]:
        """What not even a draft may hold."""
        return forbidden(self.charges)


def score_of(draft: Draft, plan: Plan) -> Score:
    """A plan by rule, as the one checker sees it."""
    found = charges(draft.instance, plan)
    counted = Counter(charge.rule for charge in found)
    return Score(total(found), by_rule(found), len(blocking(found)),
                 sum(session.id not in plan.places for session in draft.instance.sessions), counted[Rule.UNASSIGNED],
                 tuple(found))


def rules_side_by_side(scores: Sequence[Score]) -> list[tuple[Rule, list[int]]]:
    """Rule → what each plan pays for it; rules that none pays for are left out."""
    return [(rule, [score.by_rule.get(rule, 0) for score in scores]) for rule in Rule
            if any(score.by_rule.get(rule) for score in scores)]


def plan_of_release(content: Content, draft: Draft, slots: Sequence[PlanSlot]) -> Plan:
    """How a release placed and filled what is still there; sessions made since have no place, and keep their projects."""
    instance = draft.instance
    places: dict[int, Place] = {}
    known = [s for s in content["sessions"] if s["id"] in instance.session]
    released = {item["project"] for s in known for item in s["items"]}
    items = {session: tuple(p for p in projects if p not in released) for session, projects in draft.plan.items.items()}
    for said in known:
        slot = _slot_of(slots, moment_of(said["starts_at"]), moment_of(said["ends_at"]))
        if not said["cancelled"] and said["hall"] in instance.hall and slot is not None:
            places[said["id"]] = (said["hall"], slot.id)
        items[said["id"]] = tuple(i["project"] for i in said["items"] if i["project"] in instance.project)
    return Plan(places, items)


def _slot_of(slots: Sequence[PlanSlot], start: datetime, end: datetime) -> PlanSlot | None:
    """The slot that begins at the start of a session or last before it; of several the shortest that is long enough."""
    around = [one for one in slots if one.starts_at <= start < one.ends_at]
    return min(around, key=lambda one: (start - one.starts_at, one.ends_at < end, one.ends_at), default=None)
