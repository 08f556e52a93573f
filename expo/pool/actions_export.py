"""Taking tickets out of the house: written down each time."""

from __future__ import annotations

from collections.abc import Mapping

from expo.kit.access import Actor
from expo.kit.files import Received, keep_file
from expo.kit.jobs import Job, start_job
from expo.kit.language import _l
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.pool import rules


@action
def note_export(kind: str, rows: int, filters: Mapping[str, str], with_contacts: bool, *, by: Actor) -> None:
    """Write down who took which tickets, and whether with contacts in clear."""
    rules.require_may(rules.may_export(by))
    if with_contacts:
        by.require(P.PEOPLE_UNMASK)
    record("exported", "ticket_list", kind, {"rows": rows, "filters": dict(filters), "with_contacts": with_contacts})


@action
def start_export(kind: str, rows: int, filters: Mapping[str, str], with_contacts: bool, *, by: Actor) -> Job:
    """The same for a file too large to wait for."""
    note_export(kind, rows, filters, with_contacts, by=by)
    arguments = {"kind": kind, "filters": dict(filters), "with_contacts": with_contacts}
    return start_job("pool.export", arguments, by=by, title=_l("Export of tickets"))


@action(history=False)
def keep_export(made: Received, *, by: Actor) -> int:
    """Keep the finished file for its starter."""
    return keep_file(made, by=by).id
