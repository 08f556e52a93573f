"""What cannot be done together: a smallest set of demands in conflict, among the sessions that a plan has no good place for.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from expo.programme.rules_instance import Draft
from expo.programme.rules_solving import Request, What, free_sessions, held_to
from expo.programme.solver.crew import Crew
from expo.programme.solver.explain import Demand, smallest_conflict
from expo.programme.solver.instance import Instance, Pin, Plan
from expo.programme.solver.lp import DEFAULT, Options
from expo.programme.solver.score import blocking, charges
from expo.programme.solver.settings import OF_PLACE, Rule
from expo.programme.solver.shortage import shortage


@dataclass(frozen=True)
class Impossible:
    """``demands`` cannot all be met; each of them can be once any other is given up. ``crowd``: so many sessions can have
    no others than so many places; without demands that is so whatever the rules say."""

    demands: tuple[Demand, ...] = ()
    crowd: tuple[int, int] | None = None
    #: Whether other sessions were taken to stay where they are.
    is_part: bool = False

    def __bool__(self) -> bool:
        return bool(self.demands or self.crowd)

    def as_json(self) -> dict[str, Any]:
        return {"demands": [[d.rule.value, d.sessions, d.people, d.halls] for d in self.demands],
                "crowd": self.crowd, "is_part": self.is_part}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Impossible:
        if not stored:
            return cls()
        demands = tuple(Demand(Rule(rule), tuple(sessions), tuple(people), tuple(halls))
                        for rule, sessions, people, halls in stored["demands"])
        return cls(demands, tuple(stored["crowd"]) if stored["crowd"] else None, stored["is_part"])


def why_not(draft: Draft, asked: Request, plan: Plan, options: Options) -> Impossible:
    """Why a plan that was asked for leaves sessions without a place, or in one that blocks a release.

    Nothing is said if they could all be placed at a price, and if it takes longer to find out than ``options`` allow.
    """
    if asked.what is What.ASSIGN:
        return Impossible()
    free = {s.id for s in draft.instance.sessions} if asked.what is What.REPLAN else free_sessions(draft, asked)
    instance = draft.instance
    if asked.what is not What.REPLAN:
        # What is left out of the plan is closed to it; nobody has pinned these sessions to the days that are chosen.
        instance = replace(held_to(draft, asked, free), sessions=instance.sessions)
    # Where projects may change their sessions too, nobody is needed because they present one.
    lists = plan.items if asked.what is What.PLACE else {}
    return among(instance, Plan(plan.places, lists), free, options)


def why_no_place(draft: Draft, session: int) -> Impossible:
    """Why a session finds no place among the others, which stay where they are."""
    found = smallest_conflict(draft.instance, draft.plan, [session])
    return Impossible(tuple(found), is_part=True)


def among(instance: Instance, plan: Plan, free: Collection[int], options: Options = DEFAULT) -> Impossible:
    """The smallest conflict of the sessions in trouble: by themselves, with what has to do with them, with all that is free.

    Where sessions are simply too many that is counted, however many they are, before anything has to be proven of all."""
    troubled = _in_trouble(instance, plan) & set(free)
    if not troubled:
        return Impossible()
    is_part = len(free) < len(instance.sessions)
    fixed = Plan({s: p for s, p in plan.places.items() if s not in free}, plan.items)

    def counted(wanted: Collection[int]) -> Impossible:
        return _too_many(instance, fixed, wanted, is_part)

    def proven(wanted: Collection[int]) -> Impossible:
        return Impossible(tuple(smallest_conflict(instance, fixed, wanted, options)), is_part=is_part)

    return (counted(troubled) or proven(troubled) or counted(free)
            or next(filter(None, map(proven, _circles_around(instance, plan, troubled, set(free)))), Impossible()))


def _too_many(instance: Instance, fixed: Plan, wanted: Collection[int], is_part: bool) -> Impossible:
    """Those that compete for too few places; if these are all, what each of them asks for makes no difference."""
    found = shortage(instance, fixed, wanted)
    if found is None:
        return Impossible()
    rules = {demand.rule for demand in found.demands}
    is_about_all = found.sessions == len(wanted) and rules <= {Rule.UNPLACED, Rule.CLOSED, Rule.HALL_TWICE}
    return Impossible(() if is_about_all else found.demands, (found.sessions, found.places), is_part)


def _in_trouble(instance: Instance, plan: Plan) -> set[int]:
    """Sessions without a place, and those whose place blocks a release."""
    stops = blocking(charges(instance, plan))
    return {s for charge in stops if charge.rule in OF_PLACE for s in charge.sessions} | {
        s.id for s in instance.sessions if s.id not in plan.places}


def _circles_around(instance: Instance, plan: Plan, troubled: set[int], free: set[int]) -> Iterator[set[int]]:
    """Growing sets of sessions to look at beyond these: a conflict of few is read more easily, and found sooner."""
    near = (troubled | _related(instance, plan, troubled)) & free
    if near != troubled:
        yield near
    if near != free:
        yield free


def _related(instance: Instance, plan: Plan, chosen: Iterable[int]) -> set[int]:
    """Sessions that are pinned, that come before or after the chosen ones, or that need the same people or equipment."""
    found = set(chosen)
    crew = Crew(instance, plan).of
    people = {person for s in found for person in crew.get(s, ())}
    needs = {need for s in found if s in instance.session for need in instance.session[s].needs}
    while True:
        more = {e for s in found if s in instance.session for e in instance.session[s].after if e in instance.session}
        more |= {s.id for s in instance.sessions if found & set(s.after)}
        if more <= found:
            break
        found |= more
    return found | {s.id for s in instance.sessions
                    if s.pin != Pin() or needs & s.needs or people & set(crew.get(s.id, ()))}
