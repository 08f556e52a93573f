"""What may happen to a ticket, and who may do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from expo.kit.access import Actor
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import P, Role
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus

#: Stages follow each other, but service is not a conveyor belt: steps are skipped, and talks that fail lead back to
#: matching. Every move is allowed; a move back needs a reason (see ``require_stage_move``).
STAGES = Lifecycle({stage: set(TicketStage) for stage in TicketStage}, attribute="stage")
LIFECYCLE = Lifecycle(
    {TicketStatus.OPEN: {TicketStatus.CLOSED}, TicketStatus.CLOSED: {TicketStatus.OPEN}}
)
CARETAKER_ROLES = (Role.CARETAKER, Role.EXTERNAL_CARETAKER)
#: Above this likeness of titles two tickets are shown to a person as likely the same thing.
LIKELY_DUPLICATE = 0.75
#: How many tickets may be handed over in one step: as many as a page of the list can show, several times.
MOST_AT_ONCE = 500
_ORDER = list(TicketStage)
_OUTCOMES_WITH_REASON = {TicketOutcome.NO_MATCH, TicketOutcome.WITHDRAWN, TicketOutcome.DUPLICATE}


@dataclass(frozen=True)
class TicketScope:
    """Which tickets somebody sees: all of some regions, and those they take care of."""

    paths: tuple[str, ...] = ()
    caretaker_id: int | None = None

    def covers(self, region_path: str, caretaker_id: int | None) -> bool:
        """Whether a ticket there and with that caretaker is visible."""
        mine = self.caretaker_id is not None and caretaker_id == self.caretaker_id
        return mine or region_path.startswith(self.paths)


def scope_of(actor: Actor, permission: P = P.POOL_READ) -> TicketScope:
    """What ``actor`` sees by ``permission``; a caretaker's own tickets come with serving."""
    own = actor.person_id if actor.may(P.POOL_SERVE) else None
    return TicketScope(actor.region_paths(permission), own)


def may_manage(actor: Actor, region_path: str) -> bool:
    """Whether the actor organises the pool of this region."""
    return actor.may(P.POOL_MANAGE, region_path=region_path)


def may_serve(actor: Actor, region_path: str, caretaker_id: int | None) -> bool:
    """Whether the actor may visit, plan and close this ticket: its caretaker, or an organiser of its region."""
    own = caretaker_id is not None and caretaker_id == actor.person_id and actor.may(P.POOL_SERVE)
    return own or may_manage(actor, region_path)


def may_open(actor: Actor, region_path: str) -> bool:
    """Organisers and their caretakers find needs and achievements; external caretakers get theirs assigned."""
    return may_manage(actor, region_path) or any(
        grant.role == Role.CARETAKER and region_path.startswith(grant.region_path) for grant in actor.grants
    )


def may_open_somewhere(actor: Actor) -> bool:
    """Whether there is any region in which the actor may open a ticket."""
    return actor.may(P.POOL_MANAGE) or actor.has_role(Role.CARETAKER)


def may_unmask(actor: Actor, region_path: str, caretaker_id: int | None) -> bool:
    """Whether the actor may see the contact in clear: by right, or as the ticket's own, not external, caretaker."""
    if actor.may(P.PEOPLE_UNMASK, region_path=region_path):
        return True
    mine = caretaker_id is not None and caretaker_id == actor.person_id
    return mine and actor.has_role(Role.CARETAKER) and may_serve(actor, region_path, caretaker_id)


def may_export(actor: Actor) -> bool:
    """External caretakers export nothing, whatever else they are."""
    return actor.may(P.POOL_EXPORT) and not (
        actor.has_role(Role.EXTERNAL_CARETAKER) and not actor.may(P.POOL_READ)
    )


def require_may(allowed: bool) -> None:
    """Raise :class:`Forbidden` with the usual sentence unless ``allowed``."""
    if not allowed:
        raise Forbidden(_l("You have no right to do this here. Ask your administrator if you need it."))


def require_open(ticket: Ticket) -> None:
    """A closed ticket is read; whoever wants to go on reopens it first."""
    if ticket.status is TicketStatus.CLOSED:
        raise Refused(_l("Ticket %(number)s is closed. Reopen it before you change anything.", number=ticket.number))


def is_back(now: TicketStage, then: TicketStage) -> bool:
    """Whether ``then`` lies before ``now``."""
    return _ORDER.index(then) < _ORDER.index(now)


def require_stage_move(now: TicketStage, then: TicketStage, note: str) -> None:
    """A ticket goes forward freely and back only with a reason."""
    STAGES.require(now, then)
    if is_back(now, then) and not note.strip():
        raise Refused(
            _l("The ticket goes back from “%(now)s” to “%(then)s”. Say why in the note.",
               now=now.label, then=then.label),
            field="note",
        )


def require_visit(visited_on: date, today: date, note: str, next_due_on: date | None) -> None:
    """A visit has happened and says what was talked about; the next step lies ahead of it."""
    if visited_on > today:
        raise Refused(_l("The visit lies in the future. Record it when it has happened."), field="visited_on")
    if not note.strip():
        raise Refused(_l("Say what was talked about."), field="note")
    if next_due_on is not None and next_due_on < visited_on:
        raise Refused(_l("The next step is due before the visit itself."), field="next_due_on")


def require_outcome(outcome: TicketOutcome | None, note: str) -> None:
    """Closing needs an outcome, and a reason where nothing came of it."""
    if outcome is None:
        raise Refused(_l("Choose what came of it."), field="outcome")
    if outcome in _OUTCOMES_WITH_REASON and not note.strip():
        raise Refused(_l("Say why in a sentence: the owner and the auditors read it."), field="outcome_note")


def require_same_caretakers(
    tickets: list[Ticket], expected: dict[int, int | None]
) -> None:
    """Nobody overrules a colleague unseen: the tickets must have the caretakers that the summary showed."""
    changed = [t.number for t in tickets if t.id in expected and t.caretaker_id != expected[t.id]]
    if changed:
        raise Refused(
            _l("Somebody else has assigned these tickets meanwhile: %(numbers)s. Look at the summary again.",
               numbers=", ".join(changed[:10]) + (" …" if len(changed) > 10 else ""))
        )


def require_texts(title: str, limit: int = 200) -> None:
    """A ticket has a title that fits."""
    if not title.strip():
        raise Refused(_l("Give the ticket a title."), field="title")
    if len(title) > limit:
        raise Refused(_l("The title has more than %(limit)s characters.", limit=limit), field="title")


def searchable_text(ticket: Any) -> str:
    """What a ticket is found by: its number, title, owner, industry and text."""
    return "\n".join((ticket.number, ticket.title, ticket.owner_name, ticket.industry, ticket.description))
