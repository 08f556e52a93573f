"""What happened to a candidate, in sentences."""

from __future__ import annotations

from typing import Any

from expo.kit.history import list_history
from expo.kit.language import _l
from expo.kit.timeline import Line, timeline_of
from expo.shortlist.models import CandidateStatus, Decision, Hurdle

SENTENCES: dict[str, Any] = {
    "nominate_tickets": _l("Nominated"),
    "nominate_ticket": _l("Nominated"),
    "carry_over": _l("Passed on from an earlier edition"),
    "settle_case": _l("Passed on from an earlier edition"),
    "endorse_candidates": _l("Endorsed by the city"),
    "send_back": _l("Sent back for completion"),
    "hand_in_again": _l("Completed and handed in again"),
    "send_to_review": _l("Sent to review"),
    "close_panel": _l("Panel closed, results computed"),
    "tick_panels": _l("Panel closed, results computed"),
    "propose": _l("Decision proposed by the quotas"),
    "decide": _l("Decided, waiting for release"),
    "take_back": _l("Decision taken back"),
    "release": _l("Decision released"),
    "publish_notice": _l("Put on public notice"),
    "answer_objection": _l("Objection answered"),
    "finalise_notice": _l("The list became final"),
}
FIELDS: dict[str, Any] = {
    "status": (_l("Status"), CandidateStatus), "pending_decision": (_l("Pending decision"), Decision),
    "reason": _l("Reason"), "hurdle": (_l("What stood in the way"), Hurdle), "place": _l("Rank"),
    "score": _l("Score in hundredths"), "nomination_note": _l("Note"),
}


def candidate_timeline(candidate_id: int) -> list[Line]:
    """The candidate's history, newest first."""
    return timeline_of(list_history("candidate", candidate_id, limit=60), SENTENCES, FIELDS)
