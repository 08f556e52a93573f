"""Candidates as others look them up, one by one and for decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from expo.kit.db import db, in_regions, not_found
from expo.places.models import Region
from expo.pool.models import Ticket
from expo.shortlist.models import Candidate


def find_candidate_of(edition_id: int, ticket_id: int) -> Candidate | None:
    """A ticket's candidacy in an edition."""
    return db.session.scalar(
        sa.select(Candidate).where(Candidate.edition_id == edition_id, Candidate.ticket_id == ticket_id)
    )


def list_candidacies(ticket_id: int) -> list[Candidate]:
    """A ticket's candidacies in all editions with those editions, newest first: its history across the years."""
    return list(db.session.scalars(
        sa.select(Candidate).where(Candidate.ticket_id == ticket_id)
        .options(sa.orm.joinedload(Candidate.edition)).order_by(Candidate.id.desc())
    ))


def get_candidate(candidate_id: int, edition_id: int, paths: Iterable[str]) -> Candidate:
    """A candidate of this edition within these regions, with all that its page shows."""
    found = db.session.scalar(
        sa.select(Candidate)
        .where(Candidate.id == candidate_id, Candidate.edition_id == edition_id,
               in_regions(Candidate.region_path, paths))
        .options(
            sa.orm.joinedload(Candidate.ticket).joinedload(Ticket.organisation),
            sa.orm.joinedload(Candidate.industry), sa.orm.joinedload(Candidate.region),
            sa.orm.joinedload(Candidate.city), sa.orm.joinedload(Candidate.nominated_by),
            sa.orm.joinedload(Candidate.endorsed_by), sa.orm.joinedload(Candidate.decided_by),
            sa.orm.joinedload(Candidate.released_by), sa.orm.joinedload(Candidate.released_decider),
        )
    )
    if found is None:
        raise not_found()
    return found


def list_for_update(edition_id: int, ids: Sequence[int], paths: Iterable[str]) -> list[Candidate]:
    """Candidates of this edition within these regions, locked, in the order of their numbers.

    One that is missing is :class:`NotFound`: what one may not see cannot be changed along with the rest.
    """
    wanted = sorted(set(ids))
    found: list[Candidate] = []
    for start in range(0, len(wanted), 500):
        found += db.session.scalars(
            sa.select(Candidate)
            .where(Candidate.id.in_(wanted[start:start + 500]), Candidate.edition_id == edition_id,
                   in_regions(Candidate.region_path, paths))
            .order_by(Candidate.id).with_for_update().execution_options(populate_existing=True)
        )
    if len(found) != len(wanted):
        raise not_found()
    return found


def list_tickets_by_id(ids: Sequence[int], paths: Iterable[str] | None = None) -> list[Ticket]:
    """Tickets by number, within these regions if given; one that is missing is :class:`NotFound`."""
    wanted = sorted(set(ids))
    found: list[Ticket] = []
    for start in range(0, len(wanted), 500):
        statement = sa.select(Ticket).where(Ticket.id.in_(wanted[start:start + 500])).order_by(Ticket.id)
        if paths is not None:
            statement = statement.where(in_regions(Ticket.region_path, paths))
        found += db.session.scalars(statement)
    if len(found) != len(wanted):
        raise not_found()
    return found


def ids_by_path(paths: Iterable[str]) -> dict[str, int]:
    """The regions at these paths."""
    rows = db.session.execute(sa.select(Region.path, Region.id).where(Region.path.in_(sorted(set(paths)))))
    return {str(path): int(region_id) for path, region_id in rows}


def list_ticket_ids_of(edition_id: int, ticket_ids: Sequence[int]) -> set[int]:
    """Those of ``ticket_ids`` that are candidates of the edition already."""
    found: set[int] = set()
    for start in range(0, len(ticket_ids), 500):
        found |= set(db.session.scalars(
            sa.select(Candidate.ticket_id).where(
                Candidate.edition_id == edition_id, Candidate.ticket_id.in_(ticket_ids[start:start + 500])
            )
        ))
    return found
