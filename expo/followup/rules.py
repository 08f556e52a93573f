"""What may happen in a case, who answers for it, and when it is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from expo.editions.models import Edition, EditionStatus
from expo.followup.models import Case, CaseOutcome, CaseStatus
from expo.kit.access import Actor
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import P

LIFECYCLE = Lifecycle(
    {
        CaseStatus.UNASSIGNED: {CaseStatus.ASSIGNED},
        CaseStatus.ASSIGNED: {CaseStatus.RESPONDED},
        CaseStatus.RESPONDED: {CaseStatus.PROGRESSING, CaseStatus.SETTLED},
        CaseStatus.PROGRESSING: {CaseStatus.SETTLED},
        CaseStatus.SETTLED: {CaseStatus.PROGRESSING},
    }
)
#: Days between one level of escalation and the next: county, then city, then province.
ESCALATION_STEP = 15
HIGHEST_ESCALATION = 3


@dataclass(frozen=True)
class Helper:
    """Somebody who may own a case: the regions they answer for and what they carry now."""

    person_id: int
    region_paths: tuple[str, ...]
    load: int = 0


def choose_owner(caretakers: Sequence[Helper], organisers: Sequence[Helper], region_path: str) -> int | None:
    """Who answers for a project there: the least loaded caretaker of its region; failing that its nearest organiser.

    Ties go to the lower number, so that the same case always finds the same owner.
    """
    serving = [c for c in caretakers if region_path.startswith(c.region_paths)]
    if serving:
        return min(serving, key=lambda c: (c.load, c.person_id)).person_id
    above = [o for o in organisers if region_path.startswith(o.region_paths)]
    if above:
        nearest = max(max(len(p) for p in o.region_paths if region_path.startswith(p)) for o in above)
        close = [o for o in above if any(len(p) == nearest and region_path.startswith(p) for p in o.region_paths)]
        return min(close, key=lambda o: (o.load, o.person_id)).person_id
    return None


def is_overdue(case: Case, on: date) -> bool:
    """Whether the owner of the project should have heard by now, or an agreed next step is late."""
    if case.status in {CaseStatus.UNASSIGNED, CaseStatus.ASSIGNED}:
        return on > case.due_on
    return case.status is not CaseStatus.SETTLED and case.next_due_on is not None and on > case.next_due_on


def escalation_due(due_on: date, on: date) -> int:
    """The level at which a case without a response should be on a day: 0 in time, 1 county, 2 city, 3 province."""
    if on <= due_on:
        return 0
    return min(HIGHEST_ESCALATION, 1 + ((on - due_on).days - 1) // ESCALATION_STEP)


def may_see(actor: Actor, case: Case) -> bool:
    """Its owner, and readers of its region."""
    own = case.owner_id is not None and case.owner_id == actor.person_id
    return own or may_read(actor, case)


def may_read(actor: Actor, case: Case) -> bool:
    """Readers of its region, who find it in the edition's list."""
    return actor.may(P.FOLLOWUP_READ, region_path=case.region_path, edition_id=case.edition_id)


def may_work(actor: Actor, case: Case) -> bool:
    """Its owner, and organisers of its region."""
    own = case.owner_id is not None and case.owner_id == actor.person_id
    return own or may_manage(actor, case)


def may_manage(actor: Actor, case: Case) -> bool:
    """Organisers of its region."""
    return actor.may(P.FOLLOWUP_MANAGE, region_path=case.region_path, edition_id=case.edition_id)


def require_work(actor: Actor, case: Case) -> None:
    """Raise :class:`Forbidden` unless :func:`may_work`."""
    if not may_work(actor, case):
        raise Forbidden(_l("Only the owner of this case and the organisers of its region may do this."))


def require_not_archived(edition: Edition) -> None:
    """An archived edition is only read."""
    if edition.status is EditionStatus.ARCHIVED:
        raise Refused(_l("This edition is archived; its cases are only read."))


def require_dated(on: date | None, opened_on: date, today: date) -> date:
    """A result is dated between the opening of the case and today."""
    if on is None:
        raise Refused(_l("Enter the day on which it happened."), "happened_on")
    if on > today:
        raise Refused(_l("This day lies in the future. Enter the day on which it happened."), "happened_on")
    if on < opened_on:
        raise Refused(_l("The case was opened on %(day)s; nothing can have happened in it before.",
                         day=opened_on.isoformat()), "happened_on")
    return on


def require_note(note: str | None, field: str = "note") -> str:
    """What happened must be said."""
    if not note:
        raise Refused(_l("Say in a sentence what happened."), field)
    return note


def require_reason(outcome: CaseOutcome, note: str | None) -> None:
    """Ending a case needs its reason."""
    if outcome is CaseOutcome.ENDED and not note:
        raise Refused(_l("Say why it ends: the reason stays with the project."), "note")


def require_closable(edition: Edition, on: date) -> None:
    """An edition is closed when it is over."""
    if edition.status is not EditionStatus.RUNNING:
        raise Refused(_l("Only a running edition can be closed; this one is “%(status)s”.", status=edition.status.label))
    if on <= edition.ends_on:
        raise Refused(_l("The expo goes on until %(day)s. It can be closed from the day after.",
                         day=edition.ends_on.isoformat()))


def response_deadline(closed_on: date, response_days: int) -> date:
    """By when the owner of a project must have heard."""
    return closed_on + timedelta(days=response_days)
