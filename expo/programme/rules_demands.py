"""Conflicting demands in words that organisers read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
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
#: From so many sessions on, what they all ask for is one sentence.
MANY = 4


def sentences_of(found: Impossible, draft: Draft) -> list[Any]:
    """What cannot be met together, a sentence each; nothing where nothing is in conflict."""
    if found.crowd and not found.demands:
        return [_l("%(sessions)s sessions ask for a place; halls and times have %(places)s.", sessions=found.crowd[0],
                   places=found.crowd[1])]
    if not found.demands:
        return []
    wanted = [s for d in found.demands if d.rule is Rule.UNPLACED for s in d.sessions]
    rest = [_Demanded(d, draft, wanted, found.is_part) for d in found.demands if d.rule is not Rule.UNPLACED]
    said = [_need(draft, wanted)]
    if any(one.is_of_part for one in rest):
        said.append(_l("Only the chosen days and halls are planned."))
    rest = [one for one in rest if not one.is_of_part]
    if not found.crowd:
        return said + [_sentence(one) for one in rest]
    return [*said, *_summed_up(one for one in rest if one.demand.rule is not Rule.HALL_TWICE), _too_few(found, *found.crowd)]


def _too_few(found: Impossible, sessions: int, places: int) -> Any:
    if found.is_part:
        return _l("Other sessions staying where they are, places that meet this: %(places)s; sessions that can have no others: %(sessions)s.",
                  places=places, sessions=sessions)
    return _l("Places that meet this: %(places)s; sessions that can have no others: %(sessions)s.", places=places, sessions=sessions)


def _summed_up(demands: Iterable[_Demanded]) -> Iterator[Any]:
    """What many ask for in the same words is said once."""
    alike: dict[Any, list[_Demanded]] = {}
    for said in demands:
        rule = said.demand.rule
        alike.setdefault((rule, _OF_MANY[rule].alike(said)) if rule in _OF_MANY else said.demand, []).append(said)
    for group in alike.values():
        if len(group) < MANY:
            yield from map(_sentence, group)
        else:
            yield _OF_MANY[group[0].demand.rule].sentence(group)


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
    def is_of_part(self) -> bool:
        """A hall that is closed because only a part is planned; see ``rules_solving.held_to``."""
        hall = self.instance.hall.get(self.demand.halls[0]) if self.demand.rule is Rule.CLOSED else None
        return hall is not None and not hall.open and all(hall.id != closed for closed, _ in self.instance.closed)

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


def _where(said: _Demanded) -> str:
    pin = said.session.pin if said.session else None
    parts = [said.names.halls.get(pin.hall, "—") if pin and pin.hall is not None else "",
             said.slot(pin.slot) if pin and pin.slot is not None else "",
             date.fromordinal(pin.day).isoformat() if pin and pin.day is not None else ""]
    return " · ".join(part for part in parts if part) or "—"


def _days(said: _Demanded) -> str:
    days = sorted(said.session.days or ()) if said.session else []
    return "、".join(date.fromordinal(day).isoformat() for day in days)


def _needs(said: _Demanded) -> str:
    wanted = said.session.needs if said.session else ()
    return "、".join(str(one.label) for one in Equipment if one.value in wanted)


def _away(said: _Demanded) -> str:
    return "、".join(_span(span) for span in said.instance.away.get(said.demand.people[0], ())[:4])


def _closed(said: _Demanded) -> str:
    times = [said.slot(slot.id) for slot in said.instance.slots if (said.demand.halls[0], slot.id) in said.instance.closed]
    return "、".join(times[:6]) + (" …" if len(times) > 6 else "")


def _closed_at(group: list[_Demanded]) -> Any:
    halls, times = _listed(said.hall for said in group), _closed(group[0])
    return _l("%(hall)s is closed at %(times)s.", hall=halls, times=times) if times else _l("%(hall)s has opening hours.", hall=halls)


def _listed(names: Iterable[str]) -> str:
    named = list(names)
    return "、".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")


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
    Rule.PIN: lambda s: _l("“%(title)s” is pinned to %(where)s.", title=s.title(), where=_where(s)),
    Rule.DAYS: lambda s: _l("“%(title)s” may be held on %(days)s only.", title=s.title(), days=_days(s)),
    Rule.EQUIPMENT: lambda s: _l("“%(title)s” needs a hall with: %(needs)s.", title=s.title(), needs=_needs(s)),
    Rule.CAPACITY: lambda s: _l("“%(title)s” expects %(number)s people, and each needs a seat.", title=s.title(),
                                number=s.session.audience if s.session else "—"),
    Rule.AFTER: lambda s: _l("“%(one)s” must follow “%(other)s”.", one=s.title(), other=s.title(1)),
    Rule.ABSENCE: lambda s: _l("%(name)s is away: %(times)s.", name=s.person, times=_away(s)),
    Rule.PERSON_TWICE: lambda s: _l("%(name)s cannot be in two places at once.", name=s.person),
    Rule.CLOSED: lambda s: _closed_at([s]),
    Rule.LENGTH: _length,
    Rule.CHANGEOVER: lambda s: _l("A hall needs its change-over time between two sessions."),
    Rule.WALKING: lambda s: _l("People need the time to walk from hall to hall."),
    Rule.HALL_TWICE: lambda s: _l("A hall takes one session at a time, and all other sessions stay where they are.")
    if s.is_part else _l("A hall takes one session at a time."),
}


def _sentence(said: _Demanded) -> Any:
    return _SENTENCES[said.demand.rule](said)


@dataclass(frozen=True)
class _OfMany:
    """How demands of one rule are summed up: those that are ``alike`` in a ``sentence``."""

    alike: Callable[[_Demanded], str]
    sentence: Callable[[list[_Demanded]], Any]


_OF_MANY: Mapping[Rule, _OfMany] = {
    Rule.PIN: _OfMany(_where, lambda g: _l("%(number)s of them are pinned to %(where)s.", number=len(g), where=_where(g[0]))),
    Rule.DAYS: _OfMany(_days, lambda g: _l("%(number)s of them may be held on %(days)s only.", number=len(g), days=_days(g[0]))),
    Rule.EQUIPMENT: _OfMany(_needs, lambda g: _l("%(number)s of them need a hall with: %(needs)s.", number=len(g),
                                                 needs=_needs(g[0]))),
    Rule.CAPACITY: _OfMany(lambda _: "", lambda g: _l(
        "%(number)s of them expect %(least)s people or more, and each needs a seat.", number=len(g),
        least=min(said.session.audience for said in g if said.session))),
    Rule.ABSENCE: _OfMany(_away, lambda g: _l("%(name)s is away: %(times)s.", name=_listed(said.person for said in g),
                                              times=_away(g[0]))),
    Rule.CLOSED: _OfMany(_closed, _closed_at),
}
