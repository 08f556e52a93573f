"""What may happen to candidates, decisions and notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from expo.editions.gbt4754 import covers
from expo.editions.models import Industry, Stage, StageKind
from expo.editions.rules import is_open
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.pool.models import Ticket, TicketOutcome
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Notice

LIFECYCLE = Lifecycle(
    {
        CandidateStatus.NOMINATED: {CandidateStatus.ENDORSED, CandidateStatus.RETURNED, CandidateStatus.DECLINED},
        CandidateStatus.ENDORSED: {
            CandidateStatus.UNDER_REVIEW, CandidateStatus.RETURNED, CandidateStatus.DECLINED,
        },
        CandidateStatus.UNDER_REVIEW: {
            CandidateStatus.SELECTED, CandidateStatus.RESERVE, CandidateStatus.DECLINED, CandidateStatus.RETURNED,
        },
        # A reserve moves up when a place falls free; the others are told in the end.
        CandidateStatus.RESERVE: {CandidateStatus.SELECTED, CandidateStatus.DECLINED},
        # Only an upheld objection takes a selected candidate off the list.
        CandidateStatus.SELECTED: {CandidateStatus.DECLINED},
        CandidateStatus.DECLINED: set(),
        CandidateStatus.RETURNED: {CandidateStatus.NOMINATED, CandidateStatus.DECLINED},
    }
)

#: What a candidate becomes when a decision is released.
BECOMES = {
    Decision.SELECTED: CandidateStatus.SELECTED,
    Decision.RESERVE: CandidateStatus.RESERVE,
    Decision.DECLINED: CandidateStatus.DECLINED,
    Decision.RETURNED: CandidateStatus.RETURNED,
}
#: Decisions that must say why.
NEEDS_REASON = frozenset({Decision.DECLINED, Decision.RETURNED})


def require_nominable(ticket: Ticket) -> None:
    """A ticket that was withdrawn or is a duplicate is nobody's candidate."""
    if ticket.outcome in {TicketOutcome.DUPLICATE, TicketOutcome.WITHDRAWN}:
        raise Refused(_l("Ticket %(number)s was closed as “%(outcome)s” and cannot be nominated.",
                         number=ticket.number, outcome=ticket.outcome.label))


def require_decidable(candidate: Candidate, decision: Decision, reason: str) -> None:
    """A decision must be one the candidate's status allows, and a hard one must say why."""
    LIFECYCLE.require(candidate.status, BECOMES[decision])
    if decision in NEEDS_REASON and not reason.strip():
        raise Refused(_l("Say why: the nominator and the owner will read this reason."), field="reason")


def require_second_person(candidates: Sequence[Candidate], person_id: int | None) -> None:
    """Whoever decided does not release: at least one decision must be somebody else's."""
    if not candidates:
        raise Refused(_l("No decision is pending. Decide first, then let a second person release."))
    if person_id is None or all(one.decided_by_id == person_id for one in candidates):
        raise Refused(_l("All pending decisions are your own. A second person must release them."))


def digest_of(decisions: Iterable[tuple[int, Decision | None]]) -> str:
    """A short mark of a set of decisions: the same decisions give the same mark."""
    text = ",".join(f"{number}:{decision}" for number, decision in sorted(decisions))
    return sha256(text.encode()).hexdigest()[:16]


def version_of(candidate: Candidate) -> str:
    """What somebody saw of a candidate before deciding: status and pending decision."""
    return f"{candidate.status}/{candidate.pending_decision or ''}/{candidate.decided_by_id or ''}"


def require_unchanged(candidate: Candidate, seen: str | None) -> None:
    """Two people decide at once: the second one is told instead of overwriting the first."""
    if seen is not None and seen != version_of(candidate):
        raise Refused(_l("Somebody else has decided about this candidate meanwhile. Look at it again."))


def require_same(seen: str, now: str) -> None:
    """What is released must be what was shown."""
    if seen != now:
        raise Refused(_l("The decisions have changed since you looked. Check the summary again, then release."))


def require_completion_open(stages: Iterable[Stage], at: datetime) -> None:
    """A returned candidate may be handed in again until the review ends."""
    kinds = {StageKind.NOMINATION, StageKind.ENDORSEMENT, StageKind.REVIEW}
    if not any(stage.kind in kinds and is_open(stage, at) for stage in stages):
        raise Refused(_l("Nomination, endorsement and review are all closed, so nothing can be handed in again."))


def require_noticed(notice: Notice, at: datetime) -> None:
    """Objections are taken between a notice's opening and closing."""
    if notice.finalised_at is not None or not notice.opens_at <= at < notice.closes_at:
        raise Refused(_l("The time for objections to this notice is over or has not begun."))


def require_finalisable(notice: Notice, unanswered: int, pending: int, at: datetime, upheld: int = 0) -> None:
    """A list is final after its time, with every objection answered and nothing left undecided.

    ``upheld`` counts candidates that stand on the list although an objection to them was upheld.
    """
    if notice.finalised_at is not None:
        raise Refused(_l("This list is final already."))
    if at < notice.closes_at:
        raise Refused(_l("The public notice is still open. The list becomes final after it has closed."))
    if unanswered:
        raise Refused(_l("%(n)s objections are not answered yet. Answer each of them first.", n=unanswered))
    if pending:
        raise Refused(_l("%(n)s decisions about candidates on this list are pending. Release or take them back first.",
                         n=pending))
    if upheld:
        raise Refused(_l("%(n)s candidates stand on the list although an objection to them was upheld. Decline them first.",
                         n=upheld))


def find_industry(text: str, industries: Iterable[Industry]) -> Industry | None:
    """The edition's industry that a ticket's word means: its name, its code, or a GB/T 4754 code it is mapped to."""
    wanted = text.strip()
    if not wanted:
        return None
    listed = list(industries)
    exact = (i for i in listed if wanted in {i.name, i.code, i.name_en})
    return next(exact, None) or next((i for i in listed if covers(i.gbt_codes, wanted)), None)


def city_path(region_path: str) -> str:
    """The part of a path that counts against a quota: the city, or the province for what lies in no city."""
    keys = region_path.strip("/").split("/")
    return "/" + "/".join(keys[:2]) + "/"
