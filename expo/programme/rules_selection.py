"""Which sessions of a release somebody wants to see: by day, hall, city, industry, kind, stream and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from expo.kit.text import normal
from expo.programme.rules_content import ShownItem, ShownSession

_VALUES: dict[str, Callable[[ShownSession], str | None]] = {
    "day": lambda s: s.day.isoformat(),
    "hall": lambda s: str(s.hall.id),
    "city": lambda s: str(s.city.id) if s.city else None,
    "industry": lambda s: str(s.industry.id) if s.industry else None,
    "kind": lambda s: s.kind.value,
    "stream": lambda s: "yes" if s.is_streamed else None,
    "session": lambda s: str(s.id),
}


def select_sessions(sessions: Iterable[ShownSession], q: str, chosen: Mapping[str, str]) -> list[ShownSession]:
    """The sessions that fit all filters and contain every word, titles of their projects included."""
    words = normal(q).split()
    return [s for s in sessions if all(_VALUES[name](s) == value for name, value in chosen.items())
            and (not words or _contains(s, words))]


def count_values(sessions: Iterable[ShownSession], q: str, chosen: Mapping[str, str], name: str) -> Counter[str]:
    """Value of one filter → sessions, if it were chosen beside the other filters."""
    others = {key: value for key, value in chosen.items() if key != name}
    counted: Counter[str] = Counter()
    for session in select_sessions(sessions, q, others):
        value = _VALUES[name](session)
        if value is not None:
            counted[value] += 1
    return counted


def _contains(session: ShownSession, words: list[str]) -> bool:
    text = normal(" ".join([session.code, session.title, session.title_en, *(h.name for h in session.hosts),
                            *(f"{i.title} {i.owner}" for i in session.items)]))
    return all(word in text for word in words)


def matching_items(session: ShownSession, q: str) -> list[ShownItem]:
    """The projects of a session that contain a searched word: why it was found."""
    words = normal(q).split()
    return [i for i in session.items if any(word in normal(f"{i.title} {i.owner}") for word in words)]
