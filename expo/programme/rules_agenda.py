"""A personal agenda: starred sessions in order of time, and which of them clash. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from expo.programme.rules_content import ShownSession


@dataclass(frozen=True)
class Appointment:
    """A starred session and the other starred ones at the same time."""

    session: ShownSession
    clashes: tuple[ShownSession, ...]


def appointments(starred: Iterable[ShownSession]) -> list[Appointment]:
    """In order of time. A cancelled session clashes with nothing; one that begins when another ends does not clash."""
    sessions = sorted(starred, key=lambda s: (s.starts_at, s.ends_at, s.id))
    return [Appointment(one, tuple(other for other in sessions if _clash(one, other))) for one in sessions]


def _clash(one: ShownSession, other: ShownSession) -> bool:
    return (one.id != other.id and not one.is_cancelled and not other.is_cancelled
            and one.starts_at < other.ends_at and other.starts_at < one.ends_at)
