"""Who may do what with a session, and when. Pure: values and loaded records in, nothing or a refusal out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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


@dataclass(frozen=True)
class Pins:
    """What a session is pinned to; each may be none."""

    hall_id: int | None = None
    slot_id: int | None = None
    day: date | None = None


def require_in_scope(session: Session, actor: Actor, permission: P) -> None:
    """A session of another region looks the same as none at all."""
    if not actor.may(permission, region_path=session.region_path, edition_id=session.edition_id):
        raise not_found()


def may_edit(session: Session, actor: Actor) -> bool:
    """Whether the actor organises the session's region in its edition."""
    return actor.may(P.PROGRAMME_EDIT, region_path=session.region_path, edition_id=session.edition_id)


def require_editable(session: Session, actor: Actor) -> None:
    """Raise :class:`Forbidden` unless the actor organises the session's region."""
    if not may_edit(session, actor):
        raise Forbidden(_l("This session is filled in by the organisers of its own region."))


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


def require_unchanged(session: Session, seen: int | None) -> None:
    """``seen`` is the session's version that the actor has looked at; none where nobody was looking (imports, jobs)."""
    if seen is not None and session.version != seen:
        raise Refused(_l("Somebody else has changed “%(title)s” in the meantime. Look at it again, then decide.",
                         title=session.title))


def require_pins_kept(session: Session, hall_id: int | None, slot_id: int | None, day: date | None) -> None:
    """What is pinned to a hall, a slot or a day moves only after somebody has unpinned it."""
    if (session.pinned_hall_id not in {None, hall_id} or session.pinned_slot_id not in {None, slot_id}
            or session.pinned_day not in {None, day}):
        raise Refused(_l("“%(title)s” is pinned. Unpin it before you move it.", title=session.title))


def require_pins_meet(session: Session, pins: Pins, slot_day: date | None) -> None:
    """Pins agree with each other, and with the days on which the session may be held."""
    if pins.slot_id and pins.day and slot_day != pins.day:
        raise Refused(_l("The slot and the day that “%(title)s” would be pinned to contradict each other.", title=session.title))
    day = slot_day or pins.day
    if day and session.allowed_days and day.isoformat() not in session.allowed_days:
        raise Refused(_l("“%(title)s” may not be held on %(day)s. Change its days or the pin.", title=session.title,
                         day=day.isoformat()))


def require_pin_alone(session: Session, starts_at: datetime, others: Iterable[tuple[Session, datetime]]) -> None:
    """Two sessions pinned to one hall at overlapping times contradict each other. ``others`` are pinned to that hall."""
    ends_at = starts_at + timedelta(minutes=session.minutes)
    for other, begin in others:
        if begin < ends_at and starts_at < begin + timedelta(minutes=other.minutes):
            raise Refused(_l("“%(title)s” is pinned to this hall and time already.", title=other.title))


def overhead_of(session: Session) -> int:
    """Minutes of a session that its projects cannot have: welcome, and the batches of a ceremony."""
    return session.lead_minutes + session.batches * session.batch_minutes


def require_minutes(minutes: int) -> None:
    if not 1 <= minutes <= LONGEST_ITEM:
        raise Refused(_l("A project needs between 1 and %(most)s minutes.", most=LONGEST_ITEM))


def require_pause(minutes: int) -> None:
    if not 0 <= minutes <= LONGEST_ITEM:
        raise Refused(_l("A pause lasts between 0 and %(most)s minutes.", most=LONGEST_ITEM))


def require_free(occupant: Session | None, session: Session) -> None:
    """One place, one session."""
    if occupant is not None and occupant.id != session.id:
        raise Refused(_l("This place was just given to “%(title)s”. Choose another one.", title=occupant.title))


def require_releasable(plan: Plan, conflicts: list[Conflict]) -> None:
    """A release has something to show, and breaks no rule that the edition holds to."""
    if not any(s.is_placed for s in plan.sessions):
        raise Refused(_l("No session has a place yet: there is nothing to release."))
    stops = blocking(conflicts)
    if stops:
        raise Refused(_l("The release is blocked by %(number)s conflicts. The first: %(sentence)s",
                         number=len(stops), sentence=stops[0].sentence))
