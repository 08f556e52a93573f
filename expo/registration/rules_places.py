"""Places: which quotas count somebody, and whether all of them have one left. Pure functions over counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from expo.registration.models import BadgeKind, RegistrationStatus
from expo.registration.models_invitations import EACH, PlaceQuota

#: Registrations that hold a place.
HOLDING = (RegistrationStatus.SUBMITTED, RegistrationStatus.APPROVED)


@dataclass(frozen=True)
class Seeker:
    """What quotas look at."""

    kind: BadgeKind
    zone: str
    organisation: str


def counts(quota: PlaceQuota, seeker: Seeker) -> bool:
    """Whether the quota is about somebody like this."""
    return (
        quota.badge_kind in (None, seeker.kind)
        and quota.zone in ("", seeker.zone)
        and (quota.organisation_name in ("", seeker.organisation)
             or (quota.organisation_name == EACH and bool(seeker.organisation)))
    )


@dataclass
class Room:
    """The places left under some quotas; ``count`` says how many are taken under one, of one organisation."""

    quotas: Sequence[PlaceQuota]
    count: Callable[[PlaceQuota, str], int]
    _taken: dict[tuple[int, str], int] = field(default_factory=dict)

    def _key(self, quota: PlaceQuota, seeker: Seeker) -> tuple[int, str]:
        organisation = seeker.organisation if quota.organisation_name == EACH else quota.organisation_name
        key = (quota.id, organisation)
        if key not in self._taken:
            self._taken[key] = self.count(quota, organisation)
        return key

    def full(self, seeker: Seeker) -> PlaceQuota | None:
        """The first quota under which no place is left for somebody like this."""
        return next((q for q in self.quotas if counts(q, seeker) and self._taken[self._key(q, seeker)] >= q.places), None)

    def take(self, seeker: Seeker) -> None:
        """Somebody like this now holds a place."""
        for quota in self.quotas:
            if counts(quota, seeker):
                self._taken[self._key(quota, seeker)] += 1
