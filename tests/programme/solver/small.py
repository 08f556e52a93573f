"""Small instances of every shape, and a brute force that knows the rules from their words only."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from expo.programme.solver.instance import (
    Absence,
    Attendance,
    Hall,
    Instance,
    Pin,
    Place,
    Plan,
    Project,
    Quota,
    Session,
    Slot,
    Span,
)
from expo.programme.solver.settings import BLOCKING_FACTOR, DEFAULTS, Rule, Setting, Severity

DAY = 1440


@st.composite
def instances(draw: st.DrawFn, *, projects: bool = True, overlapping: bool = True) -> Instance:
    """Two or three halls, two to four slots on two days, up to four sessions, up to five projects."""
    hall_count = draw(st.integers(1, 3))
    halls = tuple(Hall(
        h, draw(st.sampled_from([50, 100, 300])), venue=draw(st.integers(1, 2)), zone=draw(st.sampled_from(["", "A", "B"])),
        equipment=frozenset(draw(st.sets(st.sampled_from(["stream"]), max_size=1))), changeover=draw(st.sampled_from([0, 20])),
        open=draw(st.sampled_from([(), (Span(0, 720), Span(DAY, DAY + 1000))])),
    ) for h in range(1, hall_count + 1))
    starts = draw(st.sets(st.sampled_from([540, 570, 640, 780] if overlapping else [540, 640, 780]), min_size=1, max_size=2))
    slots = tuple(Slot(n, start, start + 90, 1) for n, start in enumerate(sorted(starts), 1))
    slots += tuple(Slot(10 + n, DAY + 540 + 100 * n, DAY + 630 + 100 * n, 2) for n in range(draw(st.integers(0, 2))))
    people, few = st.integers(1, 4), st.sampled_from([None, 1, 2])
    count = draw(st.integers(1, 4))
    sessions = tuple(Session(
        s, minutes=draw(st.sampled_from([60, 90, 110])), audience=draw(st.sampled_from([0, 60, 120, 310])),
        region=draw(few), industry=draw(few), zone=draw(st.sampled_from(["", "A"])), hosts=tuple(draw(st.sets(st.integers(1, 2)))),
        needs=frozenset(draw(st.sets(st.sampled_from(["stream"]), max_size=1))),
        people=tuple(Attendance(p, draw(st.integers(1, 2)), draw(st.booleans())) for p in sorted(draw(st.sets(people, max_size=2)))),
        after=tuple(draw(st.sets(st.integers(1, count).filter(lambda o, s=s: o != s), max_size=1))),
        days=draw(st.sampled_from([None, None, frozenset({1})])), branches=frozenset(draw(st.sets(st.just(7), max_size=1))),
        pin=draw(st.sampled_from([Pin(), Pin(), Pin(), Pin(hall=1), Pin(slot=1), Pin(day=1), Pin(hall=1, slot=1)])),
        overhead=draw(st.sampled_from([0, 75])), most_items=draw(st.sampled_from([None, 1])),
        quotas=draw(st.sampled_from([(), (Quota("a", 1, 1),), (Quota("b", 0, 1),)])),
        takes_projects=draw(st.sampled_from([True, True, False])),
    ) for s in range(1, count + 1))
    listed = tuple(Project(
        100 + n, draw(st.sampled_from("ab")), draw(few), draw(few), draw(st.sampled_from([4, 10])),
        tuple(sorted(draw(st.sets(people, max_size=2)))),
        draw(st.sampled_from([None, None, frozenset({1, 2})])), draw(st.sampled_from([None, None, None, 1])),
    ) for n in range(draw(st.integers(0, 5)) if projects else 0))
    absences = tuple(Absence(draw(people), start, start + 240) for start in draw(st.sets(st.sampled_from([480, 720, DAY]), max_size=3)))
    rules = {rule: Setting(draw(st.sampled_from(list(Severity))), DEFAULTS[rule].weight)
             for rule in draw(st.sets(st.sampled_from(FREELY_SET), max_size=3))}
    return Instance(halls, slots, sessions, listed, absences, frozenset(draw(st.sets(st.sampled_from([(1, 1), (2, 1)]), max_size=1))),
                    {}, 5, 30, {}, rules)


#: Rules that an organiser may set to anything; hall and pin hold for the solver in any case.
FREELY_SET = sorted(set(Rule) - {Rule.HALL_TWICE, Rule.PIN, Rule.MOVED, Rule.REASSIGNED, Rule.UNPLACED, Rule.UNASSIGNED,
                                 Rule.PROJECT_TWICE})


def all_placings(instance: Instance) -> list[Plan]:
    """Every way to give sessions places, or none."""
    places: list[Place | None] = [None, *((h.id, t.id) for h in instance.halls for t in instance.slots)]
    ids = [s.id for s in instance.sessions]
    return [Plan({s: p for s, p in zip(ids, chosen, strict=True) if p}) for chosen in product(places, repeat=len(ids))]


def price(instance: Instance, rule: Rule) -> int | None:
    """What one unit costs; none where it must not be."""
    setting = instance.rules.get(rule, DEFAULTS[rule])
    if setting.severity is Severity.BLOCK:
        return None
    if setting.severity is Severity.IGNORE:
        return 0
    return setting.weight * (BLOCKING_FACTOR if setting.severity is Severity.BLOCK_RELEASE else 1)
