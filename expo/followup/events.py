"""What other rooms want to know about follow-up."""

from __future__ import annotations

from dataclasses import dataclass

from expo.followup.models import CaseOutcome


@dataclass(frozen=True)
class CaseResponded:
    """The project's owner has been told a dated result (回音)."""

    case_id: int


@dataclass(frozen=True)
class CaseSettled:
    """A case came to rest (着落)."""

    case_id: int
    outcome: CaseOutcome
