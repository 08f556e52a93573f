"""Public notices, what stands on them, and objections."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from expo.kit.db import db, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.kit.search import search_clause
from expo.pool.models import Ticket
from expo.shortlist.models import Candidate, CandidateStatus, Notice, Objection


def list_notices(edition_id: int) -> list[Notice]:
    """The edition's notices, newest first."""
    return list(db.session.scalars(
        sa.select(Notice).where(Notice.edition_id == edition_id).order_by(Notice.opens_at.desc(), Notice.id.desc())
    ))


def list_public_notices(edition_id: int, at: datetime) -> list[Notice]:
    """Notices that have opened, newest first."""
    return [notice for notice in list_notices(edition_id) if notice.opens_at <= at]


def get_notice(notice_id: int, edition_id: int | None = None, *, for_update: bool = False) -> Notice:
    """A notice (of this edition, if given)."""
    statement = sa.select(Notice).where(Notice.id == notice_id).options(sa.orm.joinedload(Notice.edition, innerjoin=True))
    if edition_id is not None:
        statement = statement.where(Notice.edition_id == edition_id)
    if for_update:
        statement = statement.with_for_update(of=Notice).execution_options(populate_existing=True)
    notice = db.session.scalar(statement)
    if notice is None:
        raise not_found()
    return notice


def list_unnoticed(edition_id: int) -> list[Candidate]:
    """Selected candidates that stand on no notice yet."""
    return list(db.session.scalars(
        sa.select(Candidate).where(
            Candidate.edition_id == edition_id, Candidate.status == CandidateStatus.SELECTED,
            Candidate.notice_id.is_(None),
        ).order_by(Candidate.id).with_for_update().execution_options(populate_existing=True)
    ))


def count_unnoticed(edition_id: int) -> int:
    """How many selected candidates a new notice would show."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Candidate).where(
            Candidate.edition_id == edition_id, Candidate.status == CandidateStatus.SELECTED,
            Candidate.notice_id.is_(None))
    ) or 0


def page_noticed(notice_id: int, q: str, chosen: dict[str, str], cursor: str | None, size: int) -> Page[Candidate]:
    """What stands on a notice, by number."""
    return keyset_page(
        _noticed(notice_id, q, chosen).options(
            sa.orm.contains_eager(Candidate.ticket).load_only(Ticket.number, Ticket.title, Ticket.owner_name)
            .joinedload(Ticket.organisation),
            sa.orm.joinedload(Candidate.city), sa.orm.joinedload(Candidate.industry),
        ),
        [Order(Candidate.id)], cursor, size,
    )


def count_noticed(notice_id: int, q: str = "", chosen: dict[str, str] | None = None) -> int:
    """How many stand on a notice."""
    statement = _noticed(notice_id, q, chosen or {}).with_only_columns(sa.func.count(Candidate.id))
    return db.session.scalar(statement) or 0


def _noticed(notice_id: int, q: str, chosen: dict[str, str]) -> sa.Select[Candidate]:
    statement = sa.select(Candidate).join(Ticket, Ticket.id == Candidate.ticket_id).where(
        Candidate.notice_id == notice_id, Candidate.status == CandidateStatus.SELECTED
    )
    if q:
        statement = statement.where(search_clause(Ticket, q))
    if city := chosen.get("city"):
        statement = statement.where(Candidate.city_id == int(city))
    if kind := chosen.get("kind"):
        statement = statement.where(Candidate.kind == kind)
    return statement


def list_noticed_ids(notice_id: int) -> list[int]:
    """Who stands on a notice and is still selected."""
    return list(db.session.scalars(
        sa.select(Candidate.id).where(Candidate.notice_id == notice_id, Candidate.status == CandidateStatus.SELECTED)
        .order_by(Candidate.id)
    ))


def get_noticed(candidate_id: int, notice_id: int) -> Candidate:
    """A candidate that stands on a notice, with its ticket."""
    found = db.session.scalar(
        sa.select(Candidate).where(Candidate.id == candidate_id, Candidate.notice_id == notice_id,
                                   Candidate.status == CandidateStatus.SELECTED)
        .options(sa.orm.joinedload(Candidate.ticket))
    )
    if found is None:
        raise not_found()
    return found


def count_pending_on(notice_id: int) -> int:
    """Candidates on a notice about whom a decision is pending."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Candidate).where(
            Candidate.notice_id == notice_id, Candidate.pending_decision.is_not(None))
    ) or 0


def count_upheld_on(notice_id: int) -> int:
    """Candidates that are still selected although an objection to them was upheld."""
    return db.session.scalar(
        sa.select(sa.func.count(Candidate.id.distinct())).join(Objection, Objection.candidate_id == Candidate.id).where(
            Candidate.notice_id == notice_id, Candidate.status == CandidateStatus.SELECTED,
            Objection.notice_id == notice_id, Objection.is_upheld.is_(True))
    ) or 0


def count_objections(notice_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Objections of notices: all, and those not answered."""
    rows = db.session.execute(
        sa.select(Objection.notice_id, sa.func.count(),
                  sa.func.sum(sa.case((Objection.answered_at.is_(None), 1), else_=0)))
        .where(Objection.notice_id.in_(notice_ids)).group_by(Objection.notice_id)
    )
    return {notice_id: (all_, int(open_ or 0)) for notice_id, all_, open_ in rows}


def list_objections(notice_id: int) -> list[Objection]:
    """A notice's objections with candidate and ticket, unanswered ones first."""
    return list(db.session.scalars(
        sa.select(Objection).where(Objection.notice_id == notice_id)
        .options(sa.orm.joinedload(Objection.candidate, innerjoin=True).joinedload(Candidate.ticket, innerjoin=True),
                 sa.orm.joinedload(Objection.answered_by))
        .order_by(Objection.answered_at.is_not(None), Objection.id)
    ))


def get_objection(objection_id: int, notice_id: int, *, for_update: bool = False) -> Objection:
    """An objection to a notice, with its candidate and ticket."""
    statement = sa.select(Objection).where(Objection.id == objection_id, Objection.notice_id == notice_id).options(
        sa.orm.joinedload(Objection.candidate, innerjoin=True).joinedload(Candidate.ticket, innerjoin=True),
        sa.orm.joinedload(Objection.notice, innerjoin=True).joinedload(Notice.edition, innerjoin=True),
    )
    if for_update:
        statement = statement.with_for_update(of=Objection).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise not_found()
    return found
