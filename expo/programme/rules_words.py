"""The solver's rules and charges in words that organisers read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit.config import current_config
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.programme.models import Equipment
from expo.programme.rules_instance import Names
from expo.programme.solver.charge import Charge
from expo.programme.solver.settings import Rule, Severity


class SeverityWord(Labelled):
    BLOCK = "block", _l("Blocks")
    BLOCK_RELEASE = "block_release", _l("Blocks the release")
    WARN = "warn", _l("Warning")
    IGNORE = "ignore", _l("Ignored")


#: What organisers set a rule to, in a sentence each.
SEVERITY_MEANS: Mapping[Severity, Any] = {
    Severity.BLOCK: _l("Not even the draft may break it."),
    Severity.BLOCK_RELEASE: _l("The draft may break it, a release may not."),
    Severity.WARN: _l("It costs, and is pointed out."),
    Severity.IGNORE: _l("Nobody looks at it."),
}

#: Rule → (its name, what one unit of its cost is).
RULE_WORDS: Mapping[Rule, tuple[Any, Any]] = {
    Rule.HALL_TWICE: (_l("Hall used twice"), _l("Two sessions in a hall at the same time")),
    Rule.CHANGEOVER: (_l("Change-over"), _l("Two sessions in a hall with too little time between them")),
    Rule.CLOSED: (_l("Hall closed"), _l("A session in a closed hall, or outside of its opening hours")),
    Rule.LENGTH: (_l("Longer than its slot"), _l("Each begun 5 minutes that a session is longer than its slot")),
    Rule.CAPACITY: (_l("Hall too small"), _l("Each begun tenth of the expected audience without a seat")),
    Rule.EQUIPMENT: (_l("Equipment missing"), _l("Each need that the hall does not meet")),
    Rule.PERSON_TWICE: (_l("Person in two places"), _l("Somebody who is needed in two sessions at the same time")),
    Rule.WALKING: (_l("Too far to walk"), _l("Somebody with too little time to walk from one hall to the other")),
    Rule.ABSENCE: (_l("Person away"), _l("Somebody who is needed and is away; leaders and chairs count more")),
    Rule.LEADERS: (_l("Leaders' attendance"), _l("Somebody who is wished for and cannot come; leaders and chairs count more")),
    Rule.AFTER: (_l("Order of sessions"), _l("A session that begins before the one it must follow has ended")),
    Rule.DAYS: (_l("Allowed days"), _l("A session on a day on which it may not be held")),
    Rule.PIN: (_l("Pinned"), _l("A session or project elsewhere than where it is pinned")),
    Rule.BRANCH_TWICE: (_l("Branch venue used twice"), _l("A branch venue that follows two sessions at the same time")),
    Rule.SAME_INDUSTRY: (_l("Same industry in parallel"), _l("Two sessions of an industry at the same time")),
    Rule.SAME_CITY: (_l("Same city in parallel"), _l("Two sessions of a city at the same time")),
    Rule.BIG_HALL: (_l("Big sessions in big halls"), _l("Empty seats, counted by their square")),
    Rule.ZONE: (_l("Near the city's zone"), _l("Each begun 5 minutes on foot from the hall to the city's zone")),
    Rule.HALL_STABILITY: (_l("Hosts stay in their hall"), _l("Each further hall of a host")),
    Rule.DAY_BALANCE: (_l("Balance over the days"), _l("Each session beyond a day's share")),
    Rule.UNPLACED: (_l("Without a place"), _l("A session without hall and time")),
    Rule.PROJECT_TWICE: (_l("Project shown twice"), _l("Each further session that shows a project")),
    Rule.MINUTES: (_l("Too many minutes"), _l("Each minute beyond the session's length")),
    Rule.MOST_ITEMS: (_l("Too many projects"), _l("Each project beyond the session's most")),
    Rule.KIND_QUOTA: (_l("Mix of kinds"), _l("Each project that a kind has too many or too few")),
    Rule.ALLOWED_SESSION: (_l("Session not allowed"), _l("A project in a session in which it may not be shown")),
    Rule.THEME: (_l("Same theme"), _l("A project in a session of another industry")),
    Rule.HOME_CITY: (_l("Own city"), _l("A project in another city's session")),
    Rule.FILL: (_l("Evenly filled"), _l("Each project beyond a session's fair share")),
    Rule.UNASSIGNED: (_l("Without a session"), _l("A project that no session shows")),
    Rule.MOVED: (_l("Moved"), _l("When planning again: a session elsewhere than before")),
    Rule.REASSIGNED: (_l("Other session"), _l("When planning again: a project in another session than before")),
}

#: Matters of degree: they cost, but nobody is warned of them unless an organiser makes them block.
OF_DEGREE = frozenset({
    Rule.BIG_HALL, Rule.ZONE, Rule.HALL_STABILITY, Rule.DAY_BALANCE, Rule.UNPLACED, Rule.THEME, Rule.HOME_CITY,
    Rule.FILL, Rule.UNASSIGNED, Rule.MOVED, Rule.REASSIGNED,
})
#: Rules that only count while planning again; their weights are not the organiser's to set.
OF_REPLANNING = frozenset({Rule.MOVED, Rule.REASSIGNED})


def is_pointed_out(charge: Charge) -> bool:
    """Whether a charge is a conflict to be listed, or only a price."""
    return charge.severity in {Severity.BLOCK, Severity.BLOCK_RELEASE} or charge.rule not in OF_DEGREE


def label_of(rule: Rule) -> Any:
    return RULE_WORDS[rule][0]


def sentence_of(charge: Charge, names: Names) -> Any:
    """What a charge is for, in one sentence with names."""
    return _SENTENCES[charge.rule](_Said(charge, names))


class _Said:
    """A charge's things by name."""

    def __init__(self, charge: Charge, names: Names) -> None:
        self.charge, self.names, self.facts = charge, names, charge.facts

    def session(self, place: int = 0) -> str:
        if place >= len(self.charge.sessions):
            return "—"
        found = self.names.sessions.get(self.charge.sessions[place])
        return found.title if found else "—"

    @property
    def project(self) -> str:
        return self.names.projects.get(self.charge.projects[0], "—") if self.charge.projects else "—"

    @property
    def people(self) -> str:
        return "、".join(self.names.persons.get(person, "—") for person in self.charge.people[:3])

    @property
    def hall(self) -> str:
        return self.names.halls.get(self.charge.hall, "—")

    @property
    def when(self) -> str:
        slot = self.names.slots.get(self.charge.slot)
        if slot is None:
            return "—"
        starts = slot.starts_at.astimezone(current_config().timezone)
        return f"{starts.month}-{starts.day} {starts:%H:%M}"

    def fact(self, name: str) -> int | str:
        return self.facts.get(name, "—")

    def number(self, name: str) -> int:
        value = self.facts.get(name, 0)
        return value if isinstance(value, int) else 0


def _needs(said: _Said) -> str:
    known = {one.value: str(one.label) for one in Equipment}
    return "、".join(known.get(name, name) for name in str(said.fact("needs")).split(","))


def _kind(said: _Said) -> str:
    known = {one.value: str(one.label) for one in ProjectKind}
    return known.get(str(said.fact("kind")), str(said.fact("kind")))


def _quota(said: _Said) -> Any:
    if said.number("count") < said.number("least"):
        return _l("“%(title)s” shows %(count)s of the kind “%(kind)s”; it should show at least %(least)s.",
                  title=said.session(), count=said.fact("count"), kind=_kind(said), least=said.fact("least"))
    return _l("“%(title)s” shows %(count)s of the kind “%(kind)s”; it should show %(most)s at most.",
              title=said.session(), count=said.fact("count"), kind=_kind(said), most=said.fact("most"))


def _attendance(said: _Said) -> Any:
    if len(said.charge.sessions) > 1:
        return _l("%(names)s should be at “%(one)s” and at “%(other)s” at the same time.", names=said.people,
                  one=said.session(), other=said.session(1))
    return _l("%(names)s should be at “%(title)s” and is away at that time.", names=said.people, title=said.session())


def _pinned(said: _Said) -> Any:
    if said.charge.projects:
        return _l("The project “%(project)s” is pinned to another session than “%(title)s”.", project=said.project,
                  title=said.session())
    return _l("“%(title)s” is elsewhere than where it is pinned.", title=said.session())


_SENTENCES: dict[Rule, Callable[[_Said], Any]] = {
    Rule.HALL_TWICE: lambda s: _l("“%(one)s” and “%(other)s” are in %(hall)s at the same time.", one=s.session(),
                                  other=s.session(1), hall=s.hall),
    Rule.CHANGEOVER: lambda s: _l("Between “%(one)s” and “%(other)s” %(hall)s has %(minutes)s minutes; it needs %(needed)s to change over.",
                                  one=s.session(), other=s.session(1), hall=s.hall, minutes=s.fact("minutes"),
                                  needed=s.fact("needed")),
    Rule.CLOSED: lambda s: _l("“%(title)s” is in %(hall)s while it is closed (%(when)s).", title=s.session(), hall=s.hall,
                              when=s.when),
    Rule.LENGTH: lambda s: _l("“%(title)s” takes %(minutes)s minutes; its slot has %(slot)s.", title=s.session(),
                              minutes=s.fact("minutes"), slot=s.fact("slot_minutes")),
    Rule.CAPACITY: lambda s: _l("“%(title)s” expects %(expected)s people; %(hall)s has %(seats)s seats.", title=s.session(),
                                expected=s.fact("expected"), hall=s.hall, seats=s.fact("seats")),
    Rule.EQUIPMENT: lambda s: _l("“%(title)s” needs what %(hall)s does not have: %(needs)s.", title=s.session(), hall=s.hall,
                                 needs=_needs(s)),
    Rule.PERSON_TWICE: lambda s: _l("%(name)s is needed in “%(one)s” and in “%(other)s” at the same time.", name=s.people,
                                    one=s.session(), other=s.session(1)),
    Rule.WALKING: lambda s: _l("%(names)s has %(gap)s minutes from “%(one)s” to “%(other)s”; the way takes %(minutes)s.",
                               names=s.people, gap=s.fact("gap"), one=s.session(), other=s.session(1),
                               minutes=s.fact("minutes")),
    Rule.ABSENCE: lambda s: _l("%(names)s is needed in “%(title)s” and is away at that time.", names=s.people,
                               title=s.session()),
    Rule.LEADERS: _attendance,
    Rule.AFTER: lambda s: _l("“%(one)s” must follow “%(other)s”, but begins before that has ended.", one=s.session(),
                             other=s.session(1)),
    Rule.DAYS: lambda s: _l("“%(title)s” may not be held on this day (%(when)s).", title=s.session(), when=s.when),
    Rule.PIN: _pinned,
    Rule.BRANCH_TWICE: lambda s: _l("%(venue)s follows “%(one)s” and “%(other)s” at the same time.",
                                    venue=s.names.venues.get(s.number("venue"), "—"), one=s.session(), other=s.session(1)),
    Rule.SAME_INDUSTRY: lambda s: _l("“%(one)s” and “%(other)s” are both about %(industry)s and run at the same time.",
                                     one=s.session(), other=s.session(1),
                                     industry=s.names.industries.get(s.number("industry"), "—")),
    Rule.SAME_CITY: lambda s: _l("“%(one)s” and “%(other)s” are both of %(city)s and run at the same time.", one=s.session(),
                                 other=s.session(1), city=s.names.regions.get(s.number("region"), "—")),
    Rule.BIG_HALL: lambda s: _l("“%(title)s” expects %(expected)s people; %(hall)s has %(seats)s seats, many stay empty.",
                                title=s.session(), expected=s.fact("expected"), hall=s.hall, seats=s.fact("seats")),
    Rule.ZONE: lambda s: _l("From %(hall)s to the zone of “%(title)s” it is %(minutes)s minutes on foot.", hall=s.hall,
                            title=s.session(), minutes=s.fact("minutes")),
    Rule.HALL_STABILITY: lambda s: _l("The sessions of %(host)s are in %(number)s different halls.",
                                      host=s.names.hosts.get(s.number("host"), "—"), number=s.fact("halls")),
    Rule.DAY_BALANCE: lambda s: _l("%(day)s has %(count)s sessions; its share is %(share)s.",
                                   day=date.fromordinal(max(1, s.number("day"))).isoformat(), count=s.fact("count"),
                                   share=s.fact("share")),
    Rule.UNPLACED: lambda s: _l("“%(title)s” has no hall and no time.", title=s.session()),
    Rule.PROJECT_TWICE: lambda s: _l("“%(title)s” is shown in %(number)s sessions.", title=s.project,
                                     number=len(s.charge.sessions)),
    Rule.MINUTES: lambda s: _l("The projects of “%(title)s” need %(sum)s minutes; the session has %(minutes)s.",
                               title=s.session(), sum=s.fact("used"), minutes=s.fact("minutes")),
    Rule.MOST_ITEMS: lambda s: _l("“%(title)s” shows %(count)s projects; it takes %(most)s.", title=s.session(),
                                  count=s.fact("count"), most=s.fact("most")),
    Rule.KIND_QUOTA: _quota,
    Rule.ALLOWED_SESSION: lambda s: _l("The project “%(project)s” may not be shown in “%(title)s”.", project=s.project,
                                       title=s.session()),
    Rule.THEME: lambda s: _l("The project “%(project)s” is of another industry than “%(title)s”.", project=s.project,
                             title=s.session()),
    Rule.HOME_CITY: lambda s: _l("The project “%(project)s” is not of the city of “%(title)s”.", project=s.project,
                                 title=s.session()),
    Rule.FILL: lambda s: _l("“%(title)s” shows %(count)s projects; its share is %(share)s.", title=s.session(),
                            count=s.fact("count"), share=s.fact("share")),
    Rule.UNASSIGNED: lambda s: _l("The project “%(project)s” is shown in no session.", project=s.project),
    Rule.MOVED: lambda s: _l("“%(title)s” is elsewhere than before.", title=s.session()),
    Rule.REASSIGNED: lambda s: _l("The project “%(project)s” is in another session than before.", project=s.project),
}
