"""Who may have registered twice: likenesses of names between people whom something else ties together.

A likeness alone says nothing, there are thousands of 李伟; nor does a tie, colleagues share one. Both together are a
suggestion, which somebody looks at. Pure: the entries of a whole edition in, groups out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from expo.kit.language import _l
from expo.kit.text import normal, sound_of
from expo.kit.words import Labelled


class Likeness(Labelled):
    """What is alike, the surest first."""

    EMAIL = "email", _l("The same e-mail")
    NAME = "name", _l("The same name")
    SOUND = "sound", _l("A name that sounds the same")
    CHARACTER = "character", _l("One character of the name differs")


class Tie(Labelled):
    EMAIL = "email", _l("the same e-mail")
    ORGANISATION = "organisation", _l("the same organisation")
    PHONE = "phone", _l("the same last digits of the phone")


class Entry(NamedTuple):
    """What of a registration is compared; a row of the database has these columns."""

    id: int
    name: str
    organisation: str
    phone: str
    email: str | None
    delegation_id: int | None = None
    host_id: int | None = None


class Pair(NamedTuple):
    """Two numbers, the smaller one first, and why they were put beside each other."""

    first: int
    second: int
    likeness: Likeness
    tie: Tie


# Companies are called with and without their legal form.
_FORMS = re.compile("股份有限公司|有限责任公司|有限公司|责任公司|集团公司|公司|股份|集团")
_ORDER = {one: place for place, one in enumerate(Likeness)}
_TIES = {one: place for place, one in enumerate(Tie)}
_TAIL, _FEW = 4, 6


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Without width, case, spaces, dots and brackets: `Ｌｉ Ｍing` and `li·ming` are `liming`."""
    return "".join(filter(str.isalnum, normal(text)))


@lru_cache(maxsize=65536)
def organisation_key(name: str) -> str:
    """Organisations by their sound, so that 長虹 is 长虹, and without their legal form."""
    whole = sound_of(plain(name))
    return sound_of(_FORMS.sub("", plain(name))) or whole


def find_pairs(entries: Sequence[Entry]) -> list[Pair]:
    """The pairs to look at, the surest first. Costs grow with the number of entries, not of pairs."""
    best: dict[tuple[int, int], Pair] = {}
    for tie, members in _tied(entries):
        for one, other, likeness in _alike(members, tie):
            first, second = sorted((one.id, other.id))
            found = Pair(first, second, likeness, tie)
            known = best.get((first, second))
            if known is None or _rank(found) < _rank(known):
                best[first, second] = found
    return sorted(best.values(), key=_rank)


def _rank(pair: Pair) -> tuple[int, int, int, int]:
    return _ORDER[pair.likeness], _TIES[pair.tie], pair.first, pair.second


def _tied(entries: Iterable[Entry]) -> Iterator[tuple[Tie, list[Entry]]]:
    """Those who share an organisation, an e-mail, or the last digits of a phone."""
    by: dict[tuple[Tie, str], list[Entry]] = defaultdict(list)
    for one in entries:
        if one.email:
            by[Tie.EMAIL, one.email.lower()].append(one)
        if key := organisation_key(one.organisation):
            by[Tie.ORGANISATION, key].append(one)
        if len(one.phone) > _TAIL:
            by[Tie.PHONE, one.phone[-_TAIL:]].append(one)
    return ((tie, members) for (tie, _key), members in by.items() if len(members) > 1)


def _alike(members: Sequence[Entry], tie: Tie) -> Iterator[tuple[Entry, Entry, Likeness]]:
    """The pairs of one tie, some of them twice."""
    if tie is Tie.EMAIL:
        yield from ((one, other, Likeness.EMAIL) for one, other in _pairs(members) if not _came_together(one, other))
    sounds: dict[str, list[Entry]] = defaultdict(list)
    patterns: dict[str, list[Entry]] = defaultdict(list)
    for one in members:
        sounds[sound_of(plain(one.name))].append(one)
        for pattern in _patterns(plain(one.name)):
            patterns[pattern].append(one)
    for same in sounds.values():
        yield from ((one, other, Likeness.NAME if plain(one.name) == plain(other.name) else Likeness.SOUND)
                    for one, other in _pairs(same))
    for near in patterns.values():
        # The shorter names first: one character too many is seen from them.
        yield from ((one, other, Likeness.CHARACTER) for one, other in _pairs(sorted(near, key=lambda one: len(one.name)))
                    if not _came_together(one, other) and differ_by_one(plain(one.name), plain(other.name)))


def _pairs(members: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Everybody with everybody; of many with the first one only, or a thousand namesakes would be half a million pairs."""
    return combinations(members, 2) if len(members) <= _FEW else ((members[0], other) for other in members[1:])


def _came_together(one: Entry, other: Entry) -> bool:
    """Whether somebody entered both of them, who will know two people from one."""
    return (one.host_id or one.id) == (other.host_id or other.id) or (
        one.delegation_id is not None and one.delegation_id == other.delegation_id)


@lru_cache(maxsize=65536)
def _patterns(name: str) -> tuple[str, ...]:
    """What names that differ by one character have in common. Of two characters, half a name would differ."""
    if len(name) < 3:
        return ()
    shorter = [name[:place] + name[place + 1:] for place in range(len(name))]
    return tuple(dict.fromkeys([name, *(one for one in shorter if len(one) > 2),
                                *(f"{name[:place]}*{name[place + 1:]}" for place in range(len(name)))]))


def differ_by_one(one: str, other: str) -> bool:
    """Whether one character is another one, or too many. The first one is not: another surname is another family."""
    if one == other or one[:1] != other[:1] or abs(len(one) - len(other)) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest = one[start + (len(one) >= len(other)):], other[start + (len(other) >= len(one)):]
    return rest[0] == rest[1]


def grouped(pairs: Iterable[Pair], apart: Collection[tuple[int, int]]) -> list[list[Pair]]:
    """Pairs by their first one, in order. Left out: who is known to be two people, and what two pairs say already."""
    groups: dict[int, list[Pair]] = {}
    leads: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        if (pair.first, pair.second) in apart or leads[pair.first] & leads[pair.second]:
            continue
        groups.setdefault(pair.first, []).append(pair)
        leads[pair.second].add(pair.first)
    return list(groups.values())
