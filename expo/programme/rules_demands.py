"""Conflicting demands in words that organisers read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from expo.kit.config import current_config
from expo.kit.language import _l
from expo.programme.models import Equipment
from expo.programme.rules_impossible import Impossible
from expo.programme.rules_instance import Draft
from expo.programme.solver.explain import Demand
from expo.programme.solver.instance import Span
from expo.programme.solver.settings import Rule

#: So many sessions of a conflict are named; the others are counted.
MOST_NAMED = 12


def sentences_of(found: Impossible, draft: Draft) -> list[Any]:
    """What cannot be met together, a sentence each; nothing where nothing is in conflict."""
    if found.crowd:
        return [_l("%(sessions)s sessions ask for a place; halls and times have %(places)s.", sessions=found.crowd[0],
                   places=found.crowd[1])]
    if not found.demands:
        return []
    wanted = [s for d in found.demands if d.rule is Rule.UNPLACED for s in d.sessions]
    rest = [demand for demand in found.demands if demand.rule is not Rule.UNPLACED]
    return [_need(draft, wanted), *(_SENTENCES[d.rule](_Demanded(d, draft, wanted, found.is_part)) for d in rest)]


def _title(draft: Draft, session: int) -> str:
    name = draft.names.sessions.get(session)
    return name.title if name else "—"


def _need(draft: Draft, sessions: list[int]) -> Any:
    if len(sessions) == 1:
        return _l("“%(title)s” needs a place.", title=_title(draft, sessions[0]))
    named = "、".join(f"“{_title(draft, session)}”" for session in sessions[:MOST_NAMED])
    return _l("%(number)s sessions need a place: %(names)s.", number=len(sessions),
              names=named + (" …" if len(sessions) > MOST_NAMED else ""))


class _Demanded:
    """A demand with its things by name."""

    def __init__(self, demand: Demand, draft: Draft, wanted: list[int], is_part: bool) -> None:
        self.demand, self.draft, self.wanted, self.is_part = demand, draft, wanted, is_part
        self.instance, self.names = draft.instance, draft.names

    def title(self, place: int = 0) -> str:
        return _title(self.draft, self.demand.sessions[place])

    @property
    def session(self) -> Any:
        return self.instance.session.get(self.demand.sessions[0])

    @property
    def person(self) -> str:
        return self.names.persons.get(self.demand.people[0], "—")

    @property
    def hall(self) -> str:
        return self.names.halls.get(self.demand.halls[0], "—")

    def slot(self, number: int) -> str:
        times = self.names.slots.get(number)
        return _moment(times.starts_at) if times else "—"


def _moment(when: datetime) -> str:
    local = when.astimezone(current_config().timezone)
    return f"{local.month}-{local.day} {local:%H:%M}"


def _span(span: Span) -> str:
    zone = current_config().timezone
    start, end = (datetime.fromtimestamp(minute * 60, zone) for minute in (span.start, span.end))
    return f"{_moment(start)}–{f'{end:%H:%M}' if start.date() == end.date() else _moment(end)}"


def _pinned(said: _Demanded) -> Any:
    pin = said.session.pin if said.session else None
    parts = [said.names.halls.get(pin.hall, "—") if pin and pin.hall is not None else "",
             said.slot(pin.slot) if pin and pin.slot is not None else "",
             date.fromordinal(pin.day).isoformat() if pin and pin.day is not None else ""]
    return _l("“%(title)s” is pinned to %(where)s.", title=said.title(), where=" · ".join(part for part in parts if part) or "—")


def _days(said: _Demanded) -> Any:
    days = sorted(said.session.days or ()) if said.session else []
    return _l("“%(title)s” may be held on %(days)s only.", title=said.title(),
              days="、".join(date.fromordinal(day).isoformat() for day in days))


def _needs(said: _Demanded) -> Any:
    wanted = said.session.needs if said.session else ()
    return _l("“%(title)s” needs a hall with: %(needs)s.", title=said.title(),
              needs="、".join(str(one.label) for one in Equipment if one.value in wanted))


def _away(said: _Demanded) -> Any:
    spans = said.instance.away.get(said.demand.people[0], ())
    return _l("%(name)s is away: %(times)s.", name=said.person, times="、".join(_span(span) for span in spans[:4]))


def _closed(said: _Demanded) -> Any:
    times = [said.slot(slot.id) for slot in said.instance.slots if (said.demand.halls[0], slot.id) in said.instance.closed]
    if not times:
        return _l("%(hall)s has opening hours.", hall=said.hall)
    return _l("%(hall)s is closed at %(times)s.", hall=said.hall, times="、".join(times[:6]) + (" …" if len(times) > 6 else ""))


def _length(said: _Demanded) -> Any:
    """The sessions that no slot is long enough for, or else the rule."""
    longest = max((slot.minutes for slot in said.instance.slots), default=0)
    for number in said.wanted:
        session = said.instance.session.get(number)
        if session and session.minutes > longest:
            return _l("“%(title)s” takes %(minutes)s minutes; the longest slot has %(slot)s.", title=_title(said.draft, number),
                      minutes=session.minutes, slot=longest)
    return _l("No session may be longer than its slot.")


_SENTENCES: Mapping[Rule, Callable[[_Demanded], Any]] = {
    Rule.PIN: _pinned,
    Rule.DAYS: _days,
    Rule.EQUIPMENT: _needs,
    Rule.CAPACITY: lambda s: _l("“%(title)s” expects %(number)s people, and each needs a seat.", title=s.title(),
                                number=s.session.audience if s.session else "—"),
    Rule.AFTER: lambda s: _l("“%(one)s” must follow “%(other)s”.", one=s.title(), other=s.title(1)),
    Rule.ABSENCE: _away,
    Rule.PERSON_TWICE: lambda s: _l("%(name)s cannot be in two places at once.", name=s.person),
    Rule.CLOSED: _closed,
    Rule.LENGTH: _length,
    Rule.CHANGEOVER: lambda s: _l("A hall needs its change-over time between two sessions."),
    Rule.WALKING: lambda s: _l("People need the time to walk from hall to hall."),
    Rule.HALL_TWICE: lambda s: _l("A hall takes one session at a time, and all other sessions stay where they are.")
    if s.is_part else _l("A hall takes one session at a time."),
}
