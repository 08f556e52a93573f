"""Opening, serving and closing tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import action, announce, record
from expo.pool import queries, rules
from expo.pool.events import TicketClosed, TicketReopened, TicketStageReached
from expo.pool.fields import all_fields as _all_fields
from expo.pool.fields import parse_fields, typed
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus, Visit, VisitKind


@action
def open_ticket(
    *,
    kind: ProjectKind,
    title: str,
    region_id: int,
    by: Actor,
    description: str | None = "",
    fields: Mapping[str, str | None] | None = None,
    industry: str | None = "",
    organisation_id: int | None = None,
    owner_name: str | None = "",
    contact_name: str | None = "",
    contact_phone: str | None = "",
    contact_email: str | None = "",
    source: str | None = "",
    number: str | None = None,
    synthetic: bool = False,
) -> Ticket:
    """Open a ticket; without a ``number`` it gets the day's next one (D-20261121-0001).

    ``fields`` are the kind's own fields as typed texts. A caretaker who opens one takes care of it.
    """
    region = queries.get_region(region_id)
    rules.require_may(rules.may_open(by, region.path))
    title = title.strip()
    rules.require_texts(title)
    organisation = queries.find_organisation(organisation_id)
    if number is not None and queries.find_ticket(number) is not None:
        raise Refused(_l("There is a ticket with the number %(number)s already.", number=number), field="number")
    ticket = Ticket(
        number=number or new_number(), side=kind.side, kind=kind, title=title, description=description or "",
        fields=_checked_fields(kind, fields or {}), industry=industry or "", region_id=region.id,
        region_path=region.path, organisation_id=organisation_id,
        owner_name=owner_name or (organisation.name if organisation else ""), contact_name=contact_name or "",
        contact_phone=contact_phone or "", contact_email=contact_email or "", source=source or "", synthetic=synthetic,
        caretaker_id=None if rules.may_manage(by, region.path) else by.person_id,
    )
    ticket.search_text = bigrams(rules.searchable_text(ticket))
    db.session.add(ticket)
    db.session.flush()
    return ticket


def new_number() -> str:
    """The day's next number, unique because it is counted up in the database."""
    today = clock.today(current_config().timezone)
    return f"D-{today:%Y%m%d}-{queries.next_number(today):04d}"


@action
def edit_ticket(
    ticket_id: int,
    *,
    title: str,
    region_id: int,
    by: Actor,
    kind: ProjectKind | None = None,
    description: str | None = "",
    fields: Mapping[str, str | None] | None = None,
    industry: str | None = "",
    owner_name: str | None = "",
    contact_name: str | None = None,
    contact_phone: str | None = None,
    contact_email: str | None = None,
    source: str | None = None,
) -> Ticket:
    """Correct what a ticket says. ``None`` for a contact or the source leaves it as it is."""
    ticket = _served(ticket_id, by)
    region = queries.get_region(region_id)
    if region.id != ticket.region_id:
        rules.require_may(rules.may_manage(by, ticket.region_path) and rules.may_manage(by, region.path))
    rules.require_texts(title.strip())
    ticket.kind = kind or ticket.kind
    ticket.side = ticket.kind.side
    ticket.title, ticket.description = title.strip(), description or ""
    ticket.fields = _checked_fields(ticket.kind, fields or {})
    ticket.industry, ticket.owner_name = industry or "", owner_name or ""
    ticket.region_id, ticket.region_path = region.id, region.path
    for name, value in (("contact_name", contact_name), ("contact_phone", contact_phone),
                        ("contact_email", contact_email), ("source", source)):
        if value is not None:
            setattr(ticket, name, value)
    _changed(ticket)
    ticket.search_text = bigrams(rules.searchable_text(ticket))
    return ticket


@action
def record_visit(
    ticket_id: int,
    *,
    stage: TicketStage,
    kind: VisitKind,
    visited_on: date,
    note: str | None,
    by: Actor,
    next_step: str | None = "",
    next_due_on: date | None = None,
) -> Visit:
    """Write down a visit; the ticket takes over its stage and what comes next."""
    ticket = _served(ticket_id, by)
    note = (note or "").strip()
    rules.require_visit(visited_on, clock.today(current_config().timezone), note, next_due_on)
    rules.require_stage_move(ticket.stage, stage, note)
    visit = Visit(ticket_id=ticket.id, stage=stage, kind=kind, visited_on=visited_on, note=note, by_id=by.person_id)
    db.session.add(visit)
    reached = stage is not ticket.stage
    ticket.stage = stage
    ticket.next_step, ticket.next_due_on = next_step or "", next_due_on
    _changed(ticket)
    db.session.flush()
    if reached:
        announce(TicketStageReached(ticket.id, stage))
    return visit


@action
def write_plan(ticket_id: int, plan: str | None, *, by: Actor) -> Ticket:
    """The plan of service for this one ticket (一单一策)."""
    ticket = _served(ticket_id, by)
    ticket.plan = (plan or "").strip()
    _changed(ticket)
    return ticket


@action
def set_next_step(ticket_id: int, next_step: str | None, next_due_on: date | None, *, by: Actor) -> Ticket:
    """What is to do next, and until when."""
    ticket = _served(ticket_id, by)
    ticket.next_step, ticket.next_due_on = (next_step or "").strip(), next_due_on
    _changed(ticket)
    return ticket


@action
def close_ticket(ticket_id: int, outcome: TicketOutcome | None, note: str | None = "", *, by: Actor) -> Ticket:
    """End the service with an outcome."""
    ticket = _served(ticket_id, by)
    rules.require_outcome(outcome, note or "")
    assert outcome is not None
    rules.LIFECYCLE.move(ticket, TicketStatus.CLOSED)
    ticket.outcome, ticket.outcome_note, ticket.closed_at = outcome, (note or "").strip(), clock.now()
    ticket.next_step, ticket.next_due_on = "", None
    _changed(ticket)
    db.session.flush()
    announce(TicketClosed(ticket.id, outcome))
    return ticket


@action
def reopen_ticket(ticket_id: int, reason: str | None, *, by: Actor) -> Ticket:
    """Serve a closed ticket again."""
    ticket = queries.get_ticket(ticket_id, rules.scope_of(by), for_update=True)
    rules.require_may(rules.may_serve(by, ticket.region_path, ticket.caretaker_id))
    if not (reason or "").strip():
        raise Refused(_l("Say why the ticket is opened again."), field="reason")
    rules.LIFECYCLE.move(ticket, TicketStatus.OPEN)
    ticket.outcome, ticket.outcome_note, ticket.closed_at = None, "", None
    _changed(ticket)
    db.session.flush()
    record("reason", "ticket", ticket.id, {"reason": [None, (reason or "").strip()]})
    announce(TicketReopened(ticket.id))
    return ticket


@action
def unmask_contact(ticket_id: int, *, by: Actor) -> dict[str, str]:
    """The contact in clear; that it was looked at is written down."""
    ticket = queries.get_ticket(ticket_id, rules.scope_of(by))
    rules.require_may(rules.may_unmask(by, ticket.region_path, ticket.caretaker_id))
    record("unmasked", "ticket", ticket.id, {})
    return {
        "contact_name": ticket.contact_name, "contact_phone": ticket.contact_phone, "contact_email": ticket.contact_email
    }


def _served(ticket_id: int, by: Actor) -> Ticket:
    """The open ticket, locked, if the actor may serve it."""
    ticket = queries.get_ticket(ticket_id, rules.scope_of(by), for_update=True)
    rules.require_may(rules.may_serve(by, ticket.region_path, ticket.caretaker_id))
    rules.require_open(ticket)
    return ticket


def _changed(ticket: Ticket) -> None:
    ticket.updated_at = clock.now()


def _checked_fields(kind: ProjectKind, texts: Mapping[str, Any]) -> dict[str, Any]:
    """Typed texts as values; values that are stored already pass as well."""
    known = _all_fields()
    plain = {name: value if isinstance(value, str) or value is None else typed(known[name], value)
             for name, value in texts.items() if name in known}
    values, errors = parse_fields(kind, plain)
    if errors:
        name, message = next(iter(errors.items()))
        raise Refused(message, field=name)
    return values
