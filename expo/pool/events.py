"""What other rooms want to know about tickets."""

from __future__ import annotations

from dataclasses import dataclass

from expo.pool.models import TicketOutcome, TicketStage


@dataclass(frozen=True)
class TicketStageReached:
    """A ticket went on (or back) to another stage."""

    ticket_id: int
    stage: TicketStage


@dataclass(frozen=True)
class TicketClosed:
    """A ticket's service ended."""

    ticket_id: int
    outcome: TicketOutcome


@dataclass(frozen=True)
class TicketReopened:
    """A closed ticket is served again."""

    ticket_id: int


@dataclass(frozen=True)
class TicketAssigned:
    """A ticket got its caretaker, or another one."""

    ticket_id: int
    caretaker_id: int
    before_id: int | None
