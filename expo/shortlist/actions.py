"""Nominating, endorsing, handing in again, and carrying over from one edition to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage, get_edition_by_id, list_industries, list_stages
from expo.editions.rules import require_not_archived, require_open
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.pool.models import Ticket
from expo.shortlist import queries
from expo.shortlist.models import Candidate, CandidateStatus
from expo.shortlist.rules import (
    LIFECYCLE,
    city_path,
    find_industry,
    require_completion_open,
    require_nominable,
)


@action
def nominate_tickets(edition_id: int, ticket_ids: Sequence[int], note: str = "", *, by: Actor) -> list[int]:
    """Make tickets of one's own regions candidates; those that are candidates already are left as they are.

    Returns the new candidates' numbers.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    require_open(find_stage(edition_id, StageKind.NOMINATION), StageKind.NOMINATION, clock.now())
    paths = by.region_paths(P.SHORTLIST_NOMINATE, edition_id)
    tickets = queries.list_tickets_by_id(ticket_ids, paths)
    known = queries.list_ticket_ids_of(edition_id, [ticket.id for ticket in tickets])
    fresh = [ticket for ticket in tickets if ticket.id not in known]
    for ticket in fresh:
        require_nominable(ticket)
    return [one.id for one in _add(edition, fresh, note, by)]


@action
def nominate_ticket(ticket_id: int, edition_id: int, note: str = "", *, by: Actor) -> int:
    """Nominate one ticket and return its candidate's number; refused when it is a candidate already."""
    added = nominate_tickets(edition_id, [ticket_id], note, by=by)
    if not added:
        raise Refused(_l("This ticket is a candidate of this edition already."))
    return added[0]


@action
def carry_over(ticket_id: int, edition_id: int, note: str, *, by: Actor) -> int:
    """Make a ticket a candidate of a later edition (转下届) and return its candidate's number.

    Done again it changes nothing. The call's dates do not matter: what follow-up passes on is never too early, and
    whoever carries it over answers for the right to do so.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    found = queries.find_candidate_of(edition_id, ticket_id)
    if found is not None:
        return found.id
    added = _add(edition, queries.list_tickets_by_id([ticket_id]), note, by)[0]
    added.is_carried_over = True
    return added.id


def _add(edition: Edition, tickets: Iterable[Ticket], note: str, by: Actor) -> list[Candidate]:
    listed = list(tickets)
    cities = queries.ids_by_path(city_path(ticket.region_path) for ticket in listed)
    industries = list_industries(edition.id)
    added = []
    for ticket in listed:
        industry = find_industry(ticket.industry, industries)
        added.append(Candidate(
            edition_id=edition.id, ticket_id=ticket.id, side=ticket.side, kind=ticket.kind,
            industry_id=industry.id if industry else None, region_id=ticket.region_id,
            region_path=ticket.region_path, city_id=cities[city_path(ticket.region_path)],
            nominated_by_id=by.person_id, nominated_at=clock.now(), nomination_note=note,
        ))
    db.session.add_all(added)
    db.session.flush()
    return added


@action
def endorse_candidates(edition_id: int, candidate_ids: Sequence[int], *, by: Actor) -> int:
    """The city stands behind nominations of its counties; returns how many."""
    require_not_archived(get_edition_by_id(edition_id))
    require_open(find_stage(edition_id, StageKind.ENDORSEMENT), StageKind.ENDORSEMENT, clock.now())
    candidates = queries.list_for_update(
        edition_id, candidate_ids, by.region_paths(P.SHORTLIST_ENDORSE, edition_id)
    )
    for candidate in candidates:
        LIFECYCLE.move(candidate, CandidateStatus.ENDORSED)
        candidate.endorsed_by_id, candidate.endorsed_at = by.person_id, clock.now()
        _forget_decision(candidate)
    return len(candidates)


@action
def send_back(edition_id: int, candidate_id: int, reason: str, *, by: Actor) -> None:
    """The city returns a nomination to its county for completion, before anything has been decided."""
    require_not_archived(get_edition_by_id(edition_id))
    require_open(find_stage(edition_id, StageKind.ENDORSEMENT), StageKind.ENDORSEMENT, clock.now())
    if not reason.strip():
        raise Refused(_l("Say what is missing, so that the nominator can complete it."), field="reason")
    candidate = queries.list_for_update(
        edition_id, [candidate_id], by.region_paths(P.SHORTLIST_ENDORSE, edition_id)
    )[0]
    if candidate.status is not CandidateStatus.NOMINATED:
        raise Refused(_l("Only a nomination that nobody has endorsed yet can be sent back."))
    LIFECYCLE.move(candidate, CandidateStatus.RETURNED)
    candidate.reason = reason.strip()


@action
def hand_in_again(edition_id: int, candidate_id: int, note: str, industry_id: int | None = None,
                  *, by: Actor) -> None:
    """The nominator has completed a returned candidate: it starts anew, with what its ticket says now."""
    require_not_archived(get_edition_by_id(edition_id))
    require_completion_open(list_stages(edition_id), clock.now())
    candidate = queries.list_for_update(
        edition_id, [candidate_id], by.region_paths(P.SHORTLIST_NOMINATE, edition_id)
    )[0]
    LIFECYCLE.move(candidate, CandidateStatus.NOMINATED)
    ticket = queries.list_tickets_by_id([candidate.ticket_id])[0]
    industries = list_industries(edition_id)
    chosen = next((i for i in industries if i.id == industry_id), None) or find_industry(ticket.industry, industries)
    candidate.side, candidate.kind = ticket.side, ticket.kind
    candidate.industry_id = chosen.id if chosen else candidate.industry_id
    candidate.nominated_by_id, candidate.nominated_at, candidate.nomination_note = by.person_id, clock.now(), note
    candidate.endorsed_by_id = candidate.endorsed_at = candidate.score = candidate.place = None
    candidate.released_by_id = candidate.released_decider_id = candidate.released_at = candidate.told_at = None
    candidate.hurdle, candidate.reason = None, ""


@action
def withdraw_nomination(edition_id: int, candidate_id: int, *, by: Actor) -> None:
    """Take back a nomination made by mistake, before anybody has endorsed or decided anything."""
    require_not_archived(get_edition_by_id(edition_id))
    candidate = queries.list_for_update(
        edition_id, [candidate_id], by.region_paths(P.SHORTLIST_NOMINATE, edition_id)
    )[0]
    if candidate.status is not CandidateStatus.NOMINATED or candidate.pending_decision is not None:
        raise Refused(_l("Only a nomination that nobody has endorsed or decided about can be taken back."))
    db.session.delete(candidate)


def _forget_decision(candidate: Candidate) -> None:
    candidate.pending_decision = candidate.decided_by_id = candidate.decided_at = None
    candidate.is_proposed = False
