"""The steps of an import: received, columns assigned, checked, stored batch by batch, conflicts decided."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.files import Received, keep_file
from expo.kit.jobs import start_job
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.pool import queries, queries_imports, rules, rules_imports
from expo.pool.importing.cleaning import Cleaned
from expo.pool.importing.comparing import differences
from expo.pool.importing.storing import insert_tickets
from expo.pool.models import Ticket
from expo.pool.models_imports import ImportConflict, ImportStatus, Resolution, TicketImport

COUNTED = ("new", "unchanged", "conflicting", "wrong")
SHOWN_ERRORS = 200
#: How many conflicts one decision may settle: a transaction that others wait for stays short.
DECIDED_AT_ONCE = 2_000
#: How many tickets become searchable in one transaction.
INDEXED_AT_ONCE = 1_000


@action
def receive_import(received: Received, places: Mapping[str, int], sheet_name: str = "", *, by: Actor) -> TicketImport:
    """Keep an uploaded file with a first guess of its columns."""
    by.require(P.POOL_IMPORT)
    file = keep_file(received, by=by)
    started = TicketImport(file_id=file.id, sheet_name=sheet_name, places=dict(places), person_id=by.person_id)
    db.session.add(started)
    db.session.flush()
    return started


@action
def check_import(
    import_id: int, places: Mapping[str, int], defaults: Mapping[str, Any], sheet_name: str = "", *, by: Actor
) -> TicketImport:
    """Take the assigned columns and start the check, which stores nothing."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.require_own(found, by)
    if "title" not in places:
        raise Refused(_l("Say which column is the title: without one no ticket can be opened."), field="title")
    if defaults.get("region_id"):
        by.require(P.POOL_IMPORT, region_path=queries.get_region(int(defaults["region_id"])).path)
    if defaults.get("kind"):
        ProjectKind(defaults["kind"])
    rules_imports.LIFECYCLE.move(found, ImportStatus.CHECKING)
    found.places, found.defaults, found.sheet_name = dict(places), dict(defaults), sheet_name
    found.checked, found.errors, found.failed_file_id = {}, [], None
    db.session.flush()
    job = start_job("pool.check_import", {"import_id": found.id}, by=by, title=_l("Check of imported tickets"))
    found.job_id = job.id
    return found


@action
def finish_check(
    import_id: int, counts: Mapping[str, int], errors: Sequence[Sequence[Any]], failed: Received | None, *, by: Actor
) -> None:
    """Write down what the check found."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.LIFECYCLE.move(found, ImportStatus.CHECKED)
    found.checked = {name: counts.get(name, 0) for name in COUNTED}
    found.errors = [list(error) for error in errors[:SHOWN_ERRORS]]
    found.failed_file_id = keep_file(failed, by=by).id if failed else None


@action
def fail_check(import_id: int, *, by: Actor) -> None:
    """Back to the columns: the file could not be read with these."""
    found = queries_imports.get_import(import_id, for_update=True)
    if found.status is ImportStatus.CHECKING:
        rules_imports.LIFECYCLE.move(found, ImportStatus.RECEIVED)


@action
def confirm_import(import_id: int, *, by: Actor) -> TicketImport:
    """Store the checked rows."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.require_own(found, by)
    rules_imports.require_something_to_store(found)
    rules_imports.LIFECYCLE.move(found, ImportStatus.STORING)
    found.stored, found.row_done = dict.fromkeys(COUNTED, 0), 0
    found.indexed_to = queries_imports.highest_ticket_id()
    job = start_job("pool.store_import", {"import_id": found.id}, by=by, title=_l("Import of tickets"))
    found.job_id = job.id
    return found


@action
def resume_import(import_id: int, *, by: Actor) -> TicketImport:
    """Go on where a stopped or failed job left off: a check begins anew, storing goes on behind its checkpoint."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.require_own(found, by)
    job = queries_imports.find_job_of(found)
    if job is not None and not job.is_finished:
        raise Refused(_l("This import is being worked on. Wait until it has ended."))
    if found.status is ImportStatus.CHECKING:
        rules_imports.LIFECYCLE.move(found, ImportStatus.RECEIVED)
    elif found.status is ImportStatus.STORING:
        found.job_id = start_job("pool.store_import", {"import_id": found.id}, by=by, title=_l("Import of tickets")).id
    else:
        raise Refused(_l("There is nothing to go on with: this import has the state “%(state)s”.", state=found.status.label))
    return found


@action
def drop_import(import_id: int, *, by: Actor) -> None:
    """Give up an import that has stored nothing."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.require_own(found, by)
    rules_imports.LIFECYCLE.move(found, ImportStatus.DROPPED)


@action
def store_batch(
    import_id: int, rows: Sequence[Cleaned], wrong: int, last_row: int, named: Collection[str], *, by: Actor
) -> dict[str, int]:
    """Store one batch with its checkpoint in the same transaction: killed before, it never was; after, it is done."""
    found = queries_imports.get_import(import_id, for_update=True)
    if last_row <= found.row_done:
        return {}
    fresh, unchanged, differing = sorted_out(rows)
    insert_tickets(fresh)
    conflicting = _note_conflicts(import_id, differing, named)
    counts = {"new": len(fresh), "unchanged": unchanged + len(differing) - conflicting, "conflicting": conflicting,
              "wrong": wrong}
    found.stored = {name: found.stored.get(name, 0) + counts[name] for name in COUNTED}
    first_row, found.row_done = found.row_done + 1, last_row
    content = hashlib.sha256("".join(row.number + row.digest for row in fresh).encode()).hexdigest()
    record("stored", "ticket_import", import_id, {"rows": [first_row, last_row], **counts, "new_sha256": content})
    return counts


def sorted_out(rows: Sequence[Cleaned]) -> tuple[list[Cleaned], int, list[Cleaned]]:
    """(rows with new numbers, how many say what they said before, rows to be compared). A number counts once."""
    known = queries_imports.known_digests([row.number for row in rows])
    fresh: dict[str, Cleaned] = {}
    unchanged, differing = 0, []
    for row in rows:
        if row.number in known:
            if known[row.number] == row.digest:
                unchanged += 1
            else:
                differing.append(row)
        elif row.number in fresh:
            if fresh[row.number].digest == row.digest:
                unchanged += 1
            else:
                differing.append(row)
        else:
            fresh[row.number] = row
    return list(fresh.values()), unchanged, differing


def _note_conflicts(import_id: int, rows: Sequence[Cleaned], named: Collection[str]) -> int:
    tickets = queries_imports.list_by_numbers([row.number for row in rows])
    listed = queries_imports.list_known_conflicts(import_id, {ticket.id for ticket in tickets.values()})
    count = 0
    for row in rows:
        ticket = tickets[row.number]
        found = differences(ticket, row, named)
        if not found:
            continue
        count += 1
        if ticket.id not in listed:
            listed.add(ticket.id)
            db.session.add(ImportConflict(import_id=import_id, ticket_id=ticket.id, row_number=row.row,
                                          digest=row.digest, differences=found))
    db.session.flush()
    return count


@action(history=False)
def index_batch(import_id: int, size: int = INDEXED_AT_ONCE) -> int:
    """Make the next imported tickets searchable; returns how many. Their words are a derived thing: no history."""
    found = queries_imports.get_import(import_id, for_update=True)
    rows = queries_imports.list_unindexed(found.indexed_to, size)
    queries_imports.write_search_texts([(bigrams(rules.searchable_text(row)), row.id) for row in rows])
    if rows:
        found.indexed_to = rows[-1].id
    return len(rows)


@action
def finish_import(import_id: int, *, by: Actor) -> TicketImport:
    """All rows are stored and searchable."""
    found = queries_imports.get_import(import_id, for_update=True)
    rules_imports.LIFECYCLE.move(found, ImportStatus.DONE)
    found.finished_at = clock.now()
    record("finished", "ticket_import", found.id, {"counts": found.stored})
    return found


@action
def decide_conflicts(import_id: int, resolution: Resolution, ids: Collection[int] | None = None, *, by: Actor) -> int:
    """Take the file's values for conflicts, or keep ours; all open ones when no ids are given."""
    found = queries_imports.get_import(import_id)
    rules_imports.require_own(found, by)
    if resolution is Resolution.OPEN:
        raise Refused(_l("Choose whether to take the new values or to keep yours."))
    conflicts = queries_imports.list_open_conflicts(import_id, ids, DECIDED_AT_ONCE)
    if not conflicts:
        raise Refused(_l("These conflicts are decided already, or none was chosen."))
    tickets = {t.id: t for t in queries.list_tickets_by_ids([c.ticket_id for c in conflicts], for_update=True)}
    for conflict in conflicts:
        ticket = tickets[conflict.ticket_id]
        by.require(P.POOL_IMPORT, region_path=ticket.region_path)
        if resolution is Resolution.TAKEN:
            _take(ticket, conflict, by)
        # Taken or kept, this content is dealt with: the same file again asks nothing.
        ticket.import_digest = conflict.digest
        conflict.resolution, conflict.decided_by_id, conflict.decided_at = resolution, by.person_id, clock.now()
    return len(conflicts)


def _take(ticket: Ticket, conflict: ImportConflict, by: Actor) -> None:
    """The file's values become the ticket's, unless the ticket says something third by now."""
    rules.require_open(ticket)
    own = dict(ticket.fields)
    for name, (before, after) in conflict.differences.items():
        now = own.get(name.removeprefix("fields.")) if name.startswith("fields.") else getattr(ticket, name)
        if now not in (before, after):
            raise Refused(
                _l("Ticket %(number)s was changed after the import. Keep its values, or import the file again.",
                   number=ticket.number)
            )
        if name == "region_id":
            region = queries.get_region(after)
            by.require(P.POOL_IMPORT, region_path=region.path)
            ticket.region_id, ticket.region_path = region.id, region.path
        elif name == "kind":
            ticket.kind = ProjectKind(after)
            ticket.side = ticket.kind.side
        elif name.startswith("fields."):
            own[name.removeprefix("fields.")] = after
        else:
            setattr(ticket, name, after)
    ticket.fields = own
    ticket.updated_at = clock.now()
    ticket.search_text = bigrams(rules.searchable_text(ticket))


