"""Who may do what where: an actor carries grants, a grant holds at a region and below, for one edition or all.

This module knows no role and no permission of the expo; ``expo.people.permissions`` has both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from expo.kit.language import _l
from expo.kit.refusals import Forbidden

#: The one right that the kit itself asks for: to look after the site's own work, jobs and messages.
MANAGE = "kit:job:manage"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on a region node: its permissions hold for every region whose path starts with ``region_path``."""

    role: str
    permissions: frozenset[str]
    region_path: str
    edition_id: int | None = None

    def covers(self, permission: str, region_path: str | None, edition_id: int | None) -> bool:
        """Whether this grant gives ``permission`` there; ``None`` for a region or edition means "anywhere at all"."""
        return (
            permission in self.permissions
            and (region_path is None or region_path.startswith(self.region_path))
            and (edition_id is None or self.edition_id is None or self.edition_id == edition_id)
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, a visitor, or the system itself."""

    person_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    session_id: int | None = None
    is_system: bool = False

    @property
    def is_anonymous(self) -> bool:
        return self.person_id is None and not self.is_system

    def may(self, permission: str, *, region_path: str | None = None, edition_id: int | None = None) -> bool:
        """Whether the actor holds ``permission`` for the region and edition (anywhere, where they are not given)."""
        return self.is_system or any(g.covers(permission, region_path, edition_id) for g in self.grants)

    def require(self, permission: str, *, region_path: str | None = None, edition_id: int | None = None) -> None:
        """Raise :class:`Forbidden` unless :meth:`may`."""
        if not self.may(permission, region_path=region_path, edition_id=edition_id):
            raise Forbidden(_l("You have no right to do this here. Ask your administrator if you need it."))

    def region_paths(self, permission: str, edition_id: int | None = None) -> tuple[str, ...]:
        """The topmost regions in which the actor holds ``permission``: what list queries are limited to."""
        if self.is_system:
            return ("/",)
        return topmost(g.region_path for g in self.grants if g.covers(permission, None, edition_id))

    def has_role(self, role: str) -> bool:
        """Whether any grant is of ``role``."""
        return any(grant.role == role for grant in self.grants)


def topmost(paths: Iterable[str]) -> tuple[str, ...]:
    """``paths`` without those that lie below another one of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(above) for above in kept):
            kept.append(path)
    return tuple(kept)


SYSTEM = Actor(person_id=None, name="system", is_system=True)
ANONYMOUS = Actor(person_id=None, name="")
