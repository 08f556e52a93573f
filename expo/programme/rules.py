"""Who may do what with a session, and when. Pure: values and loaded records in, nothing or a refusal out."""

from __future__ import annotations

from expo.editions.models import Edition, EditionStatus
from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import P
from expo.programme.models import Session, SessionStatus
from expo.programme.rules_conflicts import Conflict, blocking
from expo.programme.rules_plan import Plan

LIFECYCLE = Lifecycle(
    {
        SessionStatus.DRAFT: {SessionStatus.PUBLISHED, SessionStatus.CANCELLED},
        # Back to "draft": it has lost its place, and the next release goes without it.
        SessionStatus.PUBLISHED: {SessionStatus.DRAFT, SessionStatus.CANCELLED},
        SessionStatus.CANCELLED: {SessionStatus.DRAFT},
    }
)
LONGEST_SESSION = 12 * 60
LONGEST_ITEM = 240
#: What of a session belongs to the province's grid; its own region fills in the rest.
FRAME_FIELDS = frozenset({"code", "kind", "region_id", "minutes", "expected_audience"})


def require_in_scope(session: Session, actor: Actor, permission: P) -> None:
    """A session of another region looks the same as none at all."""
    if not actor.may(permission, region_path=session.region_path, edition_id=session.edition_id):
        raise not_found()


def may_edit(session: Session, actor: Actor) -> bool:
    """Whether the actor organises the session's region in its edition."""
    return actor.may(P.PROGRAMME_EDIT, region_path=session.region_path, edition_id=session.edition_id)


def may_place(actor: Actor, edition: Edition, root_path: str) -> bool:
    """The grid of halls and times is held by those who may edit the programme of the whole province."""
    return actor.may(P.PROGRAMME_EDIT, region_path=root_path, edition_id=edition.id)


def require_grid(actor: Actor, edition: Edition, root_path: str) -> None:
    """Raise :class:`Forbidden` unless the actor holds the grid."""
    if not may_place(actor, edition, root_path):
        raise Forbidden(_l("Halls and times are given out by the province's organisers. Ask them for the change."))


def require_open(edition: Edition) -> None:
    """The programme of a closed edition is history."""
    if edition.status in {EditionStatus.CLOSED, EditionStatus.ARCHIVED}:
        raise Refused(_l("This edition is closed; its programme stays as it was."))


def require_fillable(session: Session) -> None:
    """A cancelled session has no place and no running order to work on."""
    if session.status is SessionStatus.CANCELLED:
        raise Refused(_l("“%(title)s” is cancelled. Reinstate it first.", title=session.title))


def require_unmoved(session: Session, expected: tuple[int, int] | None) -> None:
    """Whoever moves a session has seen where it is: two people never overwrite each other unknowingly."""
    present = (session.hall_id, session.slot_id) if session.hall_id else None
    if present != expected:
        raise Refused(_l("Somebody else has moved “%(title)s” in the meantime. Look where it is now, then decide.",
                         title=session.title))


def require_free(occupant: Session | None, session: Session) -> None:
    """One place, one session."""
    if occupant is not None and occupant.id != session.id:
        raise Refused(_l("This place was just given to “%(title)s”. Choose another one.", title=occupant.title))


def require_releasable(plan: Plan, conflicts: list[Conflict]) -> None:
    """A release has something to show, and nobody and no hall in two places at once."""
    if not any(s.is_placed for s in plan.sessions):
        raise Refused(_l("No session has a place yet: there is nothing to release."))
    stops = blocking(conflicts)
    if stops:
        raise Refused(_l("The release is blocked by %(number)s conflicts. The first: %(sentence)s",
                         number=len(stops), sentence=stops[0].sentence))
