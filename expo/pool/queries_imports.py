"""Imports, their conflicts, and what the pool has under the numbers of a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit.db import db, not_found
from expo.kit.jobs import Job, find_job
from expo.kit.paging import Order, Page, keyset_page
from expo.places.models import Region
from expo.pool.models import Ticket
from expo.pool.models_imports import ImportConflict, Resolution, TicketImport


def get_import(import_id: int, *, for_update: bool = False) -> TicketImport:
    """An import with its file and job."""
    statement = sa.select(TicketImport).where(TicketImport.id == import_id)
    if for_update:
        statement = statement.with_for_update(of=TicketImport).execution_options(populate_existing=True)
    else:
        statement = statement.options(
            joinedload(TicketImport.file), joinedload(TicketImport.job), joinedload(TicketImport.person)
        ).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found


def find_job_of(found: TicketImport) -> Job | None:
    """The job that works on an import, as it stands now."""
    return find_job(found.job_id) if found.job_id is not None else None


def list_imports(person_id: int | None, cursor: str | None, size: int = 25) -> Page[TicketImport]:
    """Imports, newest first; one person's, or everybody's."""
    statement = sa.select(TicketImport).options(joinedload(TicketImport.file), joinedload(TicketImport.person))
    if person_id is not None:
        statement = statement.where(TicketImport.person_id == person_id)
    return keyset_page(statement, [Order(TicketImport.id, descending=True)], cursor, size)


def known_digests(numbers: Sequence[str]) -> dict[str, str | None]:
    """Number → what its import said, for those of ``numbers`` that the pool has; one statement for any number of them."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(
            "SELECT number, import_digest FROM ticket WHERE number = ANY(%s)", (list(numbers),)
        )
    else:
        rows = connection.exec_driver_sql(
            "SELECT number, import_digest FROM ticket WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(numbers),),
        )
    return {row[0]: row[1] for row in rows}


def list_by_numbers(numbers: Sequence[str]) -> dict[str, Ticket]:
    """Tickets by number, for comparing them with a file."""
    if not numbers:
        return {}
    found = db.session.scalars(sa.select(Ticket).where(Ticket.number.in_(numbers)))
    return {ticket.number: ticket for ticket in found}


def highest_ticket_id() -> int:
    """The id of the newest ticket."""
    return db.session.scalar(sa.select(sa.func.max(Ticket.id))) or 0


def list_unindexed(after_id: int, limit: int) -> list[Any]:
    """Tickets beyond ``after_id`` that are not searchable yet: id, number, title, owner, industry, description."""
    statement = (
        sa.select(Ticket.id, Ticket.number, Ticket.title, Ticket.owner_name, Ticket.industry, Ticket.description)
        .where(Ticket.id > after_id, Ticket.search_text == "")
        .order_by(Ticket.id)
        .limit(limit)
    )
    return list(db.session.execute(statement))


def write_search_texts(texts: Sequence[tuple[str, int]]) -> None:
    """Make tickets searchable: (text, id). One statement for all: SQLite writes out the word index before each."""
    if not texts:
        return
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "UPDATE ticket SET search_text = words.text FROM unnest(%s::text[], %s::bigint[]) AS words (text, id) "
            "WHERE ticket.id = words.id",
            ([text for text, _ in texts], [ticket_id for _, ticket_id in texts]),
        )
        return
    connection.exec_driver_sql(
        "UPDATE ticket SET search_text = words.value FROM json_each(?) AS words WHERE ticket.id = words.key",
        (json.dumps({ticket_id: text for text, ticket_id in texts}, ensure_ascii=False),),
    )


def list_known_conflicts(import_id: int, ticket_ids: Collection[int]) -> set[int]:
    """Which of the tickets are listed as conflicts of this import already."""
    return set(
        db.session.scalars(
            sa.select(ImportConflict.ticket_id).where(
                ImportConflict.import_id == import_id, ImportConflict.ticket_id.in_(list(ticket_ids))
            )
        )
    )


def page_of_conflicts(
    import_id: int, resolution: Resolution | None, cursor: str | None, size: int
) -> Page[ImportConflict]:
    """Conflicts in the order of the file's rows, with their tickets."""
    statement = (
        sa.select(ImportConflict)
        .where(ImportConflict.import_id == import_id)
        .options(joinedload(ImportConflict.ticket).load_only(Ticket.id, Ticket.number, Ticket.title))
    )
    if resolution is not None:
        statement = statement.where(ImportConflict.resolution == resolution)
    return keyset_page(statement, [Order(ImportConflict.id)], cursor, size)


def count_conflicts(import_id: int) -> dict[Resolution, int]:
    """Conflicts by what became of them."""
    rows = db.session.execute(
        sa.select(ImportConflict.resolution, sa.func.count())
        .where(ImportConflict.import_id == import_id)
        .group_by(ImportConflict.resolution)
    )
    return {row[0]: row[1] for row in rows}


def list_open_conflicts(import_id: int, ids: Collection[int] | None, limit: int) -> list[ImportConflict]:
    """Undecided conflicts, all or those chosen, locked."""
    statement = sa.select(ImportConflict).where(
        ImportConflict.import_id == import_id, ImportConflict.resolution == Resolution.OPEN
    )
    if ids is not None:
        statement = statement.where(ImportConflict.id.in_(list(ids)))
    return list(db.session.scalars(statement.order_by(ImportConflict.id).limit(limit).with_for_update()))


def region_names(ids: Collection[int]) -> dict[int, str]:
    """Names of regions by id."""
    if not ids:
        return {}
    return {r.id: str(r.label) for r in db.session.scalars(sa.select(Region).where(Region.id.in_(list(ids))))}

