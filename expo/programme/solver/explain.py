"""Why something is impossible: a smallest set of demands that cannot be met together.

Every demand (this session needs a place, this one keeps its pin, that person is away …) is a group of rows and columns
of the placing programme. A set is in conflict if the programme with these demands alone has no solution, and smallest
if taking away any one of them gives it one. Demands are thrown out by halves first (QuickXplain), so a few solves are
enough to find three culprits among hundreds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from expo.programme.solver import place_rows, score_places
from expo.programme.solver.crew import Crew
from expo.programme.solver.instance import Attendance, Instance, Pin, Place, Plan, Session
from expo.programme.solver.lp import DEFAULT, Options
from expo.programme.solver.place_columns import Question, whole_columns
from expo.programme.solver.settings import Rule, Setting, Severity


@dataclass(frozen=True, slots=True, order=True)
class Demand:
    """A rule and the things that it is demanded of. ``UNPLACED``: the session needs a place; ``HALL_TWICE``: what
    stands elsewhere stays there, and no hall is used twice."""

    rule: Rule
    sessions: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    halls: tuple[int, ...] = ()


def smallest_conflict(instance: Instance, plan: Plan, sessions: Iterable[int], options: Options = DEFAULT) -> list[Demand]:
    """A smallest set of demands for which these sessions cannot all have a place; empty if they can.

    All other sessions stay where they are. Only rules that block (a draft, or a release) are demanded. Nothing is said if
    ``options`` stop it before it has found out.
    """
    among = sorted(set(sessions) & set(instance.session))
    needs = [Demand(Rule.UNPLACED, (session,)) for session in among]
    test = _Test(instance, plan, set(among), options)
    rules = test.rules(among)
    try:
        if not test.fails(needs + rules):
            return []
        # The sessions first, under all rules; then the rules of the few that are left.
        few = smallest(test.fails, rules, needs)
        own = test.rules([session for need in few for session in need.sessions])
        return sorted(few + smallest(test.fails, few, own))
    except _Stopped:
        return []


class _Stopped(Exception):
    """Nobody waits for the answer any longer."""


def smallest(fails: Callable[[list[Demand]], bool], given: list[Demand], demands: list[Demand]) -> list[Demand]:
    """Which of the demands are needed for a conflict beside what is given: QuickXplain. The first ones are kept rather."""
    if fails(given):
        return []
    if len(demands) <= 1:
        return demands
    middle = len(demands) // 2
    first, second = demands[:middle], demands[middle:]
    needed = smallest(fails, given + first, second)
    return smallest(fails, given + needed, first) + needed


def demanded(instance: Instance) -> dict[Rule, Setting]:
    """Rules that block a draft or a release, as if they all blocked the draft; the others are not looked at."""
    return {r: Setting(Severity.BLOCK if s in (Severity.BLOCK, Severity.BLOCK_RELEASE) else Severity.IGNORE, 0)
            for r, s in instance.severities.items()}


class _Test:
    """Whether sets of demands can be met; what was asked before is not asked again."""

    def __init__(self, instance: Instance, plan: Plan, free: set[int], options: Options) -> None:
        self.instance, self.options, self.free = instance, options, free
        self.places: dict[int, Place] = score_places.known_places(instance, plan.places.items())
        crew = Crew(instance, plan).of
        self.required = {s: sorted(p for p, (is_required, _) in people.items() if is_required) for s, people in crew.items()}
        self.hard = demanded(instance)
        self.known: dict[frozenset[Demand], bool] = {}

    def rules(self, sessions: Iterable[int]) -> list[Demand]:
        """Every demand that a rule makes of these sessions, the most general ones last."""
        found: list[Demand] = []
        chosen = [self.instance.session[s] for s in sessions]
        for session in chosen:
            found += self._of_session(session)
        ids = {s.id for s in chosen}
        people = sorted({person for s in ids for person in self.required[s]})
        found += [Demand(Rule.ABSENCE, people=(p,)) for p in people if p in self.instance.away]
        found += [Demand(Rule.PERSON_TWICE, people=(p,)) for p in people
                  if sum(p in members for members in self.required.values()) > 1]
        found += [Demand(Rule.CLOSED, halls=(h.id,)) for h in self.instance.halls
                  if h.open or any(hall == h.id for hall, _ in self.instance.closed)]
        found += [Demand(Rule.LENGTH), Demand(Rule.CHANGEOVER), Demand(Rule.WALKING), Demand(Rule.HALL_TWICE)]
        return [d for d in found if self.hard[d.rule].severity is Severity.BLOCK or d.rule in (Rule.PIN, Rule.HALL_TWICE)]

    def _of_session(self, session: Session) -> list[Demand]:
        one = (session.id,)
        found = [Demand(Rule.PIN, one)] if session.pin != Pin() else []
        found += [Demand(Rule.DAYS, one)] if session.days is not None else []
        found += [Demand(Rule.EQUIPMENT, one)] if session.needs else []
        found += [Demand(Rule.CAPACITY, one)] if session.audience else []
        return found + [Demand(Rule.AFTER, (session.id, earlier)) for earlier in sorted(set(session.after))]

    def fails(self, demands: list[Demand]) -> bool:
        """Whether they cannot be met together. Sessions without a demand for a place are looked at no further."""
        key = frozenset(demands)
        if key not in self.known:
            self.known[key] = self._fails(key)
            if self.options.is_stopped:
                raise _Stopped
        return self.known[key]

    def _fails(self, demands: frozenset[Demand]) -> bool:
        must = {s for d in demands if d.rule is Rule.UNPLACED for s in d.sessions}
        if not must:
            return False
        instance = self._demanding(demands, must)
        if Demand(Rule.HALL_TWICE) not in demands:
            # Without it there are as many halls of a kind as there are sessions: each is looked at alone in its hall.
            return self._fails_without_halls(instance, must)
        places = {s: p for s, p in self.places.items() if s not in self.free}
        question = Question(instance, Plan(places), must)
        columns = whole_columns(question, must)
        place_rows.all_of(columns)
        return columns.model.solve(self.options, "explain").is_infeasible

    def _fails_without_halls(self, instance: Instance, must: set[int]) -> bool:
        question = Question(instance, Plan(), must)
        columns = whole_columns(question, must)
        place_rows.of_time(columns)
        return columns.model.solve(self.options, "explain").is_infeasible

    def _demanding(self, demands: frozenset[Demand], must: set[int]) -> Instance:
        """The instance with these demands and no others."""
        instance = self.instance
        kept = {d.rule for d in demands}
        per_session = {(d.rule, d.sessions[0]) for d in demands if len(d.sessions) == 1}
        after = {d.sessions for d in demands if d.rule is Rule.AFTER}
        twice = {p for d in demands if d.rule is Rule.PERSON_TWICE for p in d.people}
        away = {p for d in demands if d.rule is Rule.ABSENCE for p in d.people}
        halls = {h for d in demands if d.rule is Rule.CLOSED for h in d.halls}
        sessions = tuple(replace(
            s, pin=s.pin if (Rule.PIN, s.id) in per_session else Pin(),
            days=s.days if (Rule.DAYS, s.id) in per_session else None,
            needs=s.needs if (Rule.EQUIPMENT, s.id) in per_session else frozenset(),
            audience=s.audience if (Rule.CAPACITY, s.id) in per_session else 0,
            after=tuple(e for e in s.after if (s.id, e) in after and (e in must or e not in self.free)),
            people=tuple(a for p in self.required[s.id] for a in _needed(s.id, p, p in twice, p in away)),
        ) for s in instance.sessions if s.id in must or s.id not in self.free)
        rules = {r: s for r, s in self.hard.items() if r in kept} | {
            r: Setting(Severity.IGNORE, 0) for r in Rule if r not in kept}
        ids = {s.id for s in sessions}
        absences = tuple(replace(a, person=_alone(s, a.person)) for a in instance.absences if a.person in away
                         for s in sorted(ids) if a.person in self.required[s])
        return replace(
            instance, sessions=tuple(replace(s, after=tuple(e for e in s.after if e in ids)) for s in sessions),
            projects=(), rules=rules, absences=absences,
            closed=frozenset(place for place in instance.closed if place[0] in halls),
            halls=tuple(h if h.id in halls else replace(h, open=()) for h in instance.halls), stays={}, homes={})


def _needed(session: int, person: int, is_once: bool, is_away: bool) -> list[Attendance]:
    """The same person under two names, so that being away and being in two places are two demands."""
    return [Attendance(person)] * is_once + [Attendance(_alone(session, person))] * is_away


def _alone(session: int, person: int) -> int:
    """Another number for each session: whoever is meant to be away only is never in two places."""
    return -(session << 40) - abs(person) - 1


def circles(instance: Instance) -> list[tuple[int, ...]]:
    """Must-be-after circles, each once, beginning with its smallest session."""
    found: set[tuple[int, ...]] = set()
    state: dict[int, int] = {}
    path: list[int] = []

    def visit(session: int) -> None:
        state[session] = 1
        path.append(session)
        for earlier in sorted(instance.session[session].after) if session in instance.session else ():
            if state.get(earlier) == 1:
                circle = path[path.index(earlier):]
                start = circle.index(min(circle))
                found.add((*circle[start:], *circle[:start]))
            elif earlier not in state and earlier in instance.session:
                visit(earlier)
        path.pop()
        state[session] = 2

    for session in sorted(instance.session):
        if session not in state:
            visit(session)
    return sorted(found)


def contradicting_pins(instance: Instance) -> list[tuple[int, int]]:
    """Pairs of sessions that are pinned to one hall at overlapping times."""
    pinned = [s for s in instance.sessions if s.pin.hall is not None and s.pin.slot in instance.slot]
    return [(a.id, b.id) for a, b in combinations(pinned, 2) if a.pin.hall == b.pin.hall and a.pin.slot and b.pin.slot
            and instance.span(a, a.pin.slot).overlaps(instance.span(b, b.pin.slot))]
