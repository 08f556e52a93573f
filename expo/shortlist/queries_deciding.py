"""What proposals, releases and the grid of quotas are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expo.judging.models import Panel, PanelStatus, Submission
from expo.kit.db import db, in_regions
from expo.people.models import Organisation, Person
from expo.places.models import Region
from expo.pool.models import Ticket
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Hurdle


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate as the proposal sees it."""

    id: int
    status: CandidateStatus
    score: int | None
    city_id: int
    kind: str
    nominated_at: datetime
    pending: Decision | None
    is_proposed: bool
    place: int | None
    hurdle: Hurdle | None


@dataclass(frozen=True)
class CellCount:
    """Candidates of one city and kind by where they stand; ``line`` is the lowest score that gets in."""

    nominated: int = 0
    endorsed: int = 0
    under_review: int = 0
    selected: int = 0
    reserve: int = 0
    declined: int = 0
    pending_selected: int = 0
    pending_reserve: int = 0
    line: int | None = None

    @property
    def inside(self) -> int:
        """Who is in, decided or pending."""
        return self.selected + self.pending_selected

    @property
    def waiting(self) -> int:
        """Who is in reserve, decided or pending."""
        return self.reserve + self.pending_reserve

    @property
    def total(self) -> int:
        """All that came."""
        return (self.nominated + self.endorsed + self.under_review + self.selected + self.reserve + self.declined)


def list_standings(edition_id: int) -> list[Standing]:
    """Everybody whom the quotas concern: under review, in reserve or selected."""
    rows = db.session.execute(
        sa.select(Candidate.id, Candidate.status, Candidate.score, Candidate.city_id, Candidate.kind,
                  Candidate.nominated_at, Candidate.pending_decision, Candidate.is_proposed, Candidate.place,
                  Candidate.hurdle)
        .where(Candidate.edition_id == edition_id, Candidate.status.in_([
            CandidateStatus.UNDER_REVIEW, CandidateStatus.RESERVE, CandidateStatus.SELECTED]))
        .order_by(Candidate.id).with_for_update()
    )
    return [Standing(*tuple(row)) for row in rows]


def count_cells(edition_id: int, paths: Iterable[str]) -> dict[tuple[int, str], CellCount]:
    """How many candidates stand where, by city and kind."""
    def number(condition: sa.ColumnElement[bool]) -> Any:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    settled = Candidate.status == CandidateStatus.SELECTED
    entering = Candidate.pending_decision == Decision.SELECTED
    leaving = sa.and_(settled, Candidate.pending_decision.is_not(None))
    rows = db.session.execute(
        sa.select(
            Candidate.city_id, Candidate.kind,
            number(Candidate.status.in_([CandidateStatus.NOMINATED, CandidateStatus.RETURNED])),
            number(Candidate.status == CandidateStatus.ENDORSED),
            number(Candidate.status == CandidateStatus.UNDER_REVIEW),
            number(sa.and_(settled, sa.not_(leaving))),
            number(sa.and_(Candidate.status == CandidateStatus.RESERVE, sa.func.coalesce(entering, sa.false()) == sa.false())),
            number(Candidate.status == CandidateStatus.DECLINED),
            number(entering), number(Candidate.pending_decision == Decision.RESERVE),
            sa.func.min(sa.case((sa.or_(settled, entering), Candidate.score), else_=None)),
        )
        .where(Candidate.edition_id == edition_id, in_regions(Candidate.region_path, paths))
        .group_by(Candidate.city_id, Candidate.kind)
    )
    return {(row[0], str(row[1])): CellCount(*row[2:]) for row in rows}


def list_pending(edition_id: int, paths: Iterable[str], *, for_update: bool = False) -> list[Candidate]:
    """All candidates with a pending decision."""
    statement = sa.select(Candidate).where(
        Candidate.edition_id == edition_id, Candidate.pending_decision.is_not(None),
        in_regions(Candidate.region_path, paths),
    ).order_by(Candidate.id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(statement))


def list_pending_pairs(edition_id: int, paths: Iterable[str], but_by: int | None) -> list[tuple[int, Decision, int]]:
    """(candidate, decision, decided by) of everything pending that ``but_by`` did not decide."""
    rows = db.session.execute(
        sa.select(Candidate.id, Candidate.pending_decision, Candidate.decided_by_id).where(
            Candidate.edition_id == edition_id, Candidate.pending_decision.is_not(None),
            Candidate.decided_by_id != but_by, in_regions(Candidate.region_path, paths),
        )
    )
    return [(number, decision, by) for number, decision, by in rows if decision is not None and by is not None]


def count_pending(edition_id: int, paths: Iterable[str]) -> list[tuple[Decision, str, int, int]]:
    """Pending decisions by what and by whom: (decision, name, person, number)."""
    rows = db.session.execute(
        sa.select(Candidate.pending_decision, Person.name, Candidate.decided_by_id, sa.func.count())
        .join(Person, Person.id == Candidate.decided_by_id)
        .where(Candidate.edition_id == edition_id, in_regions(Candidate.region_path, paths))
        .group_by(Candidate.pending_decision, Person.name, Candidate.decided_by_id)
        .order_by(Candidate.pending_decision)
    )
    return [(decision, name, person_id, number) for decision, name, person_id, number in rows
            if decision is not None and person_id is not None]


def list_untold(edition_id: int, released_at: datetime, limit: int) -> list[Candidate]:
    """Candidates of one release whose people have not been written to, with ticket, organisation and nominator."""
    return list(db.session.scalars(
        sa.select(Candidate)
        .where(Candidate.edition_id == edition_id, Candidate.released_at == released_at, Candidate.told_at.is_(None))
        .options(sa.orm.joinedload(Candidate.ticket), sa.orm.joinedload(Candidate.edition),
                 sa.orm.joinedload(Candidate.nominated_by))
        .order_by(Candidate.nominated_by_id, Candidate.id).limit(limit).with_for_update(of=Candidate)
        .execution_options(populate_existing=True)
    ))


def count_untold(edition_id: int, released_at: datetime) -> int:
    """How many are still to be told."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Candidate).where(
            Candidate.edition_id == edition_id, Candidate.released_at == released_at, Candidate.told_at.is_(None))
    ) or 0


def list_for_review(candidate_ids: list[int]) -> dict[int, tuple[Ticket, str, str, str]]:
    """Ticket, city, organisation and industry's own word of candidates, for what reviewers read."""
    found: dict[int, tuple[Ticket, str, str, str]] = {}
    for start in range(0, len(candidate_ids), 500):
        rows = db.session.execute(
            sa.select(Candidate.id, Ticket, Region.name, Organisation.name)
            .join(Ticket, Ticket.id == Candidate.ticket_id).join(Region, Region.id == Candidate.city_id)
            .outerjoin(Organisation, Organisation.id == Ticket.organisation_id)
            .where(Candidate.id.in_(candidate_ids[start:start + 500]))
        )
        found |= {number: (ticket, city, organisation or ticket.owner_name, ticket.industry)
                  for number, ticket, city, organisation in rows}
    return found


def list_reviewed(panel_id: int) -> list[int]:
    """Candidates under review whose submissions a panel has."""
    return list(db.session.scalars(
        sa.select(Candidate.id).join(
            Submission, sa.and_(Submission.record_type == "candidate", Submission.record_id == Candidate.id)
        ).where(Submission.panel_id == panel_id, Candidate.status == CandidateStatus.UNDER_REVIEW)
    ))


def list_panels_of(candidate_id: int) -> list[tuple[Panel, int]]:
    """The panels that score a candidate, with the number of its submission; newest first."""
    rows = db.session.execute(
        sa.select(Panel, Submission.id).join(Submission, Submission.panel_id == Panel.id)
        .where(Submission.record_type == "candidate", Submission.record_id == candidate_id).order_by(Panel.id.desc())
    )
    return [(panel, number) for panel, number in rows]


def count_open_panels(edition_id: int) -> int:
    """Panels of the edition that have not closed: their scores are still missing in a ranking."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Panel).where(
            Panel.edition_id == edition_id, Panel.status != PanelStatus.CLOSED)
    ) or 0
