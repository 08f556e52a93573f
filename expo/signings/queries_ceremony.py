"""Ceremonies: their sessions, batches and who stands where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.db import db, in_regions
from expo.programme.models import Session, SessionItem, SessionKind, SessionStatus, Slot
from expo.signings.models import PartyRole, Signing, SigningParty, SigningStatus
from expo.signings.queries_needed import list_needed
from expo.signings.rules_ceremony import (
    Clash,
    Elsewhere,
    Signer,
    Stage,
    clashes,
    elsewhere,
)

#: What is registered stays where it stood.
MOVABLE = (SigningStatus.DRAFTED, SigningStatus.FROZEN, SigningStatus.SIGNED)
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


def list_drafts(session_id: int, paths: Iterable[str]) -> list[int]:
    """The numbers of a session's signings whose text is still open, in stage order."""
    return list(db.session.scalars(
        sa.select(Signing.id)
        .where(Signing.session_id == session_id, Signing.batch.is_not(None), Signing.status == SigningStatus.DRAFTED,
               in_regions(Signing.region_path, paths))
        .order_by(Signing.batch, Signing.stage_order, Signing.id)
    ))


def load_stages(edition_id: int) -> list[Stage]:
    """The sessions of an edition in which somebody signs, with their times."""
    minutes = sa.select(sa.func.coalesce(sa.func.sum(SessionItem.minutes + SessionItem.pause_after), 0)).where(
        SessionItem.session_id == Session.id).scalar_subquery()
    rows = db.session.execute(
        sa.select(Session.id, Session.title, Session.title_en, Session.minutes, Session.lead_minutes, Session.batch_minutes,
                  Slot.starts_at, minutes.label("shown"))
        .outerjoin(Slot, Slot.id == Session.slot_id)
        .where(Session.edition_id == edition_id, Session.status != SessionStatus.CANCELLED,
               Session.id.in_(sa.select(Signing.session_id).where(Signing.edition_id == edition_id, Signing.batch.is_not(None))))
    )
    return [Stage(row.id, row.title, row.starts_at, row.minutes, row.lead_minutes + row.shown, row.batch_minutes) for row in rows]


def list_signers(edition_id: int, paths: Iterable[str]) -> list[Signer]:
    """Everybody who signs on a stage of an edition, in the order of batches."""
    rows = db.session.execute(
        sa.select(SigningParty.signer, SigningParty.name, SigningParty.organisation_id, Signing.id, Signing.title,
                  Signing.session_id, Signing.batch)
        .join(Signing, Signing.id == SigningParty.signing_id)
        .where(Signing.edition_id == edition_id, Signing.session_id.is_not(None), Signing.batch.is_not(None),
               Signing.status.in_(_SHOWN), SigningParty.role == PartyRole.PARTY, SigningParty.signer != "",
               in_regions(Signing.region_path, paths))
        .order_by(Signing.session_id, Signing.batch, Signing.stage_order, SigningParty.position)
    )
    return [Signer(row.signer, row.name, row.organisation_id, row.id, row.title, row.session_id, row.batch) for row in rows]


def list_clashes(edition_id: int, paths: Iterable[str], session_id: int | None = None, batch: int | None = None
                 ) -> list[Clash | Elsewhere]:
    """Who would sign twice at once, or be needed elsewhere, among agreements of these regions: anywhere, in a ceremony, in
    one of its batches."""
    paths = tuple(paths)
    signers, stages = list_signers(edition_id, paths), load_stages(edition_id)
    found: list[Clash | Elsewhere] = [*clashes(signers, stages)]
    if any(stage.starts_at for stage in stages):
        found += elsewhere(signers, stages, list_needed(edition_id, paths))
    return [clash for clash in found if any(session_id in {None, one.session_id} and batch in {None, one.batch}
                                            for one in clash.stages)]


def list_movable(session_id: int, batches: Iterable[int], paths: Iterable[str]) -> list[Signing]:
    """Agreements of these batches whose place on the stage may still change, locked."""
    return list(db.session.scalars(
        sa.select(Signing)
        .where(Signing.session_id == session_id, Signing.batch.in_(list(batches)), Signing.status.in_(MOVABLE),
               in_regions(Signing.region_path, paths))
        .order_by(Signing.batch, Signing.stage_order, Signing.id).with_for_update()
    ))


def count_placed(session_id: int, batches: Iterable[int]) -> int:
    """How many agreements stand in these batches, over all regions."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Signing)
        .where(Signing.session_id == session_id, Signing.batch.in_(list(batches)), Signing.status != SigningStatus.VOID)
    ) or 0
