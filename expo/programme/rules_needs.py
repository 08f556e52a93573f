"""What a session asks for: whether it fits together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expo.editions.words import ProjectKind
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.programme.models import Equipment
from expo.programme.models_needs import SessionRole


@dataclass(frozen=True)
class Attending:
    """Somebody who should be at a session."""

    person_id: int
    role: SessionRole
    is_required: bool = True


@dataclass(frozen=True)
class Mix:
    """How many projects of a kind a session shows."""

    kind: ProjectKind
    least: int
    most: int | None


@dataclass(frozen=True)
class Needs:
    """What organisers of a session's own region say of it."""

    needs: tuple[Equipment, ...] = ()
    people: tuple[Attending, ...] = ()
    branches: tuple[int, ...] = ()
    lead_minutes: int = 0


@dataclass(frozen=True)
class Frame:
    """What belongs to the grid, so to the province."""

    days: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    mix: tuple[Mix, ...] = ()
    most_items: int | None = None
    batches: int = 0
    batch_minutes: int = 0


def require_mix(mix: Iterable[Mix], most_items: int | None) -> None:
    """Each kind's least is not above its most, and all least together fit the session."""
    least = 0
    for one in mix:
        if one.least < 0 or (one.most is not None and one.most < one.least):
            raise Refused(_l("%(kind)s: at least %(least)s and at most %(most)s contradict each other.", kind=one.kind.label,
                             least=one.least, most=one.most), "mix")
        least += one.least
    if most_items is not None and least > most_items:
        raise Refused(_l("The kinds ask for %(least)s projects at least; the session takes %(most)s.", least=least,
                         most=most_items), "mix")


def require_lengths(minutes: int, lead: int, batches: int, batch_minutes: int) -> None:
    """Welcome and batches fit into the session."""
    if bool(batches) != bool(batch_minutes):
        raise Refused(_l("Give both the number of batches and the minutes of each."), "batches")
    used = lead + batches * batch_minutes
    if used > minutes:
        raise Refused(_l("Welcome and batches need %(used)s minutes; the session has %(minutes)s.", used=used, minutes=minutes),
                      "batches" if batches else "lead_minutes")


def find_circle(after: Mapping[int, Iterable[int]]) -> list[int]:
    """Sessions that must follow each other in a circle, in their order; empty if there is none."""
    done: set[int] = set()
    for first in sorted(after):
        path: list[int] = []
        found = _walk(first, after, path, done)
        if found:
            return found
    return []


def _walk(session: int, after: Mapping[int, Iterable[int]], path: list[int], done: set[int]) -> list[int]:
    if session in path:
        return path[path.index(session):]
    if session in done:
        return []
    path.append(session)
    for earlier in after.get(session, ()):
        found = _walk(earlier, after, path, done)
        if found:
            return found
    path.pop()
    done.add(session)
    return []


def require_no_circle(after: Mapping[int, Iterable[int]], codes: Mapping[int, str]) -> None:
    """Sessions that must each follow the other can never be held."""
    circle = find_circle(after)
    if circle:
        names = " → ".join(codes.get(number, "—") for number in [*circle[::-1], circle[-1]])
        raise Refused(_l("These sessions would have to follow each other in a circle: %(names)s.", names=names), "after")
