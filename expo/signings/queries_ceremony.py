"""Ceremonies: their sessions, batches and who stands where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, in_regions
from expo.programme.models import Session, SessionKind, SessionStatus
from expo.signings.models import Signing, SigningStatus

_SHOWN = (SigningStatus.DRAFTED, SigningStatus.FROZEN, SigningStatus.SIGNED, SigningStatus.REGISTERED)


def list_sessions(edition_id: int) -> list[Session]:
    """Where an edition's agreements may be signed: its signing ceremonies and the openings, in the order of their codes."""
    return list(db.session.scalars(
        sa.select(Session)
        .where(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED,
               Session.kind.in_([SessionKind.SIGNING, SessionKind.OPENING, SessionKind.OVERSEAS,
                                 SessionKind.INTERREGIONAL, SessionKind.COORDINATION, SessionKind.CITY]))
        .order_by(sa.case((Session.kind == SessionKind.SIGNING, 0), else_=1), Session.code)
        .options(joinedload(Session.slot), joinedload(Session.hall))
    ))


def count_by_session(edition_id: int, paths: Iterable[str]) -> dict[int, int]:
    """Signings with a place in each session."""
    rows = db.session.execute(
        sa.select(Signing.session_id, sa.func.count())
        .where(Signing.edition_id == edition_id, Signing.session_id.is_not(None), Signing.status.in_(_SHOWN),
               in_regions(Signing.region_path, paths))
        .group_by(Signing.session_id)
    )
    return {int(session_id): int(count) for session_id, count in rows if session_id is not None}


def find_session(edition_id: int, session_id: int) -> Session | None:
    """A session of the edition."""
    return db.session.scalar(
        sa.select(Session).where(Session.id == session_id, Session.edition_id == edition_id)
        .options(joinedload(Session.slot), joinedload(Session.hall))
    )


@dataclass(frozen=True)
class Batch:
    """A batch with its agreements, and how many of them are frozen and wait for their signatures."""

    number: int
    total: int
    waiting: int


def list_batches(session_id: int, paths: Iterable[str]) -> list[Batch]:
    """The batches of a session in their order."""
    waiting = sa.func.sum(sa.case((Signing.status == SigningStatus.FROZEN, 1), else_=0))
    rows = db.session.execute(
        sa.select(Signing.batch, sa.func.count(), waiting)
        .where(Signing.session_id == session_id, Signing.batch.is_not(None), Signing.status.in_(_SHOWN),
               in_regions(Signing.region_path, paths))
        .group_by(Signing.batch).order_by(Signing.batch)
    )
    return [Batch(int(number), int(total), int(frozen)) for number, total, frozen in rows if number is not None]


def list_placed(session_id: int, paths: Iterable[str], batch: int | None = None) -> list[Signing]:
    """Who signs in a session (or in one batch of it), in the order of batches and places."""
    return list(db.session.scalars(
        sa.select(Signing)
        .where(Signing.session_id == session_id, Signing.batch.is_not(None), Signing.status.in_(_SHOWN),
               in_regions(Signing.region_path, paths), Signing.batch == batch if batch is not None else sa.true())
        .order_by(Signing.batch, Signing.stage_order, Signing.id)
        .options(selectinload(Signing.parties))
    ))


def list_taken(session_id: int) -> set[tuple[int, int]]:
    """(batch, place) pairs that are taken in a session, over all regions."""
    rows = db.session.execute(
        sa.select(Signing.batch, Signing.stage_order)
        .where(Signing.session_id == session_id, Signing.batch.is_not(None), Signing.status != SigningStatus.VOID)
    )
    return {(int(batch), int(order or 0)) for batch, order in rows if batch is not None}


def find_at(session_id: int, batch: int, order: int, but: int) -> Signing | None:
    """Who else has this place on the stage."""
    return db.session.scalar(
        sa.select(Signing).where(Signing.session_id == session_id, Signing.batch == batch, Signing.stage_order == order,
                                 Signing.id != but, Signing.status != SigningStatus.VOID).limit(1)
    )


def list_unplaced(edition_id: int, paths: Iterable[str]) -> list[Signing]:
    """Agreements whose text is frozen and who have no place on any stage yet, locked."""
    return list(db.session.scalars(
        sa.select(Signing)
        .where(Signing.edition_id == edition_id, Signing.status == SigningStatus.FROZEN, Signing.batch.is_(None),
               in_regions(Signing.region_path, paths))
        .order_by(Signing.amount_fen.desc(), Signing.id).with_for_update()
    ))


def count_unplaced(edition_id: int, paths: Sequence[str]) -> int:
    """How many :func:`list_unplaced` would find."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Signing)
        .where(Signing.edition_id == edition_id, Signing.status == SigningStatus.FROZEN, Signing.batch.is_(None),
               in_regions(Signing.region_path, paths))
    ) or 0


def list_batch(session_id: int, batch: int, paths: Iterable[str]) -> list[int]:
    """The numbers of a batch's signings whose text is frozen, in stage order."""
    return list(db.session.scalars(
        sa.select(Signing.id)
        .where(Signing.session_id == session_id, Signing.batch == batch, Signing.status == SigningStatus.FROZEN,
               in_regions(Signing.region_path, paths))
        .order_by(Signing.stage_order, Signing.id)
    ))
