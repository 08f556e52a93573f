"""The rules that a plan is judged by; how much each weighs and what breaking it means is data of the organiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What it means to break a rule."""

    #: Not even a draft may; neither a person nor the solver does it.
    BLOCK = "block"
    #: A draft may, a release may not; the solver does it only where nothing else is left.
    BLOCK_RELEASE = "block_release"
    WARN = "warn"
    #: Not looked at.
    IGNORE = "ignore"


class Rule(StrEnum):
    """Everything that a plan can pay for. The comment says what one unit is."""

    HALL_TWICE = "hall_twice"  # two sessions in a hall at the same time
    CHANGEOVER = "changeover"  # two sessions in a hall with too little time between them
    CLOSED = "closed"  # a session in a closed hall or outside of its opening hours
    LENGTH = "length"  # each begun 5 minutes that a session is longer than its slot
    CAPACITY = "capacity"  # each begun tenth of the audience without a seat
    EQUIPMENT = "equipment"  # each need that the hall does not meet
    PERSON_TWICE = "person_twice"  # a required person in two sessions at the same time
    WALKING = "walking"  # a required person with too little time to walk from one to the other
    ABSENCE = "absence"  # a required person who is away (their weight)
    LEADERS = "leaders"  # a wished-for person away (their weight), or at two sessions at the same time
    AFTER = "after"  # a session that starts before the one it must follow has ended
    DAYS = "days"  # a session on a day that it is not allowed on
    PIN = "pin"  # a session or project elsewhere than where it is pinned
    BRANCH_TWICE = "branch_twice"  # a branch venue that follows two sessions at the same time
    SAME_INDUSTRY = "same_industry"  # two sessions of an industry at the same time
    SAME_CITY = "same_city"  # two sessions of a city at the same time
    BIG_HALL = "big_hall"  # empty seats, squared: hundredths of (the largest hall)²
    ZONE = "zone"  # each begun 5 minutes from the hall to the city's zone
    HALL_STABILITY = "hall_stability"  # each hall of a host beyond its first
    DAY_BALANCE = "day_balance"  # each session on a day beyond the day's share
    UNPLACED = "unplaced"  # a session without a place
    PROJECT_TWICE = "project_twice"  # each further session that shows a project
    MINUTES = "minutes"  # each minute of projects beyond the session's length
    MOST_ITEMS = "most_items"  # each project beyond the session's most
    KIND_QUOTA = "kind_quota"  # each project missing from, or beyond, the quota of its kind
    ALLOWED_SESSION = "allowed_session"  # a project in a session that it is not allowed in
    THEME = "theme"  # another industry: 3; a session without industry: 1
    HOME_CITY = "home_city"  # another city's session: 5; a session of no city: 1
    FILL = "fill"  # each project beyond the session's fair share
    UNASSIGNED = "unassigned"  # a project without a session
    MOVED = "moved"  # re-planning only: a session elsewhere than before
    REASSIGNED = "reassigned"  # re-planning only: a project in another session than before


@dataclass(frozen=True, slots=True)
class Setting:
    severity: Severity
    weight: int


#: A unit of a rule that blocks costs this many times its weight: never worth any number of warnings.
BLOCKING_FACTOR = 100

#: How it is set until an organiser sets it otherwise.
DEFAULTS: Mapping[Rule, Setting] = {
    Rule.HALL_TWICE: Setting(Severity.BLOCK, 20),
    Rule.CHANGEOVER: Setting(Severity.BLOCK_RELEASE, 10),
    Rule.CLOSED: Setting(Severity.BLOCK, 20),
    Rule.LENGTH: Setting(Severity.BLOCK_RELEASE, 5),
    Rule.CAPACITY: Setting(Severity.WARN, 40),
    Rule.EQUIPMENT: Setting(Severity.BLOCK_RELEASE, 10),
    Rule.PERSON_TWICE: Setting(Severity.BLOCK_RELEASE, 10),
    Rule.WALKING: Setting(Severity.WARN, 30),
    Rule.ABSENCE: Setting(Severity.BLOCK_RELEASE, 5),
    Rule.LEADERS: Setting(Severity.WARN, 30),
    Rule.AFTER: Setting(Severity.BLOCK_RELEASE, 20),
    Rule.DAYS: Setting(Severity.BLOCK_RELEASE, 20),
    Rule.PIN: Setting(Severity.BLOCK, 20),
    Rule.BRANCH_TWICE: Setting(Severity.WARN, 30),
    Rule.SAME_INDUSTRY: Setting(Severity.WARN, 20),
    Rule.SAME_CITY: Setting(Severity.WARN, 40),
    Rule.BIG_HALL: Setting(Severity.WARN, 1),
    Rule.ZONE: Setting(Severity.WARN, 2),
    Rule.HALL_STABILITY: Setting(Severity.WARN, 2),
    Rule.DAY_BALANCE: Setting(Severity.WARN, 5),
    Rule.UNPLACED: Setting(Severity.WARN, 20_000),
    Rule.PROJECT_TWICE: Setting(Severity.BLOCK_RELEASE, 5),
    Rule.MINUTES: Setting(Severity.BLOCK_RELEASE, 2),
    Rule.MOST_ITEMS: Setting(Severity.WARN, 30),
    Rule.KIND_QUOTA: Setting(Severity.WARN, 30),
    Rule.ALLOWED_SESSION: Setting(Severity.BLOCK, 20),
    Rule.THEME: Setting(Severity.WARN, 4),
    Rule.HOME_CITY: Setting(Severity.WARN, 5),
    Rule.FILL: Setting(Severity.WARN, 1),
    Rule.UNASSIGNED: Setting(Severity.WARN, 3_000),
    Rule.MOVED: Setting(Severity.WARN, 1),
    Rule.REASSIGNED: Setting(Severity.WARN, 1),
}

#: Rules about where and when a session is held; the others are about what it shows.
OF_PLACE = frozenset(list(Rule)[: list(Rule).index(Rule.PROJECT_TWICE)]) | {Rule.MOVED}
