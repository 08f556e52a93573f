"""The board as values: days with their halls and times, cards, and what every place would mean for a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import IntEnum
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from expo.kit.language import _l
from expo.programme.models import SessionKind
from expo.programme.rules_instance import Draft, SlotTimes
from expo.programme.rules_words import is_pointed_out, label_of, sentence_of
from expo.programme.solver.charge import Charge
from expo.programme.solver.instance import Pin, Place, Session
from expo.programme.solver.score import Checker
from expo.programme.solver.settings import Rule, Severity

#: So many reasons are said of a place; the rest is counted.
MOST_REASONS = 4


class Level(IntEnum):
    """How far a place is allowed."""

    ALLOWED = 0
    WARNS = 1
    #: The draft may hold it, no release may.
    STOPS_RELEASE = 2
    BLOCKED = 3

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")


#: What stands beside the word of a level, so that nobody depends on its colour.
LEVEL_ICONS: Mapping[Level, str] = {
    Level.ALLOWED: "check-circle", Level.WARNS: "exclamation-triangle", Level.STOPS_RELEASE: "cone-striped",
    Level.BLOCKED: "x-octagon",
}
LEVEL_WORDS: Mapping[Level, Any] = {
    Level.ALLOWED: _l("Allowed"), Level.WARNS: _l("Warns"), Level.STOPS_RELEASE: _l("Stops the release"),
    Level.BLOCKED: _l("Barred"),
}
_LEVELS = {Severity.BLOCK: Level.BLOCKED, Severity.BLOCK_RELEASE: Level.STOPS_RELEASE, Severity.WARN: Level.WARNS}


@dataclass(frozen=True)
class Card:
    """A session on the board."""

    id: int
    version: int
    code: str
    title: str
    kind: SessionKind
    region_id: int | None
    city: str
    industry_id: int | None
    industry: str
    hosts: tuple[tuple[int, str], ...]
    minutes: int
    used: int
    projects: int
    audience: int
    streams: bool
    place: Place | None
    pin: Pin
    level: Level
    flags: tuple[tuple[Level, Any, Any], ...]
    is_visible: bool
    is_own: bool

    @property
    def is_pinned(self) -> bool:
        return self.pin != Pin()

    @cached_property
    def look(self) -> str:
        """Changes whenever the card has to be drawn anew."""
        facts = [str(getattr(self, one.name)) for one in fields(self) if one.name != "flags"]
        return sha256(repr((facts, [[str(word) for word in flag] for flag in self.flags])).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Row:
    slot_id: int
    times: SlotTimes


@dataclass(frozen=True)
class Verdict:
    """What a place means for a session: how far it is allowed, what it costs, why, and who would have to leave it."""

    level: Level
    cost: int
    charges: tuple[Charge, ...] = ()
    refusal: Any = None
    swap: int | None = None


def days_of(draft: Draft, zone: ZoneInfo) -> dict[date, list[Row]]:
    """Day → its times in order."""
    found: dict[date, list[Row]] = {}
    for number, times in draft.names.slots.items():
        found.setdefault(times.starts_at.astimezone(zone).date(), []).append(Row(number, times))
    return dict(sorted(found.items()))


def grid_digest(draft: Draft) -> str:
    """Changes whenever halls or times are not the same any more: an open board then has to be drawn anew."""
    halls = [(hall.id, draft.names.halls[hall.id], hall.capacity) for hall in draft.instance.halls]
    slots = [(number, str(times.starts_at), str(times.ends_at)) for number, times in draft.names.slots.items()]
    return sha256(repr((halls, slots, sorted(draft.instance.closed))).encode()).hexdigest()[:16]


def cards_of(draft: Draft, checker: Checker, own_paths: Iterable[str]) -> dict[int, Card]:
    """Session → its card, by code. ``own_paths``: the regions whose sessions the reader fills in."""
    own_paths = tuple(own_paths)
    return {session.id: _card(draft, checker, session, own_paths) for session in draft.instance.sessions}


def _card(draft: Draft, checker: Checker, session: Session, own_paths: tuple[str, ...]) -> Card:
    name, names = draft.names.sessions[session.id], draft.names
    items = draft.plan.items.get(session.id, ())
    pointed = [charge for charge in checker.by_session.get(session.id, ()) if is_pointed_out(charge)]
    worst: dict[Rule, Charge] = {}
    for charge in pointed:
        worst.setdefault(charge.rule, charge)
    flags = sorted(((_LEVELS[c.severity], label_of(c.rule), sentence_of(c, names)) for c in worst.values()),
                   key=lambda flag: -flag[0])
    return Card(
        id=session.id, version=name.version, code=name.code, title=name.title, kind=SessionKind(session.kind),
        region_id=session.region, city=names.regions.get(session.region or 0, ""), industry_id=session.industry,
        industry=names.industries.get(session.industry or 0, ""),
        hosts=tuple((host, names.hosts.get(host, "")) for host in session.hosts), minutes=session.minutes,
        used=session.overhead + sum(draft.instance.project[item].minutes for item in items if item in draft.instance.project),
        projects=len(items), audience=session.audience, streams="stream" in session.needs,
        place=draft.plan.places.get(session.id), pin=session.pin,
        level=max((_LEVELS[c.severity] for c in pointed), default=Level.ALLOWED),
        flags=tuple(flags) if name.is_visible else (), is_visible=name.is_visible,
        is_own=name.is_visible and any(name.region_path.startswith(path) for path in own_paths),
    )


def waiting_of(cards: Iterable[Card]) -> list[Card]:
    """What has no place yet, the biggest first; other regions' organisers look after theirs."""
    return sorted((c for c in cards if c.place is None and c.is_visible), key=lambda c: (-c.audience, c.code))


@dataclass(frozen=True)
class Wanted:
    """What the filters ask for."""

    q: str = ""
    city: int | None = None
    industry: int | None = None
    kind: str = ""
    host: int | None = None

    @property
    def is_anything(self) -> bool:
        return bool(self.q or self.city or self.industry or self.kind or self.host)

    def fits(self, card: Card) -> bool:
        text = f"{card.code} {card.title} {card.city} {' '.join(name for _, name in card.hosts)}".casefold()
        return card.is_visible and all((
            all(word in text for word in self.q.casefold().split()), self.city in {None, card.region_id},
            self.industry in {None, card.industry_id}, self.kind in {"", card.kind.value},
            self.host is None or self.host in {number for number, _ in card.hosts},
        ))


def verdicts_of(draft: Draft, checker: Checker, session_id: int) -> dict[Place, Verdict]:
    """Every place of the grid for a session; where another one is held, what changing places with it would mean."""
    session = draft.instance.session[session_id]
    here = draft.plan.places.get(session_id)
    there = {place: number for number, place in draft.plan.places.items() if number != session_id}
    found = {}
    for place, charges in checker.verdicts(session_id).items():
        occupant = there.get(place)
        if occupant is None:
            found[place] = judged(charges, _refusal(draft, session, place))
            continue
        mine = [c for c in charges if occupant not in c.sessions]
        theirs = checker.verdict(occupant, *here) if here else []
        theirs = [c for c in theirs if session_id not in c.sessions]
        other = draft.instance.session[occupant]
        refusal = _refusal(draft, session, place) or _refusal(draft, other, here)
        found[place] = replace(judged([*mine, *theirs], refusal), swap=occupant)
    return found


def level_of(charge: Charge) -> Level:
    """How far a single charge lets something be allowed."""
    return _LEVELS[charge.severity] if is_pointed_out(charge) else Level.ALLOWED


def judged(charges: Iterable[Charge], refusal: Any = None) -> Verdict:
    """The verdict that follows from charges; a ``refusal`` is what no weight of rules changes."""
    charges = sorted(charges, key=lambda c: (-level_of(c), not is_pointed_out(c), -c.cost))
    level = max((level_of(c) for c in charges), default=Level.ALLOWED)
    return Verdict(Level.BLOCKED if refusal else level, sum(c.cost for c in charges), tuple(charges), refusal)


def _refusal(draft: Draft, session: Session, place: Place | None) -> Any:
    """What no weight of rules changes: pins, and places that are closed."""
    title = draft.names.sessions[session.id].title
    pin = session.pin
    if place is None:
        return _l("“%(title)s” is pinned. Unpin it before you move it.", title=title) if pin != Pin() else None
    hall, slot = place
    if (pin.hall not in {None, hall} or pin.slot not in {None, slot}
            or pin.day not in {None, draft.instance.slot[slot].day}):
        return _l("“%(title)s” is pinned. Unpin it before you move it.", title=title)
    if place in draft.instance.closed:
        return _l("The hall is closed at that time.")
    return None


def reasons_of(draft: Draft, verdict: Verdict) -> list[Any]:
    """Why a place warns or is blocked, the worst first; prices alone are no reason."""
    pointed = [sentence_of(charge, draft.names) for charge in verdict.charges if is_pointed_out(charge)]
    return ([verdict.refusal] if verdict.refusal else []) + pointed[:MOST_REASONS]


def sessions_of(move: Mapping[str, Any]) -> list[int]:
    """The sessions that a move names."""
    named = [move.get("session"), move.get("other"), *(move["orders"] if isinstance(move.get("orders"), dict) else ())]
    return [int(number) for number in named if isinstance(number, int) or (isinstance(number, str) and number.isdecimal() and len(number) < 11)]
