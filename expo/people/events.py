"""What happens to people that rooms above may want to know."""

from __future__ import annotations

from dataclasses import dataclass

from expo.people.models import ConsentPurpose


@dataclass(frozen=True)
class ConsentWithdrawn:
    """A person took a consent back; what was done on its ground ends."""

    person_id: int
    purpose: ConsentPurpose
    about: str
