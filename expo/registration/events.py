"""What happens to registrations that others may want to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceFreed:
    """Somebody gave a place back, or there are more places: who waits may move up."""

    edition_id: int


@dataclass(frozen=True)
class RegistrationEnded:
    """A registration holds no place any more; what was kept for it, such as a seat, is free."""

    edition_id: int
    registration_id: int


@dataclass(frozen=True)
class RegistrationsMerged:
    """Two registrations were one person; what hangs on the dropped one belongs to the kept one."""

    edition_id: int
    kept_id: int
    dropped_id: int


@dataclass(frozen=True)
class RegistrationErased:
    """A registration was anonymised; rooms above forget what they know about its person."""

    edition_id: int
    registration_id: int
    person_id: int
