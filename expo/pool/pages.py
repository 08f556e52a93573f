"""What pages of tickets show: history in words, stages as a path, masked contacts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit.history import HIDDEN, HistoryRow
from expo.kit.language import _, _l
from expo.kit.text import mask_email, mask_name, mask_phone
from expo.pool.fields import all_fields, shown
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus, Visit

#: What the actions of this room did, in a word; the desk's timeline uses it as well.
DEEDS: dict[str, Any] = {
    "open_ticket:created": _l("Ticket opened"),
    "edit_ticket:changed": _l("Ticket corrected"),
    "record_visit:changed": _l("Visit recorded"),
    "write_plan:changed": _l("Plan written"),
    "set_next_step:changed": _l("Next step set"),
    "assign_caretaker:changed": _l("Caretaker assigned"),
    "bulk_assign:changed": _l("Caretaker assigned"),
    "close_ticket:changed": _l("Ticket closed"),
    "reopen_ticket:changed": _l("Ticket opened again"),
    "reopen_ticket:reason": _l("Why it was opened again"),
    "unmask_contact:unmasked": _l("Contact looked at"),
    "decide_conflicts:changed": _l("Values of an import taken or kept"),
}
FIELD_LABELS: dict[str, Any] = {
    "number": _l("Number"), "kind": _l("Kind"), "title": _l("Title"), "description": _l("Description"),
    "industry": _l("Industry"), "owner_name": _l("Holder"), "contact_name": _l("Contact person"),
    "contact_phone": _l("Phone"), "contact_email": _l("E-mail"), "stage": _l("Stage"), "status": _l("Status"),
    "outcome": _l("Outcome"), "outcome_note": _l("In a sentence"), "plan": _l("Plan of service"),
    "caretaker_id": _l("Caretaker"), "region_id": _l("Region"), "next_step": _l("Next step"),
    "next_due_on": _l("Due on"), "source": _l("Source"), "reason": _l("Reason"), "fields": _l("Facts of its kind"),
}
_LABELLED: dict[str, Any] = {
    "kind": ProjectKind, "stage": TicketStage, "status": TicketStatus, "outcome": TicketOutcome,
}
_QUIET = {"updated_at", "created_at", "closed_at", "side", "region_path", "import_digest", "synthetic", "organisation_id"}


def timeline(rows: Sequence[HistoryRow], people: Mapping[int, str], regions: Mapping[int, str]) -> list[dict[str, Any]]:
    """History as the timeline component shows it."""
    return [
        {
            "what": DEEDS.get(row.action.removeprefix("pool."), row.action), "who": row.actor, "at": row.at,
            "changes": [] if row.action.endswith(":created") else _changes(row, people, regions),
        }
        for row in rows
    ]


def ids_in(rows: Sequence[HistoryRow], name: str) -> set[int]:
    """The ids that a history names as values of one column."""
    return {i for row in rows for i in row.changes.get(name, []) if isinstance(i, int)}


def _changes(row: HistoryRow, people: Mapping[int, str], regions: Mapping[int, str]) -> list[tuple[Any, Any, Any]]:
    def word(name: str, value: Any) -> Any:
        if value is None or value == HIDDEN:
            return value
        if name in _LABELLED:
            return _LABELLED[name](value).label
        if name == "caretaker_id":
            return people.get(value, value)
        if name == "region_id":
            return regions.get(value, value)
        if name == "fields":
            return fields_in_words(value)
        return value

    return [
        (FIELD_LABELS.get(name, name), word(name, change[0]), word(name, change[1]))
        for name, change in row.changes.items() if name not in _QUIET and isinstance(change, list)
    ]


def fields_in_words(values: Mapping[str, Any]) -> str:
    """A kind's own values in one line."""
    known = all_fields()
    return _("; ").join(f"{known[n].label}{_(': ')}{shown(known[n], v)}" for n, v in values.items() if n in known)


def stage_path(ticket: Ticket, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """The seven stages with the day each was first reached."""
    reached = {visit.stage: visit.visited_on for visit in sorted(visits, key=lambda v: (v.visited_on, v.id), reverse=True)}
    order = list(TicketStage)
    now = order.index(ticket.stage)
    closed = ticket.status is TicketStatus.CLOSED
    return [
        {"label": stage.label, "done": place < now or (closed and place == now),
         "current": place == now and not closed, "at": reached.get(stage)}
        for place, stage in enumerate(order)
    ]


def contact(ticket: Ticket, clear: Mapping[str, str] | None = None) -> dict[str, str]:
    """The contact, masked unless it was asked for in clear."""
    if clear is not None:
        return dict(clear)
    return {
        "contact_name": mask_name(ticket.contact_name), "contact_phone": mask_phone(ticket.contact_phone),
        "contact_email": mask_email(ticket.contact_email) if ticket.contact_email else "",
    }


def conflict_value(name: str, value: Any, regions: Mapping[int, str]) -> Any:
    """One side of a conflict as the page shows it; contacts stay masked."""
    if value is None or value == "":
        return ""
    if name == "contact_phone":
        return mask_phone(str(value))
    if name == "contact_email":
        return mask_email(str(value))
    if name == "contact_name":
        return mask_name(str(value))
    if name == "region_id":
        return regions.get(value, value)
    if name in _LABELLED:
        return _LABELLED[name](value).label
    if name.startswith("fields."):
        return shown(all_fields()[name.removeprefix("fields.")], value)
    return value


def label_of(name: str) -> Any:
    """The word for a ticket's column or for one of the kinds' own fields (``fields.price``)."""
    if name.startswith("fields."):
        return all_fields()[name.removeprefix("fields.")].label
    return FIELD_LABELS.get(name, name)


def summary_of(tickets: Collection[Ticket]) -> list[tuple[str, int]]:
    """Who has how many of the chosen tickets now: what a bulk assignment will change."""
    counts: dict[str, int] = {}
    for ticket in tickets:
        name = ticket.caretaker.name if ticket.caretaker else _("nobody")
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])
